"""One year of a fund of the employee pension scheme: contributions, awards, benefits in payment.

The enterprise fund and the government fund are two data sets of this module. It delivers flows by municipality and
knows no pool. One rule for headcounts everywhere: a flow is borne by the mean of the stocks before and after the
year's deaths, and by months for those who retire within the year.

Sources: Guofa [2005] 38 (benefit formula), NPCSC decision of 13 September 2024 (ages, minimum years), Social Insurance
Law art. 14-17 (accounts), Guobanfa [2009] 66 (claim place). The rules' figures and dates are data.
"""

from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from pooling.coverage.enrolment import active, covered, entrants
from pooling.numerics import dot, once, total
from pooling.parameters.model import EmployeePension, Geography, yearly
from pooling.population.ring import Ring
from pooling.schemes.pension_formula import (
    account_pension,
    basic_pension,
    basic_points,
    transitional_points,
)
from pooling.schemes.thresholds import (
    clamped_lognormal_mean,
    expected_minimum,
    partial_expectation,
    share_above,
)
from pooling.state import Awarded, Rights, SchemeStocks

Leaf = Float[Array, "m row"]
Tree = TypeVar("Tree")
MONTHS = 12


class Rings(eqx.Module):
    """Where the cohorts of working and of pension ages are."""

    work: Ring
    pension: Ring
    award: tuple[int, int] = eqx.field(static=True)
    """Youngest and oldest age on 1 January of those who can reach their pension age in the year."""


class Tables(eqx.Module):
    """What no path changes, computed once a run; as the rules, by year in the run and of one year in the step."""

    base: Float[Array, "y m 2 a"] = yearly()
    """Mean contribution base of an employee over the reference average wage."""
    bridge: Float[Array, "y p n"] = yearly()
    """Transitional pension over the reference wage, a retiring person: the constant part."""
    bridge_index: Float[Array, "y p n"] = yearly()
    """The same a unit of the index."""


def tables(rules: EmployeePension, relative_wage: Float[Array, " m"]) -> Tables:
    """Tables of a fund for all years.

    Wages of a cell are log-normal around the profile; each is cut at floor and cap, which are multiples of the reference
    average wage, so that the base over it is the same on every path.

    Args:
        rules: levers of all years.
        relative_wage: wage of the municipality over its province's.
    """
    profile = jnp.log(rules.wage_profile)[None]
    place = jnp.log(rules.base_level * relative_wage)[:, None, None]

    def base(year: tuple) -> Float[Array, "m 2 a"]:
        floor, cap, level = year
        return clamped_lognormal_mean(
            profile + (place + jnp.log(level)), rules.wage_spread, floor, cap
        )

    years = jnp.moveaxis(rules.transition_years, -1, 1)
    constant, slope = transitional_points(
        years.reshape(*years.shape[:2], -1),
        rules.transition_coefficient[:, None],
        rules.transition_weight[:, None],
    )
    return Tables(lax.map(base, (rules.floor, rules.cap, rules.wage_level)), constant, slope)


class YearOfFund(eqx.Module):
    """The levers of one fund in one year: a row of :class:`EmployeePension` plus the year's drivers."""

    rules: EmployeePension
    tables: Tables
    wage: Float[Array, " m"]
    """Average wage that the year's bases use, the province's; currency a year."""
    reference_wage: tuple[Float[Array, " m"], ...]
    """Reference wage of every benefit policy; currency a year."""
    notional_rate: Float[Array, ""]
    indexation: Float[Array, ""]


class Flows(eqx.Module):
    """What a fund collects and pays in a year, by municipality; heads are person-years, money is currency."""

    contributors: Float[Array, " m"]
    pensioners: Float[Array, " m"]
    new_pensioners: Float[Array, " m"]
    new_pensions: tuple[Float[Array, " m"], ...]
    """Annual rate of the year's awards, by policy."""
    wage_bill: Float[Array, " m"]
    """Covered wage bill: contributions due over the statutory rate of the payer type."""
    contributions: Float[Array, " m"]
    contributions_account: Float[Array, " m"]
    """Part of the contributions credited to individual accounts."""
    pensions: tuple[Float[Array, " m"], ...]
    inherited_accounts: Float[Array, " m"]
    refunded_accounts: Float[Array, " m"]
    other_outgo: tuple[Float[Array, " m"], ...]
    scheduled_subsidy: tuple[Float[Array, "payer m"], ...]

    def outgo(self, policy: int) -> Float[Array, " m"]:
        """All that the fund pays under one benefit policy: pensions, accounts paid out, other outgo."""
        return (
            self.pensions[policy]
            + self.inherited_accounts
            + self.refunded_accounts
            + self.other_outgo[policy]
        )


class Place(eqx.Module):
    """Geography that a fund needs: provinces, and where pensions are claimed."""

    geography: Geography
    claim: Float[Array, "p p"]
    """Registration of the residents registered in another province: [residence, registration], rows sum to 1."""
    home_share: Float[Array, " m"]
    """Share of a municipality in the people registered in its province."""


class Members(eqx.Module):
    """Rights of one registration class on 1 January, entrants included."""

    heads: Leaf
    service: Leaf
    index: Leaf
    accounts: Leaf


class Leaving(eqx.Module):
    """What those who reach their pension age in the year bring to the claim place."""

    heads: Leaf
    points: Leaf
    """Basic and transitional pension over the reference wage; person-years times a rate."""
    accounts: Leaf


def flexible_base(rules: EmployeePension) -> Float[Array, ""]:
    """Base that flexible workers choose, between floor and cap, over the reference average wage."""
    return jnp.clip(rules.flexible_base, rules.floor, rules.cap)


class Credits(eqx.Module):
    """What one paid contribution year earns and costs, by cell."""

    index: Leaf
    """Index-years: own base over the reference average wage."""
    deposit: Leaf
    """Credited to the individual account; currency."""
    wage_bill: Leaf
    """Base of employees and flexible workers; currency."""
    contribution: Leaf
    """Collected from employer, employee and flexible worker; currency."""


def credits_of(year: YearOfFund, rings: Rings, elapsed: Int[Array, ""]) -> Credits:
    """Credits of one contribution year of the average member, employees and flexible workers together."""
    rules = year.rules
    employee = (1 - rules.flexible_share) * rings.work.align(year.tables.base, elapsed)
    flexible = rules.flexible_share * flexible_base(rules)
    collected = rules.employer_rate + rules.employee_rate
    flexible_rate = rules.flexible_pooled_rate + rules.flexible_account_rate
    wage = year.wage[:, None]
    return Credits(
        index=employee + flexible,
        deposit=wage * (employee * rules.account_rate + flexible * rules.flexible_account_rate),
        wage_bill=wage * (employee + flexible),
        contribution=wage * rules.compliance * (employee * collected + flexible * flexible_rate),
    )


class Timing(eqx.Module):
    """When in the year a cohort lives, pays and retires, on the working ring."""

    living: Leaf
    """Share surviving the year."""
    hazard: Float[Array, "1 row"]
    """Share who reach their pension age in the year."""
    drawing: Float[Array, "1 row"]
    """Part of the year in which those draw their pension."""


class Living(eqx.Module):
    """Survival of one year, on the cohorts of 1 January."""

    work: Leaf
    pension: Leaf
    oldest: Float[Array, "m 2"]


def advance(
    year: YearOfFund,
    place: Place,
    rings: Rings,
    stocks: SchemeStocks,
    people: tuple[Leaf, ...],
    living: Living,
    elapsed: Int[Array, ""],
) -> tuple[SchemeStocks, Flows]:
    """One year of the fund, up to but not including migration.

    Args:
        year: rules and drivers of the year.
        place: provinces and claim places.
        rings: working and pension ages.
        stocks: stocks on 1 January.
        people: residents of the working ages by registration class, on the working ring.
        living: survival of the year.
        elapsed: years since the opening.

    Returns:
        Stocks on 31 December before migration, and the flows of the year.
    """
    rules, work = year.rules, rings.work
    timing = once(
        Timing(
            living.work,
            work.everywhere(rules.hazard, elapsed),
            work.everywhere(rules.benefit_time, elapsed),
        )
    )
    credit = once(credits_of(year, rings, elapsed))
    # 1. Members join up to the local coverage; those within it pay in the share of the local density.
    members, paid_years = once(_enrol(rules, stocks.rights, people, work, elapsed))
    # 2. Survivors earn a year; the accounts of those who die are inherited.
    remaining, inherited = _keep(year, members, paid_years, credit, timing)
    # 3. Those who reach their pension age claim; too short careers get their account back.
    claims, refunded = once(
        _claim(year, place, rings, members, paid_years, credit, timing, elapsed)
    )
    awarded, first = _award(year, claims, timing, rings, elapsed)
    # 4. Pensions in payment.
    running, oldest, drawn = _pay(year, stocks, living, rings, elapsed)
    cash_years = _exposure(timing) * sum(paid_years)
    flows = _flows(year, credit, cash_years, awarded, first, drawn, inherited, refunded)
    rights = Rights(*(tuple(work.renew(x, None, elapsed) for x in leaf) for leaf in remaining))
    return SchemeStocks(rights, _plus(running, first.stock), oldest), flows


def _enrol(
    rules: EmployeePension,
    rights: Rights,
    people: tuple[Leaf, ...],
    work: Ring,
    elapsed: Int[Array, ""],
) -> tuple[tuple[Members, ...], tuple[Leaf, ...]]:
    """Members of every class after entry, and the contribution years they pay in a full year."""
    coverage = work.everywhere(rules.coverage, elapsed)
    may_enter = work.everywhere(rules.entry, elapsed)
    members, paid = [], []
    for k, residents in enumerate(people):
        target = covered(residents, coverage, rules.coverage_factor[:, None])
        heads = rights.members[k] + entrants(target, rights.members[k], may_enter)
        members.append(Members(heads, rights.service[k], rights.index[k], rights.accounts[k]))
        paid.append(active(target, heads) * rules.density[:, None])
    return tuple(members), tuple(paid)


def _exposure(timing: Timing) -> Leaf:
    """Part of a full year's contributions that the members of 1 January pay.

    Those who stay pay for the mean of the stocks before and after the year's deaths; those who retire pay until their
    month of retirement, and the deaths among them fall after it.
    """
    return (1 - timing.hazard) * (0.5 * (1 + timing.living)) + timing.hazard * (1 - timing.drawing)


def _keep(
    year: YearOfFund,
    members: tuple[Members, ...],
    paid: tuple[Leaf, ...],
    credit: Credits,
    timing: Timing,
) -> tuple[tuple[tuple[Leaf, ...], ...], Float[Array, " m"]]:
    """Rights of those who neither die nor retire, and the accounts that the dying leave.

    The year's deposits earn half a year's interest; who dies in the year has lived and paid half of it.
    """
    rate = year.notional_rate
    stay = timing.living * (1 - timing.hazard)
    leaves = tuple(
        (
            stay * held.heads,
            stay * (held.service + years),
            stay * (held.index + years * credit.index),
            stay * (held.accounts * (1 + rate) + years * credit.deposit * (1 + 0.5 * rate)),
        )
        for held, years in zip(members, paid, strict=True)
    )
    dying = (1 - timing.living) * (1 - timing.hazard)
    accounts = sum(held.accounts for held in members) * (1 + 0.5 * rate)
    left = dying * (accounts + 0.5 * sum(paid) * credit.deposit)
    return tuple(zip(*leaves, strict=True)), total(left)


def _claim(
    year: YearOfFund,
    place: Place,
    rings: Rings,
    members: tuple[Members, ...],
    paid: tuple[Leaf, ...],
    credit: Credits,
    timing: Timing,
    elapsed: Int[Array, ""],
) -> tuple[Leaving, Float[Array, " m"]]:
    """Rights brought to the claim place, and the accounts refunded for want of minimum years.

    From here to the award only the ages are handled at which a pension can be awarded, in age order.
    """

    reached = [
        _reach_pension_age(year, held, years, credit, timing)
        for held, years in zip(members, paid, strict=True)
    ]

    def at_award_ages(held: Members) -> Members:
        return jax.tree.map(lambda leaf: rings.work.select(leaf, rings.award, elapsed), held)

    here, refunded = _qualify(year, place, at_award_ages(_sum(reached[:-1] or reached)))
    if len(reached) == 1:  # a population without registration classes
        return here, refunded
    there, refunded_there = _qualify(year, place, at_award_ages(reached[-1]))
    claims = Leaving(
        *(
            local + _at_home(moved, place, year.rules.claim_home)
            for local, moved in zip(_leaves(here), _leaves(there), strict=True)
        )
    )
    return claims, refunded + refunded_there


def _reach_pension_age(
    year: YearOfFund, held: Members, years: Leaf, credit: Credits, timing: Timing
) -> Members:
    """Rights on the day of retirement of those who reach their pension age in the year."""
    working = 1 - timing.drawing
    paid = years * working
    rate = year.notional_rate * working
    retiring = timing.hazard
    return Members(
        retiring * held.heads,
        retiring * (held.service + paid),
        retiring * (held.index + paid * credit.index),
        retiring * (held.accounts * (1 + rate) + paid * credit.deposit * (1 + 0.5 * rate)),
    )


def _qualify(
    year: YearOfFund, place: Place, held: Members
) -> tuple[Leaving, Float[Array, " m"]]:
    """Those whose career reaches the minimum years, from the cell's mean and the declared spread.

    Of those who fall short a declared share makes up the missing years (SI Law art. 16) ... 
    """
    rules, geography = year.rules, place.geography
    mean = _per(held.service, held.heads)
    enough = share_above(mean, rules.minimum_years, rules.service_spread)
    of_service = partial_expectation(mean, rules.minimum_years, rules.service_spread)
    qualified = enough * held.heads
    points = basic_points(of_service * held.service, of_service * held.index, rules.accrual)
    bridge = geography.to_municipalities(year.tables.bridge) + geography.to_municipalities(
        year.tables.bridge_index
    ) * _per(held.index, held.service)
    refunded = total((1 - of_service) * held.accounts)
    return Leaving(qualified, points + qualified * bridge, of_service * held.accounts), refunded


def _per(part: Leaf, whole: Leaf) -> Leaf:
    """part ÷ whole, 0 where there is nothing."""
    return jnp.where(whole > 0, part / jnp.where(whole > 0, whole, 1), 0)


def _at_home(leaf: Leaf, place: Place, share: Float[Array, ""]) -> Leaf:
    """Part of what those registered in another province have claimed there, spread over its municipalities."""
    by_registration = dot(place.claim.T, place.geography.by_province(leaf))
    home = place.geography.to_municipalities(by_registration) * place.home_share[:, None]
    return (1 - share) * leaf + share * home


class Paid(eqx.Module):
    """Stocks at the end of the year and the year's payments of a group of pensioners."""

    stock: Awarded
    heads: Float[Array, " m"]
    """Person-years drawn."""
    pensions: tuple[Float[Array, " m"], ...]
    inherited: Float[Array, " m"]


class Award(eqx.Module):
    """The year's new pensions, before mortality."""

    heads: Float[Array, " m"]
    pensions: tuple[Float[Array, " m"], ...]
    """Annual rate, by policy."""


def _award(
    year: YearOfFund, claims: Leaving, timing: Timing, rings: Rings, elapsed: Int[Array, ""]
) -> tuple[Award, Paid]:
    """New pensions by the formula, their first part of a year, and what is left of them on 31 December.

    Those who retire in a year pay until their month of retirement; the deaths among them fall after it.
    """
    first, last = rings.award[0] - rings.work.first, rings.award[1] - rings.work.first + 1
    divisor = year.rules.inverse_divisor[:, first:last].reshape(1, -1)
    yearly = account_pension(claims.accounts, divisor) * MONTHS
    pensions = tuple(basic_pension(b[:, None], claims.points) + yearly for b in year.reference_wage)
    drawing = year.rules.benefit_time[:, first:last].reshape(1, -1)
    living = rings.work.select(timing.living, rings.award, elapsed)
    exposure = drawing * (0.5 * (1 + living))
    rate = year.notional_rate * drawing
    left = claims.accounts * (1 + rate) - yearly * drawing * (1 + 0.5 * rate)
    inherited = (1 - living) * (claims.accounts - 0.5 * yearly * drawing)

    def survivors(stock: Leaf) -> Leaf:
        return rings.work.place(living * stock, rings.award, elapsed)

    stock = Awarded(
        survivors(claims.heads),
        tuple(survivors(p) for p in pensions),
        survivors(yearly),
        survivors(left),
    )
    paid = Paid(
        stock,
        total(exposure * claims.heads),
        tuple(total(exposure * p) for p in pensions),
        total(inherited),
    )
    return Award(total(claims.heads), tuple(total(p) for p in pensions)), paid


def _pay(
    year: YearOfFund,
    stocks: SchemeStocks,
    living: Living,
    rings: Rings,
    elapsed: Int[Array, ""],
) -> tuple[Awarded, Awarded, Paid]:
    """Pensions in payment through the year: on the ring, in the open group, and what both were paid."""
    ring = rings.pension
    young = _draw(year, stocks.awarded, living.pension)
    old = _draw(year, stocks.awarded_oldest, living.oldest)
    oldest = jax.tree.map(
        lambda leaf, rest: ring.leavers(leaf, elapsed) + rest, young.stock, old.stock
    )
    running = jax.tree.map(lambda leaf: ring.renew(leaf, None, elapsed), young.stock)
    both = Paid(
        running,
        young.heads + old.heads,
        tuple(a + b for a, b in zip(young.pensions, old.pensions, strict=True)),
        young.inherited + old.inherited,
    )
    return running, oldest, both


def _draw(year: YearOfFund, stock: Awarded, living: Leaf) -> Paid:
    """One year of pensions in payment: indexed on 1 January, paid to the mean of before and after the deaths.

    The account pays its fixed amount until it is exhausted, then the pooled fund pays on; only what is left of the
    account is inherited.
    """
    exposure = 0.5 * (1 + living)
    pensions = tuple(p * (1 + year.indexation) for p in stock.pension)
    some = stock.account_pension > 0
    lasting = stock.accounts / jnp.where(some, stock.account_pension, 1)
    one = jnp.ones((), lasting.dtype)
    from_account = stock.account_pension * expected_minimum(
        lasting, one, year.rules.account_spread
    )
    rate = year.notional_rate
    left = jnp.maximum(stock.accounts * (1 + rate) - from_account * (1 + 0.5 * rate), 0)
    inherited = (1 - living) * (stock.accounts - 0.5 * from_account)
    return Paid(
        Awarded(
            living * stock.heads,
            tuple(living * p for p in pensions),
            living * stock.account_pension,
            living * left,
        ),
        total(exposure * stock.heads),
        tuple(total(exposure * p) for p in pensions),
        total(inherited),
    )


def _flows(
    year: YearOfFund,
    credit: Credits,
    cash_years: Leaf,
    award: Award,
    first: Paid,
    drawn: Paid,
    inherited: Float[Array, " m"],
    refunded: Float[Array, " m"],
) -> Flows:
    rules = year.rules
    pensions = tuple(a + b for a, b in zip(first.pensions, drawn.pensions, strict=True))
    left = inherited + first.inherited + drawn.inherited
    other = tuple(rules.other_outgo * p for p in pensions)
    scheduled = tuple(
        rules.subsidy_level
        * (rules.subsidy_of_outgo * (p + left + refunded + o) + rules.subsidy_of_wage * year.wage)
        for p, o in zip(pensions, other, strict=True)
    )
    return Flows(
        contributors=total(cash_years),
        pensioners=first.heads + drawn.heads,
        new_pensioners=award.heads,
        new_pensions=award.pensions,
        wage_bill=total(cash_years * credit.wage_bill),
        contributions=total(cash_years * credit.contribution),
        contributions_account=total(cash_years * credit.deposit),
        pensions=pensions,
        inherited_accounts=left,
        refunded_accounts=refunded,
        other_outgo=other,
        scheduled_subsidy=scheduled,
    )


def _sum(groups: list[Members]) -> Members:
    return jax.tree.map(lambda *leaves: sum(leaves), *groups)


def _plus(left: Awarded, right: Awarded) -> Awarded:
    return jax.tree.map(jnp.add, left, right)


def _leaves(leaving: Leaving) -> tuple[Leaf, ...]:
    return (leaving.heads, leaving.points, leaving.accounts)
