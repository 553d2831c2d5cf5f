"""What the opening reproduces of the published accounts, province by province, and what it had to assume for it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.opening.build import Opening
from pooling.opening.fund import FundOpening
from pooling.opening.members import BaseLaw, base_law, clamped_mean
from pooling.parameters.lookup import sums

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
        "expenditure": pensions + fund.inherited + other * fund.mean_heads_ratio,
        "balance": _balance(opening, fund),
    }


def _contributions(config: Config, opening: Opening, fund: FundOpening) -> Array:
    """Contributions of the opening members at the valuation year's wages and rates [municipality]."""
    year = config.assumptions.info.valuation_date.year
    law = base_law(config, fund.fund, year)
    rules = config.assumptions.scheme_rules[fund.fund.module].rules

    def rate(name: str) -> float:
        return float(rules[name].annual(np.array([year]))[0])

    wage = opening.accounts.wage[config.assumptions.municipalities.province_index]
    share = fund.fund.members.flexible_share
    chosen = float(np.clip(fund.fund.members.flexible_base_multiple, law.floor, law.cap))
    employee = (
        (1 - share) * _bases(fund, opening, law) * (rate("employer_rate") + rate("employee_rate"))
    )
    heads = fund.members.sum(axis=(0, 1, 2))
    flexible = (
        share * chosen * heads * (rate("flexible_pooled_rate") + rate("flexible_account_rate"))
    )
    return wage * fund.density * (employee + flexible)


def _bases(fund: FundOpening, opening: Opening, law: BaseLaw) -> Array:
    """Sum of the members' bases over the average wage, were all employees [municipality]."""
    place = np.log(fund.base_level * opening.split.relative_wage)
    base = clamped_mean(np.log(law.profile)[:, :, None] + place, law)
    return np.einsum("cxam,xam->m", fund.members, base)


def _balance(opening: Opening, fund: FundOpening) -> Array:
    """Reserves of the fund's provinces as they stand in the state, from the arrangement of the finest pools."""
    place = opening.funds.index(fund)
    finest = max(opening.model.pooling.arrangements, key=lambda each: each.pools)
    by_pool = np.asarray(
        opening.model.pooling.split(opening.state.balances.filled[place])[
            opening.model.pooling.arrangements.index(finest)
        ]
    )
    pool = np.asarray(finest.pool)
    province = np.asarray(opening.model.levers.geography.province)
    home = {int(p): int(q) for p, q in zip(pool, province, strict=True)}
    return sums(np.array([home[p] for p in range(finest.pools)]), by_pool)
