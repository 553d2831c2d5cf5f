"""Pensions in payment over one year: indexed, paid, survived; accounts run down and are inherited."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import total
from pooling.population.ring import empty, leavers
from pooling.schemes.calendar import Calendar, Leaf, Place
from pooling.schemes.pension_formula import remaining_account
from pooling.schemes.pension_year import YearOfFund
from pooling.schemes.thresholds import (
    expected_minimum,
)
from pooling.state import Awarded, PensionStocks


class Paid(eqx.Module):
    """Stocks at the end of the year and the year's payments of a group of pensioners."""

    stock: Awarded
    heads: Float[Array, " m"]
    """Person-years drawn."""
    pensions: tuple[Float[Array, " m"], ...]
    inherited: Float[Array, " m"]
    grant_months: Float[Array, " m"]
    """Grants on the deaths of pensioners, before what a month of them is worth; person-months."""


def pay(
    year: YearOfFund, place: Place, dates: Calendar, stocks: PensionStocks
) -> tuple[Awarded, Awarded, Paid]:
    """Pensions in payment through the year: on the ring, in the open group, and what both were paid."""
    everywhere = place.geography.to_municipalities
    months, last = year.tables.grants[None], year.tables.grants_oldest[None]
    young = _draw(year, stocks.awarded, everywhere(dates.living_pension), months)
    old = _draw(year, stocks.awarded_oldest, everywhere(dates.living_oldest), last)
    oldest = jax.tree.map(
        lambda leaf, rest: leavers(leaf, dates.pension) + rest, young.stock, old.stock
    )
    running = jax.tree.map(lambda leaf: empty(leaf, dates.pension), young.stock)
    both = Paid(
        running,
        young.heads + old.heads,
        tuple(a + b for a, b in zip(young.pensions, old.pensions, strict=True)),
        young.inherited + old.inherited,
        young.grant_months + old.grant_months,
    )
    return running, oldest, both


def paid_share(living: Leaf) -> Leaf:
    """Part of a year's pension that a cell is paid: the mean of its heads before and after the deaths."""
    return 0.5 * (1 + living)


def indexed(year: YearOfFund, stock: Awarded) -> tuple[Leaf, ...]:
    """Pensions in payment after the rise of 1 January, by policy; currency a year."""
    return tuple(p * (1 + year.indexation) for p in stock.pension)


def _draw(year: YearOfFund, stock: Awarded, living: Leaf, months: Float[Array, "1 row"]) -> Paid:
    """One year of pensions in payment: indexed on 1 January, paid to the mean of before and after the deaths.

    The account pays its fixed amount until it is exhausted, then the pooled fund pays on; only what is left of the
    account is inherited.
    """
    exposure = paid_share(living)
    pensions = indexed(year, stock)
    some = stock.account_pension > 0
    lasting = stock.accounts / jnp.where(some, stock.account_pension, 1)
    one = jnp.ones((), lasting.dtype)
    from_account = stock.account_pension * expected_minimum(lasting, one, year.rules.account_spread)
    rate = year.notional_rate
    left = jnp.maximum(remaining_account(stock.accounts, from_account, rate), 0)
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
        total((1 - living) * stock.heads * months),
    )
