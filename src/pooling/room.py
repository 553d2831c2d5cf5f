"""What a run needs of disk and memory, known before anything is compiled."""

import resource
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pooling.dataset import Labels
from pooling.errors import OutputError
from pooling.vocabulary import Variable, default_variables, variables

PROGRAM = 1100e6
"""Libraries and compiler (measured in a run of nine municipalities: 1,140 MB, 690 MB if its program was compiled
before); bytes."""

MODEL = 400e3
"""Opening stocks and levers; bytes a municipality. With it a first run of 341 municipalities and four arrangements, two
paths at once, is estimated at 1,540 MB (measured: 1,560 MB; 1,330 MB if its program was compiled before)."""

COPIES = 6
"""Memory of a path under way over its arrays (measured: 150 MB where they have 25 MB)."""

RISK_COPIES = 6
"""Copies of the deficit rates of all paths while insurance is measured."""

ADDRESSES = int(1.4e9)
"""Addresses that the process reserves beside its memory (measured: 1.35 GB); bytes."""

RISK = "deficit_rate_province_statistic"


def require_memory(labels: Labels, workers: int) -> None:
    """Refuse to start a run that does not fit into memory.

    Args:
        labels: labels of every axis.
        workers: paths under way at once.

    Raises:
        OutputError: if less is available.
    """
    needed, available = memory_of(labels, workers), available_memory()
    if available is not None and available < needed:
        raise OutputError(
            f"needs {needed / 1e6:,.0f} MB of memory, {available / 1e6:,.0f} MB are available; "
            "fewer threads (--set compute.threads=1), arrangements or paths need less"
        )


def require_free_space(folder: Path, needed: float) -> None:
    """Refuse to start a run whose files would fill the disk.

    Args:
        folder: existing folder that will hold output and spool.
        needed: bytes.

    Raises:
        OutputError: if less is free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(f"{folder}: needs {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free")


def memory_of(labels: Labels, workers: int) -> float:
    """Largest memory of a run, within a fifth of what was measured; bytes.

    Args:
        labels: labels of every axis.
        workers: paths under way at once.
    """
    one = sum(_bytes(each, labels) for each in default_variables() if each.form == "central")
    risk = labels.realizations * _bytes(variables()[RISK], labels)
    model = MODEL * len(labels.municipalities.code)
    return PROGRAM + model + workers * COPIES * one + RISK_COPIES * risk


def available_memory() -> int | None:
    """Bytes that this process may still use; None where the system does not say."""
    found = [_meminfo(), *map(_limit, _control_groups()), _address_space()]
    # Where there is no limit some interfaces say nearly 2**63.
    return min((number for number in found if number is not None), default=None)


def _meminfo() -> int | None:
    """Linux's own estimate of what can be had without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return kilobytes[0] * 1024 if kilobytes else None


def _control_groups() -> Iterator[Path]:
    """Files with the limits of the container or batch job that the process runs in, in both versions of the interface."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text("utf-8").splitlines():
            _, controllers, group = line.split(":", 2)
            if not controllers:
                root, name = Path("/sys/fs/cgroup"), "memory.max"
            elif "memory" in controllers.split(","):
                root, name = Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"
            else:
                continue
            for each in (Path(group), *Path(group).parents):
                yield root / each.relative_to("/") / name


def _address_space() -> int | None:
    """What a limit on addresses leaves for memory."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else max(0, limit - ADDRESSES)


def _limit(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _bytes(variable: Variable, labels: Labels) -> int:
    """Numbers of one realization in double precision."""
    size = 8
    for dim in variable.cell_dims:
        size *= labels.sizes()[dim]
    return size
