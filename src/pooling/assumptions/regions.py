"""Provinces, municipalities and partitions of them, from their CSV files."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.csv_table import (
    Sheet,
    read_numbers,
    read_sheet,
    report_labels,
    wrong_cell,
)
from pooling.assumptions.files import Reader, listed
from pooling.assumptions.keys import INTEGER, Codes, code_labels, frozen, label_hint
from pooling.assumptions.model import Municipalities, Provinces
from pooling.assumptions.tables import Column

LARGEST_CODE = 2**31 - 1
FORMULA = ("=", "+", "@")
"""First characters of a name that a spreadsheet would compute."""
LONGITUDE = Column("angle", low=-180.0, high=180.0)
LATITUDE = Column("angle", low=-90.0, high=90.0)


def read_provinces(reader: Reader) -> Provinces | None:
    """``provinces.csv``, ascending by code; None after reporting what is wrong."""
    sheet = read_sheet(reader, "provinces.csv", ("province", "name", "name_zh"))
    codes = _codes(reader, sheet, "province", unique=True) if sheet else None
    if sheet is None or codes is None or not _named(reader, sheet, "name"):
        return None
    order = np.argsort(codes)
    return Provinces(
        frozen(codes[order].astype(np.int32)),
        _texts(sheet, "name", order),
        _texts(sheet, "name_zh", order),
    )


def known_codes(provinces: Provinces, municipalities: Municipalities) -> Codes:
    """The codes of the regions, with the names that messages translate; a name of two regions is left out."""
    named: dict[str, list[int]] = {}
    for regions in (provinces, municipalities):
        for names in (regions.name, regions.name_zh):
            for name, code in zip(names, regions.code.tolist(), strict=True):
                named.setdefault(name, []).append(code)
    unique = {name: codes[0] for name, codes in named.items() if name and len({*codes}) == 1}
    return Codes(municipalities.code, provinces.code, MappingProxyType(unique))


def read_municipalities(reader: Reader, provinces: Provinces) -> Municipalities | None:
    """``municipalities.csv``, ascending by code; None after reporting what is wrong."""
    columns = ("municipality", "province", "name", "name_zh", "longitude", "latitude")
    sheet = read_sheet(reader, "municipalities.csv", columns)
    if sheet is None:
        return None
    before = len(reader.problems)
    codes = _codes(reader, sheet, "municipality", unique=True)
    province = _positions(reader, sheet, "province", provinces.code, "provinces.csv")
    _named(reader, sheet, "name")
    longitude = read_numbers(reader, sheet, "longitude", LONGITUDE, "degrees", "")
    latitude = read_numbers(reader, sheet, "latitude", LATITUDE, "degrees", "")
    _report_empty(reader, provinces, province)
    if codes is None or len(reader.problems) > before:
        return None
    order = np.argsort(codes)
    return Municipalities(
        frozen(codes[order].astype(np.int32)),
        frozen(province[order]),
        _texts(sheet, "name", order),
        _texts(sheet, "name_zh", order),
        frozen(longitude[order]),
        frozen(latitude[order]),
    )


def _texts(sheet: Sheet, column: str, order: NDArray[np.intp]) -> tuple[str, ...]:
    return tuple(sheet.columns[column][place] for place in order)


def _codes(reader: Reader, sheet: Sheet, column: str, *, unique: bool) -> NDArray[np.int64] | None:
    """Positive codes of a column; None after reporting cells that are none, or a code that comes twice."""
    before, rows = len(reader.problems), {}
    for row, text in zip(sheet.rows, sheet.columns[column], strict=True):
        if not INTEGER.fullmatch(text) or text[0] == "0" or int(text) > LARGEST_CODE:
            hint = label_hint(text)
            wrong_cell(reader, sheet, row, column, repr(text), "a positive code", hint=hint)
        elif unique and text in rows:
            wrong_cell(
                reader, sheet, row, column, f"{text}, as in row {rows[text]}", "each code once"
            )
        rows.setdefault(text, row)
    if len(reader.problems) > before:
        return None
    return np.array([int(text) for text in sheet.columns[column]], np.int64)


def _named(reader: Reader, sheet: Sheet, column: str) -> bool:
    wrong = [
        (row, text)
        for row, text in zip(sheet.rows, sheet.columns[column], strict=True)
        if not text.strip() or text.startswith(FORMULA)
    ]
    for row, text in wrong:
        found = f"a formula, {text!r}" if text.strip() else "no name"
        wrong_cell(reader, sheet, row, column, found, "a name")
    return not wrong


def _positions(
    reader: Reader, sheet: Sheet, column: str, codes: NDArray[np.int32], file: str
) -> NDArray[np.int64]:
    """Position of every code of a column among the known ones; unknown ones are reported and become 0."""
    texts = sheet.columns[column]
    labels = code_labels(sorted(set(texts)), codes, {}, file)
    report_labels(reader, sheet, column, labels)
    place = {str(code): place for place, code in enumerate(codes.tolist())}
    return np.array([place.get(text, 0) for text in texts], np.int64)


def _report_empty(reader: Reader, provinces: Provinces, index: NDArray[np.int64]) -> None:
    empty = np.setdiff1d(np.arange(len(provinces.code)), index)
    if empty.size:
        reader.report(
            "municipalities.csv",
            "",
            f"no municipality of province {listed(provinces.code[empty], 5)}",
            "at least one municipality a province",
        )


def read_partition(
    reader: Reader, path: str, municipalities: Municipalities
) -> tuple[Mapping[int, int], Mapping[int, tuple[str, str]]] | None:
    """A grouping of municipalities into pools from a CSV file of the set.

    Returns:
        Municipality code → pool code, and pool code → name and Chinese name; None after reporting what is wrong.
    """
    sheet = read_sheet(reader, path, ("municipality", "pool", "name", "name_zh"))
    if sheet is None:
        return None
    before = len(reader.problems)
    _codes(reader, sheet, "municipality", unique=True)
    pools = _codes(reader, sheet, "pool", unique=False)
    place = _positions(reader, sheet, "municipality", municipalities.code, "municipalities.csv")
    missing = np.setdiff1d(municipalities.code, municipalities.code[place])
    if missing.size:
        reader.report(path, "", f"no row for {listed(missing, 5)}", "a row for every municipality")
    if pools is None or len(reader.problems) > before:
        return None
    names = _pool_names(reader, sheet)
    codes = municipalities.code[place].tolist()
    return MappingProxyType(dict(zip(codes, pools.tolist(), strict=True))), names


def _pool_names(reader: Reader, sheet: Sheet) -> Mapping[int, tuple[str, str]]:
    """Names of the pools; a pool that has two is reported."""
    names: dict[int, tuple[str, str]] = {}
    columns = (sheet.columns[name] for name in ("pool", "name", "name_zh"))
    for row, pool, *given in zip(sheet.rows, *columns, strict=True):
        first = names.setdefault(int(pool), (given[0], given[1]))
        if first != (given[0], given[1]):
            wrong_cell(reader, sheet, row, "name", repr(given[0]), f"one name a pool: {first[0]!r}")
    return MappingProxyType(names)
