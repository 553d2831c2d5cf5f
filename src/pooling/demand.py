"""What a run needs of the machine, known from its configuration: refused before anything is imported that computes.

Disk: the file, and the paths that are spooled beside it. Memory: one path under way a thread, and what is summarised over
all paths together; estimates, generous rather than exact.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from pooling.assumptions import Config
from pooling.assumptions.layouts import layouts_of
from pooling.axes import CHANNELS, PAYERS, STATISTICS, horizons
from pooling.errors import InputErrors, Problem
from pooling.memory import available_memory
from pooling.vocabulary import (
    Variable,
    default_variables,
    estimate_bytes,
    shape_of,
    variables,
)

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

LAUNCHES_AT_ONCE = 2
"""Launches under way when nothing else is asked for: on a CPU one path at a time leaves half of two cores idle, because
the arrays of a municipality and cohort are too small for the compiler's own threads; a GPU computes the next launch while
the results of the last are written."""
MOST_PATHS = 1_000_000
"""As in the schema of a run."""

RISK = "deficit_rate_province_statistic"
"""What is held of all paths at once."""

Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Demand:
    """Bytes that a run needs.

    Attributes:
        disk: file and spool, beside the output.
        memory: resident memory at the worst moment.
    """

    disk: int
    memory: int


@dataclass(frozen=True)
class Room:
    """Bytes that are there.

    Attributes:
        disk: free where the output goes; None where it does not matter.
        memory: available; None where the system does not say.
    """

    disk: int | None
    memory: int | None


def sizes_of(config: Config, paths: int | None = None) -> dict[str, int]:
    """Length of each axis of a run.

    Args:
        config: the run.
        paths: stochastic paths; None for the run's own.
    """
    layouts = [each for a in config.arrangements for each in layouts_of(config.assumptions, a)]
    every = sum(each.funds for each in layouts)
    kept = sum(len(each.codes) for each in layouts if each.partition != "municipality")
    provinces = len(config.assumptions.provinces.code)
    years = len(config.projection.years)
    return {
        "scheme": len(config.funds),
        "arrangement": len(config.arrangements),
        "fund": every,
        "path_fund": every if config.output.all_paths else kept,
        "municipality": len(config.assumptions.municipalities.code),
        "province": provinces,
        "realization": (config.projection.paths if paths is None else paths) + 1,
        "payer": len(PAYERS),
        "channel": len(CHANNELS),
        "horizon": len(horizons(years)),
        "origin_province": provinces,
        "destination_province": provinces,
        "statistic": len(STATISTICS),
        "year": years,
    }


def spool_bytes(sizes: Sizes, all_paths: bool = False) -> int:
    """Size of the spool of a run.

    Args:
        sizes: length of each axis.
        all_paths: as in ``default_variables``.
    """
    return sizes["realization"] * sum(
        prod(cells_of(each, sizes)) * each.dtype.itemsize
        for each in default_variables(all_paths)
        if each.form in ("paths", "statistic")
    )


def cells_of(variable: Variable, sizes: Sizes) -> tuple[int, ...]:
    """Shape of one realization of a variable."""
    dims = zip(variable.dims, shape_of(variable, sizes), strict=True)
    return tuple(size for dim, size in dims if dim not in ("realization", "statistic"))


def path_bytes(config: Config) -> float:
    """Memory of a path under way."""
    sizes = sizes_of(config)
    return COPIES * sum(
        8 * prod(cells_of(each, sizes)) for each in default_variables() if each.form == "central"
    )


def demand_of(config: Config, paths: int | None = None) -> Demand:
    """What a run needs. A launch whose width is ``auto`` counts as one path: of a wide one the lanes lie on a GPU.

    Args:
        config: the run.
        paths: stochastic paths; None for the run's own.
    """
    sizes, all_paths = sizes_of(config, paths), config.output.all_paths
    risk = 8 * sizes["realization"] * prod(cells_of(variables()[RISK], sizes))
    asked = config.compute
    threads = LAUNCHES_AT_ONCE if asked.threads == "auto" else asked.threads
    width = 1 if asked.width == "auto" else asked.width
    at_once = width * min(threads, -(-sizes["realization"] // width))
    under_way = at_once * path_bytes(config)
    memory = PROGRAM + MODEL * sizes["municipality"] + under_way + RISK_COPIES * risk
    return Demand(
        disk=spool_bytes(sizes, all_paths) + estimate_bytes(sizes, all_paths), memory=round(memory)
    )


def room(folder: Path) -> Room:
    """What is there: free disk in a folder, available memory of the machine or of the group that it allows us."""
    return Room(shutil.disk_usage(folder).free, available_memory())


def require_room(config: Config, output: Path) -> None:
    """Refuse a run that does not fit, with what it needs, what is there and how many paths would fit.

    Args:
        config: the run.
        output: the file that it will write.

    Raises:
        InputErrors: nothing can be written there, or disk or memory do not suffice.
    """
    file = config.path.as_posix()
    wrong = _wrong_place(output)
    if wrong:
        place = "key output.file" if str(output) == config.output.file else "--out"
        raise InputErrors([Problem(file, place, wrong, "a file in a folder that can be written")])
    _refuse(config, room(output.parent))


def require_memory(config: Config) -> None:
    """Refuse a run that does not fit into memory, as :func:`require_room`.

    Raises:
        InputErrors: memory does not suffice.
    """
    _refuse(config, Room(None, available_memory()))


def _refuse(config: Config, there: Room) -> None:
    """Refuse what does not fit; what the system does not say fits."""
    needed, file, problems = demand_of(config), config.path.as_posix(), []
    for what, need, have in (
        ("disk", needed.disk, there.disk),
        ("memory", needed.memory, there.memory),
    ):
        if have is not None and need > have:
            found = f"{config.projection.paths} paths, which need {need:,} bytes of {what}; {have:,} are there"
            problems.append(Problem(file, "key projection.paths", found, _that_fit(config, there)))
    if problems:
        raise InputErrors(problems)


LONGEST_NAME = 255 - len(".tmp.4194304")
"""Of an output, whose name bears an ending while it is written; bytes."""


def _wrong_place(output: Path) -> str:
    """Why no file can be written at a path, whether or not one is there; empty where it can."""
    folder = output.parent
    try:
        if not folder.is_dir():
            return f"{str(output)!r}: the folder {folder} does not exist"
        if output.is_dir():
            return f"{str(output)!r}, which is a folder"
        if output.exists() and not output.is_file():
            return f"{str(output)!r}, which is no regular file"
        if output.is_symlink() and not output.exists():
            return f"{str(output)!r}, which is a link to nothing"
        if len(os.fsencode(output.name)) > LONGEST_NAME:
            return f"{str(output)[:100]!r}…, a name of more than {LONGEST_NAME} bytes"
    except (OSError, ValueError):
        return f"{str(output)[:100]!r}…, which is no file's name"
    return (
        ""
        if os.access(folder, os.W_OK | os.X_OK)
        else f"the folder {folder}, which is not writable"
    )


def _that_fit(config: Config, there: Room) -> str:
    """The largest number of paths that fits, in words."""

    def fits(paths: int) -> bool:
        needed = demand_of(config, paths)
        held = there.memory is None or needed.memory <= there.memory
        return held and (there.disk is None or needed.disk <= there.disk)

    low, high = 0, MOST_PATHS
    if not fits(low):
        return "a smaller set, fewer arrangements or years: no number of paths fits"
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return f"{low} paths at most"
