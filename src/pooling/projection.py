"""Project one path or many: a scan over years inside, paths one at a time outside."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int

from pooling.drivers.economy import Path, draw
from pooling.numerics import as_array, in_type_of
from pooling.state import State
from pooling.year import Model, Tables, YearResult, advance_year, tables_of


def _seed(value: int | Array) -> Array:
    return value if isinstance(value, jax.Array) else as_array(value, np.int64)


class Run(eqx.Module):
    """Everything that determines a run besides the path."""

    model: Model
    opening: State
    seed: Int[Array, ""] = eqx.field(converter=_seed)
    """An argument of the compiled program, so that another one compiles nothing."""

    @property
    def years(self) -> int:
        """Number of projected years."""
        return self.model.levers.economy.inflation.shape[0]


def tables_for(run: Run) -> Tables:
    """The tables of all years in the precision of the run's stocks, computed once for all paths."""
    return in_type_of(run.opening.persons, tables_of(run.model))


def project(run: Run, tables: Tables, path: Int[Array, ""]) -> YearResult:
    """One path; every array gains a leading year axis. Path 0 is the central path.

    Args:
        run: the run.
        tables: of :func:`tables_for`.
        path: number of the realization.
    """
    return project_drivers(run, tables, draw(run.model.levers.economy, run.seed, path))


def project_drivers(run: Run, tables: Tables, drivers: Path) -> YearResult:
    """The projection under given drivers."""

    def step(state: State, given: tuple) -> tuple[State, YearResult]:
        return advance_year(run.model, given[0], state, given[1], given[2])

    years = jnp.arange(run.years, dtype=jnp.int32)
    return lax.scan(step, run.opening, (tables, drivers, years))[1]
