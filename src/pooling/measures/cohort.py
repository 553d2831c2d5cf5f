"""What a cohort gets for what it pays, over its whole life.

Flows are those of the cohort, hence with survival inside them: S_t B_t is the benefit of a survivor times the survivors.
Contributions include the employer's share. Whoever reports a present value states the rates with it.
"""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from pooling.measures.quotient import quotient
from pooling.measures.solvency import present_value

Values = Float[Array, "..."]

# Halvings of the bracket of ln(1 + r): 1.4 ÷ 2^60 is far below the rounding of double precision.
HALVINGS = 60


def money_worth(benefits: Values, contributions: Values, rates: Values, axis: int = -1) -> Values:
    """Money's worth PV(B) ÷ PV(C): what comes back for one yuan paid; NaN where nothing is paid.

    Args:
        benefits: B, of the cohort; currency a year.
        contributions: C, of employees and employers; currency a year.
        rates: discount rate of each year, of as many dimensions as the flows; fractions.
        axis: axis of the years.

    Returns:
        Fraction; 1 where the scheme returns exactly the discount rate.

    Source: Geanakoplos, Mitchell and Zeldes (1999).
    """
    paid = present_value(contributions, rates, axis)
    return quotient(present_value(benefits, rates, axis), paid)


def lifetime_net_transfer(
    benefits: Values, contributions: Values, rates: Values, axis: int = -1
) -> Values:
    """PV(B) − PV(C); currency at the start of the first year, positive = received.

    Args:
        benefits: B, of the cohort; currency a year.
        contributions: C, of employees and employers; currency a year.
        rates: discount rate of each year, of as many dimensions as the flows; fractions.
        axis: axis of the years.

    Source: Geanakoplos, Mitchell and Zeldes (1999).
    """
    return present_value(benefits - contributions, rates, axis)


def lifetime_net_transfer_rate(
    benefits: Values, contributions: Values, wages: Values, rates: Values, axis: int = -1
) -> Values:
    """(PV(B) − PV(C)) ÷ PV(W): share of the wages of a life; negative = lifetime net tax. NaN without wages.

    Args:
        benefits: B, of the cohort; currency a year.
        contributions: C, of employees and employers; currency a year.
        wages: W, of the cohort; currency a year.
        rates: discount rate of each year, of as many dimensions as the flows; fractions.
        axis: axis of the years.

    Source: Murthi, Orszag and Orszag (1999).
    """
    net = lifetime_net_transfer(benefits, contributions, rates, axis)
    return quotient(net, present_value(wages, rates, axis))


def internal_rate_of_return(
    benefits: Values,
    contributions: Values,
    axis: int = -1,
    low: float = -0.5,
    high: float = 1.0,
) -> Values:
    """r that solves Σ_t S_t (B_t − C_t)(1 + r)^−t = 0, by halving the bracket of ln(1 + r) 60 times; fraction a year.

    Net flows that change sign once, paid first, have one solution at most; others may have several, of which one is
    found. At a level rate r money's worth is 1. The halving carries no derivative.

    Args:
        benefits: S_t B_t, of the cohort; currency a year.
        contributions: S_t C_t, of employees and employers; currency a year.
        axis: axis of the years.
        low: lower end of the bracket, above −1.
        high: upper end of the bracket.

    Returns:
        Rate between the ends; NaN where the present value has the same sign at both, or is zero at one.
    """
    net = jnp.moveaxis(benefits - contributions, axis, -1)
    bottom = jnp.full(net.shape[:-1], low, net.dtype)
    ends = jnp.log1p(bottom), jnp.log1p(jnp.full_like(bottom, high))
    sign_low = _sign_of_value(net, ends[0])

    def halve(_: Array, bracket: tuple[Values, Values]) -> tuple[Values, Values]:
        middle = (bracket[0] + bracket[1]) / 2
        above = _sign_of_value(net, middle) == sign_low
        return jnp.where(above, middle, bracket[0]), jnp.where(above, bracket[1], middle)

    lower, upper = lax.fori_loop(0, HALVINGS, halve, ends)
    crosses = sign_low * _sign_of_value(net, ends[1]) < 0
    return jnp.where(crosses, jnp.expm1((lower + upper) / 2), jnp.nan)


def replacement_rate(first_pension: Values, last_wage: Values) -> Values:
    """First pension ÷ last wage; fraction, NaN where there is no wage.

    Args:
        first_pension: of the first full year; currency a year.
        last_wage: of the last full year of work; currency a year.
    """
    return quotient(first_pension, last_wage)


def implicit_tax(net_now: Values, net_later: Values, wage: Values) -> Values:
    """Implicit tax on one more year of work: −(PV(net) of leaving a year later − PV(net) of leaving now) ÷ wage.

    Args:
        net_now: PV(B) − PV(C) on leaving now; currency.
        net_later: that on leaving one year later, valued at the same date; currency.
        wage: of the year in between; currency.

    Returns:
        Fraction of the wage; negative = the scheme subsidises the year. NaN where there is no wage.

    Source: Gruber and Wise (1999).
    """
    return quotient(net_now - net_later, wage)


def _sign_of_value(net: Float[Array, "*n t"], log_return: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Sign of Σ_t net_t e^(−t ln(1 + r)), scaled so that no factor exceeds one: single precision holds a century."""
    time = jnp.arange(net.shape[-1], dtype=net.dtype).reshape((1,) * log_return.ndim + (-1,))
    exponent = -log_return[..., None] * time
    scaled = jnp.exp(exponent - jnp.max(exponent, axis=-1, keepdims=True))
    return jnp.sign(jnp.sum(net * scaled, axis=-1))
