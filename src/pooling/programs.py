"""The compiled programs of a run, built while the opening goes on.

Compiling needs shapes only, which the opening knows before it has calibrated the stocks by a small program of its own. One
program projects the paths of a launch and names their results: as two they would compile side by side, but give other last
bits. A launch has a fixed number of lanes, because the bits of a path depend on that number, though not on what the other
lanes hold: an unfilled launch repeats a path.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax.stages import Compiled
from jaxtyping import Array, Int

from pooling import results
from pooling.compute import Machine
from pooling.projection import Run, project, tables_for
from pooling.state import State, narrowed
from pooling.year import Model, Tables

Named = dict[str, np.ndarray]


def path_program(run: Run, tables: Tables, path: Int[Array, ""]) -> results.Named:
    """One realization → its named arrays."""
    return results.of_path(run.model, project(run, tables, path))


def launch_program(run: Run, tables: Tables, paths: Int[Array, " lane"]) -> results.Named:
    """Realizations → their named arrays, which gain a leading axis of lanes."""
    if len(paths) == 1:
        named = path_program(run, tables, paths[0])
        return {name: values[None] for name, values in named.items()}
    return jax.vmap(path_program, in_axes=(None, None, 0))(run, tables, paths)


class Programs:
    """Tables of all years and launches of paths; use it as a context manager.

    Args:
        seed: of the run.
        machine: what it is computed with.
    """

    def __init__(self, seed: int, machine: Machine) -> None:
        self._seed, self._machine = seed, machine
        self._builders = ThreadPoolExecutor(2)
        self._tables: Future[Compiled] | None = None
        self._launch: Future[Compiled] | None = None

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
        """Start compiling for a model and stocks of these shapes; returns at once."""
        run = jax.eval_shape(self.run, model, state)
        lanes = jax.ShapeDtypeStruct((self._machine.width,), jnp.int32)
        self._launch = self._builders.submit(_compiled_launch, run, lanes)
        self._tables = self._builders.submit(_compiled, tables_for, run)

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
        found = _result(self._launch)(run, tables, lanes)
        arrays = {name: np.asarray(values) for name, values in found.items()}
        return [
            {name: values[lane] for name, values in arrays.items()} for lane in range(len(paths))
        ]


def _compiled_launch(run: Run, lanes: jax.ShapeDtypeStruct) -> Compiled:
    return _compiled(launch_program, run, jax.eval_shape(tables_for, run), lanes)


def _compiled(function: Any, *shapes: Any) -> Compiled:
    return jax.jit(function).lower(*shapes).compile()


def _result(program: "Future[Compiled] | None") -> Compiled:
    if program is None:
        raise RuntimeError("nothing has been compiled yet")
    return program.result()
