"""The short tables that a run ends with on the terminal."""

import numpy as np
import xarray as xr
from rich.console import Group, RenderableType
from rich.table import Table

HUNDRED_MILLION = 1e8
YEARS_SHOWN = (0, 10, 25, 50)
"""Years after the first one for which the cost rate is printed."""


def summary(dataset: xr.Dataset) -> RenderableType:
    """Balance, cost rate and depletion by scheme and arrangement, and the redistribution of each."""
    currency = dataset.attrs["currency"]
    schemes = [_scheme_table(dataset, s, currency) for s in dataset["scheme_name"].values]
    return Group(*schemes, _redistribution(dataset, currency))


def _scheme_table(dataset: xr.Dataset, scheme: str, currency: str) -> Table:
    """One line an arrangement: national sums on the central path, depletion before and after scheduled subsidy."""
    years = dataset["year"].values
    shown = [int(years[k]) for k in YEARS_SHOWN if k < len(years)]
    title = str(dataset["scheme_title"].values[_at(dataset, "scheme_name", scheme)])
    table = Table(title=f"{title} (central path; money in 100 million {currency})")
    table.add_column("arrangement")
    table.add_column(f"balance {years[0]}", justify="right")
    table.add_column(f"balance {years[-1]}", justify="right")
    for year in shown:
        table.add_column(f"cost rate {year}", justify="right")
    table.add_column("runs dry before subsidy", justify="right")
    table.add_column("after scheduled subsidy", justify="right")
    for arrangement in dataset["arrangement_name"].values:
        table.add_row(*_row(dataset, scheme, str(arrangement), shown))
    return table


def _row(dataset: xr.Dataset, scheme: str, arrangement: str, shown: list[int]) -> list[str]:
    part = _part(dataset, scheme, arrangement)
    balance = part["fund_balance_central"].sum("fund").values / HUNDRED_MILLION
    bill = part["wage_bill_central"].sum("fund")
    outgo = sum(
        part[f"{name}_central"].sum("fund")
        for name in ("pensions", "inherited_accounts", "refunded_accounts", "other_outgo")
    )
    rate = outgo / bill
    return [
        arrangement,
        f"{balance[0]:,.0f}",
        f"{balance[-1]:,.0f}",
        *(f"{float(rate.sel(year=year)):.1%}" for year in shown),
        _depletion(part, "before_subsidy"),
        _depletion(part, "after_scheduled"),
    ]


def _part(dataset: xr.Dataset, scheme: str, arrangement: str) -> xr.Dataset:
    """One scheme's funds of one arrangement."""
    code = dataset["arrangement"].values[_at(dataset, "arrangement_name", arrangement)]
    funds = np.flatnonzero(dataset["fund_arrangement"].values == code)
    return dataset.isel(scheme=_at(dataset, "scheme_name", scheme), fund=funds)


def _at(dataset: xr.Dataset, label: str, name: str) -> int:
    return int(np.flatnonzero(dataset[label].values == name)[0])


def _depletion(part: xr.Dataset, version: str) -> str:
    """When funds run dry on the central path: the only one, or first, median fund and how many; opening ones apart."""
    years = part[f"depletion_year_{version}_central"].values
    opening = int(np.sum(years == part["year"].values[0]))
    finite = np.sort(years[np.isfinite(years)])
    if len(years) == 1:
        return "never" if not len(finite) else f"{finite[0]:.0f}"
    if not len(finite):
        return "none of " + str(len(years))
    median = np.sort(np.where(np.isfinite(years), years, np.inf))[(len(years) - 1) // 2]
    middle = f"half by {median:.0f}" if np.isfinite(median) else "fewer than half"
    short = f"; {opening} short at opening" if opening else ""
    return f"{len(finite)} of {len(years)}, {middle}{short}"


def _redistribution(dataset: xr.Dataset, currency: str) -> str:
    """Money that changes provinces in the first and the middle year, all schemes, with its standard error."""
    years = dataset["year"].values
    flow = dataset["redistribution_flow_central"].sum("scheme") / HUNDRED_MILLION
    middle = min(25, len(years) - 1)
    parts = [
        f"{name} {float(flow[k, 0]):,.0f} / {float(flow[k, middle]):,.0f}"
        for k, name in enumerate(dataset["arrangement_name"].values)
    ]
    return (
        f"Redistribution between provinces in {years[0]} / {years[middle]}, "
        f"100 million {currency}: " + "; ".join(parts)
    )
