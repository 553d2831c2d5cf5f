"""Published heads of the scheme by province, with the years between them filled."""

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.errors import OpeningError
from pooling.parameters.lookup import labels

Array = NDArray[np.float64]


def heads_history(config: Config, column: str) -> tuple[NDArray[np.int_], Array]:
    """Heads on 31 December by province and year, from the first year that every province reports.

    Gaps follow the national series: a province's share of it moves log-linearly between the years that are published;
    where the nation has a gap too, its heads move log-linearly.

    Args:
        config: the run.
        column: ``active`` or ``retirees`` of schemes/accounts and schemes/accounts_national.

    Returns:
        Years (contiguous, the last is the valuation year) and heads [province, year]; persons.
    """
    table = config.assumptions.tables["schemes/accounts"]
    years, heads = labels(table, "year"), table.values[column]
    last = config.assumptions.info.valuation_date.year
    complete = years[np.isfinite(heads).all(axis=0) & (years <= last)]
    if not complete.size or complete[-1] != last:
        raise OpeningError(f"schemes/accounts: {column} of {last} is missing for a province")
    span = np.arange(complete[0], last + 1)
    national = _national(config, column, span, years, heads)
    share = np.array([_log_line(span, years, row, national) for row in heads])
    return span, share * national


def _national(
    config: Config, column: str, span: NDArray[np.int_], years: NDArray[np.int_], heads: Array
) -> Array:
    """National heads: the sum of the provinces where complete, else the national line, else between."""
    table = config.assumptions.tables.get("schemes/accounts_national")
    known = {int(y): float(h) for y, h in zip(years, heads.sum(axis=0), strict=True)}
    if table is not None:
        line = dict(zip(labels(table, "year").tolist(), table.values[column].tolist(), strict=True))
        known = {y: v for y, v in {**line, **_finite(known)}.items() if np.isfinite(v)}
    known = _finite(known)
    at = np.array(sorted(known))
    return np.exp(np.interp(span, at, np.log([known[y] for y in at.tolist()])))


def _finite(series: dict[int, float]) -> dict[int, float]:
    return {year: value for year, value in series.items() if np.isfinite(value)}


def _log_line(
    span: NDArray[np.int_], years: NDArray[np.int_], heads: Array, national: Array
) -> Array:
    """A province's share of the nation, log-linear between its published years; linear where a year has nobody."""
    inside = np.isfinite(heads) & (years >= span[0]) & (years <= span[-1])
    at = years[inside]
    share = heads[inside] / national[at - span[0]]
    if (share <= 0).any():
        return np.interp(span, at, share)
    return np.exp(np.interp(span, at, np.log(share)))


def wage_history(config: Config, years: NDArray[np.int_]) -> Array:
    """National average wage of ``years`` over that of the last year before the valuation date; dimensionless.

    Published years, log-linear between them; before the first and after the last at the nearest growth rate.
    """
    table = config.assumptions.tables["economy/national_wage"]
    wage = table.values["average_wage"]
    known = np.isfinite(wage)
    at, log = labels(table, "year")[known].astype(float), np.log(wage[known])
    base = config.assumptions.info.valuation_date.year

    def level(year: NDArray[np.float64]) -> Array:
        inside = np.interp(year, at, log)
        before = (log[1] - log[0]) / (at[1] - at[0]) * np.minimum(year - at[0], 0)
        after = (log[-1] - log[-2]) / (at[-1] - at[-2]) * np.maximum(year - at[-1], 0)
        return inside + before + after

    return np.exp(level(years.astype(float)) - level(np.array([base], float)))
