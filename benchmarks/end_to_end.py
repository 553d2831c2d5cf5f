"""Whole runs of the command, as a user starts them."""

from benchmarks.processes import POOLING, Cost, measure
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings

NOTE = """`pooling run` from the start of the process to its end: opening, compiling, projecting, statistics, file.
*Cold*: the compilation cache is empty; *warm*: an earlier run filled it (median of the runs). CPU is the time of all
threads, memory the largest resident size of the process, spool the largest size of the folder of path arrays that
exists while a run lasts."""


def end_to_end(settings: Settings) -> Section:
    """Cold runs, then warm ones in turns."""
    costs = {name: [_run(settings, name)] for name in settings.paths}
    for _ in range(settings.process_repeats):
        for name in settings.paths:
            costs[name].append(_run(settings, name))
    rows = [row for name in settings.paths for row in _rows(settings, name, costs[name])]
    return Section("Whole runs", NOTE, rows)


def _run(settings: Settings, name: str) -> Cost:
    output = settings.folder / f"{name}.nc"
    given = ["--paths", str(settings.paths[name]), "--out", str(output), "--overwrite"]
    command = [*POOLING, "run", str(settings.config(name)), *given]
    spool = output.with_name(f"{output.name}.partial")
    return measure(command, {"XDG_CACHE_HOME": str(settings.cache(name))}, spool)


def _rows(settings: Settings, name: str, costs: list[Cost]) -> list[dict[str, Cell]]:
    cold, *warm = costs
    typical = sorted(warm, key=lambda cost: cost.wall)[len(warm) // 2]
    size = (settings.folder / f"{name}.nc").stat().st_size
    return [
        {
            "set": name,
            "paths": settings.paths[name],
            "cache": cache,
            "wall s": cost.wall,
            "CPU s": cost.cpu,
            "cores": cost.cpu / cost.wall,
            "peak MB": cost.peak / 1e6,
            "output MB": size / 1e6,
            "spool MB": cost.spool / 1e6,
            "wall / warm": cost.wall / typical.wall,
        }
        for cache, cost in (("cold", cold), ("warm", typical))
    ]
