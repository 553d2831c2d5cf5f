"""The cohort job: sums of provinces, what a file says, what is refused."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pooling
from example_country import EXAMPLE
from pooling.cohort_job import MEASURES, CohortError
from pooling.netcdf import describe

SHORT = {"projection.last_year": 2034, "projection.paths": 1}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        found = pooling.run_cohorts(EXAMPLE, SHORT, seen.append)
    assert seen == [1, 2]
    return found


@pytest.mark.parametrize("name", ["pv_contributions", "pv_awards", "pv_wages", "net_transfer"])
def test_the_nation_is_the_sum_of_the_provinces(dataset: xr.Dataset, name: str):
    whole, parts = dataset[f"{name}_nation"], dataset[name].astype(float).sum("province")
    assert np.abs(whole - parts).max() <= 1e-6 * np.abs(parts).max()


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


def test_a_file_keeps_it(dataset: xr.Dataset, tmp_path: Path):
    file = tmp_path / "cohorts.nc"
    pooling.save(dataset, file)
    xr.testing.assert_identical(pooling.open(file), dataset)
    text = describe(file)
    assert all(name in text for name in (*MEASURES, "complete"))


def test_more_paths_than_it_takes():
    with pytest.raises(CohortError, match="21 paths") as caught:
        pooling.run_cohorts(EXAMPLE, {"projection.paths": 21})
    assert caught.value.exit_code == 2
