"""Realizations through the disk: what is kept path by path, what is summarised, and what is read back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pooling.dataset import to_dataset
from pooling.errors import NumberError
from pooling.realizations import Realizations, fields_of
from pooling.statistics import summarize
from pooling.vocabulary import Variable, default_variables, quantities, shape_of, variables
from small_output import FUNDS, small_labels, small_record
from spooling import spool_in

PATHS = 5
EPS = 4 * np.finfo(np.float32).eps


def realizations(paths: int) -> list[dict[str, np.ndarray]]:
    """Random numbers of every quantity that has realizations, path by path."""
    sizes, random = small_labels(paths).sizes(), np.random.default_rng(4)
    shapes = {
        name: shape_of(variables()[f"{name}_central"], sizes)
        for name, quantity in quantities().items()
        if "X" in quantity.dims
    }
    return [
        {name: random.uniform(1, 2, shape) * 1e9 for name, shape in shapes.items()}
        for _ in range(paths + 1)
    ]


@contextmanager
def spooled(
    folder: Path, paths: int, all_paths: bool = False
) -> Iterator[tuple[Realizations, list[dict[str, np.ndarray]]]]:
    """Random realizations in a spool, written in another order than they are numbered."""
    labels, wanted = small_labels(paths), default_variables(all_paths)
    with spool_in(folder, fields_of(labels, wanted), paths + 1) as spool:
        filled = Realizations(spool, labels, wanted)
        numbers = realizations(paths)
        for path in reversed(filled.missing):
            filled.write(path, numbers[path])
        spool.settle()
        yield filled, numbers


def along(variable: Variable, axis: str, numbers: list[dict[str, np.ndarray]]) -> np.ndarray:
    """All realizations of a variable in file order."""
    return np.stack([each[variable.quantity.name] for each in numbers], variable.dims.index(axis))


def test_kept_paths_are_read_as_they_were_written(tmp_path: Path):
    with spooled(tmp_path, PATHS) as (filled, numbers):
        dataset = to_dataset(filled.paths(), small_labels(PATHS), small_record())
        assert set(dataset.data_vars) == {
            each.name for each in default_variables() if each.form == "paths"
        }
        for name, array in dataset.data_vars.items():
            expected = along(variables()[str(name)], "realization", numbers)
            if "path_fund" in array.dims:
                expected = expected.take(FUNDS.by_path, axis=array.dims.index("path_fund"))
            np.testing.assert_array_equal(array.values, expected.astype(array.dtype))


@pytest.mark.parametrize(
    "cut",
    [
        {"realization": 2},
        {"realization": slice(1, 6, 2), "year": 1},
        {"scheme": 1, "path_fund": slice(1, 3)},
        {"scheme": 0, "realization": slice(0, 2), "year": slice(None, None, -1)},
        {"path_fund": [2, 0], "realization": [5, 1]},
    ],
    ids=str,
)
def test_any_part_can_be_read(tmp_path: Path, cut: dict):
    with spooled(tmp_path, PATHS) as (filled, _):
        dataset = to_dataset(filled.paths(), small_labels(PATHS), small_record())
        part = dataset["fund_balance"].isel(cut)
        xr.testing.assert_identical(part, dataset["fund_balance"].copy().load().isel(cut))


def test_statistics_leave_the_central_path_out(tmp_path: Path):
    with spooled(tmp_path, PATHS) as (filled, numbers):
        found = filled.statistics(workers=2)
    for name, summary in found.items():
        variable = variables()[name]
        axis = variable.dims.index("statistic")
        dated = variable.quantity.kind == "date"
        expected = summarize(along(variable, "statistic", numbers), axis, order_statistics=dated)
        assert summary.dtype == variable.dtype
        scale = np.abs(expected).max()
        np.testing.assert_allclose(summary, expected, rtol=0, atol=EPS * scale, err_msg=name)


def test_without_stochastic_paths_there_is_nothing_to_summarise(tmp_path: Path):
    with spooled(tmp_path, 0) as (filled, numbers):
        dataset = to_dataset(filled.paths(), small_labels(0), small_record())
        stored = dataset["redistribution_flow"].values
    np.testing.assert_array_equal(stored[:, :, 0], numbers[0]["redistribution_flow"])


@pytest.mark.parametrize(
    ("quantity", "value"),
    [("pensions", np.nan), ("opening_balance", 1e300), ("fund_ratio", -np.inf)],
)
def test_a_number_that_is_not_finite_is_named_with_its_path(
    tmp_path: Path, quantity: str, value: float
):
    """1e300 is finite, and infinite in the single precision of statistics."""
    labels, wanted = small_labels(PATHS), default_variables()
    with spool_in(tmp_path, fields_of(labels, wanted), PATHS + 1) as spool:
        named = realizations(PATHS)[3]
        named[quantity][1, 2, 3] = named[quantity][0, 4, 2] = value
        place = r"scheme 1 \(enterprise_pension\), (path_)?fund 4 \(Guangdong\), year 2027"
        with pytest.raises(NumberError, match=rf"{quantity} is .* at realization 3, {place}"):
            Realizations(spool, labels, wanted).write(3, named)


def test_what_may_be_missing_is_missing(tmp_path: Path):
    assert quantities()["fund_ratio"].may_be_missing
    labels, wanted = small_labels(PATHS), default_variables()
    with spool_in(tmp_path, fields_of(labels, wanted), PATHS + 1) as spool:
        named = realizations(PATHS)[3]
        named["fund_ratio"][1, 2, 3] = np.nan
        Realizations(spool, labels, wanted).write(3, named)
