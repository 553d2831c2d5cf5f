"""The compiled program of a run, in this process. The only module of the suite that knows JAX and the engine."""

import gc
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path

import jax
import jax.numpy as jnp

from pooling import compute, results
from pooling.assumptions import Config, load_config
from pooling.axes import AGES
from pooling.kept import kept_since
from pooling.opening.build import open_model
from pooling.programs import Programs
from pooling.projection import Run, project, tables_for
from pooling.state import narrowed
from pooling.year import Tables

BEGUN = time.time()

Piece = Callable[[Run, Tables, jax.Array], object]
"""A function of run, tables and the number of the path that is compiled on its own."""
Projection = Callable[[int], None]
"""Runs a path and waits for its results."""


def path_program(run: Run, tables: Tables, path: jax.Array) -> results.Named:
    """One path with all its results: what a run has as two programs, which compile side by side."""
    return results.of_path(run.model, project(run, tables, path))


@dataclass(frozen=True)
class Job:
    """An opened run."""

    config: Config
    run: Run
    tables: Tables

    @property
    def cells(self) -> int:
        """Municipalities × 2 sexes × ages 0…100 × registration classes."""
        classes = len(self.run.opening.persons.young)
        return self.config.assumptions.municipalities.code.size * 2 * AGES * classes

    @property
    def state_bytes(self) -> int:
        """Memory of what one year hands to the next."""
        return sum(leaf.nbytes for leaf in jax.tree.leaves(self.run.opening))

    @property
    def numbers(self) -> int:
        """Numbers that one year hands to the next."""
        return sum(prod(leaf.shape) for leaf in jax.tree.leaves(self.run.opening))


def open_job(config: Path, overrides: Mapping[str, object] | None = None) -> Job:
    """Open a run with the settings of the compiled program that ``pooling run`` uses."""
    loaded = load_config(config, overrides)
    compute.prepare(loaded)
    opening = open_model(loaded)
    run = Run(opening.model, opening.state, loaded.projection.seed)
    return _with_tables(loaded, run)


def mixed(job: Job) -> Job:
    """The same run with people and rights in single precision."""
    return _with_tables(job.config, Run(job.run.model, narrowed(job.run.opening), job.run.seed))


def _with_tables(config: Config, run: Run) -> Job:
    return Job(config, run, jax.block_until_ready(jax.jit(tables_for)(run)))


def opening_steps(config: Path) -> dict[str, float]:
    """Seconds of each step from the configuration to the first path; the compiled program may come from the cache."""
    jax.clear_caches()  # what this process compiled before must not count as known
    seconds: dict[str, float] = {}
    begin = time.perf_counter()

    def over(step: str) -> None:
        nonlocal begin
        now = time.perf_counter()
        seconds[step], begin = now - begin, now

    loaded = load_config(config)
    machine = compute.prepare(loaded)
    over("reading tables")
    opening = open_model(loaded)
    jax.block_until_ready(jax.tree.leaves(opening.state))
    over("opening stocks")
    with Programs(loaded.projection.seed, machine, kept_since(BEGUN)) as programs:
        run = programs.run(opening.model, opening.state)
        programs.compile(opening.model, opening.state)
        tables = programs.tables(run)
        programs.launch(run, tables, [0])
        over("programs and path")
        programs.launch(run, tables, [0])
        over("another path")
    return seconds


def forget_programs() -> None:
    """Let go of what has been compiled: a program holds hundreds of memory maps, and Linux allows a process 65,530."""
    jax.clear_caches()
    gc.collect()


def compiled(job: Job, piece: Piece = path_program) -> Projection:
    """Compile a piece for a job."""
    program = jax.jit(piece).lower(job.run, job.tables, jnp.int32(0)).compile()

    def one(path: int) -> None:
        jax.block_until_ready(program(job.run, job.tables, jnp.int32(path)))

    return one


def paths_at_once(projection: Projection, paths: int, workers: int) -> None:
    """Run the paths 1, 2, … with so many under way together, as ``pooling.run`` does."""
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(projection, range(1, paths + 1)))


def _until_people(run: Run, tables: Tables, path: jax.Array) -> object:
    year = project(run, tables, path)
    return year.wage, year.people


def _until_schemes(run: Run, tables: Tables, path: jax.Array) -> object:
    year = project(run, tables, path)
    return year.wage, year.people, year.schemes


def _until_pools(run: Run, tables: Tables, path: jax.Array) -> object:
    year = project(run, tables, path)
    balances = year.after_scheduled, year.before_subsidy
    return year.wage, year.people, year.schemes, year.funds, balances


LADDER: dict[str, Piece] = {
    "drivers": lambda run, tables, path: project(run, tables, path).wage,
    "people": _until_people,
    "schemes": _until_schemes,
    "pools": _until_pools,
    "results": path_program,
}
"""Room → the piece that ends with it: JAX leaves out what the outputs do not need, so each holds one room more."""


def batch(projection: Projection, paths: int, workers: int) -> Callable[[], None]:
    """``paths_at_once`` as a piece for the timing."""
    return partial(paths_at_once, projection, paths, workers)


def together(piece: Callable[[], object], workers: int) -> Callable[[], None]:
    """A piece run by so many threads at once."""

    def run() -> None:
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(piece) for _ in range(workers)]:
                done.result()

    return run


def device() -> str:
    """Name of the device that JAX computes on."""
    return f"{jax.default_backend()}: {jax.devices()[0].device_kind}"
