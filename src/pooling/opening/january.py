"""The nation on 1 January from published mid-year populations."""

import numpy as np
from numpy.typing import NDArray

from pooling.axes import OLDEST_AGE, SEXES
from pooling.parameters.demography import NationalRates

FloatArray = NDArray[np.float64]


def on_1_january(midyear: FloatArray, rates: NationalRates, year: int) -> FloatArray:
    """Population on 1 January of one year of a run of mid-year populations.

    The United Nations' mid-year population is the mean of two consecutive 1 January ones, so that each follows from the
    one before: P(t+1) = 2 M(t) - P(t). The free constants, one a sex and age, are those that come nearest to the
    cohorts' survival and migration, P(x, t+1) = s(x, t) P(x-1, t) + net(x, t), and to the births of the mid-year
    women, in persons over all the years. (In relative terms the few people past 95, whose rates are the least sure,
    would decide on a zigzag over all ages: 350 thousand persons instead of 2 at the worst age in China.)

    Args:
        midyear: persons ``[t, 2, 101]`` at the middle of consecutive years.
        rates: national rates of the same years.
        year: position of the year wanted.

    Returns:
        Persons ``[2, 101]``.
    """
    births = (midyear[:, SEXES.index("female")] * rates.fertility).sum(axis=1)
    boys = rates.sex_ratio / (1 + rates.sex_ratio)
    split = np.stack([boys, 1 - boys], axis=1)
    return np.stack(
        [
            _of_one_sex(midyear[:, s], rates.survival[:, s], arrivals, year)
            for s, arrivals in enumerate(np.moveaxis(_arrivals(rates, births, split), 1, 0))
        ]
    )


def _arrivals(rates: NationalRates, births: FloatArray, split: FloatArray) -> FloatArray:
    """People at the end of the year who were not there at its start: migrants and newborn, ``[t, 2, 101]``."""
    arrivals = rates.net_migration.copy()
    arrivals[..., 0] += births[:, None] * split * rates.survival[..., 0]
    return arrivals


def _of_one_sex(
    midyear: FloatArray, survival: FloatArray, arrivals: FloatArray, year: int
) -> FloatArray:
    """Least squares for one sex; every array ``[t, 101]``. Returns the 1 January of ``year``, ``[101]``."""
    identity = np.eye(midyear.shape[1])
    # P(t) = sign · first + known[t], the sign changing every year.
    sign, known = 1.0, [np.zeros(midyear.shape[1])]
    rows, constants = [], []
    for middle, living, arriving in zip(midyear, survival, arrivals, strict=True):
        known.append(2 * middle - known[-1])
        move = _ageing(living)
        rows.append(-sign * (identity + move))
        constants.append(arriving + move @ known[-2] - known[-1])
        sign = -sign
    first = np.linalg.lstsq(np.concatenate(rows), np.concatenate(constants), rcond=None)[0]
    return (-1.0) ** year * first + known[year]


def _ageing(survival: FloatArray) -> FloatArray:
    """Matrix that survives a population by single age to the end of the year; newborn left out."""
    move = np.diag(survival[1:], k=-1)
    move[OLDEST_AGE, OLDEST_AGE] = survival[OLDEST_AGE]
    return move
