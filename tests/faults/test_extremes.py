"""Countries at the edge of what may be asked: a finite result, or a refusal that names the place, and then no file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pooling
from example_country import Rows, copy_of_example, edit
from pooling import cli

Change = tuple[str, Callable[[Rows], Rows]]


def columns(**values: str) -> Callable[[Rows], Rows]:
    return lambda rows: [{**row, **values} for row in rows]


def first_only(rows: Rows) -> Rows:
    """One person in the first row, nobody in the others."""
    return [{**row, "persons": str(int(k == 0))} for k, row in enumerate(rows)]


def without_people(province: str) -> Callable[[Rows], Rows]:
    def empty(rows: Rows) -> Rows:
        return [
            {**row, "persons": "0"} if row["municipality"].startswith(province) else row
            for row in rows
        ]

    return empty


def outcome(
    folder: Path, capsys: pytest.CaptureFixture[str], change: Change | None, *options: str
) -> tuple[int, str, Path]:
    """Exit status, messages and output of a run of the example over its 75 years and three paths."""
    run, status = copy_of_example(folder), 0
    if change:
        edit(run, *change)
    output = folder / "out.nc"
    try:
        cli.main(["run", str(run), "--paths", "3", "--out", str(output), *options])
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr().err
    assert "Traceback" not in said and "a fault of the program" not in said
    return status, said, output


REFUSED = {
    "growth of 200 % a year": (
        ("economy/central_path", columns(real_wage_growth="2.0")),
        "column real_wage_growth: found '2.0'; allowed: a number from -0.5 to 0.5",
    ),
    "one person": (
        ("population/census", first_only),
        "times the people of population/census",
    ),
    "nobody": (
        ("population/census", columns(persons="0")),
        "population/census.csv, column persons, year 2020: found nobody in 100000",
    ),
    "nobody in a province": (
        ("population/census", without_people("20")),
        "population/census.csv, column persons, year 2020: found nobody in 200000; "
        "allowed: people in every province",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
):
    change, said = REFUSED[case]
    status, message, output = outcome(tmp_path, capsys, change)
    assert status == 2 and said in message and not output.exists()


NO_RATES = [
    option
    for name in ("employer_rate", "employee_rate", "flexible_pooled_rate", "flexible_account_rate")
    for option in ("--set", f"schemes.employee_pension.rules.{name}=0")
]
VOLATILE = [
    option
    for driver in ("wages", "migration")
    for level in ("national", "province")
    for option in ("--set", f"economy.{driver}.{level}.sigma=1.0")
]
FINITE = {
    "growth of 50 % a year": (("economy/central_path", columns(real_wage_growth="0.5")), []),
    "deficits throughout": (None, NO_RATES),
    "volatility of 100 %": (None, VOLATILE),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", FINITE)
def test_the_edge_of_what_may_be_asked_is_finite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
):
    change, options = FINITE[case]
    status, message, output = outcome(tmp_path, capsys, change, *options)
    assert status == 0, message
    dataset = pooling.open(output)
    assert _finite(dataset)
    assert (dataset["population_municipality_central"] >= 0).all()
    assert (dataset["fund_balance"] >= 0).all()
    if case == "deficits throughout":
        assert not dataset["contributions"].isel(year=slice(1, None)).any()
        assert (dataset["deficit_subsidy"].isel(year=-1) > 0).any()


def _finite(dataset: xr.Dataset) -> bool:
    """All that may not be missing is a number; nothing is infinite."""
    for array in dataset.data_vars.values():
        if array.dtype.kind == "f" and "statistic" not in array.dims:
            required = array.attrs.get("may_be_missing") != "yes"
            if np.isinf(array).any() or (required and np.isnan(array).any()):
                return False
    return True
