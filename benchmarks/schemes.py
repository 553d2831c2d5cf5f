"""What every scheme costs."""

from collections.abc import Mapping

from benchmarks.program import LADDER, Job, batch, compiled, forget_programs, open_job
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import Timing, interleaved

NOTE = """All schemes against the funds of the set's default run on the same arrangements, one path at a time, minima of
interleaved rounds. *Whole*: the program of a run with all its results. The others are programs up to the flows of the
schemes: of the default run's funds (their share of all schemes, people and drivers included), and of all but one fund, of
which the share is what that saves. Shares need not add up to one."""


def schemes(settings: Settings) -> Section:
    """Time of all schemes over that of the default run, and what each adds, by assumption set."""
    rows: list[dict[str, Cell]] = []
    for name in settings.paths:
        rows += _of_set(settings, name)
        forget_programs()
    return Section("Schemes", NOTE, rows)


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    few = open_job(settings.config(name))
    arrangements = [each.key for each in few.config.arrangements]
    whole = open_job(settings.every_scheme(name), {"arrangements": arrangements})
    programs = {"whole, default run": compiled(few), "whole, all schemes": compiled(whole)}
    until = {"all schemes": whole, "funds of the default run": few}
    until |= {
        f"without {fund}": rest for fund, rest in _less_one(settings, name, whole, few).items()
    }
    programs |= {label: compiled(job, LADDER["schemes"]) for label, job in until.items()}
    pieces = {label: batch(program, 1, 1) for label, program in programs.items()}
    return [{"set": name, **row} for row in _rows(interleaved(pieces, settings.repeats))]


def _less_one(settings: Settings, name: str, whole: Job, few: Job) -> dict[str, Job]:
    """The run of all schemes without one fund that the default run does not have: others are opened from those it has."""
    kept = {"arrangements": [each.key for each in whole.config.arrangements]}
    basis, funds = ([fund.key for fund in job.config.funds] for job in (few, whole))
    return {
        fund: open_job(
            settings.every_scheme(name), kept | {"funds": [each for each in funds if each != fund]}
        )
        for fund in funds
        if fund not in basis
    }


def _rows(timings: Mapping[str, Timing]) -> list[dict[str, Cell]]:
    """Programs with their times over the default run's; what a scheme adds with its share of all schemes."""
    default, every = timings["whole, default run"].best, timings["all schemes"].best
    return [
        {
            "program": label,
            "ms": 1e3 * timing.best,
            "time / default": timing.best / default if label.startswith("whole") else None,
            "share %": _share(label, timing.best / every),
        }
        for label, timing in timings.items()
    ]


def _share(label: str, part: float) -> float | None:
    """Share of all schemes, of the time of a program over that of all schemes; None of a whole program."""
    if label.startswith("whole"):
        return None
    return 100 * (1 - part if label.startswith("without") else part)
