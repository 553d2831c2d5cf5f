"""TOML files: parsing, the line of every key, and pydantic's complaints as problems."""

import re
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pooling.assumptions.files import Reader, listed, nearest

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
PART = re.compile(NAME)
ASSIGNMENT = re.compile(rf"^\s*({NAME}(?:\s*\.\s*{NAME})*)\s*=")
WORD = re.compile(r"[\w.-]+")
BRANCHES = (
    "constrained-float",
    "constrained-int",
    "constrained-str",
    "float",
    "int",
    "str",
    "tuple",
)
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
        """Replace a value, or add it; ``origin`` says on whose behalf."""
        table: Any = self.data
        for part in path[:-1]:
            table = table[part] if isinstance(part, int) else table.setdefault(part, {})
        table[path[-1]] = value
        self.origins[path] = origin

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
        key = ".".join(str(part) for part in path)
        origin = self.origin(path)
        if origin:
            return f"key {key} (set by {origin})"
        return ", ".join(([f"line {line}"] if line else []) + ([f"key {key}"] if key else []))


def read_toml(reader: Reader, path: str) -> Document | None:
    """Parse a TOML file of the folder; None after reporting why it cannot be."""
    text = reader.text(path)
    if text is None:
        return None
    try:
        return Document(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        _report_syntax(reader, path, text, str(error))
    except RecursionError:
        reader.report(path, "", "brackets nested too deeply", "plain TOML tables")
    return None


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
    reader: Reader, document: Document, path: Path, what: str, name: str, names: Iterable[str]
) -> None:
    """Report a name that is none of those known; ``what`` says of what kind."""
    known = list(names)
    found = f"the unknown {what} {name!r}"
    complain(reader, document, path, found, listed(known, 20), nearest(name, known))


def validate(
    reader: Reader, document: Document, model: type[Model], data: object, at: Path = ()
) -> Model | None:
    """Data of a document as a model; None after reporting everything that is wrong with it.

    Args:
        reader: the folder's reader.
        document: the file that the data come from.
        model: the pydantic model.
        data: the data, a part of the document.
        at: where the part stands in the document.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for details in _by_location(error):
            _report_details(reader, document, model, details, at)
        return None


def _by_location(error: ValidationError) -> list[list[ErrorDetails]]:
    """Complaints by the value that they are about: a union complains once for each of its branches."""
    grouped: dict[Path, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        grouped.setdefault(_real_location(detail["loc"]), []).append(detail)
    return list(grouped.values())


def _report_details(
    reader: Reader,
    document: Document,
    model: type[BaseModel],
    details: list[ErrorDetails],
    at: Path,
) -> None:
    location = _real_location(details[0]["loc"])
    path, kind = at + location, details[0]["type"]
    names = field_names(model, location[:-1]) if kind == "extra_forbidden" else []
    if kind == "extra_forbidden":
        found, allowed = f"the unknown key {location[-1]!r}", listed(names, 20)
        close, hint = nearest(str(location[-1]), names), ""
    elif kind == "missing":
        found, allowed, close, hint = "nothing", f"the key {location[-1]!r}", "", ""
    else:
        found, allowed, close, hint = _explain(details)
    complain(reader, document, path, found, allowed, close, hint=hint)


def _real_location(location: tuple[int | str, ...]) -> Path:
    """The location without pydantic's own words for the branches of a union."""
    return tuple(
        part
        for part in location
        if isinstance(part, int) or (WORD.fullmatch(part) and part not in BRANCHES)
    )


def _explain(details: list[ErrorDetails]) -> tuple[str, str, str, str]:
    """Found, allowed, nearest name and hint of the complaints about one value."""
    found, names = details[0]["input"], []
    allowed = []
    for detail in details:
        context = detail.get("ctx", {})
        if detail["type"] == "value_error":
            allowed.append(str(context["error"]))
        else:
            allowed.append(detail["msg"].removeprefix("Input should be "))
        if detail["type"] == "literal_error":
            names += re.findall(r"'([^']*)'", str(context["expected"]))
    percent = any(_percent(found, detail.get("ctx", {})) for detail in details)
    close = nearest(found, names) if isinstance(found, str) else ""
    return short(found), " or ".join(allowed), close, "looks like percent" if percent else ""


def short(found: object) -> str:
    """A value for a message, cut where it is a whole table."""
    if isinstance(found, dict):
        return "a table"
    text = str(found) if isinstance(found, date) else repr(found)
    return text if len(text) <= 60 else text[:57] + "…"


def _percent(found: object, context: Mapping[str, Any]) -> bool:
    """Whether a fraction above its bound looks like percent: 24 for 0.24."""
    bound = context.get("le", context.get("lt"))
    if isinstance(found, bool) or not isinstance(found, int | float) or bound is None:
        return False
    return bound <= 1 < found <= 100


def field_names(model: type[BaseModel], location: Path) -> list[str]:
    """Fields of the model at a location inside another one."""
    current: Any = model
    for part in location:
        fields = getattr(current, "model_fields", None)
        current = fields[part].annotation if fields and part in fields else current
        current = _inner_model(current)
    fields = getattr(current, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _inner_model(annotation: Any) -> Any:
    """The model in an annotation such as ``Model | None``, ``tuple[Model, ...]`` or ``Mapping[str, Model]``."""
    if typing.get_origin(annotation) in (None, types.NoneType):
        return annotation
    for argument in typing.get_args(annotation):
        inner = _inner_model(argument)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return inner
    return annotation
