"""A fund of which only the nation's accounts are published for the valuation year, split over provinces as declared."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.assumptions.funds import Pattern
from pooling.errors import OpeningError
from pooling.opening.accounts import Accounts
from pooling.opening.context import Context
from pooling.opening.contribution_base import average_wages, base_law, mean_bases
from pooling.opening.employee_pension import EmployeePensionOpening
from pooling.parameters.lookup import labels, share_of, sums

Array = NDArray[np.float64]

BASE_RANGE = (0.3, 1.5)
"""Contribution base over that of the pension scheme; outside it the published figures do not fit together."""


@dataclass(frozen=True)
class Employees:
    """Standard employees of the pension funds at the valuation date [sex, age, municipality]."""

    heads: Array
    """Active members who are no flexible workers; persons."""
    wages: Array
    """Their mean contribution base in the pension scheme; currency a year."""


def employees(context: Context) -> Employees:
    """Those of all employee pension funds together; the NumPy twin of :mod:`pooling.schemes.employment`.

    As there, flexible workers and bases of a cell are weighted by the contribution years of the funds.
    """
    year = context.config.assumptions.info.valuation_date.year
    average = average_wages(context.config, context.accounts, context.split)
    active, paying, standard, bases = [], [], [], []
    for each in context.earlier:
        if not isinstance(each, EmployeePensionOpening):
            continue
        own = each.figures
        law = base_law(context.config, own.fund, average, year)
        base = mean_bases(law, np.log(own.base_level * context.split.relative_wage))
        active.append(own.members.sum(axis=0))
        paying.append(active[-1] * own.density * law.flexible.payment)
        standard.append(paying[-1] * (1 - own.fund.members.flexible_share))
        bases.append(paying[-1] * base * context.wage[context.province])
    heads, years, employees, base = (np.sum(x, axis=0) for x in (active, paying, standard, bases))

    def mean(total: Array) -> Array:
        return share_of(total, years)

    return Employees(heads * mean(employees), mean(base))


def published(config: Config, table: str, needed: tuple[str, ...], back: int = 0) -> Mapping:
    """The nation's figures of the valuation year, or of one before it.

    Args:
        config: the run.
        table: its name.
        needed: columns without which the fund cannot be opened.
        back: years before the valuation year.

    Raises:
        OpeningError: the year or a needed figure is missing.
    """
    year = config.assumptions.info.valuation_date.year - back
    source = config.assumptions.tables[table]
    at = np.flatnonzero(labels(source, "year") == year)
    row = {name: float(values[at[0]]) for name, values in source.values.items()} if at.size else {}
    missing = [name for name in needed if not np.isfinite(row.get(name, np.nan))]
    if missing:
        raise OpeningError(f"{table}: nothing for {year} in {', '.join(missing)}")
    return row


def pattern(config: Config, table: str, over: str, under: str, declared: Pattern) -> Array:
    """A province's ratio of two published figures over the nation's, tempered [province].

    The last year that has both; 1 where a province has no such figure.
    """
    source = config.assumptions.tables[table]
    top, bottom = source.values[over], source.values[under]
    known = np.isfinite(top) & np.isfinite(bottom) & (top > 0) & (bottom > 0)
    if not known.any():
        return np.ones(len(known))
    year = int(np.flatnonzero(known.any(axis=0)).max())
    here = known[:, year]
    above, below = np.where(here, top[:, year], 0), np.where(here, bottom[:, year], 0)
    nation = above.sum() / below.sum()
    ratio = np.divide(above, below * nation, out=np.ones_like(above), where=here)
    bounded = np.clip(ratio, declared.pattern_low, declared.pattern_high)
    return bounded**declared.pattern_power


def divisor_of(value: float, what: str) -> float:
    """A figure that others are divided by.

    Raises:
        OpeningError: it is zero.
    """
    if value <= 0:
        raise OpeningError(
            f"{what} is {value:g} in the valuation year, and others are measured by it"
        )
    return value


def in_force(config: Config, module: str, name: str, back: int = 0) -> float:
    """A dated rule in the valuation year, or in one before it."""
    rules = config.assumptions.scheme_rules[module].rules
    year = config.assumptions.info.valuation_date.year - back
    return rules[name].in_year(year)


def by_key(total: float, key: Array) -> Array:
    """A total spread over places by a key."""
    return total * key / key.sum()


def base_level(fund: str, contributions: float, due: float) -> float:
    """Contributions over what the pension scheme's bases would owe.

    Raises:
        OpeningError: outside :data:`BASE_RANGE`.
    """
    level = contributions / due
    low, high = BASE_RANGE
    if not low <= level <= high:
        raise OpeningError(
            f"{fund}: the contribution base would be {level:.3f} of that of the pension scheme, outside {low}-{high}"
        )
    return level


def accounts_of(
    context: Context,
    heads: Array,
    recipients: Array,
    contributions: Array,
    due: Array,
    expenditure: Array,
    balance: Array,
    interest: float,
) -> Accounts:
    """Accounts by province; interest is earned where the balances are.

    Args:
        context: of the opening.
        heads: insured [municipality].
        recipients: person-years [province].
        contributions: own [municipality].
        due: contributions of all insured at the average wage [province].
        expenditure, balance: [province].
        interest: the nation's.
    """
    paid = sums(context.province, contributions)
    earned = by_key(interest, balance) if balance.sum() > 0 else np.zeros_like(balance)
    return Accounts(
        active=sums(context.province, heads),
        retirees=recipients,
        revenue=paid + earned,
        expenditure=expenditure,
        balance=balance,
        interest=earned,
        subsidy=np.zeros_like(paid),
        contributions=paid,
        collection=paid / due,
    )
