"""Dated rules: the value on a day, and the mean of a calendar year."""

from datetime import date

import numpy as np
import pytest

from pooling.assumptions import DatedRule

RATE = DatedRule(
    name="employer_rate",
    unit="fraction",
    dates=(date(2000, 1, 1), date(2019, 5, 1)),
    values=(0.20, 0.16),
    ends=(None, None),
    source=("act", "decree"),
)
RELIEF = DatedRule(
    name="relief",
    unit="fraction",
    dates=(date(2020, 2, 1), date(2022, 1, 1)),
    values=(0.5, 0.1),
    ends=(date(2020, 12, 31), date(2022, 6, 30)),
    source=("notice", "notice"),
)


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(1999, 12, 31), 0.0),
        (date(2000, 1, 1), 0.20),
        (date(2019, 4, 30), 0.20),
        (date(2019, 5, 1), 0.16),
        (date(2100, 1, 1), 0.16),
    ],
)
def test_value_on_a_day(day: date, value: float) -> None:
    assert RATE.value_on(day) == value


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2020, 12, 31), 0.5),
        (date(2021, 1, 1), 0.0),
        (date(2021, 12, 31), 0.0),
        (date(2022, 1, 1), 0.1),
        (date(2022, 7, 1), 0.0),
    ],
)
def test_value_around_an_end(day: date, value: float) -> None:
    assert RELIEF.value_on(day) == value


def test_whole_years_are_exact() -> None:
    assert RATE.annual([1990, 2000, 2018, 2020, 2099]).tolist() == [0.0, 0.20, 0.20, 0.16, 0.16]


def test_year_of_a_change_is_weighted_by_days() -> None:
    assert RATE.annual([2019])[0] == pytest.approx((120 * 0.20 + 245 * 0.16) / 365)


def test_year_of_an_end_is_weighted_by_days() -> None:
    expected = [335 / 366 * 0.5, 0.0, 181 / 365 * 0.1, 0.0]
    np.testing.assert_allclose(RELIEF.annual(range(2020, 2024)), expected, rtol=1e-14)


def test_annual_is_the_mean_over_the_days() -> None:
    for rule in (RATE, RELIEF):
        for year in range(1998, 2024):
            first, after = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
            days = [rule.value_on(date.fromordinal(day)) for day in range(first, after)]
            assert rule.annual([year])[0] == pytest.approx(np.mean(days), abs=1e-14)


def test_change_dates() -> None:
    assert RATE.change_dates == (date(2000, 1, 1), date(2019, 5, 1))
    assert RELIEF.change_dates == (
        date(2020, 2, 1), date(2021, 1, 1), date(2022, 1, 1), date(2022, 7, 1),
    )  # fmt: skip


def test_what_an_overlay_gives_later_legislates_no_year_before_it():
    """The law has amounts up to 2026, an overlay one from 2031 on: between them a declared rule goes on."""
    days = (date(2020, 1, 1), date(2026, 1, 1), date(2031, 1, 1))
    rule = DatedRule(
        "x", "currency", days, (1.0, 2.0, 9.0), (None,) * 3, ("law", "law", "override")
    )
    years = np.arange(2024, 2034)
    assert years[rule.legislated(years)].tolist() == [2024, 2025, 2026, 2031]
