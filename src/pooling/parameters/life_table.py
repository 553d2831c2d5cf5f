"""One-year life tables: from death rates to survival by age at the end of the year and to life expectancy.

The first year of life uses the average time lived by those who die in it of Andreev and Kingkade (2015), as the United
Nations do; deaths at every other age fall in the middle of the year of age.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pooling.axes import OLDEST_AGE

FloatArray = NDArray[np.float64]

_MALE_INFANT = ((0.0230, 0.14929, -1.99545), (0.08307, 0.02832, 3.26021), (np.inf, 0.29915, 0.0))
_FEMALE_INFANT = ((0.01724, 0.14903, -2.05527), (0.06891, 0.04667, 3.88089), (np.inf, 0.31411, 0.0))


class LifeTable(NamedTuple):
    """Stationary population of one birth a year."""

    alive: FloatArray
    """Share alive at exact age 0…100, ``[..., 101]``."""
    lived: FloatArray
    """Person-years lived in ages 0…99 and in the open group 100+, ``[..., 101]``."""


def infant_fraction(rate: FloatArray, pieces: tuple[tuple[float, float, float], ...]) -> FloatArray:
    """Years lived in the first year of age by those who die in it.

    Source: Andreev and Kingkade (2015), Average age at death in infancy and infant mortality level, Demographic
    Research 33: straight lines in the death rate of age 0.

    Args:
        rate: deaths a person-year at age 0.
        pieces: (upper end of the rate, constant, slope) of every line, ascending.
    """
    ends, constants, slopes = (np.array(column) for column in zip(*pieces, strict=True))
    piece = np.searchsorted(ends[:-1], rate, side="right")
    return constants[piece] + slopes[piece] * rate


def life_table(rates: FloatArray) -> LifeTable:
    """Life table of death rates by sex and single age.

    Args:
        rates: deaths a person-year ``[..., 2, 101]``, male first; the last age is the open group 100+.
    """
    fraction = np.full_like(rates, 0.5)
    fraction[..., 0, 0] = infant_fraction(rates[..., 0, 0], _MALE_INFANT)
    fraction[..., 1, 0] = infant_fraction(rates[..., 1, 0], _FEMALE_INFANT)
    # Above a rate of 2 the deaths of a year can no longer fall in its middle: everybody dies.
    dying = np.minimum(rates / (1 + (1 - fraction) * rates), 1.0)
    alive = np.ones_like(rates)
    alive[..., 1:] = np.cumprod(1 - dying[..., :OLDEST_AGE], axis=-1)
    lived = alive * (1 - dying * (1 - fraction))
    lived[..., OLDEST_AGE] = alive[..., OLDEST_AGE] / rates[..., OLDEST_AGE]
    return LifeTable(alive, lived)


def life_expectancy(rates: FloatArray) -> FloatArray:
    """Life expectancy at birth in years, ``[..., 2]``, of death rates ``[..., 2, 101]``."""
    return life_table(rates).lived.sum(axis=-1)


def survival_ratios(rates: FloatArray) -> FloatArray:
    """Share surviving a calendar year by age at its END, ``[..., 2, 101]``.

    Index 0 is from births to 31 December, 1…99 from the age a year younger, 100 from 99 and 100+ together:
    L(0), L(x) ÷ L(x-1), L(100+) ÷ (L(99) + L(100+)).
    """
    lived = life_table(rates).lived
    ratios = np.empty_like(lived)
    ratios[..., 0] = lived[..., 0]
    ratios[..., 1:OLDEST_AGE] = lived[..., 1:OLDEST_AGE] / lived[..., : OLDEST_AGE - 1]
    last_two = lived[..., OLDEST_AGE - 1] + lived[..., OLDEST_AGE]
    ratios[..., OLDEST_AGE] = lived[..., OLDEST_AGE] / last_two
    return ratios
