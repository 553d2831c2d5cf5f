"""The programs of a run for shapes of its stocks: tables of all years, a launch of paths, their named results.

The projection of a path and its named results are two programs, because they compile side by side. A launch has a fixed
number of lanes, because the bits of a path depend on that number, though not on what the other lanes hold.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import jax
from jax.stages import Traced
from jaxtyping import Array, Int

from pooling import results
from pooling.measures.registry import Registered, registered
from pooling.projection import Run, project, tables_for
from pooling.year import Model, Tables, YearResult

PROGRAMS = ("projection", "names", "tables")
"""In the order in which they are built: the longest first."""


def project_launch(run: Run, tables: Tables, paths: Int[Array, " lane"]) -> YearResult:
    """Realizations → the years of each, with a leading axis of lanes."""
    return _by_lane(lambda path: project(run, tables, path), paths)


def name_launch(model: Model, years: YearResult, measures: tuple[Registered, ...]) -> results.Named:
    """The years of several realizations → their named arrays, likewise, measures of one's own among them."""
    return _by_lane(lambda path: results.of_path(model, path, measures), years)


def _by_lane(function: Callable[[Any], Any], lanes: Any) -> Any:
    """A function of one path for every lane; a single lane is no vector."""
    if jax.tree.leaves(lanes)[0].shape[0] > 1:
        return jax.vmap(function)(lanes)
    found = function(jax.tree.map(lambda leaf: leaf[0], lanes))
    return jax.tree.map(lambda leaf: leaf[None], found)


class Traces:
    """The programs, each traced once it is asked for.

    Args:
        run: shapes of the model and of its stocks.
        lanes: shape of the numbers of a launch's paths.
    """

    def __init__(self, run: Run, lanes: jax.ShapeDtypeStruct) -> None:
        self.shapes = (run, lanes)
        """What the programs depend on."""

    def of(self, name: str) -> Traced:
        """The program of a name."""
        return getattr(self, name)

    @cached_property
    def tables(self) -> Traced:
        """Run → tables of all years, which every path shares."""
        return jax.jit(tables_for).trace(self.shapes[0])

    @cached_property
    def projection(self) -> Traced:
        """Run, tables, paths → their years."""
        run, lanes = self.shapes
        return jax.jit(project_launch).trace(run, self.tables.out_info, lanes)

    @cached_property
    def names(self) -> Traced:
        """Model, years → named arrays."""
        of_run = self.shapes[0].model, self.projection.out_info
        return jax.jit(name_launch, static_argnums=2).trace(*of_run, registered())
