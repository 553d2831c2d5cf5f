"""What must not change whatever the machine does: the bits of a path, what is conserved, and how far precisions differ."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
from jax.stages import Compiled

from benchmarks.program import Job, mixed, open_job, path_program
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from pooling.projection import Run, project
from pooling.year import Tables

PATHS = 4

NOTE = f"""Paths 1 to {PATHS}, every number of every quantity. *Bits*: SHA-256 of a path, the same with one, two and four
paths under way together, in the other order, and alone (1 = yes). *People*: largest gain or loss by internal migration over
all years, over the population; *origins*: people registered elsewhere whose origin is not known, over the population;
*accounts*: largest difference between a closing balance and what made it, over the largest outgo of a fund; *transfers*:
largest sum over provinces of net transfers, over the largest benefits."""

ERRORS = """Path 1 in mixed precision (people and rights in single, the rest in double) against double precision: largest
difference over all years. *Population* over the people of the municipality; *contributions* and *outgo* over their sum in
the municipality and year; balances of every fund over all that it has collected and paid since the opening, its opening
balance included."""


def invariance(settings: Settings) -> list[Section]:
    """Bits and conservation, by set."""
    jobs = {name: open_job(settings.config(name)) for name in settings.paths}
    rows = [
        {"set": name, "precision": precision, **_of_job(each)}
        for name, job in jobs.items()
        for precision, each in (("double", job), ("mixed", mixed(job)))
    ]
    errors = [{"set": name, **_errors(job, mixed(job))} for name, job in jobs.items()]
    return [
        Section("Invariance", NOTE, rows),
        Section("Mixed against double precision", ERRORS, errors),
    ]


def _of_job(job: Job) -> dict[str, Cell]:
    program = jax.jit(path_program).lower(job.run, job.tables, jnp.int32(0)).compile()

    def digest(path: int) -> str:
        named = program(job.run, job.tables, jnp.int32(path))
        state = hashlib.sha256()
        for key in sorted(named):
            state.update(np.ascontiguousarray(named[key]).tobytes())
        return state.hexdigest()

    paths = list(range(1, PATHS + 1))
    alone = [digest(path) for path in paths]
    same = {
        f"bits, {workers} at once": int(_at_once(digest, paths, workers) == alone)
        for workers in (1, 2, 4)
    }
    same["bits, other order"] = int(_at_once(digest, paths[::-1], 2)[::-1] == alone)
    return {"path": alone[0][:12], **same, **_residuals(job, program)}


def _errors(double: Job, single: Job) -> dict[str, Cell]:
    """Largest differences of one path."""
    program = jax.jit(project)
    exact, found = (
        jax.tree.map(np.asarray, program(job.run, job.tables, jnp.int32(1)))
        for job in (double, single)
    )
    people, people_found = (np.sum(each.people, axis=0) for each in (exact, found))
    gross = [flow.contributions + flow.outgo(0) for flow in exact.schemes]
    pairs = list(zip(exact.schemes, found.schemes, gross, strict=True))
    moved = np.cumsum(np.abs(exact.funds.contributions) + np.abs(exact.funds.outgo), axis=0)
    moved += np.abs(exact.funds.opening_balance[0])
    balances = ("after_scheduled", "before_subsidy")
    errors = {
        "population": _largest(people_found - people, people),
        "contributions": max(_largest(b.contributions - a.contributions, g) for a, b, g in pairs),
        "outgo": max(_largest(b.outgo(0) - a.outgo(0), g) for a, b, g in pairs),
        "fund balance": _largest(found.funds.closing_balance - exact.funds.closing_balance, moved),
        **{name: _largest(getattr(found, name) - getattr(exact, name), moved) for name in balances},
    }
    return {name: f"{value:.1e}" for name, value in errors.items()}


def _largest(difference: np.ndarray, scale: np.ndarray) -> float:
    return float((np.abs(difference) / np.where(scale > 0, scale, 1)).max())


@jax.jit
def _lost(run: Run, tables: Tables, path: jax.Array) -> dict[str, jax.Array]:
    """Residuals that the named arrays do not hold."""
    year = project(run, tables, path)
    people = sum(jnp.sum(each) for each in (p[-1] for p in year.people))
    return {
        "people": jnp.max(jnp.abs(year.people_residual)) / people,
        "origins": jnp.max(year.origin_residual) / people,
        "accounts": jnp.max(jnp.abs(year.funds.residual)) / jnp.max(year.funds.outgo),
    }


def _residuals(job: Job, program: Compiled) -> dict[str, Cell]:
    given = job.run, job.tables, jnp.int32(1)
    named, lost = program(*given), _lost(*given)
    transfers = np.abs(np.sum(named["net_transfer_province"], axis=-2)).max()
    found = {name: f"{float(value):.1e}" for name, value in lost.items()}
    found["transfers"] = f"{transfers / np.abs(named['benefits_province']).max():.1e}"
    return found


def _at_once(digest: Callable[[int], str], paths: list[int], workers: int) -> list[str]:
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(digest, paths))
