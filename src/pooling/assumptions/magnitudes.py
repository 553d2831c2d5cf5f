"""Figures of one table against those of another: a factor of 12, ten thousand or a hundred million is a slip of the unit.

The ranges are wide: they hold for any country, and a figure outside is not unusual but impossible. What is only unusual is
the affair of the quality report.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.files import Reader
from pooling.assumptions.model import AssumptionSet
from pooling.assumptions.tables import Table

WAGES = (0.2, 5.0)
"""A wage over the nation's average of the same year."""
PRODUCT = (0.02, 50.0)
"""Product a head over the national wage."""
PENSION = (0.02, 10.0)
"""Expenditure a retiree over the national wage."""
CONTRIBUTION = (0.002, 5.0)
"""Revenue an active member over the national wage."""
BALANCE = (-100.0, 100.0)
"""A balance over the year's expenditure."""
PEOPLE = (0.5, 2.0)
"""Two counts of the same people."""
MEMBERS = (0.0, 1.5)
"""Members of a scheme over the people of the province."""
NATION = (0.0, 10.0)
"""Members of a scheme over the people, where the figures may be those of a nation of which the set holds a part."""
AMONG = (0.0, 1.0)
"""Heads over those whom they are among."""
MIGRANTS = (0.0, 1.0)
"""Migrants over the people of the province."""
NET_MIGRANTS = (-0.2, 0.2)
"""Net migrants of a year over the people."""
WAGE_STEP = (0.4, 2.5)
"""A wage over that of the year before."""
ACCOUNT_STEP = (0.1, 10.0)
"""Heads or money of a province over those of the year before."""

Floats = NDArray[np.float64]
Range = tuple[float, float]


class Quotient(NamedTuple):
    """Figures over others, each of which should lie in a range.

    Attributes:
        table: of the figures.
        column: of the figures.
        over: what they are divided by, in words.
        places: key columns → labels, of the same shape as the values.
        values: the figures.
        base: what they are divided by.
        allowed: range.
    """

    table: str
    column: str
    over: str
    places: Mapping[str, NDArray[np.generic]]
    values: Floats
    base: Floats
    allowed: Range


def check_magnitudes(reader: Reader, assumptions: AssumptionSet) -> None:
    """Report figures that another table makes impossible."""
    # Figures that nobody means, of 1e300 or 1e-310, are told like others: as infinite or no times, not by warnings.
    with np.errstate(all="ignore"):
        for quotient in _quotients(assumptions):
            _check(reader, quotient)


def _check(reader: Reader, quotient: Quotient) -> None:
    ratio = np.where(quotient.base != 0, quotient.values / quotient.base, np.nan)
    low, high = quotient.allowed
    for at in zip(*np.nonzero((ratio < low) | (ratio > high)), strict=True):
        place = ", ".join(f"{key} {labels[at]}" for key, labels in quotient.places.items())
        reader.report(
            f"{quotient.table}.csv",
            f"column {quotient.column}, {place}",
            f"{quotient.values[at]:,.6g}, which is {ratio[at]:.3g} times {quotient.over}",
            f"{low:g} to {high:g} times; compare the units in tables.toml",
        )


def _quotients(assumptions: AssumptionSet) -> Iterator[Quotient]:
    yield from _of_wages(assumptions)
    yield from _of_people(assumptions)
    yield from _of_accounts(assumptions)
    yield from _of_heads(assumptions)
    yield from _of_drawing(assumptions)


def _of_wages(assumptions: AssumptionSet) -> Iterator[Quotient]:
    tables = assumptions.tables
    national = tables.get("economy/national_wage")
    if national is None:
        return
    wage = dict(
        zip(_years(national).tolist(), national.values["average_wage"].tolist(), strict=True)
    )
    for name, column, year, allowed in (
        ("economy/average_wage", "average_wage", "earned_year", WAGES),
        ("schemes/reference_wage", "reference_wage", "year", WAGES),
        ("economy/gdp_per_head", "gdp_per_head", "year", PRODUCT),
    ):
        table = tables.get(name)
        if table is None:
            continue
        values = table.values[column]
        places = _grid(table)
        base = np.vectorize(lambda each: wage.get(int(each), np.nan), otypes=[float])(places[year])
        over = "economy/national_wage of the same year"
        yield Quotient(name, column, over, places, values, base, allowed)
    yield from _steps("economy/national_wage", "average_wage", national, WAGE_STEP)
    if reference := tables.get("schemes/reference_wage"):
        yield from _steps("schemes/reference_wage", "reference_wage", reference, WAGE_STEP)


def _of_people(assumptions: AssumptionSet) -> Iterator[Quotient]:
    tables, base = assumptions.tables, assumptions.info.valuation_date.year
    people = _residents(assumptions)
    if people is None:
        return
    everyone = people.sum()
    nation = tables.get("population/national")
    if nation is not None:
        values, places = nation.values["population_31dec"], _grid(nation)
        near = abs(places["year"].astype(int) - base) <= 20
        shown = {key: labels[near] for key, labels in places.items()}
        over = "the people of population/census"
        total = np.full(int(near.sum()), everyone)
        yield Quotient(nation.name, "population_31dec", over, shown, values[near], total, PEOPLE)
    over = "the people of population/census in the province"
    if stock := tables.get("migration/stock"):
        values = np.nan_to_num(stock.values["persons"]).sum(axis=0)
        places = {"residence": assumptions.provinces.code}
        yield Quotient(stock.name, "persons", over, places, values, people, MIGRANTS)
    if margins := tables.get("migration/flow_margins"):
        total = np.broadcast_to(people[:, None], margins.values["inflow"].shape)
        for column, values in margins.values.items():
            yield Quotient(margins.name, column, over, _grid(margins), values, total, MIGRANTS)
    if abroad := tables.get("demography/international_migration"):
        values = abroad.values["net_migrants"].sum(axis=(1, 2))
        over, total = "the people of population/census", np.full(len(values), everyone)
        places = {"year": np.asarray(abroad.axes["year"])}
        yield Quotient(abroad.name, "net_migrants", over, places, values, total, NET_MIGRANTS)
    if midyear := tables.get("demography/population_midyear"):
        values = midyear.values["persons"].sum(axis=(1, 2))
        over, total = "the people of population/census", np.full(len(values), everyone)
        places = {"year": np.asarray(midyear.axes["year"])}
        yield Quotient(midyear.name, "persons", over, places, values, total, PEOPLE)


def _of_accounts(assumptions: AssumptionSet) -> Iterator[Quotient]:
    tables = assumptions.tables
    table, national = tables.get("schemes/accounts"), tables.get("economy/national_wage")
    if table is None or national is None:
        return
    name, accounts, places = table.name, table.values, _grid(table)
    years = _years(national)
    wage = np.interp(places["year"].astype(float), years, national.values["average_wage"])
    for money, heads, allowed in (
        ("expenditure", "retirees", PENSION),
        ("revenue", "active", CONTRIBUTION),
    ):
        over = f"what {heads} times economy/national_wage give"
        base = accounts[heads] * wage
        yield Quotient(name, money, over, places, accounts[money], base, allowed)
    yield Quotient(
        name,
        "balance",
        "the expenditure",
        places,
        accounts["balance"],
        accounts["expenditure"],
        BALANCE,
    )
    for column in ("active", "retirees", "revenue", "expenditure"):
        yield from _steps(name, column, table, ACCOUNT_STEP)


HEADS = {
    "schemes/accounts": ("active", "retirees"),
    "schemes/resident_pension_accounts": ("insured", "recipients"),
    "schemes/unemployment_national": ("insured", "recipients"),
    "schemes/work_injury_national": ("insured", "beneficiaries"),
    "schemes/employee_medical_national": ("active", "retired"),
    "schemes/resident_medical_national": ("insured",),
}
"""Heads of schemes, by table of the provinces or of the nation."""

DRAWING = {
    "schemes/resident_pension_accounts": ("recipients", "insured"),
    "schemes/unemployment_national": ("recipients", "insured"),
    "schemes/work_injury_national": ("beneficiaries", "insured"),
}
"""Heads that are among others, by table."""


def _of_heads(assumptions: AssumptionSet) -> Iterator[Quotient]:
    people = _residents(assumptions)
    for name, columns in HEADS.items():
        table = assumptions.tables.get(name)
        if table is None or people is None:
            continue
        national = "province" not in table.axes
        over = f"the people of population/census{'' if national else ' in the province'}"
        for column in columns:
            values = table.values[column]
            total = np.broadcast_to(people.sum() if national else people[:, None], values.shape)
            allowed = NATION if national else MEMBERS
            yield Quotient(name, column, over, _grid(table), values, total, allowed)


def _of_drawing(assumptions: AssumptionSet) -> Iterator[Quotient]:
    for name, (column, whole) in DRAWING.items():
        if table := assumptions.tables.get(name):
            # Where nobody is insured whoever draws is infinitely many.
            insured = np.maximum(table.values[whole], 1e-9)
            values, over = table.values[column], f"{whole} of the same row"
            yield Quotient(name, column, over, _grid(table), values, insured, AMONG)


def _steps(name: str, column: str, table: Table, allowed: Range) -> Iterator[Quotient]:
    """Every year over the year before, where the table has both; the year stands on its last axis."""
    years, values = _years(table), table.values[column]
    if len(years) < 2:
        return
    follows = np.diff(years) == 1
    places = {key: labels[..., 1:][..., follows] for key, labels in _grid(table).items()}
    later, earlier = values[..., 1:][..., follows], values[..., :-1][..., follows]
    yield Quotient(name, column, "that of the year before", places, later, earlier, allowed)


def _residents(assumptions: AssumptionSet) -> Floats | None:
    """People of the latest census up to the valuation year [province]."""
    table = assumptions.tables.get("population/census")
    years = _years(table) if table is not None else np.arange(0)
    known = years <= assumptions.info.valuation_date.year
    if table is None or not known.any():
        return None
    persons = table.values["persons"][:, int(np.flatnonzero(known)[-1])].sum(axis=(1, 2))
    index = assumptions.municipalities.province_index
    return np.bincount(index, persons, minlength=len(assumptions.provinces.code)).astype(np.float64)


def _years(table: Table) -> NDArray[np.int64]:
    return np.asarray(table.axes["year"]).astype(np.int64)


def _grid(table: Table) -> dict[str, NDArray[np.generic]]:
    """Labels of every cell by key column."""
    labels = [np.asarray(axis) for axis in table.axes.values()]
    return dict(zip(table.axes, np.meshgrid(*labels, indexing="ij"), strict=True))
