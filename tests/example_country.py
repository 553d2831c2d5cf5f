"""The example country, opened: what the laws are tested on. All tests of a session share the compiled program."""

import csv
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from pooling import results
from pooling.assumptions import Config, load_config
from pooling.drivers import economy as drivers
from pooling.opening.build import Opening, open_model
from pooling.pools.arrangement import Arrangement, Pooling
from pooling.pools.funds import FundYear
from pooling.projection import Run, project
from pooling.state import narrowed
from pooling.year import Model, YearResult, tables_of

ASSUMPTIONS = Path(__file__).parents[1] / "assumptions"
EXAMPLE = ASSUMPTIONS / "runs" / "example.toml"
LAST_YEAR = 2034
SEED = 20250101
SHORT: Mapping[str, object] = {
    "projection.last_year": LAST_YEAR,
    "arrangements": ["municipal", "provincial", "national", "current", "regional"],
}
"""Ten years of the arrangements that differ in their pools only."""
EVERY_ARRANGEMENT = (
    *("municipal", "provincial", "national", "current", "regional"),
    *("provincial_adjustment", "central_adjustment", "stepwise", "payable", "less_effort"),
    "local_reserves",
)
"""Those of the example: every settlement, deficit rule, change on a date and response."""
CALM: Mapping[str, object] = {
    "economy.wages.national.sigma": 0.0,
    "economy.wages.province.sigma": 0.0,
    "economy.migration.national.sigma": 0.0,
    "economy.migration.province.sigma": 0.0,
}
"""Volatility zero."""
SHORT_TERM = (("funds", ("employee_pension_fund", "unemployment", "work_injury")),)
"""With unemployment and work injury insurance beside the pension fund."""
MEDICAL = (("funds", ("employee_pension_fund", "employee_medical", "resident_medical")),)
"""With both health insurance funds beside the pension fund."""
EVERY_FUND = (
    (
        "funds",
        (
            *("employee_pension_fund", "resident_pension", "employee_medical", "resident_medical"),
            *("unemployment", "work_injury"),
        ),
    ),
)
"""With the funds of all schemes."""
MONEY = {
    "economy/average_wage": ["average_wage"],
    "economy/national_wage": ["average_wage"],
    "economy/gdp_per_head": ["gdp_per_head"],
    "schemes/accounts": ["revenue", "expenditure", "balance"],
    "schemes/accounts_national": ["revenue", "expenditure", "balance"],
    "schemes/reference_wage": ["reference_wage"],
    "schemes/unemployment_national": [
        *("benefits", "medical", "revenue", "expenditure", "balance"),
    ],
    "schemes/unemployment_accounts": ["revenue", "expenditure", "balance"],
    "schemes/work_injury_national": ["revenue", "expenditure", "balance", "urban_income"],
    "schemes/work_injury_accounts": ["revenue", "expenditure", "balance"],
    "schemes/employee_medical_national": [
        *("pool_revenue", "account_revenue", "pool_expenditure", "account_expenditure"),
        *("pool_balance", "account_balance"),
    ],
    "schemes/resident_medical_national": ["revenue", "expenditure", "balance"],
    "schemes/platform_workers": ["premium_ride", "premium_delivery", "premium_freight"],
}
"""Columns in money of the example's tables."""
Rows = list[dict[str, str]]


class Projected(eqx.Module):
    """What one realization leaves: the aggregates and the named arrays, as NumPy."""

    year: YearResult
    named: dict[str, np.ndarray]


@jax.jit
def _program(run: Run, path: jnp.ndarray) -> tuple[YearResult, results.Named]:
    year = project(run, tables_of(run.model), path)
    return year, results.of_path(run.model, year)


def open_country(
    config: Path = EXAMPLE, overrides: Mapping[str, object] | None = None
) -> tuple[Config, Opening]:
    """Load and open a configuration over ten years."""
    loaded = load_config(config, {**SHORT, **(overrides or {})})
    return loaded, open_model(loaded)


@cache
def example(*overrides: tuple[str, object]) -> tuple[Config, Opening]:
    """The example under overrides given as pairs, opened once a session."""
    return open_country(EXAMPLE, dict(overrides))


def project_country(opening: Opening, path: int = 0, model: Model | None = None) -> Projected:
    """One realization of an opened country, under other levers if a model is given."""
    run = Run(model or opening.model, opening.state, SEED)
    return Projected(*jax.tree.map(np.asarray, _program(run, jnp.int32(path))))


def in_mixed_precision(opening: Opening) -> Opening:
    """The same country with people and rights in single precision."""
    return replace(opening, state=narrowed(opening.state))


def gross(year: FundYear) -> np.ndarray:
    """All that moves through a fund in a year, with its opening balance."""
    parts = (
        year.opening_balance,
        year.contributions,
        year.outgo,
        year.scheduled_subsidy,
        year.deficit_subsidy,
        year.interest,
        year.settlement,
        year.moved_in,
        year.moved_out,
        year.benefit_cut,
    )
    return sum(np.abs(part) for part in parts)


def draw_of(opening: Opening, path: int) -> drivers.Path:
    """Drivers of a realization, by year."""
    return jax.tree.map(
        np.asarray, drivers.draw(opening.model.levers.economy, SEED, jnp.int32(path))
    )


def by_arrangement(pooling: Pooling, values: np.ndarray) -> dict[str, np.ndarray]:
    """Values whose last axis is the fund, by the key of the arrangement."""
    ends = np.cumsum([each.pools for each in pooling.arrangements])[:-1]
    keys = [each.key for each in pooling.arrangements]
    return dict(zip(keys, np.split(values, ends, axis=-1), strict=True))


def pool_of_year(arrangement: Arrangement, years: int) -> np.ndarray:
    """Where on its part of the fund axis the pool of every municipality is [year, municipality]; of the first scheme."""
    found, begin = 0, 0
    for k, partition in enumerate(arrangement.partitions):
        force = np.asarray(arrangement.force(k))[:years, :1]
        found = found + force * (begin + np.asarray(partition.pool))[None]
        begin += partition.pools
    return np.asarray(found, int)


def copy_of_example(folder: Path) -> Path:
    """A copy of the example set and its run; returns the run's file."""
    shutil.copytree(ASSUMPTIONS / "example", folder / "example")
    (folder / "runs").mkdir()
    return Path(shutil.copy(EXAMPLE, folder / "runs" / "example.toml"))


def edit(run: Path, table: str, change: Callable[[Rows], Rows]) -> None:
    """Rewrite one CSV of the set that a copied run uses."""
    file = run.parents[1] / "example" / f"{table}.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        names, rows = list(reader.fieldnames or []), list(reader)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(rows))


def tables_with(run: Path, column: str) -> list[str]:
    """Names of the set's tables that have a column."""
    folder = run.parents[1] / "example"
    files = sorted(folder.rglob("*.csv"))
    return [
        file.relative_to(folder).with_suffix("").as_posix()
        for file in files
        if column in file.read_text("utf-8").splitlines()[0].split(",")
    ]


def relative(difference: np.ndarray, scale: np.ndarray) -> float:
    """Largest difference over the largest of the scale; as it is where the scale is nothing."""
    return float(np.abs(difference).max() / (np.abs(scale).max() or 1))
