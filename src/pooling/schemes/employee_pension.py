"""One year of a fund of the employee pension scheme: contributions, awards, benefits in payment.

The enterprise fund and the government fund are two data sets of this module. It delivers flows by municipality and
knows no pool. One rule for headcounts everywhere: a flow is borne by the mean of the stocks before and after the
year's deaths, and by months for those who retire within the year.

Sources: Guofa [2005] 38 (benefit formula), NPCSC decision of 13 September 2024 (ages, minimum years), Social Insurance
Law art. 14-17 (accounts), Guobanfa [2009] 66 (claim place). The rules' figures and dates are data.
"""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from pooling.coverage.enrolment import active, covered, entrants
from pooling.numerics import add, ratio, total
from pooling.once import once
from pooling.parameters.model import Economy, EmployeePension, Enrolment
from pooling.schemes.calendar import Calendar, Leaf, Place, Rings
from pooling.schemes.death_grant import member_months
from pooling.schemes.pension_award import Award, award, award_timing, claim
from pooling.schemes.pension_elsewhere import pensions_elsewhere
from pooling.schemes.pension_payment import Paid, pay
from pooling.schemes.pension_year import (
    Credits,
    Members,
    Tables,
    Timing,
    YearOfFund,
    credits_of,
    tables,
)
from pooling.schemes.scheme import Covered, Flows, Given, SchemeYear
from pooling.state import Awarded, PensionStocks, Rights


class Collected(eqx.Module):
    """What a fund collects in a year, by municipality or by cell."""

    contributors: Float[Array, "*m"]
    wage_bill: Float[Array, "*m"]
    contributions: Float[Array, "*m"]
    credited: Float[Array, "*m"]


class Enrolled(eqx.Module):
    """Members of a fund after the year's entries, by registration class."""

    members: tuple[Members, ...]
    active: tuple[Leaf, ...]
    """Members within the local coverage; persons."""
    paid: tuple[Leaf, ...]
    """Contribution years that they pay in a full year."""


def collect(
    rules: EmployeePension,
    wage: Float[Array, "*m"],
    flexible_base: Float[Array, "*m"],
    contributors: Float[Array, "*m"],
    bases: Float[Array, "*m"],
    made_up_bases: Float[Array, "*m"],
) -> Collected:
    """Contributions of employers, employees and flexible workers: of municipalities or of single cells, being linear.

    Args:
        rules: of the year.
        wage: average wage that the year's bases use; currency a year.
        flexible_base: base that flexible workers choose; currency a year.
        contributors: person-years paid.
        bases: the sum of their bases if all were employees, over the average wage.
        made_up_bases: bases of missing years paid at the pension age; currency.
    """
    employee = wage * (1 - rules.flexible_years) * bases
    chosen = flexible_base * rules.flexible_years * contributors
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


def tables_of_fund(
    rules: EmployeePension, economy: Economy, rings: Rings, elapsed: Int[Array, ""]
) -> Tables:
    """What no path changes of a fund in one year."""
    return tables(rules, economy.relative_wage, rings, elapsed)


def advance_fund(
    rules: EmployeePension,
    of_year: Tables,
    given: Given,
    covered: Covered | None,
    stocks: PensionStocks,
) -> SchemeYear:
    """One year of the fund, up to but not including migration; adds its members to those covered so far.

    Args:
        rules: levers of the year.
        of_year: tables of the year.
        given: people, places, wages, rates.
        covered: by the funds before this one.
        stocks: on 1 January.
    """
    year = advance(year_of_fund(rules, of_year, given), given, stocks)
    if covered is None:
        return year
    return year._replace(covered=jax.tree.map(jnp.add, covered, year.covered))


def year_of_fund(rules: EmployeePension, of_year: Tables, given: Given) -> YearOfFund:
    """The fund's rules and tables with what the year gives."""
    return YearOfFund(
        rules=rules,
        tables=of_year,
        wage=given.wage,
        reference_wage=given.reference_wage,
        notional_rate=given.notional_rate,
        indexation=given.indexation,
    )


@jax.jit
def advance(year: YearOfFund, given: Given, stocks: PensionStocks) -> SchemeYear:
    """As :func:`advance_fund` of a fund that is the first, of a year that is put together already.

    Funds of the same shapes, in all programs of a process, share what JAX traces (see :mod:`pooling.numerics`).
    """
    place, dates = given.place, given.dates
    timing = timing_of(year, place, dates)
    credit = once(credits_of, year)
    # 1. Members join up to the local coverage; those within it pay in the share of the local density.
    offered = offer(year.rules, given.enrolment)
    enrolled = enrol(year, stocks.rights, given.residents, offered)
    members, paid_years = enrolled.members, enrolled.paid
    # 2. Survivors earn a year; the accounts of those who die are inherited. At the last age of the ring all have retired.
    rights, inherited = once(_keep, year, members, paid_years, credit, timing)
    months = once(grant_months, year, members, timing)
    # 3. Those who reach their pension age claim; too short careers are made up or get their account back.
    claims = once(claim, year, place, dates, members, paid_years, credit)
    awarded, first = once(award, year, claims.leaving, award_timing(year, place, dates))
    # 4. Pensions in payment.
    running, oldest, drawn = once(pay, year, place, dates, stocks)
    sent = pensions_elsewhere(year, place, dates, stocks, (running, oldest), drawn, claims.far)
    part = exposure(timing)
    cash_years = part * add(paid_years)
    elsewhere = total(part * paid_years[-1]) if len(paid_years) > 1 else jnp.zeros_like(year.wage)
    bases = total(cash_years * year.tables.base)
    collected = collect(
        year.rules, year.wage, year.flexible_base, total(cash_years), bases, claims.made_up_bases
    )
    grants = year.grant_month * add((months, first.grant_months, drawn.grant_months))
    outgoing = Accounts(inherited, claims.refunded)
    flows = _flows(year, given, collected, elsewhere, awarded, first, drawn, outgoing, grants)
    flows = replace(flows, benefits_elsewhere=sent.paid)
    after = PensionStocks(rights, _with_new(running, first.stock, dates), oldest, sent.stock)
    return SchemeYear(after, flows, _covered(year, enrolled, stocks))


def _covered(year: YearOfFund, enrolled: Enrolled, stocks: PensionStocks) -> Covered:
    """The fund's members and pensioners of 1 January."""
    paying = add(enrolled.paid)
    return Covered(
        active=enrolled.active,
        paying=paying,
        base=paying * year.tables.base * year.wage[:, None],
        flexible=paying * year.rules.flexible_share,
        retirees=stocks.awarded.heads,
        retirees_oldest=stocks.awarded_oldest.heads,
    )


def timing_of(year: YearOfFund, place: Place, dates: Calendar) -> Timing:
    """When in the year the working cohorts live, pay and retire."""
    return Timing(
        once(place.geography.to_municipalities, dates.living),
        year.tables.hazard[None],
        year.tables.drawing[None],
    )


def offer(rules: EmployeePension, enrolment: Enrolment) -> Float[Array, " class"]:
    """Share of the fund's coverage that is open to each registration class and taken up; 1 for locals at the opening.

    Employees are obliged to be insured where they work; flexible workers may be, where the place admits them.
    """
    flexible = rules.flexible_share * enrolment.take_up * enrolment.flexible_access
    return 1 - rules.flexible_share + flexible


def enrol(
    year: YearOfFund, rights: Rights, people: tuple[Leaf, ...], offered: Float[Array, " class"]
) -> Enrolled:
    """Rights of every registration class after entry, active members, and the contribution years of a full year.

    Args:
        year: rules and tables.
        rights: on 1 January.
        people: residents of the working ages.
        offered: of :func:`offer`.
    """
    heads, active_heads, paid = once(_enrol, year, rights.members, people, offered)
    return Enrolled(with_heads(heads, rights), active_heads, paid)


def _enrol(
    year: YearOfFund,
    members: tuple[Leaf, ...],
    people: tuple[Leaf, ...],
    offered: Float[Array, " class"],
) -> tuple[tuple[Leaf, ...], tuple[Leaf, ...], tuple[Leaf, ...]]:
    """Members of every class after entry, those of them who are active, and the contribution years they pay."""
    rules = year.rules
    coverage, may_enter = year.tables.coverage[None], year.tables.entry[None]
    heads, working, paid = [], [], []
    for held, residents, share in zip(members, people, offered[: len(people)], strict=True):
        target = covered(residents, coverage, share * rules.coverage_factor[:, None])
        heads.append(held + entrants(target, held, may_enter))
        working.append(active(target, heads[-1]))
        paid.append(working[-1] * (rules.density * rules.payment)[:, None])
    return tuple(heads), tuple(working), tuple(paid)


def with_heads(heads: tuple[Leaf, ...], rights: Rights) -> tuple[Members, ...]:
    """Rights by registration class with the heads after entry: who joins brings none."""
    classes = zip(heads, rights.service, rights.index, rights.accounts, strict=True)
    return tuple(Members(*leaves) for leaves in classes)


def exposure(timing: Timing) -> Leaf:
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
    """Rights of those who neither die nor retire, and the accounts that the dying leave."""
    accounts = add(held.accounts for held in members)
    left = left_by_dying(year, accounts, add(paid), credit, timing)
    return keep(year, members, paid, credit, timing), total(left)


def keep(
    year: YearOfFund,
    members: tuple[Members, ...],
    paid: tuple[Leaf, ...],
    credit: Credits,
    timing: Timing,
) -> Rights:
    """Rights of those who neither die nor retire in the year.

    The year's deposits earn half a year's interest; who dies in the year has lived and paid half of it.

    Args:
        year: rules and rates of the year.
        members: by registration class on 1 January, entrants included.
        paid: contribution years of a full year.
        credit: of one contribution year.
        timing: of the year.
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
    return Rights(*zip(*leaves, strict=True))


def left_by_dying(
    year: YearOfFund, accounts: Leaf, paid: Leaf, credit: Credits, timing: Timing
) -> Leaf:
    """Accounts that members who die before retirement leave to their heirs; currency.

    Args:
        year: rules and rates of the year.
        accounts: balances on 1 January.
        paid: contribution years of a full year.
        credit: of one contribution year.
        timing: of the year.
    """
    dying = (1 - timing.living) * (1 - timing.hazard)
    held = accounts * (1 + 0.5 * year.notional_rate)
    return dying * (held + 0.5 * paid * credit.deposit)


def grant_months(
    year: YearOfFund, members: tuple[Members, ...], timing: Timing
) -> Float[Array, " m"]:
    """Grants on the deaths of members before their pension, by the careers of 1 January; person-months.

    Nothing is computed for a fund whose grants another payer bears.

    Args:
        year: rules of the year.
        members: entrants included.
        timing: of the year.
    """

    def borne() -> Float[Array, " m"]:
        heads = add(held.heads for held in members)
        mean = ratio(add(held.service for held in members), heads)
        months = member_months(mean, year.rules.service_spread, year.rules.grant_law)
        return total((1 - timing.living) * (1 - timing.hazard) * heads * months)

    return lax.cond(year.rules.grant_income > 0, borne, lambda: jnp.zeros_like(year.wage))


class Accounts(eqx.Module):
    """Accounts of members that leave the fund in a year; currency."""

    inherited: Float[Array, " m"]
    refunded: Float[Array, " m"]


def _flows(
    year: YearOfFund,
    given: Given,
    collected: Collected,
    elsewhere: Float[Array, " m"],
    award: Award,
    first: Paid,
    drawn: Paid,
    accounts: Accounts,
    grants: Float[Array, " m"],
) -> Flows:
    rules = year.rules
    pensions = tuple(a + b for a, b in zip(first.pensions, drawn.pensions, strict=True))
    left = accounts.inherited + first.inherited + drawn.inherited
    beside = add((left, accounts.refunded, grants))
    other = tuple(rules.other_outgo * p for p in pensions)
    scheduled = tuple(
        rules.subsidy_level
        * (
            rules.subsidy_of_outgo * (p + beside + o)[None]
            + rules.subsidy_of_wage * year.wage[None]
        )
        for p, o in zip(pensions, other, strict=True)
    )
    return replace(
        given.no_flows,
        contributors=collected.contributors,
        contributors_elsewhere=elsewhere,
        insured=_insured(collected.contributors, rules.density * rules.payment),
        beneficiaries=first.heads + drawn.heads,
        new_beneficiaries=award.heads,
        new_pensions=award.pensions,
        wage_bill=collected.wage_bill,
        contributions=collected.contributions,
        contributions_account=collected.credited,
        pensions=pensions,
        inherited_accounts=left,
        refunded_accounts=accounts.refunded,
        cash_benefits=grants,
        other_outgo=other,
        scheduled_subsidy=scheduled,
    )


def _insured(contributors: Float[Array, " m"], density: Float[Array, " m"]) -> Float[Array, " m"]:
    """Active members of whom this share pays; none where nobody does."""
    return ratio(contributors, density)


def _with_new(running: Awarded, new: Awarded, dates: Calendar) -> Awarded:
    """Pensions in payment, and those of the year's awards on the ring of pension ages."""
    rings = dates.rings
    return jax.tree.map(
        lambda old, first: old + rings.award.onto(rings.pension, first, dates.award), running, new
    )
