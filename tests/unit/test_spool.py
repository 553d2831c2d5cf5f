"""The spool gives back what it was given, across realizations and block by block."""

import os
from pathlib import Path

import numpy as np
import pytest

from pooling.errors import OutputError
from pooling.spool import CHUNK, spool_bytes
from pooling.statistics import summarize, summarize_spool
from spooling import field, spool_in

REALIZATIONS = 2 * CHUNK + 3
PENSIONS = field("pensions", 2, 5, 4)
YEARS = field("depletion", 2)


def numbers(realizations: int = REALIZATIONS) -> dict[str, np.ndarray]:
    """Random numbers of both variables."""
    random = np.random.default_rng(2)
    return {
        each.name: random.normal(size=(realizations, *each.cell_shape))
        for each in (YEARS, PENSIONS)
    }


def row(arrays: dict[str, np.ndarray], realization: int) -> dict[str, np.ndarray]:
    """One realization."""
    return {name: array[realization] for name, array in arrays.items()}


@pytest.mark.parametrize("max_bytes", [6 * 8 * REALIZATIONS, 2**24])
def test_statistics_are_those_of_the_arrays_whatever_the_blocks(tmp_path: Path, max_bytes: int):
    arrays = numbers()
    with spool_in(tmp_path, [YEARS, PENSIONS], REALIZATIONS) as spool:
        for realization in np.random.default_rng(1).permutation(REALIZATIONS).tolist():
            spool.write(realization, row(arrays, realization))
        spool.settle()
        blocks = [cells for cells, _ in spool.blocks("pensions", max_bytes)]
        assert len(blocks) == (7 if max_bytes < 2**20 else 1)
        summary = summarize_spool(spool, "pensions", max_bytes=max_bytes)
        one = spool.read("pensions", CHUNK + 1)
    np.testing.assert_array_equal(summary, summarize(np.moveaxis(arrays["pensions"], 0, 2), 2))
    np.testing.assert_array_equal(one, arrays["pensions"][CHUNK + 1])


def test_a_variable_without_years(tmp_path: Path):
    years = np.array([[2030.0, 2031], [2040, np.nan], [2050, np.nan]])
    with spool_in(tmp_path, [YEARS], 3) as spool:
        for realization in range(3):
            spool.write(realization, {"depletion": years[realization]})
        spool.settle()
        summary = summarize_spool(spool, "depletion", axis=-1, order_statistics=True)
    np.testing.assert_array_equal(summary, summarize(years, 0, order_statistics=True).T)


def test_a_chunk_gets_its_name_when_it_is_whole_and_everything_is_gone_at_the_end(tmp_path: Path):
    arrays, folder = numbers(), tmp_path / "out.nc.partial"
    with spool_in(tmp_path, [YEARS, PENSIONS], REALIZATIONS) as spool:
        for realization in range(CHUNK + 1):
            spool.write(realization, row(arrays, realization))
        assert spool.missing == list(range(CHUNK + 1, REALIZATIONS))
        spool.settle()
        names = {"chunk-00000", "chunk-00001.tmp", "lock", "manifest.json"}
        assert set(os.listdir(folder)) == names
        size = CHUNK * spool_bytes([YEARS, PENSIONS], 1)
        assert {path.stat().st_size for path in folder.glob("chunk-*")} == {size}
    assert os.listdir(tmp_path) == []


def test_an_array_that_does_not_fit_is_refused(tmp_path: Path):
    with (
        spool_in(tmp_path, [PENSIONS], 2) as spool,
        pytest.raises(ValueError, match="does not fit"),
    ):
        spool.write(0, {"pensions": np.zeros((2, 5, 3))})


def test_a_chunk_that_was_cut_short_is_no_number(tmp_path: Path):
    with spool_in(tmp_path, [PENSIONS], 2) as spool:
        for realization in range(2):
            spool.write(realization, row(numbers(), realization))
        spool.settle()
        os.truncate(tmp_path / "out.nc.partial" / "chunk-00000", 64)
        with pytest.raises(OutputError, match="chunk-00000: the file is cut short"):
            spool.read("pensions", 1)
