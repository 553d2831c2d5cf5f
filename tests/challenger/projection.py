"""A year as a recipe, and all years of a path."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from challenger import economy, employee_pension, linkage, people, pools, resident_pension
from challenger.given import Array, Country, Geography, Migration, Rights, Shocks
from challenger.given import ResidentRights as RightsOfResidents

AnyRights = TypeVar("AnyRights", Rights, RightsOfResidents)


@dataclass(frozen=True)
class Stocks:
    """Everything on 1 January."""

    persons: Array
    origin: Array
    employees: tuple[employee_pension.Stocks, ...]
    residents: tuple[resident_pension.Stocks, ...]
    balances: tuple[tuple[pools.Balances, ...], ...]
    """By arrangement and scheme: the employee funds first."""


@dataclass(frozen=True)
class Result:
    """A year: flows by scheme, pools by arrangement and scheme, and the stocks of 31 December."""

    flows: tuple[employee_pension.Flows, ...]
    pools: tuple[tuple[pools.PoolYear, ...], ...]
    wage: Array
    reference_wage: Array
    stocks: Stocks


@dataclass(frozen=True)
class Funds:
    """What every scheme leaves of a year, before people move."""

    employees: list[employee_pension.FundYear]
    residents: list[resident_pension.FundYear]

    @property
    def flows(self) -> tuple[employee_pension.Flows, ...]:
        """Of all schemes."""
        return tuple(each.flows for each in (*self.employees, *self.residents))

    @property
    def accounts(self) -> list[Array]:
        """Account balances of the members, of all schemes."""
        return [each.stocks.rights.accounts for each in (*self.employees, *self.residents)]


@dataclass(frozen=True)
class Tables:
    """What no path changes."""

    ages: list[employee_pension.Ages]
    bases: list[list[Array]]
    """Contribution bases of every fund by year."""
    resident_ages: list[resident_pension.Ages]


def project(country: Country, shocks: Shocks) -> Iterator[Result]:
    """One path, year by year."""
    years = economy.path(country.economy, shocks)
    references = economy.reference_wages(country, years)
    tables, stocks = _tables(country), opening(country)
    for t, (year, reference) in enumerate(zip(years, references, strict=True)):
        result = advance(country, tables, stocks, year, reference, t)
        yield result
        stocks = result.stocks


def opening(country: Country) -> Stocks:
    """Stocks on 1 January of the first year."""
    return Stocks(
        persons=country.persons,
        origin=country.origin,
        employees=tuple(
            employee_pension.Stocks(fund.rights, fund.awarded) for fund in country.employee_funds
        ),
        residents=tuple(
            resident_pension.Stocks(fund.rights, fund.awarded, fund.minimum_before, 1.0)
            for fund in country.resident_funds
        ),
        balances=tuple(
            tuple(pools.Balances(own, own, own) for own in each.opening)
            for each in country.arrangements
        ),
    )


def _tables(country: Country) -> Tables:
    span = country.first_year, country.years
    relative = country.economy.relative_wage
    return Tables(
        [employee_pension.ages_of(fund, *span) for fund in country.employee_funds],
        [employee_pension.bases_of(fund, relative) for fund in country.employee_funds],
        [resident_pension.ages_of(fund, *span) for fund in country.resident_funds],
    )


def advance(
    country: Country,
    tables: Tables,
    stocks: Stocks,
    year: economy.Year,
    reference: Array,
    t: int,
) -> Result:
    """One year; the steps of section 5 of the README.

    Args:
        country: everything that was told.
        tables: of the country.
        stocks: on 1 January.
        year: drivers (step 1).
        reference: reference wages of the provinces (step 2).
        t: years since the opening.
    """
    geography, migration = country.geography, country.migration
    # Steps 3 to 6: the funds, on the people of 1 January.
    funds = _funds(country, tables, stocks, year, reference, t)
    # Step 7: people live through the year and move at its end, with their rights.
    present = people.live(stocks.persons, country.vital, geography, t)
    origin = people.origin_of(stocks.origin, present, geography)
    moving = people.moves(migration, geography, year, origin, t)
    # Step 8: pools settle after the moves, because moved rights are flows of the year.
    moved = [moved_between(accounts, moving, migration, geography) for accounts in funds.accounts]
    pooled = _pools(country, stocks, funds, moved, year, t)
    after = Stocks(
        persons=people.move(present, moving, migration, geography),
        origin=people.move_origin(origin, present, moving, migration, geography),
        employees=tuple(
            replace(
                each.stocks,
                rights=move_rights(each.stocks.rights, fund.carried[t], year.wage, moving, country),
            )
            for fund, each in zip(country.employee_funds, funds.employees, strict=True)
        ),
        residents=tuple(
            replace(
                each.stocks,
                rights=move_rights(each.stocks.rights, 1.0, year.wage, moving, country),
            )
            for each in funds.residents
        ),
        balances=tuple(tuple(pools.after(each) for each in one) for one in pooled),
    )
    return Result(funds.flows, pooled, year.wage, reference, after)


# ---- the funds


def _funds(
    country: Country,
    tables: Tables,
    stocks: Stocks,
    year: economy.Year,
    reference: Array,
    t: int,
) -> Funds:
    place = _place(country, stocks, t)
    wages = economy.by_policy(country, reference)
    employees = [
        employee_pension.fund_year(
            fund, ages, bases[t], country.enrolment, place, stocks.persons, held, year, wages, t
        )
        for fund, ages, bases, held in zip(
            country.employee_funds, tables.ages, tables.bases, stocks.employees, strict=True
        )
    ]
    track = employee_pension.Track(
        np.sum([each.track.active for each in employees], axis=0),
        np.sum([each.track.retired for each in employees], axis=0),
    )
    residents = [
        resident_pension.fund_year(
            fund, ages, country.enrolment, place, stocks.persons, track, held, year, len(wages), t
        )
        for fund, ages, held in zip(
            country.resident_funds, tables.resident_ages, stocks.residents, strict=True
        )
    ]
    for fund, each in zip(country.resident_funds, residents, strict=True):
        inverse_divisor = fund.inverse_divisor[t]
        employees[0] = linkage.receive(employees[0], each.handed_over, inverse_divisor)
    return Funds(employees, residents)


def _place(country: Country, stocks: Stocks, t: int) -> employee_pension.Place:
    survival = people.survival_of_provinces(country.vital, t)
    return employee_pension.Place(
        country.geography,
        people.registrations(stocks.origin),
        country.migration.home_share,
        people.at_start(survival)[country.geography.province],
    )


# ---- rights that move


def move_rights(
    rights: AnyRights, carried: float, wage: Array, moving: people.Moves, country: Country
) -> AnyRights:
    """Rights after the year's moves.

    Years count in the carried share in another province; index-years are counted anew by the wage of the new place.
    """
    same = np.eye(country.geography.provinces)
    years = same + carried * (1 - same)
    worth = {"service": years, "index": years * wage[:, None] / wage[None, :]}
    moved = {
        name: people.move(stock, moving, country.migration, country.geography, worth.get(name))
        for name, stock in vars(rights).items()
    }
    return replace(rights, **moved)


def moved_between(
    accounts: Array, moving: people.Moves, migration: Migration, geography: Geography
) -> Array:
    """Account balances that move from municipality to municipality [m m].

    From where people leave a province and where they arrive in another one is known; in between they are in proportion.
    """
    province = geography.province
    by_class = (accounts * moving.leaving[:, None]).sum(axis=(2, 3))
    came = people.arrivals(moving, migration, geography.sums(by_class))
    between = came.here + came.near + came.far
    home = came.here.sum(axis=0)[province] * migration.home_share
    arrived = home + (came.near + came.far).sum(axis=0)[province] * migration.arrival_share
    sent, taken = _share(by_class.sum(axis=1), geography), _share(arrived, geography)
    return sent[:, None] * between[province][:, province] * taken[None, :]


def _share(flow: Array, geography: Geography) -> Array:
    """Share of every municipality in a flow of its province."""
    whole = geography.sums(flow)[geography.province]
    return np.divide(flow, whole, out=np.zeros_like(flow), where=whole > 0)


# ---- pools


def _pools(
    country: Country, stocks: Stocks, funds: Funds, moved: list[Array], year: economy.Year, t: int
) -> tuple[tuple[pools.PoolYear, ...], ...]:
    own_wage = year.wage[country.geography.province]
    local = []
    for s, flows in enumerate(funds.flows):
        if s < len(country.employee_funds):
            value = employee_pension.worth_of_account(country.employee_funds[s], t)
            standard = flows.insured * own_wage
        else:
            value = country.resident_funds[s - len(country.employee_funds)].moving[t]
            standard = flows.insured * _mean(flows.contributions, flows.insured)
        local.append(
            pools.Local(
                wage_bill=flows.wage_bill,
                contributions=flows.contributions,
                outgo=[flows.outgo(policy) for policy in range(len(country.policies))],
                scheduled=[each.sum(axis=0) for each in flows.scheduled_subsidy],
                standard_wages=standard,
                retirees=flows.beneficiaries,
                moved=value * moved[s],
                linked=flows.linked_accounts,
            )
        )
    return tuple(
        tuple(
            pools.pool_year(each, s, country.geography, held[s], local[s], year.fund_return)
            for s in range(len(local))
        )
        for each, held in zip(country.arrangements, stocks.balances, strict=True)
    )


def _mean(amount: Array, heads: Array) -> float:
    return float(amount.sum() / heads.sum()) if heads.sum() > 0 else 0.0
