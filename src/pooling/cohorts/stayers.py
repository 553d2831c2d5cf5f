"""Stayers: members who live in the province of their registration for as long as they are members.

A membership ends by death, by award or with the run. Who is registered in another province at some time of it, a migrant
who has come home included, is no stayer. What somebody is can be told at the end only: rights of those who have not moved so
far are followed forward, year by year, and the share of them who will move is computed backward from the last year.

The members of a cell are alike: they survive, pay, retire and leave with the same probabilities whatever their past. So
everything is linear in the rights under the routes of the path. Where members of the opening had been before is unknown:
they have stayed so far unless they are registered in another province.
"""

from dataclasses import fields, replace
from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from pooling.numerics import ratio
from pooling.once import once
from pooling.parameters.model import Geography, Migration, in_year
from pooling.population.migration import Profiles, Routes, Travel, move, move_rights
from pooling.schemes.calendar import Leaf
from pooling.schemes.employee_pension import (
    Enrolled,
    enrol,
    keep,
    offer,
    timing_of,
    with_heads,
)
from pooling.schemes.pension_year import Credits, Members, Timing, YearOfFund, credits_of
from pooling.schemes.scheme import Given
from pooling.state import Rights

Each = TypeVar("Each")

ByYear = tuple[Float[Array, "y m row"], ...]


class Membership(eqx.Module):
    """Members of a fund in one year, entrants included; classes are those registered in the province but for ``all``."""

    timing: Timing
    credit: Credits
    all: Enrolled
    """Everybody, of every registration class."""
    stayers: tuple[Members, ...]
    """Rights of those who have stayed so far."""
    share: tuple[Leaf, ...]
    """Their heads in those of their cell."""

    @property
    def paid(self) -> tuple[Leaf, ...]:
        """Contribution years that those who have stayed so far pay in a full year."""
        return tuple(map(jnp.multiply, self.share, in_province(self.all.paid)))


def in_province(leaves: tuple[Each, ...]) -> tuple[Each, ...]:
    """The classes registered in the province of residence: all but the last, or the only one."""
    return leaves[:-1] or leaves


def registered_in_province(rights: Rights) -> Rights:
    """Rights of these classes: of those who have stayed so far at the opening."""
    return Rights(*(in_province(getattr(rights, each.name)) for each in fields(rights)))


def membership(year: YearOfFund, given: Given, rights: Rights, stayers: Rights) -> Membership:
    """Members of a year: everybody who joins registered in the province has stayed so far.

    Args:
        year: rules, tables and drivers of the fund.
        given: people, places, wages, rates.
        rights: of everybody on 1 January.
        stayers: of those who have stayed so far.
    """
    everybody = enrol(year, rights, given.residents, offer(year.rules, given.enrolment))
    cells = tuple(held.heads for held in in_province(everybody.members))
    before = in_province(rights.members)
    heads = tuple(
        own + (now - then) for own, now, then in zip(stayers.members, cells, before, strict=True)
    )
    return Membership(
        timing_of(year, given.place, given.dates),
        credits_of(year),
        everybody,
        with_heads(heads, stayers),
        tuple(map(ratio, heads, cells)),
    )


def before_moves(year: YearOfFund, members: Membership, after: Rights) -> Rights:
    """Rights of the stayers on 31 December: what a cell has gained in the year its members have gained alike.

    Gained is what is there beside the rights of 1 January with their interest: the year's credits, and accounts that
    another scheme has handed over.

    Args:
        year: rules and rates of the fund.
        members: of the year.
        after: rights of everybody on 31 December.
    """

    def without_gains(held: tuple[Members, ...]) -> Rights:
        nothing = tuple(jnp.zeros_like(each.heads) for each in held)
        return keep(year, held, nothing, members.credit, members.timing)

    own, cells = without_gains(members.stayers), without_gains(in_province(members.all.members))

    def with_gains(name: str) -> tuple[Leaf, ...]:
        leaves = (getattr(own, name), getattr(cells, name), in_province(getattr(after, name)))
        each = zip(*leaves, members.share, strict=True)
        return tuple(mine + part * (now - kept) for mine, kept, now, part in each)

    return Rights(*(with_gains(each.name) for each in fields(Rights)))


def after_moves(
    rights: Rights,
    profile: Profiles,
    route: Routes,
    migration: Migration,
    geography: Geography,
    travel: Travel,
) -> Rights:
    """Rights of those who have stayed in this year too; arguments of :func:`move_rights`."""
    if len(rights.members) == 1:  # a population without registration classes
        return rights
    everybody = Rights(
        *(_with_none_elsewhere(getattr(rights, each.name)) for each in fields(rights))
    )
    moved, _ = once(move_rights, everybody, profile, _inside(route), migration, geography, travel)
    return registered_in_province(moved)


def leaving_later(
    hazard: Float[Array, "y row"],
    living: Float[Array, "y p row"],
    profiles: Profiles,
    routes: Routes,
    migration: Migration,
    geography: Geography,
    classes: int,
) -> ByYear:
    """Share of the members of 1 January who neither die nor retire in the year, and leave the province at its end or later.

    Backwards from the last year: who lives and works on is asked where he stays and what becomes of him from there.

    Args:
        hazard: share of a cohort that reaches its pension age in the year, of the fund.
        living: share of the working cohorts that lives to 31 December.
        profiles: propensity to leave.
        routes: of the path.
        migration: levers of all years.
        geography: municipality → province.
        classes: number of classes registered in the province.

    Returns:
        By class registered in the province; fractions.
    """
    nobody = jnp.zeros((geography.province.shape[0], hazard.shape[1]), living.dtype)

    def step(next_year: tuple[Leaf, ...], given: tuple) -> tuple[tuple[Leaf, ...], tuple]:
        reaches, lives, profile, route, elapsed = given
        moving = in_year(migration, elapsed)
        stay = tuple(1 - each for each in next_year)
        stay = _before_moves(stay, profile.rights[None], route, moving, geography)
        goes_on = (1 - reaches)[None] * geography.to_municipalities(lives)
        found = tuple(goes_on * (1 - each) for each in stay)
        return found, found

    years = jnp.arange(len(hazard), dtype=jnp.int32)
    given = (hazard, living, profiles, routes, years)
    return lax.scan(step, (nobody,) * classes, given, reverse=True)[1]


def _before_moves(
    weight: tuple[Leaf, ...],
    profile: Float[Array, "1 row"],
    route: Routes,
    migration: Migration,
    geography: Geography,
) -> tuple[Leaf, ...]:
    """Mean weight after the moves of the people of every cell before them, 0 for those who leave the province.

    The moves read backwards: their transposed matrix.
    """
    if len(weight) == 1:
        return weight

    def inside(leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
        everybody = _with_none_elsewhere(leaves)
        return in_province(move(everybody, profile, _inside(route), migration, geography))

    return jax.linear_transpose(inside, weight)(weight)[0]


def _with_none_elsewhere(leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
    """All registration classes, with nobody registered in another province."""
    return (*leaves, jnp.zeros_like(leaves[0]))


def _inside(route: Routes) -> Routes:
    """The routes without the ways to another province: who takes one arrives nowhere."""
    return replace(route, elsewhere=jax.tree.map(jnp.zeros_like, route.elsewhere))
