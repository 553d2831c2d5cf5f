"""Values by dotted path that replace those of a run and its set: overlays and the command line's ``--set``."""

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeGuard

from pooling.assumptions.arrangements import ArrangementEntry, BenefitPolicy
from pooling.assumptions.dated import OVERRIDE
from pooling.assumptions.files import Reader, listed, nearest, unsafe_texts
from pooling.assumptions.folder import Documents, is_law
from pooling.assumptions.funds import FUND_MODELS, Fund
from pooling.assumptions.schemas import (
    OverlayFile,
    RetirementGroup,
    RunFile,
)
from pooling.assumptions.toml_text import DEEPEST, Document, Path, deeper_than, read_toml
from pooling.assumptions.validation import field_names, validate

COMMAND_LINE = "the command line"
POOLING = {"arrangement": ArrangementEntry, "benefit_policy": BenefitPolicy}


def parse_assignment(text: str) -> tuple[str, object]:
    """``options.interest=0.03`` → dotted path and value; the value is TOML, or a bare word.

    Raises:
        ValueError: there is no ``=`` or no path before it, or the value is too deep or too long to be read.
    """
    path, sign, value = text.partition("=")
    if not sign or not path.strip():
        raise ValueError(f"{text!r} is no assignment such as options.interest=0.03")
    if "\n" in text or "\r" in text:
        raise ValueError(f"{text!r} has several lines; write one assignment a --set")
    try:
        parsed = tomllib.loads(f"value = {value.strip()}\n")["value"]
    except tomllib.TOMLDecodeError:
        return path.strip(), value.strip()
    except (ValueError, RecursionError):
        raise ValueError(f"{text[:60]!r}… is no value of a sane size") from None
    if deeper_than(parsed, DEEPEST):
        raise ValueError(f"{text[:60]!r}… is nested too deeply")
    return path.strip(), parsed


class Wrong(Exception):
    """A dotted path that leads nowhere, or years in its value that cannot be.

    Attributes:
        value: what of the value is wrong; empty where the path is.
        allowed: what may stand instead: names at the first part of the path that is wrong, or years.
        nearest: the name most alike.
    """

    def __init__(self, part: str, names: list[str]) -> None:
        """Keep what is allowed instead of ``part``."""
        super().__init__(part)
        self.value = ""
        self.allowed = listed(sorted(names), 20)
        self.nearest = nearest(part, names)

    @classmethod
    def years(cls, value: str, valuation: date) -> "Wrong":
        """Years of a table, or none, where later ones than the valuation date's are needed."""
        found = cls(value, [])
        found.value, found.allowed = value, f"years that begin after the valuation date {valuation}"
        return found

    def found(self, dotted: str) -> str:
        """What was found at a dotted path."""
        return self.value or f"the unknown path {dotted!r}"


class Target(NamedTuple):
    """Where a dotted path leads."""

    document: Document
    path: Path


def find(dotted: str, run: Document, documents: Documents) -> Target:
    """The document and the path inside it that a dotted path names.

    Raises:
        Wrong: there is no such key.
    """
    root, *inside = dotted.split(".")
    if root == "economy":
        return _parameter(inside, documents)
    if root == "schemes":
        return _in_scheme(inside, documents)
    if root == "pooling":
        return _in_arrangements(inside, documents)
    roots = [*field_names(RunFile, ()), "economy", "schemes", "pooling"]
    if root not in roots:
        raise Wrong(root, roots)
    names = field_names(RunFile, (root, *inside)[:-1])
    if inside and inside[-1] not in names:
        raise Wrong(inside[-1], names)
    return Target(run, (root, *inside))


def _parameter(parts: list[str], documents: Documents) -> Target:
    table: Any = documents.economy.data if documents.economy else {}
    for part in parts:
        names = [] if "value" in table else list(table)
        if part not in names or not isinstance(table[part], dict):
            raise Wrong(part, names)
        table = table[part]
    if documents.economy is None or "value" not in table:
        raise Wrong("", list(table))
    return Target(documents.economy, (*parts, "value"))


def _in_scheme(parts: list[str], documents: Documents) -> Target:
    stem, *inside = [*parts, ""] if len(parts) < 2 else parts
    document = documents.schemes.get(stem)
    if document is None:
        raise Wrong(stem, list(documents.schemes))
    if is_law(document):
        return _in_law(inside, document)
    *above, name = inside
    table = document.get(tuple(above))
    # Beside the model's own fields a file names its groups and ranges.
    model = FUND_MODELS.get(str(document.get(("module",))), Fund)
    names = {*field_names(model, tuple(above)), *(table if isinstance(table, dict) else ())}
    if name not in names:
        raise Wrong(name, list(names))
    return Target(document, tuple(inside))


def _in_law(inside: list[str], document: Document) -> Target:
    if inside[0] == "retirement_groups" and len(inside) == 3:
        return _in_group(inside[1], inside[2], document)
    rules = document.get(("rules",))
    if inside[0] != "rules" or len(inside) != 2:
        raise Wrong(inside[0], ["rules", "retirement_groups"])
    names = list(rules) if isinstance(rules, dict) else []
    if inside[1] not in names:
        raise Wrong(inside[1], names)
    return Target(document, ("rules", inside[1]))


def _in_group(key: str, name: str, document: Document) -> Target:
    """A figure of a retirement group, by the group's key."""
    kind = "retirement_groups"
    groups = document.get((kind,))
    count = len(groups) if isinstance(groups, list) else 0
    keys = [str(document.get((kind, place, "key"))) for place in range(count)]
    names = field_names(RetirementGroup, ())
    if key not in keys:
        raise Wrong(key, keys)
    if name not in names:
        raise Wrong(name, names)
    return Target(document, (kind, keys.index(key), name))


def _in_arrangements(parts: list[str], documents: Documents) -> Target:
    kind, key, name = (parts + ["", "", ""])[:3]
    document = documents.arrangements
    if document is None or kind not in POOLING or len(parts) > 3:
        raise Wrong(kind, list(POOLING))
    entries = document.get((kind,))
    count = len(entries) if isinstance(entries, list) else 0
    keys = [str(document.get((kind, place, "key"))) for place in range(count)]
    if key not in keys:
        raise Wrong(key, keys)
    names = field_names(POOLING[kind], ())
    if name not in names:
        raise Wrong(name, names)
    return Target(document, (kind, keys.index(key), name))


def assign(target: Target, value: object, origin: str, documents: Documents) -> bool:
    """Replace a value; whether that changed anything.

    Raises:
        Wrong: a rule's value of a year that is not after the valuation date.
    """
    document, path = target
    if path[0] == "rules" and len(path) == 2:
        return _assign_rule(document, str(path[1]), value, origin, documents)
    before = document.get(path)
    document.set(path, value, origin)
    return before != value


def _assign_rule(
    document: Document, rule: str, value: object, origin: str, documents: Documents
) -> bool:
    """A number replaces the rule's values from the day after the valuation date on; a table gives values by first year.

    ``{2026 = 0.7, 2030 = 1.0}`` leaves the law's own values until the end of 2025.

    Raises:
        Wrong: a year that is not after the valuation date.
    """
    valuation = documents.info.get(("valuation_date",)) if documents.info else None
    values = document.get(("rules", rule, "values"))
    # Whatever is of the wrong kind here is reported where it stands.
    if not _is_day(valuation) or not isinstance(values, list):
        return True
    starts = [entry.get("from") if isinstance(entry, dict) else None for entry in values]
    dated = (
        _by_year(value, valuation)
        if isinstance(value, dict)
        else {valuation + timedelta(days=1): value}
    )
    first = min(filter(_is_day, dated), default=valuation)
    past = [e for e, d in zip(values, starts, strict=True) if not _is_day(d) or d < first]
    entries = [{"from": day, "value": each, "source": OVERRIDE} for day, each in dated.items()]
    document.set(("rules", rule, "values"), [*past, *entries], origin)
    return True


def _by_year(values: Mapping[str, object], valuation: date) -> dict[Any, object]:
    """Values by the first day of their years, ascending; a key that is no year stays and is reported.

    Raises:
        Wrong: no year, or one that is not after the valuation date.
    """
    years = sorted(key for key in values if key.isdecimal() and len(key) == 4 and int(key))
    if len(years) < len(values):
        return dict(values)
    if not years:
        raise Wrong.years("a table without a year", valuation)
    if date(int(years[0]), 1, 1) <= valuation:
        raise Wrong.years(f"the year {years[0]}", valuation)
    return {date(int(key), 1, 1): values[key] for key in years}


def _is_day(value: object) -> TypeGuard[date]:
    """Whether a value is a date, without a time, and has a day after it."""
    return type(value) is date and value < date.max


def apply_overlay(
    reader: Reader, file: str, run: Document, documents: Documents
) -> OverlayFile | None:
    """Apply an overlay of the set; None after reporting why it cannot be read."""
    document = read_toml(reader, file)
    overlay = validate(reader, document, OverlayFile, document.data) if document else None
    if document is None or overlay is None:
        return None
    changed, known = False, True
    for dotted, value in overlay.set.items():
        try:
            changed |= assign(find(dotted, run, documents), value, reader.shown(file), documents)
        except Wrong as wrong:
            known = False
            place = ("set", dotted)
            reader.report(
                file,
                document.place(place),
                wrong.found(dotted),
                wrong.allowed,
                nearest=wrong.nearest,
                line=document.line(place),
            )
    if known and not changed:
        reader.report(
            file,
            "",
            "an overlay that changes nothing: every value stands already",
            "values that differ from the set's and the run's",
        )
    return overlay


def apply_overrides(
    reader: Reader, overrides: Mapping[str, object], run: Document, documents: Documents
) -> None:
    """Apply the command line's values; they come after every overlay."""
    for dotted, value in overrides.items():
        for _, text in unsafe_texts(value):
            found = f"control characters in {text!r}"
            reader.report(run.file, f"--set {dotted}", found, "text that a terminal shows as it is")
        try:
            assign(find(dotted, run, documents), value, COMMAND_LINE, documents)
        except Wrong as wrong:
            reader.report(
                run.file,
                f"--set {dotted}",
                wrong.found(dotted),
                wrong.allowed,
                nearest=wrong.nearest,
            )
