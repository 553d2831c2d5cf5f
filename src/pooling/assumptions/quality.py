"""How good the data of a run are: grades, gaps and repairs by table, and sums that should agree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.model import AssumptionSet, Config
from pooling.assumptions.tables import Table

GRADES = ("A", "A-", "B", "B-", "C", "D", "M")
"""From official to declared or derived, and from memory."""

TOTAL_TOLERANCE = 0.01
"""Of published totals: people in no province (servicemen) and central organs are in the nation's line only."""
IDENTITY_TOLERANCE = 1e-3
"""Of sums that the same source publishes twice, rounded."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TableQuality:
    """One table in the report.

    Attributes:
        name: folder and stem.
        grade: of its source.
        rows: rows of the file.
        missing: cells without a value.
        sources: keys of the set's sources.
        status: ``ESTIMATE`` or the like; empty for published figures.
        repairs: what was changed after publication.
    """

    name: str
    grade: str
    rows: int
    missing: int
    sources: tuple[str, ...]
    status: str
    repairs: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """Two figures that should agree.

    Attributes:
        name: what is compared.
        found: the sum of the parts.
        expected: the published total.
        tolerance: relative difference up to which they agree.
    """

    name: str
    found: float
    expected: float
    tolerance: float

    @property
    def difference(self) -> float:
        """Found over expected, less one; 0 where both are nothing."""
        if self.expected == 0:
            return 0.0 if self.found == 0 else float("inf")
        return self.found / self.expected - 1

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance."""
        return abs(self.difference) <= self.tolerance


@dataclass(frozen=True)
class QualityReport:
    """The data of a run, judged.

    Attributes:
        title: of the set.
        tables: by name.
        grades: grade → number of tables, parameters and dated values that rest on it.
        checks: sums that should agree.
        remarks: parameters outside their own range, estimates outside their bounds, sources that nothing cites.
    """

    title: str
    tables: tuple[TableQuality, ...]
    grades: Mapping[str, int]
    checks: tuple[Check, ...]
    remarks: tuple[str, ...]

    def text(self) -> str:
        """The report for a terminal: plain lines, no wider than the longest name needs."""
        return "\n".join(
            [
                self.title,
                "",
                *_grade_lines(self.grades),
                "",
                *_table_lines(self.tables),
                "",
                *_check_lines(self.checks),
                *_remark_lines(self.remarks),
            ]
        )


def quality_report(config: Config) -> QualityReport:
    """Judge the data that a run rests on; nothing here stops a run."""
    assumptions = config.assumptions
    return QualityReport(
        title=assumptions.info.title,
        tables=tuple(_table(table) for _, table in sorted(assumptions.tables.items())),
        grades=_grades(assumptions),
        checks=tuple(_checks(assumptions)),
        remarks=tuple(_remarks(assumptions)),
    )


def _table(table: Table) -> TableQuality:
    return TableQuality(
        table.name,
        table.grade,
        table.rows,
        table.missing,
        table.source,
        table.status,
        table.repairs,
    )


def _grades(assumptions: AssumptionSet) -> dict[str, int]:
    """How many inputs rest on each grade; a fund's file counts once."""
    given = [table.grade for table in assumptions.tables.values()]
    given += [parameter.grade for parameter in assumptions.economy.values()]
    given += [fund.grade for fund in assumptions.funds]
    for law in assumptions.scheme_rules.values():
        given += [grade for rule in law.rules.values() for grade in rule.grades]
    return {grade: given.count(grade) for grade in GRADES}


# ---- checks


def _checks(assumptions: AssumptionSet) -> Iterator[Check]:
    yield from _population_checks(assumptions)
    yield from _account_checks(assumptions)
    yield from _migration_checks(assumptions)


def _years(table: Table) -> list[int]:
    return [int(year) for year in np.asarray(table.axes["year"])]


def _population_checks(assumptions: AssumptionSet) -> Iterator[Check]:
    """Census counts against the national line of the same year."""
    census, nation = (assumptions.tables[f"population/{name}"] for name in ("census", "national"))
    published = dict(zip(_years(nation), nation.values["population_31dec"], strict=True))
    counted = census.values["persons"].sum(axis=(0, 2, 3))
    for year, found in zip(_years(census), counted, strict=True):
        if year in published:
            name = f"census {year}: municipalities against the nation"
            yield Check(name, float(found), float(published[year]), TOTAL_TOLERANCE)


def _account_checks(assumptions: AssumptionSet) -> Iterator[Check]:
    """Provinces against the national line: the valuation year, and the worst of the years that all of them publish."""
    nation = assumptions.tables.get("schemes/accounts_national")
    accounts = assumptions.tables["schemes/accounts"]
    if nation is None:
        return
    base, years = assumptions.info.valuation_date.year, _years(accounts)
    line = np.isin(_years(nation), years)
    for column, values in accounts.values.items():
        total = values.sum(axis=0)[np.isin(years, _years(nation))]
        published = nation.values[column][line]
        known = [year for year, inside in zip(_years(nation), line, strict=True) if inside]
        what = f"{column} of the provinces against the nation"
        last = [year == base for year in known]
        yield from _compare(
            f"accounts {base}: {what}", total[last], published[last], TOTAL_TOLERANCE
        )
        yield from _compare(f"accounts: {what}", total, published, TOTAL_TOLERANCE)
    heads = nation.values["active"] + nation.values["retirees"]
    name = "accounts: active and retirees against insured"
    yield from _compare(name, heads, nation.values["insured"], IDENTITY_TOLERANCE)


def _migration_checks(assumptions: AssumptionSet) -> Iterator[Check]:
    """Stocks against the census of the registered elsewhere, flows against their margins."""
    stock = np.nan_to_num(assumptions.tables["migration/stock"].values["persons"])
    registered = assumptions.tables["population/registration"]
    elsewhere = registered.values["elsewhere_other_province"][:, -1]
    province = assumptions.municipalities.province_index
    living = np.bincount(province, elsewhere, minlength=len(stock))
    yield from _compare(
        "migration stock by residence against registration", stock.sum(axis=0), living
    )
    margins = assumptions.tables["migration/flow_margins"]
    flow = assumptions.tables["migration/flow"]
    periods = [str(period) for period in np.asarray(flow.axes["period"])]
    for place, period in enumerate(str(label) for label in np.asarray(margins.axes["period"])):
        inflow, outflow = (margins.values[name][:, place] for name in ("inflow", "outflow"))
        total = f"migrants {period}: into all provinces against out of them"
        yield Check(total, float(inflow.sum()), float(outflow.sum()), IDENTITY_TOLERANCE)
        if period in periods:
            moved = np.nan_to_num(flow.values["persons"][..., periods.index(period)])
            yield from _compare(
                f"migrants {period}: flows into a province", moved.sum(axis=0), inflow
            )
            yield from _compare(
                f"migrants {period}: flows out of a province", moved.sum(axis=1), outflow
            )


def _compare(
    name: str, found: Floats, expected: NDArray[np.number], tolerance: float = IDENTITY_TOLERANCE
) -> Iterator[Check]:
    """The worst of several pairs of figures; none where no pair is known."""
    known = np.isfinite(found) & np.isfinite(expected)
    many = f" (worst of {known.sum()})" if known.sum() > 1 else ""
    checks = [
        Check(name + many, float(f), float(e), tolerance)
        for f, e in zip(found[known], expected[known], strict=True)
    ]
    if checks:
        yield max(checks, key=lambda check: abs(check.difference))


# ---- remarks


def _remarks(assumptions: AssumptionSet) -> Iterator[str]:
    for name, parameter in assumptions.economy.items():
        low, high = parameter.low, parameter.high
        if (low is not None and parameter.value < low) or (
            high is not None and parameter.value > high
        ):
            yield f"economy.{name} = {parameter.value:g} is outside its declared range {low} to {high}"
    stock = assumptions.tables["migration/stock"].values
    beyond = (stock["persons"] < stock["low"]) | (stock["persons"] > stock["high"])
    if beyond.any():
        yield f"migration/stock: {beyond.sum()} of {np.isfinite(stock['persons']).sum()} cells outside low to high"
    unused = sorted(set(assumptions.sources) - _cited(assumptions))
    if unused:
        yield f"sources.toml: nothing cites {', '.join(unused)}"


def _cited(assumptions: AssumptionSet) -> set[str]:
    """Keys of the sources that tables, parameters and laws name."""
    cited = {key for table in assumptions.tables.values() for key in table.source}
    cited |= {parameter.source for parameter in assumptions.economy.values()}
    for law in assumptions.scheme_rules.values():
        cited |= {key for rule in law.rules.values() for key in rule.source}
        cited |= {group.source for group in law.retirement_groups}
    return cited


# ---- text


def _grade_lines(grades: Mapping[str, int]) -> list[str]:
    counts = "  ".join(f"{grade} {count}" for grade, count in grades.items())
    return [f"Inputs by grade (A official … D declared or derived, M from memory):  {counts}"]


def _table_lines(tables: tuple[TableQuality, ...]) -> list[str]:
    width = max((len(table.name) for table in tables), default=0)
    lines = [f"{'table':<{width}}  grade    rows  missing  status and sources"]
    for t in tables:
        status = f"{t.status}; " if t.status else ""
        sources = ", ".join(t.sources)
        lines.append(
            f"{t.name:<{width}}  {t.grade:<5}  {t.rows:>6}  {t.missing:>7}  {status}{sources}"
        )
        lines += [f"{'':<{width}}    repair: {repair}" for repair in t.repairs]
    return lines


def _check_lines(checks: tuple[Check, ...]) -> list[str]:
    width = max((len(check.name) for check in checks), default=0)
    lines = [f"{'check':<{width}}  difference"]
    for check in checks:
        verdict = "" if check.agrees else f"  DIFFERS by more than {check.tolerance:.1%}"
        lines.append(f"{check.name:<{width}}  {check.difference:>+10.3%}{verdict}")
    return lines


def _remark_lines(remarks: tuple[str, ...]) -> list[str]:
    return ["", "Remarks", *(f"  {remark}" for remark in remarks)] if remarks else []
