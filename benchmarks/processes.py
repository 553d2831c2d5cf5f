"""Run a command as a process of its own and account for it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.settings import PROJECT

MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
"""Unit of ``ru_maxrss``."""

POOLING = (sys.executable, "-m", "pooling.cli")
"""The command line of the project under the Python that runs the suite."""


class BenchmarkError(Exception):
    """A command of the suite failed."""


@dataclass(frozen=True)
class Cost:
    """What one process took, from its start to its end."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds in user and system mode, all threads."""
    peak: float
    """Largest resident memory; bytes."""
    spool: int
    """Largest size of the watched folder; bytes."""
    output: str
    """What it printed."""


def measure(
    command: Sequence[str], environment: Mapping[str, str] | None = None, watch: Path | None = None
) -> Cost:
    """Run a command to its end.

    Linux counts the memory of the process that forks into the child's peak: call this before the suite itself has
    loaded anything large.

    Args:
        command: program and arguments.
        environment: variables besides the inherited ones.
        watch: a folder that may come and go, whose largest size is wanted.

    Raises:
        BenchmarkError: if the command fails, with the end of what it said.
    """
    seen = _Watcher(watch)
    begin = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  the suite's own commands
        command,
        cwd=PROJECT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101  a pipe was asked for
    with seen:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise BenchmarkError(f"{' '.join(command)}: status {process.returncode}\n{output[-2000:]}")
    peak = usage.ru_maxrss * MAXRSS_BYTES
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak, seen.largest, output)


class _Watcher:
    """Looks at a folder ten times a second, which costs less than 1 % of one core."""

    def __init__(self, folder: Path | None) -> None:
        self.largest = 0
        self._folder = folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        if self._folder is not None:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.largest = max(self.largest, folder_size(self._folder))


def folder_size(folder: Path | None) -> int:
    """Sum of the files of a folder, 0 where there is none; bytes."""
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder)) if folder else 0
    except FileNotFoundError:
        return 0
