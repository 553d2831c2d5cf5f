"""Countries at the edge of what may be asked: a finite result, or a refusal that names the place, and then no file."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import pooling
from example_country import Rows, copy_of_example, edit
from pooling import cli

Change = tuple[str, Callable[[Rows], Rows]]


def rows_where(chosen: Callable[[dict[str, str]], bool], **values: str) -> Callable[[Rows], Rows]:
    """Other values in some rows of a table."""
    return lambda rows: [{**row, **values} if chosen(row) else row for row in rows]


def columns(**values: str) -> Callable[[Rows], Rows]:
    return rows_where(lambda _: True, **values)


def first_only(rows: Rows) -> Rows:
    """One person in the first row, nobody in the others."""
    return [{**row, "persons": str(int(k == 0))} for k, row in enumerate(rows)]


def without_people(place: str) -> Callable[[Rows], Rows]:
    return rows_where(lambda row: row["municipality"].startswith(place), persons="0")


def without_retirees(province: str) -> Callable[[Rows], Rows]:
    """A fund that has begun where nobody draws a pension yet."""
    return rows_where(lambda row: row["province"] == province, retirees="0", expenditure="0")


def without_workers(municipality: str) -> Callable[[Rows], Rows]:
    """Hardly anybody there is 20 to 54 years old; the split by product per head hands it members all the same."""
    ages = {"20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54"}
    return rows_where(
        lambda row: row["municipality"] == municipality and row["age_group"] in ages, persons="50"
    )


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
    "wages of one year": (
        ("economy/national_wage", lambda rows: rows[-1:]),
        "economy/national_wage.csv, column year: found 1 year; allowed: two years at least",
    ),
    "reference wages that end early": (
        ("schemes/reference_wage", lambda rows: [r for r in rows if int(r["year"]) < 2023]),
        "schemes/reference_wage.csv, column year: found no year after 2022, which is prolonged by one",
    ),
    "fewer insured than draw": (
        ("schemes/resident_pension_accounts", columns(insured="100")),
        "column recipients, province 100000, year ",
    ),
    "more recipients than insured": (
        ("schemes/unemployment_national", columns(recipients="4000")),
        "column recipients, year 2023: found 4e+06, which is ",
    ),
    "one tier for all": (
        ("pooling/tiers", columns(central_share="0.5")),
        "subsidy_anchor: the tiers of the provinces are those of ",
    ),
    "births without mothers": (
        ("demography/fertility", columns(total_fertility="0")),
        "the tables leave no number for levers.vital.mortality at [0], ",
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


SPARSE = {
    "a municipality without people": ("population/census", without_people("100200")),
    "a province without pensioners": ("schemes/accounts", without_retirees("100000")),
}


@pytest.mark.parametrize("case", SPARSE)
def test_where_nobody_is_there_is_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
):
    options = ("--set", "projection.last_year=2029")
    status, message, output = outcome(tmp_path, capsys, SPARSE[case], *options)
    assert status == 0 and "warning" not in message, message
    dataset = pooling.open(output)
    assert _finite(dataset)
    if case == "a municipality without people":
        first = dataset.sel(municipality=100200).isel(year=0)
        assert not first["contributors_municipality_central"].any()
    else:
        drawn = dataset["beneficiaries_province_central"].sel(province=100000).isel(scheme=0)
        # In the first year those draw who retire in it; more every year.
        assert (drawn.diff("year") > 0).all()


def test_more_members_than_residents_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    run = copy_of_example(tmp_path)
    edit(run, "population/census", without_workers("100100"))
    with pytest.raises(SystemExit):
        cli.main(["opening", str(run)])
    said = capsys.readouterr().out
    assert re.search(r"warning: members over residents of their ages: .*First City \d", said), said


def _finite(dataset: xr.Dataset) -> bool:
    """All that may not be missing is a number; nothing is infinite."""
    for array in dataset.data_vars.values():
        if array.dtype.kind == "f" and "statistic" not in array.dims:
            required = array.attrs.get("may_be_missing") != "yes"
            if np.isinf(array).any() or (required and np.isnan(array).any()):
                return False
    return True
