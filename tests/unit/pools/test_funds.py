"""One year of a fund's account by hand: deficits, settlement, moving rights, changes of the pools, effort."""

from dataclasses import fields, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pooling.pools.arrangement import Arrangement, Pooling, partition_of, reserve_rows
from pooling.pools.effort import Response
from pooling.pools.funds import FundYear, MunicipalFlows, PoolsYear, settle_year
from pooling.pools.settlement import (
    AdjustmentFund,
    LevyAndFill,
    LocalReserves,
    NoSettlement,
    PerRetiree,
)
from pooling.population.migration import Moves
from pooling.state import FundBalances
from pools_by_hand import arrangement, balances, flows, geography, local_pools, stage, still


def settle(
    pooling: Pooling,
    opening: list[float],
    given: MunicipalFlows,
    rate: float = 0.0,
    moves: Moves | None = None,
    province: np.ndarray | None = None,
    elapsed: int = 0,
) -> tuple[FundBalances, FundYear]:
    province = np.arange(given.contributions.shape[1]) if province is None else province
    moves = moves or still(len(province), int(province.max()) + 1)
    after, year = settle_year(
        pooling,
        geography(province),
        balances(opening),
        given,
        (moves,),
        jnp.asarray(rate),
        jnp.asarray(elapsed),
    )
    np.testing.assert_allclose(year.funds.residual, 0, atol=1e-12)
    return after, year.funds


def test_a_surplus_and_a_deficit():
    given = flows([100.0, 50.0], [80.0, 100.0], [10.0, 10.0])
    after, year = settle(local_pools(), [200.0, 20.0], given, 0.1)
    # 200 + 30 + 0.1 · (200 + 15) = 251.5; 20 − 40 + 0.1 · (20 − 20) = −20, filled by the subsidy.
    np.testing.assert_allclose(year.closing_balance, [[251.5, 0.0]], rtol=1e-15)
    np.testing.assert_allclose(year.deficit_subsidy, [[0.0, 20.0]], rtol=1e-15)
    np.testing.assert_allclose(year.interest, [[21.5, 0.0]], atol=1e-14)
    np.testing.assert_allclose(after.filled, [[251.5, 0.0]], rtol=1e-15)
    np.testing.assert_allclose(after.after_scheduled, [[251.5, -20.0]], rtol=1e-15)
    # Without the scheduled 10: 220 + 0.1 · (200 + 10) = 241; 20 − 50 + 0.1 · (20 − 25) = −30.5.
    np.testing.assert_allclose(after.before_subsidy, [[241.0, -30.5]], rtol=1e-15)


def test_accounts_come_from_another_scheme_and_go_to_one():
    # 100 + 10 − 8 + 5 = 107 and 50 + 10 − 8 − 3 = 49, no interest; neither is income or outgo.
    given = flows([10.0, 10.0], [8.0, 8.0], linked=[5.0, -3.0])
    _, year = settle(local_pools(), [100.0, 50.0], given)
    np.testing.assert_allclose(year.moved_in, [[5.0, 0.0]])
    np.testing.assert_allclose(year.moved_out, [[0.0, 3.0]])
    np.testing.assert_allclose(year.closing_balance, [[107.0, 49.0]])
    np.testing.assert_allclose(year.outgo, [[8.0, 8.0]])


def test_governments_share_a_deficit():
    given = flows([0.0, 0.0], [0.0, 40.0])
    _, year = settle(local_pools(shares=(0.1, 0.3, 0.6)), [0.0, 0.0], given)
    np.testing.assert_allclose(year.deficit_payer[:, 0, 1], [4, 12, 24], rtol=1e-15)
    np.testing.assert_allclose(year.deficit_payer[:, 0, 0], 0)


def test_a_pool_that_borrows_owes_with_a_spread():
    given = flows([0.0, 0.0], [0.0, 40.0])
    _, first = settle(local_pools(rule="borrow", spread=0.02), [0.0, 0.0], given, 0.1)
    # −40 − 0.1 · 20 = −42, nobody pays it.
    np.testing.assert_allclose(first.closing_balance, [[0.0, -42.0]], rtol=1e-15)
    assert not first.deficit_subsidy.any()
    _, second = settle(
        local_pools(rule="borrow", spread=0.02), [0.0, -42.0], flows([0.0, 60.0], [0.0, 0.0]), 0.1
    )
    # −42 + 60 + 0.1 · (−42 + 30) − 0.02 · 42 = 15.96.
    np.testing.assert_allclose(second.closing_balance, [[0.0, 15.96]], rtol=1e-14)


def test_benefits_are_cut_to_what_is_payable():
    given = flows([0.0, 25.0], [0.0, 40.0])
    after, year = settle(local_pools(rule="cut"), [0.0, 5.0], given)
    np.testing.assert_allclose(year.benefit_cut, [[0.0, 10.0]], rtol=1e-15)
    np.testing.assert_allclose(year.outgo, [[0.0, 40.0]])
    np.testing.assert_allclose(year.closing_balance, [[0.0, 0.0]], atol=1e-15)
    assert not year.deficit_subsidy.any()
    # The unfilled account shows what was scheduled.
    np.testing.assert_allclose(after.after_scheduled, [[0.0, -10.0]], rtol=1e-15)


def test_the_surplus_pool_pays_for_the_short_one():
    rule = LevyAndFill(jnp.asarray([0.25]), jnp.ones(1), False, None)
    _, year = settle(local_pools(settlement=rule), [0.0, 0.0], flows([100.0, 50.0], [80.0, 60.0]))
    np.testing.assert_allclose(year.settlement, [[-5.0, 5.0]], rtol=1e-15)
    np.testing.assert_allclose(year.deficit_subsidy, [[0.0, 5.0]], rtol=1e-15)


def test_money_follows_members_where_it_does():
    given = flows([0.0, 0.0], [0.0, 0.0])
    between = jnp.asarray([[1.0, 7.0], [2.0, 0.0]])
    moves = Moves(between.sum(axis=1), between.sum(axis=0), between, 0 * between)
    for moving, expected in ((1.0, [90.0, 110.0]), (0.0, [100.0, 100.0])):
        _, year = settle(local_pools(moving=moving), [100.0, 100.0], given, moves=moves)
        # Two units of money a unit of account: 14 leave the first place, 4 come back.
        np.testing.assert_allclose(year.closing_balance, [expected], rtol=1e-14)
        np.testing.assert_allclose(year.moved_out, [[14 * moving, 4 * moving]], rtol=1e-14)


def test_an_adjustment_fund_has_an_account_of_its_own():
    rule = AdjustmentFund(
        jnp.asarray([0.1]),
        jnp.asarray([[1.0], [1.0], [0.0]]),
        jnp.asarray([[0.0], [0.0], [1.0]]),
    )
    pools = arrangement(np.arange(2), np.zeros(2, int), reserves="province", settlement=rule)
    given = flows([50.0, 20.0], [20.0, 40.0])
    _, year = settle(Pooling((pools,)), [0.0, 10.0, 4.0], given, province=np.zeros(2, int))
    # Remitted 5 and 2; the second is short of 10 + 20 − 40 − 2 = −12 and draws all of the 4 + 7.
    np.testing.assert_allclose(year.settlement, [[-5.0, 9.0, -4.0]], rtol=1e-14)
    np.testing.assert_allclose(year.closing_balance, [[25.0, 0.0, 0.0]], atol=1e-13)
    np.testing.assert_allclose(year.deficit_subsidy, [[0.0, 1.0, 0.0]], atol=1e-13)
    assert not year.wage_bill[:, 2].any()


def test_an_adjustment_fund_is_emptied_and_no_further_with_interest():
    rule = AdjustmentFund(
        jnp.asarray([0.1]),
        jnp.asarray([[1.0], [1.0], [0.0]]),
        jnp.asarray([[0.0], [0.0], [1.0]]),
    )
    pools = arrangement(np.arange(2), np.zeros(2, int), reserves="province", settlement=rule)
    for need, left in ((40.0, False), (29.0, True)):
        given = flows([50.0, 20.0], [20.0, need])
        _, year = settle(Pooling((pools,)), [0.0, 0.0, 4.0], given, 0.1, province=np.zeros(2, int))
        assert not year.deficit_subsidy[0, 2]
        assert bool(year.closing_balance[0, 2] > 1e-12) == left
        # Where the fund reaches, the pool ends the year at zero.
        assert bool(year.deficit_subsidy[0, 1] > 1e-12) != left
        np.testing.assert_allclose(year.closing_balance[0, 1], 0, atol=1e-12)


def dated(first: np.ndarray, later: np.ndarray, change: int) -> Pooling:
    """Four municipalities of two provinces whose pools change after some years."""
    province = np.array([0, 0, 1, 1])
    force = np.zeros((60, 1))
    force[:change] = 1
    return Pooling(
        (
            Arrangement(
                "dated",
                (partition_of(first, province, 2), partition_of(later, province, 2)),
                (stage(0, in_force=force), stage(1, in_force=1 - force)),
            ),
        )
    )


PROVINCE = np.array([0, 0, 1, 1])


@pytest.mark.parametrize(
    ("first", "later", "opening", "expected"),
    [
        # Provinces become one nation: everything is added.
        ([0, 0, 1, 1], [0, 0, 0, 0], [30.0, 50.0, 0.0], [0.0, 0.0, 80.0]),
        # The nation falls apart into provinces as they collect and pay: (10 + 20) : (20 + 30) = 3 : 5.
        ([0, 0, 0, 0], [0, 0, 1, 1], [80.0, 0.0, 0.0], [0.0, 30.0, 50.0]),
        # A debt goes the same way.
        ([0, 0, 0, 0], [0, 0, 1, 1], [-8.0, 0.0, 0.0], [0.0, -3.0, -5.0]),
    ],
)
def test_balances_go_to_the_new_pools(
    first: list[int], later: list[int], opening: list[float], expected: list[float]
):
    pooling = dated(np.array(first), np.array(later), 5)
    given = flows([5.0, 5.0, 10.0, 10.0], [5.0, 15.0, 10.0, 20.0])
    _, before = settle(pooling, opening, given, province=PROVINCE, elapsed=4)
    np.testing.assert_allclose(before.opening_balance, [opening])
    _, year = settle(pooling, opening, given, province=PROVINCE, elapsed=5)
    np.testing.assert_allclose(year.opening_balance, [expected], rtol=1e-14)
    # Only the pools in force collect and pay.
    active = np.asarray(expected) != 0
    np.testing.assert_array_equal(np.asarray(year.outgo)[0] > 0, active)
    assert float(year.contributions.sum()) == pytest.approx(30.0)


def test_a_response_lowers_cash_and_wage_bill_by_the_provinces_result():
    response = Response(jnp.asarray(0.1), jnp.asarray(0.2))
    pools = Pooling((arrangement(np.zeros(4, int), PROVINCE, response=response),))
    # The first province has 40 − 20 = 20 to spare, the second lacks 10.
    given = flows([20.0, 20.0, 10.0, 10.0], [0.0, 20.0, 10.0, 20.0])
    _, year = settle(pools, [0.0], given, province=PROVINCE)
    np.testing.assert_allclose(year.contributions, [[40 * 0.9 + 20 * 0.8]], rtol=1e-15)
    np.testing.assert_allclose(year.wage_bill, [[2000 * 0.9 + 2000 * 0.8]], rtol=1e-15)


def test_an_adjustment_fund_that_ends_goes_to_its_province():
    """Two municipalities of each of two provinces; the provinces' funds hold 8 and 6 when provinces become the pools."""
    force = np.zeros((60, 1))
    force[:5] = 1
    pooling = Pooling(
        (
            Arrangement(
                "dated",
                (
                    partition_of(np.arange(4), PROVINCE, 2, "province"),
                    partition_of(PROVINCE, PROVINCE, 2),
                ),
                (stage(0, in_force=force), stage(1, in_force=1 - force)),
            ),
        )
    )
    opening = [1.0, 2.0, 3.0, 4.0, 8.0, 6.0, 0.0, 0.0]
    given = flows([5.0, 5.0, 0.0, 0.0], [5.0, 15.0, 0.0, 0.0])
    _, year = settle(pooling, opening, given, province=PROVINCE, elapsed=5)
    np.testing.assert_allclose(year.opening_balance, [[0, 0, 0, 0, 0, 0, 11, 13]], rtol=1e-14)


def with_local_reserves(pool: np.ndarray) -> Arrangement:
    """Four municipalities of two provinces that hold reserves of their own beside their pools."""
    rule = LocalReserves(NoSettlement(), jnp.eye(int(pool.max()) + 1)[pool])
    return arrangement(pool, PROVINCE, "municipality", settlement=rule)


def test_a_municipality_draws_its_own_reserves_first():
    """One national pool without reserves; municipalities hold 30, 50, 0 and 4. The return is 10 %.

    The first is short of 20, the last of 10 and holds 4, that is 4 · 1.1 ÷ 1.05 in units of the course of the year.
    """
    pooling = Pooling((with_local_reserves(np.zeros(4, int)),))
    given = flows([0.0, 25.0, 5.0, 0.0], [20.0, 20.0, 5.0, 10.0])
    after, year = settle(pooling, [0.0, 30.0, 50.0, 0.0, 4.0], given, 0.1, province=PROVINCE)
    all_of_it = 4 * 1.1 / 1.05
    np.testing.assert_allclose(
        year.settlement, [[20 + all_of_it, -20.0, 0.0, 0.0, -all_of_it]], rtol=1e-12
    )
    closing = [(20 + all_of_it + 30 - 55) * 1.05, 33 - 20 * 1.05, 55.0, 0.0, 0.0]
    np.testing.assert_allclose(year.closing_balance, [np.maximum(closing, 0)], atol=1e-12)
    np.testing.assert_allclose(
        year.deficit_subsidy, [[max(-closing[0], 0), 0, 0, 0, 0]], atol=1e-12
    )
    assert (np.asarray(after.after_scheduled)[0, 1:] >= 0).all()


def test_local_reserves_stay_local_when_pools_change():
    force = np.zeros((60, 1))
    force[:5] = 1
    partitions = tuple(
        partition_of(pool, PROVINCE, 2, "municipality") for pool in (PROVINCE, np.zeros(4, int))
    )
    rules = [
        LocalReserves(NoSettlement(), jnp.eye(int(pool.max()) + 1)[pool])
        for pool in (PROVINCE, np.zeros(4, int))
    ]
    stages = (stage(0, rules[0], in_force=force), stage(1, rules[1], in_force=1 - force))
    pooling = Pooling((Arrangement("dated", partitions, stages),))
    opening = [7.0, 8.0, 1.0, 2.0, 3.0, 4.0] + [0.0] * 5
    given = flows([5.0] * 4, [5.0] * 4)
    _, year = settle(pooling, opening, given, province=PROVINCE, elapsed=5)
    np.testing.assert_allclose(year.opening_balance, [[0.0] * 6 + [15.0, 1.0, 2.0, 3.0, 4.0]])


def test_handed_over_by_what_is_collected_and_paid_under_the_terms_in_force():
    """Not by the outgo of a benefit policy that only other arrangements of the run have."""
    years = np.arange(60)[:, None]
    together = stage(0, in_force=(years < 1) * 1.0)
    apart = stage(1, in_force=(years >= 1) * 1.0)
    response = Response(jnp.asarray(0.5), jnp.asarray(0.5))
    changes = Arrangement(
        "any",
        (
            partition_of(np.zeros(2, int), np.arange(2), 2),
            partition_of(np.arange(2), np.arange(2), 2),
        ),
        (replace(together, policy=1), replace(apart, policy=1, response=response)),
    )
    given = flows([40.0, 20.0], [1000.0, 0.0])
    given = replace(
        given,
        outgo=jnp.asarray([[[1000.0, 0.0]], [[20.0, 20.0]]]),
        scheduled_subsidy=jnp.zeros((2, 1, 2)),
    )
    _, year = settle(Pooling((changes,)), [70.0, 0.0, 0.0], given, elapsed=1)
    # 20 + 20 and 10 + 20 are collected and paid: 40 and 30 of the 70.
    np.testing.assert_allclose(year.opening_balance, [[0.0, 40.0, 30.0]], rtol=1e-15)


def test_an_adjustment_fund_is_emptied_and_never_overdrawn_by_a_rounding():
    """What is below zero counts as depleted, and would be filled by governments."""
    count = 500
    rng = np.random.default_rng(1)
    province, home = np.arange(count), np.eye(count)
    remit = AdjustmentFund(
        jnp.asarray([0.05]),
        jnp.asarray(np.concatenate([home, 0 * home])),
        jnp.asarray(reserve_rows(count, province, count)),
    )
    pools = arrangement(province, province, "province", settlement=remit)
    contributions, opening = rng.uniform(0, 100, count), rng.uniform(0, 50, 2 * count)
    # Every pool lacks at least 200: more than it and the fund of its province have.
    given = flows(contributions.tolist(), (contributions + 300).tolist())
    after, year = settle(Pooling((pools,)), opening.tolist(), given, 0.03, province=province)
    funds = np.asarray(after.after_scheduled)[0, count:]
    assert (funds >= 0).all() and (funds < 1e-12).all()
    assert not np.asarray(year.deficit_subsidy)[0, count:].any()


def two_schemes(first: MunicipalFlows, second: MunicipalFlows) -> MunicipalFlows:
    """Flows of two schemes under one benefit policy."""
    by_policy = ("outgo", "scheduled_subsidy")
    joined = {
        field.name: jnp.concatenate(
            [getattr(first, field.name), getattr(second, field.name)],
            axis=1 if field.name in by_policy else 0,
        )
        for field in fields(MunicipalFlows)
    }
    return MunicipalFlows(**joined)


def settle_two(
    pooling: Pooling,
    opening: list[list[float]],
    given: MunicipalFlows,
    rate: float,
    moves: tuple[Moves, Moves],
    elapsed: int = 0,
) -> tuple[FundBalances, PoolsYear]:
    """Two schemes of municipalities that are provinces."""
    count = given.contributions.shape[1]
    held = FundBalances(*(k * jnp.asarray(opening) for k in (1.0, 2.0, 3.0)))
    told = geography(np.arange(count)), held, given, moves
    after, year = settle_year(pooling, *told, jnp.asarray(rate), jnp.asarray(elapsed))
    np.testing.assert_allclose(year.funds.residual, 0, atol=1e-12)
    return after, year


def test_one_scheme_changes_its_pools_and_the_other_does_not():
    """Of two places, from the second year on: the first scheme's become one pool. The return is 10 %.

    Accounts are [place, place, nation]. The first scheme's 20 and 30 (of the account after scheduled subsidy twice, of
    that before any subsidy three times as much) are 50 in the nation, the second scheme's 4 and 5 stay.
    """
    year = np.arange(60)[:, None]
    alone = np.concatenate([year < 1, year < 60], axis=1) * 1.0
    pooling = Pooling(
        (
            Arrangement(
                "dated",
                (
                    partition_of(np.arange(2), np.arange(2), 2),
                    partition_of(np.zeros(2, int), np.arange(2), 2),
                ),
                (
                    stage(0, in_force=alone),
                    stage(1, rule="borrow", spread=0.25, in_force=1 - alone),
                ),
            ),
        )
    )
    given = two_schemes(
        flows([10.0, 5.0], [25.0, 20.0], [1.0, 3.0]), flows([6.0, 3.0], [2.0, 1.0], [0.5, 0.5])
    )
    nobody = still(2, 2)
    opening = [[20.0, 30.0, 0.0], [4.0, 5.0, 0.0]]
    _, before = settle_two(pooling, opening, given, 0.1, (nobody, nobody))
    np.testing.assert_allclose(before.funds.opening_balance, opening, rtol=1e-15)
    after, found = settle_two(pooling, opening, given, 0.1, (nobody, nobody), elapsed=1)
    own = found.funds
    np.testing.assert_allclose(own.opening_balance, [[0, 0, 50], [4, 5, 0]], rtol=1e-15)
    np.testing.assert_allclose(own.contributions, [[0, 0, 15], [6, 3, 0]])
    np.testing.assert_allclose(own.outgo, [[0, 0, 45], [2, 1, 0]])
    np.testing.assert_allclose(own.scheduled_subsidy, [[0, 0, 4], [0.5, 0.5, 0]])
    np.testing.assert_allclose(own.wage_bill, [[0, 0, 2000], [1000, 1000, 0]])
    # Net −26, 4.5 and 2.5: 0.1 · (50 − 13), 0.1 · (4 + 2.25), 0.1 · (5 + 1.25).
    np.testing.assert_allclose(own.interest, [[0, 0, 3.7], [0.625, 0.625, 0]], rtol=1e-14)
    closing = [[0, 0, 27.7], [9.125, 8.125, 0]]
    np.testing.assert_allclose(after.filled, closing, rtol=1e-14)
    # 100 − 26 + 0.1 · 87, 8 + 4.5 + 0.1 · 10.25, 10 + 2.5 + 0.1 · 11.25.
    np.testing.assert_allclose(
        after.after_scheduled, [[0, 0, 82.7], [13.525, 13.625, 0]], rtol=1e-14
    )
    # 150 − 30 + 0.1 · 135, 12 + 4 + 0.1 · 14, 15 + 2 + 0.1 · 16.
    np.testing.assert_allclose(after.before_subsidy, [[0, 0, 133.5], [17.4, 18.6, 0]], rtol=1e-14)


def test_rights_of_every_scheme_move_at_its_own_value():
    """From the first place to the second 3 of the first scheme's accounts, back 0.5 of the second one's; 4 and 2.5 of
    money for a unit. Beside them 1 is handed over from the first scheme to the second in the first place."""
    there, back = jnp.asarray([[0.0, 3.0], [0.0, 0.0]]), jnp.asarray([[0.0, 0.0], [0.5, 0.0]])
    moves = tuple(Moves(x.sum(axis=1), x.sum(axis=0), x, 0 * x) for x in (there, back))
    given = two_schemes(
        flows([0.0, 0.0], [0.0, 0.0], linked=[-1.0, 0.0]),
        flows([0.0, 0.0], [0.0, 0.0], linked=[1.0, 0.0]),
    )
    given = replace(given, transfer_value=jnp.asarray([4.0, 2.5]))
    after, year = settle_two(local_pools(), [[100.0, 100.0], [50.0, 50.0]], given, 0.0, moves)
    np.testing.assert_allclose(year.funds.moved_out, [[13, 0], [0, 1.25]])
    np.testing.assert_allclose(year.funds.moved_in, [[0, 12], [2.25, 0]])
    np.testing.assert_allclose(after.filled, [[87, 112], [52.25, 48.75]])
    np.testing.assert_allclose(after.after_scheduled, [[187, 212], [102.25, 98.75]])
    np.testing.assert_allclose(after.before_subsidy, [[287, 312], [152.25, 148.75]])


def alone(count: int) -> tuple[Arrangement]:
    """Municipalities that are provinces and pools."""
    return (arrangement(np.arange(count), np.arange(count)),)


def test_effort_is_what_is_collected_of_what_is_due():
    """The second place is in deficit and collects 30 % less; where nothing is due nothing is missing."""
    response = Response(jnp.asarray(0.1), jnp.asarray(0.3))
    pools = Pooling((arrangement(np.arange(3), np.arange(3), response=response), *alone(3)))
    given = two_schemes(
        flows([10.0, 5.0, 0.5], [1.0, 9.0, 0.25]), flows([0.0, 8.0, 4.0], [0.0, 1.0, 5.0])
    )
    nobody = still(3, 3)
    _, year = settle_two(pools, [[9.0] * 6] * 2, given, 0.0, (nobody, nobody))
    effort = [[0.9, 0.7, 0.9], [1.0, 0.9, 0.7]]
    np.testing.assert_allclose(year.effort[0], effort, rtol=1e-15)
    assert year.effort[1] is None
    cash = np.multiply(effort, [[10, 5, 0.5], [0, 8, 4]])
    np.testing.assert_allclose(year.funds.contributions[:, :3], cash, rtol=1e-15)
    np.testing.assert_allclose(year.funds.contributions[:, 3:], [[10, 5, 0.5], [0, 8, 4]])
    np.testing.assert_allclose(year.funds.wage_bill[:, :3], np.multiply(effort, 1000), rtol=1e-14)


def test_the_own_result_that_collection_reacts_to_has_the_subsidy_in_it():
    """10 + 4 − 13 = 1 is no deficit, 10 + 4 − 14.5 is one."""
    response = Response(jnp.asarray(0.0), jnp.asarray(0.5))
    given = flows([10.0, 10.0], [13.0, 14.5], [4.0, 4.0])
    _, year = settle(local_pools(response=response), [9.0, 9.0], given)
    np.testing.assert_allclose(year.contributions, [[10, 5]])


def test_settlement_looks_at_interest_and_at_the_national_factor():
    """The return is 20 %. Interest 0.2 · (10 + 5) = 3 and 0.2 · (−5) leave 13 and −11. At the nation's 40 ÷ 20 of the
    standard wages the second pool would collect 24, 4 more than it does: 7 of its shortfall count. Half of the 13 is
    called."""
    rule = LevyAndFill(jnp.asarray([0.5]), jnp.ones(1), True, None)
    given = flows([20.0, 20.0], [10.0, 30.0], standard_wages=[8.0, 12.0])
    _, year = settle(local_pools(settlement=rule), [10.0, 0.0], given, 0.2)
    np.testing.assert_allclose(year.settlement, [[-6.5, 6.5]], rtol=1e-14)
    np.testing.assert_allclose(year.standard_wages, [[8, 12]])
    rule = LevyAndFill(jnp.asarray([1.0]), jnp.ones(1), True, None)
    _, year = settle(local_pools(settlement=rule), [10.0, 0.0], given, 0.2)
    np.testing.assert_allclose(year.settlement, [[-7, 7]], rtol=1e-14)


def test_settlement_looks_at_standard_wages_and_retirees_of_pools():
    """Places 0 and 2 are a pool: 0.1 · 9 and 0.1 · 1 are paid, 1 for 2.5 retirees; 2 of them in the second pool."""
    rule = PerRetiree(jnp.asarray([0.1]), None)
    pools = Pooling((arrangement(np.array([0, 1, 0]), np.arange(3), settlement=rule),))
    given = flows([1.0] * 3, [1.0] * 3, standard_wages=[3.0, 1.0, 6.0], retirees=[0.25, 2.0, 0.25])
    _, year = settle(pools, [9.0, 9.0], given)
    np.testing.assert_allclose(year.settlement, [[0.2 - 0.9, 0.8 - 0.1]], rtol=1e-14)


@pytest.mark.parametrize(
    ("collected", "expected"),
    [
        # 80 of the pool in four parts, 8 and 6 of the provinces' funds in two.
        ([0.0, 0.0, 0.0, 0.0], [48.0, 46.0]),
        # Little as it is, only the first municipality collects: all of the pool is its province's.
        ([0.5, 0.0, 0.0, 0.0], [88.0, 6.0]),
    ],
)
def test_where_nobody_collects_or_pays_municipalities_have_equal_parts(
    collected: list[float], expected: list[float]
):
    """A national pool with the provinces' adjustment funds beside it becomes one of each province."""
    force = np.zeros((60, 1))
    force[:1] = 1
    partitions = (
        partition_of(np.zeros(4, int), PROVINCE, 2, "province"),
        partition_of(PROVINCE, PROVINCE, 2),
    )
    stages = (stage(0, in_force=force), stage(1, in_force=1 - force))
    pooling = Pooling((Arrangement("dated", partitions, stages),))
    given = flows(collected, [0.0] * 4)
    _, year = settle(pooling, [80.0, 8.0, 6.0, 0.0, 0.0], given, province=PROVINCE, elapsed=1)
    np.testing.assert_allclose(year.opening_balance, [[0, 0, 0, *expected]], rtol=1e-15)


@pytest.mark.parametrize("policy_gap", [True, False])
def test_a_scheme_that_is_under_other_terms_has_nothing_there(policy_gap: bool):
    """The first scheme is under the first terms, the second under the others; in the second place nobody is insured."""
    force = np.zeros((60, 2))
    force[:, 0] = 1
    rules = (LevyAndFill(jnp.ones(2), jnp.ones(2), policy_gap, None), PerRetiree(jnp.ones(2), None))
    partition = partition_of(np.arange(2), np.arange(2), 2)
    for first, second in (rules, rules[::-1]):
        stages = (stage(0, first, in_force=force), stage(1, second, in_force=1 - force))
        pooling = Pooling((Arrangement("both", (partition, partition), stages),))
        own = flows([5.0, 0.0], [3.0, 0.0], standard_wages=[7.0, 0.0], retirees=[2.0, 0.0])
        own = replace(own, standard_wages=own.standard_wages.at[0, 1].set(0))
        own = replace(own, retirees=own.retirees.at[0, 1].set(0))
        _, year = settle_two(
            pooling,
            [[9.0, 0, 0, 0], [0, 0, 9.0, 0]],
            two_schemes(own, own),
            0.1,
            (still(2, 2),) * 2,
        )
        for field in fields(FundYear):
            money = np.asarray(getattr(year.funds, field.name))
            assert np.isfinite(money).all(), field.name
            assert not money[..., 0, 2:].any() and not money[..., 1, :2].any(), field.name
        np.testing.assert_allclose(year.funds.contributions, [[5, 0, 0, 0], [0, 0, 5, 0]])


def test_where_nothing_is_due_accounts_have_slopes():
    """A NaN in the slope of one place would reach the derivative of all accounts."""
    response = Response(jnp.asarray(0.1), jnp.asarray(0.3))
    force = np.zeros((60, 1))
    force[:1] = 1
    stages = (stage(0, in_force=force), stage(1, in_force=1 - force, response=response))
    partitions = tuple(partition_of(pool, PROVINCE, 2) for pool in (np.arange(4), PROVINCE))
    pooling = Pooling((Arrangement("dated", partitions, stages),))

    def accounts(due: jnp.ndarray) -> jnp.ndarray:
        given = replace(flows([0.0] * 4, [0.0] * 4), contributions=due)
        told = geography(PROVINCE), balances([1.0] * 6), given, (still(4, 2),)
        after, year = settle_year(pooling, *told, jnp.asarray(0.2), jnp.asarray(1))
        return jnp.sum(after.filled) + jnp.sum(year.funds.wage_bill)

    slope = jax.grad(accounts)(jnp.asarray([[5.0, 0.0, 0.0, 0.0]]))
    # 0.9 of what is due, with half of the return; what is collected of it, and the share of the balances, stay the same.
    np.testing.assert_allclose(slope, np.full((1, 4), 0.9 * 1.1), rtol=1e-12)
