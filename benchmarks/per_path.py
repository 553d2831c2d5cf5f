"""Time of one path of the compiled program."""

from benchmarks.program import Job, batch, compiled, mixed, open_job
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import Timing, interleaved

AT_ONCE = 2
"""Paths under way together where more than one is."""

NOTE = """The compiled program, all results of a path included, in this process. *At once*: paths under way together;
times are wall time over paths. A *cell* is municipality × sex × age 0–100 × registration class, however many funds
share it; a *cell-year* is one cell for one projected year. A *number* is one of those that one year hands to the next:
people, rights and pensions of every fund, balances of every arrangement. *Mixed*: people, rights and pensions in single
precision; the two precisions take turns. Ratios are to one path of the same precision at a time, and to double precision."""


def per_path(settings: Settings) -> list[Section]:
    """Time per path and per cell-year."""
    jobs = {name: open_job(settings.config(name)) for name in settings.paths}
    rows = [row for name, job in jobs.items() for row in _of_job(settings, name, job)]
    return [Section("One path", NOTE, rows)]


def _of_job(settings: Settings, name: str, job: Job) -> list[dict[str, Cell]]:
    jobs = {"double": job, "mixed": mixed(job)}
    programs = {precision: compiled(each) for precision, each in jobs.items()}
    cases = [(precision, at_once) for precision in jobs for at_once in (1, AT_ONCE)]
    pieces = {_label(*case): batch(programs[case[0]], AT_ONCE, case[1]) for case in cases}
    found = interleaved(pieces, settings.repeats)
    timings = {case: found[_label(*case)].over(AT_ONCE) for case in cases}
    return [
        _row(name, jobs[precision], precision, at_once, timing)
        | {
            "time / alone": timing.best / timings[precision, 1].best,
            "time / double": timing.best / timings["double", at_once].best,
        }
        for (precision, at_once), timing in timings.items()
    ]


def _label(precision: str, at_once: int) -> str:
    return f"{precision}, {at_once} at once"


def _row(name: str, job: Job, precision: str, at_once: int, timing: Timing) -> dict[str, Cell]:
    years = job.run.years
    return {
        "set": name,
        "precision": precision,
        "at once": at_once,
        "years": years,
        "cells": job.cells,
        "state MB": job.state_bytes / 1e6,
        "min ms": 1e3 * timing.best,
        "median ms": 1e3 * timing.median,
        "ns/cell-year": 1e9 * timing.best / (job.cells * years),
        "ns/number-year": 1e9 * timing.best / (job.numbers * years),
        "paths/s": 1 / timing.best,
    }
