"""Money between pools: it sums to zero, the short never pay, nobody is filled beyond the shortfall."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pooling.parameters.model import Geography
from pooling.pools.arrangement import Arrangement, Pooling
from pooling.pools.settlement import levy_and_fill, rights_on_the_move
from pooling.population.migration import Moves

money = st.floats(-1e12, 1e12, allow_nan=False)
share = st.floats(0, 1)


def arrangement(pool: np.ndarray, moving: float = 1.0) -> Arrangement:
    """An arrangement of one scheme by the pool of every municipality."""
    pools = int(pool.max()) + 1
    return Arrangement(
        key="any",
        pools=pools,
        policy=0,
        pool=jnp.asarray(pool),
        membership=jnp.eye(pools)[pool],
        levy=jnp.zeros(1),
        fill=jnp.zeros(1),
        moving=jnp.asarray(moving),
    )


@given(
    arrays(float, (2, 6), elements=money),
    arrays(float, 2, elements=share),
    arrays(float, 2, elements=share),
)
def test_settlement_balances_and_helps_only_the_short(
    surplus: np.ndarray, levy: np.ndarray, fill: np.ndarray
):
    net = np.asarray(levy_and_fill(*map(jnp.asarray, (surplus, levy, fill))))
    scale = np.abs(surplus).sum(axis=1, keepdims=True)
    slack = 1e-12 * scale
    assert (np.abs(net.sum(axis=1, keepdims=True)) <= slack).all()
    assert (net[surplus >= 0] <= 0).all() and (net[surplus <= 0] >= 0).all()
    assert (net <= fill[:, None] * np.maximum(-surplus, 0) + slack).all()
    assert (-net <= levy[:, None] * np.maximum(surplus, 0) + slack).all()
    # Either all that may be called is called or all that may be filled is filled.
    received = np.maximum(net, 0).sum(axis=1)
    offered = levy * np.maximum(surplus, 0).sum(axis=1)
    asked = fill * np.maximum(-surplus, 0).sum(axis=1)
    assert (np.abs(received - np.minimum(offered, asked)) <= slack[:, 0]).all()


def test_settlement_by_hand():
    surplus = jnp.asarray([[100.0, 50.0, -30.0, -10.0]])
    # 40 is needed, 0.2 · 150 = 30 is called: three quarters of every shortfall are filled.
    net = levy_and_fill(surplus, jnp.asarray([0.2]), jnp.asarray([1.0]))
    np.testing.assert_allclose(net, [[-20, -10, 22.5, 7.5]], rtol=1e-15)
    # 0.4 · 150 = 60 exceeds the 40: everybody pays two thirds of what is called.
    net = levy_and_fill(surplus, jnp.asarray([0.4]), jnp.asarray([1.0]))
    np.testing.assert_allclose(net, [[-80 / 3, -40 / 3, 30, 10]], rtol=1e-15)
    assert not levy_and_fill(surplus, jnp.asarray([0.0]), jnp.asarray([1.0])).any()


def test_no_pool_of_surplus_or_no_shortfall_moves_nothing():
    for surplus in ([[1.0, 2.0]], [[-1.0, -2.0]], [[0.0, 0.0]]):
        net = levy_and_fill(jnp.asarray(surplus), jnp.asarray([1.0]), jnp.asarray([1.0]))
        np.testing.assert_array_equal(net, [[0.0, 0.0]])


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


@given(moves_between())
def test_rights_between_any_pools_are_the_moves_out_of_and_into_them(
    case: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
):
    province, pool, between, shares = case
    out = between.sum(axis=1)[province] * shares[0]
    arrived = between.sum(axis=0)[province] * shares[1]
    geography = Geography(jnp.asarray(province), jnp.eye(3)[province])
    moves = Moves(*map(jnp.asarray, (out, arrived, between)))
    entering, leaving = map(np.asarray, rights_on_the_move(arrangement(pool), geography, moves))
    # From every municipality to every other one, one pair at a time.
    expected_in, expected_out = np.zeros(pool.max() + 1), np.zeros(pool.max() + 1)
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


def test_one_pool_keeps_all_rights():
    province = np.array([0, 1])
    geography = Geography(jnp.asarray(province), jnp.eye(2))
    between = jnp.asarray([[1.0, 2.0], [3.0, 4.0]])
    moves = Moves(between.sum(axis=1), between.sum(axis=0), between)
    entering, leaving = rights_on_the_move(arrangement(np.array([0, 0])), geography, moves)
    np.testing.assert_allclose([entering, leaving], 0, atol=1e-15)


@pytest.mark.parametrize("leading", [(), (2,), (3, 2)])
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
