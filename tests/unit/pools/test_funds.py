"""One year of a fund's account by hand."""

import jax.numpy as jnp
import numpy as np

from pooling.parameters.model import Geography
from pooling.pools.arrangement import Arrangement, Pooling
from pooling.pools.funds import MunicipalFlows, settle_year
from pooling.population.migration import Moves
from pooling.state import FundBalances

PROVINCES = Geography(jnp.asarray([0, 1]), jnp.eye(2))
STILL = Moves(jnp.zeros(2), jnp.zeros(2), jnp.zeros((2, 2)))


def local_pools(levy: float = 0.0, moving: float = 1.0) -> Pooling:
    """Two municipalities, each its own pool."""
    return Pooling(
        (
            Arrangement(
                key="local",
                pools=2,
                policy=0,
                pool=jnp.arange(2),
                membership=None,
                levy=jnp.asarray([levy]),
                fill=jnp.ones(1),
                moving=jnp.asarray(moving),
            ),
        )
    )


def flows(contributions: list[float], outgo: list[float], scheduled: list[float]) -> MunicipalFlows:
    return MunicipalFlows(
        wage_bill=jnp.asarray([[1000.0, 1000.0]]),
        contributions=jnp.asarray([contributions]),
        outgo=jnp.asarray([[outgo]]),
        scheduled_subsidy=jnp.asarray([[scheduled]]),
        transfer_value=jnp.asarray([2.0]),
    )


def balances(filled: list[float]) -> FundBalances:
    return FundBalances(*(jnp.asarray([filled]) for _ in range(3)))


def test_a_surplus_and_a_deficit():
    given = flows([100.0, 50.0], [80.0, 100.0], [10.0, 10.0])
    after, year = settle_year(
        local_pools(), PROVINCES, balances([200.0, 20.0]), given, (STILL,), jnp.asarray(0.1)
    )
    # 200 + 30 + 0.1 · (200 + 15) = 251.5; 20 − 40 + 0.1 · (20 − 20) = −20, filled by the subsidy.
    np.testing.assert_allclose(year.closing_balance, [[251.5, 0.0]], rtol=1e-15)
    np.testing.assert_allclose(year.deficit_subsidy, [[0.0, 20.0]], rtol=1e-15)
    np.testing.assert_allclose(year.interest, [[21.5, 0.0]], atol=1e-14)
    np.testing.assert_allclose(after.filled, [[251.5, 0.0]], rtol=1e-15)
    np.testing.assert_allclose(after.after_scheduled, [[251.5, -20.0]], rtol=1e-15)
    # Without the scheduled 10: 220 + 0.1 · (200 + 10) = 241; 20 − 50 + 0.1 · (20 − 25) = −30.5.
    np.testing.assert_allclose(after.before_subsidy, [[241.0, -30.5]], rtol=1e-15)


def test_the_surplus_pool_pays_for_the_short_one():
    given = flows([100.0, 50.0], [80.0, 60.0], [0.0, 0.0])
    _, year = settle_year(
        local_pools(levy=0.25), PROVINCES, balances([0.0, 0.0]), given, (STILL,), jnp.asarray(0.0)
    )
    np.testing.assert_allclose(year.settlement, [[-5.0, 5.0]], rtol=1e-15)
    np.testing.assert_allclose(year.deficit_subsidy, [[0.0, 5.0]], rtol=1e-15)


def test_money_follows_members_where_it_does():
    given = flows([0.0, 0.0], [0.0, 0.0], [0.0, 0.0])
    between = jnp.asarray([[1.0, 7.0], [2.0, 0.0]])
    moves = Moves(between.sum(axis=1), between.sum(axis=0), between)
    for moving, expected in ((1.0, [90.0, 110.0]), (0.0, [100.0, 100.0])):
        _, year = settle_year(
            local_pools(moving=moving),
            PROVINCES,
            balances([100.0, 100.0]),
            given,
            (moves,),
            jnp.asarray(0.0),
        )
        # Two units of money a unit of account: 14 leave the first place, 4 come back.
        np.testing.assert_allclose(year.closing_balance, [expected], rtol=1e-14)
        np.testing.assert_allclose(year.residual, 0, atol=1e-12)
