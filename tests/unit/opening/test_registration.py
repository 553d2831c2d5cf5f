"""Registration classes: exact margins, an odds ratio worked by hand, and proportional fitting done step by step."""

import numpy as np
import pytest

from pooling.axes import AGES
from pooling.errors import OpeningError
from pooling.opening.registration import by_class, migrant_propensity

RNG = np.random.default_rng(7)
CODES = np.array([110000, 120000, 130100, 130200])


def sample():
    residents = RNG.uniform(0, 50_000, (2, AGES, 4))
    propensity = RNG.uniform(0, 3, (2, AGES))
    total = residents.sum(axis=(0, 1))
    return (
        residents,
        np.array([0.1, 0.0, 0.7, 0]) * total,
        np.array([0.2, 0.3, 0.2, 0]) * total,
        propensity,
    )


def test_margins_are_exact():
    residents, in_province, elsewhere, propensity = sample()
    people = by_class(residents, in_province, elsewhere, propensity, CODES)
    assert people.shape == (3, 2, AGES, 4)
    assert people.min() >= 0
    np.testing.assert_allclose(people.sum(axis=0), residents, rtol=1e-15)
    totals = people.sum(axis=(1, 2))
    np.testing.assert_allclose(totals[1], in_province, rtol=1e-12)
    np.testing.assert_allclose(totals[2], elsewhere, rtol=1e-12)


def test_odds_by_hand():
    # Two cells of 100 with propensities 1 and 3. At odds 1 a half and three quarters are registered elsewhere: 125.
    residents = np.zeros((2, AGES, 1))
    residents[0, 20], residents[1, 30] = 100, 100
    propensity = np.zeros((2, AGES))
    propensity[0, 20], propensity[1, 30] = 1, 3
    people = by_class(residents, np.array([25.0]), np.array([100.0]), propensity, CODES[:1])
    np.testing.assert_allclose(people[:, 0, 20, 0], [50, 10, 40], rtol=1e-12)
    np.testing.assert_allclose(people[:, 1, 30, 0], [25, 15, 60], rtol=1e-12)


def test_it_is_the_fixed_point_of_proportional_fitting():
    residents, in_province, elsewhere, propensity = sample()
    away = residents * propensity[..., None]
    table = np.stack([residents, away, away])
    moved = np.stack([in_province, elsewhere])
    margins = np.concatenate([residents.sum(axis=(0, 1))[None] - moved.sum(axis=0), moved])
    for _ in range(2000):
        sums = table.sum(axis=(1, 2))
        factor = np.divide(margins, sums, out=np.zeros_like(sums), where=sums > 0)
        table *= factor[:, None, None]
        table *= residents / table.sum(axis=0)
    people = by_class(residents, in_province, elsewhere, propensity, CODES)
    np.testing.assert_allclose(people, table, rtol=1e-8, atol=1e-6)


def test_more_migrants_than_residents_is_an_error_that_names_the_place():
    residents, in_province, elsewhere, propensity = sample()
    elsewhere[2] *= 5
    with pytest.raises(OpeningError, match="130100"):
        by_class(residents, in_province, elsewhere, propensity, CODES)


def test_propensity_has_mean_one_and_nobody_where_nobody_lives():
    profile = RNG.uniform(0, 1, (2, AGES))
    profile /= profile.sum(axis=1, keepdims=True)
    residents = RNG.uniform(1, 9, (2, AGES))
    propensity = migrant_propensity(profile, residents)
    np.testing.assert_allclose((propensity * residents).sum(axis=1), residents.sum(axis=1))
    residents[0, 100] = 0
    assert migrant_propensity(profile, residents)[0, 100] == 0
