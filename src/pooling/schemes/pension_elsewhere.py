"""Pensions of employees that go to another province than the one that pays them, see :mod:`benefits_elsewhere`.

People claim at their registration (Guobanfa [2009] 66 art. 6) what they earned where they live and work.
"""

import equinox as eqx
from jaxtyping import Array, Float

from pooling.numerics import add, ratio, total
from pooling.parameters.model import Geography
from pooling.schemes.annuity import MONTHS
from pooling.schemes.benefits_elsewhere import Pairs, Passage, passed, to_others
from pooling.schemes.calendar import Calendar, Place
from pooling.schemes.pension_award import (
    Leaving,
    first_exposure,
    provincial_award_timing,
)
from pooling.schemes.pension_formula import account_pension, basic_pension
from pooling.schemes.pension_payment import Paid
from pooling.schemes.pension_year import YearOfFund
from pooling.state import Awarded, PensionStocks


class Elsewhere(eqx.Module):
    """Pensions by province that pays and other province where people lived at award, under the first policy; currency."""

    stock: Pairs
    """Annual rate on 31 December."""
    paid: Pairs
    """In the year."""


def pensions_elsewhere(
    year: YearOfFund,
    place: Place,
    dates: Calendar,
    stocks: PensionStocks,
    after: tuple[Awarded, Awarded],
    drawn: Paid,
    far: Leaving | None,
) -> Elsewhere:
    """One year of the pensions that go elsewhere.

    Args:
        year: rules and wages.
        place: geography, registrations.
        dates: of the year.
        stocks: on 1 January.
        after: pensions in payment on 31 December without the year's awards, on the ring and in the open group.
        drawn: what was paid of the pensions of 1 January.
        far: what those registered in another province bring to their claims, by residence.
    """
    passage = Passage(
        _rate(place.geography, (stocks.awarded, stocks.awarded_oldest)),
        place.geography.by_province(drawn.pensions[0]),
        _rate(place.geography, after),
    )
    paid, stock = passed(stocks.elsewhere, passage)
    if far is None:
        return Elsewhere(stock, paid)
    timing = provincial_award_timing(year, dates)
    new = _first(year, place, far, timing.living)
    first = _first(year, place, far, first_exposure(timing))
    return Elsewhere(stock + new, paid + first)


def _rate(geography: Geography, groups: tuple[Awarded, Awarded]) -> Float[Array, " p"]:
    """Annual rate of all pensions in payment, by province that pays; currency a year."""
    return geography.by_province(add(total(each.pension[0]) for each in groups))


def _first(year: YearOfFund, place: Place, far: Leaving, weight: Float[Array, "p row"]) -> Pairs:
    """New pensions claimed at the registration, weighted by cohort: the formula of the award summed by pairs."""
    by_province = place.geography.by_province
    share = year.rules.claim_home * place.claim
    yearly = MONTHS * account_pension(far.accounts, year.tables.award.inverse_divisor[None])
    reference = year.reference_wage[0]
    wage, flat, own = (
        by_province(place.home_share * each)[:, None]
        for each in (year.wage, reference.flat, reference.indexed)
    )
    indexed = ratio(to_others(share, weight, far.indexed), wage)
    return (
        basic_pension(flat, to_others(share, weight, far.points))
        + basic_pension(own, indexed)
        + to_others(share, weight, yearly)
    )
