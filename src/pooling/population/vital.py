"""Survival, births and the yearly ageing of people.

The order of one year (survive and age, births, migrate at the end) and the birth exposure (mean of the women before and
after survival) are those that reproduce the United Nations' own projection; ``tests/reproduction`` shows it.
"""

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from pooling.numerics import dot, total
from pooling.population.ring import LIFE, Ring
from pooling.state import Persons

class Survival(eqx.Module):
    """Survival of one year, on the cohorts of 1 January."""

    people: Float[Array, "m row"]
    """Share of every cohort of the life ring that lives to 31 December."""
    newborn: Float[Array, "m 2"]
    """Share of the year's births that does."""
    oldest: Float[Array, "m 2"]
    """Share of those of 100 and over."""


def survival_of(
    rates: Float[Array, "*m 2 101"], elapsed: Int[Array, ""]
) -> Survival:
    """Lay survival by age at the END of the year (0 from births, 100 from 99 and 100+) on the life ring."""
    return Survival(lived(LIFE, rates, elapsed), rates[..., 0], rates[..., 100])


def lived(
    ring: Ring, rates: Float[Array, "*m 2 101"], elapsed: Int[Array, ""]
) -> Float[Array, "*m row"]:
    """Survival of the cohorts of a ring: they are a year older at the end of the year."""
    return ring.align(rates[..., ring.first + 1 : ring.last + 2], elapsed)


def survive(
    persons: Persons,
    survival: Survival,
    fertility: Float[Array, " 101"],
    fertility_multiplier: Float[Array, " m"],
    male_share: Float[Array, ""],
    elapsed: Int[Array, ""],
) -> Persons:
    """People on 31 December before migration, aged by one year, newborns included.

    Args:
        persons: stock on 1 January.
        survival: of the year.
        fertility: births a woman-year by age in the nation.
        fertility_multiplier: local fertility over the nation's.
        male_share: boys among births.
        elapsed: years since the opening.
    """
    splits = jnp.stack([male_share, 1 - male_share])[None] * survival.newborn
    before, after = _exposure(fertility, elapsed)
    young, oldest = [], []
    for stock, old in zip(persons.young, persons.oldest, strict=True):
        survivors = stock * survival.people
        # The group 100+ is fed by those who turn 100 and survives at their ratio.
        oldest.append(LIFE.leavers(survivors, elapsed) + old * survival.oldest)
        births = fertility_multiplier * (dot(stock, before) + dot(survivors, after))
        young.append(LIFE.renew(survivors, splits * births[:, None], elapsed))
    return Persons(tuple(young), tuple(oldest))


def _exposure(
    fertility: Float[Array, " 101"], elapsed: Int[Array, ""]
) -> tuple[Float[Array, " row"], Float[Array, " row"]]:
    """Births per person standing in a column on 1 January and, a year older, on 31 December (half a year each)."""
    women = 0.5 * jnp.stack([jnp.zeros_like(fertility), fertility])[:, :100]
    before = LIFE.align(women, elapsed)
    # Aged by one year the cohort of age a has fertility[a + 1]; those who turn 100 bear no children.
    older = jnp.concatenate([women[:, 1:], jnp.zeros_like(women[:, :1])], axis=1)
    return before, LIFE.align(older, elapsed)


def add_net_migration(
    persons: Persons, net: Float[Array, "2 101"], elapsed: Int[Array, ""]
) -> Persons:
    """Add the nation's net international migrants by age at the end of the year, in proportion to the people there.

    Where the nation has nobody of an age the migrants of that age are nowhere to be put and are left out.
    """
    young_total = sum(jnp.sum(leaf, axis=0) for leaf in persons.young)
    oldest_total = sum(jnp.sum(leaf, axis=0) for leaf in persons.oldest)
    young_factor = _growth(LIFE.align(net[:, :100], elapsed + 1), young_total)[None]
    oldest_factor = _growth(net[:, 100], oldest_total)[None]
    return Persons(
        tuple(leaf * young_factor for leaf in persons.young),
        tuple(leaf * oldest_factor for leaf in persons.oldest),
    )


def _growth(net: Float[Array, " n"], total: Float[Array, " n"]) -> Float[Array, " n"]:
    """1 + net ÷ total, never below zero: a cell cannot lose more people than it has."""
    empty = total <= 0
    return jnp.where(empty, 1.0, jnp.maximum(1 + net / jnp.where(empty, 1.0, total), 0.0))


def heads(persons: Persons) -> tuple[Float[Array, " m"], ...]:
    """People by municipality, one array per registration class."""
    return tuple(
        total(young) + total(oldest)
        for young, oldest in zip(persons.young, persons.oldest, strict=True)
    )


def by_age(persons: Persons, elapsed: Int[Array, ""]) -> Float[Array, "2 101 m"]:
    """People by sex, single age and municipality in age order, all classes together."""
    young = LIFE.by_age(sum(persons.young), elapsed)
    together = jnp.concatenate([young, sum(persons.oldest)[:, :, None]], axis=-1)
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

    def year(carry: Persons, rates: tuple) -> tuple[Persons, Float[Array, "2 101 m"]]:
        elapsed, living, bearing, ratio, net = rates
        survival = survival_of(jnp.moveaxis(living, -1, 0), elapsed)
        male = ratio / (1 + ratio)
        survivors = survive(carry, survival, bearing, everywhere, male, elapsed)
        after = add_net_migration(survivors, net, elapsed)
        return after, by_age(after, elapsed + 1)

    everywhere = jnp.ones(persons.shape[-1], persons.dtype)
    years = jnp.arange(survival.shape[0])
    return lax.scan(
        year, from_ages(persons), (years, survival, fertility, sex_ratio, net_migration)
    )[1]
