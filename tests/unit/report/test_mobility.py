"""The printed table of lost rights, of invented figures added up by hand."""

import io

import numpy as np
import xarray as xr
from rich.console import Console

from pooling.report.mobility import rights_lost
from small_output import small_dataset


def printed(dataset: xr.Dataset) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(rights_lost(dataset))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def with_losses(kept: list[list[float]], lost: list[list[float]]) -> xr.Dataset:
    """The small run of two provinces, in which the first scheme loses and the second does not.

    Args:
        kept: pooled part by province of departure and of arrival in every year; currency.
        lost: years, likewise.
    """
    dataset = small_dataset()
    for name, sides in {"pooled_part_kept": kept, "service_years_lost": lost}.items():
        for side, by_province in zip(("origin", "destination"), sides, strict=True):
            values = np.zeros((2, 2, 4))
            values[0] = np.asarray(by_province)[:, None]
            variable = f"{name}_{side}_central"
            dataset[variable] = (dataset[variable].dims, values)
    return dataset


def test_totals_and_provinces_in_the_order_of_their_losses():
    # 300 + 1,200 = 15 hundred million; Guangdong sends 80 % of it and receives 20 %. 4,000 + 1,000 years.
    kept = [[3e8, 12e8], [12e8, 3e8]]
    text = printed(with_losses(kept, [[4_000, 1_000], [0, 5_000]]))
    money, years = (
        next(line for line in text.splitlines() if heading in line)
        for heading in ("pooled part", "years not counted")
    )
    assert " 15 " in money and " 5 " in years
    # The largest province stands in the line of the total, the next one below it.
    assert "Guangdong 80%" in money and "Guangdong 80%" not in years
    assert "Beijing 80%" in years and "Guangdong 100%" in years
    assert "Beijing 20%" in text
    assert "Government" not in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_years_alone():
    # Full money, no years: the line of the pooled part is not there.
    text = printed(with_losses([[0, 0], [0, 0]], [[4_000, 1_000], [0, 5_000]]))
    assert "years not counted" in text and "pooled part" not in text


def test_nothing_lost_is_said():
    assert "lose no rights" in printed(with_losses([[0, 0], [0, 0]], [[0, 0], [0, 0]]))
