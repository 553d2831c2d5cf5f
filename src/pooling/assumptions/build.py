"""Documents and tables → a typed assumption set, once overlays have been applied."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pooling.assumptions.csv_table import check_units, read_table
from pooling.assumptions.dated import OVERRIDE, DatedRule
from pooling.assumptions.files import Reader, listed, nearest
from pooling.assumptions.folder import Documents, is_law
from pooling.assumptions.funds import FUND_MODELS, Fund
from pooling.assumptions.keys import NO_CODES
from pooling.assumptions.model import AssumptionSet, Municipalities, Provinces, SchemeRules
from pooling.assumptions.regions import known_codes, read_municipalities, read_provinces
from pooling.assumptions.registry import ECONOMY, LAWS, UNDECLARED, WITH_GROUPS
from pooling.assumptions.schemas import (
    LawFile,
    Parameter,
    Rule,
    SetInfo,
    Source,
)
from pooling.assumptions.tables import OVER_PROVINCES, REGISTRY, Column, Table
from pooling.assumptions.toml_text import Document, Path, complain, unknown
from pooling.assumptions.units import ONE, QUANTITIES, allowed_units, generic, own_unit
from pooling.assumptions.validation import short, validate


def build_set(reader: Reader, documents: Documents) -> AssumptionSet | None:
    """The set that the documents and tables of a folder describe; None where a part is missing or wrong."""
    info = _validated(reader, documents.info, SetInfo)
    sources = _sources(reader, documents.sources)
    keys = documents.sources.data if documents.sources else None
    provinces = read_provinces(reader)
    municipalities = read_municipalities(reader, provinces) if provinces else None
    laws = {
        stem: law
        for stem, document in documents.schemes.items()
        if is_law(document) and (law := _law(reader, document, keys, _currency(documents)))
    }
    funds = _funds(reader, documents)
    economy = _economy(reader, documents.economy, keys)
    _check_entry_sources(reader, documents, keys)
    tables = _tables(reader, documents, provinces, municipalities)
    if info is None or provinces is None or municipalities is None:
        return None
    return AssumptionSet(
        info=info,
        sources=MappingProxyType(sources),
        provinces=provinces,
        municipalities=municipalities,
        tables=MappingProxyType(tables),
        scheme_rules=MappingProxyType(laws),
        funds=tuple(sorted(funds, key=lambda fund: fund.code)),
        economy=MappingProxyType(economy),
        digests=MappingProxyType(reader.digests),
        repairs=tuple((t.name, text) for t in tables.values() for text in t.repairs),
    )


def _validated(reader: Reader, document: Document | None, model: Any) -> Any:
    return validate(reader, document, model, document.data) if document else None


def _sources(reader: Reader, document: Document | None) -> dict[str, Source]:
    """Entries of ``sources.toml``; a wrong entry is reported and left out."""
    if document is None:
        return {}
    entries = {
        key: validate(reader, document, Source, data, (key,)) for key, data in document.data.items()
    }
    return {key: entry for key, entry in entries.items() if entry is not None}


def check_source(
    reader: Reader, document: Document, path: Path, key: str, sources: Mapping[str, Any] | None
) -> None:
    """Report a source key that ``sources.toml`` does not have; None where that file cannot be read."""
    if sources is not None and key not in sources and key != OVERRIDE:
        complain(
            reader,
            document,
            path,
            f"the unknown source {key!r}",
            f"a key of sources.toml ({len(sources)} entries)",
            nearest(key, sources),
        )


def _check_entry_sources(
    reader: Reader, documents: Documents, sources: Mapping[str, Any] | None
) -> None:
    for name, entry in documents.entries.items():
        folder, _, stem = name.partition("/")
        for key in entry.sources:
            check_source(reader, documents.listings[folder], (stem, "source"), key, sources)


def _currency(documents: Documents) -> str:
    """Currency of the set; yuan where it is not named."""
    given = documents.info.get(("currency",)) if documents.info else None
    return given if isinstance(given, str) and given else "CNY"


# ---- tables


def _tables(
    reader: Reader,
    documents: Documents,
    provinces: Provinces | None,
    municipalities: Municipalities | None,
) -> dict[str, Table]:
    """Every table that the model knows and a ``tables.toml`` lists; wrong ones are reported and left out.

    Without regions only the tables of the nation can be read.
    """
    codes = known_codes(provinces, municipalities) if provinces and municipalities else None
    currency = _currency(documents)
    tables: dict[str, Table] = {}
    for name, spec in REGISTRY.items():
        entry = documents.entries.get(name)
        if entry is None or not reader.exists(f"{name}.csv"):
            continue
        if codes is None and {"municipality", *OVER_PROVINCES} & set(spec.keys):
            continue
        folder, _, stem = name.partition("/")
        listing = documents.listings[folder]
        before = len(reader.problems)
        check_units(reader, listing, stem, spec, entry, currency)
        measured = len(reader.problems) == before
        table = read_table(reader, name, spec, entry, codes or NO_CODES, currency)
        if table is not None and measured:
            tables[name] = table
    return tables


# ---- schemes


def _law(
    reader: Reader, document: Document, sources: Mapping[str, Any] | None, currency: str
) -> SchemeRules | None:
    law = _validated(reader, document, LawFile)
    if law is None:
        return None
    known = LAWS.get(law.module)
    if known is None:
        unknown(reader, document, ("module",), "module", law.module, LAWS)
        return None
    if document.file != f"schemes/{law.module}.toml":
        allowed = "the file's name as module"
        complain(reader, document, ("module",), repr(law.module), allowed)
    _check_rule_names(reader, document, law.rules, known)
    rules = {
        name: _dated(reader, document, name, rule, known[name], sources, currency)
        for name, rule in law.rules.items()
        if name in known
    }
    if law.module in WITH_GROUPS:
        _check_groups(reader, document, law, sources)
    elif law.retirement_groups:
        found, allowed = "retirement groups", f"none in {law.module}"
        complain(reader, document, ("retirement_groups",), found, allowed)
    return SchemeRules(
        law.module, law.title, law.title_zh, MappingProxyType(rules), law.retirement_groups
    )


def _check_rule_names(
    reader: Reader, document: Document, rules: Mapping[str, Rule], known: Mapping[str, Column]
) -> None:
    for name in rules:
        if name not in known:
            unknown(reader, document, ("rules", name), "rule", name, known)
    for name in known:
        if name not in rules:
            reader.report(document.file, "key rules", "nothing", f"the rule {name!r}")


def _dated(
    reader: Reader,
    document: Document,
    name: str,
    rule: Rule,
    column: Column,
    sources: Mapping[str, Any] | None,
    currency: str,
) -> DatedRule:
    """A rule with its values in the package's unit; wrong dates, units and values are reported."""
    scales = QUANTITIES[column.quantity][1]
    unit = generic(rule.unit, currency)
    path: Path = ("rules", name)
    if unit not in scales:
        units = allowed_units(column.quantity, currency)
        complain(
            reader,
            document,
            (*path, "unit"),
            repr(rule.unit),
            listed(units),
            nearest(rule.unit, units),
        )
    scale = scales.get(unit, ONE)
    values = tuple(entry.value * scale.factor / scale.divisor for entry in rule.values)
    for place, (entry, value) in enumerate(zip(rule.values, values, strict=True)):
        at = (*path, "values", place)
        check_source(reader, document, (*at, "source"), entry.source, sources)
        if unit in scales:
            _check_value(reader, document, (*at, "value"), entry.value, value, column)
        _check_dates(reader, document, at, rule, place)
    return DatedRule(
        name=name,
        unit=own_unit(column.quantity),
        dates=tuple(entry.start for entry in rule.values),
        values=values,
        ends=tuple(entry.ends for entry in rule.values),
        source=tuple(entry.source for entry in rule.values),
        description=rule.description,
        notes=tuple(entry.note for entry in rule.values),
        grades=tuple(entry.grade or _grade_of(entry.source, sources) for entry in rule.values),
    )


def _grade_of(source: str, sources: Mapping[str, Any] | None) -> str:
    """Grade of a value that names none: that of its source; D for a value of an overlay or of the command line."""
    declared = (sources or {}).get(source)
    return str(declared.get("grade", "D")) if isinstance(declared, dict) else "D"


def _check_value(
    reader: Reader, document: Document, path: Path, given: float, value: float, column: Column
) -> None:
    """Report a value outside its range; both in the package's unit."""
    if column.low <= value <= column.high:
        return
    percent = column.quantity == "share" and column.high <= 1 < value <= 100
    allowed = f"{column.low:g} to {column.high:g} ({own_unit(column.quantity)})"
    hint = "looks like percent" if percent else ""
    complain(reader, document, path, f"{given:g}", allowed, hint=hint)


def _check_dates(reader: Reader, document: Document, at: Path, rule: Rule, place: int) -> None:
    """Dates ascend strictly, and a value ends before the next one starts."""
    entry = rule.values[place]
    if place and entry.start <= rule.values[place - 1].start:
        complain(
            reader,
            document,
            (*at, "from"),
            str(entry.start),
            f"a date after {rule.values[place - 1].start}",
        )
    following = rule.values[place + 1].start if place + 1 < len(rule.values) else None
    if entry.ends and (entry.ends < entry.start or (following and entry.ends >= following)):
        until = f" and before {following}" if following else ""
        complain(
            reader, document, (*at, "ends"), str(entry.ends), f"a date from {entry.start} on{until}"
        )


def _check_groups(
    reader: Reader, document: Document, law: LawFile, sources: Mapping[str, Any] | None
) -> None:
    seen: set[str] = set()
    for place, group in enumerate(law.retirement_groups):
        at = ("retirement_groups", place)
        check_source(reader, document, (*at, "source"), group.source, sources)
        if group.key in seen:
            complain(reader, document, (*at, "key"), f"{group.key!r} again", "each key once")
        seen.add(group.key)
    for sex in ("male", "female"):
        if not any(group.sex == sex for group in law.retirement_groups):
            reader.report(
                document.file,
                "key retirement_groups",
                f"no group of sex {sex!r}",
                "one of each sex",
            )


def _funds(reader: Reader, documents: Documents) -> list[Fund]:
    """Funds of ``schemes/``: the files that are no law; wrong ones are reported and left out."""
    funds = []
    for stem, document in documents.schemes.items():
        if not is_law(document):
            funds.append(_fund(reader, document, stem))
    return [fund for fund in funds if fund is not None]


def _fund(reader: Reader, document: Document, stem: str) -> Fund | None:
    """The fund of a file, by the model of its scheme module."""
    module = document.data.get("module")
    model = FUND_MODELS.get(module) if isinstance(module, str) else None
    if model is None:
        if isinstance(module, str):
            unknown(reader, document, ("module",), "module", module, FUND_MODELS)
        else:
            complain(reader, document, ("module",), short(module), listed(FUND_MODELS))
        return None
    fund = validate(reader, document, model, document.data)
    return fund.named(stem) if fund is not None else None


# ---- economy


def _economy(
    reader: Reader, document: Document | None, sources: Mapping[str, Any] | None
) -> dict[str, Parameter]:
    if document is None:
        return {}
    leaves = dict(_leaves(document.data, ()))
    parameters: dict[str, Parameter] = {}
    for path, data in leaves.items():
        name = ".".join(str(part) for part in path)
        if name not in ECONOMY:
            complain(
                reader,
                document,
                path,
                f"the unknown parameter {name!r}",
                "the parameters of the model",
                nearest(name, ECONOMY),
            )
            continue
        parameter = validate(reader, document, Parameter, data, path)
        if parameter is not None:
            parameters[name] = parameter
            value = parameter.value
            check_source(reader, document, (*path, "source"), parameter.source, sources)
            _check_value(reader, document, (*path, "value"), value, value, ECONOMY[name])
    for name in ECONOMY:
        if name not in UNDECLARED and tuple(name.split(".")) not in leaves:
            reader.report(document.file, "", "no such parameter", f"the parameter {name!r}")
    return parameters


def _leaves(data: Mapping[str, Any], path: Path) -> list[tuple[Path, Any]]:
    """Tables that hold no further table, with their paths."""
    found: list[tuple[Path, Any]] = []
    for key, value in data.items():
        if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
            found += _leaves(value, (*path, key))
        else:
            found.append(((*path, key), value))
    return found
