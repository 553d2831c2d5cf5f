"""Levers of internal migration from the published margins, the origin-destination estimates and the age profile."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from pooling.assumptions import Config
from pooling.axes import AGES
from pooling.parameters.lookup import age_groups, share_of, sums

Array = NDArray[np.float64]

SWEEPS = 200
"""Proportional-fitting sweeps; the margins are met to 1e-10 well before."""


def five_year_flows(config: Config) -> Array:
    """Latest five-year flows between provinces [origin, destination]; persons; diagonal 0.

    The estimated or published matrix, its gaps filled by gravity (distance, common border), fitted to both margins.
    """
    tables = config.assumptions.tables
    flow, margins = tables["migration/flow"], tables["migration/flow_margins"]
    periods = flow.values["persons"]
    seed = periods[..., -1] if periods.shape[-1] else np.full(periods.shape[:-1], np.nan)
    gravity = _gravity(config)
    known = np.isfinite(seed)
    scale = np.nansum(seed) / max(gravity[known].sum(), 1e-300) if known.any() else 1.0
    filled = np.where(known, seed, gravity * scale)
    np.fill_diagonal(filled, 0)
    return fit_margins(filled, margins.values["outflow"][:, -1], margins.values["inflow"][:, -1])


def _gravity(config: Config) -> Array:
    """Attraction between provinces: distance to a power, and more across a border."""
    table, economy = config.assumptions.tables["migration/distance"], config.assumptions.economy
    distance = np.maximum(table.values["distance"], 1.0)
    power = economy["migration.destination.distance_exponent"].value
    border = economy["migration.destination.border"].value
    weight = distance**power * np.exp(border * table.values["border"])
    np.fill_diagonal(weight, 0)
    return weight


def fit_margins(seed: Array, rows: Array, columns: Array) -> Array:
    """Scale a matrix to row and column totals (iterative proportional fitting; Deming and Stephan 1940).

    The column totals are scaled to the rows' sum; the columns are met exactly, the rows to convergence.
    """
    matrix = seed.astype(float)
    columns = columns * (rows.sum() / columns.sum()) if columns.sum() > 0 else columns
    for _ in range(SWEEPS):
        matrix = matrix * share_of(rows, matrix.sum(axis=1))[:, None]
        matrix = matrix * share_of(columns, matrix.sum(axis=0))
    return matrix


def origin_stock(config: Config, living: Array) -> Array:
    """People registered in another province [registration, residence], fitted to those who live there at the opening.

    Args:
        config: the run.
        living: people registered in another province by province of residence at the opening; persons.
    """
    table = config.assumptions.tables["migration/stock"]
    stock = np.nan_to_num(table.values["persons"])
    np.fill_diagonal(stock, 0)
    return stock * share_of(living, stock.sum(axis=0))


def age_profile(config: Config, persons: Array) -> Array:
    """Propensity to leave by sex and single age, population mean 1.

    Args:
        config: the run.
        persons: [sex, age] of the nation.

    The table's shares by age group are spread over single ages by a monotone spline of their cumulated sum; a single
    age takes its share of the movers over its share of the people.
    """
    table = config.assumptions.tables["migration/age_profile"]
    groups, share = age_groups(table), table.values["share"]
    order = np.argsort(groups.lower)
    edges = np.append(groups.lower[order], AGES).astype(float)
    edges[-1] = min(edges[-1], groups.upper[order][-1] + 1.0)
    movers = np.zeros((2, AGES))
    for sex in range(2):
        cumulated = np.concatenate([[0.0], np.cumsum(np.maximum(share[order, sex], 0))])
        curve = PchipInterpolator(edges, cumulated, extrapolate=False)
        at = np.nan_to_num(curve(np.arange(AGES + 1).clip(edges[0], edges[-1])))
        movers[sex] = np.diff(at)
    weights = movers * persons.sum(axis=1, keepdims=True) / persons.sum()
    weights /= max(weights.sum(), 1e-300)
    return share_of(weights * persons.sum(), persons)


def annual_outflow(config: Config, flows: Array) -> tuple[Array, Array]:
    """People who leave a province, and who move between the municipalities of one, in a year; persons [province].

    Five-year flows count people once; the declared annual factor turns them into yearly moves, and the scale brings
    them to the level of the latest national flow. Moves within a province are the declared multiple of those between
    provinces, by the people registered elsewhere in the province; a province of one municipality has none.
    """
    tables, economy = config.assumptions.tables, config.assumptions.economy
    yearly = (
        economy["migration.rates.annual_factor"].value
        * economy["migration.rates.out_rate_scale"].value
    )
    between = flows.sum(axis=1) * yearly
    registered = tables["population/registration"].values["elsewhere_same_province"][:, -1]
    province = config.assumptions.municipalities.province_index
    count = np.bincount(province, minlength=len(between))
    weight = sums(province, registered) * (count > 1)
    ratio = economy["migration.rates.within_province_ratio"].value
    within = ratio * between.sum() * weight / max(weight.sum(), 1e-300)
    return between, within
