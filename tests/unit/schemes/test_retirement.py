"""Retirement ages of the reform.

The golden file holds cases of the table annexed to the measures that the Standing Committee of the National People's
Congress approved on 13 September 2024 (gov.cn/yaowen/liebiao/202409/content_6974294.htm).
"""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pooling.schemes.annuity import AnnuityDivisors
from pooling.schemes.retirement import cohort_table, combine, delay_months, retirement_month
from rules import GROUPS, REFORM, Group

with (Path(__file__).parent / "retirement_golden.csv").open(encoding="utf-8") as stream:
    GOLDEN = list(csv.DictReader(stream))
YEARS = np.arange(2020, 2061)
AGES = np.arange(16, 75)
UNIT = 8 * np.finfo(float).eps


@pytest.mark.parametrize(
    "row", GOLDEN, ids=lambda row: f"{row['group']}-{row['birth_year']}-{row['birth_month']}"
)
def test_golden(row: dict[str, str]):
    group = GROUPS[row["group"]]
    when = retirement_month(int(row["birth_year"]), int(row["birth_month"]), group)
    assert f"{when.year}-{when.month:02}" == row["retirement"]
    assert when.age_months == int(row["age_months"])
    assert when.age_months - group.original_age_months == int(row["delay_months"])


def test_vectorised():
    when = retirement_month(np.array([[1963], [1965]]), np.array([12, 1, 5]), GROUPS["men"])
    np.testing.assert_array_equal(when.age_months, [[720, 720, 720], [723, 721, 722]])


@pytest.mark.parametrize("change", [{"step_months": 0}, {"cap_months": 0}])
def test_groups_without_reform(change: dict[str, int]):
    group = replace(GROUPS["men"], **change)
    assert np.all(delay_months(np.arange(2020, 2050), 6, group) == 0)


groups = st.builds(
    Group,
    st.integers(45 * 12, 65 * 12),
    st.dates(min_value=REFORM.replace(year=2000), max_value=REFORM.replace(year=2040)),
    st.integers(0, 12),
    st.integers(0, 60),
)


@given(groups, st.integers(1950, 2000))
def test_later_births_never_retire_earlier(group: Group, birth_year: int):
    births = birth_year * 12 + np.arange(120)
    when = retirement_month(births // 12, births % 12 + 1, group)
    assert np.all(np.diff(when.year * 12 + when.month) >= 1)
    assert np.all(when.age_months >= group.original_age_months)
    assert np.all(when.age_months <= group.original_age_months + group.cap_months)


@given(groups)
def test_every_cohort_retires_once(group: Group):
    # Ages to 70 need divisors beyond the decree's: any table serves here.
    divisors = AnnuityDivisors(np.arange(40, 80), np.arange(240.0, 200.0, -1))
    table = cohort_table(group, YEARS, AGES, divisors)
    for birth_year in range(2020 - 1 - 16 - 30, 2020 - 1 - 16):
        rows = [(y, YEARS[y] - 1 - birth_year - 16) for y in range(len(YEARS))]
        life = np.array(
            [(table.waiting[r], table.retiring[r]) for r in rows if 0 <= r[1] < len(AGES)]
        )
        waiting, retiring = life.T
        np.testing.assert_allclose(waiting[:-1] - retiring[:-1], waiting[1:], atol=UNIT)


def test_cohort_of_1965_by_hand(divisors: AnnuityDivisors):
    # Men born in 1965, aged 59 on 1 January 2025. January to April retire one month late (February to May), May to
    # August two months late (July to October), September three months late (December): nine months of birth in 2025.
    # October to December retire three months late, in January to March 2026.
    table = cohort_table(GROUPS["men"], np.array([2025, 2026]), np.array([59, 60]), divisors)
    assert table.waiting[0, 0] == 1
    assert table.retiring[0, 0] == pytest.approx(9 / 12)
    # Months drawn: 10 + 9 + 8 + 7, then 5 + 4 + 3 + 2, then 0 = 48 of 144.
    assert table.benefit_time[0, 0] == pytest.approx(48 / 144)
    assert table.inverse_divisor[0, 0] == pytest.approx((4 / 138.4 + 4 / 137.8 + 1 / 137.3) / 12)
    assert table.waiting[1, 1] == pytest.approx(3 / 12)
    assert table.retiring[1, 1] == pytest.approx(3 / 12)
    assert table.benefit_time[1, 1] == pytest.approx((11 + 10 + 9) / 144)
    assert table.inverse_divisor[1, 1] == pytest.approx(3 / 137.3 / 12)


def test_before_the_reform_everybody_retires_at_the_birthday(divisors: AnnuityDivisors):
    one = combine([GROUPS["men"]], [1.0], np.array([2015]), AGES, divisors)
    np.testing.assert_array_equal(one.hazard[0], (AGES >= 59).astype(float))
    at_59 = AGES == 59
    # Months drawn 11, 10, … 0: 66 of 144.
    assert one.benefit_fraction[0, at_59] == pytest.approx(66 / 144)
    assert one.inverse_divisor[0, at_59] == pytest.approx(1 / 139)


def test_two_groups_of_women(divisors: AnnuityDivisors):
    # 2015: workers retire at 50, cadres at 55; 30 % of a cohort are cadres.
    women = combine(
        [GROUPS["women_cadre"], GROUPS["women_worker"]],
        [0.3, 0.7],
        np.array([2015]),
        AGES,
        divisors,
    )
    hazard = dict(zip(AGES.tolist(), women.hazard[0].tolist(), strict=True))
    assert hazard[48] == 0
    assert hazard[49] == pytest.approx(0.7)
    assert hazard[53] == 0
    assert hazard[54] == 1  # only cadres are left and all of them retire
    assert hazard[74] == 1
    assert women.inverse_divisor[0, AGES == 49] == pytest.approx(1 / 195)


def test_late_stragglers_draw_from_january(divisors: AnnuityDivisors):
    men = combine([GROUPS["men"]], [1.0], np.array([2030]), np.array([64, 74]), divisors)
    np.testing.assert_array_equal(men.hazard, [[1, 1]])
    np.testing.assert_array_equal(men.benefit_fraction, [[1, 1]])
    np.testing.assert_allclose(
        1 / men.inverse_divisor, [[105, 56]]
    )  # 64½: (109 + 101)/2; 74: the last one


def test_survivors_of_the_hazards_are_those_waiting(divisors: AnnuityDivisors):
    pair, shares = [GROUPS["women_cadre"], GROUPS["women_worker"]], [0.3, 0.7]
    women = combine(pair, shares, YEARS, AGES, divisors)
    tables = [cohort_table(group, YEARS, AGES, divisors) for group in pair]
    waiting = shares[0] * tables[0].waiting + shares[1] * tables[1].waiting
    stay = (waiting * (1 - women.hazard))[:-1, :-1]
    np.testing.assert_allclose(stay, waiting[1:, 1:], atol=UNIT)


@pytest.mark.parametrize("shares", [[1.0], [0.3, 0.6], [0.5, 0.3, 0.2]])
def test_shares_must_add_up(divisors: AnnuityDivisors, shares: list[float]):
    with pytest.raises(ValueError, match="sum to 1"):
        combine([GROUPS["women_cadre"], GROUPS["women_worker"]], shares, YEARS, AGES, divisors)


@pytest.mark.parametrize(
    ("group", "born", "shift", "expected"),
    [
        # A man born in January 1970: original month 2030-01, 61 months into the reform, delay 16.
        ("men", (1970, 1), 0, 60 * 12 + 16),
        ("men", (1970, 1), -36, 60 * 12),  # up to three years early, not below 60
        ("men", (1970, 1), 36, 60 * 12 + 52),
        # A worker born in January 1989: original month 2039-01, delay at its cap of 60 months.
        ("women_worker", (1989, 1), -36, 50 * 12 + 24),
        # Before the reform there is no choice.
        ("men", (1964, 6), 36, 60 * 12),
    ],
)
def test_leaving_early_or_late(group: str, born: tuple, shift: int, expected: int):
    chosen = replace(GROUPS[group], shift_months=shift)
    assert retirement_month(*born, chosen).age_months == expected
