"""The data-quality report."""

from pathlib import Path

import pytest

from pooling.assumptions import load_config, quality_report
from pooling.assumptions.quality import Check
from small_set import EXAMPLE, SetCopy


def test_the_example_agrees_with_itself() -> None:
    report = quality_report(load_config(EXAMPLE))
    assert len(report.checks) >= 19
    assert all(check.agrees for check in report.checks)
    assert max(abs(check.difference) for check in report.checks) < 1e-12
    assert [grade for grade, count in report.grades.items() if count] == ["D"]
    assert not report.remarks


def test_tables_are_listed_with_repairs_and_gaps() -> None:
    tables = {table.name: table for table in quality_report(load_config(EXAMPLE)).tables}
    assert tables["population/national"].missing == 2
    assert tables["schemes/accounts"].repairs[0].startswith("Balances before 2024")
    assert tables["economy/wage_age"].status == "ILLUSTRATIVE"


def test_differences_are_told(tmp_path: Path) -> None:
    copy = SetCopy(tmp_path)
    copy.replace("population/national.csv", "2020,9000", "2020,10000")
    copy.replace("schemes/accounts_national.csv", "2024,4400.0,3200.0", "2024,4500.0,3200.0")
    copy.replace("migration/stock.csv", "100000,200000,20000,14000", "100000,200000,20000,21000")
    copy.replace("economy/economy.toml", "value = 0.6\n", "value = 0.9\n")
    copy.replace("sources.toml", "[authors]", "[nobody]\n" + SOURCE + "\n[authors]")
    report = quality_report(copy.load())
    wrong = {check.name: check.difference for check in report.checks if not check.agrees}
    assert wrong == pytest.approx(
        {
            "census 2020: municipalities against the nation": -0.1,
            "accounts: active and retirees against insured (worst of 21)": 4400 / 4500 - 1,
        }
    )
    assert report.remarks == (
        "economy.wages.national.ar = 0.9 is outside its declared range 0.3 to 0.8",
        "migration/stock: 1 of 6 cells outside low to high",
        "sources.toml: nothing cites nobody",
    )
    assert "-10.000%  DIFFERS by more than 1.0%" in report.text()


SOURCE = """citation = "x"
address = "y"
accessed = 2026-01-01
licence = "z"
grade = "B"
"""


def test_a_set_without_a_national_line(tmp_path: Path) -> None:
    copy = SetCopy(tmp_path)
    copy.path("schemes/accounts_national.csv").unlink()
    listing = copy.path("schemes/tables.toml").read_text(encoding="utf-8")
    start, rest = listing.split("[accounts_national]")
    copy.path("schemes/tables.toml").write_text(
        start + "[reference_wage]" + rest.split("[reference_wage]", 1)[1], encoding="utf-8"
    )
    report = quality_report(copy.load())
    assert not any(check.name.startswith("accounts") for check in report.checks)


@pytest.mark.parametrize(
    ("found", "expected", "difference"),
    [(99.0, 100.0, -0.01), (0.0, 0.0, 0.0), (1.0, 0.0, float("inf"))],
)
def test_difference(found: float, expected: float, difference: float) -> None:
    assert Check("x", found, expected, 0.02).difference == pytest.approx(difference)
