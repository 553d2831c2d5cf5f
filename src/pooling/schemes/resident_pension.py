"""One year of the basic pension of urban and rural residents: members, accounts, awards, pensions in payment.

Residents of working age who are not in the employee track may join. They pay a premium of their choice; premium and entry
subsidy are credited to an account that earns the fund's return. At the pension age the account is paid out in equal parts
(the divisor of the law) and the government adds the base pension, which is the same for everybody in a province. When the
account is exhausted the fund pays its part on. All base pensions and entry subsidies are scheduled subsidy of the centre
and the province.

Rights are kept where people live; money flows where they are insured (:mod:`pooling.schemes.insured_place`). Who joins the
employee scheme keeps a dormant account here. At the pension age a declared share of the dormant accounts moves to the
employee scheme, as the linkage of 2014 lets people with a long employee career do (:mod:`pooling.schemes.linkage`).

Sources: Guofa [2014] 8 (tiers, subsidies, formula, minimum years), the linkage measures of 2014. Figures and dates are data.
"""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.coverage.enrolment import active, entrants
from pooling.numerics import add, total
from pooling.once import once
from pooling.schemes.calendar import Calendar, Leaf, Place
from pooling.schemes.employee_pension import exposure
from pooling.schemes.insured_place import at_insurance
from pooling.schemes.pension_year import Timing
from pooling.schemes.resident_award import (
    Holding,
    Settled,
    Started,
    award_timing,
    claimed,
    handed_over,
    settle,
    start,
)
from pooling.schemes.resident_elsewhere import pensions_elsewhere
from pooling.schemes.resident_payment import PaidOut, pay
from pooling.schemes.resident_year import (
    Drawing,
    ResidentPension,
    ResidentRights,
    ResidentStocks,
    ResidentTables,
    ResidentYear,
    coverage_factor,
    year_of,
)
from pooling.schemes.scheme import Covered, Flows, Given, HandedOver, SchemeYear


def advance(
    rules: ResidentPension,
    of_year: ResidentTables,
    given: Given,
    covered: Covered | None,
    stocks: ResidentStocks,
) -> SchemeYear:
    """One year of the scheme, up to but not including migration.

    Args:
        rules: levers of the year.
        of_year: tables of the year.
        given: people, places, prices, returns.
        covered: who is in the employee track.
        stocks: on 1 January.
    """
    place, dates = given.place, given.dates
    year = once(year_of, rules, of_year, given, stocks.indexed)
    timing = timing_of(year, place, dates)
    # 1. Who is not in the employee track joins up to the local coverage.
    people = once(eligible, of_year, given.residents, covered)
    holdings = once(enrol, year, place, stocks.rights, people)
    # 2. Survivors earn a year; the accounts of those who die are inherited.
    rights, left = once(_keep, year, holdings, timing)
    # 3. Those who reach the pension age are awarded where they are insured, or their account leaves the fund.
    of_age = jax.tree.map(
        lambda leaf: dates.rings.award.within(dates.rings.work, leaf, dates.award), holdings
    )
    when = award_timing(year, place, dates)
    settled = once(settle, year, of_age, when)
    first = once(start, year, place, once(claimed, year, place, settled), when)
    # 4. Pensions in payment.
    running, oldest, drawn = once(pay, year, place, dates, stocks)
    sent = pensions_elsewhere(year, place, dates, stocks, (running, oldest), drawn, settled)
    handed = tuple(handed_over(year, each.linked, when) for each in settled)
    local = _local(year, holdings, left, settled, timing, when, handed)
    flows = _flows(year, given, local, first, drawn)
    flows = replace(flows, benefits_elsewhere=sent.paid)
    after = ResidentStocks(
        rights,
        _with_new(running, first.paid.stock, dates),
        oldest,
        year.amounts.indexed,
        sent.stock,
    )
    return SchemeYear(after, flows, covered, HandedOver(handed, rules.inverse_divisor))


def timing_of(year: ResidentYear, place: Place, dates: Calendar) -> Timing:
    """When in the year the working cohorts live, pay and retire."""
    living = once(place.geography.to_municipalities, dates.living)
    return Timing(living, year.tables.hazard[None], year.tables.drawing[None])


def eligible(
    of_year: ResidentTables, residents: tuple[Leaf, ...], covered: Covered | None
) -> tuple[Leaf, ...]:
    """Residents of the working ages who are in no employee fund, by registration class; never negative.

    Employee pensioners below the residents' pension age are known by claim municipality only: they are spread over the
    registration classes like the residents there.

    Args:
        of_year: tables of the year.
        residents: by registration class.
        covered: active members and pensioners of the employee funds.
    """
    if covered is None:
        return residents
    everybody = add(residents)
    # The cohorts of one age have the same columns on the rings of working and of pension ages.
    drawing = of_year.may_draw[None] * covered.retirees
    rest = 1 - drawing / jnp.where(everybody > 0, everybody, 1)
    return tuple(
        jnp.maximum(people * rest - members, 0)
        for people, members in zip(residents, covered.active, strict=True)
    )


def enrol(
    year: ResidentYear, place: Place, rights: ResidentRights, people: tuple[Leaf, ...]
) -> tuple[Holding, ...]:
    """Rights of every registration class after the year's entries, on the working ring.

    Args:
        year: rules, tables, places.
        place: geography.
        rights: on 1 January.
        people: who may join, see :func:`eligible`.
    """
    entry = year.tables.entry[None]
    may_enter = (entry > 0).astype(entry.dtype)
    everywhere = place.geography.to_municipalities
    here = everywhere(coverage_factor(year.rules))
    reach = (here, here, everywhere(year.places.reach))[: len(people)]
    holdings = []
    for share, residents, held, service, accounts in zip(
        reach, people, rights.members, rights.service, rights.accounts, strict=True
    ):
        target = residents * entry * share[:, None]
        heads = held + entrants(target, held, may_enter)
        holdings.append(Holding(heads, active(target, heads), service, accounts))
    return tuple(holdings)


def _keep(
    year: ResidentYear, holdings: tuple[Holding, ...], timing: Timing
) -> tuple[ResidentRights, tuple[Float[Array, " m"], ...]]:
    """Rights of those who neither die nor reach the pension age, and the accounts that the dying leave, by residence.

    The year's deposits earn half a year's interest; who dies in the year has lived and paid half of it.
    """
    rate = year.account_rate
    stay = timing.living * (1 - timing.hazard)
    dying = (1 - timing.living) * (1 - timing.hazard)
    kept, left = [], []
    for held, each in zip(holdings, year.each, strict=True):
        deposit = held.active * each.credit
        kept.append(
            (
                stay * held.heads,
                stay * (held.service + held.active * each.years),
                stay * (held.accounts * (1 + rate) + deposit * (1 + 0.5 * rate)),
            )
        )
        left.append(total(dying * (held.accounts * (1 + 0.5 * rate) + 0.5 * deposit)))
    return ResidentRights(*zip(*kept, strict=True)), tuple(left)


class Local(eqx.Module):
    """What the members of one registration class did in the year, by residence."""

    active: Float[Array, " m"]
    """Person-years of active membership."""
    insured: Float[Array, " m"]
    """Person-years of membership, dormant ones included."""
    inherited: Float[Array, " m"]
    refunded: Float[Array, " m"]
    made_up: Float[Array, " m"]
    linked: Float[Array, " m"]
    """Accounts handed over to the employee scheme."""


def _local(
    year: ResidentYear,
    holdings: tuple[Holding, ...],
    left: tuple[Float[Array, " m"], ...],
    settled: tuple[Settled, ...],
    timing: Timing,
    when: Timing,
    handed: tuple[Leaf, ...],
) -> tuple[Local, ...]:
    part = exposure(timing)
    return tuple(
        Local(
            total(part * held.active),
            total(part * held.heads),
            # Who dies between the pension age and 31 December leaves the account that would have moved.
            inherited + total((1 - when.living) * each.linked),
            each.refunded,
            each.made_up,
            total(moved),
        )
        for held, inherited, each, moved in zip(holdings, left, settled, handed, strict=True)
    )


def _flows(
    year: ResidentYear,
    given: Given,
    local: tuple[Local, ...],
    first: Started,
    drawn: PaidOut,
) -> Flows:
    rules, amounts = year.rules, year.amounts
    everywhere = given.place.geography.to_municipalities
    paying, premium = everywhere(rules.paying), everywhere(amounts.premium)
    there = _at_insurance(year, given.place, local)
    payers = there.active * paying
    due = (payers + there.made_up) * premium
    heads = first.paid.heads + drawn.heads
    pensions = first.paid.pensions + drawn.pensions
    policies = len(given.reference_wage)
    far = len(local) > 1
    elsewhere = everywhere(year.places.own) * local[-1].active * paying
    return replace(
        given.no_flows,
        contributors=payers,
        contributors_elsewhere=elsewhere if far else jnp.zeros_like(payers),
        insured=there.insured,
        beneficiaries=heads,
        new_beneficiaries=first.heads,
        new_pensions=(first.pensions,) * policies,
        wage_bill=due,
        contributions=rules.compliance * due,
        contributions_account=due,
        pensions=(pensions,) * policies,
        inherited_accounts=there.inherited + first.paid.inherited + drawn.inherited,
        refunded_accounts=there.refunded,
        linked_accounts=-there.linked,
        other_outgo=(everywhere(rules.other_outgo) * pensions,) * policies,
        scheduled_subsidy=(_subsidy(year, given.place, heads, payers),) * policies,
    )


def _at_insurance(year: ResidentYear, place: Place, local: tuple[Local, ...]) -> Local:
    """All registration classes together at their places of insurance."""
    columns = tuple(jnp.stack(jax.tree.leaves(each), axis=1) for each in local)
    there = at_insurance(year.places, place, columns)
    return Local(*(there[:, k] for k in range(there.shape[1])))


def _subsidy(
    year: ResidentYear, place: Place, heads: Float[Array, " m"], payers: Float[Array, " m"]
) -> Float[Array, "payer m"]:
    """Scheduled subsidy of the centre and the province: all base pensions and all entry subsidies; currency.

    The centre pays its share of the national minimum, the province the rest, what it adds, and the entry subsidies.
    """
    everywhere = place.geography.to_municipalities
    central = year.rules.central_share * year.amounts.indexed.minimum
    centre = everywhere(central) * heads
    province = everywhere(year.amounts.base - central) * heads
    province = province + everywhere(year.amounts.entry) * payers
    return year.rules.subsidy_level * jnp.stack([centre, province])


def _with_new(running: Drawing, new: Drawing, dates: Calendar) -> Drawing:
    """Pensions in payment, and those of the year's awards on the ring of pension ages."""
    rings = dates.rings
    return jax.tree.map(
        lambda old, first: old + rings.award.onto(rings.pension, first, dates.award), running, new
    )
