"""An arrangement of pools as arrays: who pools with whom, what pools settle, whose reference wage counts."""

from itertools import pairwise

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.numerics import dot


class Arrangement(eqx.Module):
    """One arrangement; pools are numbered within it."""

    key: str = eqx.field(static=True)
    pools: int = eqx.field(static=True)
    """Number of pools."""
    policy: int = eqx.field(static=True)
    """Index of its benefit policy."""
    pool: Int[Array, " m"]
    """Pool of every municipality."""
    membership: Float[Array, "m q"] | None
    """The same as a 0/1 matrix; None where every municipality is its own pool, in order."""
    levy: Float[Array, " s"]
    """Share of a pool's surplus that it pays to the other pools, by scheme; 0 without settlement."""
    fill: Float[Array, " s"]
    """Share of a pool's shortfall that the others fill, by scheme."""
    moving: Float[Array, ""]
    """1 where money follows a member who moves to another pool, else 0."""

    def total(self, flow: Float[Array, "*n m"]) -> Float[Array, "*n q"]:
        """Sum of a municipal flow by pool."""
        return flow if self.membership is None else dot(flow, self.membership)

    def of_pool(self, values: Float[Array, "*n q"]) -> Float[Array, "*n m"]:
        """The value of its pool for every municipality."""
        return values if self.membership is None else values[..., self.pool]


class Pooling(eqx.Module):
    """All arrangements of a run; their pools laid end to end are the fund axis."""

    arrangements: tuple[Arrangement, ...]

    @property
    def funds(self) -> int:
        """Length of the fund axis."""
        return sum(each.pools for each in self.arrangements)

    def split(self, by_fund: Float[Array, "*n f"]) -> tuple[Float[Array, "*n q"], ...]:
        """Values on the fund axis, by arrangement."""
        starts = [0]
        for each in self.arrangements:
            starts.append(starts[-1] + each.pools)
        return tuple(by_fund[..., a:b] for a, b in pairwise(starts))

    @staticmethod
    def join(by_arrangement: tuple[Float[Array, "*n q"], ...]) -> Float[Array, "*n f"]:
        """Values by arrangement laid on the fund axis."""
        return jnp.concatenate(by_arrangement, axis=-1)
