"""Survival, births and the yearly ageing of people.

The order of one year (survive and age, births, migrate at the end) and the birth exposure (mean of the women before and
after survival) are those that reproduce the United Nations' own projection; ``tests/reproduction`` shows it.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from pooling.numerics import add, dot, double, in_type_of, total
from pooling.parameters.model import Geography
from pooling.population.ring import LIFE, Ring, Turn, leavers, renew
from pooling.state import Persons


class VitalTables(eqx.Module):
    """Vital rates laid on the cohorts of the life ring: by year in a run, of one year in the step."""

    turn: Turn
    lived: Float[Array, "p row"]
    """Share of every cohort that lives to 31 December."""
    newborn: Float[Array, "p 2"]
    """Share of the year's births that does, times the share of the sex among them."""
    oldest: Float[Array, "p 2"]
    """Share of those of 100 and over that does."""
    bearing: Float[Array, " row"]
    """Births of half a year of the women who stand in a column on 1 January."""
    bearing_after: Float[Array, " row"]
    """Births of half a year of the same women, a year older, on 31 December."""
    net: Float[Array, " row"]
    """The nation's net international migrants, by the cohorts of 31 December."""
    net_oldest: Float[Array, " 2"]


def vital_tables(
    survival: Float[Array, "p 2 101"],
    fertility: Float[Array, " 101"],
    sex_ratio: Float[Array, ""],
    net_migration: Float[Array, "2 101"],
    elapsed: Int[Array, ""],
) -> VitalTables:
    """Lay one year's rates on the cohorts.

    Args:
        survival: by region, sex and age at the END of the year: 0 from births, 100 from 99 and 100+.
        fertility: births a woman-year by age.
        sex_ratio: boys a girl at birth.
        net_migration: by sex and age at the end of the year; persons.
        elapsed: years since the opening.
    """
    women = 0.5 * jnp.stack([jnp.zeros_like(fertility), fertility])[:, :100]
    # Aged by one year the cohort of age a has fertility[a + 1]; those who turn 100 bear no children.
    older = jnp.concatenate([women[:, 1:], jnp.zeros_like(women[:, :1])], axis=1)
    by_sex = jnp.stack([sex_ratio, jnp.ones_like(sex_ratio)]) / (1 + sex_ratio)
    return VitalTables(
        turn=LIFE.turn(elapsed),
        lived=lived(LIFE, survival, elapsed),
        newborn=survival[..., 0] * by_sex[None],
        oldest=survival[..., 100],
        bearing=LIFE.align(women, elapsed),
        bearing_after=LIFE.align(older, elapsed),
        net=LIFE.align(net_migration[:, :100], elapsed + 1),
        net_oldest=net_migration[:, 100],
    )


def lived(
    ring: Ring, survival: Float[Array, "*p 2 101"], elapsed: Int[Array, ""]
) -> Float[Array, "*p row"]:
    """Survival of the cohorts of a ring: they are a year older at the end of the year."""
    return ring.align(survival[..., ring.first + 1 : ring.last + 2], elapsed)


def survive(
    persons: Persons,
    tables: VitalTables,
    geography: Geography,
    fertility_multiplier: Float[Array, " m"],
) -> Persons:
    """People on 31 December before migration, aged by one year, newborns included.

    Args:
        persons: stock on 1 January.
        tables: rates of the year.
        geography: municipality → province.
        fertility_multiplier: local fertility over the nation's.
    """
    tables, fertility_multiplier = in_type_of(persons, (tables, fertility_multiplier))
    lived_here = geography.to_municipalities(tables.lived)
    newborn = geography.to_municipalities(tables.newborn)
    of_oldest = geography.to_municipalities(tables.oldest)
    young, oldest = [], []
    for stock, old in zip(persons.young, persons.oldest, strict=True):
        survivors = stock * lived_here
        # The group 100+ is fed by those who turn 100 and survives at their ratio.
        oldest.append(leavers(survivors, tables.turn) + old * of_oldest)
        births = dot(stock, tables.bearing) + dot(survivors, tables.bearing_after)
        children = newborn * (fertility_multiplier * births)[:, None]
        young.append(renew(survivors, tables.turn, children))
    return Persons(tuple(young), tuple(oldest))


def add_net_migration(persons: Persons, tables: VitalTables) -> Persons:
    """Add the nation's net international migrants by age at the end of the year, in proportion to the people there.

    Where the nation has nobody of an age the migrants of that age are nowhere to be put and are left out.
    """
    tables = in_type_of(persons, tables)
    young_total = add(jnp.sum(leaf, axis=0) for leaf in persons.young)
    oldest_total = add(jnp.sum(leaf, axis=0) for leaf in persons.oldest)
    young_factor = _growth(tables.net, young_total)[None]
    oldest_factor = _growth(tables.net_oldest, oldest_total)[None]
    return Persons(
        tuple(leaf * young_factor for leaf in persons.young),
        tuple(leaf * oldest_factor for leaf in persons.oldest),
    )


def _growth(net: Float[Array, " n"], total: Float[Array, " n"]) -> Float[Array, " n"]:
    """1 + net ÷ total, never below zero: a cell cannot lose more people than it has."""
    some = total > 0
    return jnp.where(some, jnp.maximum(1 + net / jnp.where(some, total, 1), 0), 1)


def heads(persons: Persons) -> tuple[Float[Array, " m"], ...]:
    """People by municipality, one array per registration class."""
    return tuple(
        double(total(young) + total(oldest))
        for young, oldest in zip(persons.young, persons.oldest, strict=True)
    )


def by_age(persons: Persons, elapsed: Int[Array, ""]) -> Float[Array, "2 101 m"]:
    """People by sex, single age and municipality in age order, all classes together."""
    young = LIFE.by_age(add(persons.young), elapsed)
    together = jnp.concatenate([young, add(persons.oldest)[:, :, None]], axis=-1)
    return jnp.moveaxis(together, 0, -1)


def from_ages(persons: Float[Array, "c 2 101 m"]) -> Persons:
    """Lay people by class, sex and age at the opening on the ring."""
    local = jnp.moveaxis(persons, -1, 1)
    return Persons(
        tuple(LIFE.from_ages(people[..., :100]) for people in local),
        tuple(people[..., 100] for people in local),
    )


def project(
    persons: Float[Array, "c 2 101 m"],
    survival: Float[Array, "y 2 101 m"],
    fertility: Float[Array, "y 101"],
    sex_ratio: Float[Array, " y"],
    net_migration: Float[Array, "y 2 101"],
) -> Float[Array, "y 2 101 m"]:
    """Population on 31 December of every year, without internal migration: any number of regions and classes.

    Args:
        persons: opening stock on 1 January of the first year.
        survival: by year, sex, age at the end of the year and region.
        fertility: births a woman-year by year and age.
        sex_ratio: boys a girl at birth.
        net_migration: net international migrants of the nation by year, sex and age at the end of the year.
    """

    regions = persons.shape[-1]
    geography = Geography(jnp.arange(regions), jnp.eye(regions, dtype=persons.dtype))
    everywhere = jnp.ones(regions, persons.dtype)
    years = jnp.arange(survival.shape[0])
    tables = jax.vmap(vital_tables)(
        jnp.moveaxis(survival, -1, 1), fertility, sex_ratio, net_migration, years
    )

    def year(carry: Persons, given: tuple) -> tuple[Persons, Float[Array, "2 101 m"]]:
        elapsed, of_year = given
        after = add_net_migration(survive(carry, of_year, geography, everywhere), of_year)
        return after, by_age(after, elapsed + 1)

    return lax.scan(year, from_ages(persons), (years, tables))[1]
