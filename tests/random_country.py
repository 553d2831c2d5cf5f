"""Random small countries: stocks and levers that no assumption set would have, for laws that hold for any.

A country is cut from the opened example (the axes of every array are read off its type), then everything that a law may
not depend on is drawn anew: people by age and place, members, pensions, reserves, vital rates, migration, wages, rates of
contribution, benefit rules. Countries of one shape share a compiled program, so that many can be tried.
"""

from collections import Counter
from dataclasses import fields, replace
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from example_country import SEED, open_country
from pooling.drivers.economy import Path, draw
from pooling.parameters.model import EmployeePension, Geography, Parameters
from pooling.pools.arrangement import Arrangement, Pooling
from pooling.pools.funds import FundYear
from pooling.pools.settlement import LevyAndFill, LocalReserves, NoSettlement, PerRetiree
from pooling.population.ring import Ring
from pooling.population.vital import from_ages
from pooling.projection import Run, project_drivers
from pooling.schemes.calendar import Rings
from pooling.state import FundBalances, PensionStocks, State
from pooling.vocabulary import OUTGO
from pooling.year import Model, YearResult, tables_of
from pools_by_hand import arrangement

Array = NDArray[np.float64]
Index = NDArray[np.integer]
Module = TypeVar("Module", bound=eqx.Module)

HORIZON = 30
RINGS = Rings(Ring(18, 50), Ring(50, 50), Ring(43, 25))
"""The ages of the example's schemes."""
TRIED: Counter[str] = Counter()
"""Random countries tried, by law."""


class Shape(NamedTuple):
    """Municipalities of every province, and years."""

    cities: tuple[int, ...]
    years: int

    @property
    def province(self) -> Index:
        """Province of every municipality."""
        return np.repeat(np.arange(len(self.cities)), self.cities)


FEW = (Shape((2, 1), 3), Shape((1,), 7))
SHAPES = (
    *FEW,
    *(Shape((1, 1), 7), Shape((3,), 1), Shape((1, 2, 1), 12)),
    *(Shape((3, 3), 2), Shape((1, 1, 1), 30), Shape((1, 2, 3), 30)),
)


class Recipe(NamedTuple):
    """What a random country is made from."""

    shape: Shape
    number: int
    """Seed of everything that is not named here."""
    realization: int
    volatility: float
    mortality: float
    """Factor on the example's hazards."""
    fertility: float
    migration: float
    growth: float
    """Real growth of wages."""
    fund_return: float


def recipes(shapes: tuple[Shape, ...]) -> st.SearchStrategy[Recipe]:
    """Countries of some shapes."""
    return st.builds(
        Recipe,
        shape=st.sampled_from(shapes),
        number=st.integers(0, 2**32 - 1),
        realization=st.integers(0, 5),
        volatility=st.floats(0, 0.1),
        mortality=st.floats(0, 3),
        fertility=st.floats(0, 3),
        migration=st.floats(0, 2),
        growth=st.floats(-0.05, 0.1),
        fund_return=st.floats(-0.03, 0.1),
    )


class Country(eqx.Module):
    """A country that can be projected, and what its pools and stocks were made from."""

    levers: Parameters
    persons: Array
    """[class, sex, age, municipality]; persons."""
    origin: Array
    stocks: PensionStocks
    reference_wage: Array
    reserves: Array
    """By municipality; currency."""

    @property
    def province(self) -> Index:
        """Province of every municipality."""
        return np.asarray(self.levers.geography.province)


ARRANGEMENTS = ("municipal", "provincial", "national", "levy", "retirees", "local")
"""Pools of every level, two settlements, reserves that stay local."""


def pooling_of(province: Index) -> Pooling:
    """The arrangements of a country."""
    own, one, rate = np.arange(len(province)), np.zeros(len(province), int), jnp.asarray
    provinces = int(province.max()) + 1
    local = LocalReserves(NoSettlement(), jnp.ones((len(province), 1)))
    each = {
        "municipal": arrangement(own, province),
        "provincial": arrangement(province, province),
        "national": arrangement(one, province),
        "levy": arrangement(
            province, province, settlement=LevyAndFill(rate([0.4]), rate([0.8]), False, None)
        ),
        "retirees": arrangement(own, province, settlement=PerRetiree(rate([0.04]), None)),
        "local": arrangement(one, province, "municipality", settlement=local),
    }
    assert tuple(each) == ARRANGEMENTS and provinces > 0
    return Pooling(tuple(replace(value, key=key) for key, value in each.items()))


def state_of(country: Country, pooling: Pooling) -> State:
    """Opening stocks; half of the reserves are pooled where they may be local."""
    municipal = jnp.asarray(country.reserves)[None]
    opened = [_opening(each, municipal) for each in pooling.arrangements]
    balance = jnp.concatenate(opened, axis=-1)
    return State(
        persons=from_ages(jnp.asarray(country.persons)),
        origin=jnp.asarray(country.origin),
        schemes=(country.stocks,),
        reference_wage=jnp.asarray(country.reference_wage),
        balances=FundBalances(balance, balance, balance),
    )


def _opening(each: Arrangement, municipal: jnp.ndarray) -> jnp.ndarray:
    partition = each.partitions[0]
    pooled = 0.5 if partition.local else 1.0
    return partition.total(pooled * municipal) + partition.to_municipality((1 - pooled) * municipal)


@jax.jit
def _program(country: Country, pooling: Pooling, drivers: Path) -> YearResult:
    model = Model(country.levers, RINGS, pooling)
    run = Run(model, state_of(country, pooling), SEED)
    return project_drivers(run, tables_of(model), drivers)


@jax.jit
def _drivers(levers: Parameters, realization: jnp.ndarray) -> Path:
    return draw(levers.economy, SEED, realization)


def model_of(country: Country) -> Model:
    """The model of a country."""
    return Model(country.levers, RINGS, pooling_of(country.province))


def drivers_of(country: Country, realization: int) -> Path:
    """Wages, returns and migration of one path."""
    return _drivers(country.levers, jnp.int32(realization))


def run_country(country: Country, realization: int = 0, drivers: Path | None = None) -> YearResult:
    """One path of a country, as NumPy; under given drivers if there are any."""
    given = drivers_of(country, realization) if drivers is None else drivers
    found = _program(country, pooling_of(country.province), given)
    return jax.tree.map(np.asarray, found)


class Base(NamedTuple):
    """What every country is cut from, as NumPy: nothing is compiled for a country but its projection."""

    levers: Parameters
    persons: Array
    stocks: PensionStocks


@cache
def base() -> Base:
    """The example over the horizon, opened once a session."""
    opening = open_country(overrides={"projection.last_year": 2024 + HORIZON})[1]
    assert opening.model.rings == RINGS
    found = Base(opening.model.levers, opening.population.persons, opening.state.schemes[0])
    return jax.tree.map(np.asarray, found)


def cut(module: Module, index: dict[str, Index]) -> Module:
    """The elements of named axes of every array of a module; elements may be left out, repeated, put in another order.

    Args:
        module: any module whose fields say their axes.
        index: axis (``m`` municipality, ``p`` province, ``y`` year) → elements.
    """
    changed = {
        field.name: _cut(getattr(module, field.name), field.type, index)
        for field in fields(module)
        if not field.metadata.get("static")
    }
    return replace(module, **changed)


def _cut(value: Any, kind: Any, index: dict[str, Index]) -> Any:
    if isinstance(value, eqx.Module):
        return cut(value, index)
    if isinstance(value, tuple):
        inner = (*get_args(kind), None)[0]
        return tuple(_cut(each, inner, index) for each in value)
    for axis, name in enumerate(getattr(kind, "dim_str", "").split()):
        if name in index:
            value = np.take(value, index[name], axis=axis)
    return value


def rearranged(country: Country, cities: Index, provinces: Index, province: Index) -> Country:
    """A country of some of its municipalities and provinces, in any order.

    Args:
        country: given.
        cities: municipalities that it then has.
        provinces: provinces likewise.
        province: province of each of these municipalities, as an index into ``provinces``.
    """
    moved = cut(country.levers, {"m": cities, "p": provinces})
    return Country(
        levers=_located(moved, province),
        persons=country.persons[..., cities],
        origin=country.origin[np.ix_(provinces, provinces)],
        stocks=cut(country.stocks, {"m": cities, "p": provinces}),
        reference_wage=country.reference_wage[provinces],
        reserves=country.reserves[cities],
    )


def _located(levers: Parameters, province: Index) -> Parameters:
    """Levers under another geography: shares of what is there add up to one."""
    count, moving = int(province.max()) + 1, levers.migration
    alone = count == 1
    away = moving.destination * (1 - np.eye(count))
    where = Geography(province.astype(np.int32), np.eye(count)[province])
    return replace(
        levers,
        geography=where,
        policy_weight=levers.policy_weight / levers.policy_weight.sum(),
        migration=replace(
            moving,
            destination=away / np.maximum(away.sum(axis=1, keepdims=True), 1e-300),
            within_province=np.ones(count) if alone else moving.within_province,
            arrival_share=_within(moving.arrival_share, province),
            home_share=_within(moving.home_share, province),
        ),
    )


def _within(key: Array, province: Index) -> Array:
    """Shares inside the province."""
    return key / np.bincount(province, key)[province]


def country_of(recipe: Recipe) -> Country:
    """The country that a recipe makes."""
    shape, random = recipe.shape, np.random.default_rng(recipe.number)
    cities = random.integers(0, 9, len(shape.province))
    provinces = random.integers(0, 3, len(shape.cities))
    years = cut(base().levers, {"y": np.arange(shape.years)})
    levers = cut(years, {"m": cities, "p": provinces})
    size = 10 ** random.uniform(-3, 1, len(cities))
    persons = _people(base().persons[..., cities] * size, len(shape.cities), random)
    stocks = cut(base().stocks, {"m": cities, "p": provinces})
    return Country(
        levers=_located(_levers(levers, recipe, random), shape.province),
        persons=persons,
        origin=_origins(persons, shape.province, random),
        stocks=_stocks(stocks, size, len(shape.cities) == 1, random),
        reference_wage=np.asarray(levers.economy.wage) * random.uniform(0.7, 1.5, len(provinces)),
        reserves=random.uniform(0, 1e9, len(cities)) * (random.random(len(cities)) < 0.8),
    )


def _people(persons: Array, provinces: int, random: np.random.Generator) -> Array:
    """Some ages of some classes are empty; nobody is from another province where there is none."""
    persons = persons * random.uniform(0.2, 2, persons.shape)
    persons = persons * (random.random(persons.shape) > 0.1)
    if provinces == 1:
        persons[2] = 0
    return persons


def _origins(persons: Array, province: Index, random: np.random.Generator) -> Array:
    """Everybody registered in another province has one."""
    count = int(province.max()) + 1
    living = np.bincount(province, persons[2].sum(axis=(0, 1)), count)
    shares = random.uniform(0.1, 1, (count, count)) * (1 - np.eye(count))
    return shares / np.maximum(shares.sum(axis=0), 1e-300) * living


def _stocks(
    stocks: PensionStocks, size: Array, alone: bool, random: np.random.Generator
) -> PensionStocks:
    """Rights and pensions of places of other sizes, in other proportions."""

    def scaled(leaf: Array) -> Array:
        return leaf * (size * random.uniform(0.5, 2))[:, None]

    # Pensions that go to other provinces start at nothing, as at every opening.
    found = replace(
        jax.tree.map(scaled, replace(stocks, elsewhere=None)), elsewhere=stocks.elsewhere
    )
    if not alone:
        return found
    return eqx.tree_at(
        lambda s: [leaves[2] for leaves in jax.tree.leaves(s.rights, is_leaf=_is_tuple)],
        found,
        replace_fn=np.zeros_like,
    )


def _is_tuple(node: object) -> bool:
    return isinstance(node, tuple)


def _levers(levers: Parameters, recipe: Recipe, random: np.random.Generator) -> Parameters:
    """Every number that a law may not depend on."""
    years, provinces = recipe.shape.years, len(recipe.shape.cities)

    def some(low: float, high: float, *shape: int) -> Array:
        return np.asarray(random.uniform(low, high, shape))

    vital = replace(
        levers.vital,
        mortality=recipe.mortality * some(0.5, 1.5, years),
        mortality_multiplier=some(0.5, 2, 2, provinces),
        fertility_level=recipe.fertility * some(0.5, 1.5, years),
        fertility_multiplier=some(0.5, 2, provinces),
        net_migration=levers.vital.net_migration * some(-1, 1, years, 2, 1),
    )
    migration = replace(
        levers.migration,
        intensity=levers.migration.intensity * recipe.migration,
        intensity_level=some(0, 1.5, years),
        within_province=some(0, 1, provinces),
        destination=some(0.1, 1, provinces, provinces),
        wage_elasticity=some(0, 3),
        return_in_province=some(0, 1),
        return_other_province=some(0, 1),
        registration_change=some(0, 0.2),
    )
    economy = replace(
        levers.economy,
        real_wage_growth=recipe.growth + some(-0.02, 0.02, years),
        inflation=some(-0.01, 0.05, years),
        fund_return=recipe.fund_return + some(-0.01, 0.01, years),
        notional_rate=some(0, 0.08, years),
        indexation=some(-0.01, 0.06, years),
        wage=levers.economy.wage * some(0.3, 3, provinces),
        indexation_link=some(0, 1),
        notional_link=some(0, 1),
        indexation_floor=some(-0.02, 0.02),
        notional_floor=some(-0.02, 0.04),
        national_persistence=some(0, 0.99),
        province_persistence=some(0, 0.99),
        migration_persistence=some(0, 0.9),
        province_migration_persistence=some(0, 0.9),
        national_volatility=np.asarray(recipe.volatility),
        long_run_volatility=np.asarray(recipe.volatility / 10),
        province_volatility=np.asarray(recipe.volatility),
        migration_volatility=np.asarray(recipe.volatility),
        province_migration_volatility=np.asarray(recipe.volatility),
    )
    fund = levers.schemes[0]
    assert isinstance(fund, EmployeePension)
    scheme = replace(
        fund,
        employer_rate=some(0, 0.4, years),
        employee_rate=some(0, 0.1, years),
        flexible_pooled_rate=some(0, 0.3, years),
        account_rate=some(0.02, 0.12, years),
        accrual=some(0, 0.02, years),
        minimum_years=some(0, 30, years),
        density=some(0.2, 1, years, len(recipe.shape.province)),
        coverage_factor=fund.coverage_factor * some(0.3, 1.5, len(recipe.shape.province)),
        compliance=some(0, 1.2, years),
        floor=fund.floor * some(0.3, 1.5, years, len(recipe.shape.province)),
        cap=fund.cap * some(0.5, 1.5, years, len(recipe.shape.province)),
        flexible_share=some(0, 0.6),
        flexible_payment=some(0.2, 1.2, years),
        flexible_tiers=some(0.3, 3.5, 3),
        flexible_weights=random.dirichlet(np.ones(3)),
        make_up=some(0, 1),
        service_spread=some(0, 0.5),
        account_spread=some(0, 0.5),
        wage_spread=some(0.01, 0.8),
        claim_home=some(0, 1),
        other_outgo=some(0, 0.1, len(recipe.shape.province)),
        subsidy_of_outgo=some(0, 0.3, 2, len(recipe.shape.province)),
        carried=some(0, 1, years),
    )
    return replace(levers, vital=vital, migration=migration, economy=economy, schemes=(scheme,))


def apart(country: Country) -> Country:
    """The same where nobody moves, nobody comes from abroad, everybody is registered where he lives."""
    persons = np.array(country.persons)
    persons[1:] = 0
    still = eqx.tree_at(
        lambda v: (v.migration.intensity, v.vital.net_migration),
        country.levers,
        replace_fn=np.zeros_like,
    )
    rights = country.stocks.rights
    local = {
        field.name: (here, 0 * near, 0 * far)
        for field in fields(rights)
        for here, near, far in [getattr(rights, field.name)]
    }
    return replace(
        country,
        levers=still,
        persons=persons,
        origin=0 * country.origin,
        stocks=replace(country.stocks, rights=replace(rights, **local)),
    )


def account_of(funds: FundYear) -> dict[str, Array]:
    """The account of the year under the names of the file, the year last; what funds pay is one sum."""
    named = {
        "opening_balance": funds.opening_balance,
        "fund_balance": funds.closing_balance,
        "contributions": funds.contributions,
        "scheduled_subsidy": funds.scheduled_subsidy,
        "deficit_subsidy": funds.deficit_subsidy,
        "benefit_cut": funds.benefit_cut,
        "interest": funds.interest,
        "settlement_net": funds.settlement,
        "moving_transfer_in": funds.moved_in,
        "moving_transfer_out": funds.moved_out,
        **{name: np.zeros_like(funds.outgo) for name in OUTGO},
        OUTGO[0]: funds.outgo,
    }
    return {name: np.moveaxis(np.asarray(values), 0, -1) for name, values in named.items()}
