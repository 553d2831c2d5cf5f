"""From the census date to the valuation date: the nation's rates, provincial multipliers, the published accounts.

Internal migration between the two dates is left out: the declared flows are five-year flows of 2005 to 2015.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pooling.axes import OLDEST_AGE, SEXES
from pooling.errors import OpeningError
from pooling.parameters.demography import NationalRates
from pooling.parameters.lookup import share_of

FloatArray = NDArray[np.float64]

CLOSING_AGE = 65
"""Deaths at this age and over at the end of the year carry the difference to the published deaths: the nation's rates
were estimated on fewer old people than the census counts, and younger deaths are few. Assumption, grade D."""

_FEMALE = SEXES.index("female")


class LocalRates(NamedTuple):
    """Vital rates of one year where the people live."""

    survival: FloatArray
    """By sex, age at the END of the year and municipality, ``[2, 101, m]``."""
    fertility: FloatArray
    """Births a woman-year by age and municipality, ``[101, m]``."""
    male_share: float
    """Boys among births."""
    net_migration: FloatArray
    """Net international migrants of the nation, ``[2, 101]``; persons."""


class Account(NamedTuple):
    """The published account of one year (or part of it); NaN where nothing is published."""

    population: float
    """People on 31 December; persons."""
    births: float
    deaths: float


class Closing(NamedTuple):
    """How the model's year was brought to the published account."""

    births: float
    """Factor on births; 1 leaves them."""
    deaths: float
    """Factor on deaths at ages 65+ (``CLOSING_AGE``); 1 leaves them."""
    residual: float
    """People that the published population has beyond its own births and deaths, spread like the residents."""


OPEN_ACCOUNT = Account(np.nan, np.nan, np.nan)
"""Nothing published, nothing closed."""

NO_CLOSING = Closing(1.0, 1.0, 0.0)


class RollForward(NamedTuple):
    """The census carried forward."""

    persons: FloatArray
    """Residents on the last 31 December, ``[2, 101, m]``."""
    residents: FloatArray
    """Residents by year (31 December, the census year first) and municipality, ``[y, m]``."""
    outside: float
    """People in the published total of the census year and in no municipality (in China the servicemen)."""
    closings: tuple[Closing, ...]
    """How every year was brought to its published account; the census year first."""


class Year(NamedTuple):
    """People at the end of a year before anything is closed."""

    survivors: FloatArray
    """Without the newborn, ``[2, 101, m]``."""
    deaths: FloatArray
    """Deaths by sex and age at the end of the year, without the newborn, ``[2, 101, m]``."""
    births: FloatArray
    """Live births ``[m]``."""


def local_rates(
    national: NationalRates,
    year: int,
    mortality_multiplier: FloatArray,
    fertility_multiplier: FloatArray,
    province: NDArray[np.integer],
) -> LocalRates:
    """Rates of one year in the municipalities.

    Args:
        national: rates of the nation.
        year: position of the year on their first axis.
        mortality_multiplier: provincial hazard over the nation's ``[2, p]``.
        fertility_multiplier: provincial fertility over the nation's ``[p]``.
        province: province of every municipality ``[m]``.
    """
    survival = national.survival[year][..., None] ** mortality_multiplier[:, None, :]
    ratio = float(national.sex_ratio[year])
    return LocalRates(
        survival=survival[..., province],
        fertility=national.fertility[year][:, None] * fertility_multiplier[province],
        male_share=ratio / (1 + ratio),
        net_migration=national.net_migration[year],
    )


def live(persons: FloatArray, rates: LocalRates, part: float) -> Year:
    """Survive, age and give birth over a year, or over the last ``part`` of one.

    Birthdays are uniform: over a part of the year that share of an age turns a year older. Survival over the part is
    the year's to that power; a newborn's is the year's own, most infant deaths falling in the first weeks of life.
    A whole year is the recipe of the projection (``pooling.population.vital``).

    Args:
        persons: residents ``[2, 101, m]`` at the start.
        rates: rates of the year.
        part: length of the period in years, at most 1.
    """
    survival = rates.survival**part
    alive, deaths = np.empty_like(persons), np.empty_like(persons)
    # Each age at the end comes from those who stay in it and those who turn it; the open group keeps all of its own.
    exposed = (1 - part) * persons
    exposed[:, 1:] += part * persons[:, :-1]
    exposed[:, OLDEST_AGE] += part * persons[:, OLDEST_AGE]
    # Infants already born are past the first weeks: the survival of those who turn 1.
    kept = np.concatenate([survival[:, 1:2], survival[:, 1:]], axis=1)
    np.multiply(exposed, kept, out=alive)
    np.subtract(exposed, alive, out=deaths)
    women = (persons[_FEMALE] + alive[_FEMALE]) / 2
    return Year(alive, deaths, part * (women * rates.fertility).sum(axis=0))


def close(year: Year, rates: LocalRates, net_migration: float, account: Account) -> Closing:
    """Factors that bring the model's year to the published account.

    Published births and deaths are met by a factor on births and one on deaths at 65+. What is not published takes what
    the published population leaves: both together by the same relative change of opposite sign where neither is. Where
    the account is complete its own residual is returned.

    Args:
        year: the model's year.
        rates: its rates.
        net_migration: international migrants added to it; persons.
        account: the published account of the provinces.
    """
    born = (year.births * _newborn_survival(rates)).sum()
    births = year.births.sum()
    old = year.deaths[:, CLOSING_AGE:].sum()
    gap = account.population - (year.survivors.sum() + born + net_migration)
    more_births = (account.births / births - 1) * born
    # Infant deaths go with the births.
    infant = (births - born) * (1 if np.isnan(more_births) else account.births / births)
    fewer_deaths = year.deaths.sum() + infant - account.deaths
    if np.isnan(more_births) and np.isnan(fewer_deaths):
        more_births, fewer_deaths = gap * born / (born + old), gap * old / (born + old)
    elif np.isnan(more_births):
        more_births = gap - fewer_deaths
    elif np.isnan(fewer_deaths):
        fewer_deaths = gap - more_births
    more_births, fewer_deaths = np.nan_to_num([more_births, fewer_deaths])
    residual = float(np.nan_to_num(gap - more_births - fewer_deaths))
    return Closing(float(1 + more_births / born), float(1 - fewer_deaths / old), residual)


def _newborn_survival(rates: LocalRates) -> FloatArray:
    """Share of the births of both sexes alive at the end of the year, ``[m]``."""
    return rates.male_share * rates.survival[0, 0] + (1 - rates.male_share) * rates.survival[1, 0]


def settle(
    year: Year, rates: LocalRates, net_migration: FloatArray, closing: Closing
) -> FloatArray:
    """People at the end of the year: deaths and births at their factors, newborn, migrants and residual added.

    Args:
        year: the model's year.
        rates: its rates.
        net_migration: international migrants of the nation ``[2, 101]``, spread like the residents of their sex and age
            (left out where there are none).
        closing: factors and residual.

    Returns:
        Residents ``[2, 101, m]``.
    """
    people = year.survivors.copy()
    people[:, CLOSING_AGE:] += (1 - closing.deaths) * year.deaths[:, CLOSING_AGE:]
    split = np.array([rates.male_share, 1 - rates.male_share])[:, None]
    people[:, 0] += split * rates.survival[:, 0] * closing.births * year.births
    there = people.sum(axis=-1)
    people *= 1 + share_of(net_migration, there)[..., None]
    return people * (1 + closing.residual / people.sum())


def roll_forward(
    census: FloatArray,
    census_date: date,
    rates: Sequence[LocalRates],
    accounts: Sequence[Account],
) -> RollForward:
    """Carry the census to 31 December of the last year.

    Args:
        census: residents ``[2, 101, m]`` on the census date.
        census_date: a day of the first year.
        rates: rates of the census year and every year after it.
        accounts: published accounts of the same years; ``OPEN_ACCOUNT`` leaves the model's year as it is.
    """
    remaining = (date(census_date.year, 12, 31) - census_date).days
    part = remaining / date(census_date.year, 12, 31).timetuple().tm_yday
    first = accounts[0]
    partial = Account(np.nan, first.births * part, first.deaths * part)
    people, closing = _period(census, rates[0], part, partial) if part else (census, NO_CLOSING)
    # Known by subtraction only: people counted by the nation and by no province, taken as constant afterwards.
    outside = float(np.nan_to_num(first.population - people.sum()))
    stocks, closings = [people], [closing]
    for local, account in zip(rates[1:], accounts[1:], strict=True):
        inside = account._replace(population=account.population - outside)
        people, closing = _period(people, local, 1.0, inside)
        stocks.append(people)
        closings.append(closing)
    return RollForward(
        people, np.stack([s.sum(axis=(0, 1)) for s in stocks]), outside, tuple(closings)
    )


def _period(
    people: FloatArray, rates: LocalRates, part: float, account: Account
) -> tuple[FloatArray, Closing]:
    """One year or part of a year, closed to its account.

    A complete account implies its own net migration (its residual): the table's is then left out.
    """
    year = live(people, rates, part)
    complete = np.isfinite(account).all()
    net = np.zeros_like(rates.net_migration) if complete else part * rates.net_migration
    closing = close(year, rates, float(net.sum()), account)
    if min(closing.births, closing.deaths) <= 0:
        raise OpeningError(
            f"population/national: the published account needs births times {closing.births:.3f} and deaths at "
            f"{CLOSING_AGE}+ times {closing.deaths:.3f}; both factors must be above zero"
        )
    return settle(year, rates, net, closing), closing
