"""Path arrays on disk beside the output while a run lasts: memory does not grow with the paths.

``OUT.nc.partial/`` holds one uncompressed ``NAME.npy`` a variable and nothing else. Paths
are written one by one or in chunks and read back across paths, block by block, for quantiles. The
folder is locked by the run that made it and removed at the end; what a killed run left behind is
removed by the next one.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import escape
from math import prod
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

from pooling.errors import PoolingError

BLOCK_BYTES = 16 * 2**20
"""Largest block read at once: 200 paths x 20,000 cells; larger ones gained nothing."""


class OutputError(PoolingError):
    """An output could not be written: disk full, I/O error, a number that is not finite."""


class OutputPathError(OutputError):
    """The output asked for is not possible: it exists, its folder is absent or not writable."""

    exit_code = 2


@dataclass(frozen=True)
class _Array:
    """One spooled variable: its open file and where the numbers begin."""

    file: int
    realizations: int
    cell_shape: tuple[int, ...]
    dtype: np.dtype
    header: int

    @property
    def cells(self) -> int:
        return prod(self.cell_shape)

    def offset(self, realization: int, cell: int = 0) -> int:
        return self.header + (realization * self.cells + cell) * self.dtype.itemsize


def temporary_name(output: Path) -> Path:
    """Private name under which an output is written before it gets its own, in the same folder."""
    return output.with_name(f"{output.name}.tmp.{os.getpid()}")


def require_free_space(folder: Path, needed: float) -> None:
    """Refuse to start a run whose files would fill the disk.

    Args:
        folder: Existing folder that will hold output and spool.
        needed: Bytes.

    Raises:
        OutputError: If less is free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(f"{folder}: needs {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free")


class Spool:
    """Path arrays on disk; use it as a context manager.

    Args:
        output: The output file of the run; the spool lies beside it.
    """

    def __init__(self, output: Path | str) -> None:
        self._output = Path(output)
        self.folder = self._output.with_name(self._output.name + ".partial")
        self._arrays: dict[str, _Array] = {}
        self._lock = -1

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(exist_ok=True)
            self._lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            if self._locked():
                self._remove_leftovers()
        except (PermissionError, FileNotFoundError, NotADirectoryError, FileExistsError) as error:
            raise OutputPathError(f"{self.folder}: {error.strerror}") from error
        except OSError as error:
            raise OutputError(f"{self.folder}: {error.strerror}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for array in self._arrays.values():
            os.close(array.file)
        self._arrays.clear()
        self._remove_arrays()
        # A file of somebody else keeps the folder; ours are gone.
        if not any(self.folder.iterdir()):
            self.folder.rmdir()
        os.close(self._lock)

    def allocate(
        self, name: str, realizations: int, cell_shape: Sequence[int], dtype: DTypeLike = np.float64
    ) -> None:
        """Make room for a variable.

        Args:
            name: ASCII name, used as the file's name.
            realizations: Number of realizations, the central path included.
            cell_shape: Shape of one realization: the variable's dims without the realizations.
            dtype: Type in which the numbers are kept.
        """
        path = self.folder / f"{name}.npy"
        item = np.dtype(dtype).newbyteorder("<")
        header = {"descr": item.str, "fortran_order": False, "shape": (realizations, *cell_shape)}
        try:
            with path.open("wb") as stream:
                np.lib.format.write_array_header_1_0(stream, header)
                begin = stream.tell()
                stream.truncate(begin + realizations * prod(cell_shape) * item.itemsize)
            file = os.open(path, os.O_RDWR)
        except OSError as error:
            raise OutputError(f"{path}: {error.strerror}") from error
        self._arrays[name] = _Array(file, realizations, tuple(cell_shape), item, begin)

    def write(self, name: str, first_realization: int, block: np.ndarray) -> None:
        """Write consecutive realizations.

        Args:
            name: Variable.
            first_realization: Number of the block's first realization.
            block: ``[realizations, *cell_shape]``.

        Raises:
            ValueError: If the block does not fit.
            OutputError: If the disk refuses.
        """
        array = self._arrays[name]
        last = first_realization + len(block)
        if (
            block.shape[1:] != array.cell_shape
            or not 0 <= first_realization <= last <= array.realizations
        ):
            room = (array.realizations, *array.cell_shape)
            raise ValueError(
                f"{name}: block {block.shape} at {first_realization} does not fit into {room}"
            )
        content = np.ascontiguousarray(block, dtype=array.dtype).data.cast("B")
        self._write_all(name, content, array.offset(first_realization))

    def blocks(
        self, name: str, max_bytes: int = BLOCK_BYTES, first_realization: int = 1
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Read a variable across realizations.

        Args:
            name: Variable.
            max_bytes: Bound on the block's memory.
            first_realization: 1 leaves the central path out.

        Yields:
            The slice of flattened cells, and their numbers ``[realization, cell]`` in the type of the spool,
            the caller's to overwrite.
        """
        array = self._arrays[name]
        count = array.realizations - first_realization
        width = max(1, max_bytes // (array.dtype.itemsize * max(1, count)))
        for begin in range(0, array.cells, width):
            cells = slice(begin, min(begin + width, array.cells))
            block = np.empty((count, cells.stop - cells.start), dtype=array.dtype)
            for row in range(count):
                self._read_row(name, first_realization + row, cells.start, block[row])
            yield cells, block

    def read(self, name: str, realization: int) -> np.ndarray:
        """One realization of a variable, in its cell shape."""
        array = self._arrays[name]
        values = np.empty(array.cells, dtype=array.dtype)
        self._read_row(name, realization, 0, values)
        return values.reshape(array.cell_shape)

    def cell_shape(self, name: str) -> tuple[int, ...]:
        """Shape of one realization of a variable."""
        return self._arrays[name].cell_shape

    def _write_all(self, name: str, content: memoryview, offset: int) -> None:
        file = self._arrays[name].file
        try:
            while content:
                done = os.pwrite(file, content, offset)
                content, offset = content[done:], offset + done
        except OSError as error:
            raise OutputError(f"{self.folder / name}.npy: {error.strerror}") from error

    def _read_row(self, name: str, realization: int, first_cell: int, row: np.ndarray) -> None:
        array = self._arrays[name]
        try:
            content = os.pread(array.file, row.nbytes, array.offset(realization, first_cell))
        except OSError as error:
            raise OutputError(f"{self.folder / name}.npy: {error.strerror}") from error
        if len(content) != row.nbytes:
            raise OutputError(f"{self.folder / name}.npy: the file is cut short")
        row[:] = np.frombuffer(content, dtype=array.dtype)

    def _locked(self) -> bool:
        """Take the folder for this run; False where the file system knows no locks."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise OutputPathError(f"{self.folder}: another run is writing this output") from error
        except OSError:
            return False
        return True

    def _remove_leftovers(self) -> None:
        """Remove what a killed run left: its arrays and its unfinished output."""
        self._remove_arrays()
        for path in self._output.parent.glob(f"{escape(self._output.name)}.tmp.*"):
            path.unlink()

    def _remove_arrays(self) -> None:
        for path in self.folder.glob("*.npy"):
            path.unlink()
