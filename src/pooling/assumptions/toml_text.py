"""TOML files: parsing, and the line of every key for messages."""

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from pooling.assumptions.files import Reader, listed, nearest, unsafe_texts

Path = tuple[str | int, ...]

HEADER = re.compile(r"^\s*(\[\[?)([^\[\]]+)\]\]?\s*(#.*)?$")
NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
PART = re.compile(NAME)
ASSIGNMENT = re.compile(rf"^\s*({NAME}(?:\s*\.\s*{NAME})*)\s*=")
DEEPEST = 20
"""Levels of tables in tables; a set needs five."""
LONG_KEY = re.compile(rf"(?<![\w.\-\"'])(?:{NAME}[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
"""A dotted key of more levels: parsing it takes time that grows with the square of its length."""
AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


class Document:
    """A parsed TOML file that remembers where its keys stand.

    Attributes:
        file: path inside the reader's folder.
        data: the tables; overlays change them before they are validated.
        origins: path of a changed value → who changed it.
    """

    def __init__(self, file: str, text: str, data: dict[str, Any]) -> None:
        """Keep the text for its lines."""
        self.file = file
        self.text = text
        self.data = data
        self.origins: dict[Path, str] = {}
        self._lines: dict[Path, int] | None = None

    def set(self, path: Path, value: object, origin: str) -> None:
        """Replace a value, or add it; ``origin`` says on whose behalf. Nothing can be added to what is no table."""
        table: Any = self.data
        for part in path[:-1]:
            if isinstance(table, dict):
                table.setdefault(part, {})
            table = _step(table, part)
        if isinstance(table, dict):
            table[path[-1]] = value
            self.origins[path] = origin

    def get(self, path: Path) -> Any:
        """The value at a path; None where nothing is."""
        value: Any = self.data
        for part in path:
            value = _step(value, part)
        return value

    def line(self, path: Path) -> int:
        """Line of a key, or of the innermost table around it that has one; 0 for none."""
        if self.origin(path):
            return 0
        if self._lines is None:
            self._lines = key_lines(self.text)
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return 0

    def origin(self, path: Path) -> str:
        """Who replaced a value or a table around it; empty for the file itself."""
        return next((o for k in range(len(path), 0, -1) if (o := self.origins.get(path[:k]))), "")

    def place(self, path: Path) -> str:
        """Line and dotted key for a message."""
        line = self.line(path)
        key = ".".join(self._names(path))
        origin = self.origin(path)
        if origin:
            return f"key {key} (set by {origin})"
        return ", ".join(([f"line {line}"] if line else []) + ([f"key {key}"] if key else []))

    def _names(self, path: Path) -> list[str]:
        """Parts of a path; an entry of an array of tables goes by its key, as in overlays, or by its number."""
        table: Any = self.data
        names = []
        for part in path:
            table = _step(table, part)
            keyed = isinstance(part, int) and isinstance(table, dict)
            names.append(str(table.get("key", part) if keyed else part))
        return names


def _step(value: Any, part: str | int) -> Any:
    """An entry of a table or an array; None where there is none."""
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def read_toml(reader: Reader, path: str) -> Document | None:
    """Parse a TOML file of the folder; None after reporting why it cannot be."""
    text = reader.text(path)
    if text is None:
        return None
    try:
        if not LONG_KEY.search(text):
            document = Document(path, text, tomllib.loads(text))
            if not deeper_than(document.data, DEEPEST):
                _report_unsafe(reader, document)
                return document
    except tomllib.TOMLDecodeError as error:
        _report_syntax(reader, path, text, str(error))
        return None
    except RecursionError:
        pass
    except ValueError:
        reader.report(
            path, "", "a whole number of thousands of digits", "numbers and texts of a sane length"
        )
        return None
    reader.report(path, "", "brackets or keys nested too deeply", f"at most {DEEPEST} levels")
    return None


def deeper_than(value: object, levels: int) -> bool:
    """Whether tables and lists lie in each other deeper than some levels; found without recursion."""
    waiting = [(value, 0)]
    while waiting:
        each, level = waiting.pop()
        if isinstance(each, dict | list | tuple):
            if level == levels:
                return True
            inside = each.values() if isinstance(each, dict) else each
            waiting += [(inner, level + 1) for inner in inside]
    return False


def _report_unsafe(reader: Reader, document: "Document") -> None:
    for path, text in unsafe_texts(document.data):
        found = f"control characters in {text!r}"
        complain(reader, document, path, found, "text that a terminal shows as it is")


def _report_syntax(reader: Reader, path: str, text: str, message: str) -> None:
    at = AT_LINE.search(message)
    lines = text.splitlines()
    line = int(at[1]) if at and at[1] else len(lines)
    found = lines[line - 1].strip() if 0 < line <= len(lines) else "the end of the file"
    reader.report(
        path,
        f"line {line}",
        repr(found),
        "TOML",
        hint=AT_LINE.sub("", message),
        line=line,
    )


def key_lines(text: str) -> dict[Path, int]:
    """Line of every key and table header by path; entries of an array of tables are counted from 0."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if inside in line else inside
            continue
        header, key = HEADER.match(line), ASSIGNMENT.match(line)
        if header:
            table = _table(_parts(header[2]), counts, entry=header[1] == "[[")
            lines.setdefault(table, number)
        elif key:
            lines.setdefault(table + _parts(key[1]), number)
            inside = next((q for q in ('"""', "'''") if line.count(q) == 1), "")
    return lines


def _table(parts: Path, counts: dict[Path, int], *, entry: bool) -> Path:
    """Path of a header with the index of every array of tables that it lies in."""
    path: Path = ()
    for place, part in enumerate(parts):
        path += (part,)
        if entry and place == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in PART.findall(dotted))


def complain(
    reader: Reader,
    document: Document,
    path: Path,
    found: str,
    allowed: str,
    close: str = "",
    *,
    hint: str = "",
) -> None:
    """Report what stands at a path of a document."""
    place, line = document.place(path), document.line(path)
    reader.report(document.file, place, found, allowed, nearest=close, hint=hint, line=line)


def unknown(
    reader: Reader,
    document: Document,
    path: Path,
    what: str,
    name: str,
    names: Iterable[str],
    close: str = "",
) -> None:
    """Report a name that is none of those known; ``what`` says of what kind, ``close`` what it means where that is known."""
    known = list(names)
    found = f"the unknown {what} {name!r}"
    allowed = listed(known, 20) or "none: there is none"
    complain(reader, document, path, found, allowed, close or nearest(name, known))
