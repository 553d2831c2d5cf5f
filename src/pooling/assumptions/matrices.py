"""Tables from province to province: symmetric where they must be, bounds in order, and not turned over.

That they are square, complete and not negative is a matter of reading them.
"""

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.files import Reader
from pooling.assumptions.model import AssumptionSet

SYMMETRY = 1e-6
"""Of the distance there and back, relative."""
TURNED = 0.05
"""Share of the people by which sums may miss their margins before a matrix is suspected to be turned over."""

Floats = NDArray[np.float64]


def check_matrices(reader: Reader, assumptions: AssumptionSet) -> None:
    """Report matrices that cannot be what they are said to be."""
    _check_distance(reader, assumptions)
    _check_stock(reader, assumptions)
    _check_flows(reader, assumptions)


def _check_distance(reader: Reader, assumptions: AssumptionSet) -> None:
    """Distance and border are the same there and back; nothing borders on itself."""
    table = assumptions.tables.get("migration/distance")
    if table is None:
        return
    codes = assumptions.provinces.code
    for column, values in table.values.items():
        there, back = values, values.T
        for k, j in np.argwhere(there - back > SYMMETRY * np.maximum(there, back)):
            reader.report(
                "migration/distance.csv",
                f"column {column}, origin {codes[k]}, destination {codes[j]}",
                f"{there[k, j]:g}, but {back[k, j]:g} in the other direction",
                "the same in both directions",
            )
    border = table.values["border"]
    wrong = (border != 0) & (border != 1) | np.eye(len(codes), dtype=bool) & (border != 0)
    for k, j in np.argwhere(wrong):
        place = f"column border, origin {codes[k]}, destination {codes[j]}"
        allowed = "0" if k == j else "0 or 1"
        reader.report("migration/distance.csv", place, f"{border[k, j]:g}", allowed)


def _check_stock(reader: Reader, assumptions: AssumptionSet) -> None:
    """Ranges of migrants ascend; people of a province add up to its registered ones from elsewhere, not the other way."""
    table = assumptions.tables.get("migration/stock")
    if table is None:
        return
    codes, low, high = assumptions.provinces.code, table.values["low"], table.values["high"]
    for k, j in np.argwhere(low > high):
        place = f"column low, origin {codes[k]}, residence {codes[j]}"
        reader.report(
            "migration/stock.csv", place, f"{low[k, j]:g}", f"at most high = {high[k, j]:g}"
        )
    registered = assumptions.tables.get("population/registration")
    if registered is not None:
        elsewhere = registered.values["elsewhere_other_province"][:, -1]
        index = assumptions.municipalities.province_index
        living = np.bincount(index, elsewhere, minlength=len(codes)).astype(np.float64)
        persons = np.nan_to_num(table.values["persons"])
        _report_turned(reader, "migration/stock", ("origin", "residence"), persons, living, "")


def _check_flows(reader: Reader, assumptions: AssumptionSet) -> None:
    """The flows of a period add up to its inflows, not the other way round."""
    table = assumptions.tables.get("migration/flow")
    margins = assumptions.tables.get("migration/flow_margins")
    if table is None or margins is None:
        return
    periods = np.asarray(table.axes["period"]).tolist()
    for place, period in enumerate(np.asarray(margins.axes["period"]).tolist()):
        if period in periods:
            flows = np.nan_to_num(table.values["persons"][..., periods.index(period)])
            inflow = margins.values["inflow"][:, place]
            axes = ("origin", "destination")
            _report_turned(reader, "migration/flow", axes, flows, inflow, f", period {period}")


def _report_turned(
    reader: Reader, name: str, axes: tuple[str, str], matrix: Floats, into: Floats, where: str
) -> None:
    """Report a matrix [from, to] whose rows, and not its columns, add up to the people of the places they come to."""
    total = into.sum()
    if total <= 0:
        return
    as_it_stands = abs(matrix.sum(axis=0) - into).sum() / total
    turned = abs(matrix.sum(axis=1) - into).sum() / total
    if as_it_stands > TURNED and turned < as_it_stands / 2:
        reader.report(
            f"{name}.csv",
            f"column persons{where}",
            f"sums by {axes[1]} that miss the published ones by {as_it_stands:.0%}, sums by {axes[0]} by {turned:.0%}",
            f"{axes[0]} and {axes[1]} the other way round, it seems",
        )
