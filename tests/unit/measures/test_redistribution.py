import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pooling.measures.redistribution import bilateral, net_transfer, redistribution_flow

POOLS = np.array([0, 0, 1, 1, 1])


def by_pool(amounts: np.ndarray) -> jnp.ndarray:
    """Totals of the pools, in the shape of the municipalities."""
    return jnp.asarray(np.bincount(POOLS, amounts)[POOLS])


def test_by_hand():
    # One pool, wage bills 60 and 40, benefits 30 and 30: everybody carries 60 % of the wage bill, that is 36 and 24.
    transfer = net_transfer(
        *map(jnp.asarray, ([30.0, 30.0], [60.0, 40.0], [60.0, 60.0], [100.0, 100.0], [0.0, 0.0]))
    )
    np.testing.assert_allclose(transfer, [-6, 6])
    assert redistribution_flow(transfer) == pytest.approx(6)


def test_settlement_by_hand():
    # The pool receives 10 from the others: its own burden is 50, that is 30 and 20.
    transfer = net_transfer(
        *map(jnp.asarray, ([30.0, 30.0], [60.0, 40.0], [60.0, 60.0], [100.0, 100.0], [10.0, 10.0]))
    )
    np.testing.assert_allclose(transfer, [0, 10])


amounts = hnp.arrays(float, 5, elements=st.floats(1, 1e12))


@given(amounts, amounts, st.floats(-1e11, 1e11))
def test_transfers_sum_to_the_settlement_of_each_pool(benefits, wage_bill, settlement):
    settled = np.array([settlement, -settlement])
    transfer = net_transfer(
        jnp.asarray(benefits),
        jnp.asarray(wage_bill),
        by_pool(benefits),
        by_pool(wage_bill),
        jnp.asarray(settled[POOLS]),
    )
    gross = benefits.sum() + abs(settlement)
    np.testing.assert_allclose(np.bincount(POOLS, transfer), settled, atol=1e-13 * gross)


@given(amounts, amounts)
def test_nothing_moves_where_every_municipality_is_a_pool(benefits, wage_bill):
    b, w = jnp.asarray(benefits), jnp.asarray(wage_bill)
    np.testing.assert_array_equal(net_transfer(b, w, b, w, jnp.zeros(5)), 0)


def test_pool_without_a_wage_bill():
    zero, one = jnp.zeros(1), jnp.ones(1)
    np.testing.assert_array_equal(net_transfer(one, zero, one, zero, zero), 1)


def test_flow_along_an_axis():
    transfers = jnp.asarray([[1.0, -4.0], [-1.0, 4.0]])
    np.testing.assert_array_equal(redistribution_flow(transfers, axis=0), [1, 4])
    np.testing.assert_array_equal(redistribution_flow(transfers), [2.5, 2.5])


def test_who_pays_whom_by_hand():
    # 60 and 40 are paid, 75 and 25 received: every payer pays three quarters to the one and a quarter to the other.
    first = [[0, 45, 0, 15], [0, 0, 0, 0], [0, 30, 0, 10], [0, 0, 0, 0]]
    second = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0.25, 0.5, 0.25, 0]]
    nobody = np.zeros((4, 4))
    transfers = jnp.asarray([[-60.0, 75, -40, 25], [0.25, 0.5, 0.25, -1], [0, 0, 0, 0]])
    pairs = bilateral(transfers)
    np.testing.assert_allclose(pairs, [first, second, nobody])
    np.testing.assert_allclose(pairs.sum(axis=-2) - pairs.sum(axis=-1), transfers)


def test_who_pays_whom_in_small_amounts():
    # Half of 0.5 and 0.25 each: the second payer pays a third of what is received.
    pairs = bilateral(jnp.asarray([0.375, -0.5, 0.375, -0.25]))
    expected = [[0] * 4, [0.25, 0, 0.25, 0], [0] * 4, [0.125, 0, 0.125, 0]]
    np.testing.assert_allclose(pairs, expected, rtol=1e-15)
