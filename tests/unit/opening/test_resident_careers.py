"""Pension ages and past accounts of residents, worked out by hand."""

from datetime import date

import numpy as np
import pytest

from pooling.assumptions.dated import DatedRule
from pooling.opening.resident_careers import History, careers, history, pension_ages


def rule(*values: tuple[date, float]) -> DatedRule:
    """A dated rule."""
    dates, numbers = zip(*values, strict=True)
    return DatedRule("rule", "years", dates, numbers, (None,) * len(dates), ("test",) * len(dates))


def test_everybody_of_59_becomes_a_pensioner_in_the_year():
    ages = pension_ages(rule((date(2009, 9, 1), 60.0)), np.arange(2025, 2028))
    for year in range(3):
        assert ages.waiting[year, 59:61].tolist() == [1.0, 0.0]
        assert ages.hazard[year, 58:60].tolist() == [0.0, 1.0]
        # The pension begins in the month after the birthday: 11, 10 ... 0 months of the year.
        assert ages.benefit_time[year, 59] == pytest.approx(66 / 144)


def test_a_higher_age_leaves_pensioners_what_they_are():
    # 61 from 2026 on: those born in 1966 reach it in 2027, those of 1965 have had their pension since 2025.
    law = rule((date(2009, 9, 1), 60.0), (date(2026, 1, 1), 61.0))
    ages = pension_ages(law, np.arange(2025, 2029))
    assert ages.hazard[0, 59] == 1
    assert ages.waiting[1, 60] == 0
    assert ages.hazard[1, 59] == 0
    assert ages.waiting[2, 60] == 1
    assert ages.hazard[2, 60] == 1


PAST = History(
    np.array([2023, 2024]), np.array([0.5, 1.0]), np.array([0.0, 0.1]), np.full(2, 120.0)
)
"""Half of a year's credit in 2023, a whole one in 2024 when accounts earn 10 %; divisor 120 months."""


def test_members_have_saved_since_the_start():
    found = careers(PAST, np.ones(101), 2023.5, 60, 0.5)
    assert found.service[40] == 1.5
    assert found.account[40] == pytest.approx(0.5 * 1.1 + 1.0 * 1.05)


def test_the_young_have_saved_since_they_joined():
    # Of 100 who have joined at 18 half had joined at 17 and none at 16.
    joined = np.clip((np.arange(101) - 16) / 2, 0, 1)
    found = careers(PAST, joined, 2023.5, 60, 0.5)
    # Aged 18 on the valuation date, they were 17 on 1 January 2024 and 16 a year before.
    assert found.service[18] == pytest.approx(0.5)
    assert found.account[18] == pytest.approx(0.5 * 1.05)


def test_pensioners_draw_what_they_had_saved():
    found = careers(PAST, np.ones(101), 2023.5, 60, 0.5)
    # 60 in 2024: 0.5 earns 5 % until the birthday; half of a credit of 1 earns 2.5 %; a tenth a year, half a year drawn.
    saved = 0.5 * 1.05 + 0.5 * 1.025
    assert found.account_pension[60] == pytest.approx(0.1 * saved)
    assert found.left[60] == pytest.approx(saved * 1.05 - 0.05 * saved * 1.025)
    # 61: a quarter of a credit was all in 2023; half a year drawn then, a year at 10 % since.
    assert found.account_pension[61] == pytest.approx(0.025)
    assert found.left[61] == pytest.approx((0.25 - 0.0125) * 1.1 - 0.025 * 1.05)
    # Those before have no account.
    assert found.account_pension[62] == found.left[62] == 0


def test_history_grows_to_the_valuation_year():
    rules = {
        "notional_rate": rule((date(2010, 1, 1), 0.03)),
        "account_divisor": rule((date(2010, 1, 1), 139.0)),
    }
    past = history(rules, 2022.25, 0.05, 2024)
    assert past.years.tolist() == [2022, 2023, 2024]
    assert past.credit == pytest.approx([0.75 / 1.1025, 1 / 1.05, 1.0])
