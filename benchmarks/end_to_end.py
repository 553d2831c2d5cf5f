"""Whole runs of the command, as a user starts them."""

from benchmarks.processes import POOLING, BenchmarkError, Cost, measure
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.staged import stages

NOTE = """`pooling run` from the start of the process to its end: opening, compiling, projecting, statistics, file. The first
row of a set is *cold*: the compilation cache is empty; the others are *warm*. Numbers of paths take turns; the row is the
median run by wall time. CPU is the time of all threads, memory the largest resident size of the process, spool the largest
size of the folder of path arrays that exists while a run lasts. *Write*: statistics over paths and the file, share of one
more run that says when its stages end. Without figures: the disk has no room for spool and file."""

NO_ROOM = "MB are free"
"""End of the command's message where the disk is too small for a run."""


def end_to_end(settings: Settings) -> Section:
    """Cold runs, then warm ones in turns."""
    rows = [row for name in settings.paths for row in _of_set(settings, name)]
    return Section("Whole runs", NOTE, rows)


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    counts = settings.paths[name]
    cold = _run(settings, name, counts[0])
    warm: dict[int, list[Cost]] = {count: [] for count in counts}
    refused: set[int] = set()
    for turn in range(settings.process_repeats):
        # The longest runs dominate the suite and vary least: once.
        for count in counts if turn == 0 else counts[:1]:
            cost = _run(settings, name, count)
            if cost is None:
                refused.add(count)
            else:
                warm[count].append(cost)
    rows = [_row(settings, name, counts[0], "cold", cold)]
    for count in counts:
        typical = None if count in refused else sorted(warm[count], key=lambda each: each.wall)
        cost = typical[len(typical) // 2] if typical else None
        rows.append(_row(settings, name, count, "warm", cost))
    return rows


def _run(settings: Settings, name: str, paths: int) -> Cost | None:
    """A run; None where the disk has no room for it."""
    output = settings.folder / f"{name}-{paths}.nc"
    given = ["--paths", str(paths), "--out", str(output), "--overwrite"]
    command = [*POOLING, "run", str(settings.config(name)), *given]
    spool = output.with_name(f"{output.name}.partial")
    try:
        return measure(command, {"XDG_CACHE_HOME": str(settings.cache(name))}, spool)
    except BenchmarkError as error:
        if NO_ROOM in str(error):
            return None
        raise


def _row(
    settings: Settings, name: str, paths: int, cache: str, cost: Cost | None
) -> dict[str, Cell]:
    output = settings.folder / f"{name}-{paths}.nc"
    row: dict[str, Cell] = {"set": name, "paths": paths, "cache": cache}
    figures = ("wall s", "CPU s", "cores", "ms/path", "peak MB", "output MB", "spool MB", "write %")
    if cost is None:
        return row | dict.fromkeys(figures)
    size = output.stat().st_size / 1e6
    output.unlink() if cache == "warm" else None
    values = (
        *(cost.wall, cost.cpu, cost.cpu / cost.wall, 1e3 * cost.wall / paths, cost.peak / 1e6),
        *(size, cost.spool / 1e6, _write_share(settings, name, paths) if cache == "warm" else None),
    )
    return row | dict(zip(figures, values, strict=True))


def _write_share(settings: Settings, name: str, paths: int) -> float:
    """Statistics and file over the whole run; per cent."""
    output = settings.folder / f"{name}-{paths}-stages.nc"
    ends = stages(settings, name, settings.cache(name), paths, output).seconds
    output.unlink()
    return 100 * (ends["saved"] - ends["last path"]) / ends["saved"]
