"""Checks that need more than one file: sums, years, shares over funds, names that refer to each other."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from pooling.assumptions.consistent_funds import check_funds
from pooling.assumptions.consistent_laws import check_laws
from pooling.assumptions.files import Reader, listed, nearest
from pooling.assumptions.folder import Documents
from pooling.assumptions.magnitudes import check_magnitudes
from pooling.assumptions.matrices import check_matrices
from pooling.assumptions.model import AssumptionSet
from pooling.assumptions.registry import NEEDS
from pooling.assumptions.schemas import RunFile
from pooling.assumptions.tables import REGISTRY, Table
from pooling.assumptions.toml_text import Document, Path, complain

FERTILITY_TOLERANCE = 0.005
"""Of the shares of a year's fertility: published shares are rounded."""
PROFILE_TOLERANCE = 0.001
"""Of the shares of migrants within a sex."""
WAGE_AGE_TOLERANCE = 0.01
"""Of the mean relative wage at ages 20 to 59."""


def check_set(reader: Reader, documents: Documents, assumptions: AssumptionSet) -> None:
    """Report what is inconsistent inside a set."""
    check_magnitudes(reader, assumptions)
    check_matrices(reader, assumptions)
    _check_sums(reader, assumptions.tables)
    _check_people(reader, assumptions)
    _check_horizon(reader, documents, assumptions)
    _check_opening_years(reader, assumptions)
    check_laws(reader, documents, assumptions)
    check_funds(reader, documents, assumptions)


def check_run(
    reader: Reader,
    document: Document,
    run: RunFile,
    assumptions: AssumptionSet,
    funds: Sequence[str],
) -> None:
    """Report what a run asks for and its set cannot give.

    Args:
        reader: of the run's file.
        document: the run's file.
        run: what it says.
        assumptions: its set.
        funds: names of all funds of the set; what is wrong in one has been reported.
    """

    def wrong(path: Path, found: object, allowed: str, close: str = "") -> None:
        complain(reader, document, path, str(found), allowed, close)

    info = assumptions.info
    if run.projection.first_year != info.valuation_date.year + 1:
        wrong(
            ("projection", "first_year"),
            run.projection.first_year,
            f"{info.valuation_date.year + 1}, the year after the valuation date {info.valuation_date}",
        )
    if run.projection.last_year > info.horizon_last:
        wrong(
            ("projection", "last_year"),
            run.projection.last_year,
            f"a year up to {info.horizon_last}, the last that the tables of {info.name} reach",
        )
    _check_names(wrong, ("funds",), run.funds or (), list(funds))
    if len(funds) == len(assumptions.funds):
        _check_track(wrong, run, assumptions)
    _check_options(wrong, run, assumptions)


def _check_track(wrong: Callable[..., None], run: RunFile, assumptions: AssumptionSet) -> None:
    """Who is in no employee fund is a resident: every scheme needs the employee pension funds beside it."""
    modules = {fund.key: fund.module for fund in assumptions.funds}
    chosen = modules if run.funds is None else [key for key in run.funds if key in modules]
    if chosen and "employee_pension" not in {modules[key] for key in chosen}:
        employee = [key for key, module in modules.items() if module == "employee_pension"]
        allowed = f"a fund of employee_pension among them, from which other schemes take who is covered: {listed(employee)}"
        wrong(("funds",), listed(chosen), allowed)


def _check_options(wrong: Callable[..., None], run: RunFile, assumptions: AssumptionSet) -> None:
    paths = assumptions.tables.get("economy/central_path")
    if paths is not None:
        variants = [str(name) for name in np.asarray(paths.axes["variant"])]
        _check_names(wrong, ("options", "central_path"), (run.options.central_path,), variants)
    anchor = run.subsidy_anchor
    if anchor is not None and anchor.province not in assumptions.provinces.code:
        codes = [str(code) for code in assumptions.provinces.code]
        place = ("subsidy_anchor", "province")
        wrong(
            place, anchor.province, "a code of provinces.csv", nearest(str(anchor.province), codes)
        )
    if run.options.city_reference and "schemes/city_reference" not in assumptions.tables:
        wrong(("options", "city_reference"), True, "false without the table schemes/city_reference")
    if run.options.opening_ages == "un":
        _check_midyear(wrong, assumptions)


def _check_midyear(wrong: Callable[..., None], assumptions: AssumptionSet) -> None:
    """The opening on UN ages needs the mid-year after the valuation date."""
    table = assumptions.tables.get("demography/population_midyear")
    years = np.asarray(table.axes["year"]) if table else np.arange(0)
    base = assumptions.info.valuation_date.year
    missing = np.setdiff1d([base + 1], years)
    if missing.size:
        wrong(
            ("options", "opening_ages"),
            "'un'",
            f"'census', as demography/population_midyear lacks {listed(missing)}",
        )


def _check_names(
    wrong: Callable[..., None], path: Path, given: Iterable[str], known: list[str]
) -> None:
    seen: set[str] = set()
    for name in given:
        if name not in known:
            wrong(path, repr(name), listed(known, 20), nearest(name, known))
        elif name in seen:
            wrong(path, f"{name!r} twice", "each name once")
        seen.add(name)


# ---- tables


def _check_sums(reader: Reader, tables: Mapping[str, Table]) -> None:
    """Shares sum to one; the mean relative wage is one."""
    _check_sum(reader, tables, "demography/fertility_pattern", "share", "year", FERTILITY_TOLERANCE)
    _check_sum(reader, tables, "migration/age_profile", "share", "sex", PROFILE_TOLERANCE)
    wages = tables.get("economy/wage_age")
    if wages is None:
        return
    ages = np.asarray(wages.axes["age"])
    prime = (ages >= 20) & (ages <= 59)
    for column, values in wages.values.items():
        mean = values[:, prime].mean(axis=1)
        for sex in np.flatnonzero(abs(mean - 1) > WAGE_AGE_TOLERANCE):
            reader.report(
                "economy/wage_age.csv",
                f"column {column}, sex {np.asarray(wages.axes['sex'])[sex]}",
                f"a mean of {mean[sex]:.4f} over ages 20 to 59",
                f"1, within {WAGE_AGE_TOLERANCE:g}",
            )


def _check_sum(
    reader: Reader,
    tables: Mapping[str, Table],
    name: str,
    column: str,
    within: str,
    tolerance: float,
) -> None:
    table = tables.get(name)
    if table is None:
        return
    axis = list(table.axes).index(within)
    values = np.moveaxis(table.values[column], axis, 0)
    total = values.reshape(len(values), -1).sum(axis=1)
    for place in np.flatnonzero(abs(total - 1) > tolerance):
        label = np.asarray(table.axes[within])[place]
        reader.report(
            f"{name}.csv",
            f"column {column}, {within} {label}",
            f"a sum of {total[place]:.5g}",
            f"1 (100 percent), within {tolerance:g}",
        )


def _check_people(reader: Reader, assumptions: AssumptionSet) -> None:
    """Somebody lives in every province: accounts and wages of nobody have no meaning."""
    table, provinces = assumptions.tables.get("population/census"), assumptions.provinces
    if table is None:
        return
    axes = list(table.axes)
    persons = np.moveaxis(
        table.values["persons"], (axes.index("year"), axes.index("municipality")), (0, 1)
    )
    heads = persons.reshape(*persons.shape[:2], -1).sum(axis=2)
    for k, year in enumerate(np.asarray(table.axes["year"])):
        by_province = np.bincount(assumptions.municipalities.province_index, heads[k])
        empty = [str(provinces.code[p]) for p in np.flatnonzero(by_province == 0)]
        if empty:
            reader.report(
                "population/census.csv",
                f"column persons, year {year}",
                f"nobody in {listed(empty)}",
                "people in every province",
            )


def last_year(table: Table) -> int:
    """Last calendar year that a projected table reaches; a period reaches to its end."""
    if "period_start" in table.axes:
        starts = np.asarray(table.axes["period_start"])
        return int(starts[-1] + (starts[-1] - starts[-2] if len(starts) > 1 else 1))
    return int(np.asarray(table.axes["year"]).max())


def _check_horizon(reader: Reader, documents: Documents, assumptions: AssumptionSet) -> None:
    """The projected tables reach from the first to the last year of the set's horizon."""
    info, document, short = assumptions.info, documents.info, []
    for name, table in assumptions.tables.items():
        if not REGISTRY[name].projected:
            continue
        key = "period_start" if "period_start" in table.axes else "year"
        first, last = int(np.asarray(table.axes[key]).min()), last_year(table)
        if first > info.horizon_first:
            allowed = f"years from {info.horizon_first} on, the set's horizon_first"
            reader.report(f"{name}.csv", f"column {key}", f"years from {first} on", allowed)
        if last < info.horizon_last:
            short.append((last, name))
    if short and document is not None:
        names = listed(name for _, name in sorted(short))
        allowed = f"a year up to {min(short)[0]}, as these tables end earlier: {names}"
        complain(reader, document, ("horizon_last",), str(info.horizon_last), allowed)


# ---- the opening year


def _check_opening_years(reader: Reader, assumptions: AssumptionSet) -> None:
    """The tables hold the years that the opening stocks are made from."""
    base = assumptions.info.valuation_date.year
    needed = {
        "population/national": ("year", (base,)),
        "economy/average_wage": ("used_year", (base, base + 1)),
        "schemes/accounts": ("year", (base,)),
        "schemes/resident_pension_accounts": ("year", (base,)),
        "schemes/resident_pension_base": ("year", (base + 1,)),
    }
    for name, (key, years) in needed.items():
        table = assumptions.tables.get(name)
        missing = np.setdiff1d(years, np.asarray(table.axes[key])) if table else np.arange(0)
        for year in missing:
            reader.report(f"{name}.csv", f"column {key}", f"no year {year}", f"the year {year}")
    _check_series(reader, assumptions, base)
    dated = ("population/census", "population/registration", "demography/provincial_multipliers")
    for name in dated:
        table = assumptions.tables.get(name)
        if table and np.asarray(table.axes["year"]).min() > base:
            reader.report(f"{name}.csv", "column year", f"no year up to {base}", "one at least")
    _check_since_census(reader, assumptions, base)
    _check_accounts(reader, assumptions, base)


def _check_series(reader: Reader, assumptions: AssumptionSet, base: int) -> None:
    """Series that are prolonged are long enough and reach the valuation year, of which a fund's national figures are."""
    wages = assumptions.tables.get("economy/national_wage")
    known = np.isfinite(wages.values["average_wage"]).sum() if wages else 2
    if known < 2:
        found = f"{known} year" if known else "no year"
        reader.report("economy/national_wage.csv", "column year", found, "two years at least")
    reference = assumptions.tables.get("schemes/reference_wage")
    last = int(np.asarray(reference.axes["year"]).max()) if reference else base
    if last < base:
        found = f"no year after {last}, which is prolonged by one year"
        reader.report(
            "schemes/reference_wage.csv", "column year", found, f"the year {base} at least"
        )
    needed = {name for each in assumptions.funds for name in NEEDS[each.module]}
    for name in sorted(name for name in needed if name.endswith("_national")):
        table = assumptions.tables.get(name)
        if table and base not in np.asarray(table.axes["year"]):
            reader.report(f"{name}.csv", "column year", f"no year {base}", f"the year {base}")


def _check_since_census(reader: Reader, assumptions: AssumptionSet, base: int) -> None:
    """Vital rates reach back to the census that the opening starts from."""
    census = assumptions.tables.get("population/census")
    years = np.asarray(census.axes["year"]) if census else np.arange(0)
    if not (years <= base).any():
        return
    start = int(years[years <= base].max())
    for name in ("mortality", "life_expectancy", "fertility", "fertility_pattern"):
        table = assumptions.tables.get(f"demography/{name}")
        key = "period_start" if name == "mortality" else "year"
        if table and np.asarray(table.axes[key]).min() > start:
            reader.report(
                f"demography/{name}.csv",
                f"column {key}",
                f"years from {np.asarray(table.axes[key]).min()} on",
                f"years from the census of {start} on",
            )


def _check_accounts(reader: Reader, assumptions: AssumptionSet, base: int) -> None:
    """Heads and money of the valuation year are known for every province."""
    table = assumptions.tables.get("schemes/accounts")
    if table is None or base not in np.asarray(table.axes["year"]):
        return
    at = int(np.flatnonzero(np.asarray(table.axes["year"]) == base)[0])
    for column, values in table.values.items():
        missing = assumptions.provinces.code[np.isnan(values[:, at])]
        if missing.size:
            reader.report(
                "schemes/accounts.csv",
                f"column {column}",
                f"nothing for {base} in province {listed(missing, 5)}",
                "a value of the valuation year for every province",
            )
