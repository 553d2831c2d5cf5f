"""Members of the opening: ages, contribution years, index-years and accounts of the working cohorts.

Members follow the residents of working age with one factor a province; their careers follow how the scheme's coverage
grew, with the years before individual accounts as deemed years.
"""

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config, EmployeePensionFund, RetirementGroup
from pooling.axes import AGES
from pooling.opening.contribution_base import BaseLaw, Collection, clamped_mean
from pooling.opening.history import heads_history, wage_history
from pooling.opening.pensioners import account_start, divisors
from pooling.parameters.lookup import labels
from pooling.schemes.retirement import CohortTable, cohort_table, combine

Array = NDArray[np.float64]

CONTINUITY = 0.35
"""Elasticity of a present member's past membership to the past size of the scheme (assumption, grade D): those who are
near retirement joined before the newcomers who made the scheme grow. The opening reports the mean career that follows."""


@dataclass(frozen=True)
class Ages:
    """When a fund's members retire, by sex [year, sex, age on 1 January 0…100]."""

    hazard: Array
    benefit_time: Array
    inverse_divisor: Array
    waiting: Array
    """Share of a birth cohort that has not reached its pension age on 1 January."""


def retirement_ages(config: Config, fund: EmployeePensionFund, years: NDArray[np.int_]) -> Ages:
    """The retirement rule as tables of the fund: groups mixed by the declared shares.

    Those who leave early or late do so by the months that the law allows on 1 January of the year.
    """
    rule = config.assumptions.scheme_rules[fund.module].rules["flexible_months"]
    allowed = np.array([round(rule.value_on(date(int(year), 1, 1))) for year in years])
    under = {months: _ages_under(config, fund, years, int(months)) for months in set(allowed)}

    def by_year(name: str) -> Array:
        tables = {months: getattr(each, name) for months, each in under.items()}
        return np.stack([tables[months][k] for k, months in enumerate(allowed)])

    return Ages(*(by_year(field.name) for field in fields(Ages)))


def _ages_under(
    config: Config, fund: EmployeePensionFund, years: NDArray[np.int_], months: int
) -> Ages:
    """As if the law allowed so many months in all years."""
    law = config.assumptions.scheme_rules[fund.module]
    table, ages = divisors(config), np.arange(AGES)
    by_sex = []
    for sex in ("male", "female"):
        mine, shares = _with_choice(
            fund, [g for g in law.retirement_groups if g.sex == sex], months
        )
        mixed = combine(mine, shares.tolist(), years, ages, table)
        waiting = _waiting(mine, shares, years, ages, config)
        by_sex.append((mixed.hazard, mixed.benefit_fraction, mixed.inverse_divisor, waiting))
    return Ages(*(np.stack(parts, axis=1) for parts in zip(*by_sex, strict=True)))


def _with_choice(
    fund: EmployeePensionFund, groups: list[RetirementGroup], months: int
) -> tuple[list[RetirementGroup], Array]:
    """Groups and their shares in the fund, each split into those who leave early, on time and late."""
    early, late = fund.members.early_share, fund.members.late_share
    choices = {0: 1 - early - late, -months: early, months: late} if months else {0: 1.0}
    split = [
        (group.model_copy(update={"shift_months": shift}), fund.groups[group.key] * share)
        for group in groups
        for shift, share in choices.items()
        if share > 0
    ]
    found, shares = zip(*split, strict=True)
    return list(found), np.array(shares)


def _waiting(
    groups: list, shares: Array, years: NDArray[np.int_], ages: NDArray[np.int_], config: Config
) -> Array:
    table = divisors(config)
    cohorts: list[CohortTable] = [cohort_table(group, years, ages, table) for group in groups]
    total = sum(share * each.waiting for share, each in zip(shares, cohorts, strict=True))
    return total / shares.sum()


def coverage(config: Config, fund: EmployeePensionFund, ages: Ages) -> Array:
    """Members a resident before the local factor [year, sex, age on 1 January].

    Urban participation, joined between the declared entry ages. Who has joined stays a member, so that membership does not
    fall with age as participation does; from the first pension age on it is kept by those who wait for their pension.
    """
    table = config.assumptions.tables["economy/participation"]
    shape = np.zeros((2, AGES))
    shape[:, labels(table, "age")] = table.values["urban"]
    joined = career_entry(fund)
    return np.maximum.accumulate(shape * joined, axis=1) * ages.waiting


def career_entry(fund: EmployeePensionFund) -> Array:
    """Share of a cohort's later members who have joined by an age [age]: linear between the entry ages."""
    first, last = fund.members.entry_age_first, fund.members.entry_age_last
    return np.clip((np.arange(AGES) - first + 1) / (last - first + 1), 0, 1)


def first_pension_age(ages: Ages) -> NDArray[np.int_]:
    """First age on 1 January at which a member of the sex can retire within the year [sex]."""
    return np.argmax((ages.hazard > 0).any(axis=0), axis=1)


@dataclass(frozen=True)
class Careers:
    """Means of the members of a province on 31 December of the valuation year [province, sex, age]."""

    service: Array
    index: Array
    accounts: Array
    """Balance; currency."""
    wages: Array
    """Wages on which they have paid: deposits without interest ÷ the account rate of the valuation year; 0 without one."""
    deemed: Array
    """Years before individual accounts existed; years [province, sex, age]."""


def careers(
    config: Config,
    fund: EmployeePensionFund,
    wage: Array,
    paid: Collection,
    law: BaseLaw,
    level: Array,
) -> Careers:
    """Past membership of the working cohorts (steps 13 to 15 of the opening procedure).

    Args:
        config: the run.
        fund: the fund.
        wage: average wage used in the valuation year [province]; currency a year.
        paid: base and density of the fund's provinces.
        law: of the bases.
        level: log median wage of the members over the average wage at profile 1 [province].
    """
    rules = config.assumptions.scheme_rules[fund.module].rules
    last = config.assumptions.info.valuation_date.year
    span = np.arange(last - (AGES - fund.members.entry_age_first) + 1, last + 1)
    size = _past_size(config, span)
    rate = rules["account_rate"].annual(span)
    interest = rules["notional_rate"].annual(span)
    wages = (
        wage[:, None] * wage_history(config, span - 1) / wage_history(config, np.array([last - 1]))
    )
    start = account_start(config, fund)
    joined = career_entry(fund)
    limit = law.limits.provinces[:, None, None]
    employee = clamped_mean(np.log(law.profile)[None] + level[:, None, None], law, limit)
    share = law.flexible.years
    base = (1 - share) * employee + share * law.flexible.base(law, limit)
    density = (paid.density * law.flexible.payment)[:, None, None]
    shape = (len(wage), 2, AGES)
    service, index, accounts, deposits, deemed = (np.zeros(shape) for _ in range(5))
    for k, year in enumerate(span):
        # In `year` the cohort aged x at the valuation date was back years younger.
        back = last - year
        age = np.arange(AGES) - back
        inside = age >= fund.members.entry_age_first
        then = np.clip(age, 0, None)
        present = np.where(inside, joined[then] / np.maximum(joined, 1e-9), 0).clip(0, 1)
        member = present[None, None, :] * size[:, k][:, None, None]
        with_account = np.clip(year + 1 - start, 0, 1)[:, None, None]
        paying = member * (with_account * density + 1 - with_account)
        earned = base[:, :, then]
        deposit = (
            member * with_account * density * (earned * (rate[k] * wages[:, k])[:, None, None])
        )
        accounts = accounts * (1 + interest[k]) + deposit * (1 + 0.5 * interest[k])
        deposits = deposits + deposit
        service = service + paying
        index = index + paying * earned
        deemed = deemed + member * (1 - with_account)
    earlier = deposits / rate[-1] if rate[-1] > 0 else np.zeros_like(deposits)
    return Careers(service, index, accounts, earlier, deemed)


def _past_size(config: Config, span: NDArray[np.int_]) -> Array:
    """Chance that a present member belonged to the scheme in a past year [province, year]."""
    years, heads = heads_history(config, "active")
    at = np.clip(span, years[0], years[-1]) - years[0]
    return np.minimum(heads[:, at] / heads[:, -1:], 1) ** CONTINUITY
