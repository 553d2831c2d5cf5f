"""Tables as offices and spreadsheets leave them: each way is told apart, none is read as something else."""

import gzip
import pickle
import warnings
from collections.abc import Callable

import pytest

from pooling.assumptions.files import MOST_BYTES
from small_set import SetCopy, messages

TIERS = "pooling/tiers.csv"
CENSUS = "population/census.csv"
REGISTRATION = "population/registration.csv"
ACCOUNTS = "schemes/accounts.csv"
DISTANCE = "migration/distance.csv"
STOCK = "migration/stock.csv"
FLOW = "migration/flow.csv"


# Each: file, what stands there, what is put there, parts of the only message.
CELLS = {
    "negative in brackets": (
        REGISTRATION, "120000", "(120000)",
        ["row 2, column elsewhere_same_county: found '(120000)'", "a negative number has a minus sign"],
    ),
    "wide digits": (REGISTRATION, "120000", "１２００００", ["row 2", "found '１２００００'", "plain digits"]),
    "typographic minus": (REGISTRATION, "120000", "−120000", ["row 2", "a plain minus sign"]),
    "sign of percent": (TIERS, "0.1", "10%", ["row 2, column central_share", "its unit stands in tables.toml"]),
    "ten thousands in words": (REGISTRATION, "120000", "12万", ["row 2", "its unit stands in tables.toml"]),
    "a word for missing": (REGISTRATION, "120000", "N/A", ["'N/A'", "every cell of the column has a number"]),
    "a dash for missing": (REGISTRATION, "120000", "—", ["'—'", "every cell of the column has a number"]),
    "dots for missing where blank is allowed": (
        ACCOUNTS, "616.1", "…", ["row 2, column active", "or nothing", "leave the cell empty"],
    ),
    "formula": (REGISTRATION, "120000", "=SUM(A1:A3)", ["found '=SUM(A1:A3)'", "a formula: save its value"]),
    "formula as a name": ("provinces.csv", "Firstland", "=HYPERLINK(1)", ["row 2, column name: found a formula"]),
    "hexadecimal": (REGISTRATION, "120000", "0x1d4c0", ["found '0x1d4c0'"]),
    "number too large for anything": (
        ACCOUNTS, "20.98", "1e305",
        ["row 2, column revenue: found '1e305'; allowed: a number from 0 to 1e+18 (currency) or nothing"],
    ),
    "metres for kilometres": (
        DISTANCE, "280,1", "280000,1",
        ["row 3, column distance: found '280000'; allowed: a number from 0 to 20100 (km)"],
    ),
    "row of totals": (
        TIERS, "300000,0.8\n", "300000,0.8\n合计,1\n",
        ["row 5, column province: found '合计'", "a table has no rows of totals"],
    ),
    "footnote": (
        TIERS, "300000,0.8\n", "300000,0.8\n注：数据来自年鉴\n",
        ["row 5: found 1 cell; allowed: 2 cells; notes belong into tables.toml"],
    ),
    "footnote with separators": (
        TIERS, "300000,0.8\n", "300000,0.8\nSource: yearbook,0\n", ["row 5", "notes belong into tables.toml"],
    ),
    "row of empty cells": (TIERS, "300000,0.8\n", "300000,0.8\n,\n", ["row 5: found a row of empty cells"]),
    "age in Chinese": (CENSUS, "male,0-4,", "male,0-4岁,", ["found '0-4岁'", "did you mean '0-4'?"]),
    "open age group in Chinese": (
        CENSUS, "100100,2020,male,85+", "100100,2020,male,85岁及以上", ["found '85岁及以上'", "did you mean '85+'?"],
    ),
    "open age group with a sign": (
        CENSUS, "100100,2020,male,85+", "100100,2020,male,≥85", ["found '≥85'", "did you mean '85+'?"],
    ),
    "age group that became a date": (
        CENSUS, "male,5-9,", "male,9-May,", ["row 3, column age_group: found '9-May'", "a spreadsheet made a date of it"],
    ),
    "age group that became a Chinese date": (
        CENSUS, "male,5-9,", "male,5月9日,", ["found '5月9日'", "a spreadsheet made a date of it"],
    ),
    "sex in Chinese": (CENSUS, "male,0-4", "男,0-4", ["found '男'; allowed: male, female; did you mean 'male'?"]),
    "sex as a letter": (CENSUS, "male,0-4", "F,0-4", ["found 'F'; allowed: male, female; did you mean 'female'?"]),
    "sex as a number": (CENSUS, "male,0-4", "1,0-4", ["found '1'; allowed: male, female"]),
    "code in scientific notation": (
        TIERS, "100000,", "1.00E+05,", ["found '1.00E+05'", "a spreadsheet made a number of it"],
    ),
    "code with decimals": (
        TIERS, "100000,", "100000.0,", ["did you mean '100000'?", "a spreadsheet made a number of it"],
    ),
    "code of twelve digits": (CENSUS, "100100,", "100100000000,", ["found '100100000000'", "did you mean '100100'?"]),
    "name for a code": (CENSUS, "100100,", "First City,", ["found 'First City'", "did you mean '100100'?"]),
    "Chinese name for a code": (TIERS, "100000,", "甲州,", ["found '甲州'", "did you mean '100000'?"]),
    "code in wide digits": (TIERS, "100000,", "１０００００,", ["did you mean '100000'?"]),
    "code that no longer exists": (
        CENSUS, "100100,", "100199,", ["row 2, column municipality: found '100199'; allowed: a code of municipalities.csv"],
    ),
    "code with a space": (TIERS, "100000,", "100000 ,", ["did you mean '100000'?", "no spaces around it"]),
    "municipality and province exchanged": (
        "municipalities.csv", "100100,100000", "100000,100100",
        ["row 2, column province: found '100100'; allowed: a code of provinces.csv"],
    ),
    "municipality with two parents": (
        "municipalities.csv", "100200,100000", "100100,200000",
        ["row 3, column municipality: found 100100, as in row 2; allowed: each code once"],
    ),
    "municipality in two pools": (
        "pooling/regions.csv", "100100,1,West,西部\n", "100100,1,West,西部\n100100,2,East,东部\n",
        ["row 3, column municipality: found 100100, as in row 2; allowed: each code once"],
    ),
    "code of thousands of digits": (TIERS, "100000,", "9" * 5000 + ",", ["row 2", "a code of provinces.csv"]),
    "own code of thousands of digits": ("provinces.csv", "100000,", "9" * 5000 + ",", ["a positive code"]),
    "year of thousands of digits": ("population/national.csv", "2020,", "9" * 5000 + ",", ["a year from 1900 to 2200"]),
    "age of thousands of digits": ("economy/wage_age.csv", "male,40,", f"male,{'9' * 5000},", ["an age from 0 to 100"]),
    "control character in a name": (
        "provinces.csv", "Firstland", "First\x1b[2Jland", [r"or a control character in 'First\x1b"],
    ),
    "mark of direction in a name": ("provinces.csv", "Firstland", "First\u202eland", [r"'First\u202eland'"]),
    "line break in a name": ("provinces.csv", "Firstland", '"First\nland"', [r"'First\nland'"]),
    "line break in a number": (REGISTRATION, "120000", '"120000\n"', [r"'120000\n'"]),
    "endless cell": (TIERS, "0.1", "1" * 200_000, ["found an endless cell"]),
    "two marks of UTF-8": (DISTANCE, "280,1", "280,1,", ["row 3: found 5 cells; allowed: 4 cells"]),
    "distance that differs back": (
        DISTANCE, "100000,200000,280", "100000,200000,380",
        ["column distance, origin 100000, destination 200000: found 380, but 280 in the other direction"],
    ),
    "border that is half a border": (DISTANCE, "0,0\n", "0,1\n", ["column border, origin 100000, destination 100000"]),
    "matrix that is not square": (
        DISTANCE, "100000,200000,280,1\n", "", ["found no row for origin 100000, destination 200000"],
    ),
    "negative distance": (DISTANCE, "280,1", "-280,1", ["row 3, column distance: found '-280'"]),
    "range of migrants upside down": (
        STOCK, "20000,14000,26000", "20000,26000,14000",
        ["column low, origin 100000, residence 200000: found 26000; allowed: at most high = 14000"],
    ),
    "stock turned over": (
        STOCK, "origin,residence", "residence,origin",
        ["column persons: found sums by residence that miss", "origin and residence the other way round"],
    ),
    "flows turned over in one period": (
        FLOW, "origin,destination", "destination,origin", ["origin and destination the other way round"],
    ),
    "wage of a month for that of a year": (
        "economy/national_wage.csv", "2024,76000", "2024,6333", ["economy/national_wage of the same year"],
    ),
    "heads times ten thousand": (
        ACCOUNTS, "200000,2024,1050,", "200000,2024,10500000,", ["column active", "compare the units in tables.toml"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CELLS)
def test_spoilt_cell(copy: SetCopy, case: str) -> None:
    file, old, new, parts = CELLS[case]
    copy.replace(file, old, new)
    found = messages(copy)
    for part in parts:
        assert any(part in message and message.startswith("example/") for message in found), found
    assert all(message.isprintable() and len(message) < 2000 for message in found)


# Each: table list, what stands there, what is put there, a part of the first message.
UNITS = {
    "money in hundred millions said to be in units": (
        "schemes/tables.toml", 'revenue = "100m currency"', 'revenue = "currency"', "active times economy/national_wage",
    ),
    "people in ten thousands said to be persons": (
        "population/tables.toml", 'population_31dec = "thousand persons"', 'population_31dec = "persons"',
        "times the people of population/census",
    ),
    "wage of a month said to be of a year": (
        "economy/tables.toml", 'average_wage = "currency/month"', 'average_wage = "currency/year"',
        "times economy/national_wage of the same year",
    ),
    "unit in Chinese": (
        "population/tables.toml", 'persons = "persons"', 'persons = "万人"', "did you mean '10k persons'?",
    ),
    "percent said to be a fraction": (
        "demography/tables.toml", 'share = "percent"', 'share = "fraction"', "looks like percent, the unit says fraction",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNITS)
def test_unit_that_does_not_fit_the_figures(copy: SetCopy, case: str) -> None:
    file, old, new, part = UNITS[case]
    copy.replace(file, old, new)
    found = messages(copy)
    assert part in found[0] or part in found[-1], found[:3]


def test_a_figure_at_the_end_of_floating_point_is_told_without_a_warning(copy: SetCopy) -> None:
    """A ratio to 28.19e-321 (hundred millions) is infinite: said like others, and nothing beside it."""
    copy.replace("schemes/accounts.csv", "30.16,28.19,89.54", "30.16,28.19e-321,89.54")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = messages(copy)
    place = "example/schemes/accounts.csv, column balance, province 100000, year 2007"
    assert any(
        message.startswith(place) and "inf times the expenditure" in message for message in found
    ), found


def _bytes(file: str, change: Callable[[bytes], bytes]) -> Callable[[SetCopy], None]:
    def spoil(copy: SetCopy) -> None:
        copy.path(file).write_bytes(change(copy.path(file).read_bytes()))

    return spoil


BYTES = {
    "gzip": (gzip.compress, "found a file packed by gzip"),
    "workbook": (lambda _: b"PK\x03\x04" + bytes(30), "found an Excel workbook or another zip file"),
    "pickle": (lambda _: pickle.dumps({"province": 1}), "found a Python pickle"),
    "NetCDF": (lambda _: b"\x89HDF\r\n\x1a\n" + bytes(30), "found a NetCDF or HDF5 file"),
    "old NetCDF": (lambda _: b"CDF\x01" + bytes(30), "found a NetCDF file"),
    "huge": (lambda b: b + b"\n" * MOST_BYTES[".csv"], "allowed: at most 33,554,432 bytes"),
    "other commas": (lambda b: b.replace(b",", "，".encode()), "found columns separated by '，'"),
    "bars": (lambda b: b.replace(b",", b"|"), "found columns separated by '|'"),
    "title above the header": (lambda b: "表1 中央分担\n".encode() + b, "found the unknown column '表1 中央分担'"),
    "comment above the header": (lambda b: b"# note\n" + b, "found the unknown column '# note'"),
    "empty line above the header": (lambda b: b"\n" + b, "found no column 'province'"),
    "header with spaces": (lambda b: b.replace(b",c", b", c"), "did you mean 'central_share'?"),
    "two marks of UTF-8": (lambda b: b"\xef\xbb\xbf" * 2 + b, r"found the unknown column '\ufeffprovince'"),
    "cut in the middle": (lambda b: b[: len(b) // 2], "found"),
}  # fmt: skip


@pytest.mark.parametrize("case", BYTES)
def test_file_that_is_no_table(copy: SetCopy, case: str) -> None:
    change, part = BYTES[case]
    _bytes(TIERS, change)(copy)
    found = messages(copy)
    assert all(message.startswith("example/pooling/tiers.csv") for message in found)
    assert any(part in message for message in found), found


def test_old_line_ends_are_fine(copy: SetCopy) -> None:
    before = copy.load().assumptions.tables["pooling/tiers"].values["central_share"].tolist()
    _bytes(TIERS, lambda content: content.replace(b"\n", b"\r"))(copy)
    assert (
        copy.load().assumptions.tables["pooling/tiers"].values["central_share"].tolist() == before
    )


def test_order_of_rows_and_columns_does_not_matter(copy: SetCopy) -> None:
    before = copy.load().assumptions.tables["migration/stock"].values["persons"].tolist()
    header, *rows = copy.path(STOCK).read_text().splitlines()
    turned = [",".join(line.split(",")[::-1]) for line in (header, *reversed(rows))]
    copy.path(STOCK).write_text("\n".join(turned) + "\n")
    assert str(copy.load().assumptions.tables["migration/stock"].values["persons"].tolist()) == str(
        before
    )


def test_keys_that_span_more_than_memory(copy: SetCopy) -> None:
    """A small file may name many years and age groups: their combinations are counted before they are laid out."""
    lines = ["municipality,year,sex,age_group,persons"]
    lines += [
        f"100100,{1900 + k % 299},male,{k % 50}-{k % 50 + k // 50 % 50},1" for k in range(10_000)
    ]
    copy.path(CENSUS).write_text("\n".join(lines))
    assert any("combinations; allowed: 5,000,000 at most" in message for message in messages(copy))


def test_a_million_wrong_cells_are_told_quickly(copy: SetCopy) -> None:
    rows = "".join(f"{code},0.1\n" for code in range(500_000, 600_000))
    copy.path(TIERS).write_text("province,central_share\n" + rows)
    assert len(messages(copy)) == 100_000
