"""Open the model: population, accounts, funds, pools — stocks on 1 January of the first projected year."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.axes import REGISTERED_ELSEWHERE
from pooling.numerics import Tree, as_array
from pooling.opening import levers
from pooling.opening.accounts import Accounts, OpeningAccounts, opening_accounts
from pooling.opening.award_level import index_levels, with_index_level
from pooling.opening.context import Context, SchemeOpening
from pooling.opening.employee_pension import EmployeePensionOpening
from pooling.opening.enrolment import enrolment
from pooling.opening.fund import FundOpening
from pooling.opening.municipal import Split, split
from pooling.opening.numbers import require_numbers
from pooling.opening.pools import pooling_of
from pooling.opening.population import PopulationOpening, opening_population
from pooling.opening.registry import OPENERS
from pooling.parameters.demography import national_rates
from pooling.parameters.lookup import sums
from pooling.parameters.migration import origin_stock
from pooling.parameters.model import Parameters, Policy
from pooling.pools.arrangement import Arrangement, Pooling
from pooling.population.ring import rings_of
from pooling.population.vital import from_ages
from pooling.schemes.calendar import Rings
from pooling.state import FundBalances, State
from pooling.year import Model

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Opening:
    """The opened model and what it was made of."""

    model: Model
    state: State
    population: PopulationOpening
    accounts: OpeningAccounts
    schemes: tuple[SchemeOpening, ...]
    """By fund, in the run's order."""
    split: Split

    @property
    def funds(self) -> tuple[FundOpening, ...]:
        """Calibrated figures of the funds of the employee pension scheme, which come first."""
        return tuple(
            each.figures for each in self.schemes if isinstance(each, EmployeePensionOpening)
        )

    @property
    def fund_accounts(self) -> tuple[Accounts, ...]:
        """Accounts of the valuation year by fund."""
        return tuple(each.accounts for each in self.schemes)


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
    years = np.arange(config.projection.first_year, config.projection.last_year + 1)
    population = opening_population(config)
    accounts = opening_accounts(config)
    context = Context(
        config=config,
        persons=population.persons,
        accounts=accounts,
        split=split(config, population.persons),
        survival=_survival(config, population, years),
        years=years,
        earlier=(),
    )
    for fund in config.funds:
        opened = OPENERS[fund.module](context, fund)
        context = replace(context, earlier=(*context.earlier, opened))
    rings = _rings(context.earlier)
    pooling = pooling_of(config, tuple(each.accounts for each in context.earlier))
    parameters = _parameters(context, population, rings)
    state = _state(context, parameters, rings, pooling)
    model, state = _strongly_typed((Model(parameters, rings, pooling), state))
    require_numbers(model.levers, state)
    ready(model, state)
    levels = index_levels(model, state, config.pension_funds)
    return Opening(
        model=model,
        state=jax.jit(with_index_level)(state, as_array(levels), parameters.geography.province),
        population=population,
        accounts=accounts,
        schemes=_with_levels(context, levels),
        split=context.split,
    )


def _strongly_typed(tree: Tree) -> Tree:
    """A tree of arrays without weak types: the same numbers under two types would be two programs to compile."""
    return jax.tree.map(as_array, tree)


def _survival(config: Config, population: PopulationOpening, years: NDArray[np.int_]) -> Array:
    """Survival of the valuation year [sex, age at its end], with the factor on deaths that closed it, at all ages.

    The projection goes on from there (:func:`pooling.opening.levers.vital`), so that what the valuation year and the first
    year pay on deaths agree.
    """
    survival = national_rates(config.assumptions, years[:1]).survival[0]
    own = config.options.opening_ages == "un"  # the opening is the United Nations' own
    return survival if own else survival ** population.closing("deaths_65")


def _with_levels(context: Context, levels: Array) -> tuple[SchemeOpening, ...]:
    """The opened funds, those of the employee pension scheme with their index-years moved."""
    pensions = [each for each in context.earlier if isinstance(each, EmployeePensionOpening)]
    moved = tuple(
        each.with_index_level(level, context.province)
        for each, level in zip(pensions, levels, strict=True)
    )
    return (*moved, *context.earlier[len(moved) :])


def _rings(schemes: tuple[SchemeOpening, ...]) -> Rings:
    """Rings that hold the ages of every scheme."""
    entry, first, last = zip(*(ages for each in schemes if (ages := each.ages())), strict=True)
    return Rings(*rings_of(min(entry), min(first), max(last)))


def _parameters(context: Context, population: PopulationOpening, rings: Rings) -> Parameters:
    config, years, accounts = context.config, context.years, context.accounts
    cap = config.assumptions.economy["reference_wage.growth_cap"].value
    return Parameters(
        geography=levers.geography(config),
        vital=levers.vital(config, population, years),
        migration=levers.migration(config, population.persons, years),
        economy=levers.economy(config, context.split, years),
        enrolment=enrolment(config, years),
        schemes=tuple(each.levers(context, rings) for each in context.earlier),
        policies=tuple(Policy(policy.reference_wage) for policy in config.policies),
        own_reference=levers.own_reference(config, context.split),
        reference_growth_cap=as_array(float(cap)),
        policy_weight=as_array(accounts.member_shares),
        subsidy_person_share=as_array(_person_share(config, years)),
    )


def _person_share(config: Config, years: NDArray[np.int_]) -> Array:
    rule = config.options.subsidy_rule
    return np.ones(len(years)) if rule is None else rule.person_share(years)


def _state(context: Context, parameters: Parameters, rings: Rings, pooling: Pooling) -> State:
    config, persons = context.config, context.persons
    living = sums(context.province, persons[REGISTERED_ELSEWHERE].sum(axis=(0, 1)))
    wage = np.asarray(parameters.economy.wage)
    policies = len(config.policies)
    return State(
        persons=from_ages(as_array(persons)),
        origin=as_array(origin_stock(config, living)),
        schemes=tuple(each.stocks(rings, policies) for each in context.earlier),
        reference_wage=as_array(levers.reference_wage(config, config.projection.first_year, wage)),
        balances=_balances(context.earlier, context.province, pooling, _pooled_shares(config)),
    )


def _pooled_shares(config: Config) -> Array:
    """Share of the opening reserves that goes to the pools [arrangement, fund]."""
    return np.array(
        [
            [each.terms[fund.key][0][1].reserves_pooled for fund in config.funds]
            for each in config.arrangements
        ]
    )


def _balances(
    schemes: tuple[SchemeOpening, ...],
    province: NDArray[np.int_],
    pooling: Pooling,
    shares: Array,
) -> FundBalances:
    """Opening reserves of every pool: a province's are spread over its municipalities by the scheme's key."""
    local = []
    for each in schemes:
        given = each.reserve_key()
        # A province without a key spreads its reserves evenly.
        key = np.where(sums(province, given)[province] > 0, given, 1.0)
        local.append(each.accounts.balance[province] * key / sums(province, key)[province])
    by_fund = _reserves_by_fund(pooling, as_array(np.stack(local)), as_array(shares))
    return FundBalances(by_fund, by_fund, by_fund)


@jax.jit
def _reserves_by_fund(
    pooling: Pooling, municipal: Float[jnp.ndarray, "s m"], shares: Float[jnp.ndarray, "a s"]
) -> Float[jnp.ndarray, "s f"]:
    """Reserves by municipality laid on the funds of every arrangement."""
    return Pooling.join(
        tuple(
            _opening(each, municipal, pooled[:, None])
            for each, pooled in zip(pooling.arrangements, shares, strict=True)
        )
    )


def _opening(
    arrangement: Arrangement,
    municipal: Float[jnp.ndarray, "s m"],
    pooled: Float[jnp.ndarray, "s 1"],
) -> jnp.ndarray:
    """Reserves of an arrangement's pools: of each scheme in the pools that it is in at first."""
    parts = [
        (each.total(pooled * municipal) + each.to_municipality((1 - pooled) * municipal))
        * arrangement.force(k)[0][:, None]
        for k, each in enumerate(arrangement.partitions)
    ]
    return jnp.concatenate(parts, axis=-1)
