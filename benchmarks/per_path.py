"""Time of one path of the compiled program."""

from benchmarks.program import Job, batch, compiled, open_job
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import Timing, interleaved

AT_ONCE = 2
"""Paths under way together where more than one is."""

NOTE = """The compiled program, all results of a path included, in this process. *At once*: paths under way together;
times are wall time over paths. A *cell* is municipality × sex × age 0–100 × registration class, however many funds
share it; a *cell-year* is one cell for one projected year. A *number* is one of the float64 that one year hands to the
next: people, rights and pensions of every fund, balances of every arrangement."""


def per_path(settings: Settings) -> list[Section]:
    """Time per path and per cell-year."""
    jobs = {name: open_job(settings.config(name)) for name in settings.paths}
    rows = [row for name, job in jobs.items() for row in _of_job(settings, name, job)]
    return [Section("One path", NOTE, rows)]


def _of_job(settings: Settings, name: str, job: Job) -> list[dict[str, Cell]]:
    one = compiled(job)
    numbers = (1, AT_ONCE)
    pieces = {str(n): batch(one, AT_ONCE, n) for n in numbers}
    timings = interleaved(pieces, settings.repeats)
    alone = timings["1"].best / AT_ONCE
    return [_row(name, job, n, timings[str(n)].over(AT_ONCE), alone) for n in numbers]


def _row(name: str, job: Job, at_once: int, timing: Timing, alone: float) -> dict[str, Cell]:
    years = job.run.years
    return {
        "set": name,
        "at once": at_once,
        "years": years,
        "cells": job.cells,
        "state MB": 8 * job.numbers / 1e6,
        "min ms": 1e3 * timing.best,
        "median ms": 1e3 * timing.median,
        "ns/cell-year": 1e9 * timing.best / (job.cells * years),
        "ns/number-year": 1e9 * timing.best / (job.numbers * years),
        "paths/s": 1 / timing.best,
        "time / alone": timing.best / alone,
    }
