"""Graduation: what is published comes back exactly, for any partition of the ages and any period."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pooling.axes import AGES
from pooling.errors import PoolingError
from pooling.parameters.graduation import (
    graduate_mortality,
    interpolate_periods,
    scale_to_life_expectancy,
    split_groups,
)
from pooling.parameters.life_table import life_expectancy, life_table

AGE = np.arange(AGES)
SMOOTH = np.stack([3e-5 * np.exp(0.095 * AGE), 1.5e-5 * np.exp(0.1 * AGE)])
SMOOTH += 0.005 * np.exp(-1.5 * AGE)

PARTITIONS = {
    "abridged to 100+": np.array([0, 1, *range(5, 101, 5)]),
    "abridged to 85+": np.array([0, 1, *range(5, 86, 5)]),
    "five years throughout": np.arange(0, 101, 5),
    "uneven": np.array([0, 1, 5, 15, 20, 30, 35, 45, 60, 63, 70, 80, 90]),
    "single ages": AGE,
}


def grouped(rates, lower):
    """Rates of age groups that a life table of single ages implies."""
    lived = life_table(rates).lived
    deaths = np.add.reduceat(rates * lived, lower, axis=-1)
    return deaths / np.add.reduceat(lived, lower, axis=-1)


@given(st.lists(st.floats(0, 1e8), min_size=2, max_size=12), st.integers(1, 7))
def test_groups_keep_their_totals(totals, width):
    bounds = np.arange(len(totals) + 1) * width
    single = split_groups(np.array(totals), bounds)
    assert single.min() >= 0
    # Differences of a cumulated sum: rounding is relative to the whole.
    np.testing.assert_allclose(
        np.add.reduceat(single, bounds[:-1]), totals, rtol=0, atol=1e-14 * (sum(totals) + 1e-300)
    )


def test_equal_densities_split_evenly():
    np.testing.assert_allclose(split_groups(np.array([10.0, 20, 50]), [0, 1, 3, 8]), 10, rtol=1e-13)


def test_a_quadratic_density_is_nearly_recovered():
    # Ages 20 … 59 of x²: within 2.5 % (measured 2.1 %: the limiter against negative ages flattens slopes).
    whole = np.diff(np.arange(10, 61) ** 3 / 3.0)
    split = split_groups(whole.reshape(-1, 5).sum(axis=1), np.arange(10, 61, 5))
    np.testing.assert_allclose(split[10:], whole[10:], rtol=0.025)


@pytest.mark.parametrize("lower", PARTITIONS.values(), ids=PARTITIONS)
def test_the_life_table_gives_every_group_its_rate(lower):
    rates = grouped(SMOOTH, lower)
    np.testing.assert_allclose(grouped(graduate_mortality(rates, lower), lower), rates, rtol=1e-11)


def test_single_ages_are_left_alone():
    np.testing.assert_allclose(graduate_mortality(SMOOTH, AGE), SMOOTH, rtol=1e-11)


def test_a_smooth_table_is_recovered_from_its_groups():
    lower = PARTITIONS["abridged to 100+"]
    single = graduate_mortality(grouped(SMOOTH, lower), lower)
    # Measured 1.0 % at worst at 15 … 94; the minimum at 10 lies within a group.
    np.testing.assert_allclose(single[:, 15:95], SMOOTH[:, 15:95], rtol=0.012)
    np.testing.assert_allclose(single[:, [0, 100]], SMOOTH[:, [0, 100]], rtol=1e-11)


def test_a_rate_of_zero_is_an_error():
    rates = grouped(SMOOTH, PARTITIONS["uneven"])
    rates[0, 3] = 0
    with pytest.raises(PoolingError, match="zero or negative"):
        graduate_mortality(rates, PARTITIONS["uneven"])


def test_periods_of_five_years_are_met_at_their_middle():
    # 1 July 2020 to 30 June 2025 has its middle on 1 January 2023, half a year before that of 2023.
    rates = np.array([0.04, 0.02, 0.01])
    by_year = interpolate_periods(rates, np.array([2020, 2025, 2030]), np.arange(2022, 2034))
    assert by_year[0] * by_year[1] == pytest.approx(0.04**2)
    assert by_year[5] * by_year[6] == pytest.approx(0.02**2)
    np.testing.assert_allclose(np.diff(np.log(by_year)), np.log(0.5) / 5, rtol=1e-12)


def test_periods_of_one_year_are_calendar_years():
    rates = np.array([[0.04], [0.03], [0.05]])
    by_year = interpolate_periods(rates, np.array([2020, 2021, 2022]), np.array([2021, 2022]))
    np.testing.assert_allclose(by_year, rates[1:], rtol=1e-14)


def test_one_period_holds_for_every_year():
    np.testing.assert_array_equal(
        interpolate_periods(np.array([[0.1, 0.2]]), np.array([2000]), np.array([1990, 2050])),
        [[0.1, 0.2]] * 2,
    )


@given(st.floats(60, 88), st.floats(62, 92))
def test_life_expectancy_is_reproduced(male, female):
    target = np.array([[male, female]])
    scaled = scale_to_life_expectancy(SMOOTH[None], target)
    np.testing.assert_allclose(life_expectancy(scaled), target, atol=1e-9)
    factor = scaled / SMOOTH
    np.testing.assert_allclose(factor, factor[..., :1].repeat(AGES, axis=-1), rtol=1e-12)


def test_an_impossible_life_expectancy_is_an_error():
    with pytest.raises(PoolingError, match="no factor"):
        scale_to_life_expectancy(SMOOTH[None], np.array([[-1.0, 80.0]]))
