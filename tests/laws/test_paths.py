"""A realization depends on its number and the seed, on nothing else; without volatility all are the central one."""

from collections.abc import Iterator

import jax
import numpy as np
import pytest
import xarray as xr

from example_country import CALM, EXAMPLE, SHORT, Projected, example, project_country
from pooling.job import run

BY_PATH = ("fund_balance", "contributions", "settlement_net")


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled programs of these runs go to a folder of the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
    jax.config.update("jax_compilation_cache_dir", None)


def projected(paths: int, threads: int | str = "auto", **asked: object) -> xr.Dataset:
    """The example over two years, with some settings of ``[compute]``."""
    short = {**SHORT, "projection.last_year": 2026, "projection.paths": paths}
    settings = {f"compute.{name}": value for name, value in asked.items()}
    return run(EXAMPLE, {**short, "compute.threads": threads, **settings})


@pytest.fixture(scope="module")
def seven() -> xr.Dataset:
    """Seven stochastic paths."""
    return projected(7)


@pytest.mark.parametrize(("paths", "threads"), [(1, 1), (3, 3), (7, 1), (7, 4)])
def test_a_path_is_the_same_in_every_company(seven: xr.Dataset, paths: int, threads: int):
    assert_same_paths(projected(paths, threads), seven, paths)


def assert_same_paths(other: xr.Dataset, seven: xr.Dataset, paths: int) -> None:
    """All bits of the central path and of the first paths."""
    assert other.sizes["realization"] == paths + 1
    same = seven.isel(realization=slice(0, paths + 1))
    by_path = [name for name in seven.data_vars if "realization" in seven[name].dims]
    assert set(BY_PATH) <= set(by_path)
    for name in by_path:
        np.testing.assert_array_equal(other[name].values, same[name].values, err_msg=name)
    central = [name for name in seven.data_vars if name.endswith("_central")]
    for name in central:
        np.testing.assert_array_equal(other[name].values, seven[name].values, err_msg=name)


@pytest.fixture(scope="module")
def three_lanes() -> xr.Dataset:
    """Seven stochastic paths in launches of three."""
    return projected(7, width=3)


@pytest.mark.parametrize(("paths", "chunk"), [(1, 8), (4, 3), (6, 1)])
def test_a_path_is_the_same_in_every_launch_of_its_width(
    three_lanes: xr.Dataset, paths: int, chunk: int
):
    assert three_lanes.attrs["path_width"] == 3
    assert_same_paths(projected(paths, width=3, chunk=chunk), three_lanes, paths)


def test_across_widths_a_path_agrees_to_rounding(seven: xr.Dataset, three_lanes: xr.Dataset):
    money = [name for name in BY_PATH if name != "fund_balance"]
    flow = seven["contributions"] + seven["pensions"]
    for name in money:
        difference = np.abs(three_lanes[name] - seven[name])
        assert (difference <= 1e-11 * flow).all(), name
    held = np.abs(three_lanes["fund_balance"] - seven["fund_balance"])
    assert (held <= 1e-11 * (flow + seven["fund_balance"])).all()


def test_statistics_are_those_of_the_paths(seven: xr.Dataset):
    paths = seven["fund_balance"].isel(realization=slice(1, None)).values
    held = seven["fund_balance_statistic"].isel(fund=seven["path_fund"].values)
    axis = seven["fund_balance"].dims.index("realization")
    mean = held.isel(statistic=0).values
    np.testing.assert_allclose(mean, paths.mean(axis=axis), rtol=1e-6)
    np.testing.assert_allclose(
        held.isel(statistic=5).values, np.median(paths, axis=axis), rtol=1e-6
    )


def test_paths_differ_from_each_other(seven: xr.Dataset):
    values = seven["contributions"].isel(year=-1, path_fund=-1, scheme=0).values
    assert len(set(values.tolist())) == 8


def test_without_volatility_every_path_is_the_central_one(central: Projected):
    _, opening = example(*CALM.items())
    calm = project_country(opening, 0)
    for path in (1, 2, 1000):
        other = project_country(opening, path)
        for left, right in zip(jax.tree.leaves(calm), jax.tree.leaves(other), strict=True):
            np.testing.assert_array_equal(left, right)
    for left, right in zip(jax.tree.leaves(calm), jax.tree.leaves(central), strict=True):
        np.testing.assert_array_equal(left, right)
