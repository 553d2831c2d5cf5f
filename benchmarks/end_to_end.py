"""Whole runs of the command, as a user starts them."""

from pathlib import Path

from benchmarks.processes import POOLING, BenchmarkError, Cost, measure
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.staged import stages

NOTE = """`pooling run` from the start of the process to its end: opening, compiling, projecting, statistics, file. The first
rows of a set are *cold*: the compilation cache is empty; the others are *warm*. Numbers of paths and precisions take turns;
the row is the median run by wall time. CPU is the time of all threads, memory the largest resident size of the process,
spool the largest size of the folder of path arrays that exists while a run lasts. *Write*: statistics over paths and the
file, share of one more run that says when its stages end. Without figures: the disk has no room for spool and file."""

PRECISIONS = ("double", "mixed")
NO_ROOM = "MB are free"
"""End of the command's message where the disk is too small for a run."""


def end_to_end(settings: Settings) -> Section:
    """Cold runs, then warm ones in turns."""
    rows = [row for name in settings.paths for row in _of_set(settings, name)]
    return Section("Whole runs", NOTE, rows)


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    counts = settings.paths[name]
    cold = {each: _run(settings, name, counts[0], each) for each in PRECISIONS}
    cases = [(count, precision) for count in counts for precision in PRECISIONS]
    warm: dict[tuple[int, str], list[Cost]] = {case: [] for case in cases}
    refused: set[tuple[int, str]] = set()
    for turn in range(settings.process_repeats):
        # The longest runs dominate the suite and vary least: once.
        for case in cases if turn == 0 else cases[: len(PRECISIONS)]:
            cost = _run(settings, name, *case)
            if cost is None:
                refused.add(case)
            else:
                warm[case].append(cost)
    rows = [_row(settings, name, counts[0], each, "cold", cost) for each, cost in cold.items()]
    for case in cases:
        typical = None if case in refused else sorted(warm[case], key=lambda each: each.wall)
        cost = typical[len(typical) // 2] if typical else None
        rows.append(_row(settings, name, *case, "warm", cost))
    return rows


def _output(settings: Settings, name: str, paths: int, precision: str) -> Path:
    return settings.folder / f"{name}-{paths}-{precision}.nc"


def _run(settings: Settings, name: str, paths: int, precision: str) -> Cost | None:
    """A run; None where the disk has no room for it."""
    output = _output(settings, name, paths, precision)
    given = ["--paths", str(paths), "--out", str(output), "--overwrite"]
    given += ["--set", f"compute.precision={precision}"]
    command = [*POOLING, "run", str(settings.config(name)), *given]
    spool = output.with_name(f"{output.name}.partial")
    try:
        return measure(command, {"XDG_CACHE_HOME": str(settings.cache(name))}, spool)
    except BenchmarkError as error:
        if NO_ROOM in str(error):
            return None
        raise


def _row(
    settings: Settings, name: str, paths: int, precision: str, cache: str, cost: Cost | None
) -> dict[str, Cell]:
    output = _output(settings, name, paths, precision)
    row: dict[str, Cell] = {
        "set": name,
        "precision": precision,
        "paths": paths,
        "cache": cache,
    }
    figures = ("wall s", "CPU s", "cores", "ms/path", "peak MB", "output MB", "spool MB", "write %")
    if cost is None:
        return row | dict.fromkeys(figures)
    size = output.stat().st_size / 1e6
    output.unlink() if cache == "warm" else None
    values = (
        *(cost.wall, cost.cpu, cost.cpu / cost.wall, 1e3 * cost.wall / paths, cost.peak / 1e6),
        *(size, cost.spool / 1e6),
        _write_share(settings, name, paths) if (cache, precision) == ("warm", "double") else None,
    )
    return row | dict(zip(figures, values, strict=True))


def _write_share(settings: Settings, name: str, paths: int) -> float:
    """Statistics and file over the whole run; per cent."""
    output = settings.folder / f"{name}-{paths}-stages.nc"
    ends = stages(settings, name, settings.cache(name), paths, output).seconds
    output.unlink()
    return 100 * (ends["saved"] - ends["last path"]) / ends["saved"]
