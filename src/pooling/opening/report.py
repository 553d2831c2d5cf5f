"""What the opening reproduces of the published accounts, province by province, and what it had to assume for it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.opening.award_level import USUAL
from pooling.opening.build import Opening
from pooling.opening.contribution_base import BaseLaw, average_wages, base_law, mean_bases
from pooling.opening.fund import FundOpening
from pooling.parameters.lookup import labels, share_of, sums
from pooling.pools.arrangement import Partition

Array = NDArray[np.float64]

FIGURES = ("active", "retirees", "revenue", "expenditure", "balance")


@dataclass(frozen=True)
class BaseYear:
    """The valuation year by province, over all funds; persons and currency."""

    published: dict[str, Array]
    """The five published figures."""
    model: dict[str, Array]
    """The same from the opening stocks and the scheme's formulas."""
    collection: Array
    """Collection factor k of the whole scheme."""
    subsidy_share: Array
    """Scheduled subsidy over expenditure."""
    service: Array
    """Mean contribution years of the members aged 50 to 59."""
    index: Array
    """Mean index of the same."""

    def residual(self, figure: str) -> Array:
        """Model over published, less one."""
        return self.model[figure] / self.published[figure] - 1


def base_year(config: Config, opening: Opening) -> BaseYear:
    """Recompute the published accounts of the valuation year from the opening stocks.

    Contributions are the members' bases at that year's wages times rates and density; expenditure is the pensions at the
    mean heads of the year, the accounts left by a year's deaths and the declared other outgo.
    """
    scheme = opening.accounts.scheme
    parts = [_fund(config, opening, fund) for fund in opening.funds]
    model = {name: np.sum([part[name] for part in parts], axis=0) for name in FIGURES}
    elders = slice(50, 60)
    province = config.assumptions.municipalities.province_index

    def total(stock: Array) -> Array:
        return sums(province, stock[:, :, elders].sum(axis=(0, 1, 2)))

    members = np.sum([total(fund.members) for fund in opening.funds], axis=0)
    service = np.sum([total(fund.service) for fund in opening.funds], axis=0)
    index = np.sum([total(fund.index) for fund in opening.funds], axis=0)
    return BaseYear(
        published={name: getattr(scheme, name) for name in FIGURES},
        model=model,
        collection=scheme.collection,
        subsidy_share=scheme.subsidy / scheme.expenditure,
        service=service / members,
        index=index / service,
    )


def unallocated(config: Config, opening: Opening) -> dict[str, float]:
    """What the valuation year's national figures hold beyond the provinces: a named line, in no fund and no region.

    Central organs in the scheme's accounts (persons and currency), and people outside the provinces (servicemen).
    """
    named = {"outside_provinces_persons": opening.population.report["outside_provinces"]}
    table = config.assumptions.tables.get("schemes/accounts_national")
    year = config.assumptions.info.valuation_date.year
    if table is None or year not in labels(table, "year"):
        return named
    row = int(np.flatnonzero(labels(table, "year") == year)[0])
    for figure in FIGURES:
        left = table.values[figure][row] - getattr(opening.accounts.scheme, figure).sum()
        if np.isfinite(left):
            named[f"unallocated_{figure}"] = float(left)
    return named


def table_of(config: Config, opening: Opening) -> list[tuple[str, ...]]:
    """The base year as rows of text: province, published heads and money, largest residual, k, G/E, n, Z and its factor."""
    base = base_year(config, opening)
    worst = np.max([np.abs(base.residual(figure)) for figure in FIGURES], axis=0)
    money, heads = 1e8, 1e4
    return [
        (
            name,
            f"{base.published['active'][p] / heads:,.1f}",
            f"{base.published['retirees'][p] / heads:,.1f}",
            f"{base.published['revenue'][p] / money:,.1f}",
            f"{base.published['expenditure'][p] / money:,.1f}",
            f"{base.published['balance'][p] / money:,.1f}",
            f"{worst[p]:.1e}",
            f"{base.collection[p]:.3f}",
            f"{base.subsidy_share[p]:.1%}",
            f"{base.service[p]:.1f}",
            f"{base.index[p]:.2f}",
            " ".join(f"{fund.index_level[p]:.2f}" for fund in opening.funds),
        )
        for p, name in enumerate(config.assumptions.provinces.name)
    ]


COLUMNS = (
    "province",
    "active\n10k",
    "retirees\n10k",
    "revenue\n100m",
    "expenditure\n100m",
    "balance\n100m",
    "largest\nresidual",
    "k",
    "subsidy/\noutgo",
    "years\nat 50-59",
    "index",
    "level of\npast index",
)
"""Headings of :func:`table_of`."""


def warnings(config: Config, opening: Opening) -> list[str]:
    """What is unusual in an opening: crowded places; factors on past index-years outside the usual range, a line a fund."""
    low, high = USUAL
    lines = _crowded(config, opening)
    for fund in opening.funds:
        unusual = np.flatnonzero((fund.index_level < low) | (fund.index_level > high))
        if unusual.size:
            names = (
                f"{config.assumptions.provinces.name[p]} {fund.index_level[p]:.2f}" for p in unusual
            )
            lines.append(
                f"warning: {fund.fund.key}: level of past index outside {low}-{high}: {', '.join(names)}"
            )
    return lines


def _crowded(config: Config, opening: Opening) -> list[str]:
    """Municipalities with more members than residents of their ages: many live elsewhere, or a split does not fit."""
    members = np.sum([fund.members.sum(axis=0) for fund in opening.funds], axis=0)
    residents = opening.population.persons.sum(axis=0)
    of_their_ages = (members > 0).any(axis=-1, keepdims=True) * residents
    ratio = share_of(members.sum(axis=(0, 1)), of_their_ages.sum(axis=(0, 1)))
    names = [
        f"{config.assumptions.municipalities.name[m]} {ratio[m]:.2f}"
        for m in np.flatnonzero(ratio > 1)
    ]
    return [f"warning: members over residents of their ages: {', '.join(names)}"] if names else []


def _fund(config: Config, opening: Opening, fund: FundOpening) -> dict[str, Array]:
    province = config.assumptions.municipalities.province_index

    def by_province(stock: Array) -> Array:
        return sums(province, stock.reshape(-1, stock.shape[-1]).sum(axis=0))

    contributions = sums(province, _contributions(config, opening, fund))
    pensions = by_province(fund.pensions) * fund.mean_heads_ratio
    other = sums(province, fund.other_outgo * fund.pensions.sum(axis=(0, 1)))
    return {
        "active": by_province(fund.members),
        "retirees": by_province(fund.pensioners),
        "revenue": contributions + fund.accounts.interest + fund.accounts.subsidy,
        "expenditure": pensions + fund.inherited + fund.grants + other * fund.mean_heads_ratio,
        "balance": _balance(opening, fund),
    }


def _contributions(config: Config, opening: Opening, fund: FundOpening) -> Array:
    """Contributions of the opening members at the valuation year's wages and rates [municipality]."""
    year = config.assumptions.info.valuation_date.year
    wages = average_wages(config, opening.accounts, opening.split)
    law = base_law(config, fund.fund, wages, year)
    rules = config.assumptions.scheme_rules[fund.fund.module].rules

    def rate(name: str) -> float:
        return rules[name].in_year(year)

    wage = opening.accounts.wage[config.assumptions.municipalities.province_index]
    of_wages = rate("employer_rate") + rate("employee_rate")
    of_choice = rate("flexible_pooled_rate") + rate("flexible_account_rate")
    employee = (1 - law.flexible.share) * _bases(fund, opening, law) * of_wages
    years = law.flexible.share * law.flexible.density * fund.members.sum(axis=(0, 1, 2))
    flexible = years * law.flexible.base(law, law.limits.places) * of_choice
    return wage * fund.density * (employee + flexible)


def _bases(fund: FundOpening, opening: Opening, law: BaseLaw) -> Array:
    """Sum of the members' bases over the average wage, were all employees [municipality]."""
    base = mean_bases(law, np.log(fund.base_level * opening.split.relative_wage))
    return np.einsum("cxam,xam->m", fund.members, base)


def _balance(opening: Opening, fund: FundOpening) -> Array:
    """Reserves of the fund's provinces as they stand in the state, from an arrangement whose pools lie in provinces.

    Where every pool spans provinces the state does not tell their reserves apart: then those of the accounts.
    """
    place, pooling = opening.funds.index(fund), opening.model.pooling
    held = pooling.split(opening.state.balances.filled[place])
    for arrangement, balances in zip(pooling.arrangements, held, strict=True):
        parts = zip(arrangement.partitions, arrangement.split(balances), strict=True)
        for k, (partition, balance) in enumerate(parts):
            inside = partition.pairs.together is None
            if inside and float(arrangement.force(k)[0, place]) == 1:
                return _by_province(opening, partition, np.asarray(balance))
    return fund.accounts.balance


def _by_province(opening: Opening, partition: Partition, balance: Array) -> Array:
    """Balances of pools that lie in one province each, by province."""
    province = np.asarray(opening.model.levers.geography.province)
    home = np.full(partition.pools, -1)
    home[np.asarray(partition.pool)] = province
    if partition.local:
        home[-len(province) :] = province
    return sums(home[home >= 0], balance[home >= 0])
