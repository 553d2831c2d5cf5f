"""Risk that an arrangement takes off a region, over stochastic paths.

Ageing is predictable drift and no risk: risk is the deviation of a path from the central one, or the spread over paths.
Unless said otherwise the axis of the paths leaves the central path out, and a missing number makes the result missing.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.measures.quotient import quotient

Values = Float[Array, "..."]

TAIL = 0.95


class Estimate(NamedTuple):
    """A statistic over paths, one array or several, and its Monte Carlo standard error in the same form and unit."""

    value: Any
    standard_error: Any


class TailReduction(NamedTuple):
    """What an arrangement takes off a rate, in the unit of the rate."""

    quantile: Values
    volatility: Values


class Shocks(NamedTuple):
    """Of one path, over the years; deviations from the central path."""

    taken: Values
    """−Σ d₀ d_k, what a channel adds where own contributions fall short, times the shock [.., channel, region]."""
    shock: Values
    """Σ d₀² [.., 1, region]."""


def shocks_of_path(
    channels: Float[Array, "*n channel region y"], central: Float[Array, "*n channel region y"]
) -> Shocks:
    """Squares and products of one path's shocks, for :func:`smoothing_shares`.

    Own contributions and channels pay all benefits: x₀ + Σ f_k = 1. The shock is the deviation of x₀ from the central
    path; as it is minus the sum of the channels' deviations, shares of the channels sum to one.

    In levels, not in logs as the panel studies have it: what a pool pays to others leaves it with resources after
    settlement that need not be positive, and levels make the channels additive whatever their order.

    Args:
        channels: f_k, share of the benefits that a channel pays.
        central: the same on the central path.
    """
    apart = channels - central
    shock = -jnp.sum(apart, axis=-3, keepdims=True)
    return Shocks(-jnp.sum(apart * shock, axis=-1), jnp.sum(shock * shock, axis=-1))


def smoothing_shares(taken: Values, shock: Values, axis: int = 0) -> Values:
    """Shares of a shock that the channels take: β_k = −Σ d₀ d_k ÷ Σ d₀², over years and paths; sum to one.

    Each may be negative, as that of a channel that makes the shock larger, or exceed one.

    Args:
        taken: :class:`Shocks` of every path; sums over regions pool them.
        shock: the same.
        axis: axis of the paths, without the central one.

    Returns:
        Fractions; NaN where nothing varies.

    Source: Asdrubali, Sørensen and Yosha (1996), on deviations of paths instead of growth rates.
    """
    whole = jnp.sum(shock, axis=axis)
    return quotient(jnp.sum(taken, axis=axis), whole)


def insurance(without: Values, with_: Values, axis: int = -1) -> Values:
    """Insurance of each region: Var_k(without) − Var_k(with_); negative where the arrangement adds risk.

    With with_ = without + e it equals −2 cov(without, e) − var(e): a random transfer insures nothing.

    Args:
        without: y without the arrangement: PV of the deficit before deficit subsidy over PV of the standardised wage
            bill; fraction.
        with_: y with it, on the same paths.
        axis: axis of the paths, at least two.

    Returns:
        Square of the unit of y.
    """
    return _variance(without, axis) - _variance(with_, axis)


def insurance_value(without: Values, with_: Values, axis: int = -1) -> Values:
    """Share of the variance that the arrangement removes: 1 − Var_k(with_) ÷ Var_k(without); NaN without risk.

    Args:
        without: y without the arrangement, as in :func:`insurance`.
        with_: y with it, on the same paths.
        axis: axis of the paths, at least two.

    Returns:
        Fraction, at most 1; negative where the arrangement adds risk.
    """
    return 1 - quotient(_variance(with_, axis), _variance(without, axis))


def redistribution_variance(
    transfers: Float[Array, "... region path"], people: Float[Array, "... region"]
) -> Values:
    """Predictable redistribution var_p(m_p): variance over regions, weighted, of the mean transfer over paths.

    The sampling error of the means adds about the mean var_k ÷ number of paths to it.

    Args:
        transfers: net transfer per head or over the wage bill.
        people: weights of the regions.

    Returns:
        Square of the unit of the transfers; NaN where nobody lives.
    """
    shares = people / jnp.sum(people, axis=-1, keepdims=True)
    means = jnp.mean(transfers, axis=-1)
    apart = means - jnp.sum(shares * means, axis=-1, keepdims=True)
    return jnp.sum(shares * apart * apart, axis=-1)


def common_shock_share(
    values: Float[Array, "... region path"], weights: Float[Array, "... region"]
) -> Values:
    """Part of the risk that no arrangement can insure: Var_k(Σ w_p y_pk) ÷ Σ w_p Var_k(y_p), w summing to one.

    Args:
        values: y of each region without an arrangement, on at least two paths.
        weights: of the regions: wage bill, where y is a fraction of it.

    Returns:
        Fraction within [0, 1]: 1 where all regions move as one; NaN without risk.
    """
    shares = weights / jnp.sum(weights, axis=-1, keepdims=True)
    national = jnp.sum(shares[..., None] * values, axis=-2)
    regional = jnp.sum(shares * _variance(values, -1), axis=-1)
    return quotient(_variance(national, -1), regional)


def tail_reduction(without: Values, with_: Values, axis: int = -1) -> TailReduction:
    """What an arrangement takes off the 95th percentile and off the standard deviation of the required rate.

    Args:
        without: required rate without the arrangement; fraction.
        with_: with it, on the same paths.
        axis: axis of the paths, at least two.

    Returns:
        Differences of the percentiles (linear between order statistics) and of the standard deviations (n − 1);
        negative where the arrangement adds.
    """
    quantiles, deviations = [], []
    for rates in (without, with_):
        quantiles.append(jnp.quantile(rates, TAIL, axis=axis))
        deviations.append(jnp.sqrt(_variance(rates, axis)))
    return TailReduction(quantiles[0] - quantiles[1], deviations[0] - deviations[1])


def jackknife(
    statistic: Callable[..., Any],
    samples: Sequence[Values],
    axis: int = -1,
    groups: int | None = None,
) -> Estimate:
    """A statistic with its standard error from leaving out g groups of paths in turn: √((g − 1)/g Σ (θ₍ᵢ₎ − θ̄)²).

    For a mean it is sd ÷ √n. A percentile is not smooth: give it about 20 to 40 groups, each of several paths.

    Args:
        statistic: from the samples, of any number of paths, to an array or a tuple of arrays.
        samples: arrays on the same paths; the central path is none of them.
        axis: axis of the paths in every sample.
        groups: number of equal runs of consecutive paths; by default each path is one.

    Returns:
        The statistic of all paths and its standard error, in the same form; NaN for a single group.

    Source: Efron and Stein (1981); Shao and Wu (1989) for groups.
    """
    paths = samples[0].shape[axis]
    groups = paths if groups is None else groups
    if groups < 1 or paths % groups:
        raise ValueError(f"{paths} paths do not make {groups} equal groups")
    value = statistic(*samples)
    if groups == 1:
        return Estimate(value, jax.tree.map(lambda leaf: jnp.full_like(leaf, jnp.nan), value))
    size = paths // groups

    def without(group: Array) -> Any:
        kept = ((group + 1) * size + jnp.arange(paths - size)) % paths
        return statistic(*(jnp.take(sample, kept, axis=axis) for sample in samples))

    def error(partial: Values) -> Values:
        apart = partial - jnp.mean(partial, axis=0, keepdims=True)
        return jnp.sqrt((groups - 1) / groups * jnp.sum(apart * apart, axis=0))

    # One after the other: all at once would hold as many copies of the samples as there are groups.
    return Estimate(value, jax.tree.map(error, jax.lax.map(without, jnp.arange(groups))))


def _variance(values: Values, axis: int) -> Values:
    """Sample variance, over n − 1; NaN for a single path."""
    count = values.shape[axis]
    # Measured from the first path, equal paths give exactly zero.
    apart = values - jnp.take(values, jnp.arange(1), axis=axis)
    apart = apart - jnp.mean(apart, axis=axis, keepdims=True)
    squares = jnp.sum(apart * apart, axis=axis)
    return squares / (count - 1) if count > 1 else jnp.full_like(squares, jnp.nan)
