"""Splitting a province's published figures over its municipalities: a declared assumption in two variants (grade D).

``gdp``: members by people of 16-59 and local product a head, pensioners by locally registered people of 60 and over.
``age``: both by age only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.axes import REGISTERED_HERE
from pooling.parameters.lookup import share_of, sums

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """Shares of a municipality in its province [municipality], and relative wages."""

    active: Array
    retirees: Array
    relative_wage: Array
    """Wage over the province's; mean 1 over the members of each province."""


def split(config: Config, persons: Array) -> Split:
    """Shares of every municipality.

    Args:
        config: the run.
        persons: opening population [class, sex, age, municipality].
    """
    province = config.assumptions.municipalities.province_index
    workers = persons[:, :, 16:60].sum(axis=(0, 1, 2))
    elderly = persons[:, :, 60:].sum(axis=(1, 2))
    relative = relative_product(config, persons) ** (
        config.assumptions.economy["wages.municipality.gdp_elasticity"].value
    )
    by_product = config.options.municipal_split == "gdp"
    active = within(workers * (relative if by_product else 1.0), province)
    retirees = within(elderly[REGISTERED_HERE] if by_product else elderly.sum(axis=0), province)
    mean = sums(province, active * relative)
    return Split(active, retirees, relative / mean[province])


def relative_product(config: Config, persons: Array) -> Array:
    """Product a head of a municipality over its province's mean (latest year; 1 where it is not published)."""
    table = config.assumptions.tables["economy/gdp_per_head"]
    head = _latest(table.values["gdp_per_head"])
    province = config.assumptions.municipalities.province_index
    people = persons.sum(axis=(0, 1, 2))
    known = np.isfinite(head)
    total = sums(province, np.where(known, head * people, 0))
    weight = sums(province, np.where(known, people, 0))
    mean = share_of(total, weight, empty=1)
    return np.where(known, head / mean[province], 1.0)


def _latest(values: Array) -> Array:
    """Last finite value of every row; NaN where there is none."""
    latest = np.full(values.shape[0], np.nan)
    for column in values.T:
        latest = np.where(np.isfinite(column), column, latest)
    return latest


def within(weight: Array, province: NDArray[np.int_]) -> Array:
    """Weights as shares of their province."""
    total = sums(province, weight)
    return weight / total[province]
