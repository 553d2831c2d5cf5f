"""Contribution bases of the opening: floor and cap, choices of flexible workers, collection split into base and density."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pooling.assumptions import Config, EmployeePensionFund
from pooling.axes import AGES
from pooling.opening.accounts import OpeningAccounts
from pooling.opening.municipal import Split
from pooling.parameters.lookup import labels

Array = NDArray[np.float64]

LOWEST_BASE = 1.08
"""Mean base over the floor below which a province's low collection is read as members who do not pay (assumption,
grade D: with the declared wage spread a lower mean would put nearly everybody at the floor)."""


@dataclass(frozen=True)
class AverageWages:
    """Average wages that floor and cap can be multiples of, over the province's."""

    municipal: Array
    """The municipality's [municipality]."""
    national: Array
    """The nation's [province]: provinces weighted by active members, as in the national reference wage."""
    province: NDArray[np.int_]
    """Province of every municipality."""


def average_wages(config: Config, accounts: OpeningAccounts, split: Split) -> AverageWages:
    """Those of the valuation date."""
    national = np.sum(accounts.member_shares * accounts.wage) / accounts.wage
    return AverageWages(
        split.relative_wage, national, config.assumptions.municipalities.province_index
    )


@dataclass(frozen=True)
class LimitWages:
    """Wage of which floor and cap are multiples, over the average wage of the province."""

    provinces: Array
    """Mean of a province [*year, province]."""
    places: Array
    """[*year, municipality]."""


def limit_wages(
    config: Config, fund: EmployeePensionFund, wages: AverageWages, years: NDArray[np.int_]
) -> LimitWages:
    """By the dated shares of the municipality's and the nation's average wage in it; the rest is the province's.

    Returns:
        Arrays with a leading year axis.
    """
    rules = config.assumptions.scheme_rules[fund.module].rules
    city = rules["limit_wage_municipal"].annual(years)[:, None]
    nation = rules["limit_wage_national"].annual(years)[:, None]
    # A province's municipalities have its average wage in the mean.
    provinces = 1 + nation * (wages.national - 1)
    return LimitWages(provinces, provinces[:, wages.province] + city * (wages.municipal - 1))


@dataclass(frozen=True)
class Flexible:
    """Flexible workers of a fund in a year."""

    share: float
    """Of the active members."""
    tiers: Array
    """Bases that they choose over the average wage [tier]."""
    weights: Array
    """Share of a tier in the years that they pay [tier]."""
    density: float
    """Contribution years of one of them over those of an employee."""

    @property
    def payment(self) -> float:
        """Contribution years of a member over those of an employee."""
        return 1 - self.share * (1 - self.density)

    @property
    def years(self) -> float:
        """Their share in the contribution years that are paid."""
        return self.share * self.density / self.payment

    def base(self, law: "BaseLaw", limit: Array) -> Array:
        """Their mean base over the average wage, of the shape of ``limit``: the wage that floor and cap are multiples of."""
        tiers = self.tiers.reshape(-1, *[1] * limit.ndim)
        return np.tensordot(
            self.weights, np.clip(tiers, law.floor * limit, law.cap * limit), axes=1
        )


def flexible_workers(fund: EmployeePensionFund) -> Flexible:
    """Those of the valuation year: none pays more or less than declared."""
    members = fund.members
    density = members.flexible_density
    return Flexible(
        share=members.flexible_share,
        tiers=np.array([tier.multiple for tier in members.flexible_tiers]),
        weights=np.array([tier.share * tier.density for tier in members.flexible_tiers]) / density,
        density=density,
    )


@dataclass(frozen=True)
class BaseLaw:
    """How contribution bases follow from wages in a fund in one year."""

    floor: float
    """Over the wage of the limits."""
    cap: float
    limits: LimitWages
    """[province] and [municipality]."""
    spread: float
    profile: Array
    """[sex, age] relative wage."""
    flexible: Flexible


def base_law(config: Config, fund: EmployeePensionFund, wages: AverageWages, year: int) -> BaseLaw:
    """The law of the bases in one year."""
    rules = config.assumptions.scheme_rules[fund.module].rules
    limits = limit_wages(config, fund, wages, np.array([year]))
    table = config.assumptions.tables["economy/wage_age"]
    values = table.values[f"index_{config.options.wage_age}"]
    ages = labels(table, "age")
    everywhere = np.clip(np.arange(AGES), ages.min(), ages.max()) - ages.min()
    return BaseLaw(
        floor=rules["floor_multiple"].in_year(year),
        cap=rules["cap_multiple"].in_year(year),
        limits=LimitWages(limits.provinces[0], limits.places[0]),
        spread=fund.members.wage_spread,
        profile=values[:, everywhere],
        flexible=flexible_workers(fund),
    )


def clamped_mean(log_median: Array, law: BaseLaw, limit: Array) -> Array:
    """E[clamp(exp(x + σz), floor, cap)], the NumPy twin of the projection's base; σ = 0 clamps exactly.

    Args:
        log_median: x, of wages over the average wage.
        law: floor, cap, spread σ.
        limit: wage that floor and cap are multiples of, over the average wage.
    """
    floor, cap = law.floor * limit, law.cap * limit
    if law.spread == 0:
        return np.clip(np.exp(log_median), floor, cap)
    low = (np.log(floor) - log_median) / law.spread
    high = (np.log(cap) - log_median) / law.spread
    middle = np.exp(log_median + 0.5 * law.spread**2) * (
        ndtr(high - law.spread) - ndtr(low - law.spread)
    )
    return floor * ndtr(low) + middle + cap * ndtr(-high)


def mean_bases(law: BaseLaw, log_level: Array) -> Array:
    """Mean base of the employees of a municipality over the average wage of its province [sex, age, municipality].

    Args:
        law: of the bases.
        log_level: log median wage over that average wage at profile 1 [municipality].
    """
    return clamped_mean(np.log(law.profile)[:, :, None] + log_level, law, law.limits.places)


@dataclass(frozen=True)
class Collection:
    """How a province's collection factor k comes about: the base that is declared, and how many pay."""

    base: Array
    """Mean base of an employee over the average wage [province]."""
    density: Array
    """Share of the active members, were all employees, who pay in a year [province]."""


def collection(
    config: Config, fund: EmployeePensionFund, factor: Array, law: BaseLaw, year: int
) -> Collection:
    """Split k into base and density: all members but the dormant pay while the base stays above the floor.

    Below it the base stays at :data:`LOWEST_BASE` above the floor and fewer pay.
    """
    rules = config.assumptions.scheme_rules[fund.module].rules

    def rate(name: str) -> float:
        return rules[name].in_year(year)

    standard = rate("employer_rate") + rate("employee_rate")
    own = rate("flexible_pooled_rate") + rate("flexible_account_rate")
    limit, flexible = law.limits.provinces, law.flexible
    base = np.maximum(factor / (1 - fund.members.dormant_share), LOWEST_BASE * law.floor * limit)
    chosen = flexible.share * flexible.density * flexible.base(law, limit)
    collected = (1 - flexible.share) * base * standard + chosen * own
    return Collection(base, factor * standard / collected)
