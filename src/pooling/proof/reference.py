"""Totals of the self-test's run as they were, and in how many digits another run agrees with them.

``python -m pooling.proof.reference`` writes ``reference.csv`` beside this module. Do so after a change that is meant to
change results; a test says when the file is out of date.
"""

import csv
from collections.abc import Mapping
from importlib.resources import files
from itertools import product
from pathlib import Path

import numpy as np
import xarray as xr

REGIONAL = ("wage_bill", "contributions", "benefits", "contributors", "beneficiaries", "population")
"""Quantities of municipalities whose national totals are compared."""
POOLED = ("fund_balance", "fund_balance_before_subsidy", "deficit_subsidy", "scheduled_subsidy")
"""Quantities of funds that are added up over the pools of every arrangement."""
BETWEEN = ("redistribution_flow",)
"""Quantities of arrangements."""
REALIZATIONS = (0, 1)
YEARS_AFTER = (0, 4, 9)
"""Years after the first one."""
KEY = ("quantity", "scheme", "arrangement", "realization", "year")
GROSS = ("contributions", "benefits")
"""Quantities that measure the money moved in a year."""
ROUNDING = 1e-12
"""Of the money moved: what is no more than that is what is left of terms that cancel, in other digits on every machine."""
MOST = 16.0
"""Digits that a double holds, and that two equal numbers agree in."""

Key = tuple[str, ...]
Totals = Mapping[Key, float]


def totals_of(dataset: xr.Dataset) -> dict[Key, float]:
    """The compared totals of a run with all paths.

    Args:
        dataset: a run that reaches the years compared, with ``output.all_paths``.

    Returns:
        (quantity, scheme, arrangement, realization, year) → total; the arrangement is empty where it changes nothing.
    """
    found: dict[Key, float] = {}
    for name in REGIONAL:
        found |= _rows(name, "", dataset[f"{name}_municipality"].sum("municipality"))
    for code, key in zip(
        dataset["arrangement"].values, dataset["arrangement_name"].values, strict=True
    ):
        for name in POOLED:
            found |= _rows(name, str(key), _over_pools(dataset, name, int(code)))
        for name in BETWEEN:
            found |= _rows(name, str(key), dataset[name].sel(arrangement=code))
    return found


def _over_pools(dataset: xr.Dataset, name: str, arrangement: int) -> xr.DataArray:
    """Sum over the pools of an arrangement: every path, of municipal pools the central one only."""
    paths = dataset["path_fund_arrangement"].values == arrangement
    if paths.any():
        return dataset[name].isel(path_fund=np.flatnonzero(paths)).sum("path_fund")
    own = np.flatnonzero(dataset["fund_arrangement"].values == arrangement)
    central = dataset[f"{name}_central"].isel(fund=own).sum("fund")
    return central.expand_dims(realization=[0])


def _rows(name: str, arrangement: str, values: xr.DataArray) -> dict[Key, float]:
    """The compared realizations and years of an array that has these axes, and at most that of the schemes."""
    if "scheme" not in values.dims:
        values = values.expand_dims(scheme=[0])
    found = {}
    for code, realization, k in product(
        values["scheme"].values,
        [k for k in REALIZATIONS if k in values["realization"]],
        YEARS_AFTER,
    ):
        cell = values.sel(scheme=code, realization=realization).isel(year=k)
        key = (name, str(code), arrangement, str(realization), str(cell["year"].item()))
        found[key] = float(cell)
    return found


def digits(found: float, stored: float, rounding: float = 0.0) -> float:
    """Decimal digits in which two numbers agree: −log10 of their relative difference, 0 to 16.

    Args:
        found: a number.
        stored: what it is compared with.
        rounding: size up to which both are zero.
    """
    largest = max(abs(found), abs(stored))
    if found == stored or largest <= rounding:
        return MOST
    apart = abs(found - stored) / largest
    return float(np.clip(-np.log10(apart), 0.0, MOST)) if np.isfinite(apart) else 0.0


def digits_agreed(found: Totals, stored: Totals) -> dict[str, float]:
    """Fewest digits agreed by quantity; 0 for one of which the runs have different totals.

    Args:
        found: totals of a run.
        stored: those to compare with.
    """
    names = dict.fromkeys(key[0] for key in (*stored, *found))
    agreed = {}
    for name in names:
        keys = [key for key in {*stored, *found} if key[0] == name]
        both = all(key in stored and key in found for key in keys)
        agreed[name] = (
            min(digits(found[key], stored[key], _rounding(stored, key)) for key in keys)
            if both
            else 0.0
        )
    return agreed


def _rounding(totals: Totals, key: Key) -> float:
    """Size below which a total of money between funds is a rounding of the year's money; 0 for other quantities."""
    if key[0] not in (*POOLED, *BETWEEN):
        return 0.0
    _, scheme, _, realization, year = key
    moved = (abs(totals.get((each, scheme, "", realization, year), 0.0)) for each in GROSS)
    return ROUNDING * sum(moved)


def write(totals: Totals, file: Path) -> None:
    """Write totals as a table; numbers in full.

    Args:
        totals: what :func:`totals_of` found.
        file: to be written.
    """
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*KEY, "total"])
        writer.writerows([*key, repr(total)] for key, total in totals.items())


def stored() -> dict[Key, float]:
    """The totals that the package holds."""
    text = (files("pooling.proof") / "reference.csv").read_text("utf-8")
    return {
        tuple(row[name] for name in KEY): float(row["total"])
        for row in csv.DictReader(text.splitlines())
    }


def main() -> None:
    """Run the self-test's configuration and store its totals in the package."""
    from pooling.proof.self_test import reference_run

    write(totals_of(reference_run()), Path(__file__).with_name("reference.csv"))


if __name__ == "__main__":
    main()
