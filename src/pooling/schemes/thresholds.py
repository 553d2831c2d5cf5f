"""Thresholds need a distribution: what lies beyond one, from a cell's mean and a declared spread.

Values of a cell are spread as X = mean · Y, where Y is a normal variable cut off at zero with mean
exactly 1; the spread is the coefficient of variation of the normal variable before it is cut. A
spread of zero makes the cell one exact person: every function becomes the step, minimum or clamp
itself. All functions keep the dtype of their inputs, are differentiable and never return NaN; a
cell with a mean of zero has nothing beyond any threshold.
"""

import math

import jax.numpy as jnp
from jax.scipy.special import erfc
from jaxtyping import Array, Float

Values = Float[Array, "..."]
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
    exact = _exact(spread)
    relative, width, some = _standardized(mean, threshold, jnp.where(exact, 1, spread))
    smooth = _normal_cdf(relative) / _normal_cdf(1 / width)
    step = (mean >= threshold).astype(smooth.dtype)
    return jnp.where(some, jnp.where(exact, step, smooth), 0)


def partial_expectation(mean: Values, threshold: Values, spread: Values) -> Values:
    """Share of the cell's total that is held by those who reach the threshold.

    Args:
        mean: mean of the cell, at least 0.
        threshold: in the unit of the mean.
        spread: coefficient of variation, at least 0.

    Returns:
        E[X; X ≥ threshold] ÷ mean; fraction.
    """
    exact = _exact(spread)
    relative, width, some = _standardized(mean, threshold, jnp.where(exact, 1, spread))
    # E[Y; Y >= u] over E[Y; Y >= 0], both of a normal variable with mean 1 and the given width.
    above = _normal_cdf(relative) + width * _normal_density(relative)
    smooth = above / (_normal_cdf(1 / width) + width * _normal_density(1 / width))
    step = (mean >= threshold).astype(smooth.dtype)
    return jnp.where(some, jnp.where(exact, step, smooth), 0)


def expected_minimum(mean: Values, cap: Values, spread: Values) -> Values:
    """Mean of the lesser of the value and a cap: E[min(X, cap)].

    Args:
        mean: mean of the cell, at least 0.
        cap: in the unit of the mean, at least 0.
        spread: coefficient of variation, at least 0.

    Returns:
        In the unit of the mean.
    """
    above = partial_expectation(mean, cap, spread)
    smooth = mean * (1 - above) + cap * share_above(mean, cap, spread)
    return jnp.where(_exact(spread), jnp.minimum(mean, cap), smooth)


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


def _standardized(mean: Values, threshold: Values, width: Values) -> tuple[Values, Values, Array]:
    """Distance of the normal variable's mean above the threshold in its own standard deviations.

    The normal variable 1 + width · z, cut off at zero, has the mean 1 + width · λ with λ =
    φ(1/width) ÷ Φ(1/width); the threshold is measured in that unit, so that the mean of the cell is
    kept.

    Returns:
        The distance, the width, and whether anybody can be beyond the threshold.
    """
    some = (mean > 0) & (mean > NEGLIGIBLE_MEAN * threshold)
    hazard = _normal_density(1 / width) / _normal_cdf(1 / width)
    unit = jnp.where(some, mean, 1) / (1 + width * hazard)
    scaled = jnp.where(some, jnp.maximum(threshold, 0), 1) / unit
    return (1 - scaled) / width, width, some


def _normal_cdf(z: Values) -> Values:
    return 0.5 * erfc(z * -math.sqrt(0.5))


def _normal_density(z: Values) -> Values:
    return jnp.exp(-0.5 * z * z) * (1 / math.sqrt(2 * math.pi))
