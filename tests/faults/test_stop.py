"""``pooling run`` stopped and resumed as a user does it: signals, exit statuses, messages, the same numbers at the end."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

import pooling
from example_country import EXAMPLE

EARLIER = b"an earlier result"
# Many chunks: on a slow machine a run of a few is done before the third signal arrives.
RUN = ("run", str(EXAMPLE), "--out", "out.nc", "--paths", "240")
SHORT = ("--set", "projection.last_year=2026")
TIMESTAMPS = {"history", "date_created", "wall_seconds"}
PRIVATE = "what-nobody-may-see"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A user with a home folder and a secret."""
    home = tmp_path_factory.mktemp("home-of-somebody")
    return {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home), "API_TOKEN": PRIVATE}


def start(
    environment: dict[str, str], folder: Path, *options: str, under: Sequence[str] = ()
) -> subprocess.Popen[str]:
    """``pooling run`` in a process of its own."""
    line = [*under, sys.executable, "-m", "pooling.cli", *RUN, *SHORT, *options]
    return subprocess.Popen(
        line,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def ends(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and what was said."""
    _, said = process.communicate(timeout=300)
    assert "Traceback" not in said, said
    return process.returncode, said


@pytest.fixture(scope="module")
def whole(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a run that nothing stops."""
    folder = tmp_path_factory.mktemp("whole")
    assert ends(start(environment, folder))[0] == 0
    return folder / "out.nc"


def wait(process: subprocess.Popen[str], until: Callable[[], bool]) -> None:
    """Return when something has happened, or the process has ended."""
    deadline = time.monotonic() + 200
    while not until() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)


def at_work(process: subprocess.Popen[str], folder: Path) -> None:
    """Return when the process has the folder of the run."""
    lock = folder / "out.nc.partial" / "lock"
    wait(process, lambda: lock.exists() and f'"pid": {process.pid},' in lock.read_text("ascii"))


def chunks(folder: Path) -> int:
    """Number of finished chunks."""
    return sum(path.suffix != ".tmp" for path in folder.glob("out.nc.partial/chunk-*"))


def same_numbers(found: Path, expected: Path) -> None:
    """Every variable bit for bit, every attribute but those of time."""
    with pooling.open(found) as a, pooling.open(expected) as b:
        assert list(a.variables) == list(b.variables)
        for name in b.variables:
            one, other = a[name].values, b[name].values
            assert one.dtype == other.dtype, name
            np.testing.assert_array_equal(one, other, err_msg=str(name))
            assert str(a[name].attrs) == str(b[name].attrs), name
        assert {k: v for k, v in a.attrs.items() if k not in TIMESTAMPS} == {
            k: v for k, v in b.attrs.items() if k not in TIMESTAMPS
        }


def test_stopped_by_everything_and_resumed(
    environment: dict[str, str], whole: Path, tmp_path: Path
):
    """Killed, interrupted, terminated, refused under another seed, killed while the file is written; then done."""
    output = tmp_path / "out.nc"
    output.write_bytes(EARLIER)
    stops = [
        (signal.SIGKILL, "chunk", -signal.SIGKILL, ""),
        (signal.SIGINT, "chunk", 130, "interrupted; no file was written"),
        (signal.SIGTERM, "chunk", 143, "terminated; no file was written"),
        (signal.SIGKILL, "file", -signal.SIGKILL, ""),
    ]
    for stop, moment, status, words in stops:
        process = start(environment, tmp_path, "--overwrite", "--resume")
        at_work(process, tmp_path)
        before = chunks(tmp_path)
        if moment == "chunk":
            wait(process, lambda before=before: chunks(tmp_path) > before)
        else:
            wait(process, lambda: any(tmp_path.glob("out.nc.tmp.*")))
        process.send_signal(stop)
        found, said = ends(process)
        assert found == status, said
        assert words in said and (not words or "--resume continues the run" in said)
        assert output.read_bytes() == EARLIER
        if status > 0:
            assert sorted(os.listdir(tmp_path)) == ["out.nc", "out.nc.partial"]
            assert not list((tmp_path / "out.nc.partial").glob("*.tmp"))
    status, said = ends(start(environment, tmp_path, "--overwrite", "--resume", "--seed", "8"))
    assert status == 2 and "out.nc.partial, projection.seed: found 8; allowed: 20250101" in said
    status, said = ends(start(environment, tmp_path, "--overwrite", "--resume"))
    assert status == 0, said
    assert os.listdir(tmp_path) == ["out.nc"]
    same_numbers(output, whole)


def test_a_file_knows_nothing_of_the_user(environment: dict[str, str], whole: Path):
    with pooling.open(whole) as dataset:
        text = str(dataset.attrs) + str([array.attrs for array in dataset.variables.values()])
    secrets = (
        PRIVATE,
        environment["HOME"],
        str(Path.home()),
        os.uname().nodename + "/",
        str(EXAMPLE),
    )
    assert not [each for each in secrets if each in text]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is absent")
def test_a_file_system_without_locks(environment: dict[str, str], whole: Path, tmp_path: Path):
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=flock"]
    process = start(environment, tmp_path, under=[*strace, "-e", "inject=flock:error=ENOLCK"])
    status, said = ends(process)
    if "ptrace" in said:
        pytest.skip("tracing is not permitted")
    assert status == 0, said
    same_numbers(tmp_path / "out.nc", whole)


def test_memory_that_is_not_there_is_missed_before_anything_is_compiled(
    environment: dict[str, str], tmp_path: Path
):
    cache = {**environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    line = f'ulimit -v 2300000; exec {sys.executable} -m pooling.cli "$@"'
    found = subprocess.run(
        ["bash", "-c", line, "bash", *RUN, *SHORT],
        cwd=tmp_path,
        env=cache,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2, found.stderr
    assert "bytes of memory" in found.stderr and "are there" in found.stderr
    assert not list(tmp_path.glob("out.nc*")) and not list(tmp_path.rglob("cache/**/*-cache"))


@pytest.mark.slow
def test_a_number_beyond_the_file_is_named_and_nothing_remains(
    environment: dict[str, str], tmp_path: Path
):
    """Wages whose yearly shocks have a standard deviation of 1 leave single precision in some path."""
    wild = [
        "economy.wages.national.sigma=1",
        "economy.wages.national.ar=0.999",
        "projection.last_year=2099",
    ]
    options = [part for each in wild for part in ("--set", each)]
    line = [sys.executable, "-m", "pooling.cli", *RUN, *options]
    found = subprocess.run(
        line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert found.returncode == 1, found.stderr
    place = r" is inf at realization \d+, scheme 1 \(\w+\), \w+ \d+ \([\w ]+\), year 20\d\d; "
    assert re.search(place, found.stderr), found.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_fifty_kills_at_random_moments(environment: dict[str, str], whole: Path, tmp_path: Path):
    """The run is resumed after every kill, and begun again when it was done before the kill came."""
    begin = time.monotonic()
    assert ends(start(environment, tmp_path))[0] == 0
    seconds = time.monotonic() - begin
    chance = random.Random(50)  # noqa: S311  moments, not secrets
    output = tmp_path / "out.nc"
    output.write_bytes(EARLIER)
    kills = 0
    while kills < 50:
        process = start(environment, tmp_path, "--overwrite", "--resume")
        at_work(process, tmp_path)
        time.sleep(chance.uniform(0, seconds / 2))
        process.kill()
        status, _ = ends(process)
        if status == 0:
            # The machine was busy when the first run was timed, or this one had little left to do.
            seconds *= 0.9
            same_numbers(output, whole)
            output.write_bytes(EARLIER)
            continue
        kills += 1
        if output.read_bytes() != EARLIER:
            # Killed between the rename and the removal of the folder.
            same_numbers(output, whole)
            output.write_bytes(EARLIER)
    assert ends(start(environment, tmp_path, "--overwrite", "--resume"))[0] == 0
    same_numbers(output, whole)
    assert os.listdir(tmp_path) == ["out.nc"]
