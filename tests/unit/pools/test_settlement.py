"""Money between pools: it sums to zero, the short never pay, nobody is filled beyond the shortfall."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pooling.pools.settlement import (
    AdjustmentFund,
    LevyAndFill,
    LocalReserves,
    NoSettlement,
    PerRetiree,
    Position,
    Settlement,
)

money = st.floats(-1e12, 1e12, allow_nan=False)
amount = st.floats(0, 1e12, allow_nan=False)
share = st.floats(0, 1)


def position(
    surplus: np.ndarray, rate: float = 0.0, own: np.ndarray | None = None, **given: object
) -> Position:
    """Pools of which only some figures matter."""
    nothing = np.zeros_like(np.asarray(surplus, float))
    values = dict.fromkeys(
        ("opening", "contributions", "due", "standard_contributions", "standard_wages", "retirees"),
        nothing,
    )
    return Position(
        **{name: jnp.asarray(np.asarray(v, float)) for name, v in (values | given).items()},
        surplus=jnp.asarray(np.asarray(surplus, float)),
        half_return=jnp.asarray(1 + rate / 2),
        own_result=jnp.asarray(own if own is not None else nothing),
    )


def levy_and_fill(levy: list[float], fill: list[float], **given: object) -> LevyAndFill:
    rule = {"policy_gap": False, "groups": None} | given
    return LevyAndFill(jnp.asarray(levy), jnp.asarray(fill), **rule)


@given(
    arrays(float, (2, 6), elements=money),
    arrays(float, 2, elements=share),
    arrays(float, 2, elements=share),
)
def test_settlement_balances_and_helps_only_the_short(
    surplus: np.ndarray, levy: np.ndarray, fill: np.ndarray
):
    net = np.asarray(levy_and_fill(levy, fill).net(position(surplus)))
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


def test_levy_and_fill_by_hand():
    surplus = [[100.0, 50.0, -30.0, -10.0]]
    # 40 is needed, 0.2 · 150 = 30 is called: three quarters of every shortfall are filled.
    net = levy_and_fill([0.2], [1.0]).net(position(surplus))
    np.testing.assert_allclose(net, [[-20, -10, 22.5, 7.5]], rtol=1e-15)
    # 0.4 · 150 = 60 exceeds the 40: everybody pays two thirds of what is called.
    net = levy_and_fill([0.4], [1.0]).net(position(surplus))
    np.testing.assert_allclose(net, [[-80 / 3, -40 / 3, 30, 10]], rtol=1e-15)
    assert not levy_and_fill([0.0], [1.0]).net(position(surplus)).any()


def test_groups_settle_apart():
    groups = jnp.asarray([[1.0, 0], [0, 1.0], [1.0, 0], [0, 1.0]])
    net = levy_and_fill([1.0], [1.0], groups=groups).net(position([[100.0, 50.0, -30.0, -60.0]]))
    np.testing.assert_allclose(net, [[-30, -50, 30, 50]], rtol=1e-15)


def test_low_effort_stays_local():
    # The first pool is short by 30, of which 20 because it collects 80 where the national factor gives 100; the second
    # is short though it collects more than that; the third pays.
    given = position(
        [[-30.0, -10.0, 100.0]],
        contributions=[[80.0, 130.0, 200.0]],
        standard_contributions=[[100.0, 110.0, 200.0]],
    )
    net = levy_and_fill([1.0], [1.0], policy_gap=True).net(given)
    np.testing.assert_allclose(net, [[10, 10, -20]], rtol=1e-15)


def test_every_scheme_has_its_own_levy_and_fill():
    surplus = [[100.0, -30.0, -10.0], [-8.0, 2.0, 3.0]]
    # First: a quarter of the 100 is called, half of the 40 needed: 20 of 25. Second: half of the 5 for all of the 8.
    net = levy_and_fill([0.25, 0.5], [0.5, 1.0]).net(position(surplus))
    np.testing.assert_allclose(net, [[-20, 15, 5], [2.5, -1, -1.5]], rtol=1e-15)


def test_a_shortfall_is_not_more_than_that_of_the_year():
    """Whatever more than the national factor a pool collects; of low effort at most all of it is its own."""
    given = position(
        [[-30.0, -10.0, 100.0]],
        contributions=[[80.5, 90.0, 200.0]],
        standard_contributions=[[60.0, 110.0, 200.0]],
    )
    net = levy_and_fill([1.0], [1.0], policy_gap=True).net(given)
    np.testing.assert_allclose(net, [[30, 0, -30]], rtol=1e-15)


def test_no_pool_of_surplus_or_no_shortfall_moves_nothing():
    for surplus in ([[1.0, 2.0]], [[-1.0, -2.0]], [[0.0, 0.0]]):
        net = levy_and_fill([1.0], [1.0]).net(position(surplus))
        np.testing.assert_array_equal(net, [[0.0, 0.0]])
        assert not NoSettlement().net(position(surplus)).any()


def per_retiree(wages: np.ndarray, retirees: np.ndarray, rate: float, groups=None) -> np.ndarray:
    rule = PerRetiree(jnp.asarray([rate]), groups)
    given = position(np.zeros_like(wages), standard_wages=wages, retirees=retirees)
    return np.asarray(rule.net(given))


def test_central_adjustment_by_hand():
    """Three provinces with equal retirees: W = 1.0, 0.8, 0.6; N/R = 4, 2.5, 1.5; ratio 4 % of 90 % of the wage.

    Pay .04 · .9 · W · N = .1440, .0720, .0324; Σ = .2484; each receives .0828.
    """
    wage, insured, retirees = np.array([1.0, 0.8, 0.6]), np.array([4.0, 2.5, 1.5]), np.ones(3)
    net = per_retiree((wage * insured)[None], retirees[None], 0.04 * 0.9)
    np.testing.assert_allclose(net, [[-0.0612, 0.0108, 0.0504]], atol=1e-15)


@given(
    arrays(float, (1, 5), elements=amount),
    arrays(float, (1, 5), elements=st.floats(1, 1e8)),
    st.floats(1e-4, 0.2),
)
def test_central_adjustment_laws(wages: np.ndarray, retirees: np.ndarray, rate: float):
    net = per_retiree(wages, retirees, rate)
    scale = rate * wages.sum()
    assert abs(net.sum()) <= 1e-12 * scale
    # A pool receives where W N ÷ R lies below the national ratio.
    gap = wages.sum() / retirees.sum() - wages / retirees
    assert (net * np.sign(gap) >= -1e-9 * scale).all()
    # Linear in the ratio.
    np.testing.assert_allclose(per_retiree(wages, retirees, 2 * rate), 2 * net, atol=1e-9 * scale)
    # Two halves of a pool get together what the whole gets.
    halves = np.concatenate([wages[:, :1] / 2, wages[:, :1] / 2, wages[:, 1:]], axis=1)
    heads = np.concatenate([retirees[:, :1] / 2, retirees[:, :1] / 2, retirees[:, 1:]], axis=1)
    split = per_retiree(halves, heads, rate)
    np.testing.assert_allclose(split[:, :2].sum(), net[:, 0].sum(), atol=1e-9 * scale)


def test_groups_adjust_apart():
    """Two groups of two pools: 0.1 · (6 + 4) over 4 and 1 retirees, 0.1 · (3 + 0.5) over none."""
    groups = jnp.asarray([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    wages, retirees = np.array([[6.0, 4.0, 3.0, 0.5]]), np.array([[4.0, 1.0, 0.0, 0.0]])
    net = per_retiree(wages, retirees, 0.1, groups)
    np.testing.assert_allclose(net, [[0.8 - 0.6, 0.2 - 0.4, 0, 0]], atol=1e-15)


def test_every_scheme_adjusts_at_its_own_rate():
    rule = PerRetiree(jnp.asarray([0.1, 0.5]), None)
    wages, half = np.array([[6.0, 4.0], [3.0, 1.0]]), np.full((2, 2), 0.5)
    net = rule.net(position(np.zeros((2, 2)), standard_wages=wages, retirees=half))
    np.testing.assert_allclose(net, [[-0.1, 0.1], [-0.5, 0.5]], rtol=1e-14)


def test_without_retirees_nothing_is_paid():
    assert not per_retiree(np.array([[1.0, 2.0]]), np.zeros((1, 2)), 0.04).any()


def adjustment_fund(remittance: float) -> AdjustmentFund:
    """Two pools and one reserve fund."""
    return AdjustmentFund(
        jnp.asarray([remittance]),
        jnp.asarray([[1.0], [1.0], [0.0]]),
        jnp.asarray([[0.0], [0.0], [1.0]]),
    )


def test_the_adjustment_fund_by_hand():
    # Remitted: 5 and 2. The second pool has 10 + (−20) − 2 = −12; the fund holds 4 + 7 = 11: all of it is drawn.
    given = position([[30.0, -20.0, 0.0]], opening=[[0.0, 10.0, 4.0]], due=[[50.0, 20.0, 0.0]])
    net = adjustment_fund(0.1).net(given)
    # But for what keeps the fund from being overdrawn by a rounding.
    np.testing.assert_allclose(net, [[-5.0, 11.0 - 2.0, 7.0 - 11.0]], rtol=1e-14)
    # With 100 in the fund the pool is filled and the rest stays.
    given = position([[30.0, -20.0, 0.0]], opening=[[0.0, 10.0, 100.0]], due=[[50.0, 20.0, 0.0]])
    net = adjustment_fund(0.1).net(given)
    np.testing.assert_allclose(net, [[-5.0, 12.0 - 2.0, 7.0 - 12.0]], rtol=1e-15)


def test_who_collects_less_remits_no_less():
    """Unemployment Insurance Regulations, art. 7: a share of what is due. 80 of 100 collected, a tenth remitted: 10."""
    given = position([[30.0, 10.0, 0.0]], contributions=[[80.0, 50.0, 0]], due=[[100.0, 50.0, 0]])
    net = adjustment_fund(0.1).net(given)
    np.testing.assert_allclose(net, [[-10.0, -5.0, 15.0]], rtol=1e-15)


def test_adjustment_funds_of_two_provinces_and_two_schemes():
    """Pools 0 and 2 remit to the first fund, pool 1 to the second; the return is 20 %, half of it 10 %.

    First scheme, 10 %: remitted 4, 1, 2. In units of the year the pools have 11 ÷ 1.1 − 4 = 6, −5.5 ÷ 1.1 − 1 = −6 and
    (3.3 − 6.6) ÷ 1.1 − 2 = −5; the funds 2.2 ÷ 1.1 + 6 = 8 and 5.5 ÷ 1.1 + 1 = 6, all of it just needed in the second.
    Second scheme, 50 %: remitted 5, 1, 0; the third has −2.2 ÷ 1.1 = −2, the others nothing or more.
    """
    rule = AdjustmentFund(
        jnp.asarray([0.1, 0.5]),
        jnp.asarray([[1.0, 0], [0, 1.0], [1.0, 0], [0, 0], [0, 0]]),
        jnp.asarray([[0.0, 0], [0, 0], [0, 0], [1.0, 0], [0, 1.0]]),
    )
    given = position(
        [[11.0, -5.5, -6.6, 0.0, 0.0], [5.5, 1.1, -2.2, 0.0, 0.0]],
        rate=0.2,
        opening=[[0.0, 0.0, 3.3, 2.2, 5.5], [0.0] * 5],
        due=[[40.0, 10.0, 20.0, 0.0, 0.0], [10.0, 2.0, 0.0, 0.0, 0.0]],
    )
    expected = [[-4.0, 6.0 - 1.0, 5.0 - 2.0, 6.0 - 5.0, 1.0 - 6.0], [-5.0, -1.0, 2.0, 3.0, 1.0]]
    np.testing.assert_allclose(rule.net(given), expected, rtol=1e-13)


def test_half_of_what_is_needed_by_each():
    """12 and 4 are needed, 7 and nothing remitted, 1 in the fund: 8 of 16."""
    given = position([[-5.0, -4.0, 0.0]], opening=[[0.0, 0.0, 1.0]], due=[[14.0, 0, 0]])
    net = adjustment_fund(0.5).net(given)
    np.testing.assert_allclose(net, [[6.0 - 7.0, 2.0, 7.0 - 8.0]], rtol=1e-13)


@given(
    arrays(float, (1, 3), elements=money),
    arrays(float, (1, 3), elements=amount),
    arrays(float, (1, 3), elements=amount),
    share,
)
def test_an_adjustment_fund_never_owes(
    surplus: np.ndarray, opening: np.ndarray, contributions: np.ndarray, remittance: float
):
    # The fund itself collects and pays nothing.
    surplus[:, 2] = contributions[:, 2] = 0
    given = position(surplus, opening=opening, due=contributions)
    net = np.asarray(adjustment_fund(remittance).net(given))
    scale = opening.sum() + np.abs(surplus).sum() + contributions.sum()
    assert abs(net.sum()) <= 1e-12 * scale
    assert opening[0, 2] + net[0, 2] >= -1e-12 * scale


def test_local_reserves_by_hand():
    """Three municipalities, the first two one pool; they hold 30, 50 and 40; the pools are 10 and 8 in surplus.

    The first is short of 12 and draws them, the second has a surplus; the third is short of 45 and holds 40. Then the
    levy takes half of the pools' 22 and 48, of which nothing is needed.
    """
    rule = LocalReserves(
        levy_and_fill([0.5], [1.0]), jnp.asarray([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    )
    opening = [[0.0, 0.0, 30.0, 50.0, 40.0]]
    own = np.array([[-12.0, 22.0, -45.0]])
    net = rule.net(position([[10.0, 8.0, 0, 0, 0]], opening=opening, own=own))
    np.testing.assert_allclose(net, [[12.0, 40.0, -12.0, 0.0, -40.0]], rtol=1e-12)
    # With 45 to pay and 40 drawn the second pool still lacks 5: half of the first one's 22 is called, 5 are needed.
    net = rule.net(position([[10.0, -45.0, 0, 0, 0]], opening=opening, own=own))
    np.testing.assert_allclose(net, [[12.0 - 5.0, 40.0 + 5.0, -12.0, 0.0, -40.0]], rtol=1e-12)


def test_local_reserves_bear_half_a_years_return_until_they_are_drawn():
    """Two schemes; one pool of two municipalities and one of one. The return is 20 %: 2.2 at the end is 2 in the year.

    First: the first municipality is short of 3 and has 2.2, the last of 0.5 and has 11; nobody levies, so that the pools
    receive what is drawn. Second: the second municipality draws 1, and its pool, 3.3 short at the end of the year, still
    lacks 3.3 − 1.1 = 2.2, which the other one pays out of its 4.4.
    """
    rule = LocalReserves(
        levy_and_fill([0.0, 1.0], [1.0, 1.0]), jnp.asarray([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    )
    given = position(
        [[-9.0, 5.0, 0.2, 0.0, 1.0], [-3.3, 4.4, 0.0, 0.0, 0.0]],
        rate=0.2,
        opening=[[7.0, 8.0, 2.0, 6.0, 10.0], [1.0, 1.0, 0.0, 5.5, 3.0]],
        own=np.array([[-3.0, 2.0, -0.5], [0.0, -1.0, 1.0]]),
    )
    expected = [[2.0, 0.5, -2.0, 0.0, -0.5], [1.0 + 2.2, -2.2, 0.0, -1.0, 0.0]]
    np.testing.assert_allclose(rule.net(given), expected, rtol=1e-13)


def test_every_rule_is_a_settlement():
    rules = (NoSettlement(), levy_and_fill([0.1], [1.0]), adjustment_fund(0.1))
    assert all(isinstance(rule, Settlement) for rule in rules)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_dtype_is_kept(dtype: jnp.dtype):
    one = jnp.ones((1, 3), dtype)
    given = Position(one, one, one, one, one, jnp.ones((), dtype), one, one, one[:, :2])
    one = jnp.ones(1, dtype)
    rules = (
        NoSettlement(),
        LevyAndFill(one, one, True, None),
        PerRetiree(one, jnp.ones((3, 1), dtype)),
        AdjustmentFund(one, jnp.ones((3, 1), dtype), jnp.zeros((3, 1), dtype)),
        LocalReserves(NoSettlement(), jnp.ones((2, 1), dtype)),
    )
    for rule in rules:
        assert rule.net(given).dtype == dtype
