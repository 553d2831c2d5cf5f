"""Residents' pensions that go to another province than the one that pays them, see :mod:`benefits_elsewhere`."""

import equinox as eqx
from jaxtyping import Array, Float

from pooling.numerics import total
from pooling.parameters.model import Geography
from pooling.schemes.annuity import MONTHS
from pooling.schemes.benefits_elsewhere import Pairs, Passage, passed, to_others
from pooling.schemes.calendar import Calendar, Place
from pooling.schemes.pension_award import first_exposure
from pooling.schemes.pension_formula import account_pension
from pooling.schemes.resident_award import Settled, provincial_award_timing
from pooling.schemes.resident_payment import PaidOut
from pooling.schemes.resident_year import Drawing, PensionsElsewhere, ResidentStocks, ResidentYear


class Elsewhere(eqx.Module):
    """Pensions by province that pays and other province where people lived at award."""

    stock: PensionsElsewhere
    """On 31 December."""
    paid: Pairs
    """In the year; currency."""


def pensions_elsewhere(
    year: ResidentYear,
    place: Place,
    dates: Calendar,
    stocks: ResidentStocks,
    after: tuple[Drawing, Drawing],
    drawn: PaidOut,
    settled: tuple[Settled, ...],
) -> Elsewhere:
    """One year of the pensions that go elsewhere.

    Args:
        year: rules, amounts, places.
        place: geography.
        dates: of the year.
        stocks: on 1 January.
        after: pensions in payment on 31 December without the year's awards, on the ring and in the open group.
        drawn: what was paid of the pensions of 1 January.
        settled: who was awarded in the year, by registration class.
    """
    by_province = place.geography.by_province
    base = year.amounts.base[:, None]
    before = (stocks.awarded, stocks.awarded_oldest)
    from_accounts = by_province(drawn.pensions) - year.amounts.base * by_province(drawn.heads)
    heads_before, accounts_before = _standing(place.geography, before)
    heads_after, accounts_after = _standing(place.geography, after)
    drawing, heads = passed(
        stocks.elsewhere.heads, Passage(heads_before, by_province(drawn.heads), heads_after)
    )
    accounts, account_pension = passed(
        stocks.elsewhere.account_pension, Passage(accounts_before, from_accounts, accounts_after)
    )
    paid = base * drawing + accounts
    if len(settled) == 1:
        return Elsewhere(PensionsElsewhere(heads, account_pension), paid)
    timing = provincial_award_timing(year, dates)
    new_heads, new_accounts = _first(year, place, settled[-1], timing.living)
    first_heads, first_accounts = _first(year, place, settled[-1], first_exposure(timing))
    return Elsewhere(
        PensionsElsewhere(heads + new_heads, account_pension + new_accounts),
        paid + base * first_heads + first_accounts,
    )


def _standing(
    geography: Geography, groups: tuple[Drawing, Drawing]
) -> tuple[Float[Array, " p"], Float[Array, " p"]]:
    """Pensioners and annual amounts of their accounts, by province that pays."""
    ring, oldest = groups
    heads = total(ring.heads) + total(oldest.heads)
    accounts = total(ring.account_pension) + total(oldest.account_pension)
    return geography.by_province(heads), geography.by_province(accounts)


def _first(
    year: ResidentYear, place: Place, far: Settled, weight: Float[Array, "p row"]
) -> tuple[Pairs, Pairs]:
    """New pensioners insured at their registration and their annual amounts from accounts, weighted by cohort."""
    by_province, share = place.geography.by_province, year.places.away
    leaving = far.leaving
    yearly = MONTHS * account_pension(leaving.accounts, year.rules.inverse_divisor)
    return (
        to_others(share, weight, by_province(leaving.heads)),
        to_others(share, weight, by_province(yearly)),
    )
