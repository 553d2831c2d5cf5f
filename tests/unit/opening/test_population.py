"""The opening population of the shipped sets against published totals."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pooling.assumptions import load_config
from pooling.opening.census import census_population
from pooling.opening.population import opening_population
from pooling.parameters.lookup import ordered

RUN = Path(__file__).parents[3] / "assumptions" / "runs" / "china.toml"


@pytest.fixture(scope="module")
def config():
    return load_config(RUN)


@pytest.fixture(scope="module")
def opening(config):
    return opening_population(config)


def test_the_census_keeps_every_municipality(config):
    table = config.assumptions.tables["population/census"]
    counted = ordered(table, "persons", ("year", "municipality", "sex", "age_group"))[-1]
    census = census_population(config.assumptions, 2024)
    assert census.date == date(2020, 11, 1)
    np.testing.assert_allclose(census.persons.sum(axis=1).T, counted.sum(axis=-1), rtol=1e-12)
    # Census bulletin: the 31 provinces without servicemen.
    assert census.persons.sum() == pytest.approx(1_409_778_724, abs=1e-3)


def test_people_are_never_negative_and_meet_the_published_total(opening):
    assert opening.persons.shape == (3, 2, 101, 341)
    assert opening.persons.min() >= 0
    outside = opening.report["outside_provinces"]
    # National Bureau of Statistics, 31 December 2024: 1,408.28 million, servicemen included.
    assert opening.persons.sum() + outside == pytest.approx(1_408_280_000, abs=1)
    # 1,411,778,724 counted by the nation less 1,409,778,724 by the provinces; published in 10 thousand.
    assert outside == pytest.approx(2_000_000, abs=20_000)


def test_the_old_are_as_many_as_published(opening):
    # Statistical communiqué of 2024: 310.31 million of 60 and over, 220.23 of 65 and over. Without published single
    # ages for the census date the famine's cohorts are spread over their groups, which costs 1.6 % at 65 and over.
    by_age = opening.persons.sum(axis=(0, 1, 3))
    assert by_age[60:].sum() == pytest.approx(310.31e6, rel=0.01)
    assert by_age[65:].sum() == pytest.approx(220.23e6, rel=0.02)


def test_provinces_sum_to_the_published_years(opening):
    assert opening.years.tolist() == [2020, 2021, 2022, 2023, 2024]
    published = np.array([141_212, 141_260, 141_175, 140_967, 140_828]) * 1e4
    nation = opening.by_year.sum(axis=0) + opening.report["outside_provinces"]
    np.testing.assert_allclose(nation, published, atol=1)
    np.testing.assert_allclose(opening.by_year[:, -1].sum(), opening.persons.sum(), rtol=1e-12)


def test_births_and_deaths_need_factors_near_one(opening):
    # The nation's rates stand on fewer old people than the census: deaths at 65+ fall by 8 to 17 %, births rise.
    for year in opening.years:
        assert 1 < opening.report[f"births_factor_{year}"] < 1.15
        assert 0.8 < opening.report[f"deaths_65_factor_{year}"] < 0.95
        # Births less deaths are the published change of the population, to its last digit.
        assert abs(opening.report[f"account_residual_{year}"]) < 10_000


def test_class_margins_grow_with_the_residents(config, opening):
    table = config.assumptions.tables["population/registration"]
    census = census_population(config.assumptions, 2024)
    residents = opening.persons.sum(axis=(0, 1, 2))
    growth = residents / census.persons.sum(axis=(0, 1))
    other = table.values["elsewhere_other_province"][:, -1]
    np.testing.assert_allclose(opening.persons[2].sum(axis=(0, 1)), other * growth, rtol=1e-9)
    # The four municipalities with the rank of a province have no elsewhere inside their province.
    alone = np.isin(config.assumptions.municipalities.code, [110000, 120000, 310000, 500000])
    assert opening.persons[1][..., alone].sum() == 0
    same = table.values["elsewhere_same_province"][~alone, -1]
    np.testing.assert_allclose(
        opening.persons[1].sum(axis=(0, 1))[~alone], same * growth[~alone], rtol=1e-9
    )


def test_the_ages_of_the_united_nations_are_an_alternative(opening):
    config = load_config(RUN, {"options.opening_ages": "un"})
    un = opening_population(config)
    # World Population Prospects 2024, medium, 31 December 2024: 721,962.890 and 695,770.746 thousand.
    np.testing.assert_allclose(
        un.persons.sum(axis=(0, 2, 3)), [721_962_890, 695_770_746], rtol=5e-5
    )
    # Where people of an age live is the census's.
    share = opening.persons.sum(axis=0) / opening.persons.sum(axis=(0, 3))[..., None]
    np.testing.assert_allclose(
        un.persons.sum(axis=0) / un.persons.sum(axis=(0, 3))[..., None], share, rtol=1e-9
    )
    np.testing.assert_allclose(un.by_year[:, -1].sum(), un.persons.sum(), rtol=1e-12)
