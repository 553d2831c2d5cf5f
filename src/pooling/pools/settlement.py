"""Money between pools: settlement of surpluses, and rights that move with people. Each sums to zero in an arrangement."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import dot
from pooling.parameters.model import Geography
from pooling.pools.arrangement import Arrangement
from pooling.population.migration import Moves

PoolFlow = Float[Array, "s q"]


def levy_and_fill(
    surplus: PoolFlow, levy: Float[Array, " s"], fill: Float[Array, " s"]
) -> PoolFlow:
    """Net receipts of every pool: surplus pools pay a share, short pools are filled, scaled to balance.

    Args:
        surplus: the year's result of every pool before settlement; currency.
        levy: share σ of a surplus that is called at most.
        fill: share φ of a shortfall that is filled at most.

    Returns:
        Received less paid; sums to zero over the pools of each scheme.

    Source: the allocation rule of the national pooling of 2022 is unpublished; this form reproduces its published size
    (assumption, grade D; see the README's limits).
    """
    called = levy[:, None] * jnp.maximum(surplus, 0)
    needed = fill[:, None] * jnp.maximum(-surplus, 0)
    offered, asked = jnp.sum(called, axis=1), jnp.sum(needed, axis=1)
    moved = jnp.minimum(offered, asked)
    return needed * _ratio(moved, asked)[:, None] - called * _ratio(moved, offered)[:, None]


def rights_on_the_move(
    arrangement: Arrangement, geography: Geography, moves: Moves
) -> tuple[Float[Array, " q"], Float[Array, " q"]]:
    """Account balances that enter and leave every pool; moves inside a pool move no money.

    Inside a province leavers and arrivals mix in proportion, so what a pool sends to itself is known from the matrix
    between provinces and its shares of their departures and arrivals.
    """
    sent = _share_of_province(geography, moves.out)
    taken = _share_of_province(geography, moves.arrived)
    if arrangement.membership is None:
        inside = sent * taken * geography.to_municipalities(jnp.diagonal(moves.between))
    else:
        by_pool = [
            dot(arrangement.membership.T, share[:, None] * geography.membership)
            for share in (sent, taken)
        ]
        inside = jnp.sum(dot(by_pool[0], moves.between) * by_pool[1], axis=1)
    return arrangement.total(moves.arrived) - inside, arrangement.total(moves.out) - inside


def _share_of_province(geography: Geography, flow: Float[Array, " m"]) -> Float[Array, " m"]:
    """Share of every municipality in a flow of its province."""
    return _ratio(flow, geography.to_municipalities(geography.by_province(flow)))


def _ratio(part: Float[Array, " n"], whole: Float[Array, " n"]) -> Float[Array, " n"]:
    return jnp.where(whole > 0, part / jnp.where(whole > 0, whole, 1), 0)
