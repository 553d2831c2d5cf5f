"""Opening stocks and levers of one fund, calibrated to its published heads and accounts province by province."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config, EmployeePensionFund
from pooling.axes import AGES
from pooling.errors import OpeningError
from pooling.opening.accounts import Accounts
from pooling.opening.context import Context
from pooling.opening.contribution_base import (
    BaseLaw,
    Collection,
    average_wages,
    base_law,
    clamped_mean,
    collection,
    mean_bases,
)
from pooling.opening.death_grants import (
    grant_law,
    grants_paid,
    mortal_members,
    mortal_pensioners,
    retiring_service,
)
from pooling.opening.enrolment import offered_at_opening
from pooling.opening.members import (
    Ages,
    Careers,
    careers,
    coverage,
    first_pension_age,
    retirement_ages,
)
from pooling.opening.municipal import Split
from pooling.opening.pensioners import Vintages, vintages
from pooling.parameters.demography import provincial_multipliers
from pooling.parameters.lookup import share_of, sums

Array = NDArray[np.float64]

BISECTIONS = 60
"""Halvings of the level of wages: 60 bring an interval of 8 below 1e-17."""


@dataclass(frozen=True)
class FundOpening:
    """Stocks of a fund on 31 December of the valuation year, and what was calibrated to get them."""

    fund: EmployeePensionFund
    accounts: Accounts
    ages: Ages
    coverage: Array
    """[year, sex, age on 1 January]."""
    coverage_factor: Array
    """[municipality]."""
    density: Array
    """[municipality]."""
    base_level: Array
    """[municipality]."""
    profile: Array
    """[sex, age] relative wage."""
    members: Array
    """[class, sex, age, municipality]; persons."""
    service: Array
    index: Array
    balances: Array
    """Account balances [class, sex, age, municipality]; currency."""
    contributed_wages: float
    """Past contribution wages of the members over their account balances; 0 where there are none."""
    deemed: Array
    """[province, sex, age]; years."""
    pensioners: Array
    """[sex, age, municipality]; persons."""
    pensions: Array
    """Annual rate [sex, age, municipality]; currency a year."""
    account_pensions: Array
    pensioner_accounts: Array
    other_outgo: Array
    """Other outgo over pensions paid [municipality]."""
    grants: Array
    """Grants on death of the valuation year [province]; currency."""
    retiring_service: Array
    """Mean contribution years of those who retire in the first year [sex]."""
    inherited: Array
    """Accounts left by the valuation year's deaths [province]; currency."""
    mean_heads_ratio: Array
    """Mean pensioners of the valuation year over those at its end [province]."""
    index_level: Array
    """Factor on the index-years, by which the first year's new pensions meet their range [province]."""

    def with_index_level(self, level: Array, province: NDArray[np.int_]) -> "FundOpening":
        """The same fund with its index-years moved by province."""
        return replace(self, index=self.index * level[province], index_level=level)


def open_fund(context: Context, fund: EmployeePensionFund, accounts: Accounts) -> FundOpening:
    """Calibrate one fund (steps 8 to 15 of the opening procedure).

    Args:
        context: people, wages, shares of the municipalities.
        fund: the fund.
        accounts: its share of the published accounts.
    """
    config, split, years = context.config, context.split, context.years
    province, wage, survival = context.province, context.wage, context.survival
    ages = retirement_ages(config, fund, years)
    covered = coverage(config, fund, ages)
    offered = offered_at_opening(config, fund)[:, None, None, None] * context.persons
    factor = _coverage_factor(config, accounts, covered[0], offered, split)
    members = offered * covered[0][None, :, :, None] * factor
    wages = average_wages(config, context.accounts, split)
    law = base_law(config, fund, wages, config.assumptions.info.valuation_date.year)
    paid = collection(config, fund, accounts.collection, law, int(years[0]) - 1)
    _require_collection(config, fund, paid)
    level = _wage_level(members, paid.base, law, split, province)
    past = careers(config, fund, wage, paid, law, level)
    relative = _relative_base(law, level, split, province)
    rolled = vintages(config, fund)
    stock = _pensioners(fund, accounts, rolled, paid, wage)
    dying = _dying(config, survival, int(years[0]) - 1)
    inherited = _inherited(members, past, stock, dying, province)
    other = fund.outgo.other_share * accounts.expenditure
    service = members * _spread(past.service, province)
    retiring = retiring_service(ages.hazard[0], members, service)
    of_grants = grant_law(config, fund, years[:1] - 1)
    mortal = (
        mortal_members(of_grants, fund, _by_province(members, province), past.service),
        mortal_pensioners(of_grants, fund, stock.heads, ages.waiting[:1], retiring),
    )
    income = fund.outgo.income_over_wage * wage
    grants = grants_paid(mortal, dying, income)
    paid_out = accounts.expenditure - other - inherited - grants
    ratio = share_of(rolled.mean_heads, rolled.heads.sum(axis=(1, 2)))
    drawn = stock.amounts.sum(axis=(1, 2)) * ratio
    _require_pensioners(config, fund, paid_out, drawn)
    scale = share_of(paid_out, drawn)
    to_city = split.retirees
    return FundOpening(
        fund=fund,
        accounts=accounts,
        ages=ages,
        coverage=covered,
        coverage_factor=factor,
        density=paid.density[province],
        base_level=np.exp(level)[province],
        profile=law.profile,
        members=members,
        service=service,
        index=members * _spread(past.index, province) * relative,
        balances=members * _spread(past.accounts, province) * relative,
        contributed_wages=_contributed_wages(members, past, province),
        deemed=past.deemed,
        pensioners=_spread(stock.heads, province) * to_city,
        pensions=_spread(stock.amounts * scale[:, None, None], province) * to_city,
        account_pensions=_spread(stock.account_pension, province) * to_city,
        pensioner_accounts=_spread(stock.accounts, province) * to_city,
        other_outgo=share_of(other, paid_out)[province],
        grants=grants,
        retiring_service=retiring,
        inherited=inherited,
        mean_heads_ratio=ratio,
        index_level=np.ones(len(ratio)),
    )


def _spread(by_province: Array, province: NDArray[np.int_]) -> Array:
    """[province, sex, age] → [sex, age, municipality]."""
    return np.moveaxis(by_province, 0, -1)[..., province]


def _coverage_factor(
    config: Config, accounts: Accounts, covered: Array, offered: Array, split: Split
) -> Array:
    """Published active members of a municipality over what participation gives; 0 where nobody lives.

    Raises:
        OpeningError: members of a municipality without residents of working age.
    """
    municipalities = config.assumptions.municipalities
    expected = np.einsum("cxam,xa->m", offered, covered)
    published = accounts.active[municipalities.province_index] * split.active
    nobody = np.flatnonzero((expected <= 0) & (published > 0))
    if nobody.size:
        names = ", ".join(f"{municipalities.name[m]} ({published[m]:.0f})" for m in nobody)
        raise OpeningError(f"members where no resident may be one, by the split's share: {names}")
    return share_of(published, expected)


def _require_pensioners(
    config: Config, fund: EmployeePensionFund, paid_out: Array, drawn: Array
) -> None:
    wrong = np.flatnonzero((paid_out > 0) & (drawn <= 0))
    if wrong.size:
        names = ", ".join(
            f"{config.assumptions.provinces.name[p]} ({paid_out[p]:.0f})" for p in wrong
        )
        raise OpeningError(f"{fund.key}: pensions are paid where no retiree is published: {names}")


def _require_collection(config: Config, fund: EmployeePensionFund, paid: Collection) -> None:
    wrong = np.flatnonzero((paid.density <= 0) | (paid.density > 1.0 + 1e-9))
    if wrong.size:
        names = ", ".join(
            f"{config.assumptions.provinces.name[p]} ({paid.density[p]:.3f})" for p in wrong
        )
        raise OpeningError(
            f"{fund.key}: the share of members who would have to pay is outside (0, 1]: {names}"
        )


def _wage_level(
    members: Array, base: Array, law: BaseLaw, split: Split, province: NDArray[np.int_]
) -> Array:
    """Log median wage of a province's members over the average wage at which their mean base is ``base``.

    Bisection: the mean base rises with the level from floor to cap.
    """
    weight = members.sum(axis=0)
    heads = sums(province, weight.sum(axis=(0, 1)))
    low, high = np.full(len(base), -5.0), np.full(len(base), 3.0)
    for _ in range(BISECTIONS):
        level = 0.5 * (low + high)
        mean = mean_bases(law, _log_level(level, split, province))
        total = sums(province, (weight * mean).sum(axis=(0, 1)))
        above = total / heads > base
        low, high = np.where(above, low, level), np.where(above, level, high)
    return 0.5 * (low + high)


def _log_level(level: Array, split: Split, province: NDArray[np.int_]) -> Array:
    return level[province] + np.log(split.relative_wage)


def _relative_base(law: BaseLaw, level: Array, split: Split, province: NDArray[np.int_]) -> Array:
    """Base of a municipality's members over that of their province at the same age [sex, age, municipality]."""
    local = mean_bases(law, _log_level(level, split, province))
    whole = clamped_mean(np.log(law.profile)[:, :, None] + level, law, law.limits.provinces)
    return local / whole[..., province]


def _pensioners(
    fund: EmployeePensionFund, accounts: Accounts, rolled: Vintages, paid: Collection, wage: Array
) -> Vintages:
    """Rolled cohorts scaled to the fund's published pensioners, their accounts to its wages and bases."""
    heads = share_of(accounts.retirees, rolled.heads.sum(axis=(1, 2)))[:, None, None]
    deposit = (wage * paid.base * paid.density)[:, None, None]
    return Vintages(
        heads=rolled.heads * heads,
        amounts=rolled.amounts * heads,
        account_pension=rolled.account_pension * heads * deposit,
        accounts=rolled.accounts * heads * deposit,
        mean_heads=rolled.mean_heads,
        new=rolled.new,
    )


def _inherited(
    members: Array, past: Careers, stock: Vintages, dying: Array, province: NDArray[np.int_]
) -> Array:
    """Accounts left by a year's deaths among members and pensioners [province]."""
    of_members = np.einsum("pxa,pxa,pxa->p", _by_province(members, province), past.accounts, dying)
    return of_members + np.einsum("pxa,pxa->p", stock.accounts, dying)


def _dying(config: Config, survival: Array, year: int) -> Array:
    """Share of the living of a province who die in a year, by age at its beginning [province, sex, age]."""
    by_age = np.concatenate([survival[:, 1:], survival[:, -1:]], axis=1)
    multiplier = provincial_multipliers(config.assumptions, year).mortality
    return 1 - by_age[None] ** multiplier.T[..., None]


def _by_province(stock: Array, province: NDArray[np.int_]) -> Array:
    """[class, sex, age, municipality] → [province, sex, age]."""
    return np.einsum("cxam,mp->pxa", stock, np.eye(province.max() + 1)[province])


def _contributed_wages(members: Array, past: Careers, province: NDArray[np.int_]) -> float:
    weight = members.sum(axis=0)
    wages = np.sum(weight * _spread(past.wages, province))
    balance = np.sum(weight * _spread(past.accounts, province))
    return float(wages / balance) if balance > 0 else 0.0


def ages_of(opening: FundOpening) -> tuple[int, int, int]:
    """Youngest entry age, youngest and oldest age on 1 January of an award."""
    first = int(first_pension_age(opening.ages).min())
    last = min(_last_award(opening.ages), AGES - 2)
    return opening.fund.members.entry_age_first, first, last


def _last_award(ages: Ages) -> int:
    """Oldest age on 1 January at which somebody still waits for a pension."""
    return int(np.flatnonzero((ages.waiting > 1e-12).any(axis=(0, 1))).max())
