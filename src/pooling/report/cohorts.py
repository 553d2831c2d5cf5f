"""The short table that ``pooling cohorts`` ends with on the terminal; 80 columns."""

import numpy as np
import xarray as xr
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

ROWS = {
    "money_worth": ("money's worth", "{:.2f}"),
    "net_transfer_rate": ("net transfer ÷ wages", "{:.1%}"),
    "internal_rate": ("internal rate", "{:.2%}"),
    "replacement_rate": ("replacement rate", "{:.1%}"),
}
"""Measures shown: name, form."""


def cohort_table(dataset: xr.Dataset) -> RenderableType:
    """Stayers against migrants on the central path: the first birth cohort whose whole membership lies within the run.

    Args:
        dataset: of :func:`pooling.run_cohorts`.
    """
    tables = [
        _of_fund(dataset.isel(scheme=k, realization=0)) for k in range(dataset.sizes["scheme"])
    ]
    return Group(*tables)


def _of_fund(fund: xr.Dataset) -> RenderableType:
    title = f"{fund['scheme_name'].item()}, nation, central path"
    whole = fund["complete"].all("sex").values > 0
    if not whole.any():
        return f"{title}: no birth cohort has all contributions and awards within the run"
    cohort = fund.isel(birth_year=np.flatnonzero(whole)[0])
    return _of_cohort(cohort, f"{title}, born in {cohort['birth_year'].item()}")


def _of_cohort(cohort: xr.Dataset, title: str) -> Table:
    names = [str(name) for name in cohort["history_name"].values]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for column in ("", "", *names, "migrant - stayer"):
        table.add_column(column, justify="right" if column else "left")
    for k, sex in enumerate(cohort["sex_name"].values):
        one = cohort.isel(sex=k)
        for measure, (text, form) in ROWS.items():
            values = [*one[f"{measure}_nation"].values, one[f"{measure}_migrant_minus_stayer"]]
            table.add_row(str(sex), text, *(_cell(form, float(value)) for value in values))
    return table


def _cell(form: str, value: float) -> str:
    return form.format(value) if np.isfinite(value) else "-"
