"""Disk and memory that a run needs are known before it."""

from dataclasses import replace
from pathlib import Path

import pytest

from example_country import EXAMPLE
from pooling import demand, room
from pooling.assumptions import load_config
from pooling.errors import InputErrors, OutputError
from pooling.memory import available_memory


def test_too_little_space_is_named(tmp_path: Path):
    room.require_free_space(tmp_path, 1)
    with pytest.raises(OutputError, match="MB are free"):
        room.require_free_space(tmp_path, 1e30)


def test_memory_grows_with_paths_under_way_and_little_with_their_number():
    one, two = (needed(paths=5, threads=threads) for threads in (1, 2))
    assert demand.PROGRAM < one < two < 1.1 * demand.PROGRAM
    assert one < needed(paths=1_000, threads=1) < 1.2 * one


def test_the_paths_of_a_launch_are_under_way_together():
    by_threads, by_width = (
        needed(paths=99, threads=threads, width=8 // threads) for threads in (8, 1)
    )
    assert by_threads == by_width > needed(paths=99, threads=1)
    # A launch is whole even where fewer paths are left.
    assert needed(paths=1, threads=1, width=8) > needed(paths=1, threads=8)


def needed(paths: int, threads: int, width: int | str = "auto") -> int:
    """Memory of the example."""
    changes = {
        "projection.paths": paths,
        "compute.threads": threads,
        "compute.width": width,
    }
    return demand.demand_of(load_config(EXAMPLE, changes)).memory


def test_too_little_memory_is_named():
    config = load_config(EXAMPLE)
    demand.require_memory(config)
    assert (available_memory() or 0) > demand.PROGRAM
    greedy = replace(config, projection=config.projection.model_copy(update={"paths": 10**12}))
    with pytest.raises(InputErrors, match=r"bytes of memory; [\d,]+ are there; allowed: \d+ paths"):
        demand.require_memory(greedy)
