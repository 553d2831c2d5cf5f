"""The public entry: configuration in, labelled Dataset out."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pooling
from example_country import EXAMPLE, SHORT
from pooling.errors import InputErrors

TINY = {**SHORT, "projection.last_year": 2026, "projection.paths": 2}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """Two years, two paths; the progress is followed."""
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        result = pooling.run(EXAMPLE, TINY, progress=seen.append)
    assert seen[:3] == [1, 2, 3]
    return result


def test_the_public_names_are_functions_after_a_run_too(dataset: xr.Dataset):
    for name in pooling.__all__:
        assert name == "__version__" or callable(getattr(pooling, name)), name
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        _ = pooling.walk


def test_axes_and_record(dataset: xr.Dataset):
    assert dict(dataset.sizes) == {
        "scheme": 1,
        "arrangement": 5,
        "fund": 18,
        "path_fund": 9,
        "municipality": 9,
        "province": 3,
        "origin_province": 3,
        "destination_province": 3,
        "payer": 3,
        "channel": 6,
        "horizon": 1,
        "realization": 3,
        "statistic": 8,
        "year": 2,
        "bounds": 2,
    }
    assert dataset.attrs["assumptions"] == "example" and dataset.attrs["currency"] == "EXD"
    assert dataset.attrs["seed"] == "20250101"
    assert "population/census.csv" in dataset.attrs["input_digests"]


def test_a_file_gives_it_back(dataset: xr.Dataset, tmp_path: Path):
    file = tmp_path / "a.nc"
    pooling.save(dataset, file)
    again = pooling.open(file)
    for name in dataset.data_vars:
        np.testing.assert_array_equal(again[name].values, dataset[name].values, err_msg=name)


def test_who_is_short_at_the_opening_and_what_is_levied(dataset: xr.Dataset):
    first = {"year": 0}
    before = dataset["fund_balance_before_subsidy_central"].isel(first).values < 0
    after = dataset["fund_balance_after_scheduled_central"].isel(first).values < 0
    np.testing.assert_array_equal(dataset["short_at_opening"].values, before.astype(int) + after)
    levy = dataset["levy_rate"]
    current = dataset["arrangement_name"] == "current"
    assert np.isnan(levy.values[:, ~current.values]).all()
    assert 0 < levy.values[:, current.values].item() < 1


def test_dates_are_calendar_years(dataset: xr.Dataset):
    found = dataset["depletion_year_before_subsidy_central"].values
    assert set(found[np.isfinite(found)].tolist()) <= {2025.0, 2026.0}


def test_a_part_of_it_can_be_selected(dataset: xr.Dataset):
    part = pooling.select(dataset, arrangement="provincial")
    assert part.sizes["fund"] == part.sizes["path_fund"] == 3
    np.testing.assert_array_equal(part["fund_pool"], [100000, 200000, 300000])


def test_a_wrong_value_is_an_input_error():
    with pytest.raises(InputErrors, match="last_year"):
        pooling.run(EXAMPLE, {"projection.last_year": 2200})


def test_municipal_pools_alone_keep_no_fund_path_by_path(tmp_path: Path):
    changes = {"arrangements": ["municipal", "provincial_adjustment"], "projection.last_year": 2026}
    found = pooling.run(EXAMPLE, changes | {"projection.paths": 1})
    assert "path_fund" not in found.dims and "fund_balance" not in found.data_vars
    assert found["redistribution_flow"].sizes["realization"] == 2
    pooling.save(found, tmp_path / "a.nc")
    xr.testing.assert_identical(pooling.open(tmp_path / "a.nc"), found)
