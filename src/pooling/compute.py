"""Settings of the compiled program: device, precision, paths of a launch, launches at once, compilation cache."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax

from pooling.assumptions import Config
from pooling.demand import LAUNCHES_AT_ONCE, path_bytes
from pooling.errors import InputErrors, Problem
from pooling.spool import CHUNK

WIDTHS = (64, 32, 16, 8, 4, 2)
"""Widths that are chosen by themselves. A short list, so that machines with like memory give the same bits; 64 paths of
341 municipalities have 2 million numbers in a leaf, several times the threads of a large GPU (not measured)."""

MEMORY_SHARE = 0.8
"""Part of a device's memory that the launches under way may take."""


class Machine(NamedTuple):
    """What a run is computed with, every ``auto`` resolved."""

    backend: str
    """``cpu`` or ``gpu``."""
    device: str
    """Model of the device."""
    precision: str
    """``double`` or ``mixed``."""
    width: int
    """Paths of one launch."""
    threads: int
    """Launches under way together."""
    chunk: int
    """Paths of one file of an unfinished run."""


def prepare(config: Config) -> Machine:
    """Set the device, numbers of 64 bits and the compilation cache; returns what the run is computed with.

    The cache lies in the user's cache directory; where that cannot be written programs are compiled anew each time.

    Raises:
        InputErrors: the device asked for is not there.
    """
    jax.config.update("jax_enable_x64", True)
    device = _device(config)
    jax.config.update("jax_default_device", device)
    cache = cache_folder()
    if cache is not None:
        jax.config.update("jax_compilation_cache_dir", str(cache))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    wanted = config.compute
    auto = min(LAUNCHES_AT_ONCE, os.cpu_count() or 1)
    threads = auto if wanted.threads == "auto" else wanted.threads
    width = _width(config, device, threads) if wanted.width == "auto" else wanted.width
    chunk = CHUNK if wanted.chunk == "auto" else wanted.chunk
    precision = wanted.chosen_precision
    return Machine(device.platform, device.device_kind, precision, width, threads, chunk)


Device = Any
"""JAX's own; it has no name that type checkers accept."""


def _device(config: Config) -> Device:
    """The device of a run; what JAX offers first unless a kind is asked for."""
    wanted = config.compute.device
    first = jax.devices()
    if wanted == "auto":
        return first[0]
    offered = {kind: found for kind in ("cpu", "gpu") if (found := _devices(kind))}
    if wanted not in offered:
        there = ", ".join(f"{len(found)} {kind}" for kind, found in offered.items())
        raise InputErrors(
            [
                Problem(
                    config.path.as_posix(),
                    "key compute.device",
                    f"{wanted!r}, which JAX does not find on this machine (it finds {there})",
                    " or ".join(repr(each) for each in ("auto", *offered)),
                )
            ]
        )
    return offered[wanted][0]


def _devices(kind: str) -> Sequence[Device]:
    """Devices of a kind; none where JAX cannot use it."""
    try:
        return jax.devices(kind)
    except RuntimeError:
        return ()


def _width(config: Config, device: Device, threads: int) -> int:
    """One path on a CPU, where vectors over paths leave the cache; elsewhere as many as memory holds."""
    if device.platform == "cpu":
        return 1
    memory = (device.memory_stats() or {}).get("bytes_limit", 0)
    return widest(memory, threads * path_bytes(config))


def widest(memory: int, one: float) -> int:
    """The largest of the widths whose launches fit into a device; 1 where none does.

    Args:
        memory: of the device; bytes.
        one: what a path takes in every launch under way together; bytes.
    """
    return next((width for width in WIDTHS if width * one <= MEMORY_SHARE * memory), 1)


def cache_folder(kind: str = "compiled") -> Path | None:
    """A folder of the user's cache directory, made if need be; None where it cannot be written.

    Args:
        kind: of programs.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "pooling" / kind
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
