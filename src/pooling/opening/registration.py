"""Registration classes of the residents from census margins and the age profile of migrants."""

import numpy as np
from numpy.typing import NDArray

from pooling.errors import OpeningError
from pooling.parameters.lookup import share_of

FloatArray = NDArray[np.float64]

_LOG_ODDS_RANGE = 40.0
"""exp(±40) is beyond every odds that double precision can tell from 0 or infinity in a share of people."""

_HALVINGS = 64
"""Halvings of that range: 80 ÷ 2⁶⁴ is below the eps of double."""


def by_class(
    residents: FloatArray,
    in_province: FloatArray,
    elsewhere: FloatArray,
    propensity: FloatArray,
    codes: NDArray[np.integer],
) -> FloatArray:
    """Split residents into registered here, elsewhere in the province and in another province.

    Proportional fitting to the margins (residents by sex and age; people by class) of a table that starts with the
    residents as registered here and residents × propensity as registered elsewhere. Its fixed point is written down
    directly: the share registered elsewhere of a cell is o·r ÷ (1 + o·r), r the propensity of the sex and age and o one
    number a municipality, found by bisection. Both classes elsewhere have one profile, so they split in one proportion.

    Args:
        residents: by sex, age and municipality ``[2, 101, m]``.
        in_province: people registered elsewhere in the province ``[m]``.
        elsewhere: people registered in another province ``[m]``.
        propensity: relative frequency of being registered elsewhere by sex and age ``[2, 101]``.
        codes: codes of the municipalities, for messages.

    Returns:
        Persons ``[3, 2, 101, m]``; never negative, the classes sum to the residents.

    Source: Deming and Stephan (1940), On a least squares adjustment of a sampled frequency table, Annals of
    Mathematical Statistics 11.
    """
    moved = in_province + elsewhere
    able = residents[propensity > 0].sum(axis=0)
    if np.any(moved > able):
        raise OpeningError(
            "population/registration: more people registered elsewhere than residents of the migrants' ages in "
            f"{codes[moved > able].tolist()}"
        )
    away = residents * _share_elsewhere(residents, moved, propensity)
    part = share_of(in_province, moved)
    return np.stack([residents - away, away * part, away * (1 - part)])


def _share_elsewhere(
    residents: FloatArray, moved: FloatArray, propensity: FloatArray
) -> FloatArray:
    """Share registered elsewhere ``[2, 101, m]`` such that ``moved`` people are, in odds proportional to propensity."""
    cells = residents.reshape(-1, residents.shape[-1])
    frequency = propensity.reshape(-1, 1)
    low = np.full(moved.shape, -_LOG_ODDS_RANGE)
    high = -low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        odds = frequency * np.exp(middle)
        short = (cells * (odds / (1 + odds))).sum(axis=0) < moved
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    odds = frequency * np.exp(high)
    return np.where(moved > 0, odds / (1 + odds), 0.0).reshape(residents.shape)


def migrant_propensity(profile: FloatArray, residents: FloatArray) -> FloatArray:
    """Relative frequency of migrants by sex and single age; the mean over the residents is 1 within each sex.

    Args:
        profile: share of the migrants of a sex in each single age ``[2, 101]``, from the ages of the census.
        residents: the nation's residents on the census date ``[2, 101]``.
    """
    share = residents / residents.sum(axis=1, keepdims=True)
    return share_of(profile, share)
