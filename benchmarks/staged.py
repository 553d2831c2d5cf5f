"""Start ``benchmarks.stages`` and read what it says."""

import json
import sys
import time
from pathlib import Path

from benchmarks.processes import measure
from benchmarks.settings import Settings

Ends = dict[str, float]
"""Stage → seconds from the start of the process to the stage's end."""


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
    return json.loads(said.strip().splitlines()[-1])
