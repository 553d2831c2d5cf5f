"""The United Nations' projection of China, 2024 to 2100, with the population module.

V1 takes the ratios that the United Nations' own populations imply: it tests the recipe of a year (survive, bear,
migrate at the end). V4 takes the published tables only: it tests the graduation as well. Expected values are the
published mid-year populations; sources in ``un_china/sources.toml``.
"""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pooling.assumptions import load_config
from pooling.axes import AGES, SEXES
from pooling.parameters.demography import NationalRates, national_rates
from pooling.population.vital import project

DATA = Path(__file__).parent / "un_china"
RUN = Path(__file__).parents[2] / "assumptions" / "runs" / "china.toml"
FIRST, LAST = 2024, 2100
YEARS = range(FIRST, LAST + 1)

# Error of the total in per cent. Reached: V1 0.0004, 0.0047, 0.0115, 0.0233; V4 0.0049, 0.0142, 0.0385, 0.0903.
V1_TOTAL = {2030: 0.001, 2050: 0.006, 2075: 0.015, 2100: 0.03}
V4_TOTAL = {2030: 0.01, 2050: 0.015, 2075: 0.05, 2100: 0.10}
# Largest error of one sex and age in persons. Reached: V1 5,075 (boys of 6 in 2050), V4 21,540 (women of 100+ in 2075).
V1_CELL, V4_CELL = 6_000, 30_000


def wide(name: str) -> tuple[list[dict[str, str]], NDArray[np.float64]]:
    """Rows of a file (their labels) and its numbers."""
    path = DATA / name
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    rows = list(csv.DictReader(text.splitlines()))
    ages = [key for key in rows[0] if key not in ("year", "sex")]
    return rows, np.array([[float(row[age]) for age in ages] for row in rows])


def by_sex(name: str) -> tuple[list[int], NDArray[np.float64]]:
    """Years and numbers ``[y, 2, 101]`` of a file with a row a year and sex."""
    rows, numbers = wide(name)
    assert [row["sex"] for row in rows] == list(SEXES) * (len(rows) // 2)
    return [int(row["year"]) for row in rows[::2]], numbers.reshape(-1, 2, AGES)


def projected(rates: NationalRates) -> NDArray[np.float64]:
    """Population on 1 January 2024 … 2101 as one region of one class, ``[78, 2, 101]``."""
    (year,), opening = by_sex("population_1_january.csv")
    assert year == FIRST
    after = project(
        opening[..., None],
        rates.survival[..., None],
        rates.fertility,
        rates.sex_ratio,
        rates.net_migration,
    )
    assert after.dtype == np.float64
    return np.concatenate([opening, np.asarray(after)[..., 0]])


@pytest.fixture(scope="module")
def recovered() -> NationalRates:
    """Ratios that the published populations imply, and fertility fitted to published births."""
    years, survival = by_sex("survival_ratio.csv.gz")
    assert years == list(YEARS)
    fertility = np.zeros((len(years), AGES))
    fertility[:, 10:55] = wide("fertility.csv.gz")[1]
    net_migration = by_sex("net_migration.csv.gz")[1]
    return NationalRates(survival, fertility, wide("sex_ratio.csv")[1][:, 0], net_migration)


@pytest.fixture(scope="module")
def published() -> NationalRates:
    """The published tables of the shipped set, graduated."""
    return national_rates(load_config(RUN).assumptions, YEARS)


def check(january: NDArray[np.float64], totals: dict[int, float], cell: float) -> None:
    """Mid-year populations (means of two 1 January ones) against the published ones."""
    years, expected = by_sex("population_midyear.csv")
    assert years == list(totals)
    for year, people in zip(years, expected, strict=True):
        at = year - FIRST
        error = (january[at] + january[at + 1]) / 2 - people
        assert 100 * abs(error.sum()) / people.sum() <= totals[year], year
        assert np.abs(error).max() <= cell, year


def test_recovered_ratios_reproduce_the_projection(recovered: NationalRates):
    check(projected(recovered), V1_TOTAL, V1_CELL)


def test_published_tables_alone_reproduce_the_projection(published: NationalRates):
    check(projected(published), V4_TOTAL, V4_CELL)
