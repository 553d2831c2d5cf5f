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


def projected(paths: int, threads: int | str = "auto") -> xr.Dataset:
    """The example over two years."""
    short = {**SHORT, "projection.last_year": 2026}
    return run(EXAMPLE, {**short, "projection.paths": paths, "compute.threads": threads})


@pytest.fixture(scope="module")
def seven() -> xr.Dataset:
    """Seven stochastic paths."""
    return projected(7)


@pytest.mark.parametrize(("paths", "threads"), [(1, 1), (3, 3), (7, 1), (7, 4)])
def test_a_path_is_the_same_in_every_company(seven: xr.Dataset, paths: int, threads: int):
    other = projected(paths, threads)
    assert other.sizes["realization"] == paths + 1
    same = seven.isel(realization=slice(0, paths + 1))
    by_path = [name for name in seven.data_vars if "realization" in seven[name].dims]
    assert set(BY_PATH) <= set(by_path)
    for name in by_path:
        np.testing.assert_array_equal(other[name].values, same[name].values, err_msg=name)
    central = [name for name in seven.data_vars if name.endswith("_central")]
    for name in central:
        np.testing.assert_array_equal(other[name].values, seven[name].values, err_msg=name)


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
