"""The table of output variables is complete, ASCII where files need it, and expands by one rule."""

import re

import numpy as np
import pytest

from pooling.axes import STATISTICS
from pooling.vocabulary import (
    AXES,
    KINDS,
    UNIT_TEXT,
    default_variables,
    documentation_table,
    estimate_bytes,
    quantities,
    report_header,
    shape_of,
    variables,
)

SIZES = {
    "scheme": 2,
    "fund": 404,
    "path_fund": 63,
    "arrangement": 4,
    "municipality": 341,
    "province": 31,
    "origin_province": 31,
    "destination_province": 31,
    "payer": 3,
    "channel": 6,
    "horizon": 3,
    "realization": 201,
    "year": 75,
}


@pytest.mark.parametrize("quantity", quantities().values(), ids=lambda quantity: quantity.name)
def test_entry_is_complete(quantity):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", quantity.name)
    assert quantity.kind in KINDS
    assert quantity.unit in UNIT_TEXT
    assert quantity.long_name and quantity.formula and quantity.source
    assert (quantity.long_name + quantity.formula + quantity.source).isascii()
    assert re.search(r"[\u4e00-\u9fff]", quantity.name_zh)
    assert bool(quantity.flags) == (quantity.kind == "flag")
    assert not quantity.name.endswith(("_statistic", "_central"))


@pytest.mark.parametrize("quantity", quantities().values(), ids=lambda quantity: quantity.name)
def test_dimensions_are_in_file_order(quantity):
    positions = [AXES.index(dim) for dim in quantity.dims]
    assert positions == sorted(set(positions))


def test_a_quantity_over_realizations_has_three_forms():
    assert variables()["pensions"].dims == ("scheme", "path_fund", "realization", "year")
    assert variables()["pensions_statistic"].dims == ("scheme", "fund", "statistic", "year")
    assert variables()["pensions_central"].dims == ("scheme", "fund", "year")


def test_a_quantity_without_realizations_has_one_form():
    assert variables()["levy_rate"].dims == ("scheme", "arrangement")
    assert "levy_rate_central" not in variables()


def test_types_follow_kind_and_form():
    types = {
        name: str(variables()[name].dtype)
        for name in ("pensions", "pensions_statistic", "gini_burden")
    }
    assert types == {
        "pensions": "float64",
        "pensions_statistic": "float32",
        "gini_burden": "float32",
    }
    assert variables()["short_at_opening"].dtype == np.int8
    assert variables()["contributors_central"].dtype == np.float64


def test_no_two_names_differ_by_case_only():
    assert len({name.lower() for name in variables()}) == len(variables())


def test_attributes_are_ascii_and_carry_the_currency_of_the_set():
    for variable in variables().values():
        attributes = variable.attributes("XYZ")
        assert all(value.isascii() for value in attributes.values() if isinstance(value, str))
        assert ("currency" in attributes) == variable.quantity.unit.startswith("currency")
        assert attributes["units"] == "1"
    assert (
        variables()["average_wage_province_central"].attributes("XYZ")["unit_text"]
        == "XYZ per year"
    )


def test_flag_attributes_have_the_type_of_the_variable():
    attributes = variables()["short_at_opening"].attributes("CNY")
    assert attributes["flag_values"].dtype == np.int8
    assert attributes["flag_meanings"].split()[0] == "not_short"


def test_formulas_name_quantities_that_exist():
    words = set(
        re.findall(r"[a-z]+(?:_[a-z]+)+", " ".join(q.formula for q in quantities().values()))
    )
    declared_elsewhere = {"sum_i", "sum_j", "sum_g", "mu_g", "s_g", "p_g"}
    assert {word for word in words if len(word) > 5} - declared_elsewhere <= set(quantities())


def test_every_path_of_the_account_only_on_request():
    default = {variable.name for variable in default_variables()}
    assert "fund_balance" in default and "interest" not in default
    assert {"interest_statistic", "interest_central"} <= default
    assert "interest" in {variable.name for variable in default_variables(all_paths=True)}


def test_shape_uses_the_sizes_of_the_run():
    assert shape_of(variables()["pensions_statistic"], SIZES) == (2, 404, len(STATISTICS), 75)


def test_default_file_of_china_stays_below_150_megabytes():
    # The default run (200 paths) was compressed to 0.56 of its numbers; 0.59 leaves room for noisier ones.
    assert 0.59 * estimate_bytes(SIZES) < 150e6


def test_documentation_table_has_one_line_a_quantity():
    lines = documentation_table().splitlines()
    assert len(lines) == len(quantities()) + 2
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in lines} == {10}


def test_report_header_in_two_languages():
    assert report_header("pensions_statistic", "CNY") == "pensions paid [CNY]"
    assert report_header("pensions", "CNY", "zh") == "养老金支出 [CNY]"
