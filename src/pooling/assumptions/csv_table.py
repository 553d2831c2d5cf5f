"""One CSV file → labelled dense arrays. Columns are converted whole; cells are looked at one by one only to explain."""

import csv
import io
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.files import UNSAFE, Reader, listed, nearest
from pooling.assumptions.keys import (
    INTEGER,
    BadLabel,
    Codes,
    axis,
    axis_gaps,
    frozen,
    parse_labels,
)
from pooling.assumptions.schemas import TableEntry
from pooling.assumptions.tables import AgeGroups, Column, Labels, Table, TableSpec
from pooling.assumptions.toml_text import Document, complain, unknown
from pooling.assumptions.units import (
    LARGEST,
    ONE,
    QUANTITIES,
    WORDS,
    allowed_units,
    convert,
    generic,
    own_unit,
)

FOREIGN_SEPARATORS = (";", "\t", "|", "，", "、")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
NOT_NUMERIC = re.compile(r"[^0-9.eE+\-]")
LONGEST_NUMBER = 40
"""Characters of a number: an array of texts takes as many for each of its cells."""
MOST_CELLS = 5 * 10**6
"""Cells of the dense array of a column; the largest table of China has 29,000."""
MISSING_WORDS = frozenset(
    {
        "nan",
        "na",
        "n/a",
        "#n/a",
        "null",
        "none",
        "nil",
        "-",
        "--",
        "—",
        "——",
        "…",
        "……",
        "...",
        ".",
        "x",
        "缺",
        "无",
        "不详",
    }
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sheet:
    """A CSV file as texts.

    Attributes:
        path: the file inside the set.
        columns: column → texts.
        rows: number of each row in the file, the header being 1.
    """

    path: str
    columns: Mapping[str, tuple[str, ...]]
    rows: tuple[int, ...]


def wrong_cell(
    reader: Reader,
    sheet: Sheet,
    row: int,
    column: str,
    found: str,
    allowed: str,
    close: str = "",
    *,
    hint: str = "",
) -> None:
    """Report a cell of a sheet, or a whole row where ``column`` is empty."""
    place = f"row {row}, column {column}" if column else f"row {row}"
    reader.report(sheet.path, place, found, allowed, nearest=close, hint=hint, line=row)


def read_sheet(
    reader: Reader, path: str, names: Sequence[str], *, may_be_empty: bool = False
) -> Sheet | None:
    """Read a CSV file with exactly the columns wanted, in any order; None after reporting why it has them not.

    A header alone is a mistake unless the table ``may_be_empty``.
    """
    text = reader.text(path)
    if text is None:
        return None
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        what = "an endless cell" if "limit" in str(error) else "broken quoting"
        reader.report(path, "", f"{what} ({error})", "comma-separated values")
        return None
    if not lines or not any(lines):
        reader.report(path, "", "an empty file", f"a header and rows: {','.join(names)}")
        return None
    header, body = lines[0], lines[1:]
    if not _header_fits(reader, path, header, names):
        return None
    sheet = _sheet(reader, path, header, body, may_be_empty)
    return sheet if sheet and _clean(reader, sheet, text) else None


def _clean(reader: Reader, sheet: Sheet, text: str) -> bool:
    """Whether no cell holds a line break or a control character; those that do are reported."""
    if '"' not in text and not UNSAFE.search(text):
        return True
    before = len(reader.problems)
    for column, cells in sheet.columns.items():
        for row, cell in zip(sheet.rows, cells, strict=True):
            if UNSAFE.search(cell) or "\n" in cell or "\r" in cell or "\t" in cell:
                found = f"a line break or a control character in {cell!r}"
                wrong_cell(reader, sheet, row, column, found, "text in one line")
    return len(reader.problems) == before


def _header_fits(reader: Reader, path: str, header: list[str], names: Sequence[str]) -> bool:
    separator = next((s for s in FOREIGN_SEPARATORS if s in "".join(header)), None)
    if separator and len(header) == 1:
        reader.report(
            path, "row 1", f"columns separated by {separator!r}", "columns separated by ','", line=1
        )
        return False
    fits = True
    for name in header:
        if name not in names:
            fits = False
            reader.report(
                path,
                "row 1",
                f"the unknown column {name!r}",
                listed(names, 20),
                nearest=nearest(name, names),
                line=1,
            )
    for name in names:
        if header.count(name) != 1:
            fits = False
            found = "no column" if name not in header else "twice the column"
            reader.report(path, "row 1", f"{found} {name!r}", "each column once", line=1)
    return fits


def _sheet(
    reader: Reader, path: str, header: list[str], body: list[list[str]], may_be_empty: bool
) -> Sheet | None:
    while body and not body[-1]:
        body.pop()
    ragged = [(row, cells) for row, cells in enumerate(body, 2) if len(cells) != len(header)]
    for row, cells in ragged:
        found = f"{len(cells)} cell{'s' if len(cells) > 1 else ''}" if cells else "an empty line"
        alone = len(cells) == 1 and not INTEGER.fullmatch(cells[0])
        hint = f"notes belong into tables.toml: {cells[0]!r}" if alone else ""
        reader.report(path, f"row {row}", found, f"{len(header)} cells", hint=hint, line=row)
    for row, cells in enumerate(body, 2):
        if len(cells) == len(header) and not any(cells):
            reader.report(path, f"row {row}", "a row of empty cells", "rows of data", line=row)
            ragged.append((row, cells))
    bare = not body and not may_be_empty
    if bare:
        reader.report(path, "", "a header without rows", "at least one row")
    if ragged or bare:
        return None
    columns = {name: tuple(row[k] for row in body) for k, name in enumerate(header)}
    return Sheet(path, columns, tuple(range(2, len(body) + 2)))


def read_table(
    reader: Reader, name: str, spec: TableSpec, entry: TableEntry, codes: Codes, currency: str
) -> Table | None:
    """Read, convert and check one table; None after reporting everything that is wrong with it.

    Args:
        reader: the set's reader.
        name: folder and stem.
        spec: what the table holds.
        entry: its entry in ``tables.toml``: units, source, grade.
        codes: the regions.
        currency: the set's currency code.
    """
    # A country of one province has no pair of different provinces.
    alone = not spec.itself and len(codes.province) == 1
    columns = (*spec.keys, *spec.columns)
    sheet = read_sheet(reader, f"{name}.csv", columns, may_be_empty=alone)
    if sheet is None:
        return None
    before = len(reader.problems)
    axes, places = _key_axes(reader, sheet, spec, codes)
    numbers = {
        column: read_numbers(reader, sheet, column, rule, entry.units.get(column, ""), currency)
        for column, rule in spec.columns.items()
    }
    if len(reader.problems) > before:
        return None
    return _assemble(reader, name, spec, entry, sheet, axes, places, numbers)


def _key_axes(
    reader: Reader, sheet: Sheet, spec: TableSpec, codes: Codes
) -> tuple[dict[str, Labels], list[NDArray[np.int64]]]:
    """Axes of the table, and the position of every row on each of them."""
    axes: dict[str, Labels] = {}
    places: list[NDArray[np.int64]] = []
    for key in spec.keys:
        texts = sheet.columns[key]
        labels = parse_labels(key, sorted(set(texts)), codes)
        report_labels(reader, sheet, key, labels)
        good = {t: value for t, value in labels.items() if not isinstance(value, BadLabel)}
        axes[key], position = axis(key, good, codes)
        places.append(np.array([position.get(text, 0) for text in texts], np.int64))
    return axes, places


def report_labels(reader: Reader, sheet: Sheet, key: str, labels: Mapping[str, Any]) -> None:
    """Report the cells of a key column whose text is no label."""
    bad = {text: label for text, label in labels.items() if isinstance(label, BadLabel)}
    if not bad:
        return
    for row, text in zip(sheet.rows, sheet.columns[key], strict=True):
        if text in bad:
            label = bad[text]
            wrong_cell(
                reader, sheet, row, key, repr(text), label.allowed, label.nearest, hint=label.hint
            )


def read_numbers(
    reader: Reader, sheet: Sheet, column: str, rule: Column, unit: str, currency: str
) -> Floats:
    """A value column in the package's unit; NaN where the cell is empty or wrong."""
    texts = sheet.columns[column]
    numbers = _convert_texts(texts)
    scale = QUANTITIES[rule.quantity][1].get(generic(unit, currency), ONE)
    low, high = bounds(rule)
    with np.errstate(invalid="ignore", over="ignore"):
        values = convert(numbers, scale)
        outside = (values < low) | (values > high)
    unread = np.isnan(values) | np.isinf(numbers)
    if rule.blank:
        unread &= np.array([text != "" for text in texts])
    for place in np.flatnonzero(unread | outside).tolist():
        _report_cell(reader, sheet, column, place, rule, float(values[place]), unit)
    return values


def _convert_texts(texts: Sequence[str]) -> Floats:
    """Numbers of a column; NaN where a text is none."""
    short = max(map(len, texts), default=0) <= LONGEST_NUMBER
    if short and not NOT_NUMERIC.search("".join(texts)):
        try:
            return np.array(texts).astype(np.float64)
        except ValueError:
            pass
    return np.array([float(t) if NUMBER.fullmatch(t) else math.nan for t in texts])


def _report_cell(
    reader: Reader, sheet: Sheet, column: str, place: int, rule: Column, value: float, unit: str
) -> None:
    text = sheet.columns[column][place]
    allowed = _range(rule, value) + (" or nothing" if rule.blank else "")
    hint = _cell_hint(text, rule.blank)
    if rule.quantity in ("share", "index") and rule.high <= 1 < value <= 100:
        hint = f"looks like percent, the unit says {unit}"
    row = sheet.rows[place]
    found = repr(text) if text else "an empty cell"
    wrong_cell(reader, sheet, row, column, found, allowed, hint=hint)


def _cell_hint(text: str, blank: bool) -> str:
    """What a text that is no number looks like, in words."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_NUMBER]).strip()
    if plain.lower() in MISSING_WORDS:
        return "leave the cell empty" if blank else "every cell of the column has a number"
    if re.fullmatch(r"\([0-9.,]+\)", plain):
        return "a negative number has a minus sign"
    if text.startswith(("=", "@")):
        return "a formula: save its value"
    if plain.endswith(("%", "‰", "万", "亿", "元", "人")):
        return "a number alone; its unit stands in tables.toml"
    if NUMBER.fullmatch(plain.replace("−", "-")) and not NUMBER.fullmatch(text.strip()):
        return "plain digits and a plain minus sign"
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text):
        return "no thousands separators"
    if re.fullmatch(r"-?[0-9]+,[0-9]+", text):
        return "the decimal sign is a point"
    return "no spaces around a number" if text.strip() != text else ""


def bounds(rule: Column) -> tuple[float, float]:
    """Range of a column; where it has none of its own, that beyond which no figure of a country lies."""
    largest = LARGEST[rule.quantity]
    return max(rule.low, -largest), min(rule.high, largest)


def _range(rule: Column, value: float) -> str:
    """The range of a column in words, in the package's unit; the largest figure of all only where it is passed."""
    unit = own_unit(rule.quantity)
    low, high = bounds(rule) if abs(value) > LARGEST[rule.quantity] else (rule.low, rule.high)
    if math.isinf(low) and math.isinf(high):
        return f"a number ({unit})"
    if math.isinf(high):
        return f"a number of {low:g} or more ({unit})"
    return f"a number from {low:g} to {high:g} ({unit})"


def check_units(
    reader: Reader,
    listing: Document,
    stem: str,
    spec: TableSpec,
    entry: TableEntry,
    currency: str,
) -> None:
    """Report units that are missing, of a column that does not exist, or of the wrong kind."""
    for column, unit in entry.units.items():
        path = (stem, "units", column)
        if column not in spec.columns:
            unknown(reader, listing, path, "column", column, spec.columns)
        elif generic(unit, currency) not in QUANTITIES[spec.columns[column].quantity][1]:
            names = allowed_units(spec.columns[column].quantity, currency)
            close = WORDS.get(unit, "")
            unknown(reader, listing, path, "unit", unit, names, close if close in names else "")
    for column in spec.columns:
        if column not in entry.units:
            names = allowed_units(spec.columns[column].quantity, currency)
            complain(reader, listing, (stem, "units", column), "no unit", listed(names, 20))


def _assemble(
    reader: Reader,
    name: str,
    spec: TableSpec,
    entry: TableEntry,
    sheet: Sheet,
    axes: dict[str, Labels],
    places: list[NDArray[np.int64]],
    numbers: dict[str, Floats],
) -> Table | None:
    """Lay the rows on the axes, after checking that each cell has one row."""
    shape = tuple(len(labels) for labels in axes.values())
    before = len(reader.problems)
    _check_gaps(reader, sheet, spec, axes)
    if math.prod(shape) > MOST_CELLS:
        found = f"keys with {math.prod(shape):,} combinations"
        reader.report(sheet.path, "", found, f"{MOST_CELLS:,} at most")
        return None
    cell = np.ravel_multi_index(tuple(places), shape)
    _check_duplicates(reader, sheet, spec, cell)
    possible = _possible_cells(spec, axes, shape)
    _check_places(reader, sheet, spec, cell, possible)
    missing = np.setdiff1d(possible, cell)
    if missing.size and not spec.sparse and len(reader.problems) == before:
        _report_missing(reader, sheet, axes, shape, missing, possible)
    if len(reader.problems) > before:
        return None
    values = {column: _dense(shape, cell, number) for column, number in numbers.items()}
    return Table(
        name=name,
        axes=MappingProxyType(axes),
        values=MappingProxyType(values),
        units=MappingProxyType({c: own_unit(spec.columns[c].quantity) for c in values}),
        source=entry.sources,
        grade=entry.grade,
        description=entry.description,
        repairs=entry.repairs,
        status=entry.status,
        rows=len(sheet.rows),
        missing=sum(int(np.isnan(v).ravel()[possible].sum()) for v in values.values()),
    )


def _dense(shape: tuple[int, ...], cell: NDArray[np.int64], numbers: Floats) -> Floats:
    dense = np.full(math.prod(shape), np.nan)
    dense[cell] = numbers
    return frozen(dense.reshape(shape))


def _check_gaps(reader: Reader, sheet: Sheet, spec: TableSpec, axes: Mapping[str, Labels]) -> None:
    for key, labels in axes.items():
        gaps = axis_gaps(key, labels, spec.ages, no_year_gap=spec.no_year_gap)
        if gaps:
            whole = spec.ages == "all ages" and key in ("age", "age_group")
            allowed = "every age from 0 to 100+ once" if whole else "no gap and no overlap"
            reader.report(sheet.path, f"column {key}", listed(gaps, 5), allowed)


def _check_duplicates(
    reader: Reader, sheet: Sheet, spec: TableSpec, cell: NDArray[np.int64]
) -> None:
    first, position = np.unique(cell, return_index=True)
    if len(first) == len(cell):
        return
    earlier = dict(zip(first.tolist(), position.tolist(), strict=True))
    for place, where in enumerate(cell.tolist()):
        if earlier[where] != place:
            row, same = sheet.rows[place], sheet.rows[earlier[where]]
            keys = ", ".join(f"{key} {sheet.columns[key][place]}" for key in spec.keys)
            wrong_cell(
                reader,
                sheet,
                row,
                "",
                f"the same keys as row {same} ({keys})",
                "each combination of keys once",
            )


def _possible_cells(
    spec: TableSpec, axes: Mapping[str, Labels], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """Cells that the table could hold: no place with itself in a stock, a wage is used the year after it was earned."""
    possible = np.ones(shape, bool)
    if not spec.itself:
        pairs = ~np.eye(shape[0], dtype=bool)
        possible &= pairs.reshape(pairs.shape + (1,) * (len(shape) - 2))
    if "used_year" in axes:
        earned, used = np.asarray(axes["earned_year"]), np.asarray(axes["used_year"])
        possible &= used[None, None, :] == earned[None, :, None] + 1
    return np.flatnonzero(possible)


def _check_places(
    reader: Reader,
    sheet: Sheet,
    spec: TableSpec,
    cell: NDArray[np.int64],
    possible: NDArray[np.int64],
) -> None:
    """Report rows that may not be there."""
    pairs = "two different provinces"
    allowed = "used_year = earned_year + 1" if "used_year" in spec.keys else pairs
    for place in np.flatnonzero(~np.isin(cell, possible)).tolist():
        found = ", ".join(f"{key} {sheet.columns[key][place]}" for key in spec.keys)
        wrong_cell(reader, sheet, sheet.rows[place], "", found, allowed)


def _report_missing(
    reader: Reader,
    sheet: Sheet,
    axes: Mapping[str, Labels],
    shape: tuple[int, ...],
    missing: NDArray[np.int64],
    possible: NDArray[np.int64],
) -> None:
    """Name the labels that have no row at all, or the first single rows that are missing."""
    index, every = np.unravel_index(missing, shape), np.unravel_index(possible, shape)
    names = [_names(labels) for labels in axes.values()]
    whole = [
        f"{key} {names[k][label]}"
        for k, key in enumerate(axes)
        for label in np.flatnonzero(
            np.bincount(index[k], minlength=shape[k]) == np.bincount(every[k], minlength=shape[k])
        ).tolist()
    ]
    rows = [
        ", ".join(f"{key} {names[k][place[k]]}" for k, key in enumerate(axes))
        for place in zip(*(i[:3].tolist() for i in index), strict=True)
    ]
    what = f"no row for {listed(whole, 5)}" if whole else f"no row for {'; '.join(rows)}"
    more = f", … ({missing.size} rows in all)" if not whole and missing.size > len(rows) else ""
    reader.report(sheet.path, "", what + more, "a row for every combination of the keys")


def _names(labels: Labels) -> list[str]:
    texts = labels.labels if isinstance(labels, AgeGroups) else labels.tolist()
    return [str(text) for text in texts]
