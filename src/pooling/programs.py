"""The compiled programs of a run, built while the opening goes on.

Compiling needs shapes only, which the opening knows before it has calibrated the stocks by a small program of its own. An
unfilled launch repeats a path.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax.export import Exported, default_export_platform
from jax.stages import Compiled, Lowered

from pooling.compute import Machine
from pooling.kept import Kept, exported, key_of
from pooling.memory import give_back
from pooling.projection import Run
from pooling.state import State, narrowed
from pooling.tracing import PROGRAMS, Traces
from pooling.year import Model

Named = dict[str, np.ndarray]
Program = Callable[..., Any]
"""Takes and returns trees of arrays, those of another program as they come."""
Build = Callable[[str], Program]
"""From the name of a program to the compiled one."""


class Programs:
    """Tables of all years and launches of paths; use it as a context manager.

    Args:
        seed: of the run.
        machine: what it is computed with.
        kept: traced programs of earlier processes.
    """

    def __init__(self, seed: int, machine: Machine, kept: Kept | None = None) -> None:
        self._seed, self._machine, self._kept = seed, machine, kept
        self._builders = ThreadPoolExecutor(len(PROGRAMS))
        self._built: dict[str, Future[Program]] = {}

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
        """Start compiling for a model and stocks of these shapes; returns when the projection is traced, or was found.

        Python traces one program at a time anyway, and a second one that has the same parts finds them done.
        """
        lanes = jax.ShapeDtypeStruct((self._machine.width,), jnp.int32)
        traces = Traces(jax.eval_shape(self.run, model, state), lanes)
        build = _traced(traces) if self._kept is None else _kept(traces, self._kept, self._platform)
        self._built = {name: self._builders.submit(build, name) for name in PROGRAMS}

    @property
    def _platform(self) -> str:
        """As programs are lowered for: there is more than one kind of GPU."""
        return "cpu" if self._machine.backend == "cpu" else default_export_platform()

    def run(self, model: Model, state: State) -> Run:
        """A run whose stocks have its precision."""
        stocks = narrowed(state) if self._machine.precision == "mixed" else state
        return Run(model, stocks, self._seed)

    def tables(self, run: Run) -> Any:
        """The tables of all years, which every path shares, for :meth:`launch`."""
        return self._program("tables")(run)

    def launch(self, run: Run, tables: Any, paths: Sequence[int]) -> list[Named]:
        """Realizations → the named arrays of each.

        Args:
            run: of :meth:`run`.
            tables: its tables.
            paths: as many as a launch has lanes at most.
        """
        lanes = np.full(self._machine.width, paths[-1], np.int32)
        lanes[: len(paths)] = paths
        years = self._program("projection")(run, tables, lanes)
        found = self._program("names")(run.model, years)
        arrays = {name: np.asarray(values) for name, values in found.items()}
        return [
            {name: values[lane] for name, values in arrays.items()} for lane in range(len(paths))
        ]

    def _program(self, name: str) -> Program:
        if name not in self._built:
            raise RuntimeError("nothing has been compiled yet")
        return self._built[name].result()


def _traced(traces: Traces) -> Build:
    """Programs as they are traced."""
    _ = traces.projection
    return lambda name: _compiled(traces.of(name).lower())


def _kept(traces: Traces, kept: Kept, platform: str) -> Build:
    """Programs of earlier processes, or traced for later ones."""
    key = key_of(traces.shapes, platform)
    found = kept.find(key, PROGRAMS)
    if found is None:
        _ = traces.projection

    def build(name: str) -> Program:
        if found is not None:
            return _on_leaves(found[name])
        program = exported(traces.of(name), platform)
        kept.keep(key, name, program)
        return _on_leaves(program)

    return build


def _on_leaves(program: Exported) -> Program:
    shapes = [jax.ShapeDtypeStruct(each.shape, each.dtype) for each in program.in_avals]
    compiled = _compiled(jax.jit(program.call).lower(*shapes))
    return lambda *trees: compiled(*jax.tree.leaves(trees))


def _compiled(lowered: Lowered) -> Compiled:
    program = lowered.compile()
    give_back()
    return program
