"""Arrangements of pools as arrays: who pools with whom, under which terms each scheme is in each year.

An arrangement has one or more partitions of the municipalities, whose pools are laid end to end on its part of the fund
axis, and one or more stages: terms that are in force for some schemes in some years. A change of the pooling level on a
date, and a scheme that is pooled at another level than the rest, are stages with partitions of their own.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray

from pooling.numerics import Tree, add, as_array, dot
from pooling.pools.deficit import Deficit
from pooling.pools.effort import Response
from pooling.pools.settlement import Settlement

Holder = Literal["province", "municipality"]
"""Who has a reserve fund beside the pools: provinces an adjustment fund, municipalities what they did not pool."""


class Pairs(eqx.Module):
    """The parts that provinces have in the pools of a partition: every pair of a pool and a province that meet."""

    membership: Float[Array, "m k"] | None
    """0/1; None where every municipality is a pair of its own, in order."""
    province: Int[Array, " k"]
    pool: Float[Array, "k q"] | None
    """0/1; None where every pair is a pool of its own, in order."""
    together: Float[Array, "k k"] | None
    """1 where two pairs are of one pool; None where no pool spans provinces."""


class Partition(eqx.Module):
    """Who pools with whom; pools are numbered within it, funds that only hold reserves come after them."""

    pools: int = eqx.field(static=True)
    """Number of pools and reserve funds."""
    pool: Int[Array, " m"]
    """Pool of every municipality."""
    membership: Float[Array, "m q"] | None
    """The same as a 0/1 matrix; None where every municipality is its own pool, in order, and there are no reserve funds."""
    pairs: Pairs
    reserves: Float[Array, "q p"] | None
    """1 where a fund only holds reserves of a province, as its adjustment fund or as a municipality's account; None without
    such funds."""
    local: bool = eqx.field(static=True)
    """Whether those funds are the municipalities' own, in order: what they have left out of the pools at the opening."""

    def total(self, flow: Float[Array, "*n m"]) -> Float[Array, "*n q"]:
        """Sum of a municipal flow by pool."""
        return flow if self.membership is None else dot(flow, self.membership)

    @jax.jit
    def of_pool(self, values: Float[Array, "*n q"]) -> Float[Array, "*n m"]:
        """The value of its pool for every municipality."""
        return values if self.membership is None else values[..., self.pool]

    def of_municipality(self, values: Float[Array, "*n q"]) -> Float[Array, "*n m"]:
        """The municipalities' own accounts; zero where there are none."""
        own = values[..., -len(self.pool) :]
        return own if self.local else jnp.zeros_like(self.of_pool(values))

    def to_municipality(self, own: Float[Array, "*n m"]) -> Float[Array, "*n q"]:
        """The same laid on its part of the fund axis, the pools zero; they must exist if there is anything to hold."""
        pools = jnp.zeros((*own.shape[:-1], self.pools), own.dtype)
        return pools.at[..., -len(self.pool) :].set(own) if self.local else pools


def partition_of(
    pool: NDArray[np.integer],
    province: NDArray[np.integer],
    provinces: int,
    reserves: Holder | None = None,
) -> Partition:
    """A partition from the pool and the province of every municipality.

    Args:
        pool: index of the pool [municipality]; pools are numbered from 0 without gaps.
        province: index of the province [municipality].
        provinces: number of provinces.
        reserves: who has a reserve fund, numbered after the pools.
    """
    pairs, of_city = np.unique(np.stack([pool, province]), axis=1, return_inverse=True)
    of_city, members = of_city.ravel(), int(pool.max()) + 1
    holders = {"province": np.arange(provinces), "municipality": province}
    homes = holders[reserves] if reserves else province[:0]
    count = members + len(homes)
    own_pool = _in_order(pool) and not reserves
    spans = pairs.shape[1] > members
    return Partition(
        pools=count,
        pool=as_array(pool, np.int32),
        membership=None if own_pool else as_array(np.eye(count)[pool]),
        pairs=Pairs(
            membership=None if _in_order(of_city) else as_array(np.eye(pairs.shape[1])[of_city]),
            province=as_array(pairs[1], np.int32),
            pool=None if own_pool else as_array(np.eye(count)[pairs[0]]),
            together=as_array((pairs[0][:, None] == pairs[0]).astype(float)) if spans else None,
        ),
        reserves=as_array(reserve_rows(members, homes, provinces)) if reserves else None,
        local=reserves == "municipality",
    )


def reserve_rows(pools: int, homes: NDArray[np.integer], provinces: int) -> NDArray[np.float64]:
    """1 where a row, a pool or one of the reserve funds after them, is a reserve fund in a province.

    Args:
        pools: number of pools, which come first.
        homes: index of the province of every reserve fund.
        provinces: number of provinces.
    """
    return np.concatenate([np.zeros((pools, provinces)), np.eye(provinces)[homes]])


def _in_order(index: NDArray[np.integer]) -> bool:
    """Whether every element is a group of its own, in order."""
    return bool(np.array_equal(index, np.arange(len(index))))


class Stage(eqx.Module):
    """Terms of an arrangement, and when they are in force."""

    partition: int = eqx.field(static=True)
    """Index of its partition in the arrangement."""
    policy: int = eqx.field(static=True)
    """Index of its benefit policy."""
    settlement: Settlement
    deficit: Deficit
    response: Response | None
    """How collection reacts; None where it does not."""
    moving: Float[Array, ""]
    """1 where money follows a member who moves to another pool, else 0."""
    in_force: Float[Array, "y s"]
    """1 where a scheme is under these terms in a year, else 0."""


class Arrangement(eqx.Module):
    """One arrangement; in every year every scheme is under exactly one of its stages."""

    key: str = eqx.field(static=True)
    partitions: tuple[Partition, ...]
    stages: tuple[Stage, ...]

    @property
    def pools(self) -> int:
        """Its length on the fund axis."""
        return sum(each.pools for each in self.partitions)

    def split(self, by_fund: Float[Array, "*n q"]) -> tuple[Float[Array, "*n r"], ...]:
        """Values on its part of the fund axis, by partition."""
        return _cut(by_fund, [each.pools for each in self.partitions])

    def force(self, partition: int) -> Float[Array, "y s"]:
        """1 where a scheme is pooled by this partition in a year, else 0."""
        mine = [stage.in_force for stage in self.stages if stage.partition == partition]
        return add(mine)

    def total(self, flow: Float[Array, "y s m"]) -> Float[Array, "y s q"]:
        """Sums of a municipal flow on its part of the fund axis; zero where a partition is not in force."""
        if len(self.partitions) == 1:
            return self.partitions[0].total(flow)
        return jnp.concatenate(
            [each.total(flow) * self.force(k)[..., None] for k, each in enumerate(self.partitions)],
            axis=-1,
        )

    def of_pool(self, values: Float[Array, "y s q"]) -> Float[Array, "y s m"]:
        """The value of the pool that a municipality is in, for every year and scheme."""
        if len(self.partitions) == 1:
            return self.partitions[0].of_pool(values)
        parts = zip(self.partitions, self.split(values), strict=True)
        found = [
            each.of_pool(part) * self.force(k)[..., None] for k, (each, part) in enumerate(parts)
        ]
        return add(found)

    def of_municipality(self, values: Float[Array, "y s q"]) -> Float[Array, "y s m"]:
        """The values of the municipalities' own accounts."""
        parts = zip(self.partitions, self.split(values), strict=True)
        return add(each.of_municipality(part) for each, part in parts)

    def adjustment_funds(
        self, values: Float[Array, "y s q"], provinces: int
    ) -> Float[Array, "y s p"]:
        """The values of the provinces' adjustment funds."""
        parts = zip(self.partitions, self.split(values), strict=True)
        found = [
            dot(part, each.reserves)
            for each, part in parts
            if each.reserves is not None and not each.local
        ]
        nothing = jnp.zeros((*values.shape[:-1], provinces), values.dtype)
        return add([nothing, *found])

    def by_policy(self, values: tuple[Float[Array, "y s m"], ...]) -> Float[Array, "y s m"]:
        """A flow under the benefit policy in force."""
        policies = {stage.policy for stage in self.stages}
        if len(policies) == 1:
            return values[policies.pop()]
        found = [values[stage.policy] * stage.in_force[..., None] for stage in self.stages]
        return add(found)


class Pooling(eqx.Module):
    """All arrangements of a run; their pools laid end to end are the fund axis."""

    arrangements: tuple[Arrangement, ...]

    @property
    def funds(self) -> int:
        """Length of the fund axis."""
        return sum(each.pools for each in self.arrangements)

    def split(self, by_fund: Float[Array, "*n f"]) -> tuple[Float[Array, "*n q"], ...]:
        """Values on the fund axis, by arrangement."""
        return _cut(by_fund, [each.pools for each in self.arrangements])

    def cut(self, by_fund: Tree) -> tuple[Tree, ...]:
        """A module whose arrays are on the fund axis, by arrangement."""
        leaves, form = jax.tree.flatten(by_fund)
        parts = zip(*map(self.split, leaves), strict=True)
        return tuple(jax.tree.unflatten(form, part) for part in parts)

    def of_pool(self, by_fund: Float[Array, "y s f"]) -> Float[Array, "y s a m"]:
        """The value of the pool that a municipality is in, in every arrangement."""
        return self._in_each(Arrangement.of_pool, by_fund)

    def of_municipality(self, by_fund: Float[Array, "y s f"]) -> Float[Array, "y s a m"]:
        """The values of the municipalities' own accounts in every arrangement."""
        return self._in_each(Arrangement.of_municipality, by_fund)

    def adjustment_funds(
        self, by_fund: Float[Array, "y s f"], provinces: int
    ) -> Float[Array, "y s a p"]:
        """The values of the provinces' adjustment funds in every arrangement."""
        return self._in_each(Arrangement.adjustment_funds, by_fund, provinces)

    def _in_each(
        self, taken: Callable[..., Array], by_fund: Float[Array, "y s f"], *more: int
    ) -> Float[Array, "y s a _"]:
        """What is taken from the part of the fund axis of every arrangement."""
        parts = zip(self.arrangements, self.split(by_fund), strict=True)
        return jnp.stack([taken(each, part, *more) for each, part in parts], axis=2)

    @staticmethod
    def join(by_arrangement: tuple[Float[Array, "*n q"], ...]) -> Float[Array, "*n f"]:
        """Values by arrangement laid on the fund axis."""
        return jnp.concatenate(by_arrangement, axis=-1)


def _cut(values: Float[Array, "*n f"], lengths: list[int]) -> tuple[Float[Array, "*n q"], ...]:
    ends = [sum(lengths[:k]) for k in range(len(lengths) + 1)]
    return tuple(values[..., a:b] for a, b in pairwise(ends))
