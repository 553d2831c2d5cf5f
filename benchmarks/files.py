"""What a run does besides projecting: statistics over the paths, and the file."""

from itertools import pairwise

from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.staged import Ends, stages
from benchmarks.stages import STAGES

NOTE = """One process, the compilation cache warm, whose stages follow one another: imports; reading and checking the
tables; opening stocks, compiled program from the cache, first path; the other paths through the spool; statistics over
all paths and the file (compressed, written, read back). Median of the runs by total; shares of the whole."""

NAMES = {
    "imported": "imports",
    "loaded": "reading tables",
    "first path": "opening, program, first path",
    "last path": "other paths",
    "saved": "statistics and file",
}
"""End of a stage → what happened since the end of the one before."""


def files(settings: Settings) -> Section:
    """Time of every stage of a run, by assumption set."""
    # The first run of each fills the cache.
    for name in settings.paths:
        stages(settings, name, settings.cache(name), 1, None)
    rows = [row for name in settings.paths for row in _of_set(settings, name)]
    return Section("Statistics and files", NOTE, rows)


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    output = settings.folder / f"{name}-stages.nc"
    count = settings.paths[name][0]
    runs = [
        stages(settings, name, settings.cache(name), count, output)
        for _ in range(settings.process_repeats)
    ]
    typical = sorted(runs, key=lambda ends: ends.seconds["saved"])[len(runs) // 2]
    return [{"set": name, "paths": count, **row} for row in _rows(typical)]


def _rows(ends: Ends) -> list[dict[str, Cell]]:
    moments = [0.0, *(ends.seconds[stage] for stage in STAGES)]
    spans = [later - earlier for earlier, later in pairwise(moments)]
    return [
        {
            "stage": name,
            "s": span,
            "share %": 100 * span / moments[-1],
            "peak MB": ends.peak[stage] / 1e6,
        }
        for (stage, name), span in zip(NAMES.items(), spans, strict=True)
    ]
