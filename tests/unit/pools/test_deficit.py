"""How an account is closed, by hand: a pool with money left, one that is short, one whose benefits do not cover it."""

import jax.numpy as jnp
import numpy as np
import pytest

from pooling.pools.deficit import Closed, Deficit

# Left: 10 − 4 + 0.5 = 6.5; −2 + 1 − 0.25 = −1.25; 1 − 6 − 0.5 = −5.5, more than the outgo of 3; exactly nothing.
OPENING, NET = [[10.0, -2.0, 1.0, 4.0]], [[-4.0, 1.0, -6.0, -4.5]]
INTEREST, OUTGO = [[0.5, -0.25, -0.5, 0.5]], [[5.0, 8.0, 3.0, 9.0]]


def close(rule: str) -> Closed:
    deficit = Deficit(rule, jnp.asarray([1.0]), jnp.asarray(0.125))  # pyright: ignore[reportArgumentType]
    return deficit.close(*map(jnp.asarray, (OPENING, NET, INTEREST, OUTGO)))


@pytest.mark.parametrize(
    ("rule", "subsidy", "cut"),
    [("subsidy", [0, 1.25, 5.5, 0], [0, 0, 0, 0]), ("cut", [0, 0, 2.5, 0], [0, 1.25, 3, 0])],
)
def test_what_is_missing_is_paid_or_cut(rule: str, subsidy: list[float], cut: list[float]):
    closed = close(rule)
    np.testing.assert_array_equal(closed.balance, [[6.5, 0, 0, 0]])
    np.testing.assert_array_equal(closed.subsidy, [subsidy])
    np.testing.assert_array_equal(closed.cut, [cut])
    # The spread is for debt alone, which nobody has.
    np.testing.assert_array_equal(closed.interest, INTEREST)


def test_debt_costs_a_spread():
    closed = close("borrow")
    # The second owed 2 on 1 January: 0.25 more of interest.
    np.testing.assert_array_equal(closed.interest, [[0.5, -0.5, -0.5, 0.5]])
    np.testing.assert_array_equal(closed.balance, [[6.5, -1.5, -5.5, 0]])
    assert not closed.subsidy.any() and not closed.cut.any()
