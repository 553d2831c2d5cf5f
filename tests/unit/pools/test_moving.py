"""Rights between pools against every pair of municipalities, one at a time."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pooling.pools.arrangement import Holder, Pooling, partition_of
from pooling.pools.moving import rights_on_the_move
from pooling.population.migration import Moves
from pools_by_hand import arrangement, geography


@st.composite
def moves_between(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Provinces and pools of seven municipalities, a flow matrix of provinces, shares of leavers and arrivals."""
    province = np.array([0, 0, 1, 2, 1, 2, 0])
    pool = np.array(draw(st.lists(st.integers(0, 3), min_size=7, max_size=7)))
    pool = np.unique(pool, return_inverse=True)[1]
    amount = st.floats(0, 1e9)
    between = draw(arrays(float, (3, 3), elements=amount))
    weights = draw(arrays(float, (2, 7), elements=st.floats(0.01, 1)))
    shares = weights / np.stack([np.bincount(province, w)[province] for w in weights])
    return province, pool, between, shares


@given(moves_between(), st.sampled_from([None, "province", "municipality"]))
def test_rights_between_any_pools_are_the_moves_out_of_and_into_them(
    case: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], reserves: Holder | None
):
    province, pool, between, shares = case
    out = between.sum(axis=1)[province] * shares[0]
    arrived = between.sum(axis=0)[province] * shares[1]
    moves = Moves(*map(jnp.asarray, (out, arrived, between, 0 * between)))
    partition = partition_of(pool, province, 3, reserves)
    entering, leaving = map(np.asarray, rights_on_the_move(partition, geography(province), moves))
    # From every municipality to every other one, one pair at a time.
    expected_in, expected_out = np.zeros(partition.pools), np.zeros(partition.pools)
    for i in range(7):
        for j in range(7):
            if pool[i] != pool[j]:
                moved = between[province[i], province[j]] * shares[0, i] * shares[1, j]
                expected_out[pool[i]] += moved
                expected_in[pool[j]] += moved
    tolerance = 1e-12 * max(between.sum(), 1e-300)
    assert np.abs(entering - expected_in).max() <= tolerance
    assert np.abs(leaving - expected_out).max() <= tolerance
    assert abs(entering.sum() - leaving.sum()) <= tolerance


def test_rights_between_pools_inside_provinces_by_hand():
    """Three municipalities of two provinces. Of 8 that stay in the first province, its municipalities send 1/4 and 3/4 and
    take a half each: 1 and 3 come back to where they left; of the second province all 6.
    """
    between = jnp.asarray([[8.0, 4.0], [2.0, 6.0]])
    out, arrived = jnp.asarray([3.0, 9.0, 8.0]), jnp.asarray([5.0, 5.0, 10.0])
    moves = Moves(out, arrived, between, 0 * between)
    province = np.array([0, 0, 1])
    partition = partition_of(np.arange(3), province, 2)
    entering, leaving = rights_on_the_move(partition, geography(province), moves)
    np.testing.assert_allclose(entering, [5 - 1, 5 - 3, 10 - 6], rtol=1e-15)
    np.testing.assert_allclose(leaving, [3 - 1, 9 - 3, 8 - 6], rtol=1e-15)
    # As pools of provinces they exchange the 4 and the 2.
    entering, leaving = rights_on_the_move(
        partition_of(province, province, 2), geography(province), moves
    )
    np.testing.assert_allclose([entering, leaving], [[2, 4], [4, 2]], rtol=1e-15)


def test_one_pool_keeps_all_rights():
    province = np.array([0, 1])
    between = jnp.asarray([[1.0, 2.0], [3.0, 4.0]])
    moves = Moves(between.sum(axis=1), between.sum(axis=0), between, 0 * between)
    partition = partition_of(np.array([0, 0]), province, 2)
    entering, leaving = rights_on_the_move(partition, geography(province), moves)
    np.testing.assert_allclose([entering, leaving], 0, atol=1e-15)


@pytest.mark.parametrize("leading", [(2, 1), (3, 1)])
def test_totals_go_to_pools_and_back(leading: tuple[int, ...]):
    one, two = arrangement(np.array([1, 0, 1, 2])), arrangement(np.array([0, 0, 0, 0]))
    flow = np.random.default_rng(2).normal(size=(*leading, 4))
    by_pool = np.asarray(one.total(jnp.asarray(flow)))
    np.testing.assert_allclose(by_pool[..., 1], flow[..., 0] + flow[..., 2], rtol=1e-15)
    back = np.asarray(one.of_pool(jnp.asarray(by_pool)))
    np.testing.assert_array_equal(back, by_pool[..., [1, 0, 1, 2]])
    pooling = Pooling((one, two))
    assert pooling.funds == 4
    joined = pooling.join((one.total(jnp.asarray(flow)), two.total(jnp.asarray(flow))))
    parts = pooling.split(joined)
    np.testing.assert_array_equal(parts[0], by_pool)
    np.testing.assert_allclose(parts[1][..., 0], flow.sum(axis=-1), rtol=1e-14)
