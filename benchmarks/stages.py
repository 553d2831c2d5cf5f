"""A run in a process of its own, as the command does it, that says when each stage was over.

``python -m benchmarks.stages STARTED CONFIG PATHS OUTPUT``: STARTED is the clock of the parent when it started this
process. Prints one JSON object: stage → seconds since then, and the largest resident memory until then in bytes. With
``-`` as the output it ends with the first result.
"""

import json
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

STAGES = ("imported", "loaded", "first path", "last path", "saved")
"""Ends of the stages, in order."""


def main(started: float, config: Path, paths: int, output: str) -> None:
    """Run and print the ends of the stages."""
    ends: dict[str, tuple[float, float]] = {}

    def over(stage: str) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ends[stage] = time.time() - started, peak * (1 if sys.platform == "darwin" else 1024)

    def progress(count: int) -> None:
        if count == 1:
            over("first path")
            if output == "-":
                raise SystemExit(json.dumps(ends))
        if count == paths + 1:
            over("last path")

    from pooling.assumptions import load_config
    from pooling.job import run_to_file
    from pooling.kept import kept_since

    over("imported")
    loaded = load_config(config, {"projection.paths": paths})
    over("loaded")
    kept = kept_since(started)
    with TemporaryDirectory() as nowhere:
        file = Path(nowhere) / "results.nc" if output == "-" else Path(output)
        run_to_file(loaded, file, overwrite=True, progress=progress, kept=kept)
    over("saved")
    print(json.dumps(ends))


if __name__ == "__main__":
    try:
        main(float(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    except SystemExit as first_result:
        print(first_result.code)
