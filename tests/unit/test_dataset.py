"""Labels, attributes and cuts of the Dataset."""

import json
from dataclasses import replace

import numpy as np
import pytest

from pooling.dataset import to_dataset
from pooling.selection import SelectionError, select
from small_output import small_dataset, small_labels, small_record, small_results


def test_every_number_arrives_under_its_labels():
    results, dataset = small_results(), small_dataset()
    for name, array in results.items():
        np.testing.assert_array_equal(dataset[name].values, array.astype(dataset[name].dtype))
    cell = dataset["contributions"].sel(scheme=2, path_fund=5, realization=3, year=2027)
    assert cell.item() == results["contributions"][1, 2, 3, 2]


def test_labels_are_codes_with_text_beside_them():
    dataset = small_dataset()
    assert {dataset[dim].dtype for dim in dataset.sizes if dim != "bounds"} == {np.dtype("int32")}
    assert dataset["municipality_name_zh"].sel(municipality=440300).item() == "深圳市"
    assert dataset["fund_name"].values[-1] == "China"
    assert dataset["scheme"].attrs["flag_meanings"] == "enterprise_pension government_pension"
    assert list(dataset["path_fund"].values) == [3, 4, 5]
    np.testing.assert_array_equal(
        dataset["fund_pool"].sel(fund=dataset["path_fund"]), dataset["path_fund_pool"]
    )


def test_stocks_are_dated_the_last_day_of_the_year():
    dataset = small_dataset()
    assert str(dataset["time"].values[0])[:10] == "2025-12-31"
    assert [str(day)[:10] for day in dataset["time_bounds"].values[0]] == [
        "2025-01-01",
        "2026-01-01",
    ]


def test_only_what_has_a_year_says_how_its_time_is_meant():
    """CF 1.11, 7.3: cell methods name axes or coordinates of the variable."""
    dataset = small_dataset()
    timed = {name for name, array in dataset.items() if "cell_methods" in array.attrs}
    assert "contributions" in timed and "accrued_liability" in dataset
    assert all("time" in dataset[name].coords for name in timed)
    assert all(dataset[name].attrs["cell_methods"].startswith("time: ") for name in timed)


def test_no_label_carries_the_name_of_another_dimension():
    dataset = small_dataset()
    for dim in dataset.sizes:
        if dim in dataset.coords:
            assert dataset[dim].dims == (dim,)


def test_the_record_is_ascii_and_the_configuration_comes_back():
    attributes = small_dataset().attrs
    assert all(value.isascii() for value in attributes.values() if isinstance(value, str))
    assert json.loads(attributes["run_config"]) == small_record().config_text
    assert json.loads(attributes["input_digests"]) == {"census.csv": "00" * 32}
    assert attributes["seed"] == str(2**40)
    assert attributes["stochastic_paths"] == 5
    assert "United Nations" in attributes["acknowledgement"]


def test_an_unknown_name_or_another_shape_is_an_error():
    with pytest.raises(ValueError, match="not in the vocabulary: pension"):
        to_dataset({"pension": np.zeros(3)}, small_labels(), small_record())
    with pytest.raises(
        ValueError,
        match=r"levy_rate \(scheme, arrangement\): expected shape \(2, 3\); got \(2, 4\)",
    ):
        to_dataset({"levy_rate": np.zeros((2, 4))}, small_labels(), small_record())


def test_coordinates_of_unused_axes_are_left_out():
    dataset = to_dataset({"levy_rate": np.zeros((2, 3))}, small_labels(), small_record())
    assert set(dataset.sizes) == {"scheme", "arrangement", "year", "bounds"}


def test_without_funds_stored_by_path_there_is_no_such_axis():
    labels = small_labels()
    none = replace(labels, funds=replace(labels.funds, by_path=np.array([], int)))
    results = {name: array for name, array in small_results().items() if name.endswith("_central")}
    results["pensions"] = np.zeros((2, 0, 6, 4))
    dataset = to_dataset(results, none, small_record())
    assert "path_fund" not in dataset.sizes and "pensions" not in dataset


def test_without_paths_the_statistics_are_written_as_missing():
    results = {
        name: array for name, array in small_results(0).items() if not name.endswith("_statistic")
    }
    dataset = to_dataset(results, small_labels(0), small_record())
    assert dataset.sizes["realization"] == 1
    assert dataset["pensions_statistic"].isnull().all()
    assert set(dataset) == set(small_dataset(0))


def test_a_text_that_is_empty_throughout_is_left_out():
    labels = small_labels()
    bare = replace(labels, provinces=replace(labels.provinces, name_zh=["", ""]))
    dataset = to_dataset(small_results(), bare, small_record())
    assert "province_name_zh" not in dataset.coords


def test_select_arrangement_cuts_its_funds_too():
    cut = select(small_dataset(), arrangement="provincial")
    assert list(cut["arrangement_name"].values) == ["provincial"]
    assert list(cut["fund_name"].values) == ["Beijing", "Guangdong"]
    assert list(cut["path_fund_pool"].values) == [110000, 440000]
    assert cut["fund_balance"].dims == small_dataset()["fund_balance"].dims


def test_select_several():
    cut = select(
        small_dataset(), arrangement=["provincial", "national"], scheme="government_pension"
    )
    assert (cut.sizes["scheme"], cut.sizes["arrangement"], cut.sizes["fund"]) == (1, 2, 3)


def test_select_province_cuts_municipalities_and_funds_within_it():
    cut = select(small_dataset(), province=440000)
    assert list(cut["municipality"].values) == [440100, 440300]
    assert list(cut["fund"].values) == [1, 2, 4]
    assert list(cut["province"].values) == [440000]


def test_select_of_both_meets():
    cut = select(small_dataset(), arrangement="municipal", province=440000)
    assert list(cut["fund_name"].values) == ["Guangzhou", "Shenzhen"]


def test_select_leaves_out_what_has_no_element():
    cut = select(small_dataset(), arrangement="municipal")
    assert "path_fund" not in cut.sizes and "fund_balance" not in cut
    assert "fund_balance_statistic" in cut


def test_select_names_what_there_is():
    with pytest.raises(
        SelectionError, match=r"no arrangement provincal .* municipal, provincial, national"
    ):
        select(small_dataset(), arrangement="provincal")
    with pytest.raises(SelectionError, match=r"no province 1 .* 110000, 440000"):
        select(small_dataset(), province=1)
    with pytest.raises(SelectionError, match="no province 110000 as text"):
        select(small_dataset(), province="110000")
    assert SelectionError.exit_code == 2
