"""What movers between provinces lose, as a table of the terminal; 80 columns."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

SHOWN = 3
"""Provinces named beside a loss: those that lose most."""
LATER = 25
"""Years after the first one for which the losses are printed, too."""
LOSSES = {
    "pooled_part_kept": ("pooled part kept, 100m", 1e8),
    "service_years_lost": ("years not counted, 1,000", 1e3),
}
"""Quantity → its heading and the unit in which it is printed."""
SIDES = {"origin": "from", "destination": "to"}


def rights_lost(dataset: xr.Dataset) -> RenderableType:
    """Rights lost by people who change province, on the central path: totals, first provinces of departure and arrival.

    Money that stays with the fund that people leave, and years that no longer count. A line says so where nothing is lost.
    """
    parts: list[RenderableType] = []
    for scheme, title in enumerate(dataset["scheme_title"].values):
        names = [name for name in LOSSES if _by_province(dataset, name, "origin", scheme).any()]
        if names:
            parts += [f"{title}", _table(dataset, scheme, names)]
    heading = "\n[bold]Rights lost by movers between provinces[/bold], central path"
    return Group(heading, *parts) if parts else "\nMovers between provinces lose no rights"


def _table(dataset: xr.Dataset, scheme: int, names: Sequence[str]) -> Table:
    years = dataset["year"].values
    shown = (0, min(LATER, len(years) - 1))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column()
    for k in shown:
        table.add_column(str(years[k]), justify="right")
    for word in SIDES.values():
        table.add_column(f"{word}, {years[0]}")
    for name in names:
        heading, unit = LOSSES[name]
        first = (_first(dataset, name, side, scheme) for side in SIDES)
        table.add_row(heading, *_totals(dataset, name, scheme, shown, unit), *first)
    return table


def _by_province(dataset: xr.Dataset, name: str, side: str, scheme: int) -> np.ndarray:
    """[province, year]."""
    return dataset[f"{name}_{side}_central"].isel(scheme=scheme).values


def _totals(
    dataset: xr.Dataset, name: str, scheme: int, shown: Sequence[int], unit: float
) -> list[str]:
    total = _by_province(dataset, name, "origin", scheme).sum(axis=0) / unit
    return [f"{total[k]:,.0f}" for k in shown]


def _first(dataset: xr.Dataset, name: str, side: str, scheme: int) -> str:
    """Provinces of departure or of arrival that lose most in the first year, with their shares."""
    lost = _by_province(dataset, name, side, scheme)[:, 0]
    names = dataset[f"{side}_province_name"].values
    most = [p for p in np.argsort(-lost)[:SHOWN] if lost[p] > 0]
    return "\n".join(f"{names[p]} {lost[p] / lost.sum():.0%}" for p in most)
