"""The self-test: it passes here, it notices what is planted, its stored run is current."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import numpy as np
import pytest
import xarray as xr

import pooling
from pooling.errors import InstallationError
from pooling.opening.build import open_model
from pooling.proof import reference
from pooling.proof.self_test import (
    SelfTest,
    Verdict,
    calm_paths_are_central,
    file_gives_it_back,
    money_is_conserved,
    paths_keep_their_numbers,
    people_are_conserved,
    reference_run,
    small_run,
)
from pooling.proof.shipped import example_run, places

ROUNDING = 1e-12


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[xr.Dataset]:
    """The run of the self-test; compiled programs go to a folder of the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield reference_run()
    jax.config.update("jax_compilation_cache_dir", None)


def test_the_stored_run_is_current(dataset: xr.Dataset):
    """If results are meant to have changed: ``python -m pooling.proof.reference``."""
    agreed = reference.digits_agreed(reference.totals_of(dataset), reference.stored())
    assert agreed and min(agreed.values()) >= 11, agreed


def spoiled(dataset: xr.Dataset, name: str, factor: float) -> xr.Dataset:
    """The results with the last number of the largest year of one variable changed."""
    values = dataset[name].values.copy()
    place = np.unravel_index(np.argmax(np.abs(values)), values.shape)
    values[place] *= factor
    return dataset.assign({name: (dataset[name].dims, values, dataset[name].attrs)})


def failures(verdicts: list[Verdict]) -> list[str]:
    return [each.law for each in verdicts if not each.holds]


MONEY = {
    "fund_balance": ["every fund's account closes"],
    "opening_balance": ["every fund's account closes", "a year opens with the balance it was left"],
    "pensions_central": ["every fund's account closes", "pooling levels agree in sums"],
    "interest": ["every fund's account closes"],
    "net_transfer_province": ["transfers sum to zero"],
    "contributors_central": ["pooling levels agree in sums"],
}


@pytest.mark.parametrize("name", MONEY)
def test_a_ten_thousandth_of_a_millionth_too_much_is_noticed(dataset: xr.Dataset, name: str):
    assert failures(list(money_is_conserved(dataset, ROUNDING))) == []
    found = failures(list(money_is_conserved(spoiled(dataset, name, 1 + 1e-10), ROUNDING)))
    assert found == MONEY[name]


def test_a_number_that_is_none_is_noticed(dataset: xr.Dataset):
    for name in ("pensions_central", "net_transfer_cash_province"):
        broken = spoiled(dataset, name, np.nan)
        assert failures(list(money_is_conserved(broken, ROUNDING))) != []


def test_people_from_nowhere_are_noticed(dataset: xr.Dataset):
    config = small_run()
    opening = open_model(config)
    assert people_are_conserved(config, opening, dataset, ROUNDING).holds
    more = spoiled(dataset, "population_municipality", 1 + 1e-10)
    assert not people_are_conserved(config, opening, more, ROUNDING).holds


def test_a_changed_bit_is_noticed(dataset: xr.Dataset):
    central = dataset.isel(realization=[0, 0, 0]).assign_coords(realization=[0, 1, 2])
    fewer = dataset.isel(realization=slice(0, 2))
    assert calm_paths_are_central(dataset, central).holds
    assert paths_keep_their_numbers(dataset, fewer).holds
    for name in ("contributions", "fund_balance"):
        bit = 1 + np.finfo(float).eps
        assert not calm_paths_are_central(dataset, spoiled(central, name, bit)).holds
        assert not paths_keep_their_numbers(dataset, spoiled(fewer, name, bit)).holds


def test_stochastic_paths_are_not_the_central_one(dataset: xr.Dataset):
    assert not calm_paths_are_central(dataset, dataset).holds


def test_the_file_is_what_was_held(dataset: xr.Dataset):
    assert file_gives_it_back(dataset).holds


@pytest.mark.parametrize(
    ("found", "stored", "expected"),
    [
        (1.0, 1.0, 16.0),
        (0.0, 0.0, 16.0),
        (1.001, 1.0, 3.0004),
        (-1.0, 1.0, 0.0),
        (np.nan, 1.0, 0.0),
        (5e11, 5e11 + 500, 9.0),
    ],
)
def test_digits(found: float, stored: float, expected: float):
    assert reference.digits(found, stored) == pytest.approx(expected, abs=1e-3)


def test_totals_that_one_run_lacks_do_not_agree():
    first, second = ("a", "1", "", "0", "2025"), ("a", "1", "", "0", "2026")
    assert reference.digits_agreed({first: 1.0}, {first: 1.0, second: 2.0}) == {"a": 0.0}
    assert reference.digits_agreed({("b",): 1.0}, {}) == {"b": 0.0}


@pytest.mark.parametrize(("left", "agreed"), [(2e-6, 16.0), (0.2, 0.301)])
def test_what_is_left_of_terms_that_cancel_is_zero(left: float, agreed: float):
    # Half of the money moved is collected and half paid, 1e11 in all: a rounding is at most 0.1.
    year = ("1", "", "0", "2034")
    moved = {(name, *year): 0.5e11 for name in ("contributions", "benefits")}
    flow = ("redistribution_flow", "1", "current", "0", "2034")
    found = reference.digits_agreed({**moved, flow: left / 2}, {**moved, flow: left})
    assert found["redistribution_flow"] == pytest.approx(agreed, abs=1e-3)
    # Of collected money nothing is a rounding.
    small = {("contributions", *year): left}
    assert reference.digits_agreed(small, dict.fromkeys(small, 2 * left))[
        "contributions"
    ] == pytest.approx(0.301, abs=1e-3)


def test_the_text_says_what_failed():
    holds, fails = Verdict("people", True, "gap 0"), Verdict("money", False, "gap 1")
    good = SelfTest({"device": "cpu"}, (holds,), {"benefits": 12.0}, 9.0)
    assert good.holds and good.text().endswith("self-test passed")
    for verdicts, digits, said in (
        ((holds, fails), 12.0, "  money (gap 1)"),
        ((holds,), 8.5, "  benefits agrees in 8.5 digits with the stored run, 9 are needed"),
        ((holds,), np.nan, "  benefits agrees in nan digits with the stored run, 9 are needed"),
    ):
        bad = SelfTest({}, verdicts, {"benefits": digits}, 9.0)
        assert not bad.holds and bad.text().splitlines()[-2:] == ["self-test FAILED:", said]


def test_without_the_example_nothing_passes(tmp_path: Path):
    assert example_run(places()).is_file()
    with pytest.raises(InstallationError, match="the example country is not there"):
        example_run([tmp_path])


def command(folder: Path, change: Callable[[Path], None]) -> subprocess.CompletedProcess[str]:
    """``pooling self-test`` of a copy of the package, changed, in a clone of its own."""
    source = Path(pooling.__path__[0])
    shutil.copytree(
        source, folder / "src" / "pooling", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(source.parents[1] / "assumptions", folder / "assumptions")
    change(folder)
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    line = [sys.executable, "-m", "pooling.cli", "self-test"]
    return subprocess.run(line, capture_output=True, text=True, env=environment, cwd=folder)


def cheaper_pensions(folder: Path) -> None:
    """A formula that is wrong in the seventh digit."""
    file = folder / "src" / "pooling" / "schemes" / "pension_formula.py"
    text = file.read_text("utf-8")
    assert "(0.5 * accrual)" in text
    file.write_text(text.replace("(0.5 * accrual)", "(0.5000001 * accrual)"), "utf-8")


def no_example(folder: Path) -> None:
    (folder / "assumptions" / "runs" / "example.toml").unlink()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (lambda folder: None, 0, "self-test passed"),
        (cheaper_pensions, 1, "self-test FAILED"),
        (no_example, 1, "the example country is not there"),
    ],
)
def test_the_command_tells_by_its_exit_status(
    tmp_path: Path, change: Callable[[Path], None], status: int, said: str
):
    result = command(tmp_path, change)
    assert result.returncode == status, result.stderr
    assert said in (result.stdout + result.stderr).replace("\n", " ")
    assert "Traceback" not in result.stderr
