"""What is read back is what was saved; what must not reach a file does not."""

import os

import netCDF4
import numpy as np
import pytest
import xarray as xr

from pooling import netcdf
from pooling.dataset import to_dataset
from pooling.errors import OutputError, OutputPathError
from pooling.selection import select
from pooling.vocabulary import FILL, variables
from small_output import small_dataset, small_labels, small_record, small_results


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("out") / "小例.nc"
    netcdf.save(small_dataset(), path)
    return path


@pytest.mark.parametrize(("paths", "all_paths"), [(5, False), (5, True), (1, False), (0, False)])
def test_round_trip_is_identical(tmp_path, paths, all_paths):
    dataset = small_dataset(paths, all_paths)
    netcdf.save(dataset, tmp_path / "out.nc")
    back = netcdf.open(tmp_path / "out.nc")
    xr.testing.assert_identical(dataset, back)
    assert {name: back[name].dtype for name in back.variables} == {
        name: dataset[name].dtype for name in dataset.variables
    }
    assert os.listdir(tmp_path) == ["out.nc"]


@pytest.mark.parametrize("bound", [1, 3_000])
def test_a_variable_written_in_parts_is_the_same(saved, tmp_path, monkeypatch, bound):
    monkeypatch.setattr(netcdf, "LARGE_BYTES", bound)
    monkeypatch.setattr(netcdf, "SLAB_BYTES", bound)
    monkeypatch.setattr(netcdf, "CHUNK_BYTES", 1_000)
    path = tmp_path / "out.nc"
    netcdf.save(small_dataset(), path)
    xr.testing.assert_identical(netcdf.open(path), small_dataset())
    with netCDF4.Dataset(path) as parts, netCDF4.Dataset(saved) as whole:
        assert set(parts.variables) == set(whole.variables)
        for name, variable in whole.variables.items():
            assert parts.variables[name].__dict__.keys() == variable.__dict__.keys(), name
            assert parts.variables[name].filters() == variable.filters(), name
            if "coordinates" in variable.ncattrs():
                assert parts.variables[name].coordinates == variable.coordinates, name


def test_a_bad_number_in_a_later_part_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(netcdf, "SLAB_BYTES", 1)
    monkeypatch.setattr(netcdf, "CHUNK_BYTES", 1)
    dataset = small_dataset()
    dataset["fund_balance"][{"scheme": 1, "path_fund": 2, "realization": 3, "year": 2}] = np.inf
    with pytest.raises(OutputError, match=r"fund_balance is inf at .*year 2027"):
        netcdf.save(dataset, tmp_path / "out.nc")
    assert os.listdir(tmp_path) == []


def test_a_part_and_an_opened_file_can_be_saved_again(saved, tmp_path):
    part = select(netcdf.open(saved), arrangement="municipal", province=440000)
    netcdf.save(part, tmp_path / "part.nc")
    xr.testing.assert_identical(part, netcdf.open(tmp_path / "part.nc"))


def test_the_same_dataset_gives_the_same_bytes(tmp_path):
    for name in ("a.nc", "b.nc"):
        netcdf.save(small_dataset(), tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_encoding_is_the_one_that_everybody_reads(saved):
    with netCDF4.Dataset(saved) as file:
        assert file.data_model == "NETCDF4_CLASSIC"
        assert all(name.isascii() for name in [*file.variables, *file.dimensions])
        for name in variables().keys() & file.variables.keys():
            variable = file.variables[name]
            filters = variable.filters()
            assert (filters["zlib"], filters["complevel"], filters["shuffle"]) == (True, 1, True)
            if variable.dtype.kind == "f":
                assert variable._FillValue == variable.dtype.type(FILL)
        assert file.variables["province_name_zh"]._Encoding == "utf-8"
        assert file.variables["province_name_zh"].dtype == "S1"
        assert file.variables["time"].units == "days since 2000-01-01"
        assert {variable.dtype.str for variable in file.variables.values()} <= {
            "|S1",
            "<f8",
            "<f4",
            "<i4",
            "|i1",
        }


def test_missing_is_written_as_fill(tmp_path):
    dataset = small_dataset()
    dataset["fund_ratio_central"][0, 0, 0] = np.nan
    netcdf.save(dataset, tmp_path / "out.nc")
    with netCDF4.Dataset(tmp_path / "out.nc") as file:
        file.set_auto_mask(False)
        assert file.variables["fund_ratio_central"][0, 0, 0] == np.float32(FILL)
    assert np.isnan(netcdf.open(tmp_path / "out.nc")["fund_ratio_central"][0, 0, 0])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_named_and_nothing_is_written(tmp_path, value):
    dataset = small_dataset()
    dataset["pensions"][1, 2, 4, 3] = value
    dataset["pensions"][0, 1, 3, 2] = value
    place = r"pensions is -?(nan|inf) at scheme 1 \(enterprise_pension\), "
    place += r"path_fund 4 \(Guangdong\), realization 3, year 2027"
    with pytest.raises(OutputError, match=place) as caught:
        netcdf.save(dataset, tmp_path / "out.nc")
    assert caught.value.exit_code == 1
    assert os.listdir(tmp_path) == []


def test_infinity_is_refused_even_where_a_value_may_be_missing(tmp_path):
    dataset = small_dataset()
    dataset["fund_ratio_central"][0, 0, 0] = np.inf
    with pytest.raises(OutputError, match="fund_ratio_central is inf"):
        netcdf.save(dataset, tmp_path / "out.nc")


def test_only_undefined_statistics_may_be_missing_with_one_path():
    results = small_results(1)
    netcdf.check_numbers(to_dataset(results, small_labels(1), small_record()))
    results["pensions_statistic"][0, 0, 0, 0] = np.nan
    with pytest.raises(OutputError, match=r"statistic 0 \(mean\)"):
        netcdf.check_numbers(to_dataset(results, small_labels(1), small_record()))


def test_open_lazily(saved):
    with netcdf.open(saved, lazy=True) as dataset:
        assert not dataset["fund_balance"].variable._in_memory
        assert dataset["province_name_zh"].values[1] == "广东省"
        np.testing.assert_array_equal(dataset["fund_balance"], small_dataset()["fund_balance"])


def test_open_names_a_file_that_is_absent_or_foreign(tmp_path):
    with pytest.raises(OutputPathError, match="no such file"):
        netcdf.open(tmp_path / "absent.nc")
    (tmp_path / "text.nc").write_text("not NetCDF")
    with pytest.raises(OutputPathError, match="not a NetCDF file"):
        netcdf.open(tmp_path / "text.nc")


def test_describe(saved):
    text = netcdf.describe(saved)
    assert "paths        5" in text
    assert "municipal, provincial, national" in text
    assert "(scheme, fund, X, year)  paths, statistic, central" in text


def test_a_chunk_holds_whole_series_and_at_most_a_megabyte():
    array = xr.Variable(
        ("scheme", "fund", "statistic", "year"), np.empty((2, 5000, 8, 75), np.float32)
    )
    chunks = netcdf._chunks(array)
    assert chunks[0] == 1 and chunks[2:] == (8, 75)
    assert np.prod(chunks) * 4 <= netcdf.CHUNK_BYTES
