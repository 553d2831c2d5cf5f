"""An opened run with another number of municipalities: some left out, or each in several copies.

For timing only: places are copied with all their rates, stocks are shared among the copies, shares of a province sum to 1
again, pools are drawn anew on the same provinces. Reserves of the pools are set to a constant.
"""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.program import Job
from pooling.pools.arrangement import Arrangement, Partition, Pooling, partition_of
from pooling.projection import tables_for
from pooling.state import FundBalances, State
from pooling.year import Model

RESERVE = 1e9


def resized(job: Job, municipalities: int) -> Job:
    """The run over another number of municipalities, at least one a province."""
    model, state = job.run.model, job.run.opening
    province = np.asarray(model.levers.geography.province)
    chosen = _chosen(province, municipalities)
    copies = np.bincount(chosen, minlength=len(province))[chosen]
    moved = _resized_model(model, chosen)
    opening = _resized_state(state, chosen, copies, moved.pooling)
    run = replace(job.run, model=moved, opening=opening)
    return Job(job.config, run, jax.block_until_ready(jax.jit(tables_for)(run)))


def _chosen(province: np.ndarray, count: int) -> np.ndarray:
    """Old position of every new municipality, ascending: first the first of every province, then the second…"""
    starts = np.searchsorted(province, province)
    rank = np.arange(len(province)) - starts
    in_turn = np.lexsort((province, rank))
    return np.sort(np.resize(in_turn, count))


def _taken(tree, old: int, chosen: np.ndarray):
    """Every axis as long as there are municipalities, which no other axis may be, cut or copied."""

    def leaf(array: jax.Array) -> jax.Array:
        axes = [axis for axis, size in enumerate(array.shape) if size == old]
        return jnp.take(array, jnp.asarray(chosen), axis=axes[0]) if axes else array

    return jax.tree.map(leaf, tree)


def _resized_model(model: Model, chosen: np.ndarray) -> Model:
    old = len(model.levers.geography.province)
    levers = _taken(model.levers, old, chosen)
    membership = levers.geography.membership
    shares = [
        share / levers.geography.to_municipalities(share @ membership)
        for share in (levers.migration.home_share, levers.migration.arrival_share)
    ]
    levers = eqx.tree_at(
        lambda p: (p.migration.home_share, p.migration.arrival_share), levers, shares
    )
    province = np.asarray(levers.geography.province)
    arrangements = tuple(
        _resized_arrangement(each, chosen, province, membership.shape[1])
        for each in model.pooling.arrangements
    )
    return Model(levers, model.rings, Pooling(arrangements))


def _resized_arrangement(
    arrangement: Arrangement, chosen: np.ndarray, province: np.ndarray, provinces: int
) -> Arrangement:
    def partition(old: Partition) -> Partition:
        pool = np.asarray(old.pool)
        own = len(np.unique(pool)) == len(pool)
        moved = np.arange(len(chosen)) if own else np.unique(pool[chosen], return_inverse=True)[1]
        return partition_of(moved, province, provinces, old.reserves is not None)

    return Arrangement(
        arrangement.key,
        tuple(partition(each) for each in arrangement.partitions),
        arrangement.stages,
    )


def _resized_state(state: State, chosen: np.ndarray, copies: np.ndarray, pooling: Pooling) -> State:
    old = len(state.persons.oldest[0])

    def share(leaf: jax.Array) -> jax.Array:
        return (
            jnp.take(leaf, jnp.asarray(chosen), axis=0) / jnp.asarray(copies, leaf.dtype)[:, None]
        )

    stocks = jax.tree.map(
        lambda leaf: share(leaf) if leaf.shape[0] == old else leaf, (state.persons, state.schemes)
    )
    balance = jnp.full((state.balances.filled.shape[0], pooling.funds), RESERVE)
    return replace(
        state,
        persons=stocks[0],
        schemes=stocks[1],
        balances=FundBalances(balance, balance, balance),
    )
