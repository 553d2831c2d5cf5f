"""Where the cohorts and the places of a scheme are in one year."""

import equinox as eqx
from jaxtyping import Array, Float, Int

from pooling.parameters.model import Geography
from pooling.population.ring import LIFE, Ring, Turn
from pooling.population.vital import lived

Leaf = Float[Array, "m row"]


class Rings(eqx.Module):
    """Where the cohorts of working ages, of pension ages and of the ages of award are."""

    work: Ring
    pension: Ring
    award: Ring


class Calendar(eqx.Module):
    """The rings of a scheme and who lives on them: by year in a run, of one year in the step."""

    rings: Rings
    work: Turn
    pension: Turn
    award: Turn
    living: Float[Array, "p row"]
    """Share of the working cohorts that lives to 31 December."""
    living_award: Float[Array, "p award"]
    living_pension: Float[Array, "p row"]
    living_life: Float[Array, "p wide"]
    """Of all ages up to 99, on the life ring."""
    living_oldest: Float[Array, "p 2"]


def calendar(rings: Rings, survival: Float[Array, "p 2 101"], elapsed: Int[Array, ""]) -> Calendar:
    """Lay one year's survival on the rings.

    Args:
        rings: of the scheme.
        survival: by province, sex and age at the end of the year.
        elapsed: years since the opening.
    """
    return Calendar(
        rings,
        rings.work.turn(elapsed),
        rings.pension.turn(elapsed),
        rings.award.turn(elapsed),
        lived(rings.work, survival, elapsed),
        lived(rings.award, survival, elapsed),
        lived(rings.pension, survival, elapsed),
        lived(LIFE, survival, elapsed),
        survival[..., 100],
    )


class Place(eqx.Module):
    """Geography that a fund needs: provinces, and where pensions are claimed."""

    geography: Geography
    claim: Float[Array, "p p"]
    """Registration of the residents registered in another province: [residence, registration], rows sum to 1."""
    home_share: Float[Array, " m"]
    """Share of a municipality in the people registered in its province."""
