"""Rates that balance a fund, its value over a horizon, and the year in which it runs dry.

Flows of a year bear half a year's interest, as in the fund accounts (interest = rate × (opening balance + ½ net flow)):
the fund without filling after T years is exactly (F₀ + PV of its net flows) ÷ the discount factor of the end of year T.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

from pooling.measures.quotient import quotient
from pooling.numerics import along_axis

Values = Float[Array, "..."]


class Summarized(NamedTuple):
    """Rates of a horizon, as fractions of the present value of the wage bill."""

    income: Values
    cost: Values


def income_rate(contributions: Values, wage_bill: Values) -> Values:
    """Contributions over the covered wage bill; fraction, NaN where the wage bill is zero.

    Args:
        contributions: currency a year.
        wage_bill: covered wage bill; currency a year.
    """
    return quotient(contributions, wage_bill)


def cost_rate(outgo: Values, wage_bill: Values) -> Values:
    """Outgo over the covered wage bill: the rate that would balance the year; NaN where the wage bill is zero.

    Args:
        outgo: pensions, accounts paid out and administration; currency a year.
        wage_bill: covered wage bill; currency a year.
    """
    return quotient(outgo, wage_bill)


def fund_ratio(opening_balance: Values, outgo: Values) -> Values:
    """Balance on 1 January over the outgo of the year; years, NaN where there is no outgo.

    Args:
        opening_balance: currency.
        outgo: currency a year.
    """
    return quotient(opening_balance, outgo)


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


def payable_months(closing_balance: Values, outgo: Values) -> Values:
    """Months that the fund can pay: balance on 31 December ÷ (outgo of the year ÷ 12); NaN where there is no outgo.

    Args:
        closing_balance: currency.
        outgo: currency a year.

    Returns:
        Months; negative for a debt.

    Source: 可支付月数 in the yearly statistics of the Ministry of Human Resources and Social Security.
    """
    return quotient(12 * closing_balance, outgo)


def required_rate(
    outgo: Values, scheduled_subsidy: Values, interest: Values, wage_bill: Values
) -> Values:
    """Contribution rate that balances the year: (outgo − scheduled subsidy − interest) ÷ wage bill.

    Args:
        outgo: currency a year.
        scheduled_subsidy: G, before any deficit subsidy; currency a year.
        interest: on the fund; currency a year.
        wage_bill: standardised or covered wage bill; currency a year.

    Returns:
        Fraction, negative where subsidy and interest exceed outgo; NaN where the wage bill is zero.
    """
    return quotient(outgo - scheduled_subsidy - interest, wage_bill)


@along_axis
def end_of_year_factors(rates: Values, axis: int = -1) -> Values:
    """Value at the start of the first year of 1 paid at the end of each year: Π_{s ≤ t} 1 ÷ (1 + r_s).

    Args:
        rates: r, interest of each year; fractions above −1.
        axis: axis of the years.
    """
    return 1 / jnp.cumprod(1 + rates, axis=axis)


@along_axis
def discount_factors(rates: Values, axis: int = -1) -> Values:
    """Value at the start of the first year of 1 paid in the course of each year: (1 + r_t/2) Π_{s ≤ t} 1 ÷ (1 + r_s).

    The payment bears half the interest of its own year, as in the fund accounts; not (1 + r_t)^½.

    Args:
        rates: r, interest of each year; fractions above −1.
        axis: axis of the years.
    """
    return (1 + rates / 2) * end_of_year_factors(rates, axis)


@along_axis
def present_value(flows: Values, rates: Values, axis: int = -1) -> Values:
    """Value at the start of the first year of flows in the course of the years: Σ_t flow_t × discount factor_t.

    Args:
        flows: currency a year.
        rates: interest of each year, of as many dimensions as the flows; fractions.
        axis: axis of the years.

    Returns:
        Currency.
    """
    return jnp.sum(flows * discount_factors(rates, axis), axis=axis)


def target_fund(outgo: Values, rates: Values, years: int, axis: int = -1) -> Values:
    """Present value of a fund of one year's outgo at the end of the horizon; currency.

    It is the outgo of the year after the horizon; where the outgo ends with the horizon, that of the last year.

    Args:
        outgo: currency a year.
        rates: interest of each year, of as many dimensions as the outgo; fractions.
        years: length of the horizon T.
        axis: axis of the years.
    """
    _check_horizon(outgo, years, axis)
    _check_horizon(rates, years, axis)
    target = jnp.take(outgo, min(years, outgo.shape[axis] - 1), axis=axis)
    return target * jnp.take(end_of_year_factors(rates, axis), years - 1, axis=axis)


def summarized_rates(
    opening_balance: Values,
    income: Values,
    outgo: Values,
    wage_bill: Values,
    rates: Values,
    years: int,
    axis: int = -1,
) -> Summarized:
    """Income rate (F₀ + PV income) ÷ PV wage bill and cost rate (PV outgo + PV target fund) ÷ PV wage bill.

    Args:
        opening_balance: F₀ on 1 January of the first year, without the axis of the years; currency.
        income: contributions, with or without the scheduled subsidy, never the deficit subsidy nor interest; currency
            a year.
        outgo: currency a year.
        wage_bill: standardised wage bill; currency a year.
        rates: interest of each year, of as many dimensions as the flows; fractions.
        years: length of the horizon T, of the first years on the axis.
        axis: axis of the years.

    Returns:
        Fractions; NaN where there is no wage bill.

    Source: Trustees of the OASDI funds, annual report, IV.B "Actuarial estimates" (summarized rates).
    """
    cost = _present(outgo, rates, years, axis) + target_fund(outgo, rates, years, axis)
    base = _present(wage_bill, rates, years, axis)
    means = opening_balance + _present(income, rates, years, axis)
    return Summarized(income=quotient(means, base), cost=quotient(cost, base))


def actuarial_balance(
    opening_balance: Values,
    income: Values,
    outgo: Values,
    wage_bill: Values,
    rates: Values,
    years: int,
    axis: int = -1,
) -> Values:
    """(F₀ + PV income − PV outgo − PV target fund) ÷ PV wage bill: summarized income rate less cost rate.

    Args:
        opening_balance: F₀ on 1 January of the first year, without the axis of the years; currency.
        income: before deficit subsidy and interest; currency a year.
        outgo: currency a year.
        wage_bill: standardised wage bill; currency a year.
        rates: interest of each year, of as many dimensions as the flows; fractions.
        years: length of the horizon T (25, 50, 75), of the first years on the axis.
        axis: axis of the years.

    Returns:
        Fraction; minus the rise of the contribution rate that leaves the target fund. NaN where there is no wage bill.

    Source: Trustees of the OASDI funds, annual report, IV.B "Actuarial estimates".
    """
    net = _present(income, rates, years, axis) - _present(outgo, rates, years, axis)
    means = opening_balance + net - target_fund(outgo, rates, years, axis)
    return quotient(means, _present(wage_bill, rates, years, axis))


def general_average_premium(
    opening_balance: Values,
    outgo: Values,
    wage_bill: Values,
    rates: Values,
    years: int,
    axis: int = -1,
) -> Values:
    """Constant rate that with the opening balance just pays the horizon: (PV outgo − F₀) ÷ PV wage bill.

    Args:
        opening_balance: F₀ on 1 January of the first year, without the axis of the years; currency.
        outgo: currency a year; less the scheduled subsidy for the premium after it.
        wage_bill: standardised wage bill; currency a year.
        rates: interest of each year, of as many dimensions as the flows; fractions.
        years: length of the horizon T, of the first years on the axis.
        axis: axis of the years.

    Returns:
        Fraction; NaN where there is no wage bill.

    Source: Iyer (1999), Actuarial mathematics of social security pensions, ILO: general average premium.
    """
    burden = _present(outgo, rates, years, axis) - opening_balance
    return quotient(burden, _present(wage_bill, rates, years, axis))


def unfunded_obligation(
    opening_balance: Values, income: Values, outgo: Values, rates: Values, axis: int = -1
) -> Values:
    """PV outgo − PV income − F₀: what a group of insured will draw beyond what they pay and what is there.

    Args:
        opening_balance: F₀ on 1 January of the first year, without the axis of the years; currency.
        income: of the group, without interest; currency a year.
        outgo: to the group; currency a year.
        rates: interest of each year, of as many dimensions as the flows; fractions.
        axis: axis of the years.

    Returns:
        Currency at the start of the first year; negative where the fund has more than it needs.

    Source: Trustees of the OASDI funds, annual report, IV.B and VI.F: unfunded obligation of the open group and of the
    closed group.
    """
    return present_value(outgo - income, rates, axis) - opening_balance


def depletion_probability(first: Values, years: int, axis: int = -1) -> Values:
    """Share of paths that are depleted in or before each year; fraction, never falling along the years.

    Args:
        first: :func:`first_depletion`, index of a year or NaN for never.
        years: number of years.
        axis: axis of the paths, without the central one.

    Returns:
        The axis of the paths is gone; the years stand last.
    """
    paths = jnp.moveaxis(first, axis, -1)[..., None, :]
    index = jnp.arange(years, dtype=first.dtype).reshape((1,) * (paths.ndim - 2) + (years, 1))
    return jnp.mean((paths <= index).astype(first.dtype), axis=-1)


def share_in_deficit(people: Values, in_deficit: Bool[Array, "..."], axis: int = -1) -> Values:
    """Share of the people who live in a pool in deficit; fraction, NaN where nobody lives.

    Args:
        people: persons.
        in_deficit: whether the pool of these people is in deficit, in the shape of the people.
        axis: axis of the municipalities or provinces.
    """
    living = jnp.sum(jnp.where(in_deficit, people, 0), axis=axis)
    return quotient(living, jnp.sum(people, axis=axis))


def first_depleted(unfilled_balance: Values, outgo: Values) -> Values:
    """Index of the pool that is depleted first; among those of that year the one with the least balance ÷ outgo.

    Args:
        unfilled_balance: balance on 31 December without the subsidy that would fill it [.., pool, year]; currency.
        outgo: of the year, in the same shape; currency.

    Returns:
        Position on the axis of the pools, the lowest among equals; NaN where no pool is ever depleted.
    """
    below = unfilled_balance < 0
    depth = jnp.where(below, quotient(unfilled_balance, outgo), 0)
    # A debt without outgo is deeper than any ratio.
    depth = jnp.where(jnp.isnan(depth), -jnp.inf, depth)
    year = jnp.argmax(jnp.any(below, axis=-2), axis=-1)[..., None, None]
    in_year = jnp.take_along_axis(depth, year, axis=-1)[..., 0]
    first = jnp.argmin(in_year, axis=-1).astype(unfilled_balance.dtype)
    return jnp.where(jnp.any(below, axis=(-2, -1)), first, jnp.nan)


def _present(flows: Values, rates: Values, years: int, axis: int) -> Values:
    """Present value of the first years."""
    _check_horizon(flows, years, axis)
    _check_horizon(rates, years, axis)
    first = lax.slice_in_dim(flows, 0, years, axis=axis)
    return present_value(first, lax.slice_in_dim(rates, 0, years, axis=axis), axis)


def _check_horizon(flows: Values, years: int, axis: int) -> None:
    if not 1 <= years <= flows.shape[axis]:
        raise ValueError(f"horizon of {years} years, but there are {flows.shape[axis]}")
