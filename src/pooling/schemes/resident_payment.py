"""Residents' pensions in payment over one year: paid, survived; accounts run down, are inherited or paid on by the fund."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import total
from pooling.population.ring import empty, leavers
from pooling.schemes.calendar import Calendar, Leaf, Place
from pooling.schemes.pension_formula import remaining_account
from pooling.schemes.pension_payment import paid_share
from pooling.schemes.resident_year import Drawing, ResidentStocks, ResidentYear
from pooling.schemes.thresholds import expected_minimum


class PaidOut(eqx.Module):
    """Stocks at the end of the year and the year's payments of a group of pensioners."""

    stock: Drawing
    heads: Float[Array, " m"]
    """Person-years drawn."""
    pensions: Float[Array, " m"]
    inherited: Float[Array, " m"]


def pay(
    year: ResidentYear, place: Place, dates: Calendar, stocks: ResidentStocks
) -> tuple[Drawing, Drawing, PaidOut]:
    """Pensions in payment through the year: on the ring, in the open group, and what both were paid."""
    everywhere = place.geography.to_municipalities
    base = everywhere(year.amounts.base)
    young = _draw(year, base, stocks.awarded, everywhere(dates.living_pension))
    old = _draw(year, base, stocks.awarded_oldest, everywhere(dates.living_oldest))
    oldest = jax.tree.map(
        lambda leaf, rest: leavers(leaf, dates.pension) + rest, young.stock, old.stock
    )
    running = jax.tree.map(lambda leaf: empty(leaf, dates.pension), young.stock)
    both = PaidOut(
        running,
        young.heads + old.heads,
        young.pensions + old.pensions,
        young.inherited + old.inherited,
    )
    return running, oldest, both


def _draw(year: ResidentYear, base: Float[Array, " m"], stock: Drawing, living: Leaf) -> PaidOut:
    """One year of pensions in payment, to the mean of the heads before and after the deaths.

    The account pays its fixed amount until it is exhausted, then the fund pays on; what is left in it is inherited.
    """
    part = paid_share(living)
    some = stock.account_pension > 0
    lasting = stock.accounts / jnp.where(some, stock.account_pension, 1)
    one = jnp.ones((), lasting.dtype)
    from_account = stock.account_pension * expected_minimum(lasting, one, year.rules.account_spread)
    left = jnp.maximum(remaining_account(stock.accounts, from_account, year.account_rate), 0)
    heads = total(part * stock.heads)
    return PaidOut(
        Drawing(living * stock.heads, living * stock.account_pension, living * left),
        heads,
        heads * base + total(part * stock.account_pension),
        total((1 - living) * (stock.accounts - 0.5 * from_account)),
    )
