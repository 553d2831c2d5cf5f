"""What every scheme costs."""

from collections.abc import Mapping

from benchmarks.program import LADDER, Job, batch, compiled, open_job
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import Timing, interleaved

NOTE = """All schemes against the funds of the set's default run on the same arrangements, one path at a time, minima of
interleaved rounds. *Whole*: the program of a run with all its results. *Without*: the program up to the flows of the schemes
with one fund left out; the share is what that saves of the program with all of them, so that shares need not add up to one:
where the first fund of the employee pension is left out, others are computed from the second."""


def schemes(settings: Settings) -> Section:
    """Time of all schemes over that of the default run, and what each adds, by assumption set."""
    rows = [row for name in settings.paths for row in _of_set(settings, name)]
    return Section("Schemes", NOTE, rows)


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    few = open_job(settings.config(name))
    arrangements = [each.key for each in few.config.arrangements]
    whole = open_job(settings.every_scheme(name), {"arrangements": arrangements})
    programs = {"whole, default run": compiled(few), "whole, all schemes": compiled(whole)}
    programs["schemes"] = compiled(whole, LADDER["schemes"])
    programs |= {
        f"without {fund}": compiled(rest, LADDER["schemes"])
        for fund, rest in _less_one(settings, name, whole).items()
    }
    pieces = {label: batch(program, 1, 1) for label, program in programs.items()}
    return [{"set": name, **row} for row in _rows(interleaved(pieces, settings.repeats))]


def _less_one(settings: Settings, name: str, whole: Job) -> dict[str, Job]:
    """The same run without one fund; a run needs one fund of the employee pension."""
    pensions = [fund.key for fund in whole.config.pension_funds]
    funds = [fund.key for fund in whole.config.funds]
    kept = {"arrangements": [each.key for each in whole.config.arrangements]}
    return {
        fund: open_job(
            settings.every_scheme(name), kept | {"funds": [each for each in funds if each != fund]}
        )
        for fund in funds
        if pensions != [fund]
    }


def _rows(timings: Mapping[str, Timing]) -> list[dict[str, Cell]]:
    """Programs with their times over the default run's; what a scheme adds with its share of all schemes."""
    default, every = timings["whole, default run"].best, timings["schemes"].best
    return [
        {
            "program": label,
            "ms": 1e3 * timing.best,
            "time / default": timing.best / default if label.startswith("whole") else None,
            "saved %": 100 * (1 - timing.best / every) if label.startswith("without") else None,
        }
        for label, timing in timings.items()
    ]
