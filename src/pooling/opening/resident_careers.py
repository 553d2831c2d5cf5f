"""Pension ages of residents, and what a resident who paid since the scheme began has on the valuation date.

Everything is for one payer in units of what is credited to an account in the valuation year: the opening scales it to the
published reserves of a province.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.dated import DatedRule
from pooling.axes import AGES
from pooling.parameters.lookup import share_of
from pooling.schemes.annuity import MONTHS
from pooling.schemes.pension_formula import remaining_account

Array = NDArray[np.float64]
Years = NDArray[np.int_]

NEVER = np.iinfo(np.int64).max
"""Month of the pension of those who do not reach it within the projection."""


@dataclass(frozen=True)
class PensionAges:
    """When residents reach the pension age, alike for men and women [year, age on 1 January]; shares of a birth cohort."""

    waiting: Array
    """Not yet pensioners on 1 January."""
    hazard: Array
    """Of these, those who become pensioners in the year; 1 above the last age."""
    benefit_time: Array
    """Part of the year in which these draw their pension."""


def pension_ages(rule: DatedRule, years: Years) -> PensionAges:
    """The pension age as tables: birth months are uniform, and the pension begins in the month after the birthday.

    Args:
        rule: pension age; years. In a year of change its mean over the days holds, to whole months.
        years: projection years, contiguous.
    """
    first = int(years[0]) * MONTHS
    needed = np.rint(rule.annual([years[0] - 1, *years]) * MONTHS).astype(int)
    months = np.arange(first, (int(years[-1]) + 1) * MONTHS)
    births = np.arange((int(years[0]) - AGES) * MONTHS, int(years[-1]) * MONTHS)
    reached = months[None] - births[:, None] >= np.repeat(needed[1:], MONTHS)[None]
    when = np.where(reached.any(axis=1), first + reached.argmax(axis=1), NEVER)
    # Who reached the old age before the projection stays a pensioner whatever comes.
    when = np.where(births + needed[0] < first, births + needed[0], when)
    age = np.arange(AGES)[None, :, None]
    born = (years[:, None, None] - 1 - age) * MONTHS + np.arange(MONTHS) - births[0]
    month = when[born]
    january = years[:, None, None] * MONTHS
    retires = (month >= january) & (month < january + MONTHS)
    drawn = np.where(retires, MONTHS - 1 - (month - january), 0) / MONTHS
    waiting, retiring = (month >= january).mean(axis=-1), retires.mean(axis=-1)
    return PensionAges(
        waiting,
        share_of(retiring, waiting, empty=1),
        share_of(drawn.mean(axis=-1), retiring, empty=1),
    )


@dataclass(frozen=True)
class Careers:
    """A payer of every age on the valuation date [age]; accounts in units of the valuation year's credit."""

    service: Array
    """Years paid, for members."""
    account: Array
    account_pension: Array
    """Annual amount that the account pays, for pensioners."""
    left: Array
    """What is left in the account of a pensioner."""


@dataclass(frozen=True)
class History:
    """What was credited since the scheme began, by year up to the valuation year."""

    years: Years
    credit: Array
    """Over that of the valuation year; part of a year in the first one."""
    interest: Array
    divisor: Array
    """Months."""


def history(rules: Mapping[str, DatedRule], start: float, growth: float, valuation: int) -> History:
    """Past credits that grew at one rate, and the law of those years.

    Args:
        rules: of the scheme.
        start: decimal year in which the scheme began.
        growth: of the credits; a year.
        valuation: the valuation year.
    """
    years = np.arange(int(start), valuation + 1)
    in_force = np.clip(years + 1 - start, 0, 1)
    return History(
        years,
        in_force * (1 + growth) ** (years - float(valuation)),
        rules["notional_rate"].annual(years),
        rules["account_divisor"].annual(years),
    )


def careers(
    past: History, joined: Array, start: float, pension_age: int, drawing: float
) -> Careers:
    """Members and pensioners who paid in every year since they joined.

    Args:
        past: credits, interest, divisors.
        joined: share of a cohort's later members who have joined by an age on 1 January [age].
        start: decimal year in which the scheme began.
        pension_age: in whole years; who has this age on the valuation date became a pensioner in the year.
        drawing: part of the year of the pension age in which the pension is drawn.
    """
    service, account, pension, left = (np.zeros(AGES) for _ in range(4))
    last = int(past.years[-1])
    in_force = np.clip(past.years + 1 - start, 0, 1)
    for age in range(pension_age):
        then = np.clip(age - 1 - (last - past.years), 0, None)
        member = joined[then] / joined[age] if joined[age] > 0 else np.zeros(len(then))
        service[age] = (member * in_force).sum()
        account[age] = _saved(past, member * past.credit, len(past.years))
    for age in range(pension_age, AGES):
        award = len(past.years) - 1 - (age - pension_age)
        if award >= 0:
            pension[age], left[age] = _drawn(past, award, drawing)
    return Careers(service, account, pension, left)


def _saved(past: History, credit: Array, years: int) -> float:
    """Account after the first ``years`` years; a year's credit earns half of its interest."""
    balance = 0.0
    for k in range(years):
        balance = balance * (1 + past.interest[k]) + credit[k] * (1 + 0.5 * past.interest[k])
    return balance


def _drawn(past: History, award: int, drawing: float) -> tuple[float, float]:
    """Annual account pension of those awarded in a year, and what is left of their account on the valuation date."""
    working = 1 - drawing
    rate = past.interest[award] * working
    before = _saved(past, past.credit, award)
    balance = before * (1 + rate) + past.credit[award] * working * (1 + 0.5 * rate)
    pension = MONTHS * balance / past.divisor[award]
    left = remaining_account(balance, pension * drawing, past.interest[award] * drawing)
    for k in range(award + 1, len(past.years)):
        left = max(remaining_account(left, min(pension, left), past.interest[k]), 0.0)
    return pension, left
