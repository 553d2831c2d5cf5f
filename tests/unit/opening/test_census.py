"""Census groups to single ages."""

from datetime import date

import numpy as np
import pytest

from pooling.assumptions import Table
from pooling.axes import AGES
from pooling.opening.census import (
    national_ages,
    open_group_shape,
    reference_day,
    single_ages,
    with_waves,
)

LOWER = np.array([0, 1, *range(5, 86, 5)])
AGE = np.arange(AGES)
LIVED = np.exp(-0.5 * (AGE / 70) ** 4)


def grouped(people):
    return np.add.reduceat(people, LOWER, axis=-1)


def test_every_group_of_every_municipality_keeps_its_count():
    counts = np.random.default_rng(1).integers(0, 90_000, (5, 2, len(LOWER))).astype(float)
    single = single_ages(counts, LOWER, np.stack([LIVED, LIVED]))
    assert single.shape == (5, 2, AGES)
    assert single.min() >= 0
    np.testing.assert_allclose(grouped(single), counts, rtol=0, atol=1e-8)


def test_the_open_group_of_a_stable_population_is_recovered():
    # 2 % growth of the cohorts: their size falls by 2 % a year of age. The middle of a group is not where its people
    # are, so growth is recovered to within 1 % of an age's share only.
    people = LIVED * np.exp(-0.02 * AGE)
    shape = open_group_shape(grouped(np.stack([people, 3 * people])), LOWER, np.stack([LIVED] * 2))
    expected = people[85:] / people[85:].sum()
    np.testing.assert_allclose(shape, [expected] * 2, rtol=0.01)
    np.testing.assert_allclose(shape.sum(axis=1), 1, rtol=1e-14)


def test_empty_old_groups_fall_back_to_the_life_table():
    counts = np.ones((2, len(LOWER)))
    counts[:, -2] = 0
    shape = open_group_shape(counts, LOWER, np.stack([LIVED] * 2))
    np.testing.assert_allclose(shape, [LIVED[85:] / LIVED[85:].sum()] * 2, rtol=1e-14)


def midyear(years):
    """Mid-year populations of 10, 20, … thousand at every age."""
    axes = {"year": np.array(years), "sex": np.array(["male", "female"]), "age": AGE}
    persons = 1e4 * np.arange(1, len(years) + 1)[:, None, None] * np.ones((len(years), 2, AGES))
    return Table(
        name="demography/population_midyear",
        axes=axes,
        values={"persons": persons},
        units={"persons": "persons"},
        source=("none",),
        grade="D",
        description="made up",
        repairs=(),
        status="",
        rows=persons.size,
        missing=0,
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2020, 7, 1), 20_000),
        (date(2020, 12, 31), 20_000 + 10_000 * 183 / 365.25),
        (date(2020, 4, 1), 20_000 - 10_000 * 91 / 365.25),
        # The table would have to reach 2022.
        (date(2021, 7, 1), None),
        (date(2019, 6, 30), None),
    ],
)
def test_the_nation_stands_between_two_mid_years(day, expected):
    nation = national_ages(midyear([2019, 2020, 2021]), day)
    if expected is None:
        assert nation is None
    else:
        np.testing.assert_allclose(nation, np.full((2, AGES), expected), rtol=1e-13)
    assert national_ages(None, day) is None


def test_the_nation_gets_its_own_waves_back():
    nation = np.random.default_rng(2).uniform(0.5, 1.5, (2, AGES)) * LIVED
    lived = np.stack([LIVED, LIVED])
    smooth = single_ages(grouped(nation)[None], LOWER, lived)
    np.testing.assert_allclose(with_waves(smooth, nation, LOWER, lived)[0], nation, rtol=1e-12)


def test_waves_keep_every_group():
    rng = np.random.default_rng(5)
    counts = rng.uniform(0, 9000, (4, 2, len(LOWER)))
    counts[0, 0, 3] = 0
    lived = np.stack([LIVED, LIVED])
    smooth = single_ages(counts, LOWER, lived)
    waved = with_waves(smooth, rng.uniform(0.1, 2, (2, AGES)), LOWER, lived)
    assert waved.min() >= 0
    np.testing.assert_allclose(grouped(waved), counts, rtol=0, atol=1e-8)


def test_the_reference_day():
    assert reference_day(None, 2010) == date(2010, 12, 31)
    assert reference_day(date(2020, 11, 1), 2010) == date(2010, 11, 1)
