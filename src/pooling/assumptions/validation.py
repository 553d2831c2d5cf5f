"""Data of a TOML file against its pydantic model: pydantic's complaints as problems with a line and plain words."""

import re
import types
import typing
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pooling.assumptions.files import Reader, listed, nearest
from pooling.assumptions.schemas import Misfit
from pooling.assumptions.toml_text import Document, Path, complain

Model = TypeVar("Model", bound=BaseModel)

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
"""Words that pydantic puts into a location to say which branch of a union it tried."""

WORDS = {
    "model_type": "a table",
    "dict_type": "a table",
    "mapping_type": "a table",
    "tuple_type": "a list",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_pattern_mismatch": "text of the form {pattern}",
    "too_short": "a list of {min_length:g} or more",
    "too_long": "a list of {max_length:g} at most",
    "float_type": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "date_type": "a date such as 2024-12-31",
    "date_from_datetime_inexact": "a date such as 2024-12-31",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "a number of {ge:g} or more",
    "less_than": "a number below {lt:g}",
    "less_than_equal": "a number up to {le:g}",
    "literal_error": "{expected}",
}
"""Plain words for pydantic's kinds of complaint; other kinds keep pydantic's own."""


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
        grouped.setdefault(_location(detail), []).append(detail)
    return list(grouped.values())


def _location(detail: ErrorDetails) -> Path:
    """Where a complaint belongs; the name of a key that is unknown or missing is never one of pydantic's words."""
    location = detail["loc"]
    if detail["type"] in ("extra_forbidden", "missing"):
        return (*_real_location(location[:-1]), location[-1])
    return _real_location(location)


def _report_details(
    reader: Reader,
    document: Document,
    model: type[BaseModel],
    details: list[ErrorDetails],
    at: Path,
) -> None:
    location = _location(details[0])
    path, kind = at + location, details[0]["type"]
    misfit = details[0].get("ctx", {}).get("error")
    if isinstance(misfit, Misfit):
        complain(reader, document, (*path, misfit.key), misfit.found, misfit.allowed)
        return
    names = field_names(model, location[:-1]) if kind == "extra_forbidden" else []
    if kind == "extra_forbidden":
        found, allowed = f"the unknown key {location[-1]!r}", listed(names, 20)
        home = _home(model, str(location[-1]))
        hint = f"it belongs to {home}" if home else ""
        close = "" if home else nearest(str(location[-1]), names)
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
        context = {
            key: value if isinstance(value, int | float) else _Bound(value)
            for key, value in detail.get("ctx", {}).items()
        }
        words = WORDS.get(detail["type"], detail["msg"].removeprefix("Input should be "))
        told = words.format(**context) if detail["type"] in WORDS else words
        allowed.append(told.replace("a number", "a date") if isinstance(found, date) else told)
        if detail["type"] == "literal_error":
            names += re.findall(r"'([^']*)'", str(context["expected"]))
    percent = any(_percent(found, detail.get("ctx", {})) for detail in details)
    close = nearest(found, names) if isinstance(found, str) else ""
    return short(found), " or ".join(allowed), close, "looks like percent" if percent else ""


class _Bound:
    """A bound that is no number, such as a date, where a message has ``:g``."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, spec: str) -> str:
        return str(self.value)

    def __str__(self) -> str:
        return str(self.value)


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


def _home(model: type[BaseModel], name: str) -> str:
    """The table of a model that has a key of this name, where another one holds it by mistake."""
    homes = ["the top of the file"] if name in field_names(model, ()) else []
    for table in field_names(model, ()):
        inner = (
            _inner_model(model.model_fields[table].annotation)
            if table in model.model_fields
            else None
        )
        if (
            isinstance(inner, type)
            and issubclass(inner, BaseModel)
            and name in field_names(inner, ())
        ):
            homes.append(f"[{table}]")
    return " or ".join(homes)


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
