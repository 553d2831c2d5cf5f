"""Inequality of a value over municipalities, provinces or funds, weighted.

Weights are any non-negative amounts (persons, contributors, wage bill) in the shape of the values; p is a weight over
their sum, μ the weighted mean. Every measure works along one axis and is NaN where it is not defined: no weight, a
mean that is not positive, or for the entropy measures a value with weight that is not positive.

Progressivity compares the inequality of means X (income, output or wage bill per head) with the distribution, in the
order of X, of what is paid or received.
"""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from pooling.measures.quotient import quotient
from pooling.numerics import along_axis, dot

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
    return quotient(absolute_gini(values, weights, axis), _mean(values, shares, axis))


@along_axis
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
    half_difference = jnp.sum(share * ascending * (2 * cumulated - share - 1), axis=axis)
    return _with_weight(half_difference, weights, axis)


def theil(values: Values, weights: Values, axis: int = -1) -> Values:
    """Theil's T: Σ pᵢ (yᵢ/μ) ln(yᵢ/μ); at least 0.

    Args:
        values: y, positive.
        weights: in the shape of the values.
        axis: axis over which inequality is measured.

    Source: Theil (1967).
    """
    shares = _shares(weights, axis)
    relative = values / _positive(_mean(values, shares, axis, keepdims=True))
    total = jnp.sum(shares * relative * jnp.log(_positive(relative)), axis=axis)
    return jnp.where(_all_positive(values, weights, axis), total, jnp.nan)


@along_axis
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
    parts = shares * values / _positive(_mean(values, shares, -1, keepdims=True))
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
    relative = values / _positive(_mean(values, shares, axis, keepdims=True))
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
    # Equal values: the slope of a root at zero would be infinite, and every derivative through it NaN.
    spread = jnp.where(variance > 0, jnp.sqrt(_positive(variance)), 0)
    return quotient(spread, _mean(values, shares, axis))


def max_min_ratio(values: Values, weights: Values, axis: int = -1) -> Values:
    """Greatest over least value with weight; at least 1, NaN where a value with weight is not positive.

    Args:
        values: y, positive.
        weights: in the shape of the values; only whether there is any.
        axis: axis over which inequality is measured.
    """
    least = jnp.min(jnp.where(weights > 0, values, jnp.inf), axis=axis)
    greatest = jnp.max(jnp.where(weights > 0, values, -jnp.inf), axis=axis)
    defined = _all_positive(values, weights, axis)
    return jnp.where(defined, greatest / jnp.where(defined, least, 1), jnp.nan)


@along_axis
def absolute_concentration(
    values: Values, ranking: Values, weights: Values, axis: int = -1
) -> Values:
    """2 cov(z, F(x)) with weighted fractional ranks F; in the unit of the values.

    Defined for values of any sign, such as net transfers. Negative where the low ranks receive more. F is the weight
    below plus half the weight at the same rank, so that ties do not depend on their order.

    Args:
        values: z.
        ranking: x, only its order counts; in the shape of the values.
        weights: in the shape of the values.
        axis: axis over which inequality is measured.

    Source: Lerman and Yitzhaki (1989) for the weighted ranks.
    """
    share = _shares(weights, axis)
    # The mean rank is ½. Measured from the least value, equal values give exactly zero.
    above_mean = _fractional_ranks(ranking, share, axis) - 0.5
    least = jnp.min(values, axis=axis, keepdims=True)
    twice_covariance = 2 * jnp.sum(share * (values - least) * above_mean, axis=axis)
    return _with_weight(twice_covariance, weights, axis)


def concentration(values: Values, ranking: Values, weights: Values, axis: int = -1) -> Values:
    """Concentration coefficient C_z = 2 cov(z, F(x)) ÷ μ_z; within [−G_z, G_z], the Gini of z itself.

    Args:
        values: z, with a positive mean.
        ranking: x, only its order counts; in the shape of the values.
        weights: in the shape of the values.
        axis: axis over which inequality is measured.

    Source: Kakwani (1977).
    """
    mean = _mean(values, _shares(weights, axis), axis)
    return quotient(absolute_concentration(values, ranking, weights, axis), mean)


def kakwani_contribution(
    contributions: Values, means: Values, weights: Values, axis: int = -1
) -> Values:
    """Progressivity of what is paid: K = C_T − G_X; positive where the rich pay more than in proportion.

    Args:
        contributions: T per head, with a positive mean.
        means: X per head before contributions and benefits, with a positive mean.
        weights: persons, in the shape of the contributions.
        axis: axis over which inequality is measured.

    Source: Kakwani (1977).
    """
    return concentration(contributions, means, weights, axis) - gini(means, weights, axis)


def kakwani_benefit(benefits: Values, means: Values, weights: Values, axis: int = -1) -> Values:
    """Progressivity of what is received: K = G_X − C_B; positive where the poor receive more than in proportion.

    Args:
        benefits: B per head, with a positive mean.
        means: X per head before contributions and benefits, with a positive mean.
        weights: persons, in the shape of the benefits.
        axis: axis over which inequality is measured.

    Source: Kakwani (1977), with the sign turned for benefits.
    """
    return gini(means, weights, axis) - concentration(benefits, means, weights, axis)


def reynolds_smolensky(before: Values, after: Values, weights: Values, axis: int = -1) -> Values:
    """Vertical redistribution Π = G_X − C_N, the result in the order of the beginning.

    For contributions alone, a share t of the total of X, Π = K t ÷ (1 − t).

    Args:
        before: X, with a positive mean.
        after: N = X less contributions plus benefits, with a positive mean.
        weights: persons, in the shape of X.
        axis: axis over which inequality is measured.

    Source: Reynolds and Smolensky (1977); Kakwani (1977).
    """
    return gini(before, weights, axis) - concentration(after, before, weights, axis)


def redistributive_effect(before: Values, after: Values, weights: Values, axis: int = -1) -> Values:
    """Fall of the Gini coefficient RE = G_X − G_N = Π − reranking.

    Args:
        before: X, with a positive mean.
        after: N, with a positive mean.
        weights: persons, in the shape of X.
        axis: axis over which inequality is measured.
    """
    return gini(before, weights, axis) - gini(after, weights, axis)


def reranking(before: Values, after: Values, weights: Values, axis: int = -1) -> Values:
    """Atkinson-Plotnick reranking G_N − C_N; at least 0, and 0 where nobody overtakes another.

    Where X ties and N does not, the order among the tied counts as reranking.

    Args:
        before: X.
        after: N, with a positive mean.
        weights: persons, in the shape of X.
        axis: axis over which inequality is measured.

    Source: Atkinson (1980); Plotnick (1981).
    """
    return gini(after, weights, axis) - concentration(after, before, weights, axis)


def _fractional_ranks(ranking: Values, shares: Values, axis: int) -> Values:
    """Share of the weight that ranks lower, plus half the share at the same rank; in the order given."""
    axis = axis % ranking.ndim
    order = jnp.argsort(ranking, axis=axis)
    ascending = jnp.take_along_axis(ranking, order, axis)
    share = jnp.take_along_axis(shares, order, axis)
    cumulated = jnp.cumsum(share, axis=axis)
    differs = jnp.diff(ascending, axis=axis) != 0
    end = jnp.ones_like(lax.slice_in_dim(ascending, 0, 1, axis=axis), bool)
    opens = jnp.concatenate([end, differs], axis=axis)
    closes = jnp.concatenate([differs, end], axis=axis)
    # The shares never fall along the order: running extremes carry those at a tie's ends through the tie.
    below = lax.cummax(jnp.where(opens, cumulated - share, -jnp.inf), axis=axis)
    through = lax.cummin(jnp.where(closes, cumulated, jnp.inf), axis=axis, reverse=True)
    return jnp.take_along_axis((below + through) / 2, jnp.argsort(order, axis=axis), axis)


def _shares(weights: Values, axis: int) -> Values:
    """Weights over their sum; zero where nothing has weight."""
    return weights / _positive(jnp.sum(weights, axis=axis, keepdims=True))


def _with_weight(value: Values, weights: Values, axis: int) -> Values:
    """NaN where nothing has weight: only here, because a NaN further in would reach every derivative."""
    return jnp.where(jnp.sum(weights, axis=axis) > 0, value, jnp.nan)


def _mean(values: Values, shares: Values, axis: int, *, keepdims: bool = False) -> Values:
    return jnp.sum(shares * values, axis=axis, keepdims=keepdims)


def _positive(values: Values) -> Values:
    """The values where they divide and have a logarithm, else 1."""
    return jnp.where(values > 0, values, 1)


def _all_positive(values: Values, weights: Values, axis: int) -> Array:
    """Whether every value with weight is positive, and some weight is."""
    weighty = weights > 0
    return jnp.all((values > 0) | ~weighty, axis=axis) & jnp.any(weighty, axis=axis)
