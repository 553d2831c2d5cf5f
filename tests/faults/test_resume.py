"""A run that is stopped at any moment, by anything, leaves the earlier file and goes on to the same bits."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

import stopped_run
from pooling.errors import InputErrors, OutputError, OutputPathError, PoolingWarning
from pooling.partial import Partial
from pooling.spool import CHUNK

EARLIER = b"an earlier result"
SCRIPT = str(Path(stopped_run.__file__))


def strace_works() -> bool:
    """Whether there is strace and the system lets it trace."""
    strace = shutil.which("strace")
    if strace is None:
        return False
    line = [strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=none", "true"]
    return subprocess.run(line, capture_output=True, check=False).returncode == 0


needs_strace = pytest.mark.skipif(not strace_works(), reason="strace is absent or not permitted")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a run that nothing stops."""
    output = tmp_path_factory.mktemp("whole") / "out.nc"
    assert stopped_run.run(output) == list(range(stopped_run.PATHS + 1))
    assert os.listdir(output.parent) == ["out.nc"]
    return output.read_bytes()


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """An output that exists."""
    output = tmp_path / "out.nc"
    output.write_bytes(EARLIER)
    return output


def started(output: Path, *options: str, under: Sequence[str] = ()) -> subprocess.Popen[str]:
    """The run in a process of its own, without HDF5's locks as the command line has it."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "HDF5_USE_FILE_LOCKING": "FALSE",
    }
    line = [*under, sys.executable, SCRIPT, str(output), *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(line, env=environment, stdout=pipe, stderr=pipe, text=True)


def child(
    output: Path, *options: str, under: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """The run in a process of its own, to its end."""
    process = started(output, *options, under=under)
    said = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, *said)


def injected(output: Path, fault: str) -> subprocess.CompletedProcess[str]:
    """The run with a fault of the system: ``fsync:error=EIO:when=3`` and the like."""
    call = fault.partition(":")[0]
    strace = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        f"trace={call}",
        "-e",
    ]
    return child(output, under=[*strace, f"inject={fault}"])


def resumed(output: Path, expected: bytes) -> list[int]:
    """Go on where the run was stopped; the file is that of an undisturbed run and nothing else remains."""
    computed = stopped_run.run(output, resume=True)
    assert output.read_bytes() == expected
    assert os.listdir(output.parent) == [output.name]
    return computed


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A run that ended after its first two chunks, with an earlier output beside it."""
    output = tmp_path / "out.nc"
    output.write_bytes(EARLIER)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt) as caught:
        named = stopped_run.named

        def stop_late(path: int) -> dict:
            if path == 2 * CHUNK:
                raise KeyboardInterrupt
            return named(path)

        patch.setattr(stopped_run, "named", stop_late)
        stopped_run.run(output)
    assert any("--resume continues the run" in note for note in caught.value.__notes__)
    assert output.read_bytes() == EARLIER
    assert chunks(output) == ["chunk-00000", "chunk-00001"]
    return output


def chunks(output: Path) -> list[str]:
    """Names of what the folder holds of chunks, finished or not."""
    folder = output.with_name(f"{output.name}.partial")
    return sorted(path.name for path in folder.glob("chunk-*"))


def test_a_stopped_run_computes_only_what_is_missing(stopped: Path, expected: bytes):
    assert resumed(stopped, expected) == [2 * CHUNK, 2 * CHUNK + 1]


def test_there_may_be_nothing_to_resume(tmp_path: Path, expected: bytes):
    assert len(resumed(tmp_path / "out.nc", expected)) == stopped_run.PATHS + 1


def test_without_resume_a_run_starts_again(stopped: Path, expected: bytes):
    assert len(stopped_run.run(stopped)) == stopped_run.PATHS + 1
    assert stopped.read_bytes() == expected


def test_an_unfinished_run_is_not_thrown_away_unasked(stopped: Path):
    refusal = "holds an unfinished run; --resume continues it, --overwrite starts again"
    with (
        pytest.raises(OutputPathError, match=refusal) as caught,
        Partial(stopped, stopped_run.IDENTITY, discard=False),
    ):
        pass
    assert caught.value.exit_code == 2
    assert chunks(stopped) == ["chunk-00000", "chunk-00001"]


def test_another_run_is_refused_with_every_field_that_differs(stopped: Path, expected: bytes):
    other = {"projection.seed": 8, "options.interest": 0.02}
    with pytest.raises(InputErrors) as caught:
        stopped_run.run(stopped, resume=True, identity=other)
    assert caught.value.exit_code == 2
    assert [(e.place, e.found, e.allowed) for e in caught.value.problems] == [
        ("options.interest", "0.02", "nothing"),
        ("projection.seed", "8", "7"),
    ]
    assert len(resumed(stopped, expected)) == 2


def flip(file: Path) -> None:
    """One bit in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (flip, "damaged"),
        (lambda file: os.truncate(file, 100), "damaged"),
        (lambda file: file.write_bytes(b""), "damaged"),
        (Path.unlink, "missing"),
    ],
    ids=["bit", "short", "empty", "absent"],
)
def test_a_damaged_chunk_is_computed_again(stopped: Path, expected: bytes, damage, word: str):
    damage(stopped.with_name("out.nc.partial") / "chunk-00001")
    with pytest.warns(PoolingWarning, match=f"chunk-00001: {word}; its paths are computed again"):
        assert resumed(stopped, expected) == list(range(CHUNK, stopped_run.PATHS + 1))


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"format": 0}', b'{"format": 1}', b"\xff\x00"]
)
def test_a_damaged_manifest_starts_the_run_again(stopped: Path, expected: bytes, content: bytes):
    (stopped.with_name("out.nc.partial") / "manifest.json").write_bytes(content)
    with pytest.warns(PoolingWarning, match="cannot be read; the run starts again"):
        assert len(resumed(stopped, expected)) == stopped_run.PATHS + 1


def test_a_run_that_nobody_will_resume_leaves_nothing(tmp_path: Path):
    output = tmp_path / "out.nc"
    with pytest.raises(KeyboardInterrupt) as caught, Partial(output, None) as partial:
        partial.temporary("chunk-00000").write_bytes(b"numbers")
        partial.finish("chunk-00000")
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == [] and not hasattr(caught.value, "__notes__")


def test_what_somebody_else_keeps_there_stays(stopped: Path, expected: bytes):
    notes = stopped.with_name("out.nc.partial") / "notes.txt"
    notes.write_text("mine")
    stopped_run.run(stopped, resume=True)
    assert stopped.read_bytes() == expected
    assert os.listdir(notes.parent) == ["notes.txt"]


def test_the_manifest_says_nothing_of_the_user(stopped: Path):
    manifest = (stopped.with_name("out.nc.partial") / "manifest.json").read_text("ascii")
    assert set(json.loads(manifest)) == {"format", "run", "chunks"}
    assert str(stopped.parent) not in manifest and str(Path.home()) not in manifest


# Locks


def test_two_runs_on_one_output(stopped: Path, expected: bytes):
    with Partial(stopped, stopped_run.IDENTITY, resume=True):
        second = child(stopped, "--resume")
    assert second.returncode == 2, second.stderr
    assert (
        f"process {os.getpid()} on " in second.stderr and "is writing this output" in second.stderr
    )
    assert stopped.read_bytes() == EARLIER
    resumed(stopped, expected)


@needs_strace
@pytest.mark.parametrize("holder", ["none", "dead", "alive", "elsewhere"])
def test_where_a_file_system_knows_no_locks_the_holder_decides(
    stopped: Path, expected: bytes, holder: str
):
    lock = stopped.with_name("out.nc.partial") / "lock"
    gone = subprocess.Popen(["true"])
    gone.wait()
    host, pid = os.uname().nodename, {"dead": gone.pid}.get(holder, os.getpid())
    if holder != "none":
        where = "another-machine" if holder == "elsewhere" else host
        lock.write_text(json.dumps({"pid": pid, "host": where}))
    found = injected(stopped, "flock:error=ENOLCK")
    if holder in ("none", "dead"):
        assert found.returncode == 0, found.stderr
        assert stopped.read_bytes() == expected
    else:
        assert found.returncode == 2, found.stderr
        assert f"if that process is no more, remove {lock}" in found.stderr
        assert stopped.read_bytes() == EARLIER


# Faults of the system


def check_survival(output: Path, expected: bytes, ended: subprocess.CompletedProcess[str]) -> None:
    """Either the run was done before the fault, or the earlier file is there; then it can be resumed."""
    assert "Traceback" not in ended.stderr, ended.stderr
    assert output.read_bytes() in (EARLIER, expected)
    if ended.returncode == 0:
        assert output.read_bytes() == expected
    resumed(output, expected)


QUICK_KILLS = ["rename:signal=SIGKILL:when=4", "fsync:signal=SIGKILL:when=9"]
KILLS = [
    *(f"fsync:signal=SIGKILL:when={count}" for count in range(1, 13)),
    *(f"rename:signal=SIGKILL:when={count}" for count in range(1, 7)),
    *(f"unlink:signal=SIGKILL:when={count}" for count in range(1, 7)),
    *(
        f"pwrite64:signal=SIGKILL:when={count}"
        for count in (1, 2, 50, 700, 1500, 2500, 8000, 15000)
    ),
]


@needs_strace
@pytest.mark.parametrize(
    "fault", [*QUICK_KILLS, *(pytest.param(each, marks=pytest.mark.slow) for each in KILLS)]
)
def test_killed_at_a_system_call(earlier: Path, expected: bytes, fault: str):
    check_survival(earlier, expected, injected(earlier, fault))


@pytest.mark.slow
def test_fifty_kills_at_random_moments(earlier: Path, expected: bytes):
    """The run goes on after every kill, and begins again when it was done before the kill came."""
    chance = random.Random(50)  # noqa: S311  moments, not secrets
    begin = time.monotonic()
    assert child(earlier).returncode == 0
    longest = time.monotonic() - begin
    earlier.write_bytes(EARLIER)
    kills = 0
    while kills < 50:
        process = started(earlier, "--resume")
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(longest / 4, longest))
        process.kill()
        _, said = process.communicate()
        assert not said and process.returncode in (0, -signal.SIGKILL), said
        if process.returncode == 0:
            # The machine was busy when the first run was timed, or this one had little left to do.
            longest *= 0.9
        else:
            kills += 1
        if earlier.read_bytes() != EARLIER:
            assert earlier.read_bytes() == expected
            earlier.write_bytes(EARLIER)
    resumed(earlier, expected)


QUICK_ERRORS = [
    "fsync:error=EIO:when=5",
    "rename:error=EIO:when=3",
    "pwrite64:error=ENOSPC:when=900+",
    "pwrite64:error=EIO:when=100",
]
ERRORS = [
    *(f"fsync:error=EIO:when={count}" for count in range(1, 13)),
    *(f"rename:error=EIO:when={count}" for count in range(1, 7)),
    *(f"pwrite64:error=ENOSPC:when={count}+" for count in (1, 2, 60, 1700, 2100, 8000)),
    *(f"pwrite64:error=EIO:when={count}" for count in (1, 1000, 1900, 2500, 8000, 15000)),
    "fallocate:error=ENOSPC:when=1",
    "mkdir:error=EROFS:when=1",
]


@needs_strace
@pytest.mark.parametrize(
    "fault", [*QUICK_ERRORS, *(pytest.param(each, marks=pytest.mark.slow) for each in ERRORS)]
)
def test_a_system_call_that_fails(earlier: Path, expected: bytes, fault: str):
    ended = injected(earlier, fault)
    reason = {"EIO": "Input/output error", "ENOSPC": "No space left", "EROFS": "Read-only"}
    word = reason[re.findall("E[A-Z]+", fault)[0]]
    # HDF5 keeps the reason to itself; a failure after the rename leaves the new file.
    said = (
        word in ended.stderr or "could not be written" in ended.stderr or "was not" in ended.stderr
    )
    assert ended.returncode == 0 or (ended.returncode == 1 and said), ended.stderr
    check_survival(earlier, expected, ended)


@pytest.mark.parametrize("kilobytes", [1, 20, 60, 120, 300])
def test_a_limit_on_the_size_of_a_file(earlier: Path, expected: bytes, kilobytes: int):
    ended = child(earlier, under=["bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "bash"])
    assert ended.returncode == 1 and "File too large" in ended.stderr, ended.stderr
    assert earlier.read_bytes() == EARLIER
    resumed(earlier, expected)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 300 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def remount(disk: Path, option: str) -> None:
    """Change a file system that is in use."""
    subprocess.run(["mount", "-o", f"remount,{option}", str(disk)], check=True)


def test_a_disk_that_is_full_until_there_is_room(disk: Path, expected: bytes):
    output = disk / "out.nc"
    output.write_bytes(EARLIER)
    ended = child(output)
    assert ended.returncode == 1 and "No space left on device" in ended.stderr, ended.stderr
    assert output.read_bytes() == EARLIER
    # The disk may have had room for a chunk, but not for its name in the manifest: then it is not finished.
    manifest = json.loads((disk / "out.nc.partial" / "manifest.json").read_text())
    kept = len(manifest["chunks"])
    assert kept >= 1 and "--resume continues the run" in ended.stderr
    assert all(not name.endswith(".tmp") for name in chunks(output))
    remount(disk, "size=20m")
    assert len(resumed(output, expected)) == max(0, stopped_run.PATHS + 1 - kept * CHUNK)


def test_a_disk_that_may_only_be_read(disk: Path):
    output = disk / "out.nc"
    output.write_bytes(EARLIER)
    remount(disk, "ro")
    try:
        with pytest.raises(OutputError, match="Read-only file system"):
            stopped_run.run(output)
        assert os.listdir(disk) == ["out.nc"] and output.read_bytes() == EARLIER
    finally:
        remount(disk, "rw")


# Order of what reaches the disk


@needs_strace
def test_a_power_failure_finds_everything_in_order(earlier: Path):
    """No file has its name before its content is on the disk, nor is it relied on before its name is."""
    log = earlier.with_name("log")
    calls = "trace=pwrite64,write,ftruncate,fsync,rename,unlink"
    line = ["strace", "-f", "-y", "-qq", "-s", "0", "-o", str(log), "-e", calls]
    assert child(earlier, under=line).returncode == 0
    changed: set[str] = set()
    unsynced_names: set[str] = set()
    renamed = 0
    for call, text in re.findall(r"^\d+ +(\w+)\((.*)", log.read_text("utf-8"), re.MULTILINE):
        paths = [os.path.abspath(path) for path in re.findall(r'[<"](/[^">]+)[">]', text)]
        if not paths or not paths[0].startswith(str(earlier.parent)):
            continue
        if call in ("pwrite64", "write", "ftruncate"):
            changed.add(paths[0])
        elif call == "fsync":
            changed.discard(paths[0])
            unsynced_names -= {name for name in unsynced_names if os.path.dirname(name) == paths[0]}
        elif call == "rename":
            renamed += 1
            assert paths[0] not in changed, f"{paths[0]} is renamed before it is durable"
            assert not unsynced_names, f"{unsynced_names} may be lost when {paths[1]} is not"
            unsynced_names.add(paths[1])
        elif call == "unlink" and paths[0].endswith("manifest.json"):
            assert not unsynced_names, "the work is removed before the output has its name"
    assert renamed == 1 + 2 * 3 + 1 and not unsynced_names
