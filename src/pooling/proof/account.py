"""The laws of money, on arrays named as in the file: what moves through a fund, and what its account leaves unexplained.

Arrays of one call have one shape; axes may stand in any order, the last one is the year where years are compared.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pooling.vocabulary import OUTGO

Array = NDArray[np.floating]
Named = Mapping[str, Array]

INCOME = (
    *("contributions", "scheduled_subsidy", "deficit_subsidy", "interest"),
    *("settlement_net", "moving_transfer_in", "benefit_cut"),
)
"""What a fund receives; a cut of benefits is booked as such, because the outgo is the scheduled one."""
EXPENDITURE = (*OUTGO, "moving_transfer_out")
"""What it pays."""


def gross_flow(named: Named) -> Array:
    """All that moves through a fund in a year, with its opening balance: what rounding is measured against."""
    return sum_of(named, ("opening_balance", *INCOME, *EXPENDITURE), np.abs)


def account_gap(named: Named) -> Array:
    """Closing balance less opening balance, income and expenditure: nothing, to rounding."""
    made = named["opening_balance"] + sum_of(named, INCOME) - sum_of(named, EXPENDITURE)
    return named["fund_balance"] - made


def carried_gap(named: Named) -> Array:
    """Opening balance less the closing balance of the year before; the first year has none."""
    return named["opening_balance"][..., 1:] - named["fund_balance"][..., :-1]


def sum_of(named: Named, names: Sequence[str], of: np.ufunc = np.positive) -> Array:
    """Sum of several quantities, or of a function of them."""
    return np.sum([of(named[name]) for name in names], axis=0)


def excess(gap: Array, scale: Array) -> float:
    """Largest gap over the scale beside it; infinite if there is a gap where nothing moves, NaN if a number is."""
    size = np.abs(gap)
    if np.isnan(size).any() or np.isnan(scale).any():
        return float("nan")
    beside = np.broadcast_to(scale, size.shape)
    over = np.divide(size, beside, out=np.where(size > 0, np.inf, 0.0), where=beside > 0)
    return float(over.max(initial=0.0))
