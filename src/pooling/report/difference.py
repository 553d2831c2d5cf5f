"""Differences between two arrangements or runs as tables of the terminal; 80 columns."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from pooling.report.summary import HUNDRED_MILLION, YEARS_SHOWN

IN_HUNDREDTHS = ("fraction", "ratio")
"""Units shown in hundredths."""
MANY = 100
"""Figures from here on have no decimals."""
NO_DIFFERENCE = {"0.00\n(0.00)", "-"}


def differences(difference: xr.Dataset, titles: Mapping[str, str], currency: str) -> RenderableType:
    """Mean differences and their standard errors in some years, by scheme; of funds only where one holds the nation.

    Args:
        difference: of :func:`pooling.compare`.
        titles: title of every scheme by its key.
        currency: of the run.
    """
    parts: list[RenderableType] = []
    for k, name in enumerate(difference["scheme_name"].values.tolist()):
        tables = _tables(difference.isel(scheme=k), currency)
        parts += [f"\n[bold]{titles[name]}[/bold]", *(tables or ["no difference"])]
    return Group(_heading(difference.attrs), *parts)


def _heading(attributes: Mapping[Any, Any]) -> str:
    sides = [
        f"{attributes[key]}{f' of {attributes[run]}' if run in attributes else ''}"
        for key, run in (("arrangement", "run"), ("reference", "reference_run"))
    ]
    return f"{sides[0]} less {sides[1]}: mean (standard error), path by path"


def _tables(part: xr.Dataset, currency: str) -> list[Table]:
    """A table for every unit; what differs in no year that is shown is left out."""
    years = part["year"].values
    shown = [k for k in YEARS_SHOWN if k < len(years)]
    found: dict[str, Table] = {}
    for name, values in _of_the_nation(part):
        unit, scale = _shown_in(str(values.attrs.get("unit_text", "")), currency)
        mean, error = (values.sel(difference=each).values[shown] * scale for each in ("mean", "se"))
        cells = [_figure(*pair) for pair in zip(mean, error, strict=True)]
        if not set(cells) <= NO_DIFFERENCE:
            table = found.setdefault(unit, _empty_table(unit, years[shown]))
            table.add_row(name, *cells)
    return list(found.values())


def _empty_table(unit: str, years: np.ndarray) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(unit, no_wrap=True)
    for year in years:
        table.add_column(str(year), justify="right", no_wrap=True)
    return table


def _of_the_nation(part: xr.Dataset) -> Iterator[tuple[str, xr.DataArray]]:
    """Name and values [difference, year] of what is by year and of the nation."""
    for name, array in part.data_vars.items():
        whole = array.squeeze("path_fund") if array.sizes.get("path_fund") == 1 else array
        if whole.dims == ("difference", "year"):
            yield str(name), whole


def _shown_in(unit: str, currency: str) -> tuple[str, float]:
    """How a unit is named, and the factor of its figures."""
    if unit in IN_HUNDREDTHS:
        return f"{unit}, 1/100", 100.0
    return (f"100m {currency}", 1 / HUNDRED_MILLION) if unit == currency else (unit, 1.0)


def _figure(mean: float, error: float) -> str:
    """A mean above its error, both with two decimals, or without any from a hundred on."""
    if not np.isfinite(mean):
        return "-"
    decimals = 0 if abs(mean) >= MANY else 2
    # Adding zero turns −0 into 0.
    return f"{round(mean, decimals) + 0.0:,.{decimals}f}\n({error:,.{decimals}f})"
