"""Whatever happens while a file is written, an earlier file survives, no half file has its name."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import xarray as xr

from pooling import netcdf
from pooling.errors import OutputError, OutputPathError
from pooling.partial import Partial
from small_output import small_dataset

EARLIER = b"an earlier result"


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    path = tmp_path / "out.nc"
    path.write_bytes(EARLIER)
    return path


def only_the_earlier_file(path: Path) -> bool:
    """Whether the folder holds the earlier file, unchanged, and nothing else."""
    return os.listdir(path.parent) == [path.name] and path.read_bytes() == EARLIER


def run_child(script: str, path: Path, **options) -> subprocess.Popen:
    """Start Python with a script that knows ``path`` and the small Dataset."""
    opening = "from small_output import small_dataset\nfrom pooling import netcdf\n"
    opening += f"path = {str(path)!r}\n"
    # The tests' own import path: the child is another process.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", opening + textwrap.dedent(script)]
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_an_existing_output_is_refused(earlier):
    with pytest.raises(OutputPathError, match=r"out\.nc: exists already") as caught:
        netcdf.save(small_dataset(), earlier)
    assert caught.value.exit_code == 2
    assert only_the_earlier_file(earlier)


def test_an_existing_output_is_replaced_on_request_while_somebody_reads_it(tmp_path):
    path = tmp_path / "out.nc"
    netcdf.save(small_dataset(2), path)
    with netcdf.open(path, lazy=True) as reader:
        netcdf.save(small_dataset(5), path, overwrite=True)
        xr.testing.assert_identical(reader.load(), small_dataset(2))
    xr.testing.assert_identical(netcdf.open(path), small_dataset(5))


@pytest.mark.parametrize(
    ("name", "words"), [("absent/out.nc", "does not exist"), ("", "is a folder")]
)
def test_an_impossible_place_is_the_users_mistake(tmp_path, name, words):
    with pytest.raises(OutputPathError, match=words) as caught:
        netcdf.save(small_dataset(), tmp_path / name)
    assert caught.value.exit_code == 2


def test_a_folder_without_permission_is_the_users_mistake(tmp_path, monkeypatch):
    # The superuser may write anywhere: ask the question, give the answer that another user gets.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputPathError, match="is not writable") as caught:
        netcdf.save(small_dataset(), tmp_path / "out.nc")
    assert caught.value.exit_code == 2


def test_a_permission_withdrawn_during_the_run_is_the_users_mistake(earlier, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OutputPathError, match="Permission denied"):
        netcdf.save(small_dataset(), earlier, overwrite=True)
    assert only_the_earlier_file(earlier)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(OutputPathError, match="is not writable"):
            netcdf.save(small_dataset(), tmp_path / "out.nc")
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.parametrize("kilobytes", [1, 64, 200, 800])
def test_a_disk_that_fills_leaves_the_earlier_file(earlier, kilobytes):
    script = f"""
        import resource, sys
        from pooling.errors import OutputError
        dataset = small_dataset()
        resource.setrlimit(resource.RLIMIT_FSIZE, ({kilobytes} * 1024,) * 2)
        try:
            netcdf.save(dataset, path, overwrite=True)
        except OutputError as error:
            print(error)
            sys.exit(error.exit_code)
    """
    child = run_child(script, earlier)
    output, errors = child.communicate(timeout=120)
    assert child.returncode == 1, (output, errors)
    assert "out.nc: could not be written: [Errno 27] File too large" in output
    assert "MB are free" in output
    assert only_the_earlier_file(earlier)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_system_call_leaves_the_earlier_file(earlier, monkeypatch, call):
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(OutputError, match="Input/output error") as caught:
        netcdf.save(small_dataset(), earlier, overwrite=True)
    assert caught.value.exit_code == 1
    assert only_the_earlier_file(earlier)


def test_a_file_that_was_written_wrongly_is_found_on_reading_back(earlier, monkeypatch):
    encode = netcdf._encode

    def coarse(name, array):
        encoding = encode(name, array)
        return encoding | ({"significant_digits": 3} if name == "fund_balance" else {})

    monkeypatch.setattr(netcdf, "_encode", coarse)
    with pytest.raises(OutputError, match="fund_balance was not written as it is in memory"):
        netcdf.save(small_dataset(), earlier, overwrite=True)
    assert only_the_earlier_file(earlier)


@pytest.mark.parametrize("part", ["province_name_zh", "seed"])
def test_a_label_or_attribute_that_was_lost_is_found_on_reading_back(earlier, monkeypatch, part):
    write = netcdf._write

    def lose(dataset, temporary):
        other = dataset.assign_attrs(seed="0")
        if part == "province_name_zh":
            other = dataset.assign_coords(province_name_zh=("province", ["", "广东省"]))
        write(other, temporary)

    monkeypatch.setattr(netcdf, "_write", lose)
    with pytest.raises(OutputError, match=r"(province_name_zh was|attributes were) not written"):
        netcdf.save(small_dataset(), earlier, overwrite=True)
    assert only_the_earlier_file(earlier)


def test_a_file_that_appears_during_the_run_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "out.nc"
    verify = netcdf._verify

    def meanwhile(dataset, temporary):
        verify(dataset, temporary)
        path.write_bytes(EARLIER)

    monkeypatch.setattr(netcdf, "_verify", meanwhile)
    with pytest.raises(OutputPathError, match="appeared while"):
        netcdf.save(small_dataset(), path)
    assert only_the_earlier_file(path)


@pytest.mark.parametrize("moment", ["first bytes", "written", "verified"])
def test_kill_while_writing_leaves_the_earlier_file(earlier, moment):
    """SIGKILL when the temporary file appears, when it is whole, just before it gets its name."""
    hold = {"first bytes": "", "written": "netcdf._verify", "verified": "netcdf._publish"}[moment]
    script = "import time\n"
    script += f"{hold} = lambda *_: (print('held', flush=True), time.sleep(60))\n" if hold else ""
    script += "netcdf.save(small_dataset(20, True), path, overwrite=True)\n"
    child = run_child(script, earlier)
    try:
        if hold:
            assert child.stdout is not None and child.stdout.readline() == "held\n"
        else:
            wait_for_temporary(earlier, child)
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.communicate()
    assert earlier.read_bytes() == EARLIER
    assert len(os.listdir(earlier.parent)) == 2
    with Partial(earlier, {}):
        pass
    assert only_the_earlier_file(earlier)
    netcdf.save(small_dataset(), earlier, overwrite=True)
    xr.testing.assert_identical(netcdf.open(earlier), small_dataset())


def wait_for_temporary(path: Path, child: subprocess.Popen) -> None:
    """Return as soon as the child has begun its temporary file."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.poll() is None:
        if list(path.parent.glob("out.nc.tmp.*")):
            return
        time.sleep(0.001)
    raise AssertionError("the child wrote no temporary file")


def test_an_interrupt_removes_the_temporary_file(earlier, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(netcdf, "_verify", interrupt)
    with pytest.raises(KeyboardInterrupt):
        netcdf.save(small_dataset(), earlier, overwrite=True)
    assert only_the_earlier_file(earlier)
