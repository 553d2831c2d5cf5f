"""Disk and memory that a run needs are known before it."""

from pathlib import Path

import pytest

from pooling import room
from pooling.errors import OutputError
from small_output import small_labels


def test_too_little_space_is_named(tmp_path: Path):
    room.require_free_space(tmp_path, 1)
    with pytest.raises(OutputError, match="MB are free"):
        room.require_free_space(tmp_path, 1e30)


def test_memory_grows_with_paths_under_way_and_little_with_their_number():
    one, two = (room.memory_of(small_labels(5), workers) for workers in (1, 2))
    many = room.memory_of(small_labels(1_000), 1)
    assert room.PROGRAM < one < two < 1.1 * room.PROGRAM
    assert one < many < 1.1 * one


def test_too_little_memory_is_named():
    room.require_memory(small_labels(5), 1)
    assert (room.available_memory() or 0) > room.PROGRAM
    with pytest.raises(OutputError, match=r"needs .* MB of memory, .* MB are available; fewer"):
        room.require_memory(small_labels(5), 10**12)
