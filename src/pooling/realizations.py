"""Every realization through the disk: what a file keeps path by path, and what it only summarises.

Kept paths are spooled in the type of the file, cut to the funds whose every path is stored. Everything else is spooled in
single precision, for the statistics alone: they are stored so, and their Monte Carlo error is far larger.
A number that is not finite is met here, on the path that has it.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import prod
from typing import Self

import numpy as np
from xarray.backends import BackendArray
from xarray.core import indexing

from pooling.dataset import Labels, one_realization
from pooling.finite import is_finite, require_finite
from pooling.spool import Field, Spool
from pooling.statistics import summarize_spool
from pooling.vocabulary import Variable, shape_of

Arrays = Mapping[str, np.ndarray]


class Realizations:
    """The spooled variables of a run.

    Args:
        spool: open spool of the run.
        labels: labels of every axis.
        wanted: variables of the file.
    """

    def __init__(self, spool: Spool, labels: Labels, wanted: Sequence[Variable]) -> None:
        self._spool, self._labels = spool, labels
        self._spooled = spooled(labels, wanted)

    @property
    def missing(self) -> list[int]:
        """Realizations that are not spooled yet, ascending."""
        return self._spool.missing

    def write(self, realization: int, named: Arrays) -> None:
        """Spool one realization; several threads may write different ones.

        Args:
            realization: number of the path.
            named: quantity → its array without the realizations.

        Raises:
            NumberError: a number is not finite.
            OutputError: the disk refuses.
        """
        arrays = {each.name: self._cut(each, named) for each in self._spooled}
        for variable in self._spooled:
            values = arrays[variable.name]
            if not is_finite(values, variable.quantity.may_be_missing):
                found = one_realization(variable, values, self._labels, realization)
                require_finite(found, variable.quantity.name)
        self._spool.write(realization, arrays)

    def _cut(self, variable: Variable, named: Arrays) -> np.ndarray:
        """What is spooled of a quantity, in its type."""
        values = named[variable.quantity.name]
        if "path_fund" in variable.dims:
            axis = variable.cell_dims.index("path_fund")
            values = np.take(values, self._labels.funds.by_path, axis=axis)
        # What is too large for single precision is infinite in it, and is refused as such.
        with np.errstate(over="ignore"):
            return values.astype(variable.dtype, copy=False)

    def statistics(self, workers: int) -> dict[str, np.ndarray]:
        """Statistics of every quantity over the realizations 1…, by the name of the variable."""

        def summary(variable: Variable) -> np.ndarray:
            dated = variable.quantity.kind == "date"
            axis = variable.dims.index("statistic")
            found = summarize_spool(self._spool, variable.name, axis, order_statistics=dated)
            return found.astype(variable.dtype)

        with ThreadPoolExecutor(workers) as pool:
            summarised = [each for each in self._spooled if each.form == "statistic"]
            found = pool.map(summary, summarised)
            return {each.name: array for each, array in zip(summarised, found, strict=True)}

    def stochastic(self, quantity: str) -> np.ndarray:
        """Realizations 1… of a quantity, in single precision: [realization, *cells].

        Args:
            quantity: name of a quantity with realizations.
        """
        return np.stack(list(self.each(quantity)))

    def each(self, quantity: str) -> Iterator[np.ndarray]:
        """The same one after the other, each [*cells].

        Args:
            quantity: name of a quantity with realizations.
        """
        for path in range(1, self._labels.realizations):
            yield self._spool.read(f"{quantity}_statistic", path)

    def paths(self) -> dict[str, indexing.LazilyIndexedArray]:
        """The kept paths by the name of the variable, read when they are indexed, while the spool is open."""
        return {
            each.name: indexing.LazilyIndexedArray(_SpooledPaths(self._spool, each, self._labels))
            for each in self._spooled
            if each.form == "paths"
        }


def spooled(labels: Labels, wanted: Sequence[Variable]) -> list[Variable]:
    """Variables whose every realization goes through the disk.

    Args:
        labels: labels of every axis.
        wanted: variables of the file.
    """
    # Where every pool is a municipality's no fund is kept path by path.
    kept = [each for each in wanted if each.form == "paths" and prod(_cells(each, labels))]
    # Statistics need at least one stochastic path.
    summarised = [each for each in wanted if each.form == "statistic" and labels.realizations > 1]
    return kept + summarised


def fields_of(labels: Labels, wanted: Sequence[Variable]) -> list[Field]:
    """What a spool holds of one realization.

    Args:
        labels: labels of every axis.
        wanted: variables of the file.
    """
    return [Field(each.name, _cells(each, labels), each.dtype) for each in spooled(labels, wanted)]


def _cells(variable: Variable, labels: Labels) -> tuple[int, ...]:
    """Shape of one realization of a variable."""
    return tuple(labels.sizes()[dim] for dim in variable.cell_dims)


class _SpooledPaths(BackendArray):
    """A spooled variable in file order, the realizations on their axis."""

    def __init__(self, spool: Spool, variable: Variable, labels: Labels) -> None:
        self._spool, self._name = spool, variable.name
        self._axis = variable.dims.index("realization")
        self.shape = shape_of(variable, labels.sizes())
        self.dtype = variable.dtype

    def __deepcopy__(self, memo: object) -> Self:
        # What is on disk is read, never copied.
        return self

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )

    def _read(self, key: tuple[int | slice, ...]) -> np.ndarray:
        at = self._axis
        cells = key[:at] + key[at + 1 :]
        wanted = np.arange(self.shape[at])[key[at]]
        # Copies: a view would keep the whole realization in memory.
        read = [
            self._spool.read(self._name, int(row))[cells].copy() for row in np.atleast_1d(wanted)
        ]
        if np.ndim(wanted) == 0:
            return read[0]
        # Axes before the realizations that a number has cut away are gone.
        return np.stack(read, axis=sum(isinstance(each, slice) for each in key[:at]))
