"""Rates that balance a fund, and the year in which it runs dry."""

import jax.numpy as jnp
from jaxtyping import Array, Float

Values = Float[Array, "..."]


def income_rate(contributions: Values, wage_bill: Values) -> Values:
    """Contributions over the covered wage bill; fraction, NaN where the wage bill is zero.

    Args:
        contributions: currency a year.
        wage_bill: covered wage bill; currency a year.
    """
    return _quotient(contributions, wage_bill)


def cost_rate(outgo: Values, wage_bill: Values) -> Values:
    """Outgo over the covered wage bill: the rate that would balance the year; NaN where the wage bill is zero.

    Args:
        outgo: pensions, accounts paid out and administration; currency a year.
        wage_bill: covered wage bill; currency a year.
    """
    return _quotient(outgo, wage_bill)


def fund_ratio(opening_balance: Values, outgo: Values) -> Values:
    """Balance on 1 January over the outgo of the year; years, NaN where there is no outgo.

    Args:
        opening_balance: currency.
        outgo: currency a year.
    """
    return _quotient(opening_balance, outgo)


def first_depletion(unfilled_balance: Values, axis: int = -1) -> Values:
    """Index of the first year in which the unfilled account ends below zero; NaN = never.

    Args:
        unfilled_balance: balance on 31 December without the subsidy that would fill it; currency.
        axis: axis of the years.

    Returns:
        Position on the year axis, in the dtype of the balance.
    """
    below = unfilled_balance < 0
    first = jnp.argmax(below, axis=axis).astype(unfilled_balance.dtype)
    return jnp.where(jnp.any(below, axis=axis), first, jnp.nan)


def _quotient(part: Values, whole: Values) -> Values:
    return jnp.where(whole > 0, part / jnp.where(whole > 0, whole, 1), jnp.nan)
