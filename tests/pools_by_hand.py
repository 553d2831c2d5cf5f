"""Small arrangements of one scheme, for tests of pools."""

import jax.numpy as jnp
import numpy as np

from pooling.parameters.model import Geography
from pooling.pools.arrangement import Arrangement, Holder, Pooling, Stage, partition_of
from pooling.pools.deficit import Deficit
from pooling.pools.effort import Response
from pooling.pools.funds import MunicipalFlows
from pooling.pools.settlement import NoSettlement, Settlement
from pooling.population.migration import Moves
from pooling.state import FundBalances

OWN_LEVEL = (1.0, 0.0, 0.0)


def geography(province: np.ndarray) -> Geography:
    return Geography(jnp.asarray(province), jnp.eye(int(province.max()) + 1)[province])


def stage(
    partition: int = 0,
    settlement: Settlement | None = None,
    rule: str = "subsidy",
    shares: tuple[float, ...] = OWN_LEVEL,
    spread: float = 0.0,
    response: Response | None = None,
    moving: float = 1.0,
    in_force: np.ndarray | None = None,
) -> Stage:
    return Stage(
        partition=partition,
        policy=0,
        settlement=settlement or NoSettlement(),
        deficit=Deficit(rule, jnp.asarray(shares), jnp.asarray(spread)),
        response=response,
        moving=jnp.asarray(moving),
        in_force=jnp.ones((60, 1)) if in_force is None else jnp.asarray(in_force),
    )


def arrangement(
    pool: np.ndarray,
    province: np.ndarray | None = None,
    reserves: Holder | None = None,
    **given: object,
) -> Arrangement:
    """One partition and one stage of it."""
    province = np.zeros(len(pool), int) if province is None else province
    partition = partition_of(pool, province, int(province.max()) + 1, reserves)
    return Arrangement("any", (partition,), (stage(**given),))


def local_pools(**given: object) -> Pooling:
    """Two municipalities of two provinces, each its own pool."""
    return Pooling((arrangement(np.arange(2), np.arange(2), **given),))


def flows(
    contributions: list[float],
    outgo: list[float],
    scheduled: list[float] | None = None,
    standard_wages: list[float] | None = None,
    retirees: list[float] | None = None,
    linked: list[float] | None = None,
) -> MunicipalFlows:
    """Flows of one scheme under one benefit policy."""
    count = len(contributions)
    return MunicipalFlows(
        wage_bill=jnp.full((1, count), 1000.0),
        contributions=jnp.asarray([contributions]),
        outgo=jnp.asarray([[outgo]]),
        scheduled_subsidy=jnp.asarray([[scheduled or [0.0] * count]]),
        standard_wages=jnp.asarray([standard_wages or [1000.0] * count]),
        retirees=jnp.asarray([retirees or [10.0] * count]),
        transfer_value=jnp.asarray([2.0]),
        linked=jnp.asarray([linked or [0.0] * count]),
    )


def balances(filled: list[float]) -> FundBalances:
    return FundBalances(*(jnp.asarray([filled]) for _ in range(3)))


def still(count: int, provinces: int) -> Moves:
    """Nobody moves."""
    nothing, nowhere = jnp.zeros(count), jnp.zeros((provinces, provinces))
    return Moves(nothing, nothing, nowhere, nowhere)
