"""From assumptions and opening to the arrays of the model: levers, stocks, rings and pools."""

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.assumptions.registry import UNDECLARED
from pooling.axes import REGISTERED_ELSEWHERE, REGISTERED_HERE
from pooling.numerics import as_array
from pooling.opening.accounts import wage_used
from pooling.opening.behaviour import response
from pooling.opening.municipal import Split, within
from pooling.opening.population import PopulationOpening
from pooling.parameters import migration as migration_tables
from pooling.parameters.demography import national_rates, provincial_multipliers
from pooling.parameters.lookup import labels, laid_on, share_of, sums
from pooling.parameters.model import (
    Economy,
    Geography,
    Migration,
    OwnReference,
    Vital,
)

Array = NDArray[np.float64]


def geography(config: Config) -> Geography:
    """Municipality → province."""
    province = config.assumptions.municipalities.province_index
    count = len(config.assumptions.provinces.code)
    return Geography(as_array(province, np.int32), as_array(np.eye(count)[province]))


def vital(config: Config, population: PopulationOpening, years: NDArray[np.int_]) -> Vital:
    """Mortality, fertility and international migration of the projection years.

    The factors that closed the opening population on the published births and deaths fade to 1 on a straight line: deaths
    of 2025 continue those of 2024 and reach the United Nations' rates later. The factor on deaths of 65 and over is
    applied to all ages.
    """
    fade = config.options.vital_fade_years
    left = np.maximum(1 - np.arange(1, len(years) + 1) / (fade + 1), 0)
    if config.options.opening_ages == "un":
        left[:] = 0.0  # the opening is the United Nations' own
    rates = national_rates(config.assumptions, years)
    multipliers = provincial_multipliers(config.assumptions, int(years[0]) - 1)
    return Vital(
        survival=as_array(rates.survival),
        mortality_multiplier=as_array(multipliers.mortality),
        mortality=as_array(1 + (population.closing("deaths_65") - 1) * left),
        fertility=as_array(rates.fertility),
        fertility_multiplier=as_array(multipliers.fertility),
        fertility_level=as_array(1 + (population.closing("births") - 1) * left),
        sex_ratio=as_array(rates.sex_ratio),
        net_migration=as_array(rates.net_migration),
    )


def migration(config: Config, persons: Array, years: NDArray[np.int_]) -> Migration:
    """Gross migration: intensities, destinations, shares of arrival and return."""
    economy = config.assumptions.economy
    province = config.assumptions.municipalities.province_index
    flows = migration_tables.five_year_flows(config)
    profile = migration_tables.age_profile(config, persons.sum(axis=(0, 3)))
    between, inside = migration_tables.annual_outflow(config, flows)
    exposed = sums(province, np.einsum("cxam,xa->m", persons, profile))
    leavers = between + inside
    everyone = persons.sum(axis=(1, 2))
    arrived = everyone[1] + everyone[REGISTERED_ELSEWHERE]
    lone = sums(province, arrived)[province] <= 0
    return Migration(
        age_profile=as_array(profile),
        intensity=as_array((leavers / exposed)[province]),
        intensity_level=as_array(response(config, "migration", years)),
        within_province=as_array(share_of(inside, leavers, empty=1)),
        destination=as_array(_rows_to_one(flows)),
        wage_elasticity=as_array(economy["migration.destination.wage_elasticity"].value),
        arrival_share=as_array(within(np.where(lone, everyone.sum(axis=0), arrived), province)),
        home_share=as_array(within(everyone[REGISTERED_HERE], province)),
        return_in_province=as_array(economy["migration.rates.return_share_same_province"].value),
        return_other_province=as_array(
            economy["migration.rates.return_share_other_province"].value
        ),
        registration_change=as_array(economy["migration.rates.registration_change_rate"].value),
    )


def _rows_to_one(matrix: Array) -> Array:
    total = matrix.sum(axis=1, keepdims=True)
    return share_of(matrix, total)


def economy(config: Config, split: Split, years: NDArray[np.int_]) -> Economy:
    """Central path of the chosen variant, wages used in the first year, laws of the shocks."""
    declared = {name: parameter.value for name, parameter in config.assumptions.economy.items()}
    given = {**UNDECLARED, **declared}
    table = config.assumptions.tables["economy/central_path"]
    variant = list(labels(table, "variant")).index(config.options.central_path)
    at = np.searchsorted(labels(table, "year"), years)

    def path(column: str) -> jnp.ndarray:
        return as_array(table.values[column][variant, at])

    def number(name: str) -> jnp.ndarray:
        return as_array(float(given[name]))

    return Economy(
        real_wage_growth=path("real_wage_growth"),
        inflation=path("inflation"),
        fund_return=path("fund_return"),
        notional_rate=path("notional_rate"),
        indexation=path("indexation"),
        wage=as_array(wage_used(config, int(years[0]))),
        relative_wage=as_array(split.relative_wage),
        indexation_link=number("indexation.wage_link"),
        notional_link=number("notional.wage_link"),
        indexation_floor=number("indexation.floor"),
        notional_floor=number("notional.floor"),
        national_persistence=number("wages.national.ar"),
        national_volatility=number("wages.national.sigma"),
        long_run_volatility=number("wages.national.long_run_sigma"),
        province_persistence=number("wages.province.rho"),
        province_volatility=number("wages.province.sigma"),
        migration_persistence=number("migration.national.ar"),
        migration_volatility=number("migration.national.sigma"),
        province_migration_persistence=number("migration.province.ar"),
        province_migration_volatility=number("migration.province.sigma"),
    )


def own_reference(config: Config, split: Split) -> OwnReference:
    """Reference wages of municipalities that have one of their own, over their province's."""
    return OwnReference(_own(config, split, "flat"), _own(config, split, "indexed"))


def _own(config: Config, split: Split, part: str) -> jnp.ndarray:
    on = config.options.city_reference
    table = config.assumptions.tables["schemes/city_reference"] if on else None
    share = laid_on(config.assumptions.municipalities.code, table, "municipality", part)
    return as_array(1 + share * (split.relative_wage - 1))


def reference_wage(config: Config, year: int, wage: Array) -> Array:
    """Reference wage of the first projected year: published, or the last published one moved by the law's rule."""
    table = config.assumptions.tables["schemes/reference_wage"]
    known = np.flatnonzero(labels(table, "year") == year)
    if known.size:
        return table.values["reference_wage"][:, known[0]]
    growth = config.assumptions.economy["reference_wage.growth_cap"].value
    return np.maximum(wage, table.values["reference_wage"][:, -1] * (1 + growth))
