"""Commands as a user runs them: exit statuses, messages without tracebacks, the whole way to a file."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pooling
from example_country import EXAMPLE

SHORT = ("--set", "projection.last_year=2026", "--paths", "2")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The user's environment with a cache folder of the test."""
    return {**os.environ, "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")), "COLUMNS": "120"}


def command(
    environment: dict[str, str], folder: Path, *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run ``pooling`` with these arguments in a folder."""
    line = [sys.executable, "-m", "pooling.cli", *map(str, arguments)]
    result = subprocess.run(
        line, capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    assert "Traceback" not in result.stderr + result.stdout
    return result


@pytest.fixture(scope="module")
def finished(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A run of two years and two paths, and its file."""
    folder = tmp_path_factory.mktemp("run")
    result = command(environment, folder, "run", EXAMPLE, *SHORT, "--seed", "7", "--out", "a.nc")
    return result, folder / "a.nc"


def test_a_run_ends_with_tables_and_a_file(
    finished: tuple[subprocess.CompletedProcess[str], Path],
):
    result, file = finished
    assert result.returncode == 0, result.stderr
    assert "municipal" in result.stdout and "a.nc" in result.stdout
    dataset = pooling.open(file)
    assert dataset.sizes["realization"] == 3
    assert dataset["year"].values.tolist() == [2025, 2026]
    assert dataset.attrs["seed"] == "7"
    assert np.isfinite(dataset["fund_balance"]).all()
    assert list(file.parent.iterdir()) == [file], "something was left beside the output"


def test_a_command_keeps_its_programs_for_the_next(
    environment: dict[str, str], finished: tuple[subprocess.CompletedProcess[str], Path]
):
    folder = Path(environment["XDG_CACHE_HOME"]) / "pooling" / "traced"
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert [name.partition("-")[2] for name in sorted(before)] == ["names", "projection", "tables"]
    out = finished[1].with_name("again.nc")
    result = command(environment, out.parent, "run", EXAMPLE, *SHORT, "--seed", "7", "--out", out)
    assert result.returncode == 0, result.stderr
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before
    with pooling.open(out) as again, pooling.open(finished[1]) as first:
        assert again.equals(first)
    out.unlink()


def test_whoever_calls_a_command_from_python_may_have_changed_the_package(
    environment: dict[str, str], tmp_path: Path
):
    cache = tmp_path / "cache"
    given = ["run", str(EXAMPLE), "--set", "projection.last_year=2025", "--paths", "0"]
    code = f"from pooling.cli import main; main({[*given, '--out', 'a.nc']!r})"
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**environment, "XDG_CACHE_HOME": str(cache)},
        check=True,
    )
    assert (tmp_path / "a.nc").exists() and list(cache.glob("pooling/compiled/*"))
    assert not list(cache.glob("pooling/traced/*"))


def test_compare_prints_differences_and_writes_all_of_them(
    environment: dict[str, str], finished: tuple[subprocess.CompletedProcess[str], Path]
):
    folder = finished[1].parent
    given = ("compare", "a.nc", "--arrangement", "current", "--against", "provincial")
    result = command(environment, folder, *given)
    assert result.returncode == 0, result.stderr
    assert "current less provincial" in result.stdout and "redistribution_flow" in result.stdout
    out = folder.parent / "difference.nc"
    assert command(environment, folder, *given, "--out", out).returncode == 0
    written = pooling.open(out)
    balance = written["fund_balance"].sel(difference="mean")
    provinces = pooling.select(pooling.open(finished[1]), arrangement=["current", "provincial"])
    sides = [pooling.select(provinces, arrangement=key) for key in ("current", "provincial")]
    paths = [side["fund_balance"].values[:, :, 1:].mean(axis=2) for side in sides]
    np.testing.assert_allclose(balance, paths[0] - paths[1], rtol=1e-9, atol=1e-3)
    assert command(environment, folder, *given, "--out", out).returncode == 2
    itself = command(environment, folder, "compare", "a.nc", "--arrangement", "current")
    assert itself.returncode == 2 and "compared with itself" in itself.stderr


def test_cohorts_end_with_a_table_and_a_file(environment: dict[str, str], tmp_path: Path):
    # Sixty years, so that some cohort joins and retires within them.
    given = ("cohorts", EXAMPLE, "--set", "projection.last_year=2084", "--out", "c.nc")
    result = command(environment, tmp_path, *given)
    assert result.returncode == 0, result.stderr
    assert "migrant" in result.stdout and "money's worth" in result.stdout
    assert "c.nc" in result.stdout
    written = pooling.open(tmp_path / "c.nc")
    assert written["history_name"].values.tolist() == ["all", "stayer", "migrant"]
    complete = written["complete"].values[0, :, 0] == 1
    assert np.isfinite(written["money_worth_nation"].values[0, complete, 0]).all()
    assert command(environment, tmp_path, *given).returncode == 2


def test_describe_says_what_a_file_holds(
    environment: dict[str, str], finished: tuple[subprocess.CompletedProcess[str], Path]
):
    result = command(environment, finished[1].parent, "describe", "a.nc")
    assert result.returncode == 0 and "fund_balance" in result.stdout
    assert command(environment, finished[1].parent, "describe", "b.nc").returncode == 2


def test_an_existing_output_is_kept_before_anything_is_computed(
    environment: dict[str, str], finished: tuple[subprocess.CompletedProcess[str], Path]
):
    file = finished[1]
    before = file.read_bytes()
    result = command(environment, file.parent, "run", EXAMPLE, *SHORT, "--out", "a.nc")
    assert result.returncode == 2 and "exists already" in result.stderr
    assert file.read_bytes() == before


def test_overwrite_replaces_it(
    environment: dict[str, str], finished: tuple[subprocess.CompletedProcess[str], Path]
):
    file = finished[1]
    arguments = ("--seed", "7", "--out", "copy.nc")
    copy = file.with_name("copy.nc")
    copy.write_bytes(b"earlier")
    result = command(environment, file.parent, "run", EXAMPLE, *SHORT, *arguments, "--overwrite")
    assert result.returncode == 0, result.stderr
    again, first = pooling.open(copy), pooling.open(file)
    copy.unlink()
    for name in first.data_vars:
        np.testing.assert_array_equal(again[name], first[name], err_msg=name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "nowhere.toml"), "nowhere.toml"),
        (("check", "nowhere.toml"), "nowhere.toml"),
        (("run", EXAMPLE, "--set", "projection.pahts=3"), "paths"),
        (("run", EXAMPLE, "--set", "projection.paths=many"), "paths"),
        (("run", EXAMPLE, "--set", "projection.last_year=2500"), "2100"),
        (("run", EXAMPLE, "--set", "nonsense"), "nonsense"),
        (("run", EXAMPLE, "--paths", "-1"), "paths"),
        (("run", EXAMPLE, "--out", "missing/a.nc"), "missing"),
    ],
)
def test_mistakes_of_the_user_end_with_status_2(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str | Path, ...], message: str
):
    result = command(environment, tmp_path, *arguments)
    assert result.returncode == 2, result.stderr + result.stdout
    assert message in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments", [("run",), ("walk",), ("run", EXAMPLE, "--pahts", "3")])
def test_an_unknown_command_or_option_is_no_success(
    environment: dict[str, str], tmp_path: Path, arguments: tuple[str | Path, ...]
):
    assert command(environment, tmp_path, *arguments).returncode in (1, 2)


def test_failures_of_the_machine_end_with_status_1(
    environment: dict[str, str], tmp_path: Path, finished: tuple[object, Path]
):
    """A disk that is full when the file is written (here: a limit on the size of a file)."""
    line = (
        f"ulimit -f 8; exec {sys.executable} -m pooling.cli run {EXAMPLE} "
        "--set projection.last_year=2026 --paths 2 --seed 7 --out a.nc"
    )
    result = subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_check_prints_the_quality_of_the_inputs(environment: dict[str, str], tmp_path: Path):
    result = command(environment, tmp_path, "check", EXAMPLE)
    assert result.returncode == 0, result.stderr
    assert "population/census" in result.stdout


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import pooling", {"jax", "xarray", "numpy"}),
        ("import pooling; pooling.load", {"jax", "xarray"}),
        ("from pooling.cli import app; app(['--help'], exit_on_error=False)", {"jax", "xarray"}),
        (f"from pooling.cli import app; app(['check', {str(EXAMPLE)!r}])", {"jax", "xarray"}),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(
    environment: dict[str, str], tmp_path: Path, statement: str, absent: set[str]
):
    code = (
        "import sys\n"
        f"try:\n    {statement}\nexcept SystemExit as end:\n    assert not end.code\n"
        f"found = {sorted(absent)!r}\n"
        "print(*(name for name in found if name in sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert result.returncode == 0 and not result.stderr.strip(), result.stderr


def test_help_and_version(environment: dict[str, str], tmp_path: Path):
    help_text = command(environment, tmp_path, "--help")
    assert help_text.returncode == 0
    assert all(name in help_text.stdout for name in ("run", "check", "describe"))
    version = command(environment, tmp_path, "--version")
    assert version.returncode == 0 and pooling.__version__ in version.stdout
