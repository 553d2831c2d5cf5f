"""Start ``benchmarks.stages`` and read what it says."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import measure
from benchmarks.settings import Settings


@dataclass(frozen=True)
class Ends:
    """What had been used up at the end of every stage."""

    seconds: dict[str, float]
    """From the start of the process."""
    peak: dict[str, float]
    """Largest resident memory; bytes."""


def stages(settings: Settings, name: str, cache: Path, paths: int, output: Path | None) -> Ends:
    """Run an assumption set in a process of its own.

    Args:
        settings: of the suite.
        name: assumption set.
        cache: folder of the compilation cache.
        paths: stochastic paths.
        output: the results file; None ends the process with its first result.
    """
    where = "-" if output is None else str(output)
    given = [repr(time.time()), str(settings.config(name)), str(paths), where]
    command = [sys.executable, "-m", "benchmarks.stages", *given]
    said = measure(command, {"XDG_CACHE_HOME": str(cache)}).output
    ends = json.loads(said.strip().splitlines()[-1])
    return Ends(
        {stage: seconds for stage, (seconds, _) in ends.items()},
        {stage: peak for stage, (_, peak) in ends.items()},
    )
