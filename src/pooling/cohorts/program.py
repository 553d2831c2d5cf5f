"""The cohort program: a second program beside :mod:`pooling.projection`.

It advances the stocks with the projection's own step and keeps, besides, flows by age, sex, province and history of the
members, so that its sums are the projection's. A cohort is known by its birth year: who is x years old on 1 January of the
year t was born in t − 1 − x.
"""

from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from pooling.cohorts.annuity import pensions_after_award
from pooling.cohorts.flows import CohortFlows, fund_flows
from pooling.cohorts.stayers import (
    ByYear,
    after_moves,
    before_moves,
    in_province,
    leaving_later,
    membership,
    registered_in_province,
)
from pooling.drivers.economy import Path, draw
from pooling.parameters.model import EmployeePension, in_year
from pooling.population.migration import Routes, Travel
from pooling.projection import Run
from pooling.schemes.calendar import Leaf
from pooling.schemes.employee_pension import year_of_fund
from pooling.schemes.pension_year import Tables as FundTables
from pooling.state import PensionStocks, Persons, Rights, State
from pooling.year import Tables, advance_people, advance_with_stocks, given_in_year


def project_cohorts(
    run: Run, tables: Tables, path: Int[Array, ""], discount: Float[Array, " y"]
) -> tuple[CohortFlows, ...]:
    """Flows by cohort of every fund on one path; every array has a leading year axis. Path 0 is the central path.

    Args:
        run: the run.
        tables: ``tables_of(run.model)``, computed once for all paths.
        path: number of the realization.
        discount: rate of every year at which awards are valued; after the last year its own.
    """
    drivers = draw(run.model.levers.economy, run.seed, path)
    following = pensions_after_award(run.model.levers.vital, drivers.indexation, discount)
    routes = _routes(run, tables, drivers)
    later = _leaving_later(run, tables, routes)

    def step(carry: tuple, given: tuple) -> tuple[tuple, tuple[CohortFlows, ...]]:
        return _advance(run, *carry, *given)

    opened = tuple(registered_in_province(each.rights) for each in _pensions(run.opening.schemes))
    given = (tables, drivers, routes, following, later, _years(run))
    return lax.scan(step, (run.opening, opened), given)[1]


def _years(run: Run) -> Int[Array, " y"]:
    return jnp.arange(run.years, dtype=jnp.int32)


def _funds(run: Run, tables: Tables) -> list[tuple[EmployeePension, FundTables]]:
    """Levers and tables of the funds of the employee pension scheme."""
    each = zip(run.model.levers.schemes, tables.schemes, strict=True)
    return [
        (levers, table)
        for levers, table in each
        if isinstance(levers, EmployeePension) and isinstance(table, FundTables)
    ]


def _pensions(stocks: tuple[Any, ...]) -> list[PensionStocks]:
    """Their stocks among those of all schemes."""
    return [each for each in stocks if isinstance(each, PensionStocks)]


def _routes(run: Run, tables: Tables, drivers: Path) -> Routes:
    """Routes of all years of a path, which no scheme changes."""
    levers = run.model.levers

    def step(carry: tuple[Persons, Array], given: tuple) -> tuple[tuple[Persons, Array], Routes]:
        of_year, today, elapsed = given
        moving = in_year(levers.migration, elapsed)
        people = advance_people(levers, of_year, *carry, today, moving)
        return (people.persons, people.origin), people.route

    opened = (run.opening.persons, run.opening.origin)
    return lax.scan(step, opened, (tables, drivers, _years(run)))[1]


def _leaving_later(run: Run, tables: Tables, routes: Routes) -> tuple[ByYear, ...]:
    """:func:`leaving_later` of every fund."""
    levers, stocks = run.model.levers, _pensions(run.opening.schemes)
    return tuple(
        leaving_later(
            table.hazard,
            tables.dates.living,
            tables.profiles,
            routes,
            levers.migration,
            levers.geography,
            len(in_province(each.rights.members)),
        )
        for (_, table), each in zip(_funds(run, tables), stocks, strict=True)
    )


def _advance(
    run: Run,
    state: State,
    stayers: tuple[Rights, ...],
    tables: Tables,
    drivers: Path,
    route: Routes,
    following: Float[Array, "p 2 101"],
    later: tuple[tuple[Leaf, ...], ...],
    elapsed: Int[Array, ""],
) -> tuple[tuple[State, tuple[Rights, ...]], tuple[CohortFlows, ...]]:
    """One year: the projection's own step, its flows by cohort, and the rights of those who stay."""
    levers = run.model.levers
    after, result, kept = advance_with_stocks(run.model, tables, state, drivers, elapsed)
    given = given_in_year(run.model, tables, state, drivers, result.reference_wage, elapsed)
    moving = in_year(levers.migration, elapsed)
    flows, rights = [], []
    for (law, table), stocks, left, own, leaving in zip(
        _funds(run, tables), _pensions(state.schemes), _pensions(kept), stayers, later, strict=True
    ):
        year = year_of_fund(in_year(law, elapsed), table, given)
        members = membership(year, given, stocks.rights, own)
        flows.append(fund_flows(year, given, stocks, following, members, leaving))
        stayed = before_moves(year, members, left.rights)
        travel = Travel(year.rules.carried_years, drivers.wage)
        rights.append(after_moves(stayed, tables.profiles, route, moving, levers.geography, travel))
    return (after, tuple(rights)), tuple(flows)
