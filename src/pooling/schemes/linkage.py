"""Accounts of residents that move to the employee scheme at the residents' pension age: the linkage of 2014.

The residents' fund pays the account out, the first employee pension fund of the run receives it and credits it to the people
of the cell: to the accounts of those who still wait for their employee pension, and to pensioners as a pension of their own,
account ÷ divisor a month from 1 January on. Years paid as a resident are no contribution years of the employee scheme.

Source: Renshebufa [2014] 17, art. 3-5 (accounts are merged, residents' years do not count).
"""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import add, ratio, total
from pooling.schemes.annuity import MONTHS
from pooling.schemes.calendar import Calendar, Leaf
from pooling.schemes.scheme import HandedOver, SchemeYear
from pooling.state import Awarded, PensionStocks


def link(years: tuple[SchemeYear, ...], dates: Calendar) -> tuple[SchemeYear, ...]:
    """The schemes' year with the accounts that one of them hands over credited to the first employee pension fund.

    Args:
        years: by scheme; accounts that are handed over leave their fund even where no employee pension is in the run.
        dates: the year's calendar.
    """
    handed = next((each.handed_over for each in years if each.handed_over is not None), None)
    if handed is None or not isinstance(years[0].stocks, PensionStocks):
        return years
    return (receive(years[0], handed, dates), *years[1:])


def receive(year: SchemeYear, handed: HandedOver, dates: Calendar) -> SchemeYear:
    """The employee pension fund's year with the accounts of another scheme credited on 31 December.

    Of every cell the waiting part is that of its members in the fund's members and pensioners of the place.

    Args:
        year: of the fund, before migration.
        handed: what another scheme hands over.
        dates: the year's calendar.
    """
    rings, stocks = dates.rings, year.stocks
    on_work = tuple(rings.award.onto(rings.work, leaf, dates.award) for leaf in handed.accounts)
    everybody = add(stocks.rights.members) + stocks.awarded.heads
    waiting = ratio(add(stocks.rights.members), everybody)
    credited = tuple(
        jnp.where(heads > 0, waiting * leaf, 0)
        for heads, leaf in zip(stocks.rights.members, on_work, strict=True)
    )
    rights = replace(
        stocks.rights,
        accounts=tuple(map(jnp.add, stocks.rights.accounts, credited)),
    )
    drawn = add(on_work) - add(credited)
    awarded = _supplemented(stocks.awarded, drawn, handed.inverse_divisor)
    received = total(add(handed.accounts))
    return year._replace(
        stocks=replace(stocks, rights=rights, awarded=awarded),
        flows=replace(year.flows, linked_accounts=year.flows.linked_accounts + received),
    )


def _supplemented(awarded: Awarded, accounts: Leaf, inverse_divisor: Float[Array, ""]) -> Awarded:
    """Pensions in payment with a further account, paid out in equal parts."""
    yearly = MONTHS * inverse_divisor * accounts
    return replace(
        awarded,
        pension=tuple(pension + yearly for pension in awarded.pension),
        account_pension=awarded.account_pension + yearly,
        accounts=awarded.accounts + accounts,
    )
