"""Thresholds in a cell of which only the mean and a declared spread are known (README section 5, step 6).

Values lie evenly on mean · (1 ± √3 · spread); spread 0 is one exact person. Wages of a cell are log-normal.
"""

from math import erf, sqrt

import numpy as np

from challenger.given import Array


def _range(mean: Array, spread: float) -> tuple[Array, Array]:
    half = min(sqrt(3) * spread, 1.0)
    return mean * (1 - half), mean * (1 + half)


def _over(part: Array, whole: Array) -> Array:
    """part ÷ whole, 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def share_reaching(mean: Array, threshold: float, spread: float) -> Array:
    """Share of the people of a cell who reach a threshold; nobody where the mean is nothing."""
    if spread == 0:
        return np.where((mean >= threshold) & (mean > 0), 1.0, 0.0)
    low, high = _range(mean, spread)
    return np.clip(_over(high - threshold, high - low), 0, 1)


def total_of_those(mean: Array, threshold: float, spread: float) -> Array:
    """Share of the cell's total that those hold who reach a threshold."""
    if spread == 0:
        return share_reaching(mean, threshold, spread)
    low, high = _range(mean, spread)
    share = share_reaching(mean, threshold, spread)
    their_mean = 0.5 * (np.maximum(low, threshold) + high)
    return _over(share * their_mean, mean)


def mean_up_to(mean: Array, cap: float, spread: float) -> Array:
    """Mean of the lesser of a value and a cap."""
    if spread == 0:
        return np.minimum(mean, cap)
    low, high = _range(mean, spread)
    above = share_reaching(mean, cap, spread)
    below_mean = 0.5 * (low + np.minimum(high, cap))
    return above * cap + (1 - above) * below_mean


def clamped_lognormal(median: Array, sd: float, floor: Array, cap: Array) -> Array:
    """Mean of a log-normal wage cut at a floor and a cap."""
    if sd == 0:
        return np.clip(median, floor, cap)
    normal = np.vectorize(lambda z: 0.5 * (1 + erf(z / sqrt(2))), otypes=[float])
    below, above = np.log(floor / median) / sd, np.log(cap / median) / sd
    between = normal(above - sd) - normal(below - sd)
    mean = median * np.exp(sd**2 / 2)
    return floor * normal(below) + mean * between + cap * (1 - normal(above))
