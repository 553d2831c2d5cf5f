"""How long a user waits before anything is seen."""

from functools import partial
from statistics import median

from benchmarks.processes import POOLING, measure
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.staged import Ends, stages
from benchmarks.timing import Timing, interleaved

NOTE = """Seconds from the start of the process. Commands: wall time of the whole process. First result: until the
central path of the example is in memory, with its stages: Python and imports; reading and checking the tables; opening
stocks, tables of all years, compiling (cold) or reading the compilation cache (warm), and the path itself."""


def start_up(settings: Settings) -> Section:
    """Help, check, and the first result with an empty and with a filled compilation cache."""
    config = str(settings.config("example"))
    commands = {
        "pooling --help": partial(measure, [*POOLING, "--help"]),
        "pooling check": partial(measure, [*POOLING, "check", config]),
    }
    timed = interleaved(commands, max(3, settings.process_repeats))
    rows = [_command(name, timing) for name, timing in timed.items()]
    repeats = range(settings.process_repeats)
    first = partial(stages, settings, "example", paths=1, output=None)
    cold = [first(cache=settings.cache(f"start-{n}")) for n in repeats]
    warm = [first(cache=settings.cache(f"start-{n}")) for n in repeats]
    rows += [_first_result("cold", cold), _first_result("warm", warm)]
    return Section("Start-up", NOTE, rows)


def _command(name: str, timing: Timing) -> dict[str, Cell]:
    return {
        "what": name,
        "min s": timing.best,
        "median s": timing.median,
        "imports s": None,
        "tables s": None,
        "open, compile, project s": None,
        "MB after imports": None,
        "MB after tables": None,
        "MB at the first result": None,
    }


def _first_result(cache: str, runs: list[Ends]) -> dict[str, Cell]:
    seconds = [ends.seconds["first path"] for ends in runs]
    typical = sorted(runs, key=lambda ends: ends.seconds["first path"])[len(runs) // 2]
    at, peak = typical.seconds, typical.peak
    return {
        "what": f"first result, {cache}",
        "min s": min(seconds),
        "median s": median(seconds),
        "imports s": at["imported"],
        "tables s": at["loaded"] - at["imported"],
        "open, compile, project s": at["first path"] - at["loaded"],
        "MB after imports": peak["imported"] / 1e6,
        "MB after tables": peak["loaded"] / 1e6,
        "MB at the first result": peak["first path"] / 1e6,
    }
