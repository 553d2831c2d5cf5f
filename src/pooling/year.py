"""One year of the model as a numbered recipe.

Stocks stand on 1 January; people migrate at the end of the year. The order is the one that reproduces the United
Nations' population projection, see :mod:`pooling.population.vital`.
"""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from pooling.drivers.economy import Path
from pooling.numerics import add, dot, double, in_type_of, overall_ratio
from pooling.once import once
from pooling.parameters.model import Geography, Migration, Parameters, SchemeLevers, Vital, in_year
from pooling.pools.arrangement import Pooling
from pooling.pools.funds import FundYear, MunicipalFlows, settle_year
from pooling.population import migration, vital
from pooling.population.migration import Moves, Profiles, Routes, Travel
from pooling.population.ring import LIFE
from pooling.population.vital import VitalTables, vital_tables
from pooling.schemes.calendar import Calendar, Place, Rings, calendar
from pooling.schemes.linkage import link
from pooling.schemes.registry import module_of
from pooling.schemes.scheme import Flows, Given, ReferenceWage, SchemeYear
from pooling.state import Persons, State


class YearResult(eqx.Module):
    """What a year leaves behind: aggregates only."""

    schemes: tuple[Flows, ...]
    moves: tuple[Moves, ...]
    funds: FundYear
    transfer_value: Float[Array, " s"]
    """Money that moves with a member, over the account balance that moves."""
    kept_value: Float[Array, " s"]
    """Pooled part of a mover's contributions that stays behind, over the same."""
    standard_wages: Float[Array, "s m"]
    """Average wages of all insured; currency."""
    registrations: Float[Array, "p p"]
    """Registration of the residents registered in another province: [residence, registration]."""
    effort: tuple[Float[Array, "s m"] | None, ...]
    """Cash collected over what is due, by arrangement; None where collection does not react."""
    after_scheduled: Float[Array, "s f"]
    before_subsidy: Float[Array, "s f"]
    people: tuple[Float[Array, " m"], ...]
    """Residents on 31 December by registration class; persons."""
    people_residual: Float[Array, ""]
    """People after less people before internal migration: zero to rounding."""
    origin_residual: Float[Array, ""]
    """Largest difference between the people registered in another province and their origins; persons."""
    wage: Float[Array, " p"]
    reference_wage: Float[Array, " p"]


class Tables(eqx.Module):
    """What no path changes, laid on the cohorts once a run; every array has a leading year axis."""

    vital: VitalTables
    dates: Calendar
    profiles: Profiles
    schemes: tuple[eqx.Module, ...]


class Model(eqx.Module):
    """Everything that a year needs besides stocks and drivers."""

    levers: Parameters
    rings: Rings
    """Working ages, pension ages and ages of award."""
    pooling: Pooling
    """Arrangements, all run on the same people."""


def tables_of(model: Model) -> Tables:
    """Lay the tables of all years on the cohorts: every path shares them.

    Survival is the nation's, with the provincial multiplier and the lever on the hazard.
    """
    years = jnp.arange(model.levers.economy.inflation.shape[0], dtype=jnp.int32)
    return lax.map(lambda elapsed: tables_in(model, elapsed), years)


def tables_in(model: Model, elapsed: Int[Array, ""]) -> Tables:
    """The tables of one year, see :func:`tables_of`."""
    levers = model.levers
    vital = in_year(levers.vital, elapsed)
    survival = survival_of(vital)
    fertility = vital.fertility * vital.fertility_level
    return Tables(
        vital_tables(survival, fertility, vital.sex_ratio, vital.net_migration, elapsed),
        calendar(model.rings, survival, elapsed),
        migration.profiles(in_year(levers.migration, elapsed), model.rings.work, elapsed),
        tuple(
            module_of(scheme).tables(in_year(scheme, elapsed), levers.economy, model.rings, elapsed)
            for scheme in levers.schemes
        ),
    )


def survival_of(vital: Vital) -> Float[Array, "p 2 101"]:
    """Share surviving one year by province, sex and age at its end, of the rates of that year."""
    hazard = vital.mortality * vital.mortality_multiplier.T
    return vital.survival[None] ** hazard[..., None]


def advance_year(
    model: Model, tables: Tables, state: State, drivers: Path, elapsed: Int[Array, ""]
) -> tuple[State, YearResult]:
    """Advance every stock by one year.

    Cells are computed in the precision of the stocks, what is summed over them by municipality in double.

    Args:
        model: levers of all years, rings, arrangements.
        tables: of this year.
        state: stocks on 1 January.
        drivers: of this year.
        elapsed: years since the opening.
    """
    return advance_with_stocks(model, tables, state, drivers, elapsed)[:2]


def advance_with_stocks(
    model: Model, tables: Tables, state: State, drivers: Path, elapsed: Int[Array, ""]
) -> tuple[State, YearResult, tuple[eqx.Module, ...]]:
    """As :func:`advance_year`; beside it the stocks of every scheme on 31 December, before the moves."""
    levers, geography = model.levers, model.levers.geography
    moving = in_year(levers.migration, elapsed)
    laws = tuple(in_year(scheme, elapsed) for scheme in levers.schemes)
    # 1. Drivers of the year are given. 2. Reference wage of every benefit policy.
    reference = _reference_wage(levers, state.reference_wage, drivers.wage, elapsed)
    # 3.-5. Coverage, contributions, awards and benefits of every fund.
    given = in_type_of(state.persons, (model, tables, state, drivers, reference))
    schemes = advance_schemes(*given, elapsed)
    # Stored: each user would compute them anew in single precision, and the accounts of pools and places would differ.
    flows = once(_in_double, tuple(each.flows for each in schemes))
    # 7. People: survive, are born, age; then migrate with their rights.
    people = advance_people(levers, tables, state.persons, state.origin, drivers, moving)
    moved = tuple(
        _move_rights(
            each.stocks.rights,
            tables.profiles,
            people.route,
            moving,
            geography,
            Travel(law.carried_years, drivers.wage),
        )
        for law, each in zip(laws, schemes, strict=True)
    )
    stocks = tuple(
        replace(each.stocks, rights=rights)
        for (rights, _), each in zip(moved, schemes, strict=True)
    )
    moves = tuple(each for _, each in moved)
    # 6. Pools settle and close their accounts, for every arrangement.
    municipal = _municipal_flows(levers, laws, flows, drivers.wage)
    balances, pools = settle_year(
        model.pooling,
        geography,
        state.balances,
        municipal,
        moves,
        drivers.fund_return,
        elapsed,
    )
    result = YearResult(
        schemes=flows,
        moves=moves,
        funds=pools.funds,
        transfer_value=municipal.transfer_value,
        kept_value=jnp.stack([law.kept_value for law in laws]),
        standard_wages=municipal.standard_wages,
        registrations=migration.registrations(state.origin),
        effort=pools.effort,
        after_scheduled=balances.after_scheduled,
        before_subsidy=balances.before_subsidy,
        people=vital.heads(people.persons),
        people_residual=_people_residual(people.before_moves, people.persons),
        origin_residual=_origin_residual(people.origin, people.persons, geography.membership),
        wage=drivers.wage,
        reference_wage=reference,
    )
    after = State(people.persons, people.origin, stocks, reference, balances)
    return after, result, tuple(each.stocks for each in schemes)


def _in_double(flows: tuple[Flows, ...]) -> tuple[Flows, ...]:
    return double(flows)


def advance_schemes(
    model: Model,
    tables: Tables,
    state: State,
    drivers: Path,
    reference: Float[Array, " p"],
    elapsed: Int[Array, ""],
) -> tuple[SchemeYear, ...]:
    """Steps 3 to 5 of the year for every fund: stocks before migration, and flows.

    Args:
        model: as of :func:`advance_year`, which see for the others.
        tables: of this year.
        state: stocks on 1 January.
        drivers: of this year.
        reference: reference wage of the provinces; currency a year.
        elapsed: years since the opening.
    """
    given = given_in_year(model, tables, state, drivers, reference, elapsed)
    years: list[SchemeYear] = []
    for levers, table, stocks in zip(
        model.levers.schemes, tables.schemes, state.schemes, strict=True
    ):
        covered = years[-1].covered if years else None
        rules = in_year(levers, elapsed)
        years.append(module_of(levers).advance(rules, table, given, covered, stocks))
    return link(tuple(years), tables.dates)


def given_in_year(
    model: Model,
    tables: Tables,
    state: State,
    drivers: Path,
    reference: Float[Array, " p"],
    elapsed: Int[Array, ""],
) -> Given:
    """What every scheme of a year is given; arguments of :func:`advance_schemes`."""
    levers = model.levers
    province = levers.geography.province
    residents = tuple(
        model.rings.work.within(LIFE, leaf, tables.dates.work) for leaf in state.persons.young
    )
    home = in_year(levers.migration, elapsed).home_share
    return Given(
        place=Place(levers.geography, migration.registrations(state.origin), home),
        dates=tables.dates,
        persons=state.persons,
        residents=residents,
        enrolment=in_year(levers.enrolment, elapsed),
        wage=drivers.wage[province],
        reference_wage=_by_policy(levers, reference),
        wage_level=drivers.wage_level,
        wage_shock=drivers.wage_shock,
        prices=drivers.prices,
        notional_rate=drivers.notional_rate,
        indexation=drivers.indexation,
        fund_return=drivers.fund_return,
        elapsed=elapsed,
    )


def _by_policy(levers: Parameters, reference: Float[Array, " p"]) -> tuple[ReferenceWage, ...]:
    """Reference wage of every benefit policy."""
    own, relative = levers.own_reference, levers.economy.relative_wage
    local = reference[levers.geography.province]
    national = jnp.full_like(relative, jnp.sum(levers.policy_weight * reference))
    by_level = {
        "municipality": ReferenceWage(local * relative, local * relative),
        "province": ReferenceWage(local * own.flat, local * own.indexed),
        "nation": ReferenceWage(national, national),
    }
    return tuple(by_level[policy.level] for policy in levers.policies)


def _move_rights(
    rights: eqx.Module,
    profile: Profiles,
    route: Routes,
    moving: Migration,
    geography: Geography,
    travel: Travel,
) -> tuple[eqx.Module, Moves]:
    """Rights after the year's moves; of a scheme without rights nothing has to be stored."""
    if not jax.tree.leaves(rights):
        return migration.move_rights(rights, profile, route, moving, geography, travel)
    return once(migration.move_rights, rights, profile, route, moving, geography, travel)


class People(eqx.Module):
    """People at the end of a year."""

    persons: Persons
    before_moves: Persons
    """After births and deaths, before they migrate."""
    origin: Float[Array, "p p"]
    route: migration.Routes


def advance_people(
    levers: Parameters,
    tables: Tables,
    persons: Persons,
    origin: Float[Array, "p p"],
    drivers: Path,
    moving: Migration,
) -> People:
    """Survive, give birth, age and migrate.

    Args:
        levers: of all years.
        tables: of this year.
        persons: on 1 January.
        origin: theirs, see :class:`pooling.state.State`.
        drivers: of this year.
        moving: levers of migration of this year.
    """
    geography = levers.geography
    multiplier = geography.to_municipalities(levers.vital.fertility_multiplier)
    born_aged = once(vital.survive, persons, tables.vital, geography, multiplier)
    present = vital.add_net_migration(born_aged, tables.vital)
    origins = migration.scale_origin(origin, present, geography)
    route = migration.routes(moving, geography, drivers.relative_wage, drivers.migration, origins)
    settled = once(migration.move_people, present, tables.profiles, route, moving, geography)
    after = migration.move_origin(origins, present, tables.profiles, route, moving, geography)
    return People(settled, present, after, route)


def _reference_wage(
    levers: Parameters,
    last: Float[Array, " p"],
    wage: Float[Array, " p"],
    elapsed: Int[Array, ""],
) -> Float[Array, " p"]:
    """Reference wages (计发基数) of the provinces: the average wage, or last year's grown by the cap where higher.

    The opening year's are published (``last`` holds them), later ones follow RULES 1.4.
    """
    capped = jnp.maximum(wage, last * (1 + levers.reference_growth_cap))
    return jnp.where(elapsed == 0, last, capped)


def _municipal_flows(
    levers: Parameters,
    laws: tuple[SchemeLevers, ...],
    flows: tuple[Flows, ...],
    wage: Float[Array, " p"],
) -> MunicipalFlows:
    policies = range(len(levers.policies))
    local_wage = levers.geography.to_municipalities(wage)
    return MunicipalFlows(
        wage_bill=jnp.stack([flow.wage_bill for flow in flows]),
        contributions=jnp.stack([flow.contributions for flow in flows]),
        outgo=jnp.stack([jnp.stack([flow.outgo(p) for flow in flows]) for p in policies]),
        scheduled_subsidy=jnp.stack(
            [jnp.stack([flow.scheduled_subsidy[p].sum(axis=0) for flow in flows]) for p in policies]
        ),
        standard_wages=jnp.stack(
            [
                flow.insured * local_wage if law.of_wages else _mean_premiums(flow)
                for law, flow in zip(laws, flows, strict=True)
            ]
        ),
        retirees=jnp.stack([flow.beneficiaries for flow in flows]),
        transfer_value=jnp.stack([law.transfer_value for law in laws]).astype(wage.dtype),
        linked=jnp.stack([flow.linked_accounts for flow in flows]),
    )


def _mean_premiums(flow: Flows) -> Float[Array, " m"]:
    """The nation's mean premium for everybody insured: the standard base of a scheme without wages."""
    return flow.insured * overall_ratio(flow.contributions, flow.insured)


def _people_residual(before: Persons, after: Persons) -> Float[Array, ""]:
    """Internal migration neither makes nor loses people."""
    return add(jnp.sum(n) for n in vital.heads(after)) - sum(
        jnp.sum(n) for n in vital.heads(before)
    )


def _origin_residual(
    origin: Float[Array, "p p"], persons: Persons, membership: Float[Array, "m p"]
) -> Float[Array, ""]:
    """Everybody registered in another province has an origin."""
    if len(persons.young) == 1:
        return jnp.zeros((), origin.dtype)
    living = dot(membership.T, vital.heads(persons)[2])
    return jnp.max(jnp.abs(jnp.sum(origin, axis=0) - living))
