"""Who is insured in an employee fund: members join up to the local coverage; those beyond it are dormant."""

import jax.numpy as jnp
from jaxtyping import Array, Float

Leaf = Float[Array, "m row"]


def covered(people: Leaf, coverage: Float[Array, "1 row"], factor: Float[Array, "m 1"]) -> Leaf:
    """Members that the local coverage asks for; persons.

    Args:
        people: residents of the working ages.
        coverage: members a resident by sex and age, before the local factor.
        factor: local factor, calibrated to published heads; above 1 where people are insured who live elsewhere.
    """
    return people * coverage * factor


def entrants(target: Leaf, members: Leaf, may_enter: Float[Array, "1 row"]) -> Leaf:
    """New members on 1 January: the shortfall of members against coverage, at ages that may still join."""
    return may_enter * jnp.maximum(target - members, 0)


def active(target: Leaf, members: Leaf) -> Leaf:
    """Members who belong to the labour force covered here; the others keep their rights and pay nothing.

    Migrants who return to a place of lower coverage bring memberships beyond it. Not ``minimum``: where both are equal,
    as at the opening, its derivative would take half of each and miss both sides.
    """
    return jnp.where(target <= members, target, members)
