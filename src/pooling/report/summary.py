"""The short tables that a run ends with on the terminal; 80 columns."""

import numpy as np
import xarray as xr
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from pooling.report.mobility import rights_lost
from pooling.vocabulary import OUTGO

HUNDRED_MILLION = 1e8
YEARS_SHOWN = (0, 10, 25, 50)
"""Years after the first one for which the cost rate is printed."""
VERSIONS = {"before_subsidy": "none", "after_scheduled": "scheduled"}


def summary(dataset: xr.Dataset) -> RenderableType:
    """Balance, cost rate and depletion by scheme and arrangement, rights lost by movers, and the redistribution of each."""
    parts: list[RenderableType] = []
    for k, title in enumerate(dataset["scheme_title"].values):
        parts += [f"\n[bold]{title}[/bold], central path", _balances(dataset, k)]
        parts += [_depletions(dataset, k)]
    return Group(*parts, rights_lost(dataset), _redistribution(dataset))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(columns[0])
    for name in columns[1:]:
        table.add_column(name, justify="right")
    return table


def _balances(dataset: xr.Dataset, scheme: int) -> Table:
    """National balance of all pools after subsidies, and cost rates: one line an arrangement."""
    years = dataset["year"].values
    shown = [k for k in YEARS_SHOWN if k < len(years)]
    unit = f"100m {dataset.attrs['currency']}"
    rates = [f"cost rate\n{years[k]}" for k in shown]
    table = _table(f"balance in {unit}", str(years[0]), str(years[-1]), *rates)
    for name, part in _arrangements(dataset, scheme):
        balance = part["fund_balance_central"].sum("fund").values / HUNDRED_MILLION
        outgo = sum(part[f"{flow}_central"].sum("fund").values for flow in OUTGO)
        rate = outgo / part["wage_bill_central"].sum("fund").values
        table.add_row(
            name, f"{balance[0]:,.0f}", f"{balance[-1]:,.0f}", *(f"{rate[k]:.1%}" for k in shown)
        )
    return table


def _depletions(dataset: xr.Dataset, scheme: int) -> Table:
    """When the unfilled accounts run dry, without and with the scheduled subsidy."""
    table = _table("pools that run dry", "subsidy", "pools", "short at opening", "half by", "never")
    for name, funds in _arrangements(dataset, scheme):
        # Adjustment funds, and pools that this scheme is never in, have no members to pay.
        members = (
            (funds["beneficiaries_central"] + funds["contributors_central"]).sum("year").values
        )
        part = funds.isel(fund=np.flatnonzero(members > 0))
        for version, subsidy in VERSIONS.items():
            table.add_row(name, subsidy, str(part.sizes["fund"]), *_depletion(part, version))
    return table


def _depletion(part: xr.Dataset, version: str) -> tuple[str, str, str]:
    """Pools short in the first year, the year by which half have run dry, pools that never do."""
    dry = part[f"depletion_year_{version}_central"].values
    opening = int(np.sum(dry == part["year"].values[0]))
    never = int(np.sum(~np.isfinite(dry)))
    median = np.sort(np.where(np.isfinite(dry), dry, np.inf))[(len(dry) - 1) // 2]
    return str(opening), f"{median:.0f}" if np.isfinite(median) else "-", str(never)


def _arrangements(dataset: xr.Dataset, scheme: int) -> list[tuple[str, xr.Dataset]]:
    """Name and funds of every arrangement, for one scheme."""
    codes = dataset["fund_arrangement"].values
    return [
        (str(name), dataset.isel(scheme=scheme, fund=np.flatnonzero(codes == code)))
        for name, code in zip(
            dataset["arrangement_name"].values, dataset["arrangement"].values, strict=True
        )
    ]


def _redistribution(dataset: xr.Dataset) -> str:
    """Money that changes provinces, all schemes, in the first year and a quarter of a century later."""
    years = dataset["year"].values
    flow = dataset["redistribution_flow_central"].sum("scheme").values / HUNDRED_MILLION
    later = min(25, len(years) - 1)
    parts = [
        f"{name} {flow[k, 0]:,.0f} / {flow[k, later]:,.0f}"
        for k, name in enumerate(dataset["arrangement_name"].values)
    ]
    heading = f"Redistribution between provinces {years[0]} / {years[later]}, 100m "
    return f"\n{heading}{dataset.attrs['currency']}: " + "; ".join(parts)
