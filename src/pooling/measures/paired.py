"""Differences between two arrangements on the same paths, and who wins by one."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from pooling.measures.quotient import quotient

Values = Float[Array, "..."]


class Difference(NamedTuple):
    """Difference of two arrangements over the pairs of paths on which both have a value."""

    mean: Values
    sd: Values
    standard_error: Values
    pairs: Values


class Winners(NamedTuple):
    """Persons who live in regions that gain and in regions that lose."""

    gain: Values
    lose: Values


def paired_difference(a: Values, b: Values, axis: int = -1) -> Difference:
    """Mean of a − b over paths, standard deviation (n − 1) and standard error sd ÷ √n of the mean.

    A pair counts where both have a value: NaN, as in *never depleted*, drops the path on both sides. The mean is then
    conditional on both events, and n says on how many paths.

    Args:
        a: one arrangement.
        b: the other, on the same paths (common random numbers), in the shape and unit of a.
        axis: axis of the paths, without the central one.

    Returns:
        Unit of a; n as a number. The mean is NaN without a pair, the others with fewer than two.
    """
    difference = a - b
    mean, variance, count = _moments(difference, ~jnp.isnan(difference), axis)
    sd = jnp.sqrt(variance)
    return Difference(mean, sd, sd / jnp.sqrt(count), count)


def unpaired_se(a: Values, b: Values, axis: int = -1) -> Values:
    """Standard error of mean a − mean b, had the paths been independent: √((var a + var b) ÷ n).

    Over the same pairs as :func:`paired_difference`, whose squared error is smaller by 2 cov(a, b) ÷ n.

    Args:
        a: one arrangement.
        b: the other, in the shape and unit of a.
        axis: axis of the paths, without the central one.

    Returns:
        Unit of a; NaN with fewer than two pairs.
    """
    both = ~jnp.isnan(a - b)
    _, variance_a, count = _moments(a, both, axis)
    _, variance_b, _ = _moments(b, both, axis)
    return jnp.sqrt((variance_a + variance_b) / count)


def winners(transfers: Values, people: Values, axis: int = -1, threshold: float = 0) -> Winners:
    """People in regions whose net transfer exceeds the threshold, and in regions where it is below its negative.

    Args:
        transfers: net transfer of the region, or its difference between two arrangements; positive = received.
        people: persons, in the shape of the transfers.
        axis: axis of the regions.
        threshold: transfers up to it, either way, neither gain nor lose; unit of the transfers.

    Returns:
        Persons; NaN where a transfer is missing.
    """
    known = jnp.where(jnp.isnan(transfers), jnp.nan, people)
    gain = jnp.sum(jnp.where(transfers <= threshold, 0, known), axis=axis)
    lose = jnp.sum(jnp.where(transfers >= -threshold, 0, known), axis=axis)
    return Winners(gain=gain, lose=lose)


def _moments(
    values: Values, counts: Bool[Array, "..."], axis: int
) -> tuple[Values, Values, Values]:
    """Mean, variance (n − 1) and number n of the values that count; NaN where n is too small."""
    count = jnp.sum(counts.astype(values.dtype), axis=axis, keepdims=True)
    mean = quotient(jnp.sum(jnp.where(counts, values, 0), axis=axis, keepdims=True), count)
    apart = jnp.where(counts, values - mean, 0)
    variance = quotient(jnp.sum(apart * apart, axis=axis, keepdims=True), count - 1)
    return jnp.squeeze(mean, axis), jnp.squeeze(variance, axis), jnp.squeeze(count, axis)
