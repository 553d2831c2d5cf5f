"""From the configuration to the first path, step by step."""

from benchmarks.program import opening_steps
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings

NOTE = """Steps in this process, which has imported everything before: once as the user's compilation cache stands,
which may mean compiling, then again from the cache that the first time left. One run each, so a hint and not a figure
to quote."""


def opening(settings: Settings) -> Section:
    """Both times, side by side."""
    rows = [row for name in settings.paths for row in _of_set(settings, name)]
    return Section("Until the first path", NOTE, rows)


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    first = opening_steps(settings.config(name))
    again = opening_steps(settings.config(name))
    total = sum(first.values())
    return [
        {
            "set": name,
            "step": step,
            "s": time,
            "share %": 100 * time / total,
            "again s": again[step],
        }
        for step, time in first.items()
    ]
