"""Path arrays on disk while a run lasts: memory does not grow with the paths, and what is done survives a kill.

A chunk holds some consecutive realizations of every variable, a variable's realizations side by side. Its layout
is the same whichever of them are written; a chunk gets its name when all that a run has of them are.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO
from math import prod
from threading import Lock
from types import TracebackType
from typing import Self

import numpy as np

from pooling.durable import failures
from pooling.errors import OutputError
from pooling.partial import Partial

CHUNK = 8
"""Realizations of a chunk when nothing else is asked for: a stopped run loses the work of a few; one file each would
cost five syncs a path."""

BLOCK_BYTES = 16 * 2**20
"""Largest block read at once: 200 paths x 20,000 cells; larger ones gained nothing."""


@dataclass(frozen=True)
class Field:
    """A spooled variable.

    Attributes:
        name: of the variable.
        cell_shape: shape of one realization.
        dtype: in which the numbers are kept.
    """

    name: str
    cell_shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def cells(self) -> int:
        """Numbers of one realization."""
        return prod(self.cell_shape)

    @property
    def row_bytes(self) -> int:
        """Size of one realization."""
        return self.cells * self.dtype.itemsize


def spool_bytes(fields: Sequence[Field], realizations: int) -> int:
    """Size of the numbers of a spool."""
    return realizations * sum(field.row_bytes for field in fields)


class Spool:
    """Path arrays on disk; use it as a context manager.

    Args:
        partial: the run's open folder.
        fields: variables.
        realizations: their number, the central path included.
        chunk: realizations of a chunk; part of the identity of a run that is resumed.
    """

    def __init__(
        self, partial: Partial, fields: Sequence[Field], realizations: int, chunk: int = CHUNK
    ) -> None:
        self.realizations = realizations
        self._chunk = chunk
        self._partial = partial
        self._fields = {field.name: field for field in fields}
        ends = np.cumsum([0, *(chunk * field.row_bytes for field in fields)]).tolist()
        self._begins = dict(zip(self._fields, ends, strict=False))
        self._size = ends[-1]
        self._unwritten = {
            number: set(rows)
            for number in range(-(-realizations // chunk))
            if _name(number) not in partial.finished
            for rows in [range(number * chunk, min((number + 1) * chunk, realizations))]
        }
        self._open: dict[int, FileIO] = {}
        self._guard = Lock()
        # One thread makes chunks durable, so that those that compute never wait for the disk.
        self._finisher = ThreadPoolExecutor(1)
        self._finishing: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finisher.shutdown()
        # Not closed: a thread that outlives an impatient interrupt must not write to the next file of that number.
        self._open.clear()

    @property
    def missing(self) -> list[int]:
        """Realizations that no finished chunk holds."""
        return sorted(row for rows in self._unwritten.values() for row in rows)

    def write(self, realization: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Write one realization, once; several threads may write different ones.

        Args:
            realization: its number, one of the missing.
            arrays: every variable in its cell shape.

        Raises:
            ValueError: an array does not fit.
            OutputError: the disk refuses.
        """
        self._collect()
        chunk, row = divmod(realization, self._chunk)
        with failures(self._partial.temporary(_name(chunk))):
            file = self._file(chunk)
            for name, field in self._fields.items():
                if arrays[name].shape != field.cell_shape:
                    raise ValueError(
                        f"{name}: {arrays[name].shape} does not fit into {field.cell_shape}"
                    )
                content = np.ascontiguousarray(arrays[name], dtype=field.dtype)
                offset = self._begins[name] + row * field.row_bytes
                _write_all(file, content.reshape(-1).view(np.uint8).data, offset)
        self._written(chunk, realization)

    def settle(self) -> None:
        """Wait until every chunk is durable.

        Raises:
            OutputError: the disk refused one.
        """
        self._finisher.shutdown()
        self._collect()

    def blocks(
        self, name: str, max_bytes: int = BLOCK_BYTES, first_realization: int = 1
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Read a variable across realizations, when all are written.

        Args:
            name: variable.
            max_bytes: bound on the block's memory.
            first_realization: 1 leaves the central path out.

        Yields:
            The slice of flattened cells, and their numbers ``[realization, cell]`` in the type of the spool,
            the caller's to overwrite.
        """
        field = self._fields[name]
        count = self.realizations - first_realization
        width = max(1, max_bytes // (field.dtype.itemsize * max(1, count)))
        for begin in range(0, field.cells, width):
            cells = slice(begin, min(begin + width, field.cells))
            block = np.empty((count, cells.stop - cells.start), dtype=field.dtype)
            self._read(field, first_realization, cells.start, block)
            yield cells, block

    def read(self, name: str, realization: int) -> np.ndarray:
        """One realization of a variable, in its cell shape."""
        field = self._fields[name]
        row = np.empty((1, field.cells), dtype=field.dtype)
        self._read(field, realization, 0, row)
        return row.reshape(field.cell_shape)

    def cell_shape(self, name: str) -> tuple[int, ...]:
        """Shape of one realization of a variable."""
        return self._fields[name].cell_shape

    def _file(self, chunk: int) -> FileIO:
        """The open file of a chunk that is being written."""
        with self._guard:
            if chunk not in self._open:
                self._open[chunk] = FileIO(self._partial.temporary(_name(chunk)), "w")
                self._open[chunk].truncate(self._size)
            return self._open[chunk]

    def _written(self, chunk: int, realization: int) -> None:
        """Count a realization; the last of a chunk has it finished."""
        with self._guard:
            self._unwritten[chunk].remove(realization)
            if self._unwritten[chunk]:
                return
            del self._unwritten[chunk]
            self._open.pop(chunk).close()
            self._finishing.append(self._finisher.submit(self._partial.finish, _name(chunk)))

    def _collect(self) -> None:
        """Meet the failures of chunks that were to be finished."""
        with self._guard:
            while self._finishing and self._finishing[0].done():
                self._finishing.pop(0).result()

    def _read(self, field: Field, first: int, first_cell: int, rows: np.ndarray) -> None:
        """Consecutive realizations of some consecutive cells."""
        done = 0
        while done < len(rows):
            chunk, row = divmod(first + done, self._chunk)
            count = min(self._chunk - row, len(rows) - done)
            self._read_chunk(field, chunk, row, first_cell, rows[done : done + count])
            done += count

    def _read_chunk(
        self, field: Field, chunk: int, row: int, first_cell: int, rows: np.ndarray
    ) -> None:
        path = self._partial.path(_name(chunk))
        begin = self._begins[field.name] + first_cell * field.dtype.itemsize
        whole = rows.shape[1] == field.cells
        with failures(path):
            file = os.open(path, os.O_RDONLY)
            try:
                for place, part in enumerate([rows] if whole else rows, start=row):
                    done = os.preadv(file, [part.data], begin + place * field.row_bytes)
                    if done != part.nbytes:
                        raise OutputError(f"{path}: the file is cut short")
            finally:
                os.close(file)


def _name(chunk: int) -> str:
    return f"chunk-{chunk:05d}"


def _write_all(file: FileIO, content: memoryview, offset: int) -> None:
    while content:
        done = os.pwrite(file.fileno(), content, offset)
        content, offset = content[done:], offset + done
