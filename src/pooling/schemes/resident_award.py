"""New pensions of residents: who reaches the pension age, who qualifies, what becomes of dormant accounts.

Source: Guofa [2014] 8 (minimum years, formula), the linkage measures of 2014.
"""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import ratio, total
from pooling.schemes.annuity import MONTHS
from pooling.schemes.calendar import Calendar, Leaf, Place
from pooling.schemes.insured_place import at_insurance
from pooling.schemes.pension_award import first_exposure
from pooling.schemes.pension_formula import account_pension, remaining_account
from pooling.schemes.pension_year import Timing
from pooling.schemes.resident_payment import PaidOut
from pooling.schemes.resident_year import Drawing, PerActive, ResidentYear
from pooling.schemes.thresholds import partial_expectation, share_above


class Holding(eqx.Module):
    """What the members of one registration class hold, on one of the rings."""

    heads: Leaf
    active: Leaf
    """Of the heads, those within the local coverage; the others are dormant."""
    service: Leaf
    accounts: Leaf


class Leaving(eqx.Module):
    """What those who are awarded in the year bring, on the ring of the ages of award."""

    heads: Leaf
    accounts: Leaf


class Settled(eqx.Module):
    """Those of one registration class who reach the pension age in the year, by residence."""

    leaving: Leaving
    refunded: Float[Array, " m"]
    """Accounts that are paid back; currency."""
    linked: Leaf
    """Accounts that move to the employee scheme, with those who hold them all alive; currency."""
    made_up: Float[Array, " m"]
    """Missing years paid at the pension age; person-years."""


def award_timing(year: ResidentYear, place: Place, dates: Calendar) -> Timing:
    """When in the year the cohorts of the ages of award live, pay and retire, by municipality."""
    timing = provincial_award_timing(year, dates)
    return replace(timing, living=place.geography.to_municipalities(timing.living))


def provincial_award_timing(year: ResidentYear, dates: Calendar) -> Timing:
    """The same by province."""
    tables = year.tables
    return Timing(dates.living_award, tables.award_hazard[None], tables.award_drawing[None])


def settle(
    year: ResidentYear, holdings: tuple[Holding, ...], timing: Timing
) -> tuple[Settled, ...]:
    """Those who reach the pension age in the year, by registration class.

    Args:
        year: rules and amounts.
        holdings: of 1 January, on the ring of the ages of award.
        timing: of that ring.
    """
    return tuple(
        _settle(year, _reach(year, held, each, timing), each)
        for held, each in zip(holdings, year.each, strict=True)
    )


def _reach(year: ResidentYear, held: Holding, each: PerActive, timing: Timing) -> Holding:
    """Rights on the day of the pension: paid until the month, with the interest of that part of the year."""
    working = 1 - timing.drawing
    rate = year.account_rate * working
    paid = held.active * working
    deposits = paid * each.credit * (1 + 0.5 * rate)
    share = timing.hazard
    return Holding(
        share * held.heads,
        share * held.active,
        share * (held.service + paid * each.years),
        share * (held.accounts * (1 + rate) + deposits),
    )


def _settle(year: ResidentYear, held: Holding, each: PerActive) -> Settled:
    """Who is awarded, who makes up missing years, whose account leaves the fund.

    The accounts of the linked part of the dormant members go to the employee scheme. Of the others those whose years
    reach the minimum qualify; of those who fall short the declared share pays the missing years at the premium of the
    year, without entry subsidy; the others get their account back.
    """
    rules = year.rules
    dormant = ratio(jnp.maximum(held.heads - held.active, 0), held.heads)
    staying = 1 - rules.linked * dormant
    heads, service = staying * held.heads, staying * held.service
    mean = ratio(service, heads)
    enough = share_above(mean, rules.minimum_years, rules.service_spread)
    of_service = partial_expectation(mean, rules.minimum_years, rules.service_spread)
    made_up = rules.make_up * (1 - enough) * heads
    missing = rules.minimum_years * made_up - rules.make_up * (1 - of_service) * service
    kept = staying * (of_service + rules.make_up * (1 - of_service))
    # Who never paid has no years and no account, and all of his years are missing.
    return Settled(
        Leaving(enough * heads + made_up, kept * held.accounts + missing * each.premium),
        refunded=total((staying - kept) * held.accounts),
        linked=rules.linked * dormant * held.accounts,
        made_up=total(missing),
    )


def claimed(year: ResidentYear, place: Place, settled: tuple[Settled, ...]) -> Leaving:
    """The same at the places of insurance, all registration classes together."""
    return jax.tree.map(
        lambda *leaves: at_insurance(year.places, place, leaves),
        *(each.leaving for each in settled),
    )


def handed_over(year: ResidentYear, linked: Leaf, timing: Timing) -> Leaf:
    """Accounts that move to the employee scheme on 31 December, with the interest since the pension age; currency.

    Args:
        year: rate credited.
        linked: of :class:`Settled`.
        timing: of the ring of the ages of award.
    """
    return timing.living * linked * (1 + year.account_rate * timing.drawing)


class Started(eqx.Module):
    """The year's new pensions."""

    heads: Float[Array, " m"]
    pensions: Float[Array, " m"]
    """Annual rate, before mortality; currency a year."""
    paid: PaidOut


def start(year: ResidentYear, place: Place, leaving: Leaving, timing: Timing) -> Started:
    """New pensions, their first part of a year, and what is left of them on 31 December.

    Base pension plus account ÷ divisor a month; the deaths of those who reach the pension age fall after it.
    """
    base = place.geography.to_municipalities(year.amounts.base)
    yearly = MONTHS * account_pension(leaving.accounts, year.rules.inverse_divisor)
    living, drawing = timing.living, timing.drawing
    part = first_exposure(timing)
    left = remaining_account(leaving.accounts, yearly * drawing, year.account_rate * drawing)
    heads, drawn = total(leaving.heads), total(part * leaving.heads)
    return Started(
        heads=heads,
        pensions=heads * base + total(yearly),
        paid=PaidOut(
            stock=Drawing(living * leaving.heads, living * yearly, living * left),
            heads=drawn,
            pensions=drawn * base + total(part * yearly),
            inherited=total((1 - living) * (leaving.accounts - 0.5 * yearly * drawing)),
        ),
    )
