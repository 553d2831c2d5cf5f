"""From published age groups and periods to single ages and calendar years.

Counts and fertility are split by a monotone spline of the cumulated groups (group totals exact, never negative). Death
rates follow a monotone spline of their logarithm whose knots are moved until the life table reproduces every group's
rate; between periods they run log-linearly, and one factor a year brings them to the published life expectancy.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from pooling.axes import AGES, OLDEST_AGE
from pooling.errors import OpeningError
from pooling.parameters.life_table import life_expectancy, life_table

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.integer]

_ROUNDING = 1e-12
"""Relative accuracy of the two iterations below: a few eps of double, reached in 5 to 25 rounds on the UN tables."""

_MAX_ROUNDS = 200


def split_groups(totals: FloatArray, bounds: ArrayLike) -> FloatArray:
    """Split group totals to single ages by a monotone cubic (PCHIP) of the cumulated totals.

    Args:
        totals: totals of contiguous age groups ``[..., g]``, not negative.
        bounds: ``g + 1`` ages: the lower bounds of the groups and the end of the last one.

    Returns:
        Totals of the ages ``bounds[0]`` … ``bounds[-1] - 1``; those of a group sum to its total.

    Source: Fritsch and Carlson (1980), Monotone piecewise cubic interpolation, SIAM J. Numerical Analysis 17.
    """
    ends = np.asarray(bounds)
    cumulated = np.concatenate([np.zeros((*totals.shape[:-1], 1)), np.cumsum(totals, -1)], -1)
    ages = np.arange(ends[0], ends[-1] + 1)
    curve = PchipInterpolator(ends, cumulated, axis=-1)(ages)
    # Rounding may leave -1e-16 of the total on a flat stretch.
    return np.maximum(np.diff(curve, axis=-1), 0.0)


def graduate_mortality(rates: FloatArray, lower: IntArray) -> FloatArray:
    """Death rates by single age from rates of age groups.

    Knots of log rates stand in the middle of the groups on the scale log(1 + age), where the fall after birth is nearly
    straight. They are moved until the deaths and person-years of the life table give back every group's rate. An open
    group that starts at 100 is one single age and keeps its rate; one that starts earlier has its knot at the mean age
    of its stationary population. Groups of one year keep their rates.

    Args:
        rates: deaths a person-year ``[..., 2, g]`` by sex and age group.
        lower: first ages of the ``g`` contiguous groups, ascending from 0; the last group is open.

    Returns:
        Deaths a person-year ``[..., 2, 101]``.
    """
    if not np.all(rates > 0):
        raise OpeningError(
            "demography/mortality: a death rate is zero or negative; all must be above zero"
        )
    knots = _knots(rates, lower)
    log_rates = np.log(rates)
    for _ in range(_MAX_ROUNDS):
        single = _curve(knots, log_rates, rates, lower)
        lived = life_table(single).lived
        implied = _sums(single * lived, lower) / _sums(lived, lower)
        error = np.log(rates / implied)
        if np.abs(error).max() < _ROUNDING:
            return single
        log_rates = log_rates + error
    raise OpeningError(
        "demography/mortality: no smooth curve by single age reproduces the rates of the age groups"
    )


def _knots(rates: FloatArray, lower: IntArray) -> FloatArray:
    """Ages in the middle of the groups; of the open group its mean age where no one outlives the rate."""
    middle = (lower[:-1] + lower[1:]) / 2
    return np.append(middle, lower[-1] + np.mean(1 / rates[..., -1]))


def _curve(
    knots: FloatArray, log_rates: FloatArray, rates: FloatArray, lower: IntArray
) -> FloatArray:
    """Rates by single age of the curve through the knots; level before the first, straight in log beyond the last."""
    used = len(lower) - 1 if lower[-1] == OLDEST_AGE else len(lower)
    scale = np.log1p(knots[:used])
    spline = PchipInterpolator(scale, log_rates[..., :used], axis=-1)
    ages = np.log1p(np.arange(AGES) + 0.5)
    within = np.clip(ages, scale[0], scale[-1])
    beyond = np.maximum(ages - scale[-1], 0.0)
    single = np.exp(spline(within) + spline(scale[-1], 1)[..., None] * beyond)
    if lower[-1] == OLDEST_AGE:
        single[..., OLDEST_AGE] = rates[..., -1]
    return single


def _sums(values: FloatArray, lower: IntArray) -> FloatArray:
    """Sums over the age groups of values by single age."""
    return np.add.reduceat(values, lower, axis=-1)


def interpolate_periods(rates: FloatArray, period_start: IntArray, years: IntArray) -> FloatArray:
    """Rates of calendar years, log-linear between the middles of the periods.

    A period of several years runs from mid-year to mid-year, as the United Nations' do; a period of one year is the
    calendar year. Outside the first and the last middle the nearest line goes on.

    Args:
        rates: by period ``[t, ...]``.
        period_start: years in which the periods start, ascending; a period ends where the next one starts.
        years: calendar years wanted.

    Returns:
        Rates ``[y, ...]``.
    """
    if len(period_start) == 1:
        return np.repeat(rates, len(years), axis=0)
    length = np.append(np.diff(period_start), period_start[-1] - period_start[-2])
    middle = period_start + length / 2 + np.where(length > 1, 0.5, 0.0)
    time = np.asarray(years) + 0.5
    first = np.clip(np.searchsorted(middle, time) - 1, 0, len(middle) - 2)
    weight = (time - middle[first]) / (middle[first + 1] - middle[first])
    weight = weight.reshape(-1, *[1] * (rates.ndim - 1))
    logs = np.log(rates)
    return np.exp((1 - weight) * logs[first] + weight * logs[first + 1])


def scale_to_life_expectancy(rates: FloatArray, target: FloatArray) -> FloatArray:
    """One factor on all ages of every year and sex, so that the life expectancy at birth is the published one.

    Args:
        rates: deaths a person-year ``[..., 2, 101]``.
        target: life expectancy at birth in years ``[..., 2]``.
    """
    log_factor = np.zeros_like(target)
    step = 1e-5
    for _ in range(_MAX_ROUNDS):
        scaled = rates * np.exp(log_factor)[..., None]
        error = life_expectancy(scaled) - target
        if np.abs(error).max() < _ROUNDING * target.max():
            return scaled
        slope = (life_expectancy(scaled * np.exp(step)) - life_expectancy(scaled)) / step
        # Life expectancy falls with the factor; steps of at most e keep a far target from overshooting.
        log_factor = log_factor - np.clip(error / np.minimum(slope, -1e-9), -1, 1)
    raise OpeningError("demography/life_expectancy: no factor on the death rates reproduces it")
