"""Wages, rates and migration of one path (README section 5, step 1), and reference wages (step 2)."""

from dataclasses import dataclass

import numpy as np

from challenger.given import Array, Country, Economy, Geography, Shocks


@dataclass(frozen=True)
class Year:
    """Drivers of one year of a path."""

    wage: Array
    """Average wage earned in the year before, which the year's bases use [p]."""
    relative_wage: Array
    """Over its place in the opening profile [p]."""
    wage_level: float
    """National wage over that of the first year."""
    prices: float
    """Price level over that of the first year."""
    notional_rate: float
    indexation: float
    fund_return: float
    migration: Array
    """Factor on the intensity of migration [p]."""


def path(economy: Economy, shocks: Shocks) -> list[Year]:
    """All years of a path."""
    provinces = len(economy.wage)
    log_wage = log_prices = growth = 0.0  # of the years before
    deviation = np.zeros(provinces)
    national_migration, province_migration = 0.0, np.zeros(provinces)
    years = []
    for t in range(len(economy.inflation)):
        national_migration = (
            economy.migration_persistence * national_migration
            + economy.migration_volatility * shocks.migration_national[t]
        )
        province_migration = (
            economy.province_migration_persistence * province_migration
            + economy.province_migration_volatility * shocks.migration_province[t]
        )
        years.append(
            Year(
                wage=economy.wage * np.exp(log_wage + deviation),
                relative_wage=np.exp(deviation),
                wage_level=float(np.exp(log_wage)),
                prices=float(np.exp(log_prices)),
                notional_rate=_moved(
                    economy.notional_rate[t], economy.notional_link * growth, economy.notional_floor
                ),
                indexation=_moved(
                    economy.indexation[t],
                    economy.indexation_link * growth,
                    economy.indexation_floor,
                ),
                fund_return=economy.fund_return[t],
                migration=np.exp(national_migration + province_migration),
            )
        )
        # What is earned in this year counts in the next one.
        growth = (
            economy.national_persistence * growth
            + economy.national_volatility * shocks.wages_national[t]
        )
        deviation = (
            economy.province_persistence * deviation
            + economy.province_volatility * shocks.wages_province[t]
        )
        prices = np.log(1 + economy.inflation[t])
        log_wage += np.log(1 + economy.real_wage_growth[t]) + prices + growth
        log_prices += prices
    return years


def reference_wages(country: Country, years: list[Year]) -> list[Array]:
    """Reference wage of the provinces by year: published for the first, then the average wage or the capped growth."""
    found = [country.reference_wage]
    for year in years[1:]:
        found.append(np.maximum(year.wage, found[-1] * (1 + country.reference_growth_cap)))
    return found


def by_policy(country: Country, reference: Array) -> list[tuple[Array, Array]]:
    """Reference wage of every benefit policy, in the flat part of a pension and in the part with the index [m]."""
    geography: Geography = country.geography
    own = reference[geography.province]
    city, nation = own * country.economy.relative_wage, (country.policy_weight * reference).sum()
    found = {
        "municipality": (city, city),
        "province": (own * country.own_reference_flat, own * country.own_reference_indexed),
        "nation": (np.full(len(own), nation), np.full(len(own), nation)),
    }
    return [found[policy] for policy in country.policies]


def _moved(central: float, by: float, floor: float) -> float:
    """A rate of the path: never lowered below the floor, nor raised to it where the central path lies lower."""
    if by >= 0:
        return central + by
    return max(central + by, floor) if central > floor else central
