"""Benefits for life that start at any working age: heads and yearly amounts, on both rings and in the open group.

Beneficiaries stand on the working ring, join the pension ring when they leave it and the open group at 100. A cohort has
the same column on both rings (:mod:`pooling.population.ring`), so that joining moves nothing.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.axes import AGES
from pooling.numerics import total
from pooling.parameters.model import Geography
from pooling.population.ring import empty, leavers
from pooling.schemes.calendar import Calendar, Leaf, Rings


class ByAge(eqx.Module):
    """Something by age: on the working ring, on the pension ring, and of those of 100 and over."""

    work: Leaf
    pension: Leaf
    oldest: Float[Array, "m 2"]


def survival(dates: Calendar, geography: Geography) -> ByAge:
    """Share surviving the year, by municipality."""
    return ByAge(
        geography.to_municipalities(dates.living),
        geography.to_municipalities(dates.living_pension),
        geography.to_municipalities(dates.living_oldest),
    )


def product(left: ByAge, right: ByAge) -> ByAge:
    """Cell by cell."""
    return jax.tree.map(jnp.multiply, left, right)


def exposure(living: ByAge) -> ByAge:
    """Part of a year that a cell is paid: the mean of its heads before and after the deaths."""
    return jax.tree.map(lambda share: 0.5 * (1 + share), living)


def lasting(living: Leaf) -> Leaf:
    """Share of a year's person-years that is left at its end: events of the year happen to the mean of the heads before
    and after the deaths, on 31 December those are there who live.

    Args:
        living: share surviving the year.
    """
    return 2 * living / (1 + living)


def total_of(cells: ByAge) -> Float[Array, " m"]:
    """Sum over all ages."""
    return total(cells.work) + total(cells.pension) + jnp.sum(cells.oldest, axis=1)


def close(stock: ByAge, living: ByAge, new: Leaf, dates: Calendar) -> ByAge:
    """Stock on 31 December: survivors and the year's new ones, a year older.

    Args:
        stock: on 1 January.
        living: share that survives, exits other than death included.
        new: of the year by cell of the working ring; those who live to its end.
        dates: the year's calendar.
    """
    rings = dates.rings
    left = product(stock, living)
    work = left.work + new
    turning_100 = leavers(left.pension, dates.pension)
    pension = empty(left.pension, dates.pension)
    if rings.work.last < rings.pension.last:
        pension = pension + jnp.where(dates.work.leaving[None], work, 0)
    else:
        turning_100 = turning_100 + leavers(work, dates.work)
    return ByAge(empty(work, dates.work), pension, left.oldest + turning_100)


def lay(stock: Float[Array, "*m 2 age"], rings: Rings) -> ByAge:
    """A stock by sex and age 0…100 at the opening: the working ages on their ring, older ones on the pension ring.

    People below the working ages stand at its first age.
    """
    work, pension = rings.work, rings.pension
    young = stock[..., work.first : work.last + 1]
    young = young.at[..., 0].add(stock[..., : work.first].sum(axis=-1))
    older = jnp.where(jnp.arange(AGES) > work.last, stock, 0)[..., pension.first : pension.last + 1]
    return ByAge(work.from_ages(young), pension.from_ages(older), stock[..., AGES - 1])


def lay_table(table: Float[Array, "2 age"], rings: Rings, elapsed: Int[Array, ""]) -> ByAge:
    """A table by sex and age 0…100 on the cohorts of a year, one row for all municipalities."""
    work, pension = rings.work, rings.pension
    return ByAge(
        work.align(table[:, work.first : work.last + 1], elapsed)[None],
        pension.align(table[:, pension.first : pension.last + 1], elapsed)[None],
        table[None, :, AGES - 1],
    )
