"""National rates of the shipped set: the published tables come back."""

from pathlib import Path

import numpy as np
import pytest

from pooling.assumptions import load_config
from pooling.errors import PoolingError
from pooling.parameters.demography import (
    death_rates,
    fertility_rates,
    national_rates,
    net_migration,
    provincial_multipliers,
)
from pooling.parameters.life_table import life_expectancy
from pooling.parameters.lookup import of_years

RUN = Path(__file__).parents[3] / "assumptions" / "runs" / "china.toml"
YEARS = range(2020, 2101)


@pytest.fixture(scope="module")
def assumptions():
    return load_config(RUN).assumptions


@pytest.fixture(scope="module")
def tables(assumptions):
    return assumptions.tables


def test_published_life_expectancy_is_reproduced(tables):
    expectancy = tables["demography/life_expectancy"]
    rates = death_rates(tables["demography/mortality"], expectancy, YEARS)
    published = expectancy.values["life_expectancy"]
    np.testing.assert_allclose(life_expectancy(rates), published, rtol=0, atol=1e-9)
    # World Population Prospects 2024, China 2050, men and women.
    assert life_expectancy(rates)[30].tolist() == pytest.approx([81.5435, 85.2573], abs=1e-6)


def test_published_fertility_is_reproduced(tables):
    fertility, pattern = tables["demography/fertility"], tables["demography/fertility_pattern"]
    rates = fertility_rates(fertility, pattern, YEARS)
    assert rates.min() >= 0
    np.testing.assert_allclose(rates.sum(axis=1), fertility.values["total_fertility"], rtol=1e-13)
    lower = pattern.axes["age_group"].lower
    groups = np.add.reduceat(rates[:, : lower[-1] + 5], lower, axis=1)
    share = groups / groups.sum(axis=1, keepdims=True)
    # Published to six decimals of a per cent.
    np.testing.assert_allclose(share, pattern.values["share"], rtol=0, atol=1e-7)
    assert rates[:, lower[-1] + 5 :].sum() == 0


def test_survival_falls_with_age_and_rises_with_time(assumptions):
    survival = national_rates(assumptions, YEARS).survival
    assert survival.shape == (81, 2, 101)
    assert 0 < survival.min() < survival.max() < 1
    assert np.all(np.diff(survival[..., 30:100], axis=-1) < 0)
    assert np.all(survival[-1] > survival[10])


def test_migrants_before_the_first_published_year_are_left_out(tables):
    table = tables["demography/international_migration"]
    net = net_migration(table, [2021, 2023, 2024, 2022])
    assert net.shape == (4, 2, 101)
    assert np.all(net[[0, 3]] == 0)
    # World Population Prospects 2024: 318,992 people leave in 2024, net.
    assert net[2].sum() == pytest.approx(-318_992, abs=150)


def test_years_that_a_table_lacks_are_named(tables):
    with pytest.raises(PoolingError, match=r"covers 2020 to 2100 and lacks \[1949, 2101\]"):
        of_years(tables["demography/fertility"], "total_fertility", [1949, 2050, 2101])


def test_the_latest_multipliers_count(assumptions):
    # Beijing (the first province): 0.6401 in 2010, 0.6357 in 2020.
    assert provincial_multipliers(assumptions, 2019).mortality[0, 0] == 0.6401
    latest = provincial_multipliers(assumptions, 2024)
    assert latest.mortality[0, 0] == 0.6357
    assert latest.fertility[0] == 0.6672
    with pytest.raises(PoolingError, match="nothing for 2009"):
        provincial_multipliers(assumptions, 2009)
