"""Random small countries: municipalities of an opened country drawn anew, every lever and every stock at random.

What is drawn keeps the meaning of a lever (shares of a province sum to 1, nobody is registered in another province than
the own one), not its likelihood: the two models must agree on the formulas wherever these lead.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from challenger import given
from challenger.given import AGES, Array
from challenger_bridge import SEXES, country_of
from pooling.assumptions import Config, EmployeePensionFund
from pooling.opening.members import Ages, coverage, first_pension_age
from pooling.opening.pensioners import divisors
from pooling.parameters.model import EmployeePension, Geography, Migration, OwnReference, Parameters
from pooling.pools.arrangement import Arrangement, Pooling, Stage, partition_of
from pooling.pools.deficit import Deficit
from pooling.pools.effort import Response
from pooling.pools.settlement import LevyAndFill, NoSettlement, PerRetiree, Settlement
from pooling.schemes.resident_year import ResidentPension
from pooling.schemes.retirement import cohort_table, combine
from pooling.state import FundBalances, State
from pooling.year import Model

Module = TypeVar("Module", bound=eqx.Module)
Range = tuple[float, float]

# Levers that are drawn anew, and those that are multiplied, between two bounds.
DRAWN: dict[str, Range] = {
    # vital, migration
    "sex_ratio": (0.9, 1.2),
    "intensity": (0.0, 0.15),
    "wage_elasticity": (0.0, 3.0),
    "return_in_province": (0.0, 1.0),
    "return_other_province": (0.0, 1.0),
    "registration_change": (0.0, 0.1),
    # economy
    "real_wage_growth": (-0.03, 0.08),
    "inflation": (-0.01, 0.06),
    "fund_return": (-0.01, 0.08),
    "notional_rate": (0.0, 0.08),
    "indexation": (-0.01, 0.08),
    "indexation_link": (0.0, 1.5),
    "notional_link": (0.0, 1.5),
    "indexation_floor": (-0.05, 0.05),
    "notional_floor": (-0.05, 0.05),
    "national_persistence": (0.0, 0.98),
    "province_persistence": (0.0, 0.98),
    "migration_persistence": (0.0, 0.98),
    "province_migration_persistence": (0.0, 0.98),
    "national_volatility": (0.0, 0.05),
    "province_volatility": (0.0, 0.08),
    "migration_volatility": (0.0, 0.15),
    "province_migration_volatility": (0.0, 0.15),
    # enrolment
    "flexible_access": (0.0, 1.0),
    "take_up": (0.5, 1.5),
    "at_residence": (0.0, 1.0),
    # schemes
    "minimum_years": (5.0, 30.0),
    "density": (0.2, 1.0),
    "flexible_share": (0.0, 1.0),
    "flexible_payment": (0.3, 1.2),
    "make_up": (0.0, 1.0),
    "wage_spread": (0.0, 0.7),
    "service_spread": (0.0, 0.7),
    "account_spread": (0.0, 0.7),
    "premium_spread": (0.0, 0.7),
    "transition_coefficient": (0.005, 0.02),
    "transition_weight": (0.0, 1.0),
    "claim_home": (0.0, 1.0),
    "other_outgo": (0.0, 0.1),
    "grant_income": (0.0, 1.0),
    "subsidy_of_outgo": (0.0, 0.3),
    "subsidy_of_wage": (0.0, 100.0),
    "subsidy_level": (0.0, 2.0),
    "contributed_wages": (0.0, 12.0),
    "transfer_rate": (0.0, 0.16),
    "carried": (0.0, 1.0),
    "base_wage_share": (0.0, 1.0),
    "premium_wage_share": (0.0, 1.0),
    "paying": (0.2, 1.0),
    "linked": (0.0, 1.0),
    "account_margin": (-0.01, 0.02),
    "moving": (0.0, 1.0),
    "central_share": (0.0, 1.0),
}
SCALED: dict[str, Range] = {
    "mortality_multiplier": (0.6, 1.6),
    "mortality": (0.5, 2.0),
    "fertility_multiplier": (0.5, 2.0),
    "fertility_level": (0.3, 2.0),
    "net_migration": (-2.0, 2.0),
    "intensity_level": (0.5, 1.5),
    "wage": (0.4, 2.5),
    "relative_wage": (0.5, 2.0),
    "employer_rate": (0.5, 1.5),
    "employee_rate": (0.5, 1.5),
    "flexible_pooled_rate": (0.5, 1.5),
    "flexible_account_rate": (0.5, 1.5),
    "account_rate": (0.5, 1.5),
    "floor": (0.5, 1.5),
    "cap": (0.6, 1.5),
    "accrual": (0.5, 1.5),
    "coverage_factor": (0.3, 2.0),
    "base_level": (0.4, 2.5),
    "pensioner_grants": (0.5, 2.0),
    "wage_level": (0.8, 1.2),
    "compliance": (0.5, 1.2),
    "minimum_base": (0.5, 2.0),
    "addition": (0.0, 2.0),
    "supplement": (0.0, 2.0),
    "premium": (0.5, 2.0),
    "premium_level": (0.5, 1.5),
    "upper_tier": (0.5, 2.0),
    "entry_subsidy_low": (0.5, 1.5),
    "entry_subsidy_high": (0.5, 2.0),
    "inverse_divisor": (0.7, 1.5),
}
SOMETIMES_NOTHING = ("wage_spread", "service_spread", "account_spread", "premium_spread")
"""A spread of zero makes every cell one person: another branch of the formulas."""


@dataclass(frozen=True)
class RandomCountry:
    """A country as the engine has it and as the challenger is told of it."""

    model: Model
    state: State
    told: given.Country


@dataclass(frozen=True)
class Group:
    """A retirement group as the engine reads it."""

    original_age_months: int
    reform_from: date
    step_months: int
    cap_months: int
    shift_months: int


def random_country(
    config: Config, model: Model, state: State, municipalities: int, provinces: int, seed: int
) -> RandomCountry:
    """A country of some municipalities in some provinces.

    Args:
        config: the run that was opened.
        model: of the opened country.
        state: its opening stocks.
        municipalities: number of them.
        provinces: number of provinces, each with one municipality at least.
        seed: everything else follows from it.
    """
    rng = np.random.default_rng(seed)
    province = np.concatenate(
        [np.arange(provinces), rng.integers(provinces, size=municipalities - provinces)]
    )
    cities, regions = model.levers.geography.membership.shape
    chosen = {
        "m": rng.integers(cities, size=municipalities),
        "p": rng.integers(regions, size=provinces),
    }
    levers, groups = _levers(rng, config, model.levers, province, chosen)
    pooling = _pooling(rng, levers, province)
    stocks = _stocks(rng, state, chosen["m"], provinces, pooling, len(levers.schemes))
    drawn = Model(levers, model.rings, pooling)
    told = country_of(config, drawn, stocks)
    funds = tuple(
        replace(fund, retirement=own) for fund, own in zip(told.employee_funds, groups, strict=True)
    )
    return RandomCountry(drawn, stocks, replace(told, employee_funds=funds))


# ---- levers


def _levers(
    rng: np.random.Generator,
    config: Config,
    levers: Parameters,
    province: Array,
    chosen: dict[str, Array],
) -> tuple[Parameters, list[tuple[tuple[given.RetirementGroup, ...], ...]]]:
    count = int(province.max()) + 1
    schemes, groups = [], []
    for fund, scheme in zip(config.funds, levers.schemes, strict=True):
        rules = _vary(rng, _taken(scheme, chosen))
        if isinstance(rules, EmployeePension) and isinstance(fund, EmployeePensionFund):
            rules, own = _retirement(rng, config, fund, rules)
            rules = _variants(rng, rules)
            groups.append(own)
        if isinstance(rules, ResidentPension):
            # The base pension of the law is known for some years, or for none.
            known = rng.integers(len(rules.legislated)) if rng.uniform() < 0.5 else -1
            rules = replace(
                rules, legislated=jnp.asarray(np.arange(len(rules.legislated)) <= known, float)
            )
        schemes.append(rules)
    weight = rng.uniform(size=count)
    found = Parameters(
        geography=Geography(jnp.asarray(province, jnp.int32), jnp.asarray(np.eye(count)[province])),
        vital=_vary(rng, _taken(levers.vital, chosen)),
        migration=_routes(rng, _vary(rng, _taken(levers.migration, chosen)), province),
        economy=_vary(rng, _taken(levers.economy, chosen)),
        enrolment=_vary(rng, levers.enrolment),
        schemes=tuple(schemes),
        policies=levers.policies,
        own_reference=OwnReference(
            *(jnp.asarray(rng.uniform(0.5, 2, size=len(province))) for _ in range(2))
        ),
        reference_growth_cap=jnp.asarray(rng.uniform(0, 0.04)),
        policy_weight=jnp.asarray(weight / weight.sum()),
        subsidy_person_share=levers.subsidy_person_share,
    )
    return found, groups


def _taken(module: Module, chosen: dict[str, Array]) -> Module:
    """The rows of the chosen municipalities and provinces, by the letters of the shapes."""

    def rows(field: Any) -> eqx.Module | jax.Array:
        value = getattr(module, field.name)
        if isinstance(value, eqx.Module):  # a law of the nation: the same everywhere
            return value
        value = np.asarray(value)
        for axis, letter in enumerate(getattr(field.type, "dim_str", "").split()):
            value = np.take(value, chosen[letter], axis=axis) if letter in chosen else value
        return jnp.asarray(value)

    return replace(module, **{field.name: rows(field) for field in fields(module)})


def _vary(rng: np.random.Generator, module: Module) -> Module:
    found: dict[str, jax.Array] = {}
    for field in fields(module):
        value = np.asarray(getattr(module, field.name))
        if field.name in SOMETIMES_NOTHING and rng.uniform() < 0.3:
            found[field.name] = jnp.zeros(value.shape)
        elif field.name in DRAWN:
            found[field.name] = jnp.asarray(rng.uniform(*DRAWN[field.name], size=value.shape))
        elif field.name in SCALED:
            factor = rng.uniform(*SCALED[field.name], size=value.shape)
            found[field.name] = jnp.asarray(value * factor)
    return replace(module, **found)


def _routes(rng: np.random.Generator, migration: Migration, province: Array) -> Migration:
    """Shares sum to 1 in every province; nobody moves from a province to itself, and nowhere from the only one."""
    count = int(province.max()) + 1
    weights = rng.uniform(size=(count, count)) * (1 - np.eye(count))
    whole = weights.sum(axis=1, keepdims=True)
    within = rng.uniform(size=count) if count > 1 else np.ones(1)

    def shares() -> jax.Array:
        key = rng.uniform(0.1, 1, size=len(province))
        return jnp.asarray(key / np.bincount(province, key)[province])

    return replace(
        migration,
        within_province=jnp.asarray(within),
        destination=jnp.asarray(weights / np.where(whole > 0, whole, 1)),
        arrival_share=shares(),
        home_share=shares(),
    )


def _variants(rng: np.random.Generator, rules: EmployeePension) -> EmployeePension:
    """Provincial variants of the formula in some provinces; other tiers, deemed years by cohort, grants on death by year."""
    provinces = len(np.asarray(rules.low_index))

    def somewhere(low: float, high: float) -> jax.Array:
        return jnp.asarray(rng.uniform(low, high, size=provinces) * rng.integers(2, size=provinces))

    return replace(
        rules,
        flexible_tiers=jnp.asarray(rng.uniform(0.3, 4, size=3)),
        flexible_weights=jnp.asarray(rng.dirichlet(np.ones(3))),
        grant_law=jax.tree.map(lambda x: x * rng.uniform(0.7, 1.4, x.shape), rules.grant_law),
        low_index=somewhere(0.4, 1.2),
        index_floor=somewhere(0.5, 1.5),
        transition_years=jnp.asarray(
            np.asarray(rules.transition_years) * rng.uniform(0, 2, size=provinces)
        ),
    )


def _retirement(
    rng: np.random.Generator, config: Config, fund: EmployeePensionFund, rules: EmployeePension
) -> tuple[EmployeePension, tuple[tuple[given.RetirementGroup, ...], ...]]:
    """Another law of retirement: steps, caps, shares of the groups, early leavers; ages within the engine's windows."""
    first = config.projection.first_year
    years, ages = np.arange(first, first + len(rules.accrual)), np.arange(AGES)
    by_sex, told = [], []
    for sex in SEXES:
        originals = [720] if sex == "male" else [660, 600]
        groups = [_random_group(rng, original) for original in originals for _ in range(2)]
        share = rng.dirichlet(np.ones(len(groups)))
        mixed = combine(groups, share.tolist(), years, ages, divisors(config))
        waiting = sum(
            s * cohort_table(each, years, ages, divisors(config)).waiting
            for s, each in zip(share, groups, strict=True)
        )
        by_sex.append((mixed.hazard, mixed.benefit_fraction, mixed.inverse_divisor, waiting))
        told.append(tuple(_told_of(each, s) for each, s in zip(groups, share, strict=True)))
    found = Ages(*(np.stack(parts, axis=1) for parts in zip(*by_sex, strict=True)))
    window = np.flatnonzero(np.asarray(rules.entry).any(axis=0))[0]
    width, youngest = rules.hazard.shape[-1], fund.members.entry_age_first
    work = slice(youngest - window, youngest - window + width)
    entry = (ages >= youngest) & (ages < first_pension_age(found)[:, None])
    law = replace(
        rules,
        hazard=jnp.asarray(found.hazard[:, :, work]),
        benefit_time=jnp.asarray(found.benefit_time[:, :, work]),
        inverse_divisor=jnp.asarray(found.inverse_divisor[:, :, work]),
        coverage=jnp.asarray(coverage(config, fund, found)[:, :, work]),
        entry=jnp.asarray(entry[:, work].astype(float)),
    )
    return law, tuple(told)


def _random_group(rng: np.random.Generator, original: int) -> Group:
    return Group(
        original_age_months=original,
        reform_from=date(int(rng.integers(2020, 2045)), int(rng.integers(1, 13)), 1),
        step_months=int(rng.integers(0, 7)),
        cap_months=int(rng.integers(0, 37)),
        shift_months=-int(rng.integers(0, 37)),
    )


def _told_of(group: Group, share: float) -> given.RetirementGroup:
    return given.RetirementGroup(
        share=float(share),
        original_age_months=group.original_age_months,
        reform_year=group.reform_from.year,
        reform_month=group.reform_from.month,
        step_months=group.step_months,
        cap_months=group.cap_months,
        shift_months=group.shift_months,
    )


# ---- stocks


def _stocks(
    rng: np.random.Generator,
    state: State,
    municipalities: Array,
    provinces: int,
    pooling: Pooling,
    schemes: int,
) -> State:
    """Cells of the chosen municipalities, each by a factor; some registration classes are empty."""
    classes = len(state.persons.young)
    some = (rng.uniform(size=(classes, len(municipalities), 1)) > 0.15).astype(float)
    some[0] = 1.0  # everywhere somebody is registered

    def cells(leaf: jax.Array) -> jax.Array:
        taken = np.asarray(leaf)[municipalities]
        return jnp.asarray(taken * rng.uniform(0.2, 2, size=taken.shape))

    def by_class(leaves: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        return tuple(cells(leaf) * some[c] for c, leaf in enumerate(leaves))

    def scheme(stocks: Any) -> Any:
        rights = {f.name: by_class(getattr(stocks.rights, f.name)) for f in fields(stocks.rights)}
        return replace(
            stocks,
            rights=replace(stocks.rights, **rights),
            awarded=jax.tree.map(cells, stocks.awarded),
            awarded_oldest=jax.tree.map(cells, stocks.awarded_oldest),
            # A ledger of benefits by pairs of provinces that changes no other quantity.
            elsewhere=jax.tree.map(
                lambda leaf: jnp.zeros((provinces, provinces), leaf.dtype), stocks.elsewhere
            ),
        )

    persons = replace(
        state.persons, young=by_class(state.persons.young), oldest=by_class(state.persons.oldest)
    )
    origin = rng.uniform(0, 1e6, size=(provinces, provinces)) * (1 - np.eye(provinces))
    balance = jnp.asarray(rng.uniform(-1e9, 2e11, size=(schemes, pooling.funds)))
    return State(
        persons=persons,
        origin=jnp.asarray(origin),
        schemes=tuple(map(scheme, state.schemes)),
        reference_wage=jnp.asarray(rng.uniform(2e4, 2e5, size=provinces)),
        balances=FundBalances(balance, balance, balance),
    )


# ---- arrangements


def _pooling(rng: np.random.Generator, levers: Parameters, province: Array) -> Pooling:
    """Every settlement between pools, every rule for empty ones, both benefit policies, collection that reacts."""
    count, schemes = int(province.max()) + 1, len(levers.schemes)
    years = len(levers.economy.inflation)
    everybody = np.ones(schemes)
    first = np.eye(schemes)[0]
    own_province = jnp.asarray(np.eye(count)[province])

    def arrangement(key: str, pool: Array, *stages: dict[str, Any]) -> Arrangement:
        partition = partition_of(pool, province, count)
        return Arrangement(key, (partition,), tuple(_stage(rng, years, **s) for s in stages))

    def levy(policy_gap: bool, groups: jax.Array | None) -> LevyAndFill:
        levies, fills = jnp.asarray(rng.uniform(size=(2, schemes)))
        return LevyAndFill(levies, fills, policy_gap, groups)

    cities = np.arange(len(province))
    per_retiree = PerRetiree(jnp.asarray(rng.uniform(0, 0.1, size=schemes)), None)
    return Pooling(
        (
            arrangement("municipal", cities, {"schemes": everybody}),
            arrangement(
                "provincial",
                province,
                {"schemes": everybody, "settlement": per_retiree, "rule": "cut"},
            ),
            arrangement(
                "national",
                np.zeros(len(province), int),
                {"schemes": everybody, "rule": "borrow", "policy": 1, "responds": True},
            ),
            arrangement(
                "current",
                province,
                {"schemes": first, "settlement": levy(False, None)},
                {"schemes": everybody - first},
            ),
            arrangement(
                "local",
                cities,
                {"schemes": everybody, "settlement": levy(True, own_province), "moving": 0.5},
            ),
        )
    )


def _stage(
    rng: np.random.Generator,
    years: int,
    schemes: Array,
    settlement: Settlement | None = None,
    rule: Literal["subsidy", "borrow", "cut"] = "subsidy",
    policy: int = 0,
    responds: bool = False,
    moving: float = 1.0,
) -> Stage:
    fall = rng.uniform(0, 0.2, size=2)
    return Stage(
        partition=0,
        policy=policy,
        settlement=settlement or NoSettlement(),
        deficit=Deficit(rule, jnp.asarray([0.0, 0.5, 0.5]), jnp.asarray(rng.uniform(0, 0.03))),
        response=Response(*map(jnp.asarray, fall)) if responds else None,
        moving=jnp.asarray(moving),
        in_force=jnp.asarray(np.tile(schemes, (years, 1))),
    )
