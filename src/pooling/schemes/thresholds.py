"""Thresholds need a distribution: what lies beyond one, from a cell's mean and a declared spread.

Values of a cell are spread evenly over mean · (1 ± √3 · spread); the spread is their coefficient of variation, at most
1/√3, where the lowest value is zero. A spread of zero makes the cell one exact person: every function becomes the step,
minimum or clamp itself. All functions keep the dtype of their inputs, are differentiable except at the ends of the
spread and never return NaN; a cell with a mean of zero has nothing beyond any threshold.

An even spread needs no special functions in the yearly step; against a normal one of the same spread 0.3 the share above
three quarters of the mean is 0.74 instead of 0.80 (both are assumptions of grade D).
"""

import math
from typing import NamedTuple

import jax.numpy as jnp
from jax.scipy.special import erfc
from jaxtyping import Array, Float

Values = Float[Array, "..."]

LARGEST_SPREAD = 1 / math.sqrt(3)
"""Spread at which the lowest value of a cell is zero; a larger one is treated as this one."""

NEGLIGIBLE_MEAN = 1e-6
"""Mean over threshold below which nobody is beyond it; bounds the quotient and its slope."""


def share_above(mean: Values, threshold: Values, spread: Values) -> Values:
    """Share of a cell whose value reaches the threshold.

    Args:
        mean: mean of the cell, at least 0.
        threshold: in the unit of the mean.
        spread: coefficient of variation, at least 0.

    Returns:
        P(X ≥ threshold); fraction.
    """
    even = _even(mean, threshold, spread)
    beyond = jnp.clip((even.high - even.relative) / even.width, 0, 1)
    step = (mean >= threshold).astype(beyond.dtype)
    return jnp.where(even.some, jnp.where(even.exact, step, beyond), 0)


def partial_expectation(mean: Values, threshold: Values, spread: Values) -> Values:
    """Share of the cell's total that is held by those who reach the threshold.

    Args:
        mean: mean of the cell, at least 0.
        threshold: in the unit of the mean.
        spread: coefficient of variation, at least 0.

    Returns:
        E[X; X ≥ threshold] ÷ mean = (high² − t²) ÷ 2 mean (high − low), t the threshold within low … high; fraction.
    """
    even = _even(mean, threshold, spread)
    within = jnp.clip(even.relative, even.low, even.high)
    held = (even.high - within) * (even.high + within) / (2 * even.width)
    step = (mean >= threshold).astype(held.dtype)
    return jnp.where(even.some, jnp.where(even.exact, step, held), 0)


def expected_minimum(mean: Values, cap: Values, spread: Values) -> Values:
    """Mean of the lesser of the value and a cap: E[min(X, cap)].

    Args:
        mean: mean of the cell, at least 0.
        cap: in the unit of the mean, at least 0.
        spread: coefficient of variation, at least 0.

    Returns:
        mean − (high − c)² ÷ 2 (high − low), c the cap within low … high, and the cap where it is below all values; in
        the unit of the mean.
    """
    even = _even(mean, cap, spread)
    over = even.high - jnp.clip(even.relative, even.low, even.high)
    lesser = jnp.minimum(mean * (1 - over * over / (2 * even.width)), cap)
    # Where the mean is negligible against the cap nothing reaches the cap.
    spread_out = jnp.where(even.some, lesser, jnp.maximum(mean, 0))
    return jnp.where(even.exact, jnp.minimum(mean, cap), spread_out)


def clamped_lognormal_mean(log_median: Values, sd: Values, floor: Values, cap: Values) -> Values:
    """Mean of a log-normal variable cut at a floor and a cap: E[clamp(exp(μ + σz), floor, cap)].

    Args:
        log_median: μ, logarithm of the cell's median.
        sd: σ, standard deviation of the logarithm, at least 0.
        floor: lowest value, at least 0.
        cap: highest value, above the floor; may be infinite.

    Returns:
        In the unit of floor and cap.
    """
    exact = _exact(sd)
    width = jnp.where(exact, 1, sd)
    limits = jnp.finfo(sd.dtype)
    low = jnp.maximum(floor, float(limits.tiny))
    high = jnp.minimum(cap, math.sqrt(float(limits.max)))
    below = (jnp.log(low) - log_median) / width
    above = (jnp.log(high) - log_median) / width
    between = _normal_cdf(above - width) - _normal_cdf(below - width)
    inside = jnp.exp(log_median + 0.5 * width * width) * between
    smooth = low * _normal_cdf(below) + inside + high * _normal_cdf(-above)
    return jnp.where(exact, jnp.clip(jnp.exp(log_median), floor, cap), smooth)


def _exact(spread: Values) -> Array:
    """Spreads that are zero to rounding: their cells are one exact person."""
    return spread <= math.sqrt(float(jnp.finfo(spread.dtype).eps))


class _Even(NamedTuple):
    """An even spread and a threshold, both over the mean of the cell."""

    exact: Array
    """Whether the spread is zero."""
    some: Array
    """Whether anybody can be beyond the threshold."""
    relative: Values
    """The threshold."""
    low: Values
    high: Values
    width: Values
    """high − low, or 1 where the spread is zero."""


def _even(mean: Values, threshold: Values, spread: Values) -> _Even:
    exact = _exact(spread)
    half = math.sqrt(3) * jnp.minimum(spread, LARGEST_SPREAD)
    some = (mean > 0) & (mean > NEGLIGIBLE_MEAN * threshold)
    relative = jnp.where(some, threshold, 1) / jnp.where(some, mean, 1)
    return _Even(exact, some, relative, 1 - half, 1 + half, jnp.where(exact, 1, 2 * half))


def _normal_cdf(z: Values) -> Values:
    return 0.5 * erfc(z * -math.sqrt(0.5))
