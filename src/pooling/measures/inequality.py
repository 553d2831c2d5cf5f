"""Inequality of a value over municipalities, provinces or funds, weighted.

Weights are any non-negative amounts (persons, contributors, wage bill) in the shape of the values; p is a weight over
their sum, μ the weighted mean. Every measure works along one axis and is NaN where it is not defined: no weight, a
mean that is not positive, or for the entropy measures a value with weight that is not positive.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import dot

Values = Float[Array, "..."]


def gini(values: Values, weights: Values, axis: int = -1) -> Values:
    """Gini coefficient Σᵢ Σⱼ pᵢ pⱼ |yᵢ − yⱼ| ÷ 2μ; fraction.

    Within [0, 1] for values that are not negative. Balances can be negative: use :func:`absolute_gini` for them.

    Args:
        values: y.
        weights: in the shape of the values.
        axis: axis over which inequality is measured.
    """
    shares = _shares(weights, axis)
    return _over_mean(absolute_gini(values, weights, axis), _mean(values, shares, axis))


def absolute_gini(values: Values, weights: Values, axis: int = -1) -> Values:
    """Half the mean difference Σᵢ Σⱼ pᵢ pⱼ |yᵢ − yⱼ| ÷ 2; in the unit of the values.

    Defined for values of any sign. Sorted values turn the double sum into Σ pᵢ yᵢ (Fᵢ + Fᵢ₋₁ − 1), F the cumulated
    shares.

    Args:
        values: y.
        weights: in the shape of the values.
        axis: axis over which inequality is measured.
    """
    shares = _shares(weights, axis)
    order = jnp.argsort(values, axis=axis)
    # Measured from the least value, equal values give exactly zero.
    ascending = jnp.take_along_axis(values - jnp.min(values, axis=axis, keepdims=True), order, axis)
    share = jnp.take_along_axis(shares, order, axis)
    cumulated = jnp.cumsum(share, axis=axis)
    return jnp.sum(share * ascending * (2 * cumulated - share - 1), axis=axis)


def theil(values: Values, weights: Values, axis: int = -1) -> Values:
    """Theil's T: Σ pᵢ (yᵢ/μ) ln(yᵢ/μ); at least 0.

    Args:
        values: y, positive.
        weights: in the shape of the values.
        axis: axis over which inequality is measured.

    Source: Theil (1967).
    """
    shares = _shares(weights, axis)
    relative = values / _mean(values, shares, axis, keepdims=True)
    total = jnp.sum(shares * relative * jnp.log(_positive(relative)), axis=axis)
    return jnp.where(_all_positive(values, weights, axis), total, jnp.nan)


def theil_decomposition(
    values: Values, weights: Values, groups: Float[Array, "m g"], axis: int = -1
) -> tuple[Values, Values]:
    """Theil's T between groups and within them; they add up to :func:`theil`.

    Between: Σ s_g ln(μ_g/μ); within: Σ s_g T_g; s_g = p_g μ_g/μ is the group's share of the total.

    Args:
        values: y, positive.
        weights: in the shape of the values.
        groups: 1 where a row belongs to a group, else 0; every row belongs to one.
        axis: axis over which inequality is measured.

    Returns:
        Between and within.

    Source: Shorrocks (1980).
    """
    values, weights = jnp.moveaxis(values, axis, -1), jnp.moveaxis(weights, axis, -1)
    shares = _shares(weights, -1)
    parts = shares * values / _mean(values, shares, -1, keepdims=True)
    group_share, group_part = dot(shares, groups), dot(parts, groups)
    relative_mean = group_part / jnp.where(group_share > 0, group_share, 1)
    between = jnp.sum(group_part * jnp.log(_positive(relative_mean)), axis=-1)
    own_group = dot(relative_mean, groups.T)
    relative = parts / jnp.where(shares > 0, shares, 1) / _positive(own_group)
    within = jnp.sum(parts * jnp.log(_positive(relative)), axis=-1)
    defined = _all_positive(values, weights, -1)
    return jnp.where(defined, between, jnp.nan), jnp.where(defined, within, jnp.nan)


def mean_log_deviation(values: Values, weights: Values, axis: int = -1) -> Values:
    """Mean log deviation (Theil's L): Σ pᵢ ln(μ/yᵢ); at least 0.

    Args:
        values: y, positive.
        weights: in the shape of the values.
        axis: axis over which inequality is measured.
    """
    shares = _shares(weights, axis)
    relative = values / _mean(values, shares, axis, keepdims=True)
    total = -jnp.sum(shares * jnp.log(_positive(relative)), axis=axis)
    return jnp.where(_all_positive(values, weights, axis), total, jnp.nan)


def coefficient_of_variation(values: Values, weights: Values, axis: int = -1) -> Values:
    """Weighted standard deviation over the weighted mean; fraction.

    Args:
        values: y.
        weights: in the shape of the values.
        axis: axis over which inequality is measured.
    """
    shares = _shares(weights, axis)
    deviation = values - _mean(values, shares, axis, keepdims=True)
    variance = jnp.sum(shares * deviation * deviation, axis=axis)
    return _over_mean(jnp.sqrt(variance), _mean(values, shares, axis))


def _shares(weights: Values, axis: int) -> Values:
    """Weights over their sum; NaN where nothing has weight."""
    return weights / jnp.sum(weights, axis=axis, keepdims=True)


def _mean(values: Values, shares: Values, axis: int, *, keepdims: bool = False) -> Values:
    return jnp.sum(shares * values, axis=axis, keepdims=keepdims)


def _over_mean(spread: Values, mean: Values) -> Values:
    return jnp.where(mean > 0, spread / jnp.where(mean > 0, mean, 1), jnp.nan)


def _positive(values: Values) -> Values:
    """The values where a logarithm exists, else 1, whose logarithm is 0."""
    return jnp.where(values > 0, values, 1)


def _all_positive(values: Values, weights: Values, axis: int) -> Array:
    """Whether every value with weight is positive, and some weight is."""
    weighty = weights > 0
    return jnp.all((values > 0) | ~weighty, axis=axis) & jnp.any(weighty, axis=axis)
