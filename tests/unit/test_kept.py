"""Programs that later processes find: the same bits, nothing traced, and never another program."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import pooling
from example_country import EXAMPLE, SEED, SHORT, example
from pooling import package
from pooling.kept import Kept, exported, key_of
from pooling.projection import Run
from pooling.tracing import PROGRAMS

TINY = {**SHORT, "projection.last_year": 2026, "projection.paths": 1}
TRACED = {"project_launch", "name_launch", "tables_for"}


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """An empty folder, for a process that begins now."""
    folder = tmp_path / "traced"
    folder.mkdir()
    return Kept(folder, time.time())


@contextmanager
def traced() -> Iterator[set[str]]:
    """Names of what is traced meanwhile, by a process that remembers nothing."""
    jax.clear_caches()
    found: set[str] = set()

    def listen(event: str, _: float, **about: object) -> None:
        if event.endswith("jaxpr_trace_duration"):
            found.add(str(about.get("fun_name")))

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        yield found
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)


def results(folder: Path, kept: Kept | None) -> xr.Dataset:
    """A run into a file."""
    output = folder / "a.nc"
    pooling.run_to_file(EXAMPLE, output, TINY, kept=kept, overwrite=True)
    return pooling.open(output).load()


def assert_same_bits(one: xr.Dataset, other: xr.Dataset) -> None:
    """All variables."""
    assert set(one.variables) == set(other.variables)
    for name in one.variables:
        np.testing.assert_array_equal(one[name].values, other[name].values, err_msg=name)


def test_a_second_process_traces_nothing_and_has_the_same_bits(tmp_path: Path, kept: Kept):
    plain = results(tmp_path, None)
    with traced() as first:
        assert_same_bits(results(tmp_path, kept), plain)
    assert first >= TRACED
    assert {file.name[-4:] for file in kept.folder.iterdir()} == {each[-4:] for each in PROGRAMS}
    with traced() as second:
        assert_same_bits(results(tmp_path, kept), plain)
    assert not second & TRACED


def cut_off(file: Path) -> None:
    """As after a full disk."""
    file.write_bytes(file.read_bytes()[:-7])


def changed(file: Path) -> None:
    """One bit."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def emptied(file: Path) -> None:
    """As after a power failure."""
    file.write_bytes(b"")


def another(file: Path) -> None:
    """A whole program under the name of another."""
    other = next(each for each in file.parent.iterdir() if each != file)
    shutil.copy(other, file)


def removed(file: Path) -> None:
    """By somebody who clears up."""
    file.unlink()


@pytest.fixture
def doubled() -> jax.export.Exported:
    """A small program."""
    return exported(jax.jit(lambda x: {"y": 2 * x}).trace(jnp.ones(3)), "cpu")


@pytest.mark.parametrize("damage", [cut_off, changed, emptied, another, removed])
def test_what_is_not_whole_is_not_found_and_written_anew(
    kept: Kept, doubled: jax.export.Exported, damage: Callable[[Path], None]
):
    for name in ("a", "b"):
        kept.keep("key", name, doubled)
    found = kept.find("key", ("a", "b"))
    assert found is not None
    np.testing.assert_array_equal(found["a"].call(jnp.arange(3.0))["y"], [0, 2, 4])
    damage(kept.folder / "key-a")
    assert kept.find("key", ("a", "b")) is None
    kept.keep("key", "a", doubled)
    assert kept.find("key", ("a", "b")) is not None


def test_a_folder_that_cannot_be_written_holds_nothing(doubled: jax.export.Exported):
    nowhere = Kept(Path("/dev/null/traced"), time.time())
    nowhere.keep("key", "a", doubled)
    assert nowhere.find("key", ("a",)) is None


def test_files_newer_than_the_process_may_not_be_what_it_runs(
    kept: Kept, doubled: jax.export.Exported
):
    older = Kept(kept.folder, package.last_change() - 1)
    older.keep("key", "a", doubled)
    assert not list(kept.folder.iterdir())
    kept.keep("key", "a", doubled)
    assert kept.find("key", ("a",)) is not None and older.find("key", ("a",)) is None


def test_with_a_measure_of_ones_own_nothing_is_kept(kept: Kept, doubled: jax.export.Exported):
    kept.keep("key", "a", doubled)
    pooling.register(
        "own", lambda named: named["outgo"], unit="currency", formula="-", dims=("year",)
    )
    try:
        kept.keep("key", "b", doubled)
        assert kept.find("key", ("a",)) is None
    finally:
        pooling.unregister("own")
    assert [file.name for file in kept.folder.iterdir()] == ["key-a"]


def test_a_program_is_kept_under_all_that_tracing_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    opening = example()[1]
    run, lanes = Run(opening.model, opening.state, SEED), jnp.zeros(1, jnp.int32)
    key = key_of((run, lanes), "cpu")
    assert key == key_of((Run(opening.model, opening.state, SEED + 1), lanes), "cpu")
    ring = opening.model.rings.work
    others = [
        key_of((run, lanes), "cuda"),
        key_of((run, jnp.zeros(2, jnp.int32)), "cpu"),
        key_of((run, jnp.zeros(1, jnp.int64)), "cpu"),
        key_of((ring,), "cpu"),
        key_of((type(ring)(ring.first + 1, ring.size),), "cpu"),
    ]
    copy = tmp_path / "pooling"
    shutil.copytree(package.ROOT, copy)
    monkeypatch.setattr(package, "ROOT", copy)
    assert key == key_of((run, lanes), "cpu")
    (copy / "once.py").write_text((copy / "once.py").read_text("utf-8") + "\n", "utf-8")
    others.append(key_of((run, lanes), "cpu"))
    monkeypatch.undo()
    before = jax.config.jax_default_matmul_precision
    jax.config.update("jax_default_matmul_precision", "float32")
    others.append(key_of((run, lanes), "cpu"))
    jax.config.update("jax_default_matmul_precision", before)
    assert len({key, *others}) == len(others) + 1
