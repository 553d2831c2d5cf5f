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
from jaxtyping import Array, Float, Int

from pooling.coverage.enrolment import active, covered, entrants
from pooling.numerics import add, dot, once, total
from pooling.parameters.model import EmployeePension, Geography
from pooling.population.ring import Ring, Turn, empty, leavers
from pooling.population.vital import lived
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


class Calendar(eqx.Module):
    """The two rings of a scheme and who lives on them: by year in a run, of one year in the step."""

    work: Turn
    pension: Turn
    living: Float[Array, "p row"]
    """Share of the working cohorts that lives to 31 December."""
    living_pension: Float[Array, "p row"]
    living_oldest: Float[Array, "p 2"]


def calendar(rings: Rings, survival: Float[Array, "p 2 101"], elapsed: Int[Array, ""]) -> Calendar:
    """Lay one year's survival on the rings.

    Args:
        rings: working and pension ages.
        survival: by province, sex and age at the end of the year.
        elapsed: years since the opening.
    """
    return Calendar(
        rings.work.turn(elapsed),
        rings.pension.turn(elapsed),
        lived(rings.work, survival, elapsed),
        lived(rings.pension, survival, elapsed),
        survival[..., 100],
    )


class Tables(eqx.Module):
    """What no path changes, laid on the working cohorts: by year in a run, of one year in the step."""

    hazard: Float[Array, " row"]
    """Share of a cohort that reaches its pension age in the year."""
    drawing: Float[Array, " row"]
    """Part of the year in which those draw their pension."""
    coverage: Float[Array, " row"]
    entry: Float[Array, " row"]
    base: Float[Array, "m row"]
    """Mean contribution base of an employee over the reference average wage."""
    inverse_divisor: Float[Array, " row"]
    bridge: Float[Array, "p row"]
    """Transitional pension over the reference wage, a retiring person: the constant part."""
    bridge_index: Float[Array, "p row"]
    """The same a unit of the index."""


def tables(
    rules: EmployeePension, relative_wage: Float[Array, " m"], rings: Rings, elapsed: Int[Array, ""]
) -> Tables:
    """Tables of a fund in one year.

    Wages of a cell are log-normal around the profile; each is cut at floor and cap, which are multiples of the reference
    average wage, so that the base over it is the same on every path.

    Args:
        rules: levers of the year.
        relative_wage: wage of the municipality over its province's.
        rings: working and pension ages.
        elapsed: years since the opening.
    """
    profile = rings.work.align(jnp.log(rules.wage_profile), elapsed)[None]
    place = jnp.log(rules.base_level * relative_wage * rules.wage_level)[:, None]
    constant, slope = transitional_points(
        rings.work.align(jnp.moveaxis(rules.transition_years, -1, 0), elapsed),
        rules.transition_coefficient[:, None],
        rules.transition_weight[:, None],
    )
    return Tables(
        hazard=rings.work.align(rules.hazard, elapsed),
        drawing=rings.work.align(rules.benefit_time, elapsed),
        coverage=rings.work.align(rules.coverage, elapsed),
        entry=rings.work.align(rules.entry, elapsed),
        base=clamped_lognormal_mean(profile + place, rules.wage_spread, rules.floor, rules.cap),
        inverse_divisor=rings.work.align(rules.inverse_divisor, elapsed),
        bridge=constant,
        bridge_index=slope,
    )


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


class Claims(eqx.Module):
    """What the year's claims bring to the claim place, and what they settle where people live."""

    leaving: "Leaving"
    refunded: Float[Array, " m"]
    """Accounts of those who do not qualify; currency."""
    made_up_bases: Float[Array, " m"]
    """Bases on which missing years are paid; currency."""


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
    """What one paid contribution year earns, by cell, employees and flexible workers together."""

    index: Leaf
    """Index-years: own base over the reference average wage."""
    deposit: Leaf
    """Credited to the individual account; currency."""


def credits_of(year: YearOfFund) -> Credits:
    """Credits of one contribution year of the average member."""
    rules = year.rules
    employee = (1 - rules.flexible_share) * year.tables.base
    flexible = rules.flexible_share * flexible_base(rules)
    credited = employee * rules.account_rate + flexible * rules.flexible_account_rate
    return Credits(employee + flexible, year.wage[:, None] * credited)


class Collected(eqx.Module):
    """What a fund collects in a year, by municipality."""

    contributors: Float[Array, " m"]
    wage_bill: Float[Array, " m"]
    contributions: Float[Array, " m"]
    credited: Float[Array, " m"]


def _collect(
    year: YearOfFund,
    contributors: Float[Array, " m"],
    bases: Float[Array, " m"],
    made_up_bases: Float[Array, " m"],
) -> Collected:
    """Contributions of employers, employees and flexible workers.

    Args:
        year: rules and wages of the year.
        contributors: person-years paid.
        bases: the sum of their bases if all were employees, over the reference average wage.
        made_up_bases: bases of missing years paid at the pension age; currency.
    """
    rules = year.rules
    employee = year.wage * (1 - rules.flexible_share) * bases
    chosen = year.wage * rules.flexible_share * flexible_base(rules) * contributors
    flexible = chosen + made_up_bases
    return Collected(
        contributors=contributors,
        wage_bill=employee + flexible,
        contributions=rules.compliance
        * (
            employee * (rules.employer_rate + rules.employee_rate)
            + flexible * (rules.flexible_pooled_rate + rules.flexible_account_rate)
        ),
        credited=employee * rules.account_rate + flexible * rules.flexible_account_rate,
    )


class Timing(eqx.Module):
    """When in the year a cohort lives, pays and retires, on the working ring."""

    living: Leaf
    """Share surviving the year."""
    hazard: Float[Array, "1 row"]
    """Share who reach their pension age in the year."""
    drawing: Float[Array, "1 row"]
    """Part of the year in which those draw their pension."""


def advance(
    year: YearOfFund,
    place: Place,
    dates: Calendar,
    stocks: SchemeStocks,
    people: tuple[Leaf, ...],
) -> tuple[SchemeStocks, Flows]:
    """One year of the fund, up to but not including migration.

    Args:
        year: rules, tables and drivers of the year.
        place: provinces and claim places.
        dates: where the ages are this year, and who lives.
        stocks: stocks on 1 January.
        people: residents of the working ages by registration class, on the working ring.

    Returns:
        Stocks on 31 December before migration, and the flows of the year.
    """
    timing = Timing(
        once(place.geography.to_municipalities, dates.living),
        year.tables.hazard[None],
        year.tables.drawing[None],
    )
    credit = once(credits_of, year)
    # 1. Members join up to the local coverage; those within it pay in the share of the local density.
    members, paid_years = once(_enrol, year, stocks.rights, people)
    # 2. Survivors earn a year; the accounts of those who die are inherited. At the last age of the ring all have retired.
    rights, inherited = once(_keep, year, members, paid_years, credit, timing)
    # 3. Those who reach their pension age claim; too short careers are made up or get their account back.
    claims = once(_claim, year, place, members, paid_years, credit, timing)
    awarded, first = once(_award, year, claims.leaving, timing)
    # 4. Pensions in payment.
    running, oldest, drawn = once(_pay, year, place, dates, stocks)
    cash_years = _exposure(timing) * add(paid_years)
    bases = total(cash_years * year.tables.base)
    collected = _collect(year, total(cash_years), bases, claims.made_up_bases)
    flows = _flows(year, collected, awarded, first, drawn, inherited, claims.refunded)
    return SchemeStocks(rights, _plus(running, first.stock), oldest), flows


def _enrol(
    year: YearOfFund,
    rights: Rights,
    people: tuple[Leaf, ...],
) -> tuple[tuple[Members, ...], tuple[Leaf, ...]]:
    """Members of every class after entry, and the contribution years they pay in a full year."""
    rules = year.rules
    coverage, may_enter = year.tables.coverage[None], year.tables.entry[None]
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
) -> tuple[Rights, Float[Array, " m"]]:
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
    accounts = add(held.accounts for held in members) * (1 + 0.5 * rate)
    left = dying * (accounts + 0.5 * add(paid) * credit.deposit)
    return Rights(*zip(*leaves, strict=True)), total(left)


def _claim(
    year: YearOfFund,
    place: Place,
    members: tuple[Members, ...],
    paid: tuple[Leaf, ...],
    credit: Credits,
    timing: Timing,
) -> Claims:
    """Rights brought to the claim place, and the accounts refunded for want of minimum years."""

    near, far = once(_reach_pension_age, year, members, paid, credit, timing)

    here = _qualify(year, place, near)
    if len(members) == 1:  # a population without registration classes
        return here
    there = _qualify(year, place, far)
    moved = jax.tree.map(lambda leaf: _at_home(leaf, place, year.rules.claim_home), there.leaving)
    return jax.tree.map(jnp.add, here, Claims(moved, there.refunded, there.made_up_bases))


def _reach_pension_age(
    year: YearOfFund,
    members: tuple[Members, ...],
    paid: tuple[Leaf, ...],
    credit: Credits,
    timing: Timing,
) -> tuple[Members, Members]:
    """Rights on the day of retirement of those who reach their pension age in the year.

    Returns:
        Those registered in the province, and those registered in another one (the only class where there is one).
    """
    working = 1 - timing.drawing
    rate = year.notional_rate * working
    retiring = timing.hazard

    def reached(held: Members, years: Leaf) -> Members:
        paid_until = years * working
        deposits = paid_until * credit.deposit * (1 + 0.5 * rate)
        return Members(
            retiring * held.heads,
            retiring * (held.service + paid_until),
            retiring * (held.index + paid_until * credit.index),
            retiring * (held.accounts * (1 + rate) + deposits),
        )

    classes = [reached(held, years) for held, years in zip(members, paid, strict=True)]
    return _sum(classes[:-1] or classes), classes[-1]


def _qualify(year: YearOfFund, place: Place, held: Members) -> Claims:
    """Those whose career reaches the minimum years, from the cell's mean and the declared spread.

    Of those who fall short the declared share pays the missing years at once, on the base of flexible workers, and
    qualifies with the minimum; the others get their account back (Social Insurance Law art. 16).
    """
    rules, geography = year.rules, place.geography
    mean = _per(held.service, held.heads)
    enough = share_above(mean, rules.minimum_years, rules.service_spread)
    of_service = partial_expectation(mean, rules.minimum_years, rules.service_spread)
    made_up = rules.make_up * (1 - enough) * held.heads
    missing = rules.minimum_years * made_up - rules.make_up * (1 - of_service) * held.service
    kept = of_service + rules.make_up * (1 - of_service)
    base = flexible_base(rules)
    qualified = enough * held.heads + made_up
    points = basic_points(
        kept * held.service + missing, kept * held.index + missing * base, rules.accrual
    )
    bridge = geography.to_municipalities(year.tables.bridge) + geography.to_municipalities(
        year.tables.bridge_index
    ) * _per(held.index, held.service)
    deposit = missing * base * rules.flexible_account_rate * year.wage[:, None]
    accounts = kept * held.accounts + deposit
    return Claims(
        Leaving(qualified, points + qualified * bridge, accounts),
        refunded=total((1 - kept) * held.accounts),
        made_up_bases=year.wage * base * total(missing),
    )


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


def _award(year: YearOfFund, claims: Leaving, timing: Timing) -> tuple[Award, Paid]:
    """New pensions by the formula, their first part of a year, and what is left of them on 31 December.

    Those who retire in a year pay until their month of retirement; the deaths among them fall after it. A cohort has one
    slot on both rings, so that the new pensioners stand where the pension ring expects them.
    """
    yearly = account_pension(claims.accounts, year.tables.inverse_divisor[None]) * MONTHS
    pensions = tuple(basic_pension(b[:, None], claims.points) + yearly for b in year.reference_wage)
    drawing, living = timing.drawing, timing.living
    exposure = drawing * (0.5 * (1 + living))
    rate = year.notional_rate * drawing
    left = claims.accounts * (1 + rate) - yearly * drawing * (1 + 0.5 * rate)
    inherited = (1 - living) * (claims.accounts - 0.5 * yearly * drawing)
    stock = Awarded(
        living * claims.heads,
        tuple(living * p for p in pensions),
        living * yearly,
        living * left,
    )
    paid = Paid(
        stock,
        total(exposure * claims.heads),
        tuple(total(exposure * p) for p in pensions),
        total(inherited),
    )
    return Award(total(claims.heads), tuple(total(p) for p in pensions)), paid


def _pay(
    year: YearOfFund, place: Place, dates: Calendar, stocks: SchemeStocks
) -> tuple[Awarded, Awarded, Paid]:
    """Pensions in payment through the year: on the ring, in the open group, and what both were paid."""
    everywhere = place.geography.to_municipalities
    young = _draw(year, stocks.awarded, everywhere(dates.living_pension))
    old = _draw(year, stocks.awarded_oldest, everywhere(dates.living_oldest))
    oldest = jax.tree.map(
        lambda leaf, rest: leavers(leaf, dates.pension) + rest, young.stock, old.stock
    )
    running = jax.tree.map(lambda leaf: empty(leaf, dates.pension), young.stock)
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
    from_account = stock.account_pension * expected_minimum(lasting, one, year.rules.account_spread)
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
    collected: Collected,
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
        * (
            rules.subsidy_of_outgo * (p + left + refunded + o)[None]
            + rules.subsidy_of_wage * year.wage[None]
        )
        for p, o in zip(pensions, other, strict=True)
    )
    return Flows(
        contributors=collected.contributors,
        pensioners=first.heads + drawn.heads,
        new_pensioners=award.heads,
        new_pensions=award.pensions,
        wage_bill=collected.wage_bill,
        contributions=collected.contributions,
        contributions_account=collected.credited,
        pensions=pensions,
        inherited_accounts=left,
        refunded_accounts=refunded,
        other_outgo=other,
        scheduled_subsidy=scheduled,
    )


def _sum(groups: list[Members]) -> Members:
    return jax.tree.map(lambda *leaves: add(leaves), *groups)


def _plus(left: Awarded, right: Awarded) -> Awarded:
    return jax.tree.map(jnp.add, left, right)
