"""Every realization through the disk: what a file keeps path by path, and what it only summarises.

Kept paths are spooled in the type of the file, cut to the funds whose every path is stored. Everything else is spooled in
single precision, for the statistics alone: they are stored so, and their Monte Carlo error is far larger.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import prod

import numpy as np
from xarray.backends import BackendArray
from xarray.core import indexing

from pooling.dataset import Labels
from pooling.demand import cells_of
from pooling.spool import Spool
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
        # Where every pool is a municipality's no fund is kept path by path.
        self._kept = [e for e in wanted if e.form == "paths" and prod(_cells(e, labels))]
        self._summarised = [each for each in wanted if each.form == "statistic"]
        for variable in self._spooled():
            cells = _cells(variable, labels)
            spool.allocate(variable.name, labels.realizations, cells, variable.dtype)

    def write(self, realization: int, named: Arrays) -> None:
        """Spool one realization; several threads may write different ones.

        Args:
            realization: number of the path.
            named: quantity → its array without the realizations.
        """
        for variable in self._spooled():
            values = named[variable.quantity.name]
            if "path_fund" in variable.dims:
                axis = [dim for dim in variable.dims if dim != "realization"].index("path_fund")
                values = np.take(values, self._labels.funds.by_path, axis=axis)
            self._spool.write(variable.name, realization, values[None])

    def statistics(self, workers: int) -> dict[str, np.ndarray]:
        """Statistics of every quantity over the realizations 1…, by the name of the variable."""

        def summary(variable: Variable) -> np.ndarray:
            dated = variable.quantity.kind == "date"
            axis = variable.dims.index("statistic")
            found = summarize_spool(self._spool, variable.name, axis, order_statistics=dated)
            return found.astype(variable.dtype)

        with ThreadPoolExecutor(workers) as pool:
            found = pool.map(summary, self._summarised)
            return {each.name: array for each, array in zip(self._summarised, found, strict=True)}

    def stochastic(self, quantity: str) -> np.ndarray:
        """Realizations 1… of a quantity, in single precision: [realization, *cells].

        Args:
            quantity: name of a quantity with realizations.
        """
        name, paths = f"{quantity}_statistic", range(1, self._labels.realizations)
        return np.stack([self._spool.read(name, path) for path in paths])

    def paths(self) -> dict[str, indexing.LazilyIndexedArray]:
        """The kept paths by the name of the variable, read when they are indexed, while the spool is open."""
        return {
            each.name: indexing.LazilyIndexedArray(_SpooledPaths(self._spool, each, self._labels))
            for each in self._kept
        }

    def _spooled(self) -> list[Variable]:
        """Statistics need at least one stochastic path."""
        return self._kept + (self._summarised if self._labels.realizations > 1 else [])


def _cells(variable: Variable, labels: Labels) -> tuple[int, ...]:
    """Shape of one realization of a variable."""
    return cells_of(variable, labels.sizes())


class _SpooledPaths(BackendArray):
    """A spooled variable in file order, the realizations on their axis."""

    def __init__(self, spool: Spool, variable: Variable, labels: Labels) -> None:
        self._spool, self._name = spool, variable.name
        self._axis = variable.dims.index("realization")
        self.shape = shape_of(variable, labels.sizes())
        self.dtype = variable.dtype

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
