"""National vital rates by single age and calendar year from the published tables."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import AssumptionSet, Table
from pooling.axes import AGES
from pooling.parameters.graduation import (
    graduate_mortality,
    interpolate_periods,
    scale_to_life_expectancy,
    split_groups,
)
from pooling.parameters.life_table import survival_ratios
from pooling.parameters.lookup import Years, age_groups, latest, of_years, ordered, years_of

FloatArray = NDArray[np.float64]


class NationalRates(NamedTuple):
    """What moves the nation's population in every year asked for."""

    survival: FloatArray
    """Share surviving the year by sex and age at its END, ``[y, 2, 101]``; 0 from births, 100 from 99 and 100+."""
    fertility: FloatArray
    """Births a woman-year by age, ``[y, 101]``."""
    sex_ratio: FloatArray
    """Boys a girl at birth, ``[y]``."""
    net_migration: FloatArray
    """Net international migrants by sex and age at the END of the year, ``[y, 2, 101]``; persons."""


class Multipliers(NamedTuple):
    """What the provinces' rates are over the nation's."""

    mortality: FloatArray
    """Hazard by sex and province, ``[2, p]``: survival is the nation's to this power."""
    fertility: FloatArray
    """Births a woman-year by province, ``[p]``."""


def national_rates(assumptions: AssumptionSet, years: Years) -> NationalRates:
    """National rates of calendar years, graduated from the tables in ``demography/``.

    Args:
        assumptions: a loaded set.
        years: calendar years wanted; the annual tables must cover them.

    Raises:
        PoolingError: a table does not cover the years.
    """
    tables = assumptions.tables
    fertility = tables["demography/fertility"]
    return NationalRates(
        survival=survival_ratios(
            death_rates(tables["demography/mortality"], tables["demography/life_expectancy"], years)
        ),
        fertility=fertility_rates(fertility, tables["demography/fertility_pattern"], years),
        sex_ratio=of_years(fertility, "sex_ratio_at_birth", years),
        net_migration=net_migration(tables["demography/international_migration"], years),
    )


def death_rates(mortality: Table, expectancy: Table, years: Years) -> FloatArray:
    """Deaths a person-year ``[y, 2, 101]``: group rates by period, graduated, at the published life expectancy.

    Args:
        mortality: ``demography/mortality``, rates by period, sex and age group.
        expectancy: ``demography/life_expectancy``, years lived at birth by year and sex.
        years: calendar years wanted.
    """
    rates = ordered(mortality, "deaths_per_person_year", ("period_start", "sex", "age_group"))
    by_period = graduate_mortality(rates, age_groups(mortality).lower)
    by_year = interpolate_periods(by_period, years_of(mortality, "period_start"), np.asarray(years))
    return scale_to_life_expectancy(by_year, of_years(expectancy, "life_expectancy", years))


def fertility_rates(fertility: Table, pattern: Table, years: Years) -> FloatArray:
    """Births a woman-year by age ``[y, 101]``: total fertility times the age groups' shares, split to single ages.

    Every group keeps its share exactly; the shares are taken relative to their sum, which rounding leaves near 1.

    Args:
        fertility: ``demography/fertility``, total fertility by year.
        pattern: ``demography/fertility_pattern``, share of the total by year and age group.
        years: calendar years wanted.
    """
    groups = age_groups(pattern)
    bounds = np.append(groups.lower, groups.upper[-1] + 1)
    share = of_years(pattern, "share", years)
    total = of_years(fertility, "total_fertility", years)
    rates = np.zeros((len(years), AGES))
    rates[:, bounds[0] : bounds[-1]] = split_groups(
        total[:, None] * share / share.sum(axis=1, keepdims=True), bounds
    )
    return rates


def net_migration(migration: Table, years: Years) -> FloatArray:
    """Net international migrants by sex and age at the END of the year ``[y, 2, 101]``; persons.

    Years before the first one of the table get none: sources give the ages of migrants for the projection years only.
    """
    wanted = np.asarray(years)
    known = wanted >= years_of(migration)[0]
    net = np.zeros((len(wanted), 2, AGES))
    net[known] = of_years(migration, "net_migrants", wanted[known])
    return net


def provincial_multipliers(assumptions: AssumptionSet, year: int) -> Multipliers:
    """Provincial mortality and fertility over the nation's: the latest ones not after a year.

    Raises:
        PoolingError: there are none.
    """
    table = assumptions.tables["demography/provincial_multipliers"]
    male, female, fertility = (
        ordered(table, column, ("year", "province"))[latest(table, year)]
        for column in ("mortality_male", "mortality_female", "fertility")
    )
    return Multipliers(np.stack([male, female]), fertility)
