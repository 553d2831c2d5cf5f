"""The cohort job: sums of provinces and histories, what a file says, what the terminal shows, what is refused."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

import pooling
from example_country import EXAMPLE
from pooling.cohort_job import DIFFERENCES, MEASURES, CohortError
from pooling.netcdf import describe
from pooling.report.cohorts import cohort_table

SHORT = {"projection.last_year": 2034, "projection.paths": 1}


ALL, STAYER, MIGRANT = range(3)
"""The history axis."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        found = pooling.run_cohorts(EXAMPLE, SHORT, seen.append)
    assert seen == [1, 2]
    return found


SUMS = ["pv_contributions", "pv_awards", "pv_wages"]


@pytest.mark.parametrize("name", SUMS)
def test_the_nation_is_the_sum_of_the_provinces(dataset: xr.Dataset, name: str):
    whole, parts = dataset[f"{name}_nation"], dataset[name].astype(float).sum("province")
    assert np.abs(whole - parts).max() <= 1e-6 * np.abs(parts).max()


def test_stayers_net_transfer_adds_up_over_provinces(dataset: xr.Dataset):
    """It is nobody else's in a province."""
    places, nation = dataset["net_transfer"], dataset["net_transfer_nation"]
    parts = places.isel(history=STAYER).astype(float).sum("province")
    assert np.abs(nation.isel(history=STAYER) - parts).max() <= 1e-6 * np.abs(parts).max()
    assert np.isnan(places.isel(history=[ALL, MIGRANT])).all()
    assert "of stayers only" in places.attrs["comment"]


@pytest.mark.parametrize("name", [*SUMS, "net_transfer"])
def test_all_are_stayers_and_migrants(dataset: xr.Dataset, name: str):
    nation = dataset[f"{name}_nation"].astype(float)
    parts = nation.isel(history=[STAYER, MIGRANT]).sum("history")
    assert np.abs(nation.isel(history=ALL) - parts).max() <= 1e-6 * np.abs(nation).max()
    assert (nation.isel(history=MIGRANT) != 0).any()


@pytest.mark.parametrize("name", DIFFERENCES)
def test_differences_are_those_of_the_nation(dataset: xr.Dataset, name: str):
    nation = dataset[f"{name}_nation"]
    expected = nation.isel(history=MIGRANT) - nation.isel(history=STAYER)
    found = dataset[f"{name}_migrant_minus_stayer"]
    np.testing.assert_allclose(found, expected, atol=1e-6 * float(np.abs(nation).max()))
    assert np.isfinite(found).any()


def test_ratios_follow_from_the_sums(dataset: xr.Dataset):
    costs, awards = dataset["pv_contributions_nation"], dataset["pv_awards_nation"]
    some = costs.values > 0
    worth = dataset["money_worth_nation"].values
    np.testing.assert_allclose(worth[some], (awards / costs).values[some], rtol=1e-5)
    assert np.isnan(worth[~some]).all()


def test_paths_differ_and_cohorts_are_flagged(dataset: xr.Dataset):
    first, second = (dataset["pv_wages_nation"].isel(realization=k).values for k in (0, 1))
    assert not np.array_equal(first, second)
    # Ten years hold no whole contribution life.
    assert not dataset["complete"].any()
    assert dataset["opening_past"].sel(birth_year=1980).all()
    assert dataset["unfinished"].sel(birth_year=2000).all()


def test_every_axis_says_what_it_is(dataset: xr.Dataset):
    assert all(coordinate.attrs["long_name"] for coordinate in dataset.coords.values())
    assert "projected by pooling" in dataset.attrs["history"]


def test_a_file_keeps_it(dataset: xr.Dataset, tmp_path: Path):
    file = tmp_path / "cohorts.nc"
    pooling.save(dataset, file)
    xr.testing.assert_identical(pooling.open(file), dataset)
    text = describe(file)
    assert all(name in text for name in (*MEASURES, "complete", "history"))


def shown(dataset: xr.Dataset) -> str:
    """What the terminal shows, at its usual width."""
    console = Console(width=80)
    with console.capture() as capture:
        console.print(cohort_table(dataset))
    return capture.get()


def test_the_terminal_shows_the_first_complete_cohort(dataset: xr.Dataset):
    assert "no birth cohort" in shown(dataset)
    worth = [2.0, 2.25, 1.5]
    nation = dataset["money_worth_nation"].copy()
    nation.loc[{"birth_year": 2001}] = np.array(worth)[:, None]
    whole = dataset["complete"].copy()
    whole.loc[{"birth_year": slice(2001, 2003)}] = 1
    gap = dataset["money_worth_migrant_minus_stayer"].copy()
    gap.loc[{"birth_year": 2001}] = worth[2] - worth[1]
    text = shown(
        dataset.assign(
            money_worth_nation=nation, complete=whole, money_worth_migrant_minus_stayer=gap
        )
    )
    assert "born in 2001" in text
    rows = [line.split() for line in text.splitlines() if "money's worth" in line]
    expected = ["money's", "worth", "2.00", "2.25", "1.50", "-0.75"]
    assert rows == [["male", *expected], ["female", *expected]]
    # Nothing is awarded within ten years to whom was born in 2001.
    assert [line.split()[-4:] for line in text.splitlines() if "replacement" in line] == 2 * [
        ["-"] * 4
    ]


def test_more_paths_than_it_takes():
    with pytest.raises(CohortError, match="21 paths") as caught:
        pooling.run_cohorts(EXAMPLE, {"projection.paths": 21})
    assert caught.value.exit_code == 2


def test_the_file_says_what_was_computed():
    changes = {"projection.paths": 0, "projection.last_year": 2026, "options.interest": 0.031}
    said = pooling.run_cohorts(EXAMPLE, changes).attrs
    assert "--set options.interest=0.031" in said["run_config"]
    for name in ("input_digests", "versions", "valuation_date", "intended_use", "precision"):
        assert said[name], name
    assert said["title"].startswith("Cohorts: ") and said["comment"].startswith("Discounted at")
