"""Pension ages by month of birth, under the decision of 13 September 2024, person by person.

Months are counted through: year times twelve plus the month from zero. Everybody of a birth year is born in one of twelve
months, as many in each.
"""

from collections import defaultdict
from dataclasses import dataclass
from math import floor

import numpy as np

from challenger.given import AGES, Array, RetirementGroup


@dataclass(frozen=True)
class PensionAges:
    """Retirement of a sex by projection year and age on its 1 January [y a]."""

    waiting: Array
    """Share of a birth year that has not retired on 1 January."""
    hazard: Array
    """Share of those who retires in the year."""
    drawing: Array
    """Part of the year in which those draw their pension."""
    inverse_divisor: Array
    """Mean of 1 ÷ divisor of those; 1/month."""

    @property
    def first(self) -> int:
        """Least age on 1 January at which somebody retires in one of the years."""
        return int(np.flatnonzero((self.hazard > 0).any(axis=0))[0])


def retirement(birth: int, group: RetirementGroup) -> int:
    """Month in which a person retires, born in a month."""
    original = birth + group.original_age_months
    since = original - (group.reform_year * 12 + group.reform_month - 1)
    if since < 0 or group.step_months == 0:
        return original
    delay = min(since // group.step_months + 1, group.cap_months)
    return original + max(delay + group.shift_months, 0)


def divisor(divisors: dict[int, float], months: int) -> float:
    """Divisor at an age in months: linear between whole ages, rounded half up to a decimal."""
    years, rest = divmod(months, 12)
    if rest == 0:
        return divisors[years]
    tenths = (divisors[years] * (12 - rest) + divisors[years + 1] * rest) * 10 / 12
    return (
        floor(tenths + 0.5 + 1e-9) / 10
    )  # 1e-9: a tie counts as one although twelfths are no binary fractions


def pension_ages(
    groups: tuple[RetirementGroup, ...], divisors: dict[int, float], first_year: int, years: int
) -> PensionAges:
    """Retirement of a sex whose members belong to groups in declared shares."""
    waiting = np.zeros((years, AGES))
    retiring, drawn, inverse = (defaultdict(float) for _ in range(3))
    for birth_year in range(first_year - AGES, first_year + years):
        for group in groups:
            for month in range(12):
                share = group.share / 12
                birth = birth_year * 12 + month
                when = retirement(birth, group)
                year, month_of_year = divmod(when, 12)
                # From the 1 January after the birth to that of the year of retirement.
                t = np.arange(max(birth_year + 1 - first_year, 0), years)
                t = t[(first_year + t <= year) & (first_year + t <= birth_year + AGES)]
                waiting[t, first_year + t - 1 - birth_year] += share
                key = year - first_year, year - 1 - birth_year
                retiring[key] += share
                drawn[key] += share * (11 - month_of_year) / 12
                if 0 <= key[0] < years:
                    inverse[key] += share / divisor(divisors, when - birth)
    # Nobody should wait any more where nobody of the birth year does; who did would draw from 1 January on.
    hazard, drawing = (np.where(waiting > 0, 0.0, 1.0) for _ in range(2))
    ages = (min(max(12 * a + 6, 12 * min(divisors)), 12 * max(divisors)) for a in range(AGES))
    inverse_divisor = (waiting <= 0) * np.array([1 / divisor(divisors, a) for a in ages])
    for (t, age), share in retiring.items():
        if 0 <= t < years and 0 <= age < AGES:
            hazard[t, age] = share / waiting[t, age]
            drawing[t, age] = drawn[t, age] / share
            inverse_divisor[t, age] = inverse[t, age] / share
    return PensionAges(waiting, hazard, drawing, inverse_divisor)
