"""Census counts by age group to single ages."""

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import AssumptionSet, Table
from pooling.axes import AGES
from pooling.parameters.demography import death_rates
from pooling.parameters.graduation import split_groups
from pooling.parameters.life_table import life_table
from pooling.parameters.lookup import age_groups, latest, ordered, share_of, years_of

FloatArray = NDArray[np.float64]


class Census(NamedTuple):
    """The census that the opening starts from."""

    date: date
    """Its reference day."""
    persons: FloatArray
    """Residents by sex, single age and municipality on that day, ``[2, 101, m]``."""
    waves: bool
    """Whether the waves between single ages come from published single ages; else the ages are smooth in a group."""


def census_population(assumptions: AssumptionSet, valuation_year: int) -> Census:
    """The latest census not after the valuation year by sex, single age and municipality.

    Raises:
        PoolingError: there is none.
    """
    table = assumptions.tables["population/census"]
    place = latest(table, valuation_year)
    year = int(years_of(table)[place])
    counts = ordered(table, "persons", ("year", "municipality", "sex", "age_group"))[place]
    rates = death_rates(
        assumptions.tables["demography/mortality"],
        assumptions.tables["demography/life_expectancy"],
        [year],
    )[0]
    lower, lived = age_groups(table).lower, life_table(rates).lived
    single = single_ages(counts, lower, lived)
    day = reference_day(assumptions.info.census_date, year)
    nation = national_ages(assumptions.tables.get("demography/population_midyear"), day)
    if nation is not None:
        single = with_waves(single, nation, lower, lived)
    return Census(day, np.moveaxis(single, 0, -1), nation is not None)


def reference_day(declared: date | None, census_year: int) -> date:
    """Reference day of a census: day and month of the declared one, 31 December where none is declared."""
    return date(census_year, 12, 31) if declared is None else declared.replace(year=census_year)


def national_ages(midyear: Table | None, day: date) -> FloatArray | None:
    """The nation by sex and single age on a day, ``[2, 101]``, between two published mid-year populations.

    Linear in time at every age: the people of an age are those of it who have not had their birthday since the first
    mid-year, and of the age below who have. None where the table does not cover the day.
    """
    if midyear is None:
        return None
    elapsed = (day - date(day.year, 7, 1)).days / 365.25
    first = day.year + int(np.floor(elapsed))
    years = years_of(midyear).tolist()
    if first not in years or first + 1 not in years:
        return None
    place, weight = years.index(first), elapsed % 1
    people = ordered(midyear, "persons", ("year", "sex", "age"))
    return (1 - weight) * people[place] + weight * people[place + 1]


def with_waves(
    single: FloatArray, nation: FloatArray, lower: NDArray[np.integer], lived: FloatArray
) -> FloatArray:
    """Give smooth single ages the nation's waves within the age groups; every group keeps its count.

    The waves are what the nation's published single ages have over the same smooth split of their own groups. Around
    the famine of 1959 to 1961 neighbouring Chinese cohorts differ by half, inside one group.

    Args:
        single: persons ``[m, 2, 101]``, smooth within the groups.
        nation: published persons ``[2, 101]``.
        lower: first ages of the groups.
        lived: person-years of the nation's life table ``[2, 101]``.
    """
    smooth = single_ages(np.add.reduceat(nation, lower, axis=-1)[None], lower, lived)[0]
    wave = share_of(nation, smooth, empty=1)
    waved = single * wave
    groups = np.add.reduceat(waved, lower, axis=-1)
    counts = np.add.reduceat(single, lower, axis=-1)
    factor = share_of(counts, groups)
    return waved * np.repeat(factor, np.diff(np.append(lower, AGES)), axis=-1)


def single_ages(counts: FloatArray, lower: NDArray[np.integer], lived: FloatArray) -> FloatArray:
    """Split age groups to single ages by a monotone spline; the open group like a stable population.

    Args:
        counts: persons ``[m, 2, g]`` by municipality, sex and age group.
        lower: first ages of the groups; the last one is open.
        lived: person-years of the nation's life table ``[2, 101]``.

    Returns:
        Persons ``[m, 2, 101]``; every group keeps its count.
    """
    shape = open_group_shape(counts.sum(axis=0), lower, lived)
    oldest = counts[..., -1:] * shape
    bounds = np.concatenate([lower, np.arange(lower[-1] + 1, AGES + 1)])
    return split_groups(np.concatenate([counts[..., :-1], oldest], axis=-1), bounds)


def open_group_shape(
    national: FloatArray, lower: NDArray[np.integer], lived: FloatArray
) -> FloatArray:
    """Shares of the single ages in the open group, ``[2, AGES - lower[-1]]``.

    A stable population, L(x) · exp(-r x): the growth r of the cohorts is the one between the two oldest closed groups,
    log((N₁ ÷ L₁) ÷ (N₂ ÷ L₂)) ÷ (their distance in years). At the 2020 census of China r is 1.8 % for men and 2.8 % for
    women; leaving it out would put a third more women at 95 and over.

    Args:
        national: the nation's persons by sex and age group ``[2, g]``.
        lower: first ages of the groups.
        lived: person-years of the nation's life table ``[2, 101]``.
    """
    years_lived = np.add.reduceat(lived, lower, axis=-1)
    size = national[:, -3:-1] / years_lived[:, -3:-1]
    distance = (lower[-1] - lower[-3]) / 2
    # Nobody in one of the two groups says nothing about growth.
    known = np.all(size > 0, axis=1)
    ratio = np.divide(size[:, 0], size[:, 1], out=np.ones(len(size)), where=known)
    growth = np.log(ratio) / distance
    ages = np.arange(lower[-1], AGES)
    weight = lived[:, ages] * np.exp(-growth[:, None] * (ages - lower[-1]))
    return weight / weight.sum(axis=1, keepdims=True)
