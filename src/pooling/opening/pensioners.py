"""Pensioners of the opening by province, sex and age: cohorts rolled forward through the published heads.

Each year the survivors of last year's pensioners are subtracted from the published heads; the rest are that year's new
pensioners, at the pension ages of the old law. Their pensions, accounts and ages are followed to the valuation date.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config, EmployeePensionFund
from pooling.axes import AGES
from pooling.errors import OpeningError
from pooling.opening.history import heads_history, wage_history
from pooling.parameters.demography import national_rates
from pooling.parameters.lookup import labels, share_of
from pooling.schemes.annuity import AnnuityDivisors

Array = NDArray[np.float64]

MERGER = 2.5
"""New pensioners of a year above this multiple of the province's median are a merger of schemes: the excess is spread
over the ages that already draw (2016 joined government staff in several provinces; Zhejiang 2012, Sichuan 2009)."""

TAIL = 0.055
"""Decline by year of age of the first year's pensioners above their pension ages (assumption, grade D: close to the
ages of the 2010 census after mortality)."""


@dataclass(frozen=True)
class Vintages:
    """Stocks on 31 December of the valuation year, [province, sex, age]; amounts in units of the scale's choice."""

    heads: Array
    amounts: Array
    """Relative pensions a year: vintage reference wage × indexation since × sex factor."""
    account_pension: Array
    """Annual account pension of a member with one unit of deposits a wage."""
    accounts: Array
    """Remaining balance of the same member."""
    mean_heads: Array
    """[province]: mean of the heads at the beginning and the end of the valuation year."""
    new: Array
    """[province, year]: new pensioners of every year."""


def vintages(config: Config, fund: EmployeePensionFund) -> Vintages:
    """Roll pensioners forward to the valuation date (steps 8 to 11 of the opening procedure).

    Raises:
        OpeningError: a year in which fewer pensioners are published than survive.
    """
    years, heads = heads_history(config, "retirees")
    survival = _survival(config, years)
    award = _award_ages(config, fund)
    relative = _award_levels(config, fund, years)
    rules = config.assumptions.scheme_rules[fund.module].rules
    indexation, notional = rules["indexation"].annual(years), rules["notional_rate"].annual(years)
    balance = unit_accounts(config, fund, years)
    pension = balance[:, :, None] * _yearly_rate(config)
    stock = _first_stock(heads[:, 0], award)
    amounts = stock * relative[:, 0][:, None, None]
    drawn, left = np.zeros_like(stock), np.zeros_like(stock)
    new = np.zeros_like(heads)
    for k in range(1, len(years)):
        # Only what is still in the account is drawn; deaths take their accounts with them.
        left = np.maximum(left * (1 + notional[k]) - drawn, 0)
        stock, amounts, drawn, left = (
            _age(each, survival[k]) for each in (stock, amounts * (1 + indexation[k]), drawn, left)
        )
        new[:, k] = heads[:, k] - stock.sum(axis=(1, 2))
        _require_new(config, years[k], new[:, k], heads[:, k])
        regular, merged = _mergers(new, k)
        grow = 1 + share_of(merged, stock.sum(axis=(1, 2)))
        fresh = regular[:, None, None] * award
        stock, amounts, drawn, left = (
            each * grow[:, None, None] for each in (stock, amounts, drawn, left)
        )
        stock = stock + fresh
        amounts = amounts + fresh * relative[:, k][:, None, None]
        drawn = drawn + fresh * pension[:, k][:, None, :]
        left = left + fresh * balance[:, k][:, None, None]
    if fund.awards.relative_pension_female != 1:
        amounts[:, 1] *= fund.awards.relative_pension_female
    return Vintages(stock, amounts, drawn, left, heads[:, -2:].mean(axis=1), new)


def _survival(config: Config, years: NDArray[np.int_]) -> Array:
    """National survival by age at the end of the year [year, sex, age]; the tables' first year before they begin."""
    first = int(labels(config.assumptions.tables["demography/life_expectancy"], "year").min())
    return national_rates(config.assumptions, np.maximum(years, first)).survival


def _age(stock: Array, survival: Array) -> Array:
    """Survivors a year older; 100 and over together."""
    older = np.zeros_like(stock)
    older[..., 1:] = stock[..., :-1] * survival[:, 1:]
    older[..., -1] += stock[..., -1] * survival[:, -1]
    return older


def _award_ages(config: Config, fund: EmployeePensionFund) -> Array:
    """Split of a past year's new pensioners by sex and age on 31 December [sex, age]; sums to 1."""
    split = np.zeros((2, AGES))
    for group in config.assumptions.scheme_rules[fund.module].retirement_groups:
        sex = ("male", "female").index(group.sex)
        split[sex, group.original_age_months // 12] += fund.awards.groups[group.key]
    return split


def _first_stock(heads: Array, award: Array) -> Array:
    """The first published heads over the ages: from the pension ages on, an exponential tail."""
    shape = np.zeros_like(award)
    for sex, age in np.argwhere(award > 0):
        beyond = np.arange(AGES - age)
        shape[sex, age:] += award[sex, age] * np.exp(-TAIL * beyond) * (beyond < 40)
    return heads[:, None, None] * (shape / shape.sum())


def _award_levels(config: Config, fund: EmployeePensionFund, years: NDArray[np.int_]) -> Array:
    """Reference wage of a vintage [province, year]: published, before that moved with the national wage."""
    table = config.assumptions.tables["schemes/reference_wage"]
    known, wage = labels(table, "year"), table.values["reference_wage"]
    national = wage_history(config, years)
    first = national[np.searchsorted(years, known[0])] if known[0] in years else national[-1]
    early = wage[:, :1] * national / first
    published = np.clip(np.searchsorted(known, years), 0, len(known) - 1)
    return np.where(np.isin(years, known), wage[:, published], early)


def unit_accounts(config: Config, fund: EmployeePensionFund, years: NDArray[np.int_]) -> Array:
    """Account at retirement of a member who always paid on the average wage [province, year].

    Deposits from the province's account start on, at the credited rate and the notional interest of each year; wages in
    units of the valuation year's.
    """
    rules = config.assumptions.scheme_rules[fund.module].rules
    start = account_start(config, fund)
    span = np.arange(int(np.floor(start.min())), years[-1] + 1)
    rate, interest = rules["account_rate"].annual(span), rules["notional_rate"].annual(span)
    wage = wage_history(config, span - 1)
    balance = np.zeros((len(start), len(span)))
    for k, year in enumerate(span):
        deposit = rate[k] * wage[k] * np.clip(year + 1 - start, 0, 1)
        before = balance[:, k - 1] if k else 0.0
        balance[:, k] = before * (1 + interest[k]) + deposit * (1 + 0.5 * interest[k])
    at = np.clip(years - span[0], 0, None)
    return np.where(years >= span[0], balance[:, at], 0.0)


def account_start(config: Config, fund: EmployeePensionFund) -> Array:
    """Decimal year from which individual accounts exist [province]: the fund's own, else the province's."""
    if fund.members.account_start is not None:
        return np.full(len(config.assumptions.provinces.code), fund.members.account_start)
    return config.assumptions.tables["schemes/transitional"].values["account_start"]


def divisors(config: Config) -> AnnuityDivisors:
    """The annuity divisors of the set."""
    table = config.assumptions.tables["schemes/annuity_divisor"]
    return AnnuityDivisors(labels(table, "age"), table.values["months"])


def _yearly_rate(config: Config) -> Array:
    """Annual account pension of a balance of 1 by age at award; 0 at ages without a divisor."""
    table = config.assumptions.tables["schemes/annuity_divisor"]
    rate = np.zeros(AGES)
    rate[labels(table, "age")] = 12 / table.values["months"]
    return rate


def _require_new(config: Config, year: int, new: Array, heads: Array) -> None:
    short = np.flatnonzero(new < 0)
    if short.size:
        names = ", ".join(
            f"{config.assumptions.provinces.name[p]} ({new[p]:,.0f} of {heads[p]:,.0f})"
            for p in short
        )
        raise OpeningError(
            f"schemes/accounts: retirees of {year} are fewer than the survivors of {year - 1}: {names}"
        )


def _mergers(new: Array, k: int) -> tuple[Array, Array]:
    """This year's new pensioners: regular ones, and those that a merger of schemes brought."""
    years = [row[row > 0] for row in new[:, 1 : k + 1]]
    usual = np.array([MERGER * np.median(row) if row.size else np.inf for row in years])
    regular = np.minimum(new[:, k], usual if k > 2 else np.inf)
    return regular, new[:, k] - regular
