"""The residents' pension of China in the opening year: published heads and accounts of 31 provinces."""

import csv
from pathlib import Path

import numpy as np
import pytest

from pooling.assumptions import Config, load_config
from pooling.opening.build import Opening, open_model
from pooling.opening.resident_figures import ResidentFigures, reproduced
from pooling.opening.resident_pension import ResidentPensionOpening

FUNDS = ["enterprise_pension", "government_pension", "resident_pension"]
RUN = "assumptions/runs/china.toml"
TABLE = Path("assumptions/china/schemes/resident_pension_accounts.csv")


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(RUN, {"projection.last_year": 2027, "funds": FUNDS})


@pytest.fixture(scope="module")
def opening(config: Config) -> Opening:
    return open_model(config)


@pytest.fixture(scope="module")
def figures(opening: Opening) -> ResidentFigures:
    found = opening.schemes[-1]
    assert isinstance(found, ResidentPensionOpening)
    return found.figures


@pytest.fixture(scope="module")
def published() -> dict[str, np.ndarray]:
    """NBS yearbook 2025, table 24-27, read from the file itself; persons and yuan."""
    with TABLE.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    column = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    heads = {"active": column["insured"] - column["recipients"], "retirees": column["recipients"]}
    money = {name: column[name] for name in ("revenue", "expenditure", "balance")}
    return {k: 1e4 * v for k, v in heads.items()} | {k: 1e8 * v for k, v in money.items()}


@pytest.mark.parametrize("figure", ["active", "retirees", "revenue", "expenditure", "balance"])
def test_published_figures_of_every_province(
    figures: ResidentFigures, published: dict[str, np.ndarray], figure: str
):
    assert len(published[figure]) == 31
    assert reproduced(figures)[figure] == pytest.approx(published[figure], rel=1e-3)


def test_published_totals(figures: ResidentFigures):
    # The national line of the same table.
    model = reproduced(figures)
    assert model["active"].sum() == pytest.approx((53_830.2 - 18_039.4) * 1e4, rel=1e-3)
    assert model["retirees"].sum() == pytest.approx(18_039.4e4, rel=1e-3)
    assert model["revenue"].sum() == pytest.approx(7_287.0e8, rel=1e-3)
    assert model["expenditure"].sum() == pytest.approx(5_321.6e8, rel=1e-3)
    assert model["balance"].sum() == pytest.approx(16_499.5e8, rel=1e-3)


def test_accounts_are_the_reserves(figures: ResidentFigures, published: dict[str, np.ndarray]):
    # By province people insured at their registration blur it: their cells hold accounts of many provinces.
    held = reproduced(figures)["accounts"]
    assert held.sum() == pytest.approx(published["balance"].sum(), rel=1e-9)
    assert held == pytest.approx(published["balance"], rel=0.15)


def test_the_split_of_revenue_is_plausible(config: Config, figures: ResidentFigures):
    money = figures.money
    parts = money.accounts
    total = parts.contributions + parts.subsidy + parts.interest
    assert total == pytest.approx(parts.revenue, rel=1e-9)
    for part in (parts.contributions, parts.subsidy, parts.interest):
        assert (part > 0).all()
    # Tiers of the law go from 100 to 2 000 yuan a year; provinces add up to 9 000.
    assert (money.premium >= 100).all()
    assert (money.premium <= 9_000).all()
    # Shanghai published 2.3 of 92.9 in premiums and 82.6 % in subsidies in 2020.
    shanghai = config.assumptions.provinces.name.index("Shanghai")
    assert parts.subsidy[shanghai] / parts.revenue[shanghai] > 0.8


def test_nobody_in_both_tracks(figures: ResidentFigures):
    heads = figures.heads
    assert (heads.active >= 0).all()
    assert (heads.active <= heads.residents.outside * (1 + 1e-12)).all()
    assert (heads.coverage_factor <= 1).all()


def test_dormant_members_are_locals_of_the_employee_track(figures: ResidentFigures):
    heads = figures.heads
    dormant = heads.members - heads.active
    assert (dormant >= 0).all()
    assert dormant[1:].sum() == 0
    assert (dormant[0] <= heads.residents.employees[0]).all()


def test_base_pensions_are_at_least_what_provinces_publish(figures: ResidentFigures):
    # Beyond it are supplements by age and years, and those of municipalities.
    assert (figures.money.supplement >= 0).all()


def test_the_reserves_are_spread_as_accounts(opening: Opening):
    key = opening.schemes[-1].reserve_key()
    assert (key > 0).all()
