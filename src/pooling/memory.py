"""Memory that this process may still use, as far as the system says."""

import ctypes
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ADDRESSES = int(1.4e9)
"""Addresses that the process reserves beside its memory (measured: 1.35 GB); bytes."""


def available_memory() -> int | None:
    """Bytes that this process may still use; None where the system does not say."""
    found = [_meminfo(), *map(_limit, _control_groups()), _address_space()]
    # Where there is no limit some interfaces say nearly 2**63.
    return min((number for number in found if number is not None), default=None)


def give_back() -> None:
    """Give what has been freed back to the system: the GNU C library keeps it, 0.9 GB after compiling China's programs."""
    with suppress(OSError, AttributeError):  # of another C library nothing is asked
        ctypes.CDLL("libc.so.6").malloc_trim(0)


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
