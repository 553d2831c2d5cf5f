"""The command line's verdict: the same from ``check`` and ``run``, in every locale, before anything heavy is imported."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from pooling import cli, demand
from pooling.assumptions import load_config
from pooling.errors import InputErrors
from pooling.labels import labels_of
from small_set import EXAMPLE, SetCopy

RUN = "runs/example.toml"


def verdict(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit status and message of a command."""
    status = 0
    try:
        cli.main(arguments)
    except SystemExit as end:
        status = int(end.code or 0)
    return status, capsys.readouterr().err


# Each: file of the set and text to replace, or nothing; options; a part of the message.
REFUSED = {
    "value out of range": (("set.toml", "2024-12-31", "2024-06-30"), (), "allowed: a 31 December"),
    "unsupported terms": (
        ("pooling/arrangements.toml", 'within = "nation"\nlevy', 'within = "province"\nlevy'), (), "levy 'auto' is solved",
    ),
    "value without effect": (None, ("--set", "schemes.employee_pension.rules.indexation=3"), "has no effect"),
    "unknown path": (None, ("--set", "options.intrest=0.03"), "did you mean 'interest'?"),
    "no assignment": (None, ("--set", "options.interest"), "is no assignment"),
    "two lines in an assignment": (None, ("--set", "title=1\noverlays=[]"), "has several lines"),
    "nested assignment": (None, ("--set", "title=" + "[" * 5000), "--set: found"),
    "number of thousands of digits": (None, ("--set", "projection.seed=" + "9" * 5000), "no value of a sane size"),
    "value twice": (None, ("--set", "options.interest=0.02", "--set", "options.interest=0.03"), "allowed: each value once"),
    "paths twice": (None, ("--set", "projection.paths=2", "--paths", "3"), "--set, projection.paths: found another value"),
    "negative paths": (None, ("--paths", "-1"), "found -1; allowed: a number of 0 or more"),
    "folder of the output": (None, ("--out", "nowhere/a.nc"), "the folder nowhere does not exist"),
    "output that is a folder": (None, ("--out", "example"), "which is a folder"),
    "endless name of the output": (None, ("--out", "a" * 300 + ".nc"), "which is no file's name"),
    "output in a variable": (None, ("--set", "output.file=$HOME/a.nc"), "the folder $HOME does not exist"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_check_and_run_give_the_same_verdict(
    copy: SetCopy, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    spoiled, options, part = REFUSED[case]
    if spoiled:
        copy.replace(*spoiled)
    before = sorted(copy.folder.iterdir())
    checked = verdict(capsys, "check", RUN, *options)
    assert checked[0] == 2 and part in checked[1], checked
    assert verdict(capsys, "run", RUN, *options) == checked
    assert sorted(copy.folder.iterdir()) == before


@pytest.mark.parametrize("what", ["disk", "memory"])
def test_a_run_that_does_not_fit_is_told_how_many_paths_would(
    copy: SetCopy, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    config = copy.load()
    fitting = demand.demand_of(config, 100)
    room = {"disk": 10**15, "memory": 10**15} | {what: getattr(fitting, what)}
    monkeypatch.setattr(demand, "room", lambda _: demand.Room(**room))
    needed, there = getattr(demand.demand_of(config, 5000), what), room[what]
    expected = (
        "pooling: 1 problem in the inputs\n"
        f"  {RUN}, key projection.paths: found 5000 paths, which need {needed:,} bytes of {what}; "
        f"{there:,} are there; allowed: 100 paths at most\n"
    )
    for command in ("check", "run"):
        assert verdict(capsys, command, RUN, "--paths", "5000") == (2, expected)
    assert verdict(capsys, "check", RUN, "--paths", "100")[0] == 0


def test_where_nothing_fits_no_number_of_paths_is_named(
    copy: SetCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demand, "room", lambda _: demand.Room(disk=1, memory=None))
    with pytest.raises(InputErrors, match="no number of paths fits"):
        demand.require_room(copy.load(), Path("a.nc"))


@pytest.mark.parametrize("all_paths", [False, True])
def test_sizes_are_those_of_the_labels(all_paths: bool) -> None:
    every = ["municipal", "regional", "provincial_adjustment", "stepwise", "current", "national"]
    config = load_config(EXAMPLE, {"arrangements": every, "output.all_paths": all_paths})
    assert demand.sizes_of(config) == labels_of(config).sizes()


def test_more_paths_need_more(copy: SetCopy) -> None:
    config = copy.load()
    needs = [demand.demand_of(config, paths) for paths in (0, 1, 10, 1000)]
    assert all(a.disk < b.disk and a.memory < b.memory for a, b in pairwise(needs))


def test_a_fault_of_the_program_is_one_line_without_debug(
    copy: SetCopy, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> SimpleNamespace:
        raise TypeError("broken\x1b[2J")

    monkeypatch.setattr(cli, "_load", fails)
    status, said = verdict(capsys, "check", RUN)
    assert status == 1
    assert (
        said
        == r"pooling: a fault of the program: TypeError: broken\x1b[2J; --debug shows where" + "\n"
    )
    status, said = verdict(capsys, "check", RUN, "--debug")
    assert status == 1 and "Traceback" in said and said.endswith("shows where\n")


def test_debug_shows_the_way_to_a_mistake_with_the_same_status(
    copy: SetCopy, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = verdict(capsys, "--debug", "check", RUN, "--paths", "-1")
    assert status == 2 and "Traceback" in said
    assert said.endswith(verdict(capsys, "check", RUN, "--paths", "-1")[1])


@pytest.mark.parametrize("arguments", [("run",), ("walk",), ("check", RUN, "--pahts", "3")])
def test_what_is_no_command_ends_with_status_2(
    copy: SetCopy, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert verdict(capsys, *arguments)[0] == 2


@pytest.mark.parametrize("command", ["check", "run"])
def test_messages_are_utf8_in_the_c_locale_and_nothing_heavy_is_imported(
    copy: SetCopy, command: str
) -> None:
    """Without the interpreter's own help for such locales; the report of a good set as well."""
    copy.replace("provinces.csv", "甲州", "甲州,乙")
    code = (
        "import sys\n"
        "from pooling.cli import main\n"
        "try: main()\n"
        "finally: assert not {'jax', 'xarray', 'netCDF4'} & set(sys.modules)\n"
    )
    said = set()
    for locale in ("C", "POSIX", "C.UTF-8"):
        env = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        done = subprocess.run(
            [sys.executable, "-c", code, command, RUN], env=env, capture_output=True, check=False
        )
        assert done.returncode == 2, done.stderr
        said.add(done.stderr.decode("utf-8"))
    (text,) = said
    assert "row 2: found 4 cells; allowed: 3 cells" in text and "Traceback" not in text


def test_the_report_is_utf8_in_the_c_locale(copy: SetCopy) -> None:
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "pooling.cli", "check", RUN],
        env=env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "…" in done.stdout.decode("utf-8")
