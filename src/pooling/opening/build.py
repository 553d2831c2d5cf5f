"""Open the model: population, accounts, funds, pools — stocks on 1 January of the first projected year."""

from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.axes import AGES, REGISTERED_ELSEWHERE
from pooling.errors import OpeningError
from pooling.opening import levers
from pooling.opening.accounts import OpeningAccounts, opening_accounts
from pooling.opening.award_level import index_levels, with_index_level
from pooling.opening.fund import FundOpening, ages_of, open_fund
from pooling.opening.municipal import Split, split
from pooling.opening.pools import pooling_of
from pooling.opening.population import PopulationOpening, opening_population
from pooling.parameters.demography import national_rates
from pooling.parameters.lookup import sums
from pooling.parameters.migration import origin_stock
from pooling.parameters.model import Parameters, Policy
from pooling.pools.arrangement import Arrangement, Pooling
from pooling.population.ring import Ring, rings_of
from pooling.population.vital import from_ages
from pooling.schemes.pension_year import Rings
from pooling.state import Awarded, FundBalances, Rights, SchemeStocks, State
from pooling.year import Model

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Opening:
    """The opened model and what it was made of."""

    model: Model
    state: State
    population: PopulationOpening
    accounts: OpeningAccounts
    funds: tuple[FundOpening, ...]
    split: Split


Place = Callable[[Array], jnp.ndarray]
"""Lays a stock [sex, age, municipality] as a leaf."""


Ready = Callable[[Model, State], None]
"""Called with the model and the stocks as soon as they have their final shapes: programs can be compiled from then on."""


def open_model(config: Config, ready: Ready = lambda model, state: None) -> Opening:
    """Opening stocks and levers of a run.

    Args:
        config: the run.
        ready: called before the last step, which compiles a program of its own.

    Raises:
        OpeningError: published figures that cannot be reconciled, with the province or fund that cannot.
    """
    _require_effect(config)
    years = np.arange(config.projection.first_year, config.projection.last_year + 1)
    population = opening_population(config)
    accounts = opening_accounts(config)
    shares = split(config, population.persons)
    survival = national_rates(config.assumptions, years[:1]).survival[0]
    funds = tuple(
        open_fund(config, fund, own, accounts.wage, population.persons, shares, survival, years)
        for fund, own in zip(config.funds, accounts.funds, strict=True)
    )
    entry, first, last = ages_of(funds)
    rings = Rings(*rings_of(entry, first, last))
    pooling = pooling_of(config, accounts)
    parameters = _parameters(config, population, accounts, funds, shares, rings, years)
    state = _state(config, population.persons, funds, parameters, rings, pooling)
    model = Model(parameters, rings, pooling)
    ready(model, state)
    levels = index_levels(model, state, config.funds)
    province = config.assumptions.municipalities.province_index
    funds = tuple(
        fund.with_index_level(each, province) for fund, each in zip(funds, levels, strict=True)
    )
    state = with_index_level(state, jnp.asarray(levels), parameters.geography.province)
    return Opening(model, state, population, accounts, funds, shares)


HISTORY = ("notional_rate", "indexation")
"""Rules that the opening reads up to the valuation date; the projection takes its own from economy/central_path."""


def _require_effect(config: Config) -> None:
    """Refuse a value that would be set and have no effect."""
    given = {path for overlay in config.overlays for path in overlay.set} | set(config.overrides)
    idle = sorted(path for path in given if path.split(".")[-1] in HISTORY and ".rules." in path)
    if idle:
        raise OpeningError(
            f"{', '.join(idle)}: a value set from the valuation date on has no effect; the projection takes it from "
            "economy/central_path (options.central_path chooses the variant)"
        )


def _parameters(
    config: Config,
    population: PopulationOpening,
    accounts: OpeningAccounts,
    funds: tuple[FundOpening, ...],
    shares: Split,
    rings: Rings,
    years: NDArray[np.int_],
) -> Parameters:
    weight = accounts.scheme.active / accounts.scheme.active.sum()
    cap = config.assumptions.economy["reference_wage.growth_cap"].value
    return Parameters(
        geography=levers.geography(config),
        vital=levers.vital(config, population, years),
        migration=levers.migration(config, population.persons, years),
        economy=levers.economy(config, shares, years),
        schemes=tuple(
            levers.employee_pension(config, fund, rings, years, accounts.wage) for fund in funds
        ),
        policies=tuple(Policy(policy.reference_wage) for policy in config.policies),
        reference_growth_cap=jnp.asarray(float(cap)),
        policy_weight=jnp.asarray(weight),
        subsidy_person_share=jnp.asarray(_person_share(config, years)),
    )


def _person_share(config: Config, years: NDArray[np.int_]) -> Array:
    rule = config.options.subsidy_rule
    return np.ones(len(years)) if rule is None else rule.person_share(years)


def _state(
    config: Config,
    persons: Array,
    funds: tuple[FundOpening, ...],
    parameters: Parameters,
    rings: Rings,
    pooling: Pooling,
) -> State:
    province = config.assumptions.municipalities.province_index
    living = sums(province, persons[REGISTERED_ELSEWHERE].sum(axis=(0, 1)))
    reserves = np.stack([fund.accounts.balance for fund in funds])
    return State(
        persons=from_ages(jnp.asarray(persons)),
        origin=jnp.asarray(origin_stock(config, living)),
        schemes=tuple(_stocks(fund, rings, len(config.policies)) for fund in funds),
        reference_wage=jnp.asarray(
            levers.reference_wage(
                config, config.projection.first_year, np.asarray(parameters.economy.wage)
            )
        ),
        balances=_balances(reserves, funds, province, pooling),
    )


def _stocks(opening: FundOpening, rings: Rings, policies: int) -> SchemeStocks:
    """Opening stocks of a fund on its rings."""
    work, ages = rings.work, slice(rings.work.first, rings.work.last + 1)

    def rights(stock: Array) -> tuple[jnp.ndarray, ...]:
        return tuple(
            work.from_ages(jnp.asarray(np.moveaxis(each[:, ages], -1, 0))) for each in stock
        )

    return SchemeStocks(
        Rights(
            rights(opening.members),
            rights(opening.service),
            rights(opening.index),
            rights(opening.balances),
        ),
        _awarded(opening, policies, lambda x: _on_ring(x, rings.pension)),
        _awarded(opening, policies, lambda x: jnp.asarray(x[:, AGES - 1].T)),
    )


def _on_ring(stock: Array, ring: Ring) -> jnp.ndarray:
    """Lay pensioners on the pension ring; the few below its first age join it there."""
    inside = stock[:, ring.first : ring.last + 1].copy()
    inside[:, 0] += stock[:, : ring.first].sum(axis=1)
    return ring.from_ages(jnp.asarray(np.moveaxis(inside, -1, 0)))


def _awarded(opening: FundOpening, policies: int, place: Place) -> Awarded:
    return Awarded(
        place(opening.pensioners),
        tuple(place(opening.pensions) for _ in range(policies)),
        place(opening.account_pensions),
        place(opening.pensioner_accounts),
    )


def _balances(
    reserves: Array, funds: tuple[FundOpening, ...], province: NDArray[np.int_], pooling: Pooling
) -> FundBalances:
    """Opening reserves of every pool: a province's are spread over its municipalities as pensions are."""
    local = []
    for balance, fund in zip(reserves, funds, strict=True):
        outgo = fund.pensions.sum(axis=(0, 1))
        # A province that pays no pensions yet spreads its reserves evenly.
        key = np.where(sums(province, outgo)[province] > 0, outgo, 1.0)
        local.append(balance[province] * key / sums(province, key)[province])
    municipal = jnp.asarray(np.stack(local))
    by_fund = Pooling.join(tuple(_opening(each, municipal) for each in pooling.arrangements))
    return FundBalances(by_fund, by_fund, by_fund)


def _opening(arrangement: Arrangement, municipal: Float[jnp.ndarray, "s m"]) -> jnp.ndarray:
    """Reserves of an arrangement's pools: of each scheme in the pools that it is in at first."""
    parts = [
        each.total(municipal) * arrangement.force(k)[0][:, None]
        for k, each in enumerate(arrangement.partitions)
    ]
    return jnp.concatenate(parts, axis=-1)
