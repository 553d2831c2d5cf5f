"""The named arrays of a path: the vocabulary's quantities, each what its formula says."""

import numpy as np
import pytest

from example_country import Opening, Projected, example, project_country
from pooling.vocabulary import quantities

AXES = {
    "scheme": 1,
    "arrangement": 5,
    "fund": 18,
    "municipality": 9,
    "province": 3,
    "origin_province": 3,
    "destination_province": 3,
    "payer": 3,
    "channel": 6,
    "horizon": 1,
    "year": 10,
}


@pytest.fixture(scope="module")
def opening() -> Opening:
    """The example, opened."""
    return example()[1]


@pytest.fixture(scope="module")
def path(opening: Opening) -> Projected:
    """Realization 1."""
    return project_country(opening, 1)


def test_every_quantity_has_the_dims_of_the_vocabulary(path: Projected):
    expected = {name for name, each in quantities().items() if "X" in each.dims}
    assert set(path.named) == expected
    for name, values in path.named.items():
        dims = [dim for dim in quantities()[name].dims if dim != "X"]
        assert values.shape == tuple(AXES[dim] for dim in dims), name


def test_only_what_may_be_missing_is_missing(path: Projected):
    for name, values in path.named.items():
        assert quantities()[name].may_be_missing or np.isfinite(values).all(), name


def test_rates_are_quotients_of_the_account(path: Projected):
    named = path.named
    outgo = sum(
        named[part]
        for part in (
            "pensions",
            "other_benefits",
            "inherited_accounts",
            "refunded_accounts",
            "other_outgo",
        )
    )
    np.testing.assert_allclose(named["cost_rate"], outgo / named["wage_bill"], rtol=1e-12)
    income = named["contributions"] / named["wage_bill"]
    np.testing.assert_allclose(named["income_rate"], income, rtol=1e-12)
    np.testing.assert_allclose(named["fund_ratio"], named["opening_balance"] / outgo, rtol=1e-12)


@pytest.mark.parametrize("version", ["before_subsidy", "after_scheduled"])
def test_depletion_is_the_first_year_below_zero(path: Projected, version: str):
    balance = path.named[f"fund_balance_{version}"]
    found = path.named[f"depletion_year_{version}"]
    below = balance < 0
    expected = np.where(below.any(axis=-1), below.argmax(axis=-1), np.nan)
    np.testing.assert_array_equal(found, expected)
    assert np.isfinite(found).any() and np.isnan(found).any()


def test_residents_are_the_three_classes(path: Projected):
    named = path.named
    classes = sum(
        named[f"population_{name}_province"]
        for name in ("local", "intraprovincial", "interprovincial")
    )
    np.testing.assert_allclose(named["population_province"], classes, rtol=1e-12)


def test_measures_lie_in_their_ranges(path: Projected):
    for name in ("gini_burden", "theil_burden", "theil_between", "theil_within", "cv_burden"):
        assert (path.named[name] >= -1e-15).all(), name
    assert (path.named["gini_burden"] <= 1).all()
    parts = path.named["theil_between"] + path.named["theil_within"]
    np.testing.assert_allclose(path.named["theil_burden"], parts, rtol=1e-10, atol=1e-15)
    # In one pool everybody carries the same burden.
    assert np.abs(path.named["gini_burden"][:, 2]).max() <= 1e-15
    assert (path.named["gini_burden"][:, 0] > path.named["gini_burden"][:, 1]).all()
    np.testing.assert_allclose(path.named["theil_within"][:, 1], 0, atol=1e-15)


def test_redistribution_is_half_of_what_provinces_get_and_give(path: Projected):
    moved = 0.5 * np.abs(path.named["net_transfer_province"]).sum(axis=2)
    np.testing.assert_allclose(path.named["redistribution_flow"], moved, rtol=1e-12)
