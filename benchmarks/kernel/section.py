"""The movement of the stocks against plain NumPy and fused C."""

from collections.abc import Callable

import numpy as np

from benchmarks.ceilings import ceilings
from benchmarks.kernel import in_jax
from benchmarks.kernel.in_c import movement_in_c
from benchmarks.kernel.in_numpy import movement
from benchmarks.kernel.problem import Problem, Stocks, problem_of
from benchmarks.processes import BenchmarkError
from benchmarks.program import open_job, together
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import Timing, interleaved

AGREEMENT = 1e-12
"""Largest difference over the largest number of a stock; measured: 5e-16."""

NOTE = """People, rights and pensions live, earn a year, retire and migrate; no formulas, no drivers, no results
(`benchmarks/kernel/problem.py`). Three implementations of the same mathematics on the same leaves in double precision,
first checked to agree to 1e-12, then timed in turns: the functions of the model under JAX, plain NumPy, and C fused into two
passes over every leaf. *At once*: paths under way in threads; times are wall time over paths. A *number* is one float64 that
one year hands to the next, read and written once a year at least: *of memory* is the time that the measured bandwidth needs
for these 16 bytes over the time taken. It is above 100 % where caches hold the stocks."""


def kernel(settings: Settings) -> list[Section]:
    """Every set in three implementations."""
    rows = [row for name in settings.paths for row in _of_set(settings, name)]
    return [Section("Movement of the stocks", NOTE, rows)]


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    job = open_job(settings.config(name))
    problem = problem_of(job, min(settings.kernel_years, job.run.years))
    in_c, by_jax = movement_in_c(problem), in_jax.movement_of(job, problem)
    single: dict[str, Callable[[], object]] = {"JAX": by_jax, "NumPy": lambda: movement(problem)}
    found = {"JAX": in_jax.arrays_of(by_jax())}
    if in_c is not None:
        single["C"], found["C"] = in_c.path, in_c.path()
    _require_agreement(movement(problem), found)
    pieces = {f"{label} {n}": together(piece, n) for label, piece in single.items() for n in (1, 2)}
    timings = interleaved(pieces, max(7, settings.repeats))
    return [_row(settings, name, problem, label, n, timings) for label in single for n in (1, 2)]


def _require_agreement(expected: Stocks, found: dict[str, Stocks]) -> None:
    for label, stocks in found.items():
        for ours, theirs in zip(expected.arrays(), stocks.arrays(), strict=True):
            apart = np.abs(ours - theirs).max() / np.abs(ours).max()
            if not apart < AGREEMENT:
                raise BenchmarkError(f"{label} and NumPy disagree by {apart:.1e}: no times")


def _row(
    settings: Settings,
    name: str,
    problem: Problem,
    label: str,
    at_once: int,
    timings: dict[str, Timing],
) -> dict[str, Cell]:
    size = problem.stocks.numbers * problem.years
    mine = timings[f"{label} {at_once}"].over(at_once * size)
    reference = timings.get(f"C {at_once}")
    floor = 16 / ceilings(settings.quick).bandwidth
    return {
        "set": name,
        "implementation": label,
        "at once": at_once,
        "state MB": 8 * problem.stocks.numbers / 1e6,
        "min ns/number-year": 1e9 * mine.best,
        "median": 1e9 * mine.median,
        "time / C": mine.best / reference.over(at_once * size).best if reference else None,
        "time / NumPy": mine.best / timings[f"NumPy {at_once}"].over(at_once * size).best,
        "of memory %": 100 * floor / mine.best,
    }
