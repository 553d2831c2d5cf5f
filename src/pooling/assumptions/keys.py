"""Labels in the key columns of a table: codes, years, sexes, ages and age groups."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.files import listed, nearest
from pooling.assumptions.tables import OVER_PROVINCES, YEARS, AgeCover, AgeGroups, Labels
from pooling.axes import OLDEST_AGE, SEXES

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Calendar years that a table may hold; anything else is a typing error."""

INTEGER = re.compile(r"[0-9]{1,18}")
AGE_RANGE = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3})|(\+))?")
PERIOD = re.compile(r"([0-9]{4})-([0-9]{4})")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

COMPARED = 40
"""Wrong labels of a column that are compared with the known ones: twice as many as a message lists."""
LONGEST_LABEL = 64
TOTALS = frozenset(
    {
        "合计",
        "总计",
        "全国",
        "小计",
        "平均",
        "total",
        "totals",
        "sum",
        "all",
        "nation",
        "mean",
        "average",
    }
)
NOTES = ("注", "资料来源", "数据来源", "来源", "说明", "note", "source", "#", "*")
SPREADSHEET_NUMBER = re.compile(r"[0-9.]+e\+?[0-9]+|[0-9]+\.0+")
SPREADSHEET_DATE = re.compile(
    r"[0-9]{1,2}-[a-z]{3}(-[0-9]{2,4})?|[a-z]{3}-[0-9]{1,4}|[0-9]{1,2}月[0-9]{1,2}日?|[0-9]{1,4}[/.][0-9]{1,2}([/.][0-9]{1,4})?"
)
SEX_WORDS: Mapping[str, str] = MappingProxyType(
    {"男": "male", "男性": "male", "m": "male", "女": "female", "女性": "female", "f": "female"}
)


@dataclass(frozen=True)
class Codes:
    """Codes of the set's regions, ascending."""

    municipality: NDArray[np.int32]
    province: NDArray[np.int32]
    names: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Name of a region, in either language → its code: tables go by code only, but a message can tell it."""


NO_CODES = Codes(np.zeros(0, np.int32), np.zeros(0, np.int32))
"""For tables without regions."""


@dataclass(frozen=True)
class BadLabel:
    """Why a label cannot stand in its column."""

    allowed: str
    nearest: str = ""
    hint: str = ""


def parse_labels(key: str, texts: Sequence[str], codes: Codes) -> dict[str, Any]:
    """Every distinct text of a key column with its value, or with why it is none.

    Args:
        key: the column.
        texts: distinct texts.
        codes: the regions.

    Returns:
        Text → int, str or ``(lower, upper)`` of an age group, or :class:`BadLabel`.
    """
    if key == "municipality":
        return code_labels(texts, codes.municipality, codes.names, "municipalities.csv")
    if key in OVER_PROVINCES:
        return code_labels(texts, codes.province, codes.names, "provinces.csv")
    if key in YEARS:
        return {text: _number(text, FIRST_YEAR, LAST_YEAR, "a year") for text in texts}
    if key == "age":
        return {text: _number(text, 0, OLDEST_AGE, "an age") for text in texts}
    if key == "age_group":
        return {text: _age_group(text) for text in texts}
    if key == "sex":
        return {text: _one_of(text, SEXES) for text in texts}
    return {text: _period(text) if key == "period" else _variant(text) for text in texts}


def code_labels(
    texts: Sequence[str], codes: NDArray[np.int32], names: Mapping[str, int], file: str
) -> dict[str, Any]:
    """Every distinct text with its code, or with why it is none of ``file``."""
    known = {str(code): code for code in codes.tolist()}
    labels: dict[str, Any] = {text: known[text] for text in texts if text in known}
    for count, text in enumerate(text for text in texts if text not in known):
        # Comparing takes time, and no message shows more.
        close = _nearest_code(text, known, names) if count < COMPARED else ""
        labels[text] = BadLabel(f"a code of {file}", close, label_hint(text))
    return labels


def _nearest_code(text: str, known: Mapping[str, int], names: Mapping[str, int]) -> str:
    """The code that a text stands for or resembles: of a name, of a longer code that begins with it, in wide digits."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_LABEL]).strip()
    named = str(names.get(plain, ""))
    shorter = next((code for code in known if plain.isdigit() and plain.startswith(code)), "")
    if named in known:
        return named
    return shorter or nearest(plain, known)


def label_hint(text: str) -> str:
    """What a text that is no label looks like, in words."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_LABEL]).strip().lower()
    if not plain:
        return "a row needs every key"
    if plain.strip(" :") in TOTALS:
        return "a table has no rows of totals"
    if plain.startswith(NOTES):
        return "notes belong into tables.toml"
    if SPREADSHEET_NUMBER.fullmatch(plain):
        return "a spreadsheet made a number of it; format the column as text"
    if SPREADSHEET_DATE.fullmatch(plain):
        return "a spreadsheet made a date of it; format the column as text"
    return "no spaces around it" if text != text.strip() else ""


def _number(text: str, low: int, high: int, what: str) -> int | BadLabel:
    if INTEGER.fullmatch(text) and low <= int(text) <= high:
        return int(text)
    return BadLabel(f"{what} from {low} to {high}", hint=label_hint(text))


def _one_of(text: str, names: Sequence[str]) -> str | BadLabel:
    if text in names:
        return text
    close = SEX_WORDS.get(text.strip().lower()) or nearest(text.lower(), names)
    return BadLabel(listed(names), close, label_hint(text))


def _variant(text: str) -> str | BadLabel:
    return text if WORD.fullmatch(text) else BadLabel("a name of letters and digits")


def _period(text: str) -> str | BadLabel:
    match = PERIOD.fullmatch(text)
    if match and FIRST_YEAR <= int(match[1]) < int(match[2]) <= LAST_YEAR:
        return text
    return BadLabel("a period such as 2010-2015")


def _age_group(text: str) -> tuple[int, int] | BadLabel:
    match = AGE_RANGE.fullmatch(text)
    if match:
        lower = int(match[1])
        upper = int(match[2]) if match[2] else OLDEST_AGE if match[3] else lower
        if lower <= upper <= OLDEST_AGE:
            return lower, upper
    allowed = "an age group such as 0, 1-4, 5-9 or 85+, within 0 to 100+"
    plain = _plain_age(text)
    close = plain if plain != text and AGE_RANGE.fullmatch(plain) else ""
    return BadLabel(allowed, close, label_hint(text))


def _plain_age(text: str) -> str:
    """An age group as tables write it: 0-4岁 → 0-4, ≥85 and 85岁及以上 → 85+."""
    plain = re.sub(
        r"[\s岁歲周]|years?", "", unicodedata.normalize("NFKC", text[:LONGEST_LABEL]).lower()
    )
    plain = re.sub(r"[–—−~至]|to", "-", plain)
    plain = re.sub(r"^(?:≥|>=)([0-9]+)$", r"\1+", plain)
    return re.sub(r"^([0-9]+)(?:及以上|以上|andover|andolder|plus|-)$", r"\1+", plain)


def axis(key: str, labels: Mapping[str, Any], codes: Codes) -> tuple[Labels, dict[str, int]]:
    """The axis of a key column and the position of every text on it.

    Regions and sexes are always all of them; other labels are those that occur, ascending.
    """
    if key == "municipality":
        values: list[Any] = codes.municipality.tolist()
    elif key in OVER_PROVINCES:
        values = codes.province.tolist()
    elif key == "sex":
        values = list(SEXES)
    else:
        values = sorted(set(labels.values()))
    place = {value: position for position, value in enumerate(values)}
    return _axis_array(key, values, labels), {text: place[v] for text, v in labels.items()}


def _axis_array(key: str, values: list[Any], labels: Mapping[str, Any]) -> Labels:
    if key == "age_group":
        texts = {value: text for text, value in labels.items()}
        bounds = np.array(values, np.int64).reshape(-1, 2)
        lower, upper = frozen(bounds[:, 0].copy()), frozen(bounds[:, 1].copy())
        return AgeGroups(lower, upper, tuple(texts[value] for value in values))
    if key == "municipality" or key in OVER_PROVINCES:
        return frozen(np.array(values, np.int32))
    if key in YEARS or key == "age":
        return frozen(np.array(values, np.int64))
    return frozen(np.array(values, np.str_))


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, closed for writing."""
    array.flags.writeable = False
    return array


def axis_gaps(key: str, labels: Labels, cover: AgeCover, *, no_year_gap: bool) -> list[str]:
    """What an axis lacks to be without gaps, in words."""
    if isinstance(labels, AgeGroups):
        return _group_gaps(labels, cover)
    if key == "age":
        whole = np.arange(OLDEST_AGE + 1) if cover == "all ages" else _between(labels)
        return [f"no age {age}" for age in np.setdiff1d(whole, labels).tolist()]
    if key == "year" and no_year_gap:
        return [f"no year {year}" for year in np.setdiff1d(_between(labels), labels).tolist()]
    return []


def _between(labels: NDArray[Any]) -> NDArray[np.int64]:
    return np.arange(labels.min(), labels.max() + 1) if labels.size else np.arange(0)


def _group_gaps(groups: AgeGroups, cover: AgeCover) -> list[str]:
    """Ages in no group or in two."""
    count = np.zeros(OLDEST_AGE + 1, int)
    for lower, upper in zip(groups.lower, groups.upper, strict=True):
        count[lower : upper + 1] += 1
    whole = slice(0, None) if cover == "all ages" else slice(groups.lower[0], groups.upper.max())
    ages = np.arange(OLDEST_AGE + 1)[whole]
    missing = [f"age {age} in no group" for age in ages[count[whole] == 0].tolist()]
    return missing + [f"age {age} in two groups" for age in np.flatnonzero(count > 1).tolist()]
