"""Where the time of a path goes, room by room."""

from collections.abc import Mapping

from benchmarks.program import LADDER, batch, compiled, open_job
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import Timing, interleaved

NOTE = """Five programs are compiled apart, each with the outputs of one room more: drivers, people, schemes, pools,
results. A room's time is the difference of two of them, one path at a time, minima; the program of a run is not divided
like this, because the compiler joins neighbours, and because the earlier programs hand out whole arrays,
so shares are approximate: where one is negative, the split between it and the rooms before it is not resolved.
Random numbers of migration count with people, migrating rights with schemes."""


def rooms(settings: Settings) -> Section:
    """Shares of the rooms, by assumption set."""
    return Section(
        "Rooms", NOTE, [row for name in settings.paths for row in _of_set(settings, name)]
    )


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    job = open_job(settings.config(name))
    programs = {room: compiled(job, piece) for room, piece in LADDER.items()}
    pieces = {label: batch(program, 1, 1) for label, program in programs.items()}
    timings = interleaved(pieces, settings.repeats)
    whole = timings["results"].best
    seconds = _by_room(timings)
    return [
        {"set": name, "room": room, "ms": 1e3 * time, "share %": 100 * time / whole}
        for room, time in seconds.items()
    ]


def _by_room(timings: Mapping[str, Timing]) -> dict[str, float]:
    """Differences along the ladder; seconds."""
    seconds, before = {}, 0.0
    for room in LADDER:
        seconds[room] = timings[room].best - before
        before = timings[room].best
    return seconds
