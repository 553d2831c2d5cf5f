"""Divisors of the individual account (计发月数), by exact age at retirement.

A divisor is a number of months fixed by decree for every whole age; an account pays one D-th of its
balance a month for life. The pooled fund pays on when the account is exhausted, so that a divisor
is not an annuity.

Source: Guofa [2005] 38, annex; interpolation by month for the ages of the reform of 2025.
"""

from dataclasses import dataclass

import numpy as np

Integers = np.ndarray | np.integer | int

MONTHS = 12
ROUNDING_SLACK = 1e-9
"""Lifts exact ties (137.25) over the rounding of binary fractions; far below a twelfth."""


@dataclass(frozen=True)
class AnnuityDivisors:
    """Divisors for whole ages, as the decree lists them."""

    ages: np.ndarray
    """Whole ages, ascending and without a gap; years."""
    months: np.ndarray
    """Divisor at that age; months."""
    decimals: int = 1
    """Decimals that an interpolated divisor is rounded to, half up."""

    def __post_init__(self) -> None:
        if len(self.ages) != len(self.months) or len(self.ages) == 0:
            raise ValueError("a divisor is needed for every listed age")
        if np.any(np.diff(self.ages) != 1):
            raise ValueError("ages of the divisors must ascend without a gap")

    @property
    def first_month(self) -> int:
        """Lowest listed age; months."""
        return int(self.ages[0]) * MONTHS

    @property
    def last_month(self) -> int:
        """Highest listed age; months."""
        return int(self.ages[-1]) * MONTHS

    def at(self, age_months: Integers) -> np.ndarray:
        """Divisor at an exact age: linear by month between whole ages, rounded half up.

        Args:
            age_months: completed months of age at retirement.

        Returns:
            Divisors; months. 60 years 3 months: 139 − 7 · 3/12 = 137.25, rounded to 137.3.

        Raises:
            ValueError: an age lies outside the listed ages.
        """
        age = np.asarray(age_months)
        if np.any(age < self.first_month) or np.any(age > self.last_month):
            low, high = self.first_month, self.last_month
            raise ValueError(
                f"no divisor for {age.min()}…{age.max()} months of age: listed {low}…{high}"
            )
        exact = np.interp(age, self.ages * float(MONTHS), self.months)
        scale = 10**self.decimals
        return np.asarray(np.floor(exact * scale + 0.5 + ROUNDING_SLACK) / scale)
