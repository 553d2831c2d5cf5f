"""Residents by registration class, sex, single age and municipality at the opening.

The recipe: census by single ages; forward to the valuation date with the nation's rates, the provinces' multipliers and
the published births, deaths and totals; on request the nation's ages are taken from the published mid-year population;
at last the registration classes from the census margins and the age profile of migrants.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import AssumptionSet, Config
from pooling.axes import AGES
from pooling.errors import OpeningError
from pooling.opening.census import Census, census_population
from pooling.opening.january import on_1_january
from pooling.opening.registration import by_class, migrant_propensity
from pooling.opening.roll_forward import (
    OPEN_ACCOUNT,
    Account,
    LocalRates,
    RollForward,
    local_rates,
    roll_forward,
)
from pooling.parameters.demography import national_rates, provincial_multipliers
from pooling.parameters.graduation import split_groups
from pooling.parameters.lookup import age_groups, latest, ordered, share_of, years_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.integer]


class PopulationOpening(NamedTuple):
    """The people that the projection starts from."""

    persons: FloatArray
    """Residents by registration class, sex, age and municipality, ``[3, 2, 101, m]``, on 31 December."""
    years: IntArray
    """The census year to the valuation year, ``[y]``."""
    by_year: FloatArray
    """Residents by province on 31 December of these years, ``[p, y]``."""
    report: Mapping[str, float]
    """Named figures: totals in persons, factors as ratios."""

    def closing(self, flow: str) -> float:
        """Factor on a vital flow (``births`` or ``deaths_65``) that closed the valuation year on its published total."""
        return self.report[f"{flow}_factor_{self.years[-1]}"]


def opening_population(config: Config) -> PopulationOpening:
    """Residents on 31 December of the valuation year.

    Limits: no internal migration between the census and the valuation date (the declared flows are older), so that
    places keep their census cohorts, students among them; single ages are smooth within the census groups where
    ``demography/population_midyear`` does not cover the census date; people registered in another county of the same
    prefecture cannot be told from those of other prefectures and stay in "elsewhere in the province", except where the
    province is one municipality; nobody outside the provinces (servicemen) is in the stocks.

    Args:
        config: a loaded run; ``options.opening_ages`` chooses the nation's ages: ``"census"`` or ``"un"``.
    """
    assumptions = config.assumptions
    valuation_year = assumptions.info.valuation_date.year
    census = census_population(assumptions, valuation_year)
    years = np.arange(census.date.year, valuation_year + 1)
    rates = _rates(assumptions, years)
    carried = roll_forward(census.persons, census.date, rates, _accounts(assumptions, years))
    free = roll_forward(census.persons, census.date, rates, [OPEN_ACCOUNT] * len(rates))
    residents = _with_national_ages(config, carried.persons)
    return PopulationOpening(
        persons=_with_classes(assumptions, census, residents),
        years=years,
        by_year=_by_province(assumptions, carried, residents),
        report=_report(assumptions, census, carried, free, residents, years),
    )


def _rates(assumptions: AssumptionSet, years: IntArray) -> list[LocalRates]:
    """Vital rates of every year in the municipalities."""
    national = national_rates(assumptions, years)
    multipliers = provincial_multipliers(assumptions, int(years[-1]))
    province = assumptions.municipalities.province_index
    return [
        local_rates(national, y, multipliers.mortality, multipliers.fertility, province)
        for y in range(len(years))
    ]


def _accounts(assumptions: AssumptionSet, years: IntArray) -> list[Account]:
    """Published population, births and deaths of the years; NaN where none are."""
    table = assumptions.tables["population/national"]
    places = {int(year): place for place, year in enumerate(years_of(table))}
    columns = [table.values[name] for name in ("population_31dec", "births", "deaths")]
    return [
        Account(*(float(column[places[year]]) for column in columns))
        if year in places
        else OPEN_ACCOUNT
        for year in years.tolist()
    ]


def _with_national_ages(config: Config, residents: FloatArray) -> FloatArray:
    """The residents, or the published national ages spread over the municipalities like the residents."""
    if config.options.opening_ages == "census":
        return residents
    assumptions = config.assumptions
    table = assumptions.tables.get("demography/population_midyear")
    years = [] if table is None else years_of(table).tolist()
    first = assumptions.info.valuation_date.year + 1
    if table is None or first not in years:
        raise OpeningError(
            f'options.opening_ages = "un" needs {first} in demography/population_midyear; '
            f"it has {years or 'no years: the set lacks the table'}"
        )
    # The recipe needs each year's migrants by age.
    since = years_of(assumptions.tables["demography/international_migration"])[0]
    start = next(place for place, year in enumerate(years) if year >= min(since, first))
    midyear = ordered(table, "persons", ("year", "sex", "age"))[start:]
    rates = national_rates(assumptions, years[start:])
    national = on_1_january(midyear, rates, years.index(first) - start)
    counted = residents.sum(axis=-1)
    factor = share_of(national, counted)
    return residents * factor[..., None]


def _with_classes(assumptions: AssumptionSet, census: Census, residents: FloatArray) -> FloatArray:
    """Residents by registration class: census margins, grown like the residents of the municipality."""
    table = assumptions.tables["population/registration"]
    place = latest(table, census.date.year)
    in_province, elsewhere = (
        ordered(table, name, ("year", "municipality"))[place]
        for name in ("elsewhere_same_province", "elsewhere_other_province")
    )
    growth = share_of(residents.sum(axis=(0, 1)), census.persons.sum(axis=(0, 1)))
    # A province of one municipality has no elsewhere inside it: its other counties are the same place.
    province = assumptions.municipalities.province_index
    alone = np.bincount(province)[province] == 1
    return by_class(
        residents,
        np.where(alone, 0.0, in_province) * growth,
        elsewhere * growth,
        _propensity(assumptions, census),
        assumptions.municipalities.code,
    )


def _propensity(assumptions: AssumptionSet, census: Census) -> FloatArray:
    """Relative frequency of migrants by sex and single age, ``[2, 101]``."""
    table = assumptions.tables["migration/age_profile"]
    bounds = np.append(age_groups(table).lower, AGES)
    profile = np.zeros(census.persons.shape[:2])
    profile[:, bounds[0] :] = split_groups(ordered(table, "share", ("sex", "age_group")), bounds)
    return migrant_propensity(profile, census.persons.sum(axis=-1))


def _by_province(
    assumptions: AssumptionSet, carried: RollForward, residents: FloatArray
) -> FloatArray:
    """Residents by province and year, at the level of the opening."""
    last = residents.sum(axis=(0, 1))
    by_municipality = carried.residents * share_of(last, carried.residents[-1])
    by_province = np.zeros((len(assumptions.provinces.code), len(by_municipality)))
    np.add.at(by_province, assumptions.municipalities.province_index, by_municipality.T)
    return by_province


def _report(
    assumptions: AssumptionSet,
    census: Census,
    carried: RollForward,
    free: RollForward,
    residents: FloatArray,
    years: IntArray,
) -> dict[str, float]:
    """Figures of the opening that a reader should see."""
    published = _accounts(assumptions, years[-1:])[0].population
    before = float(free.persons.sum())
    figures = {
        "census_residents": float(census.persons.sum()),
        "census_single_ages_published": float(census.waves),
        "residents_before_closing": before,
        "residents_after_closing": float(carried.persons.sum()),
        "residents": float(residents.sum()),
        "published_population": published,
        "outside_provinces": carried.outside,
        "gap_before_closing": published - carried.outside - before,
    }
    for year, closing in zip(years, carried.closings, strict=True):
        figures[f"births_factor_{year}"] = closing.births
        figures[f"deaths_65_factor_{year}"] = closing.deaths
        figures[f"account_residual_{year}"] = closing.residual
    return figures
