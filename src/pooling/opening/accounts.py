"""The published accounts of the opening year, split by fund and into contributions, interest and scheduled subsidy.

The published revenue holds all three. The split is a declared method (grade D), judged and not fitted: a fund with a
negative part or a collection factor outside its range is an error that names the province.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config, EmployeePensionFund
from pooling.assumptions.funds import Revenue
from pooling.errors import OpeningError
from pooling.parameters.lookup import labels

Provinces = NDArray[np.float64]

Money = TypeVar("Money", float, Provinces)

COLLECTION_RANGE = (0.35, 1.0)
"""Collection factors outside are an error of the data or of the split, never clipped."""


@dataclass(frozen=True)
class Accounts:
    """Accounts of a fund, or of the whole scheme, in the opening year by province; persons and currency."""

    active: Provinces
    retirees: Provinces
    revenue: Provinces
    expenditure: Provinces
    balance: Provinces
    """On 31 December."""
    interest: Provinces
    subsidy: Provinces
    contributions: Provinces
    collection: Provinces
    """Contributions over (standard rate × average wage × active members): the factor k."""


@dataclass(frozen=True)
class OpeningAccounts:
    """The scheme's accounts and their split by fund."""

    scheme: Accounts
    funds: tuple[Accounts, ...]
    central_share: Provinces
    """The centre's share of scheduled subsidy."""
    wage: Provinces
    """Average wage that the opening year's bases used; currency a year."""

    @property
    def member_shares(self) -> Provinces:
        """Provinces in the active members: their weights in the nation's average and reference wage."""
        return self.scheme.active / self.scheme.active.sum()


def opening_accounts(config: Config) -> OpeningAccounts:
    """Split the published accounts of the valuation year (steps 1 to 5 of the opening procedure).

    Raises:
        OpeningError: a negative part, or a collection factor of the scheme outside its range.
    """
    year = config.assumptions.info.valuation_date.year
    published = _published(config, year)
    wage = wage_used(config, year)
    rate = _standard_rate(config, year)
    tiers = config.assumptions.tables["pooling/tiers"].values["central_share"]
    active, retirees, revenue, expenditure, balance = published
    earned = interest(config.options.interest, revenue, expenditure, balance)
    subsidy = expenditure * _subsidy_share(config, tiers, revenue, expenditure)
    scheme = _accounts(
        active, retirees, revenue, expenditure, balance, earned, subsidy, rate * wage
    )
    _require_plausible(config, scheme)
    return OpeningAccounts(scheme, _by_fund(config, scheme, rate * wage), tiers, wage)


def _published(config: Config, year: int) -> tuple[Provinces, ...]:
    """Active, retirees, revenue, expenditure and balance of one year."""
    table = config.assumptions.tables["schemes/accounts"]
    row = _position(labels(table, "year"), year, "schemes/accounts")
    columns = ("active", "retirees", "revenue", "expenditure", "balance")
    return tuple(table.values[name][:, row] for name in columns)


def wage_used(config: Config, year: int) -> Provinces:
    """Average wage that the bases of ``year`` use: the one earned the year before [province]."""
    table = config.assumptions.tables["economy/average_wage"]
    used = _position(labels(table, "used_year"), year, "economy/average_wage")
    earned = _position(labels(table, "earned_year"), year - 1, "economy/average_wage")
    return table.values["average_wage"][:, earned, used]


def _position(labels: NDArray[np.int_], label: int, table: str) -> int:
    found = np.flatnonzero(labels == label)
    if not found.size:
        raise OpeningError(f"{table}: no year {label}; the years are {labels.min()}-{labels.max()}")
    return int(found[0])


def _standard_rate(config: Config, year: int) -> float:
    """Employer's plus employee's rate of the scheme's law."""
    rules = config.assumptions.scheme_rules[config.pension_funds[0].module].rules
    years = np.array([year])
    return float((rules["employer_rate"].annual(years) + rules["employee_rate"].annual(years))[0])


def interest(rate: float, revenue: Money, expenditure: Money, balance: Money) -> Money:
    """Rate × the mean of opening and closing balance, the opening one being closing less the year's result."""
    return rate * (balance - 0.5 * (revenue - expenditure))


def _subsidy_share(
    config: Config, tiers: Provinces, revenue: Provinces, expenditure: Provinces
) -> Provinces:
    """Scheduled subsidy over expenditure: a + b × the centre's tier share.

    a and b make the total the declared share of revenue and, with an anchor, the anchor province's published share.

    Raises:
        OpeningError: no b does, because the tiers are alike.
    """
    total = config.options.subsidy_share * revenue.sum()
    anchor = config.options.subsidy_anchor
    if anchor is None:
        return np.full_like(tiers, total / expenditure.sum())
    at = int(np.flatnonzero(config.assumptions.provinces.code == anchor.province)[0])
    # a + b τ_anchor = share;  a ΣE + b Σ(E τ) = total.
    apart = np.sum(expenditure * (tiers - tiers[at]))
    if abs(apart) < 1e-9 * expenditure.sum():
        raise OpeningError(
            f"subsidy_anchor: the tiers of the provinces are those of {anchor.province} on average, so that no "
            "other share of the subsidy follows from its own; allowed: an anchor whose tier differs (pooling/tiers), or none"
        )
    slope = (total - anchor.share_of_expenditure * expenditure.sum()) / apart
    return anchor.share_of_expenditure + slope * (tiers - tiers[at])


def _accounts(
    active: Provinces,
    retirees: Provinces,
    revenue: Provinces,
    expenditure: Provinces,
    balance: Provinces,
    interest: Provinces,
    subsidy: Provinces,
    due: Provinces,
) -> Accounts:
    contributions = revenue - interest - subsidy
    return Accounts(
        active=active,
        retirees=retirees,
        revenue=revenue,
        expenditure=expenditure,
        balance=balance,
        interest=interest,
        subsidy=subsidy,
        contributions=contributions,
        collection=contributions / (due * active),
    )


def _by_fund(config: Config, scheme: Accounts, due: Provinces) -> tuple[Accounts, ...]:
    """Balanced funds by their own rule; the residual fund takes the rest of revenue and subsidy."""
    balanced = {
        fund.key: _balanced_fund(fund, fund.revenue, scheme, due, config.options.interest)
        for fund in config.pension_funds
        if fund.revenue is not None
    }
    taken = list(balanced.values())
    revenue = scheme.revenue - sum(each.revenue for each in taken)
    subsidy = scheme.subsidy - sum(each.subsidy for each in taken)
    return tuple(
        balanced[fund.key]
        if fund.key in balanced
        else _split_fund(fund, scheme, revenue, subsidy, due, config.options.interest)
        for fund in config.pension_funds
    )


def _balanced_fund(
    fund: EmployeePensionFund, rule: Revenue, scheme: Accounts, due: Provinces, rate: float
) -> Accounts:
    """A fund whose revenue equals its expenditure, subsidised where its own contributions fall short.

    Contributions at the declared wage and collection; what is missing is subsidy, up to a share of the province's, the
    rest the employers' own make-up payments.
    """
    expenditure = fund.split.expenditure * scheme.expenditure
    balance = fund.split.balance * scheme.balance
    earned = interest(rate, expenditure, expenditure, balance)
    standard = rule.collection * rule.relative_wage * due * fund.split.active * scheme.active
    most = rule.max_subsidy_share * scheme.subsidy
    subsidy = np.clip(expenditure - earned - standard, 0, most)
    return _accounts(
        fund.split.active * scheme.active,
        fund.split.retirees * scheme.retirees,
        expenditure,
        expenditure,
        balance,
        earned,
        subsidy,
        due,
    )


def _split_fund(
    fund: EmployeePensionFund,
    scheme: Accounts,
    revenue: Provinces,
    subsidy: Provinces,
    due: Provinces,
    rate: float,
) -> Accounts:
    expenditure = fund.split.expenditure * scheme.expenditure
    balance = fund.split.balance * scheme.balance
    return _accounts(
        fund.split.active * scheme.active,
        fund.split.retirees * scheme.retirees,
        revenue,
        expenditure,
        balance,
        interest(rate, revenue, expenditure, balance),
        subsidy,
        due,
    )


def _require_plausible(config: Config, scheme: Accounts) -> None:
    """Judge the split: no negative part, every collection factor of the scheme within its range."""
    low, high = COLLECTION_RANGE
    names = config.assumptions.provinces.name
    problems = [
        f"{names[p]}: {part} is negative ({values[p]:.4g})"
        for part in ("interest", "subsidy", "contributions")
        for values in [getattr(scheme, part)]
        for p in np.flatnonzero(values < 0)
    ]
    problems += [
        f"{names[p]}: collection factor {scheme.collection[p]:.3f} is outside {low}-{high}"
        for p in np.flatnonzero((scheme.collection < low) | (scheme.collection > high))
    ]
    if problems:
        raise OpeningError(
            "the opening accounts cannot be split into contributions, interest and subsidy: "
            + "; ".join(problems)
        )
