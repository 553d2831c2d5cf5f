"""What the machine can do at most, measured in the same run as everything else."""

import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from benchmarks.native import library
from benchmarks.section import Cell, Section
from benchmarks.settings import Settings

NOTE = """Best of the repeats. *Memory*: numbers scaled in place in an array that no cache holds, a read and a write of 8
bytes each; *cache*: the same in 1 MiB a thread. *Multiply-add*: float64, operations counted singly. Measured by a C program
built here (gcc, -O3 -march=native), or where there is no compiler *estimated with NumPy*: in-place product, and matrix
product of the linear algebra library, which both stay below what C reaches. *GPU copy*: an array scaled on the device, bytes
read and written."""

LARGE, SMALL = 2**30, 2**20
"""Bytes of an array that no cache holds, and of one that a cache does."""


@dataclass(frozen=True)
class Ceilings:
    """Rates of the machine with all its cores."""

    bandwidth: float
    """Bytes a second to and from memory."""
    operations: float
    """Floating-point operations a second."""
    rows: tuple[dict[str, Cell], ...]


@cache
def ceilings(quick: bool) -> Ceilings:
    """Measure once a process."""
    native = library("native.c")
    measure = _numpy if native is None else _Native(native).rates
    large, repeats = (LARGE // 32, 3) if quick else (LARGE, 9)
    rows = [row for threads in sorted({1, _cores()}) for row in measure(threads, large, repeats)]
    best = {row["what"]: float(row["rate"]) for row in rows}  # the last is with all cores
    rows += _gpu_rows(repeats)
    return Ceilings(1e9 * best["memory, GB/s"], 1e9 * best["multiply-add, GFLOP/s"], tuple(rows))


def machine(settings: Settings) -> list[Section]:
    """The ceilings as a table."""
    return [Section("Ceilings of the machine", NOTE, ceilings(settings.quick).rows)]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _row(what: str, threads: int, rate: float, how: str) -> dict[str, Cell]:
    return {"what": what, "threads": threads, "rate": rate / 1e9, "how": how}


class _Native:
    def __init__(self, program: ctypes.CDLL) -> None:
        size, count = ctypes.c_ssize_t, ctypes.c_int
        self._scale, self._multiply_add = program.scale, program.multiply_add
        for function, arguments in (
            (self._scale, [ctypes.c_void_p, size, count, count]),
            (self._multiply_add, [size, count, ctypes.c_void_p]),
        ):
            function.argtypes, function.restype = arguments, ctypes.c_double

    def rates(self, threads: int, large: int, repeats: int) -> list[dict[str, Cell]]:
        steps = 20_000_000 if repeats > 3 else 2_000_000
        out = np.empty(threads)
        chains = min(self._multiply_add(steps, threads, out.ctypes.data) for _ in range(repeats))
        sizes = (("memory, GB/s", large, 1), ("cache, GB/s", SMALL * threads, 50))
        rows = []
        for what, size, rounds in sizes:
            numbers = np.ones(size // 8)
            seconds = min(
                self._scale(numbers.ctypes.data, numbers.size, threads, rounds)
                for _ in range(repeats)
            )
            rows.append(_row(what, threads, 2 * numbers.nbytes * rounds / seconds, "C"))
        return [
            *rows,
            _row("multiply-add, GFLOP/s", threads, 192.0 * steps * threads / chains, "C"),
        ]


def _numpy(threads: int, large: int, repeats: int) -> list[dict[str, Cell]]:
    """Estimates without a compiler; products of matrices use what threads the library takes."""
    numbers, matrix = np.ones(large // 8), np.full((1024, 1024), 0.5)
    small = np.ones(SMALL // 8)
    pieces: dict[str, tuple[Callable[[], object], float]] = {
        "memory, GB/s": (lambda: np.multiply(numbers, 1.0000001, out=numbers), 2 * numbers.nbytes),
        "cache, GB/s": (lambda: np.multiply(small, 1.0000001, out=small), 2 * small.nbytes),
        "multiply-add, GFLOP/s": (lambda: matrix @ matrix, 2.0 * 1024**3),
    }
    return [
        _row(what, threads, work / min(_seconds(piece) for _ in range(repeats)), "NumPy, estimate")
        for what, (piece, work) in pieces.items()
    ]


def _gpu_rows(repeats: int) -> list[dict[str, Cell]]:
    import jax
    import jax.numpy as jnp

    if jax.default_backend() != "gpu":
        return []
    numbers = jnp.ones(LARGE, jnp.float32)
    scale = jax.jit(lambda x: x * 1.0000001)
    seconds = min(
        _seconds(lambda: jax.block_until_ready(scale(numbers))) for _ in range(repeats + 1)
    )
    return [_row("GPU copy, GB/s", 1, 2 * numbers.nbytes / seconds, "JAX")]


def _seconds(piece: Callable[[], object]) -> float:
    begin = time.perf_counter()
    piece()
    return time.perf_counter() - begin
