"""Gross internal migration, through the provinces, for every quantity that people take with them.

A mover leaves a municipality with the propensity of sex and age, the place's intensity and the path's shock. Some return
to their registration and are locally registered again; the others stay in the province or go to another one, whose weight
responds to relative wages. Inside the arrival province movers spread by fixed shares. Who is registered where is kept for
people of all ages together (a mean field): ``origin[o, r]`` are the people registered in o who live in r.
"""

from dataclasses import fields, replace
from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.numerics import add, dot, in_type_of, over_cohorts, ratio
from pooling.parameters.model import Geography, Migration
from pooling.population.ring import LIFE, Ring
from pooling.population.vital import heads
from pooling.state import ByClass, Persons

Stocks = TypeVar("Stocks", bound=eqx.Module)


class Routes(eqx.Module):
    """Where the leavers of a year go: matrices from the province of residence to the province of arrival."""

    leaving: Float[Array, " m"]
    """Intensity of the year, before the age profile."""
    local: tuple[Float[Array, "p p"], ...]
    """By class of the leaver: those who arrive locally registered (returners)."""
    in_province: tuple[Float[Array, "p p"], ...]
    """By class: those who arrive registered elsewhere in the province."""
    elsewhere: tuple[Float[Array, "p p"], ...]
    """By class: those who arrive registered in another province."""
    onward: Float[Array, "p p"]
    """Destinations of those who do not return, own province included."""


class Travel(eqx.Module):
    """What becomes of years that cross the border of a province."""

    carried: Float[Array, ""]
    """Share that counts in the new province."""
    wage: Float[Array, " p"]
    """Average wage by which index-years of the past are indexed anew (the ratio of the year of the move stands for all)."""


class Moves(eqx.Module):
    """Account balances that moved, for the settlement of rights between pools; currency."""

    out: Float[Array, " m"]
    arrived: Float[Array, " m"]
    between: Float[Array, "p p"]
    """From province of departure to province of arrival."""
    years_lost: Float[Array, "p p"]
    """Years of members that no longer count after the move, likewise; person-years."""


def destinations(migration: Migration, relative_wage: Float[Array, " p"]) -> Float[Array, "p p"]:
    """Destinations of those who leave a province, at this year's relative wages; rows sum to 1 (or 0: nowhere to go)."""
    pull = migration.destination * (relative_wage**migration.wage_elasticity)[None]
    return ratio(pull, jnp.sum(pull, axis=1, keepdims=True))


def registrations(origin: Float[Array, "p p"]) -> Float[Array, "p p"]:
    """Where the residents registered in other provinces come from: [residence, registration], rows sum to 1."""
    total = jnp.sum(origin, axis=0)[:, None]
    uniform = jnp.eye(origin.shape[0], dtype=origin.dtype)
    return jnp.where(total > 0, origin.T / jnp.where(total > 0, total, 1), uniform)


def routes(
    migration: Migration,
    geography: Geography,
    relative_wage: Float[Array, " p"],
    shock: Float[Array, " p"],
    origin: Float[Array, "p p"],
) -> Routes:
    """This year's routes.

    Args:
        migration: levers of the year.
        geography: municipality → province.
        relative_wage: provincial wage over its place in the opening profile.
        shock: factor of the path on the intensity of each province.
        origin: people registered in [o] living in [r] at the end of the year, before moving.
    """
    stay = jnp.diag(migration.within_province)
    away = (1 - migration.within_province)[:, None] * destinations(migration, relative_wage)
    onward, here = stay + away, jnp.eye(stay.shape[0], dtype=stay.dtype)
    home = registrations(origin)
    back, far = migration.return_in_province, migration.return_other_province
    nothing = jnp.zeros_like(onward)
    leaving = migration.intensity * migration.intensity_level * geography.to_municipalities(shock)
    # Someone registered in another province who moves on into it has come home, too.
    local = (nothing, back * here, far * home + (1 - far) * onward * home)
    in_province = (stay, (1 - back) * stay, nothing)
    elsewhere = (away, (1 - back) * away, (1 - far) * onward * (1 - home))
    return Routes(leaving, local, in_province, elsewhere, onward)


def move(
    leaf: ByClass,
    profile: Float[Array, "1 row"],
    route: Routes,
    migration: Migration,
    geography: Geography,
) -> ByClass:
    """One quantity after a year's moves and changes of registration, by registration class.

    Args:
        leaf: the quantity by class; any columns.
        profile: propensity to leave of every column, population mean 1.
        route: routes of the year.
        migration: shares of arrival, changes of registration.
        geography: municipality → province.
    """
    return leaf if len(leaf) == 1 else _move(leaf, profile, route, migration, geography)


@jax.jit
def _move(
    leaf: ByClass,
    profile: Float[Array, "1 row"],
    route: Routes,
    migration: Migration,
    geography: Geography,
) -> ByClass:
    """:func:`move` of a population with registration classes."""
    profile, route, migration = in_type_of(leaf, (profile, route, migration))
    share = profile * route.leaving[:, None]
    leavers = tuple(geography.by_province(y * share) for y in leaf)
    arrivals = _arrivals(leavers, route, migration)
    spread = (migration.home_share, migration.arrival_share, migration.arrival_share)
    here, near, far = (
        y * (1 - share) + geography.to_municipalities(arrived) * among[:, None]
        for y, arrived, among in zip(leaf, arrivals, spread, strict=True)
    )
    changed = migration.registration_change
    return here + changed * (near + far), (1 - changed) * near, (1 - changed) * far


def _arrivals(
    leavers: tuple[Float[Array, "p row"], ...], route: Routes, migration: Migration
) -> tuple[Float[Array, "p row"], ...]:
    """Leavers of every class by province → arrivals of every class by province.

    Who returns or moves inside a province stays in its row: only the routes between provinces are products.
    """
    here, near, far = leavers
    back = migration.return_in_province
    onward = here + (1 - back) * near
    return (
        back * near + dot(route.local[2].T, far),
        migration.within_province[:, None] * onward,
        dot(route.elsewhere[0].T, onward) + dot(route.elsewhere[2].T, far),
    )


class Profiles(eqx.Module):
    """Propensity to leave laid on the cohorts of 31 December: by year in a run, of one year in the step."""

    people: Float[Array, " row"]
    oldest: Float[Array, " 2"]
    rights: Float[Array, " work"]


def profiles(migration: Migration, work: Ring, elapsed: Int[Array, ""]) -> Profiles:
    """Lay the age profile on the cohorts, a year older than on 1 January of the year ``elapsed``."""
    ages = migration.age_profile
    return Profiles(
        LIFE.align(ages[:, :100], elapsed + 1),
        ages[:, 100],
        work.align(ages[:, work.first : work.last + 1], elapsed + 1),
    )


def move_people(
    persons: Persons,
    profile: Profiles,
    route: Routes,
    migration: Migration,
    geography: Geography,
) -> Persons:
    """People after a year's moves."""
    return Persons(
        move(persons.young, profile.people[None], route, migration, geography),
        move(persons.oldest, profile.oldest[None], route, migration, geography),
    )


def move_rights(
    rights: Stocks,
    profile: Profiles,
    route: Routes,
    migration: Migration,
    geography: Geography,
    travel: Travel,
) -> tuple[Stocks, Moves]:
    """Rights after a year's moves, and the account balances that moved between municipalities.

    Args:
        rights: a module whose fields are quantities by registration class on the working ring; ``accounts`` among them
            are balances whose moves are settled between pools.
        profile: propensity to leave.
        route: routes of the year.
        migration: levers of the year.
        geography: municipality → province.
        travel: what becomes of years of a career (fields marked so, see :mod:`pooling.state`).
    """
    carrying = _carrying(route, travel.carried)
    wage = geography.to_municipalities(travel.wage)[:, None]
    moved = {}
    for field in fields(rights):
        leaf = getattr(rights, field.name)
        scale = wage if field.metadata.get("indexed") else None
        way = carrying if field.metadata.get("years") else route
        moved[field.name] = _moved(leaf, scale, profile.rights[None], way, migration, geography)
    accounts, service = (getattr(rights, name, None) for name in ("accounts", "service"))
    moves = _nothing_moves(route)
    if accounts is not None:
        moves = _moves(accounts, profile.rights, route, migration, geography)
    if service is not None and len(service) > 1:
        left = _departures(service, profile.rights, route, geography)
        lost = (1 - travel.carried) * (left.at_home + left.elsewhere)
        moves = replace(moves, years_lost=lost * (1 - jnp.eye(lost.shape[0], dtype=lost.dtype)))
    return replace(rights, **moved), moves


def _moved(
    leaf: ByClass,
    scale: Float[Array, "m 1"] | None,
    profile: Float[Array, "1 row"],
    route: Routes,
    migration: Migration,
    geography: Geography,
) -> ByClass:
    """A quantity after the moves; with a scale, what moves is its multiple by the scale of the place."""
    if scale is None:
        return move(leaf, profile, route, migration, geography)
    scale = in_type_of(leaf, scale)
    after = move(tuple(y * scale for y in leaf), profile, route, migration, geography)
    return tuple(y / scale for y in after)


def _carrying(route: Routes, carried: Float[Array, ""]) -> Routes:
    """Routes on which only a share arrives from another province."""
    same = jnp.eye(route.onward.shape[0], dtype=route.onward.dtype)
    factor = same + carried * (1 - same)
    by_class = {
        name: tuple(matrix * factor for matrix in getattr(route, name))
        for name in ("local", "in_province", "elsewhere")
    }
    return replace(route, onward=route.onward * factor, **by_class)


def _nothing_moves(route: Routes) -> Moves:
    nowhere = jnp.zeros_like(route.leaving)
    return Moves(nowhere, nowhere, jnp.zeros_like(route.onward), jnp.zeros_like(route.onward))


class Departures(eqx.Module):
    """What of a quantity leaves in a year, of all registration classes."""

    out: Float[Array, " m"]
    at_home: Float[Array, "p p"]
    """From province of departure to province of arrival: of those who are registered where they arrive."""
    elsewhere: Float[Array, "p p"]
    """Of the others."""


def _departures(
    leaf: ByClass, profile: Float[Array, " row"], route: Routes, geography: Geography
) -> Departures:
    out = tuple(over_cohorts(y, profile) * route.leaving for y in leaf)
    by_province = tuple(geography.by_province(o) for o in out)
    local, near, far = (
        tuple(left[:, None] * matrix for left, matrix in zip(by_province, matrices, strict=True))
        for matrices in (route.local, route.in_province, route.elsewhere)
    )
    return Departures(add(out), add(local), add(near) + add(far))


def _moves(
    accounts: ByClass,
    profile: Float[Array, " row"],
    route: Routes,
    migration: Migration,
    geography: Geography,
) -> Moves:
    if len(accounts) == 1:
        return _nothing_moves(route)
    left = _departures(accounts, profile, route, geography)
    arrived = (
        geography.to_municipalities(jnp.sum(left.at_home, axis=0)) * migration.home_share
        + geography.to_municipalities(jnp.sum(left.elsewhere, axis=0)) * migration.arrival_share
    )
    between = left.at_home + left.elsewhere
    return Moves(left.out, arrived, between, jnp.zeros_like(between))


def move_origin(
    origin: Float[Array, "p p"],
    persons: Persons,
    profile: Profiles,
    route: Routes,
    migration: Migration,
    geography: Geography,
) -> Float[Array, "p p"]:
    """Origins after a year's moves.

    Args:
        origin: before the moves, already scaled to the people registered in other provinces.
        persons: before the moves.
        profile: propensity to leave.
        route: routes of the year.
        migration: levers of the year.
        geography: municipality → province.
    """
    leavers = tuple(
        geography.by_province(
            (over_cohorts(young, profile.people) + over_cohorts(oldest, profile.oldest))
            * route.leaving
        )
        for young, oldest in zip(persons.young, persons.oldest, strict=True)
    )
    stock = tuple(geography.by_province(n) for n in heads(persons))
    here, near, far = leavers
    kept = 1 - ratio(far, stock[2])
    home = registrations(origin)
    fresh = here[:, None] * route.elsewhere[0] + near[:, None] * route.elsewhere[1]
    onward = (1 - migration.return_other_province) * far[:, None] * route.onward
    # [registration, arrival]: everybody on the move keeps the registration, except those who arrive in it.
    carried = dot(home.T, onward) * (1 - jnp.eye(origin.shape[0], dtype=origin.dtype))
    return (1 - migration.registration_change) * (origin * kept[None] + fresh + carried)


def scale_origin(
    origin: Float[Array, "p p"], persons: Persons, geography: Geography
) -> Float[Array, "p p"]:
    """Origins after births and deaths: as many as live registered in another province."""
    if len(persons.young) == 1:
        return origin
    living = geography.by_province(heads(persons)[2])
    return origin * ratio(living, jnp.sum(origin, axis=0))[None]
