"""Reading loaded tables by their keys."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import AgeGroups, Table
from pooling.errors import OpeningError

FloatArray = NDArray[np.float64]
Years = Sequence[int] | NDArray[np.integer]


def age_groups(table: Table) -> AgeGroups:
    """The age groups of a table that has them as a key."""
    groups = table.axes["age_group"]
    if not isinstance(groups, AgeGroups):
        raise TypeError(f"{table.name}: its age groups were not read as such")
    return groups


def labels(table: Table, key: str) -> NDArray:
    """Labels of an axis that is not of age groups: codes, years, ages or words."""
    found = table.axes[key]
    if isinstance(found, AgeGroups):
        raise TypeError(f"{table.name}: {key} holds age groups")
    return np.asarray(found)


def sums(group: NDArray[np.integer], weight: FloatArray) -> FloatArray:
    """Sums of the weights by group, as numbered from 0."""
    return np.bincount(group, weight).astype(np.float64)


def share_of(part: FloatArray, whole: FloatArray, empty: float = 0.0) -> FloatArray:
    """part ÷ whole where there is a whole.

    Args:
        part: in the shape of the whole, or one that spreads over it.
        whole: never negative.
        empty: what stands where the whole is zero.
    """
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.full(whole.shape, empty, float), where=whole > 0)


def laid_on(codes: NDArray[np.integer], table: Table | None, key: str, column: str) -> FloatArray:
    """A column of a table that may lack places, on all of them; 0 where it has nothing.

    Args:
        codes: of the places, ascending.
        table: None where a set has none.
        key: its only key.
        column: its name.
    """
    found = np.zeros(len(codes))
    if table is not None:
        found[np.searchsorted(codes, labels(table, key))] = np.nan_to_num(table.values[column])
    return found


def years_of(table: Table, key: str = "year") -> NDArray[np.integer]:
    """Years (or first years of periods) of a table, ascending."""
    return np.asarray(table.axes[key], dtype=np.int64)


def ordered(table: Table, column: str, keys: tuple[str, ...]) -> FloatArray:
    """A column of a table with its axes in the order asked for."""
    have = tuple(table.axes)
    return np.transpose(table.values[column], [have.index(key) for key in keys])


def of_years(table: Table, column: str, years: Years) -> FloatArray:
    """Values of a table whose first key is the year, for the years wanted.

    Raises:
        OpeningError: the table lacks one of the years.
    """
    known, wanted = years_of(table), np.asarray(years)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    missing = wanted[known[place] != wanted]
    if len(missing):
        raise OpeningError(
            f"{table.name}, column {column}: covers {known[0]} to {known[-1]} and lacks "
            f"{missing.tolist()}"
        )
    return table.values[column][place]


def latest(table: Table, year: int) -> int:
    """Position of the latest year of a table that is not after a year.

    Raises:
        OpeningError: there is none.
    """
    known = years_of(table)
    position = int(np.searchsorted(known, year, side="right")) - 1
    if position < 0:
        raise OpeningError(f"{table.name}: nothing for {year} or before; it begins in {known[0]}")
    return position
