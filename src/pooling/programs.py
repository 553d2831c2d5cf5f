"""The compiled programs of a run, built while the opening goes on.

Compiling needs shapes only, which the opening knows before it has calibrated the stocks by a small program of its own. The
projection of a path and its named results are two programs, because they compile side by side. A launch has a fixed number
of lanes, because the bits of a path depend on that number, though not on what the other lanes hold: an unfilled launch
repeats a path.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax.stages import Compiled, Traced
from jaxtyping import Array, Int

from pooling import results
from pooling.compute import Machine
from pooling.memory import give_back
from pooling.projection import Run, project, tables_for
from pooling.state import State, narrowed
from pooling.year import Model, Tables, YearResult

Named = dict[str, np.ndarray]


def project_launch(run: Run, tables: Tables, paths: Int[Array, " lane"]) -> YearResult:
    """Realizations → the years of each, with a leading axis of lanes."""
    return _by_lane(lambda path: project(run, tables, path), paths)


def name_launch(model: Model, years: YearResult) -> results.Named:
    """The years of several realizations → their named arrays, likewise."""
    return _by_lane(lambda path: results.of_path(model, path), years)


def _by_lane(function: Callable[[Any], Any], lanes: Any) -> Any:
    """A function of one path for every lane; a single lane is no vector."""
    if jax.tree.leaves(lanes)[0].shape[0] > 1:
        return jax.vmap(function)(lanes)
    found = function(jax.tree.map(lambda leaf: leaf[0], lanes))
    return jax.tree.map(lambda leaf: leaf[None], found)


class Programs:
    """Tables of all years and launches of paths; use it as a context manager.

    Args:
        seed: of the run.
        machine: what it is computed with.
    """

    def __init__(self, seed: int, machine: Machine) -> None:
        self._seed, self._machine = seed, machine
        self._builders = ThreadPoolExecutor(3)
        self._tables: Future[Compiled] | None = None
        self._project: Future[Compiled] | None = None
        self._name: Future[Compiled] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._builders.shutdown(wait=False, cancel_futures=True)

    def compile(self, model: Model, state: State) -> None:
        """Start compiling for a model and stocks of these shapes; returns when the projection has been traced.

        Python traces one program at a time anyway, and a second one that has the same parts finds them done.
        """
        run = jax.eval_shape(self.run, model, state)
        lanes = jax.ShapeDtypeStruct((self._machine.width,), jnp.int32)
        tables = jax.jit(tables_for).trace(run)
        projection = jax.jit(project_launch).trace(run, tables.out_info, lanes)
        self._project = self._builders.submit(_compiled, projection)
        self._name = self._builders.submit(
            lambda: _compiled(jax.jit(name_launch).trace(run.model, projection.out_info))
        )
        self._tables = self._builders.submit(_compiled, tables)

    def run(self, model: Model, state: State) -> Run:
        """A run whose stocks have its precision."""
        stocks = narrowed(state) if self._machine.precision == "mixed" else state
        return Run(model, stocks, self._seed)

    def tables(self, run: Run) -> Tables:
        """The tables of all years, which every path shares."""
        return _result(self._tables)(run)

    def launch(self, run: Run, tables: Tables, paths: Sequence[int]) -> list[Named]:
        """Realizations → the named arrays of each.

        Args:
            run: of :meth:`run`.
            tables: its tables.
            paths: as many as a launch has lanes at most.
        """
        lanes = np.full(self._machine.width, paths[-1], np.int32)
        lanes[: len(paths)] = paths
        years = _result(self._project)(run, tables, lanes)
        found = _result(self._name)(run.model, years)
        arrays = {name: np.asarray(values) for name, values in found.items()}
        return [
            {name: values[lane] for name, values in arrays.items()} for lane in range(len(paths))
        ]


def _compiled(traced: Traced) -> Compiled:
    program = traced.lower().compile()
    give_back()
    return program


def _result(program: "Future[Compiled] | None") -> Compiled:
    if program is None:
        raise RuntimeError("nothing has been compiled yet")
    return program.result()
