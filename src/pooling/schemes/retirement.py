"""Pension ages by birth month, as fractions of a cohort.

A reform moves the retirement month of those whose original month falls on or after its date: one
month later for every ``step_months`` of original months, up to ``cap_months``. Birth months are
uniform, so that a cohort known by its age on 1 January splits into twelve equal parts. A group with
a cap of zero knows no reform.

Source: decision of the Standing Committee of the National People's Congress of 13 September 2024
for the rule; every age, date, step and cap is data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

import numpy as np

from pooling.schemes.annuity import MONTHS, AnnuityDivisors, Integers


@runtime_checkable
class RetirementGroup(Protocol):
    """People under one retirement rule; any object with these attributes will do."""

    @property
    def original_age_months(self) -> int:
        """Pension age before the reform; months."""
        ...

    @property
    def reform_from(self) -> date:
        """First month (its first day) whose retirements are delayed."""
        ...

    @property
    def step_months(self) -> int:
        """Months of original retirement dates that share one month of delay; 0 = no reform."""
        ...

    @property
    def cap_months(self) -> int:
        """Longest delay; 0 = no reform; months."""
        ...

    @property
    def shift_months(self) -> int:
        """Months by which its members choose to leave before (negative) or after that age, from the reform on."""
        ...


@dataclass(frozen=True)
class RetirementMonth:
    """When a person retires; arrays of one shape."""

    year: np.ndarray
    month: np.ndarray
    """Calendar month, 1…12; the pension starts the month after."""
    age_months: np.ndarray
    """Age reached in that month; months."""


@dataclass(frozen=True)
class CohortTable:
    """Retirement of one group by calendar year and age on 1 January; all arrays ``[year, age]``.

    Shares are of the original birth-year cohort, before any death.
    """

    waiting: np.ndarray
    """Share not yet retired on 1 January."""
    retiring: np.ndarray
    """Share whose retirement month lies in the year."""
    benefit_time: np.ndarray
    """Years of pension that they draw in it."""
    inverse_divisor: np.ndarray
    """Sum of share ÷ divisor; 1/month."""


@dataclass(frozen=True)
class Retirement:
    """Retirement of a sex, all its groups together; arrays ``[year, age on 1 January]``."""

    hazard: np.ndarray
    """Share of those not yet retired who retire in the year; 1 above the last possible age."""
    benefit_fraction: np.ndarray
    """Part of the year in which those who retire in it draw their pension."""
    inverse_divisor: np.ndarray
    """Mean of 1 ÷ divisor of those who retire in the year; 1/month."""


def delay_months(
    original_year: Integers, original_month: Integers, group: RetirementGroup
) -> np.ndarray:
    """Months by which the reform delays a retirement.

    Zero before the reform; else one month for every step begun, up to the cap. From then on members may leave early,
    never below the original age, or late (Interim Measures of 31 December 2024).

    Args:
        original_year: year in which the original pension age is reached.
        original_month: month of that year, 1…12.
        group: the retirement rule.
    """
    start = group.reform_from
    since = (np.asarray(original_year) - start.year) * MONTHS + original_month - start.month
    if group.step_months == 0:
        return np.zeros_like(since)
    delay = np.minimum(since // group.step_months + 1, group.cap_months)
    return np.where(since < 0, 0, np.maximum(delay + group.shift_months, 0))


def retirement_month(
    birth_year: Integers, birth_month: Integers, group: RetirementGroup
) -> RetirementMonth:
    """Statutory retirement month of a person.

    Args:
        birth_year: calendar year of birth.
        birth_month: month of birth, 1…12.
        group: the retirement rule.
    """
    birth = np.asarray(birth_year) * MONTHS + np.asarray(birth_month) - 1
    original_year, original_month = np.divmod(birth + group.original_age_months, MONTHS)
    age = group.original_age_months + delay_months(original_year, original_month + 1, group)
    year, month = np.divmod(birth + age, MONTHS)
    return RetirementMonth(np.asarray(year), np.asarray(month + 1), np.asarray(age))


def cohort_table(
    group: RetirementGroup, years: np.ndarray, ages: np.ndarray, divisors: AnnuityDivisors
) -> CohortTable:
    """Retirement of one group as fractions of its cohorts.

    A person aged x on 1 January of the year y was born in the year y − 1 − x.

    Args:
        group: the retirement rule.
        years: calendar years.
        ages: whole ages on 1 January.
        divisors: divisors of the individual account.

    Returns:
        Shares ``[year, age]``.
    """
    year = np.asarray(years)[:, None, None]
    birth_year = year - 1 - np.asarray(ages)[None, :, None]
    when = retirement_month(birth_year, np.arange(1, MONTHS + 1), group)
    retires = when.year == year
    drawn = np.where(retires, (MONTHS - when.month) / MONTHS, 0)
    # Only the ages of retirements that occur are looked up; a place holder stands for the others.
    age = np.where(retires, when.age_months, divisors.first_month)
    inverse = np.where(retires, 1 / divisors.at(age), 0)
    return CohortTable(
        np.mean(when.year >= year, axis=-1),
        np.mean(retires, axis=-1),
        np.mean(drawn, axis=-1),
        np.mean(inverse, axis=-1),
    )


def combine(
    groups: Sequence[RetirementGroup],
    shares: Sequence[float],
    years: np.ndarray,
    ages: np.ndarray,
    divisors: AnnuityDivisors,
) -> Retirement:
    """Retirement of a sex whose members belong to several groups in declared shares.

    hazard = Σ share · retiring ÷ Σ share · waiting. Groups die and leave at the same rates. Nobody
    should still wait above the last possible retirement; if somebody does, the pension is awarded
    on 1 January, at the mean age of half a year beyond the birthday.

    Args:
        groups: retirement rules.
        shares: share of every group in a cohort; they sum to 1.
        years: calendar years.
        ages: whole ages on 1 January.
        divisors: divisors of the individual account.

    Raises:
        ValueError: the shares do not sum to 1.
    """
    if len(groups) != len(shares) or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"shares {list(shares)} of {len(groups)} groups must sum to 1")
    tables = [cohort_table(group, years, ages, divisors) for group in groups]
    weighted = list(zip(shares, tables, strict=True))
    waiting = np.sum([share * table.waiting for share, table in weighted], axis=0)
    retiring = np.sum([share * table.retiring for share, table in weighted], axis=0)
    drawn = np.sum([share * table.benefit_time for share, table in weighted], axis=0)
    inverse = np.sum([share * table.inverse_divisor for share, table in weighted], axis=0)
    late = 1 / divisors.at(_between(ages, divisors))
    return Retirement(
        _ratio(retiring, waiting, np.where(waiting > 0, 0.0, 1.0)),
        _ratio(drawn, retiring, np.where(waiting > 0, 0.0, 1.0)),
        _ratio(inverse, retiring, np.where(waiting > 0, 0.0, late)),
    )


def _between(ages: np.ndarray, divisors: AnnuityDivisors) -> np.ndarray:
    """Mean exact age on 1 January, within the listed ages; months."""
    middle = np.asarray(ages) * MONTHS + MONTHS // 2
    return np.clip(middle, divisors.first_month, divisors.last_month)


def _ratio(part: np.ndarray, whole: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Quotient where the whole is positive."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), otherwise)
