"""The compiled programs of a run, built while the opening goes on.

Compiling needs shapes only, which the opening knows before it has calibrated the stocks by a small program of its own. One
program projects a path and names its results: as two they would compile side by side, but give other last bits.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import jax
import jax.numpy as jnp
from jax.stages import Compiled

from pooling import results
from pooling.projection import Run, project
from pooling.state import State
from pooling.year import Model, Tables, tables_of


def path_program(run: Run, tables: Tables, path: jnp.ndarray) -> results.Named:
    """One realization → its named arrays."""
    return results.of_path(run.model, project(run, tables, path))


class Programs:
    """Tables of all years and paths; use it as a context manager.

    Args:
        seed: of the run.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._builders = ThreadPoolExecutor(2)
        self._tables: Future[Compiled] | None = None
        self._path: Future[Compiled] | None = None

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
        run = Run(model, state, self._seed)
        self._path = self._builders.submit(_compiled_path, run)
        self._tables = self._builders.submit(_compiled, tables_of, model)

    def tables(self, model: Model) -> Tables:
        """The tables of all years, which every path shares."""
        return _result(self._tables)(model)

    def path(self, run: Run, tables: Tables, path: jnp.ndarray) -> results.Named:
        """One realization → its named arrays."""
        return _result(self._path)(run, tables, path)


def _compiled_path(run: Run) -> Compiled:
    return _compiled(path_program, run, jax.eval_shape(tables_of, run.model), jnp.int32(0))


def _compiled(function: Any, *shapes: Any) -> Compiled:
    return jax.jit(function).lower(*shapes).compile()


def _result(program: "Future[Compiled] | None") -> Compiled:
    if program is None:
        raise RuntimeError("nothing has been compiled yet")
    return program.result()
