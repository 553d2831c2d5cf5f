"""Who pools with whom, as arrays: partitions, terms that change on a date, and the fund axis, all by hand."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from pooling.pools.arrangement import Arrangement, Pooling, partition_of, reserve_rows
from pooling.pools.settlement import LevyAndFill
from pooling.state import FundBalances
from pools_by_hand import arrangement, stage

PROVINCE = np.array([0, 0, 1])

# Three municipalities of two provinces. First provinces are the pools, beside them their adjustment funds: [pool 0, pool 1,
# fund 0, fund 1]. Then the nation is, beside it the municipalities' own accounts: [pool, account 0, account 1, account 2].
PROVINCES = partition_of(PROVINCE, PROVINCE, 2, "province")
NATION = partition_of(np.zeros(3, int), PROVINCE, 2, "municipality")

# [year, scheme]: the first scheme changes after one year, and its terms again after two, the second after two years.
CHANGES = Arrangement(
    "changes",
    (PROVINCES, NATION),
    (
        stage(0, in_force=np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])),
        replace(stage(1, in_force=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])), policy=1),
        stage(1, in_force=np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]])),
    ),
)
# On the fund axis of these changes and of three municipalities that stay alone.
POOLING = Pooling((CHANGES, arrangement(np.arange(3), PROVINCE)))


def every_year(*by_scheme: list[float]) -> jnp.ndarray:
    """The same amounts in three years [year, scheme, …]."""
    return jnp.broadcast_to(jnp.asarray(by_scheme), (3, len(by_scheme), len(by_scheme[0])))


BY_FUND = every_year(
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0]
)
ALONE = every_year([0.1, 0.2, 0.3], [0.4, 0.5, 0.6])


def test_municipalities_that_are_pools_need_no_matrix():
    alone = partition_of(np.arange(3), PROVINCE, 2)
    assert alone.pools == 3 and not alone.local
    assert alone.membership is None and alone.reserves is None
    assert alone.pairs.membership is None and alone.pairs.pool is None
    assert alone.pairs.together is None
    np.testing.assert_array_equal(alone.pairs.province, [0, 0, 1])


def test_pools_across_provinces_meet_them_in_pairs():
    """Pools 1, 0, 1, 0 in provinces 0, 0, 1, 1: the pairs (0, 0), (0, 1), (1, 0), (1, 1) in this order."""
    across = partition_of(np.array([1, 0, 1, 0]), np.array([0, 0, 1, 1]), 2)
    assert across.pools == 2 and across.reserves is None and not across.local
    np.testing.assert_array_equal(across.pool, [1, 0, 1, 0])
    np.testing.assert_array_equal(across.membership, [[0, 1], [1, 0], [0, 1], [1, 0]])
    pairs = across.pairs
    np.testing.assert_array_equal(
        pairs.membership, [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0]]
    )
    np.testing.assert_array_equal(pairs.province, [0, 1, 0, 1])
    np.testing.assert_array_equal(pairs.pool, [[1, 0], [1, 0], [0, 1], [0, 1]])
    np.testing.assert_array_equal(
        pairs.together, [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    )
    np.testing.assert_array_equal(across.total(jnp.asarray([1.5, 2.0, 4.0, 8.25])), [10.25, 5.5])
    np.testing.assert_array_equal(across.of_pool(jnp.asarray([7.0, 9.0])), [9, 7, 9, 7])


def test_reserve_funds_come_after_the_pools():
    assert PROVINCES.pools == 4 and not PROVINCES.local
    np.testing.assert_array_equal(PROVINCES.reserves, [[0, 0], [0, 0], [1, 0], [0, 1]])
    np.testing.assert_array_equal(PROVINCES.membership, [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]])
    assert NATION.pools == 4 and NATION.local
    np.testing.assert_array_equal(NATION.reserves, [[0, 0], [1, 0], [1, 0], [0, 1]])
    np.testing.assert_array_equal(reserve_rows(1, np.array([1, 0]), 2), [[0, 0], [0, 1], [1, 0]])
    # Municipalities that are pools and hold reserves beside are six accounts.
    both = partition_of(np.arange(3), PROVINCE, 2, "municipality")
    assert both.pools == 6
    np.testing.assert_array_equal(both.total(jnp.asarray([1.0, 2.0, 4.0])), [1, 2, 4, 0, 0, 0])


def test_only_municipalities_accounts_are_their_own():
    accounts = jnp.asarray([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    np.testing.assert_array_equal(NATION.of_municipality(accounts), [[2, 3, 4], [6, 7, 8]])
    np.testing.assert_array_equal(PROVINCES.of_municipality(accounts), np.zeros((2, 3)))
    own = accounts[:, 1:]
    np.testing.assert_array_equal(NATION.to_municipality(own), [[0, 2, 3, 4], [0, 6, 7, 8]])
    np.testing.assert_array_equal(PROVINCES.to_municipality(own), np.zeros((2, 4)))


def test_a_partition_is_in_force_by_all_its_stages():
    np.testing.assert_array_equal(CHANGES.force(0), [[1, 1], [0, 1], [0, 0]])
    np.testing.assert_array_equal(CHANGES.force(1), [[0, 0], [1, 0], [1, 1]])


def test_flows_go_to_the_pools_in_force():
    total = CHANGES.total(every_year([1.0, 2.0, 4.0], [10.0, 20.0, 40.0]))
    first, second = [3, 4, 0, 0], [30, 40, 0, 0]
    none, joined, joined_second = [0] * 4, [7, 0, 0, 0], [70, 0, 0, 0]
    np.testing.assert_array_equal(
        total,
        [
            [first + none, second + none],
            [none + joined, second + none],
            [none + joined, none + joined_second],
        ],
    )


def test_the_value_of_the_pool_in_force():
    of_provinces, of_nation = [[1, 1, 2], [10, 10, 20]], [[5, 5, 5], [50, 50, 50]]
    expected = [of_provinces, [of_nation[0], of_provinces[1]], of_nation]
    np.testing.assert_array_equal(CHANGES.of_pool(BY_FUND), expected)
    on_the_axis = POOLING.of_pool(POOLING.join((BY_FUND, ALONE)))
    np.testing.assert_array_equal(on_the_axis[:, :, 0], expected)
    np.testing.assert_array_equal(on_the_axis[:, :, 1], ALONE)


def test_accounts_of_municipalities_and_adjustment_funds_of_provinces():
    own, funds = every_year([6, 7, 8], [60, 70, 80]), every_year([3, 4], [30, 40])
    np.testing.assert_array_equal(CHANGES.of_municipality(BY_FUND), own)
    np.testing.assert_array_equal(CHANGES.adjustment_funds(BY_FUND, 2), funds)
    axis = POOLING.join((BY_FUND, ALONE))
    np.testing.assert_array_equal(POOLING.of_municipality(axis)[:, :, 0], own)
    np.testing.assert_array_equal(POOLING.adjustment_funds(axis, 2)[:, :, 0], funds)
    assert not POOLING.of_municipality(axis)[:, :, 1].any()
    assert not POOLING.adjustment_funds(axis, 2)[:, :, 1].any()


def test_a_flow_follows_the_benefit_policy_in_force():
    one, other = every_year([1.5], [2.5]), every_year([10.0], [20.0])
    # The first scheme has the other policy in the second year only, the second scheme in the third.
    np.testing.assert_array_equal(
        CHANGES.by_policy((one, other))[..., 0], [[1.5, 2.5], [10, 2.5], [1.5, 20]]
    )
    always = Arrangement("always", (NATION,), (replace(stage(), policy=1),))
    np.testing.assert_array_equal(always.by_policy((one, other)), other)


def test_the_fund_axis_is_laid_end_to_end():
    assert CHANGES.pools == 8 and POOLING.funds == 11
    axis = POOLING.join((BY_FUND, ALONE))
    parts = POOLING.split(axis)
    np.testing.assert_array_equal(parts[0], BY_FUND)
    np.testing.assert_array_equal(parts[1], ALONE)
    np.testing.assert_array_equal(CHANGES.split(parts[0])[0], BY_FUND[..., :4])
    np.testing.assert_array_equal(CHANGES.split(parts[0])[1], BY_FUND[..., 4:])
    first, second = POOLING.cut(FundBalances(axis, 2 * axis, 3 * axis))
    np.testing.assert_array_equal(first.after_scheduled, 2 * BY_FUND)
    np.testing.assert_array_equal(second.before_subsidy, 3 * ALONE)


def test_only_figures_are_leaves():
    """Who pools, and by which rule, is part of a compiled program; what is levied, when and by whom is given to it."""
    rule = LevyAndFill(jnp.ones(1), jnp.ones(1), True, None)
    levied = arrangement(np.zeros(3, int), PROVINCE, "municipality", settlement=rule)
    for leaf in jax.tree.leaves((POOLING, levied)):
        assert isinstance(leaf, jax.Array)
