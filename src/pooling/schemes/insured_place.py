"""Where residents are insured: where they live, or where they are registered.

People who are registered where they live are insured there. Of those registered elsewhere in the province and of those
registered in another province the rules of enrolment let a share be insured where they live; the others are insured at
their registration, in the municipality by its share in the people registered in the province.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.axes import REGISTERED_ELSEWHERE, REGISTERED_IN_PROVINCE
from pooling.numerics import dot, ratio
from pooling.schemes.calendar import Leaf, Place


class InsuredPlaces(eqx.Module):
    """Where the people of every residence are insured, by registration class."""

    near: Float[Array, ""]
    """Share of those registered elsewhere in the province who are insured where they live."""
    own: Float[Array, " p"]
    """The same of those registered in another province, by province of residence."""
    away: Float[Array, "p p"]
    """Those of them insured at their registration: [residence, registration]; a row and its ``own`` sum to 1."""
    reach: Float[Array, " p"]
    """Mean weight of the places that those registered in another province come under."""


def insured_places(
    place: Place, at_residence: Float[Array, " class"], weight: Float[Array, " p"]
) -> InsuredPlaces:
    """Places of insurance under weights of the provinces, such as their coverage.

    Args:
        place: registrations of the residents.
        at_residence: share insured where they live, by registration class.
        weight: how many of the people who come under a province are insured there; the same in all provinces leaves the
            shares as they are.
    """
    share = at_residence[REGISTERED_ELSEWHERE]
    own = share * weight
    away = (1 - share) * place.claim * weight[None]
    reach = own + jnp.sum(away, axis=1)
    return InsuredPlaces(
        near=at_residence[REGISTERED_IN_PROVINCE],
        own=jnp.where(reach > 0, ratio(own, reach), 1),
        away=ratio(away, reach[:, None]),
        reach=reach,
    )


def at_insurance(places: InsuredPlaces, place: Place, leaves: tuple[Leaf, ...]) -> Leaf:
    """What people of all registration classes hold, by municipality of insurance.

    Args:
        places: of :func:`insured_places`.
        place: geography.
        leaves: by registration class and residence.
    """
    if len(leaves) == 1:  # a population without registration classes
        return leaves[0]
    geography = place.geography
    local, near, far = leaves
    stay = local + places.near * near + geography.to_municipalities(places.own)[:, None] * far
    registered = (1 - places.near) * geography.by_province(near)
    registered = registered + dot(places.away.T, geography.by_province(far))
    return stay + geography.to_municipalities(registered) * place.home_share[:, None]


def seen_from_residence(
    places: InsuredPlaces, place: Place, values: Float[Array, "p n"], classes: int
) -> tuple[Float[Array, "m n"], ...]:
    """Mean of a provincial amount over the places where the people of a residence are insured, by registration class.

    Args:
        places: of :func:`insured_places`.
        place: geography.
        values: amount a person by province of insurance.
        classes: number of registration classes.
    """
    everywhere = place.geography.to_municipalities
    here = everywhere(values)
    if classes == 1:
        return (here,)
    return here, here, everywhere(places.own[:, None] * values + dot(places.away, values))
