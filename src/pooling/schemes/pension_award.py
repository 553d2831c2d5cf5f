"""New pensions of one year: who reaches the pension age, who qualifies, where they claim, what they are awarded.

Sources: Guofa [2005] 38 (formula), Social Insurance Law art. 16 (minimum years), Guobanfa [2009] 66 (claim place).
"""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import Tree, add, dot, ratio, total
from pooling.once import once
from pooling.schemes.annuity import MONTHS
from pooling.schemes.calendar import Calendar, Leaf, Place
from pooling.schemes.pension_formula import (
    account_pension,
    basic_pension,
    basic_points,
    low_index_factor,
    remaining_account,
)
from pooling.schemes.pension_payment import Paid
from pooling.schemes.pension_year import Credits, Members, Timing, YearOfFund, flexible_base
from pooling.schemes.thresholds import (
    partial_expectation,
    share_above,
)
from pooling.state import Awarded


def award_timing(year: YearOfFund, place: Place, dates: Calendar) -> Timing:
    """When in the year the cohorts of the ages of award live, pay and retire, by municipality."""
    timing = provincial_award_timing(year, dates)
    return replace(timing, living=place.geography.to_municipalities(timing.living))


def provincial_award_timing(year: YearOfFund, dates: Calendar) -> Timing:
    """The same by province."""
    tables = year.tables.award
    return Timing(dates.living_award, tables.hazard[None], tables.drawing[None])


class Claims(eqx.Module):
    """What the year's claims bring to the claim place, and what they settle where people live."""

    leaving: "Leaving"
    refunded: Float[Array, " m"]
    """Accounts of those who do not qualify; currency."""
    made_up_bases: Float[Array, " m"]
    """Bases on which missing years are paid; currency."""
    far: "Leaving | None" = None
    """What those registered in another province bring, summed over the province where they live: leaves ``[p, row]``, the
    index in currency; None in a population without registration classes."""


class Leaving(eqx.Module):
    """What those who reach their pension age in the year bring to the claim place."""

    heads: Leaf
    points: Leaf
    """Basic and transitional pension over the reference wage, without the index; person-years times a rate."""
    indexed: Leaf
    """The same of the index-years, over the average wage of the place where they are counted."""
    accounts: Leaf


def claim(
    year: YearOfFund,
    place: Place,
    dates: Calendar,
    members: tuple[Members, ...],
    paid: tuple[Leaf, ...],
    credit: Credits,
) -> Claims:
    """Rights brought to the claim place, and the accounts refunded for want of minimum years.

    Only cohorts of the ages of award can claim: everything from here on is laid on their ring.
    """
    near, far = retiring(year, place, dates, members, paid, credit)
    here = _claims(year, qualify(year, place, near))
    if len(members) == 1:  # a population without registration classes
        return here
    there = _claims(year, qualify(year, place, far))
    priced = replace(there.leaving, indexed=there.leaving.indexed * year.wage[:, None])
    lived = jax.tree.map(place.geography.by_province, priced)
    moved = _claimed_at_home(year, place, priced, lived)
    both = jax.tree.map(jnp.add, here, Claims(moved, there.refunded, there.made_up_bases))
    return replace(both, far=lived)


def retiring(
    year: YearOfFund,
    place: Place,
    dates: Calendar,
    members: tuple[Members, ...],
    paid: tuple[Leaf, ...],
    credit: Credits,
) -> tuple[Members, Members]:
    """Rights of those who reach their pension age in the year, on the ring of the ages of award.

    Returns:
        Those registered in the province, and those registered in another one (the only class where there is one).
    """
    rings = dates.rings

    def of_age(stocks: Tree) -> Tree:
        return jax.tree.map(lambda leaf: rings.award.within(rings.work, leaf, dates.award), stocks)

    return once(
        _reach_pension_age,
        year,
        of_age(members),
        of_age(paid),
        of_age(credit),
        award_timing(year, place, dates),
    )


def _reach_pension_age(
    year: YearOfFund,
    members: tuple[Members, ...],
    paid: tuple[Leaf, ...],
    credit: Credits,
    timing: Timing,
) -> tuple[Members, Members]:
    """Rights on the day of retirement, see :func:`retiring`."""
    working = 1 - timing.drawing
    rate = year.notional_rate * working
    share = timing.hazard

    def reached(held: Members, years: Leaf) -> Members:
        paid_until = years * working
        deposits = paid_until * credit.deposit * (1 + 0.5 * rate)
        return Members(
            share * held.heads,
            share * (held.service + paid_until),
            share * (held.index + paid_until * credit.index),
            share * (held.accounts * (1 + rate) + deposits),
        )

    classes = [reached(held, years) for held, years in zip(members, paid, strict=True)]
    return _sum(classes[:-1] or classes), classes[-1]


class Qualified(eqx.Module):
    """Where people live: what those who qualify are entitled to, what the others get, by cell."""

    leaving: Leaving
    refunded: Leaf
    """Accounts of those who do not qualify; currency."""
    made_up: Leaf
    """Missing years paid at the pension age; person-years."""


class Terms(eqx.Module):
    """What the mean career of a cell and the declared spread decide for everybody in it."""

    enough: Leaf
    """Share of the heads whose years reach the minimum."""
    of_service: Leaf
    """Share of the years that they hold."""
    low: Leaf
    """Factor on the basic pension of careers with a low index, see :func:`low_index_factor`."""
    index: Leaf
    """Index of the transitional pension."""


class Career(eqx.Module):
    """What counts at the award of those who qualify, made-up years included, by cell."""

    heads: Leaf
    service: Leaf
    index: Leaf
    missing: Leaf
    """Years paid at the pension age; person-years."""
    kept: Leaf
    """Share of what all have earned that those who qualify hold."""


def qualify(year: YearOfFund, place: Place, held: Members) -> Qualified:
    """Those whose career reaches the minimum years, from the cell's mean and the declared spread.

    Of those who fall short the declared share pays the missing years at once, on the base of flexible workers, and
    qualifies with the minimum; the others get their account back (Social Insurance Law art. 16).
    """
    return entitled(year, place, held, terms(year, place, held))


def terms(year: YearOfFund, place: Place, held: Members) -> Terms:
    """What decides on the awards of a cell.

    Args:
        year: rules, tables and wages.
        place: geography.
        held: rights of the whole cell on the day of retirement.
    """
    rules, everywhere = year.rules, place.geography.to_municipalities
    mean = ratio(held.service, held.heads)
    enough = share_above(mean, rules.minimum_years, rules.service_spread)
    of_service = partial_expectation(mean, rules.minimum_years, rules.service_spread)
    career = _career(year, held, enough, of_service)
    lowest = everywhere(rules.low_index)[:, None]
    floor = everywhere(rules.index_floor)[:, None]
    return Terms(
        enough,
        of_service,
        low_index_factor(ratio(career.index, career.service), lowest),
        jnp.maximum(ratio(held.index, held.service), floor),
    )


def entitled(year: YearOfFund, place: Place, held: Members, given: Terms) -> Qualified:
    """Awards of the members of a cell, or of a part of them, under its terms; linear in what they hold.

    Args:
        year: rules, tables and wages.
        place: geography.
        held: rights on the day of retirement.
        given: terms of the cell.
    """
    rules, geography = year.rules, place.geography
    career = _career(year, held, given.enough, given.of_service)
    none = jnp.zeros_like(career.service)
    constant = geography.to_municipalities(year.tables.award.bridge)
    slope = geography.to_municipalities(year.tables.award.bridge_index)
    deposit = career.missing * year.flexible_base[:, None] * rules.flexible_account_rate
    flat = given.low * basic_points(career.service, none, rules.accrual)
    return Qualified(
        Leaving(
            career.heads,
            flat + career.heads * constant,
            basic_points(none, career.index, rules.accrual) + career.heads * slope * given.index,
            career.kept * held.accounts + deposit,
        ),
        refunded=(1 - career.kept) * held.accounts,
        made_up=career.missing,
    )


def _career(year: YearOfFund, held: Members, enough: Leaf, of_service: Leaf) -> Career:
    """Careers at the award: the declared share of those who fall short makes up the minimum."""
    rules = year.rules
    made_up = rules.make_up * (1 - enough) * held.heads
    missing = rules.minimum_years * made_up - rules.make_up * (1 - of_service) * held.service
    kept = of_service + rules.make_up * (1 - of_service)
    return Career(
        enough * held.heads + made_up,
        kept * held.service + missing,
        kept * held.index + missing * flexible_base(rules)[:, None],
        missing,
        kept,
    )


def _claims(year: YearOfFund, qualified: Qualified) -> Claims:
    """The same summed over the cohorts where people live."""
    return Claims(
        qualified.leaving,
        refunded=total(qualified.refunded),
        made_up_bases=year.flexible_base * total(qualified.made_up),
    )


def _claimed_at_home(year: YearOfFund, place: Place, priced: Leaving, lived: Leaving) -> Leaving:
    """What those registered in another province claim there in the declared share: the index by the wage of that place.

    Args:
        year: rules and wages.
        place: geography, registrations.
        priced: what they bring, the index in currency.
        lived: the same by province of residence.
    """
    share, wage = year.rules.claim_home, year.wage[:, None]
    moved = jax.tree.map(lambda leaf, there: _at_home(leaf, there, place, share), priced, lived)
    return replace(moved, indexed=moved.indexed / wage)


def _at_home(
    leaf: Leaf, lived: Float[Array, "p row"], place: Place, share: Float[Array, ""]
) -> Leaf:
    """Part of what those registered in another province have claimed there, spread over its municipalities."""
    by_registration = dot(place.claim.T, lived)
    home = place.geography.to_municipalities(by_registration) * place.home_share[:, None]
    return (1 - share) * leaf + share * home


def _sum(groups: list[Members]) -> Members:
    return jax.tree.map(lambda *leaves: add(leaves), *groups)


class Award(eqx.Module):
    """The year's new pensions, before mortality."""

    heads: Float[Array, " m"]
    pensions: tuple[Float[Array, " m"], ...]
    """Annual rate, by policy."""


def first_pensions(year: YearOfFund, claims: Leaving) -> tuple[tuple[Leaf, ...], Leaf]:
    """Annual rate of the new pensions by policy, and the part of it that the accounts pay; currency a year."""
    yearly = account_pension(claims.accounts, year.tables.award.inverse_divisor[None]) * MONTHS
    pensions = tuple(
        basic_pension(b.flat[:, None], claims.points)
        + basic_pension(b.indexed[:, None], claims.indexed)
        + yearly
        for b in year.reference_wage
    )
    return pensions, yearly


def first_exposure(timing: Timing) -> Leaf:
    """Part of a year in which the new pensioners of a cell draw; the deaths among them fall after retirement."""
    return timing.drawing * (0.5 * (1 + timing.living))


def award(year: YearOfFund, claims: Leaving, timing: Timing) -> tuple[Award, Paid]:
    """New pensions by the formula, their first part of a year, and what is left of them on 31 December.

    Those who retire in a year pay until their month of retirement; the deaths among them fall after it.
    """
    pensions, yearly = first_pensions(year, claims)
    drawing, living = timing.drawing, timing.living
    exposure = first_exposure(timing)
    rate = year.notional_rate * drawing
    left = remaining_account(claims.accounts, yearly * drawing, rate)
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
        total((1 - living) * claims.heads * year.tables.award.grants[None]),
    )
    return Award(total(claims.heads), tuple(total(p) for p in pensions)), paid
