"""Risk that an arrangement takes off a region, over stochastic paths.

Ageing is predictable drift and no risk: risk is the deviation of a path from the central one, or the spread over paths.
Unless said otherwise the axis of the paths leaves the central path out, and a missing number makes the result missing.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

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


def log_ratio_deviations(resources: Values, obligations: Values, axis: int = -1) -> Values:
    """Deviation d of ln(resources ÷ obligations) from the central path, with which the axis begins.

    Args:
        resources: contributions at first, then with settlement, drawn reserves and subsidies; currency a year.
        obligations: benefits and administration, cut or not; currency a year.
        axis: axis of the paths, the central one first.

    Returns:
        One path fewer; NaN where a ratio has no logarithm, on every path where that is the central one.
    """
    some = (resources > 0) & (obligations > 0)
    ratio = jnp.where(some, resources, 1) / jnp.where(some, obligations, 1)
    logs = jnp.moveaxis(jnp.where(some, jnp.log(ratio), jnp.nan), axis, 0)
    return jnp.moveaxis(logs[1:] - logs[:1], 0, axis)


def smoothing_shares(
    stages: Float[Array, "stage region year path"],
    effect: Literal["none", "year", "year and path"] = "year",
) -> Float[Array, " stage"]:
    """Shares of a shock that the channels take: β_k = cov(d_{k−1} − d_k, d₀) ÷ var(d₀), k = 1…, then the rest.

    The rest cov(d_K, d₀) ÷ var(d₀) is unsmoothed; the shares sum to one, each may be negative or exceed one.
    Covariances are pooled over regions, years and paths, every cell alike.

    Args:
        stages: deviations d (:func:`log_ratio_deviations`) of the ratio of a region's own contributions and
            obligations, then after pool settlement, reserves, scheduled subsidy, deficit subsidy, benefit cut.
        effect: α_t, whose mean is taken off: none; that of the year over regions and paths; that of the year on each
            path over regions, which leaves only what strikes regions differently.

    Returns:
        Share of each channel, last the unsmoothed rest; fractions, NaN where d₀ does not vary.

    Source: Asdrubali, Sørensen and Yosha (1996), on deviations of paths instead of growth rates.
    """
    alike: tuple[int, ...] = {"none": (1, 2, 3), "year": (1, 3), "year and path": (1,)}[effect]
    # Measured from one cell, equal deviations give exactly zero.
    one = stages[tuple(slice(0, 1) if axis in alike else slice(None) for axis in range(4))]
    apart = (stages - one) - jnp.mean(stages - one, axis=alike, keepdims=True)
    moments = jnp.sum(apart * apart[:1], axis=(1, 2, 3))
    loadings = quotient(moments, jnp.broadcast_to(moments[:1], moments.shape))
    return jnp.append(loadings[:-1] - loadings[1:], loadings[-1:])


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
