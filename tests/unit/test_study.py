"""Measures over all paths against NumPy on the paths that the file keeps; measures of one's own; paired differences."""

from collections.abc import Callable, Iterator
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import pooling
from example_country import EXAMPLE, SHORT
from pooling.comparison import ComparisonError
from pooling.errors import InputErrors
from pooling.netcdf import describe
from pooling.selection import SelectionError
from pooling.vocabulary import quantities

PATHS = 12
SINGLE = 1e-4
"""Deficit rates are spooled in single precision: of a variance about 1e-7 over its relative size."""


def gap(named: dict) -> jnp.ndarray:
    """Outgo less contributions of the nation."""
    return jnp.sum(named["benefits_province"] - named["contributions_province"], axis=1)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[xr.Dataset]:
    """Ten years, twelve paths, with a measure of our own: outgo less contributions of every arrangement."""

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        pooling.register(
            "national_gap",
            gap,
            unit="currency",
            kind="flow",
            formula="sum of benefits_province - contributions_province",
            dims=("scheme", "year"),
            paths=True,
        )
        changes = {"projection.paths": PATHS, "output.all_paths": True}
        yield pooling.run(EXAMPLE, {**SHORT, **changes})
        pooling.unregister("national_gap")


def stochastic(array: xr.DataArray) -> np.ndarray:
    """Realizations 1…, on the first axis."""
    return np.moveaxis(array.values, array.dims.index("realization"), 0)[1:].astype(float)


def test_insurance_is_the_variance_taken_off(dataset: xr.Dataset):
    own = stochastic(dataset["deficit_rate_own_province"])[:, :, None]
    borne = stochastic(dataset["deficit_rate_province"])
    expected = own.var(axis=0, ddof=1) - borne.var(axis=0, ddof=1)
    scale = own.var(axis=0, ddof=1).max()
    found = dataset["insurance_province"].values
    assert np.abs(found - expected).max() <= SINGLE * scale
    value = 1 - borne.var(axis=0, ddof=1) / own.var(axis=0, ddof=1)
    np.testing.assert_allclose(dataset["insurance_value_province"], value, atol=SINGLE)
    municipal = dataset["arrangement_name"].values.tolist().index("municipal")
    assert np.abs(found[:, municipal]).max() <= SINGLE * scale
    assert np.abs(found).max() > 0.01 * scale


def test_a_jackknife_of_single_paths_by_hand(dataset: xr.Dataset):
    own = stochastic(dataset["deficit_rate_own_province"])[:, :, None]
    borne = stochastic(dataset["deficit_rate_province"])
    parts = np.stack(
        [
            np.delete(own, k, 0).var(axis=0, ddof=1) - np.delete(borne, k, 0).var(axis=0, ddof=1)
            for k in range(PATHS)
        ]
    )
    expected = np.sqrt((PATHS - 1) / PATHS * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0))
    scale = own.var(axis=0, ddof=1).max()
    assert np.abs(dataset["insurance_error_province"].values - expected).max() <= SINGLE * scale


def test_one_national_pool_leaves_every_province_the_same_rate(dataset: xr.Dataset):
    national = dataset["arrangement_name"].values.tolist().index("national")
    cash = pooling.select(dataset, arrangement="national")["net_transfer_cash_province_central"]
    assert np.abs(cash.sum("province")).max() <= 1e-9 * np.abs(cash).max()
    spread = stochastic(dataset["deficit_rate_province"])[:, :, national].std(axis=2).max()
    assert spread < stochastic(dataset["deficit_rate_own_province"]).std(axis=2).max()


def test_redistribution_and_the_common_shock(dataset: xr.Dataset):
    weight = dataset["wage_bill_province_central"].sum("year").values
    share = weight / weight.sum(axis=-1, keepdims=True)
    own = stochastic(dataset["deficit_rate_own_province"])
    moved = own[:, :, None] - stochastic(dataset["deficit_rate_province"])
    mean = moved.mean(axis=0)  # [scheme, arrangement, province, horizon]
    w = share[:, None, :, None]
    expected = (w * (mean - (w * mean).sum(axis=2, keepdims=True)) ** 2).sum(axis=2)
    np.testing.assert_allclose(dataset["redistribution_variance"], expected, rtol=1e-3, atol=1e-12)
    national = (share[..., None] * own).sum(axis=2).var(axis=0, ddof=1)
    regional = (share[..., None] * own.var(axis=0, ddof=1)).sum(axis=1)
    np.testing.assert_allclose(dataset["common_shock_share"], national / regional, rtol=1e-3)


def test_smoothing_is_a_sum_over_the_paths(dataset: xr.Dataset):
    central = dataset["coverage_channel_province_central"].values
    apart = stochastic(dataset["coverage_channel_province"]) - central
    shock = -apart.sum(axis=3)  # [path, scheme, arrangement, province, year]
    taken = -(apart * shock[:, :, :, None]).sum(axis=(0, -1))
    whole = (shock**2).sum(axis=(0, -1))
    found = dataset["smoothing_share_province"].values[..., 0]
    np.testing.assert_allclose(found, taken / whole[:, :, None], atol=SINGLE)
    weight = dataset["wage_bill_province_central"].sum("year").values[:, None]
    pooled = (taken * weight[:, :, None]).sum(axis=-1) / (whole * weight).sum(axis=-1)[..., None]
    np.testing.assert_allclose(dataset["smoothing_share"].values[..., 0], pooled, atol=SINGLE)
    np.testing.assert_allclose(dataset["smoothing_share"].sum("channel"), 1, atol=1e-6)
    assert (dataset["smoothing_error"] >= 0).all()


def test_only_pools_of_several_provinces_smooth_by_settlement(dataset: xr.Dataset):
    keys = dataset["arrangement_name"].values.tolist()
    by_settlement = dataset["smoothing_share"].isel(channel=0, horizon=0).values
    alone = by_settlement[:, [keys.index("municipal"), keys.index("provincial")]]
    assert np.abs(alone).max() <= 1e-12
    assert (by_settlement[:, keys.index("national")] > 0.05).all()


def test_the_first_depleted_pool_is_one_of_the_first_year(dataset: xr.Dataset):
    for arrangement, key in zip(dataset["arrangement"], dataset["arrangement_name"], strict=True):
        part = pooling.select(dataset, arrangement=str(key.values))
        balance = part["fund_balance_after_scheduled_central"].isel(scheme=0).values
        year = part["first_depletion_year_central"].item()
        code = dataset["first_depleted_pool"].sel(arrangement=arrangement).item()
        if not (balance < 0).any():
            assert np.isnan(year) and np.isnan(code), key
            continue
        at = (balance < 0).any(axis=0).argmax()
        assert year == part["year"].values[at], key
        pool = part["fund_pool"].values.tolist().index(code)
        assert balance[pool, at] < 0 and not (balance[:, :at] < 0).any(), key


@pytest.mark.parametrize("version", ["before_subsidy", "after_scheduled"])
def test_probability_of_depletion(dataset: xr.Dataset, version: str):
    first = stochastic(dataset[f"depletion_year_{version}"])
    years = dataset["year"].values
    expected = (first[..., None] <= years).mean(axis=0)
    kept = dataset["path_fund"].values
    found = dataset[f"depletion_probability_{version}"].values[:, kept]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert 0 < found.max() <= 1 and (np.diff(found, axis=-1) >= 0).all()


def test_actuarial_balance_is_the_difference_of_the_summarized_rates(dataset: xr.Dataset):
    balance = dataset["actuarial_balance_after_scheduled_central"].values
    income, cost = (
        dataset[f"summarized_{side}_rate_central"].values for side in ("income", "cost")
    )
    np.testing.assert_allclose(balance, income - cost, atol=1e-6)
    assert dataset["horizon"].values.tolist() == [10]


def test_an_actuarial_balance_by_hand(dataset: xr.Dataset):
    """The national fund: (F₀ + PV income − PV outgo − PV of the last year's outgo) ÷ PV wage bill."""
    part = pooling.select(dataset, arrangement="national")
    flow = {
        name: part[f"{name}_central"].values[0, 0]
        for name in (
            "contributions",
            "scheduled_subsidy",
            "wage_bill",
            "pensions",
            "other_benefits",
            "other_outgo",
        )
        + ("inherited_accounts", "refunded_accounts", "interest", "opening_balance")
        + ("settlement_net", "deficit_subsidy", "fund_balance")
    }
    outgo = sum(
        flow[f"{name}"]
        for name in (
            "pensions",
            "other_benefits",
            "inherited_accounts",
            "refunded_accounts",
            "other_outgo",
        )
    )
    income = flow["contributions"] + flow["scheduled_subsidy"]
    net = income - outgo
    # The account tells the return: interest = r (F + ½ net).
    rate = flow["interest"] / (flow["opening_balance"] + net / 2)
    end = 1 / np.cumprod(1 + rate)
    within = (1 + rate / 2) * end
    value = flow["opening_balance"][0] + (net * within).sum() - outgo[-1] * end[-1]
    expected = value / (flow["wage_bill"] * within).sum()
    found = part["actuarial_balance_after_scheduled_central"].values[0, 0, 0]
    assert found == pytest.approx(expected, rel=1e-5)


def test_paired_differences_by_hand(dataset: xr.Dataset):
    difference = pooling.compare(dataset, "national", "current")
    keys = dataset["arrangement_name"].values.tolist()
    paths = stochastic(dataset["redistribution_flow"])
    a, b = (paths[:, :, keys.index(key)] for key in ("national", "current"))
    found = difference["redistribution_flow"]
    assert found.dims == ("difference", "scheme", "year")
    np.testing.assert_allclose(found.sel(difference="mean"), (a - b).mean(axis=0), rtol=1e-12)
    error = (a - b).std(axis=0, ddof=1) / np.sqrt(PATHS)
    np.testing.assert_allclose(found.sel(difference="se"), error, rtol=1e-9)
    unpaired = np.sqrt((a.var(axis=0, ddof=1) + b.var(axis=0, ddof=1)) / PATHS)
    np.testing.assert_allclose(found.sel(difference="unpaired_se"), unpaired, rtol=1e-9)
    assert (found.sel(difference="pairs") == PATHS).all()
    told = dict(difference.attrs)
    assert told.pop("history").endswith(f" compared by pooling {pooling.__version__}")
    assert told == {
        "Conventions": "CF-1.11",
        "title": f"national less current: {dataset.attrs['title']}",
        "arrangement": "national",
        "reference": "current",
        "currency": dataset.attrs["currency"],
        "seed": dataset.attrs["seed"],
    }
    assert "bounds" not in difference["time"].attrs and "bounds" in dataset["time"].attrs


def test_common_random_numbers_pay(dataset: xr.Dataset):
    """The same people and wages under both arrangements: deficits of the two move together."""
    found = pooling.compare(dataset, "provincial", "municipal")["deficit_subsidy_arrangement"]
    last = found.isel(scheme=0, year=-1)
    assert last.sel(difference="se") < last.sel(difference="unpaired_se")


def test_what_cannot_be_compared(dataset: xr.Dataset):
    with pytest.raises(SelectionError, match="no arrangement global"):
        pooling.compare(dataset, "global", "national")
    with pytest.raises(ComparisonError, match="no stochastic paths"):
        pooling.compare(dataset.drop_dims("realization"), "national", "current")


def test_two_runs_are_compared_path_by_path(dataset: xr.Dataset):
    # Another run: 3 more on path 1, 6 more on path 2 and so on, and two paths less.
    more = xr.DataArray(3.0 * np.arange(PATHS - 1), dims="realization")
    other = dataset.isel(realization=slice(PATHS - 1)).copy()
    for name in ("redistribution_flow", "fund_balance"):
        other[name] = (other[name] + more).transpose(*dataset[name].dims)
    found = pooling.compare(other, "provincial", "provincial", dataset)
    for name in ("redistribution_flow", "fund_balance"):
        # Paths 1 to 10: the mean of 3 … 30 is 16.5, their standard deviation 3 · √(55/6).
        np.testing.assert_allclose(found[name].sel(difference="mean"), 16.5)
        np.testing.assert_allclose(found[name].sel(difference="sd"), 3 * np.sqrt(55 / 6))
        assert (found[name].sel(difference="pairs") == PATHS - 2).all()
    assert found["fund_balance"].dims == ("difference", "scheme", "path_fund", "year")
    assert not found["gini_burden"].sel(difference="mean").any()
    assert found.attrs["reference_run"] == dataset.attrs["title"]


def test_funds_are_compared_only_where_the_pools_are_the_same(dataset: xr.Dataset):
    assert "fund_balance" in pooling.compare(dataset, "current", "provincial")
    assert "fund_balance" not in pooling.compare(dataset, "national", "provincial")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda run: run.assign_attrs(seed="8"), r"seed \(\d+ and 8\)"),
        (lambda run: run.isel(year=slice(5)), "the labels of year"),
        (lambda run: run.assign_coords(province=run["province"] + 1), "the labels of province"),
    ],
    ids=["seed", "years", "regions"],
)
def test_runs_on_other_paths_are_not_compared(dataset: xr.Dataset, changed: Callable, said: str):
    with pytest.raises(ComparisonError, match=f"not on the same paths: {said}"):
        pooling.compare(dataset, "national", "national", changed(dataset))


def test_a_measure_of_ones_own_is_in_the_file(dataset: xr.Dataset, tmp_path: Path):
    expected = (
        dataset["benefits_province_central"] - dataset["contributions_province_central"]
    ).sum("province")
    np.testing.assert_allclose(dataset["national_gap_central"], expected, rtol=1e-12)
    assert dataset["national_gap"].dims == ("scheme", "realization", "year")
    file = tmp_path / "own.nc"
    pooling.save(dataset, file)
    # As somebody reads it who has not added the measure.
    own = quantities()["national_gap"]
    pooling.unregister("national_gap")
    try:
        again = pooling.open(file)
        from pooling.netcdf import describe

        assert "national_gap" in describe(file)
    finally:
        pooling.register(
            own.name,
            gap,
            unit=own.unit,
            formula=own.formula,
            dims=("scheme", "year"),
            kind=own.kind,
            paths=True,
        )
    assert "national_gap" in again.data_vars
    assert again["national_gap"].attrs["formula"] == own.formula
    xr.testing.assert_identical(again, dataset)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "fund_balance"}, "name 'fund_balance'"),
        ({"name": "Gap"}, "name 'Gap'"),
        ({"unit": "yuan"}, "unit 'yuan'"),
        ({"kind": "number"}, "kind 'number'"),
        ({"dims": ("scheme", "city")}, "axes"),
        ({"dims": ("year", "scheme")}, "axes"),
        ({"dims": ("scheme", "scheme")}, "axes"),
        ({"name": "province"}, "name 'province'"),
        ({"formula": "Σ"}, "text beyond ASCII"),
    ],
    ids=str,
)
def test_a_measure_that_cannot_be(wrong: dict, said: str):
    given = {"name": "gap", "unit": "currency", "formula": "x", "dims": ("scheme", "year")} | wrong
    name = given.pop("name")
    with pytest.raises(ValueError, match=said):
        pooling.register(name, lambda named: named, **given)
    assert "gap" not in quantities()


def paths_of(dataset: xr.Dataset, *numbers: int) -> xr.Dataset:
    """Some realizations only."""
    return dataset.isel(realization=list(numbers))


def test_paths_are_paired_by_their_numbers(dataset: xr.Dataset):
    """Of paths 3 to 5 and 1 to 4 those are compared that both have, with or without the central one."""
    sides = ("current", "provincial")
    expected = pooling.compare(paths_of(dataset, 0, 3, 4), *sides)
    some = pooling.compare(paths_of(dataset, 0, 3, 4, 5), *sides, paths_of(dataset, 0, 1, 2, 3, 4))
    stochastic = pooling.compare(paths_of(dataset, 5, 4, 3), *sides, paths_of(dataset, 4, 3, 2))
    for name in ("gini_burden", "redistribution_flow"):
        for found in (some, stochastic):
            np.testing.assert_array_equal(found[name].values, expected[name].values)
        assert (expected[name].sel(difference="pairs") == 2).all()


def test_a_difference_says_that_it_is_one(dataset: xr.Dataset, tmp_path: Path):
    found = pooling.compare(dataset, "current", "provincial")
    said = found["gini_burden"].attrs
    assert said["long_name"].startswith("difference of: ") and "kind" not in said
    assert (found.attrs["currency"], found.attrs["seed"]) == ("EXD", dataset.attrs["seed"])
    pooling.save(found, tmp_path / "a.nc")
    lines = describe(tmp_path / "a.nc").splitlines()
    (line,) = (line for line in lines if line.split()[:1] == ["gini_burden"])
    assert "(difference, scheme, year)" in line and line.endswith("difference")


TWO_YEARS = {"projection.last_year": 2026, "projection.paths": 1, "arrangements": ["national"]}


def test_a_measure_that_is_registered_anew_is_computed_anew():
    """JAX remembers programs by what they are given: measures are among it."""
    given = {
        "unit": "currency",
        "formula": "x",
        "dims": ("scheme", "province", "year"),
        "kind": "flow",
    }
    plain = pooling.run(EXAMPLE, TWO_YEARS)
    assert "mine_central" not in plain
    found = []
    for factor in (1.0, 2.0):
        pooling.register("mine", lambda n, by=factor: by * n["benefits_province"], **given)
        try:
            found.append(pooling.run(EXAMPLE, TWO_YEARS)["mine_central"].values)
        finally:
            pooling.unregister("mine")
    np.testing.assert_array_equal(found[1], 2 * found[0])
    assert found[0].any()
    again = pooling.run(EXAMPLE, TWO_YEARS)
    assert set(again.variables) == set(plain.variables)


@pytest.mark.parametrize("kind", ["flag", "date", "code"])
def test_a_measure_is_a_number_that_has_a_mean(kind: str):
    """Means of flags are no flags, and dates are counted from the first year inside."""
    with pytest.raises(ValueError, match=f"kind '{kind}'"):
        pooling.register(
            "mine", lambda n: n["outgo"], unit="year", formula="x", dims=("year",), kind=kind
        )


def test_overrides_of_a_loaded_configuration_are_refused():
    loaded = pooling.load(EXAMPLE, TWO_YEARS)
    for job in (pooling.run, pooling.run_cohorts):
        with pytest.raises(InputErrors, match="overrides with a path"):
            job(loaded, {"projection.paths": 7})
