"""Who is in which health insurance: employees, retired employees, and everybody else, by residence.

The employees' scheme insures a share of the active members and of the pensioners of the employee pension funds; residents'
health insurance is open to all others. Nobody is in both: no cell has more employees and retired than people. Where more
members or pensioners are registered with the funds of a place than people live there, the others live elsewhere and are
open to the residents' scheme there (a stated limit: pensioners are known by claim municipality only).
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import add, ratio
from pooling.population.ring import LIFE
from pooling.schemes.calendar import Leaf
from pooling.schemes.scheme import Covered, Given
from pooling.state import ByClass


class Insured(eqx.Module):
    """People of 1 January by the health insurance that they are in or may join; persons."""

    active: tuple[Leaf, ...]
    """Insured employees by registration class."""
    retired: Leaf
    """Insured retired employees of all classes."""
    others: tuple[Leaf, ...]
    """Everybody else by registration class."""


def tell_apart(
    people: tuple[Leaf, ...],
    members: tuple[Leaf, ...],
    pensioners: Leaf,
    active_share: Float[Array, ""],
    retired_share: Float[Array, ""],
) -> Insured:
    """Employees, retired and others of the same cells.

    Pensioners are spread over the registration classes like the people who are no employees.

    Args:
        people: residents by registration class.
        members: active members of the employee pension funds by registration class.
        pensioners: of these funds, of all classes.
        active_share: insured employees over active members.
        retired_share: insured retired over pensioners.
    """
    active = tuple(
        jnp.minimum(active_share * held, here) for held, here in zip(members, people, strict=True)
    )
    rest = tuple(here - working for here, working in zip(people, active, strict=True))
    everybody = add(rest)
    retired = jnp.minimum(retired_share * pensioners, everybody)
    kept = 1 - ratio(retired, everybody)
    return Insured(active, retired, tuple(here * kept for here in rest))


def insured_of(
    given: Given,
    covered: Covered | None,
    active_share: Float[Array, ""],
    retired_share: Float[Array, ""],
) -> tuple[Insured, Insured]:
    """The people of a year: those of 0…99 on the life ring, and those of 100 and over ``[m, 2]``.

    Args:
        given: of the year.
        covered: who is in the employee track; every run has an employee pension fund.
        active_share, retired_share: see :func:`tell_apart`.
    """
    if covered is None:
        raise ValueError("Expected a fund of the employee pension scheme before this one.")
    rings, dates = given.dates.rings, given.dates
    members = on_life(given, covered.active)
    pensioners = rings.pension.onto(LIFE, covered.retirees, dates.pension)
    nobody = tuple(jnp.zeros_like(each) for each in given.persons.oldest)
    return (
        tell_apart(given.persons.young, members, pensioners, active_share, retired_share),
        tell_apart(
            given.persons.oldest, nobody, covered.retirees_oldest, active_share, retired_share
        ),
    )


def on_life(given: Given, leaves: ByClass) -> tuple[Float[Array, "m life"], ...]:
    """Leaves of the working ring laid on the life ring, zero at the other ages."""
    return tuple(given.dates.rings.work.onto(LIFE, leaf, given.dates.work) for leaf in leaves)
