"""Where the time of a path goes, room by room."""

from collections.abc import Mapping

from benchmarks.program import LADDER, Job, batch, compiled, open_job
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import Timing, interleaved

NOTE = """Five programs are compiled apart, each with the outputs of one room more: drivers, people, schemes, pools,
results. A room's time is the difference of two of them, one path at a time, minima; the program of a run is not divided
like this, because the compiler joins neighbours, and because the earlier programs hand out whole arrays,
so shares are approximate: where one is negative, the split between it and the rooms before it is not resolved.
Random numbers of migration count with people, migrating rights with schemes. *Scheme*: the program up to the schemes
less the one without that fund, which need not add up to *schemes*."""


def rooms(settings: Settings) -> Section:
    """Shares of the rooms, by assumption set."""
    return Section(
        "Rooms", NOTE, [row for name in settings.paths for row in _of_set(settings, name)]
    )


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    job = open_job(settings.config(name))
    programs = {room: compiled(job, piece) for room, piece in LADDER.items()}
    programs |= {
        f"without {fund}": compiled(rest, LADDER["schemes"])
        for fund, rest in _less_one(settings, name, job)
    }
    pieces = {label: batch(program, 1, 1) for label, program in programs.items()}
    timings = interleaved(pieces, settings.repeats)
    whole = timings["results"].best
    seconds = _by_room(timings) | _by_scheme(timings)
    return [
        {"set": name, "room": room, "ms": 1e3 * time, "share %": 100 * time / whole}
        for room, time in seconds.items()
    ]


def _less_one(settings: Settings, name: str, job: Job) -> list[tuple[str, Job]]:
    """The same run without one fund, for every fund; nothing where there is only one."""
    funds = [fund.key for fund in job.config.funds]
    if len(funds) == 1:
        return []
    others = {fund: [each for each in funds if each != fund] for fund in funds}
    config = settings.config(name)
    return [(fund, open_job(config, {"funds": rest})) for fund, rest in others.items()]


def _by_room(timings: Mapping[str, Timing]) -> dict[str, float]:
    """Differences along the ladder; seconds."""
    seconds, before = {}, 0.0
    for room in LADDER:
        seconds[room] = timings[room].best - before
        before = timings[room].best
    return seconds


def _by_scheme(timings: Mapping[str, Timing]) -> dict[str, float]:
    """What each fund adds to the others; seconds."""
    marks = [label for label in timings if label.startswith("without ")]
    return {
        f"scheme {label.removeprefix('without ')}": timings["schemes"].best - timings[label].best
        for label in marks
    }
