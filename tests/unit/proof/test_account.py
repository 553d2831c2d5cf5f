"""The laws of an account on numbers that are added up by hand."""

import math

import numpy as np
import pytest

from pooling.proof.account import (
    EXPENDITURE,
    INCOME,
    account_gap,
    carried_gap,
    excess,
    gross_flow,
)


def account(**given: list[float]) -> dict[str, np.ndarray]:
    """An account of two years; what is not given is zero."""
    names = ("opening_balance", "fund_balance", *INCOME, *EXPENDITURE)
    return {name: np.array(given.get(name, [0.0, 0.0])) for name in names}


CLOSED = account(
    opening_balance=[100.0, 95.0],
    contributions=[50.0, 40.0],
    interest=[3.0, 2.0],
    settlement_net=[-8.0, 4.0],
    pensions=[45.0, 50.0],
    moving_transfer_out=[5.0, 1.0],
    fund_balance=[95.0, 90.0],
)
"""100 + 50 + 3 − 8 − 45 − 5 = 95; 95 + 40 + 2 + 4 − 50 − 1 = 90."""


def test_an_account_that_closes():
    assert account_gap(CLOSED).tolist() == [0, 0]
    assert carried_gap(CLOSED).tolist() == [0]
    # 100 + 50 + 3 + 8 + 45 + 5, and 95 + 40 + 2 + 4 + 50 + 1.
    assert gross_flow(CLOSED).tolist() == [211, 192]


@pytest.mark.parametrize("name", [*INCOME, *EXPENDITURE, "fund_balance", "opening_balance"])
def test_money_that_comes_from_nowhere_is_a_gap(name: str):
    changed = CLOSED | {name: CLOSED[name] + np.array([0.0, 2.5])}
    sign = 1 if name in (*EXPENDITURE, "fund_balance") else -1
    assert account_gap(changed).tolist() == [0, 2.5 * sign]


@pytest.mark.parametrize(
    ("gap", "scale", "expected"),
    [([1.0, -3.0], [10.0, 10.0], 0.3), ([0.0], [0.0], 0.0), ([1e-9], [0.0], math.inf)],
)
def test_a_gap_is_measured_against_what_moves(gap: list[float], scale: list[float], expected):
    assert excess(np.array(gap), np.array(scale)) == expected


@pytest.mark.parametrize(("gap", "scale"), [([np.nan, 0.0], [1.0, 1.0]), ([0.0], [np.nan])])
def test_what_is_no_number_is_no_small_gap(gap: list[float], scale: list[float]):
    assert math.isnan(excess(np.array(gap), np.array(scale)))
