"""Load a run: its file, its set, overlays and overrides; every problem of all of them at once."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from pooling.assumptions.arrangements import (
    ArrangementEntry,
    ArrangementsFile,
    BenefitPolicy,
    Change,
)
from pooling.assumptions.build import build_set
from pooling.assumptions.consistency import check_run, check_set
from pooling.assumptions.files import Reader, beside, listed, nearest, outside
from pooling.assumptions.folder import Documents, open_documents
from pooling.assumptions.funds import FUND_MODELS, Fund
from pooling.assumptions.layouts import LEVELS, unsupported_policies, unsupported_terms
from pooling.assumptions.model import Arrangement, AssumptionSet, Config, Grouping, Overlay
from pooling.assumptions.overlay import apply_overlay, apply_overrides
from pooling.assumptions.regions import read_partition
from pooling.assumptions.schemas import Options, RunFile
from pooling.assumptions.toml_text import Document, complain, read_toml, unknown
from pooling.assumptions.validation import short, validate
from pooling.errors import InputErrors, Problem

_FROM_PATH = (
    "the projection takes it from economy/central_path (options.central_path chooses the variant)"
)
_AT_OPENING = "the projection goes on from what the valuation year paid"
HISTORY: Mapping[str, str] = MappingProxyType(
    {
        "notional_rate": _FROM_PATH,
        "indexation": _FROM_PATH,
        "lowest_premium": _AT_OPENING,
        "entry_age": "the projection goes on from who had joined by the valuation date",
        "retired_credit_share": _AT_OPENING,
    }
)
"""Rules that the opening reads up to the valuation date, and what the projection does without them."""


def load_config(
    path: str | PathLike[str],
    overrides: Mapping[str, object] | None = None,
    overlays: Sequence[str] = (),
) -> Config:
    """Read, check and freeze a run with everything that it refers to.

    Args:
        path: the run's TOML file.
        overrides: dotted path → value, applied after the overlays; the paths are those of overlays.
        overlays: applied after those that the run names: the name of one of the set (``wages_flat``), or a TOML file.

    Raises:
        InputErrors: everything that is wrong in any of the files.
    """
    file, changes = Path(path), dict(overrides or {})
    problems: list[Problem] = []
    runs = Reader(file.parent, problems)
    document = _read_run(runs, file)
    reader = Reader(_set_folder(runs, document, changes), problems)
    documents = open_documents(reader)
    applied = _apply_overlays(reader, runs, document, documents, changes)
    applied += _apply_more(reader, runs, document, documents, overlays)
    apply_overrides(runs, changes, document, documents)
    run, assumptions, declared = _checked(runs, reader, document, documents)
    funds = _funds(run, assumptions)
    usual = declared.benefit_policy[0].key
    known = {
        each.key: _arrangement(reader, each, assumptions, funds, usual)
        for each in declared.arrangement
    }
    arrangements = _choose(runs, document, run, known)
    _check_supported(reader, documents, assumptions, declared, arrangements)
    _check_effect(runs, reader, document, applied, changes)
    if problems:
        raise InputErrors(problems)
    return Config(
        title=run.title,
        text=document.text + _as_comments(changes, overlays),
        path=file,
        assumptions=assumptions,
        projection=run.projection,
        arrangements=arrangements,
        policies=_policies(declared, arrangements),
        funds=funds,
        responses=declared.collection_response,
        options=Options(
            **dict(run.options), subsidy_anchor=run.subsidy_anchor, subsidy_rule=run.subsidy_rule
        ),
        output=run.output,
        compute=run.compute,
        overlays=applied,
        overrides=MappingProxyType(changes),
        digests=MappingProxyType(_digests(runs, reader)),
    )


def _checked(
    runs: Reader, reader: Reader, document: Document, documents: Documents
) -> tuple[RunFile, AssumptionSet, ArrangementsFile]:
    """The run, its set and the declared arrangements, each checked as far as it can be read.

    Raises:
        InputErrors: one of them cannot be read.
    """
    run = validate(runs, document, RunFile, document.data)
    assumptions = build_set(reader, documents)
    declared = _declared_arrangements(reader, documents, assumptions)
    if assumptions is not None:
        check_set(reader, documents, assumptions)
    if run is not None and assumptions is not None:
        check_run(runs, document, run, assumptions, documents.funds)
    if run is None or assumptions is None or declared is None:
        raise InputErrors(reader.problems)
    return run, assumptions, declared


def loaded_config(
    config: Config | str | PathLike[str], overrides: Mapping[str, object] | None = None
) -> Config:
    """A configuration that may have been loaded already.

    Args:
        config: it, or the path of a run's TOML file.
        overrides: see :func:`load_config`; only with a path.

    Raises:
        InputErrors: everything that is wrong in any of the files, or overrides of what has been loaded.
    """
    if not isinstance(config, Config):
        return load_config(config, overrides)
    if overrides:
        found, allowed = f"{listed(overrides)} for a loaded configuration", "overrides with a path"
        raise InputErrors([Problem(config.path.as_posix(), "overrides", found, allowed)])
    return config


def _read_run(runs: Reader, file: Path) -> Document:
    """The run's TOML.

    Raises:
        InputErrors: there is no such file, or it cannot be parsed; nothing else can be checked then.
    """
    if not file.is_file():
        names = [name for name in beside(file.parent, "") if name.endswith(".toml")]
        allowed = f"a run's TOML file: {listed(names) or 'none lies there'}"
        close = nearest(file.name, names)
        runs.report(file.name, "", "no such file", allowed, nearest=close)
        raise InputErrors(runs.problems)
    document = read_toml(runs, file.name)
    if document is None:
        raise InputErrors(runs.problems)
    return document


def _set_folder(runs: Reader, document: Document, changes: Mapping[str, object]) -> Path:
    """Folder of the set that a run names.

    Raises:
        InputErrors: there is no such folder; nothing else can be checked then.
    """
    given = changes.get("assumptions", document.data.get("assumptions"))
    if isinstance(given, str) and given and not Path(given).is_absolute():
        folder = runs.root / given
        try:
            if (folder / "set.toml").is_file():
                return folder
        except (OSError, ValueError):
            # A name that is too long, or a folder that is closed to the user.
            pass
    found = short(given) if given is not None else "nothing"
    complain(runs, document, ("assumptions",), found, "a relative path to a folder with a set.toml")
    raise InputErrors(runs.problems)


def _apply_overlays(
    reader: Reader,
    runs: Reader,
    document: Document,
    documents: Documents,
    changes: Mapping[str, object],
) -> tuple[Overlay, ...]:
    """Apply the overlays that the run or the command line names, in their order."""
    given = changes.get("overlays", document.data.get("overlays", []))
    if not isinstance(given, list | tuple) or not all(isinstance(file, str) for file in given):
        return ()
    applied = []
    for file in given:
        reason = outside(reader.root, file)
        if reason:
            close = nearest(file, beside(reader.root, "overlays"))
            complain(runs, document, ("overlays",), reason, "an overlay of the set", close)
            continue
        overlay = apply_overlay(reader, file, document, documents)
        if overlay is not None:
            applied.append(Overlay(file, overlay.title, MappingProxyType(overlay.set)))
    return tuple(applied)


def _apply_more(
    reader: Reader,
    runs: Reader,
    document: Document,
    documents: Documents,
    given: Sequence[str],
) -> tuple[Overlay, ...]:
    """Apply overlays that the caller names: of the set, or TOML files anywhere."""
    applied = []
    for name in given:
        place = _find_overlay(reader, runs, name)
        if place is None:
            continue
        folder, file = place
        overlay = apply_overlay(folder, file, document, documents)
        # A file outside the set has its digest under its own name.
        reader.digests.update(folder.digests)
        if overlay is not None:
            applied.append(Overlay(file, overlay.title, MappingProxyType(overlay.set)))
    return tuple(applied)


def _find_overlay(reader: Reader, runs: Reader, name: str) -> tuple[Reader, str] | None:
    """The folder and the file of an overlay; None after reporting that there is none."""
    own = beside(reader.root, "overlays")
    for file in (f"overlays/{name}.toml", f"overlays/{name}", name):
        if file in own:
            return reader, file
    if name.endswith(".toml") and Path(name).is_file():
        return Reader(Path(name).parent, reader.problems), Path(name).name
    names = [Path(file).stem for file in own]
    allowed = f"an overlay of the set ({listed(names, 20)}), or a TOML file"
    runs.problems.append(
        Problem("--overlay", "", f"no overlay {name!r}", allowed, nearest(name, names))
    )
    return None


def _declared_arrangements(
    reader: Reader, documents: Documents, assumptions: AssumptionSet | None
) -> ArrangementsFile | None:
    """``pooling/arrangements.toml``, its keys unique and its references known."""
    document = documents.arrangements
    file = validate(reader, document, ArrangementsFile, document.data) if document else None
    if document is None or file is None:
        return None
    policies = [policy.key for policy in file.benefit_policy]
    funds = [stem for stem in documents.schemes if stem not in documents.laws]
    presets = list(file.collection_response)
    kinds = {"benefit_policy": policies, "arrangement": [each.key for each in file.arrangement]}
    for kind, keys in kinds.items():
        for place, key in enumerate(keys):
            if key in keys[:place]:
                complain(reader, document, (kind, place, "key"), f"{key!r} again", "each key once")
    for place, entry in enumerate(file.arrangement):
        at = ("arrangement", place)
        _check_references(reader, document, at, entry, policies, funds, presets)
        for number, change in enumerate(entry.change):
            inside = (*at, "change", number)
            _check_references(reader, document, inside, change, policies, funds, presets)
            _check_date(reader, document, inside, change, assumptions)
    for preset, response in file.collection_response.items():
        known = assumptions.sources if assumptions is not None else {}
        if known and response.source not in known:
            place = ("collection_response", preset, "source")
            unknown(reader, document, place, "source", response.source, known)
    return file


def _check_date(
    reader: Reader,
    document: Document,
    at: tuple[str | int, ...],
    change: Change,
    assumptions: AssumptionSet | None,
) -> None:
    """A change comes after the opening."""
    if assumptions is None or change.first_year is None:
        return
    opening, last = assumptions.info.valuation_date.year, assumptions.info.horizon_last
    if change.first_year <= opening:
        allowed = f"a year after the valuation, {opening + 1} or later"
        complain(reader, document, (*at, "from"), str(change.first_year), allowed)
    if change.first_year > last:
        allowed = f"a year up to {last}, the last that the set reaches"
        complain(reader, document, (*at, "from"), str(change.first_year), allowed)


def _check_references(
    reader: Reader,
    document: Document,
    at: tuple[str | int, ...],
    entry: ArrangementEntry | Change,
    policies: list[str],
    funds: list[str],
    presets: list[str],
) -> None:
    """An arrangement, or a change of one, names a policy, funds, a response and a partition that exist."""
    if entry.policy is not None and entry.policy not in policies:
        unknown(reader, document, (*at, "policy"), "benefit policy", entry.policy, policies)
    for fund in entry.schemes if isinstance(entry.schemes, tuple) else ():
        if fund not in funds:
            unknown(reader, document, (*at, "schemes"), "fund", fund, funds)
    if entry.response not in (None, "none", *presets):
        unknown(reader, document, (*at, "response"), "preset", entry.response, presets)
    partition = entry.partition
    if partition is None or partition in LEVELS:
        return
    if not partition.endswith(".csv"):
        levels = [*LEVELS, "a CSV file of the set"]
        unknown(reader, document, (*at, "partition"), "partition", partition, levels)
        return
    reason = outside(reader.root, partition)
    if reason:
        complain(reader, document, (*at, "partition"), reason, "a CSV file of the set")


def _funds(run: RunFile, assumptions: AssumptionSet) -> tuple[Fund, ...]:
    """The run's funds in the order of the schemes; all of the set by default. Unknown names have been reported."""
    chosen = [fund for fund in assumptions.funds if run.funds is None or fund.key in run.funds]
    order = list(FUND_MODELS)
    return tuple(sorted(chosen, key=lambda fund: (order.index(fund.module), fund.code)))


def _choose(
    runs: Reader, document: Document, run: RunFile, known: Mapping[str, Arrangement]
) -> tuple[Arrangement, ...]:
    """The arrangements that a run names, in its order."""
    for place, key in enumerate(run.arrangements):
        if key not in known:
            unknown(runs, document, ("arrangements",), "arrangement", key, known)
        elif key in run.arrangements[:place]:
            complain(runs, document, ("arrangements",), f"{key!r} twice", "each name once")
    return tuple(known[key] for key in run.arrangements if key in known)


def _arrangement(
    reader: Reader,
    entry: ArrangementEntry,
    assumptions: AssumptionSet,
    funds: tuple[Fund, ...],
    policy: str,
) -> Arrangement:
    """An arrangement with the terms of every fund, and its groupings read; other funds than its own are under ``policy``."""
    covered = [f.key for f in funds] if entry.schemes == "all" else list(entry.schemes)
    terms = {
        fund.key: entry.terms_of(fund.key)
        if fund.key in covered
        else ((None, entry.uncovered(policy)),)
        for fund in funds
    }
    named = [entry.partition, *(each.partition for each in entry.change)]
    files = {each for each in named if each is not None and each.endswith(".csv")}
    groupings = {}
    for file in sorted(file for file in files if not outside(reader.root, file)):
        read = read_partition(reader, file, assumptions.municipalities)
        if read is not None:
            groupings[file] = Grouping(*read)
    return Arrangement(
        key=entry.key,
        title=entry.title,
        title_zh=entry.title_zh,
        funds=tuple(fund.key for fund in funds if fund.key in covered),
        terms=MappingProxyType(terms),
        groupings=MappingProxyType(groupings),
    )


def _policies(
    declared: ArrangementsFile, arrangements: tuple[Arrangement, ...]
) -> tuple[BenefitPolicy, ...]:
    """The benefit policies that the arrangements name, in the set's order."""
    named = {terms.policy for arrangement in arrangements for terms in arrangement.all_terms}
    return tuple(policy for policy in declared.benefit_policy if policy.key in named)


def _check_supported(
    reader: Reader,
    documents: Documents,
    assumptions: AssumptionSet,
    declared: ArrangementsFile,
    arrangements: tuple[Arrangement, ...],
) -> None:
    """Report what the arrangements of the run, and the policies that they name, declare and no run can have."""
    document = documents.arrangements
    if document is None:
        return
    keys = [entry.key for entry in declared.arrangement]
    for each in arrangements:
        path = ("arrangement", keys.index(each.key))
        for text in unsupported_terms(assumptions, each):
            complain(reader, document, path, "", text)
    places = {policy.key: place for place, policy in enumerate(declared.benefit_policy)}
    for policy in _policies(declared, arrangements):
        for field, text in unsupported_policies(policy):
            complain(reader, document, ("benefit_policy", places[policy.key], field), "", text)


def _check_effect(
    runs: Reader,
    reader: Reader,
    document: Document,
    overlays: tuple[Overlay, ...],
    changes: Mapping[str, object],
) -> None:
    """Report a value that would be set and have no effect."""
    given = [
        (reader, overlay.file, f"key set.{path}", path)
        for overlay in overlays
        for path in overlay.set
    ]
    given += [(runs, document.file, f"--set {path}", path) for path in changes]
    for where, file, place, path in given:
        reason = HISTORY.get(path.split(".")[-1]) if ".rules." in path else None
        if reason is not None:
            text = f"a value set from the valuation date on has no effect; {reason}"
            where.report(file, place, "", text)


def _as_comments(changes: Mapping[str, object], overlays: Sequence[str]) -> str:
    """Further overlays and overrides as comment lines below a run's text."""
    if not changes and not overlays:
        return ""
    lines = [f"# --overlay {name}" for name in overlays]
    lines += [f"# --set {path}={value!r}" for path, value in changes.items()]
    return "\n".join(["", "# Changed for this run:", *lines, ""])


def _digests(runs: Reader, reader: Reader) -> dict[str, str]:
    """Digests of every file read, each under the name of its folder."""
    return {
        f"{each.root.resolve().name}/{path}": digest
        for each in (runs, reader)
        for path, digest in sorted(each.digests.items())
    }
