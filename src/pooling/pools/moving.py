"""Rights that move with people between pools: what enters and leaves every pool sums to zero over the country."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import dot, ratio
from pooling.parameters.model import Geography
from pooling.pools.arrangement import Pairs, Partition
from pooling.population.migration import Moves


def rights_on_the_move(
    partition: Partition, geography: Geography, moves: Moves
) -> tuple[Float[Array, " q"], Float[Array, " q"]]:
    """Account balances that enter and leave every pool; moves inside a pool move no money.

    Inside a province leavers and arrivals mix in proportion, so what a pool sends to itself is known from the matrix
    between provinces and its shares of their departures and arrivals.
    """
    inside = _inside(
        partition.pairs,
        _share_of_province(geography, moves.out),
        _share_of_province(geography, moves.arrived),
        moves.between,
    )
    return partition.total(moves.arrived) - inside, partition.total(moves.out) - inside


def _inside(
    pairs: Pairs, sent: Float[Array, " m"], taken: Float[Array, " m"], between: Float[Array, "p p"]
) -> Float[Array, " q"]:
    """Balances that move within every pool, summed over the parts that provinces have in it."""
    if pairs.membership is not None:
        sent, taken = dot(sent, pairs.membership), dot(taken, pairs.membership)
    if pairs.together is None:
        by_pair = sent * taken * jnp.diagonal(between)[pairs.province]
    else:
        routes = between[pairs.province][:, pairs.province] * pairs.together
        by_pair = sent * dot(routes, taken)
    return by_pair if pairs.pool is None else dot(by_pair, pairs.pool)


def _share_of_province(geography: Geography, flow: Float[Array, " m"]) -> Float[Array, " m"]:
    """Share of every municipality in a flow of its province."""
    whole = geography.to_municipalities(geography.by_province(flow))
    return ratio(flow, whole)
