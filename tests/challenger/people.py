"""People: survive and age, are born, come and go over the border, move inside the country (README section 5, step 7).

Everything that moves inside the country moves by :func:`move`: people, and what members have earned.
"""

from dataclasses import dataclass

import numpy as np

from challenger.economy import Year
from challenger.given import FAR, HERE, NEAR, WOMEN, Array, Geography, Migration, Vital


def survival_of_provinces(vital: Vital, t: int) -> Array:
    """Share surviving by age at the end of the year [p x a]: the nation's, hazards times those of the province."""
    factor = vital.mortality_multiplier.T[:, :, None] * vital.mortality[t]
    return vital.survival[t] ** factor


def age(stock: Array) -> Array:
    """A stock a year later: everybody is a year older, those of 100 and over stay in the open group."""
    older = np.zeros_like(stock)
    older[..., 1:] = stock[..., :-1]
    older[..., 100] += stock[..., 100]
    return older


def at_start(by_age_at_end: Array) -> Array:
    """A table by age at the end of the year, by the age on its 1 January (100 and over stay 100 and over)."""
    return np.concatenate([by_age_at_end[..., 1:], by_age_at_end[..., -1:]], axis=-1)


def survive(persons: Array, living: Array) -> Array:
    """Survivors a year older.

    Args:
        persons: on 1 January [m c x a].
        living: share of an age on 1 January that survives the year [m x a].
    """
    return age(persons * living[:, None])


def births(before: Array, after: Array, fertility: Array) -> Array:
    """Children by municipality and registration of the mother, of the mean of the women before and after the year.

    Args:
        before: people on 1 January.
        after: the survivors on 31 December, a year older.
        fertility: births a woman-year [m a].
    """
    women = 0.5 * (before[:, :, WOMEN, :100] + after[:, :, WOMEN, :100])
    return (women * fertility[:, None, :100]).sum(axis=-1)


def live(persons: Array, vital: Vital, geography: Geography, t: int) -> Array:
    """People at the end of the year before they move inside the country."""
    survival = survival_of_provinces(vital, t)[geography.province]
    after = survive(persons, at_start(survival))
    local = (vital.fertility_multiplier * vital.fertility_level[t])[geography.province]
    children = births(persons, after, local[:, None] * vital.fertility[t])
    boys = vital.sex_ratio[t] / (1 + vital.sex_ratio[t])
    for sex, share in enumerate((boys, 1 - boys)):
        after[:, :, sex, 0] = children * share * survival[:, None, sex, 0]
    return with_net_migrants(after, vital.net_migration[t])


def with_net_migrants(persons: Array, net: Array) -> Array:
    """People with the year's international migrants, spread as the people of a sex and age are; no cell below zero."""
    nation = persons.sum(axis=(0, 1))
    factor = np.ones_like(nation)
    some = nation > 0
    factor[some] = np.maximum(1 + net[some] / nation[some], 0)
    return persons * factor


# ---- moves inside the country


@dataclass(frozen=True)
class Moves:
    """Who leaves in a year and where they go."""

    leaving: Array
    """Share of a cell that leaves [m x a], by age at the end of the year."""
    onward: Array
    """Destinations of those who do not come home [province of departure, province of arrival]."""
    home: Array
    """Registration of those registered in another province [province of residence, province of registration]."""


def registrations(origin: Array) -> Array:
    """Where those registered in another province are registered, by residence; where nobody is, the own province."""
    home = np.eye(len(origin))
    for residence in range(len(origin)):
        everybody = origin[:, residence].sum()
        if everybody > 0:
            home[residence] = origin[:, residence] / everybody
    return home


def moves(migration: Migration, geography: Geography, year: Year, origin: Array, t: int) -> Moves:
    """The moves of a year.

    Args:
        migration: rates.
        geography: provinces.
        year: drivers.
        origin: who is registered where, of the people before they move.
        t: years since the opening.
    """
    shock = year.migration[geography.province]
    intensity = migration.intensity * migration.intensity_level[t] * shock
    onward = np.diag(migration.within_province)
    for o in range(geography.provinces):
        pull = migration.destination[o] * year.relative_wage**migration.wage_elasticity
        if pull.sum() > 0:
            onward[o] += (1 - migration.within_province[o]) * pull / pull.sum()
    return Moves(
        leaving=intensity[:, None, None] * migration.age_profile,
        onward=onward,
        home=registrations(origin),
    )


@dataclass(frozen=True)
class Arrivals:
    """What movers bring, by province of departure and of arrival and registration class on arrival [p p …]."""

    here: Array
    near: Array
    far: Array


def arrivals(moving: Moves, migration: Migration, left: Array) -> Arrivals:
    """Where what has left a province arrives.

    Locals who stay in the province are registered elsewhere in it from then on, those who leave it in another one. Of the
    others the declared shares come home. Who is registered in another province and moves on into it has come home too.

    Args:
        moving: destinations.
        migration: shares of those who come home.
        left: by province of departure and registration class [p c …].
    """
    provinces = len(moving.onward)
    shape = (provinces, provinces, *left.shape[2:])
    here, near, far = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    back_near, back_far = migration.return_in_province, migration.return_other_province
    for o in range(provinces):
        here[o, o] += back_near * left[o, NEAR]
        locals_of_o = left[o, HERE] + (1 - back_near) * left[o, NEAR]
        not_home = (1 - back_far) * left[o, FAR]
        for d in range(provinces):
            (near if d == o else far)[o, d] += moving.onward[o, d] * locals_of_o
            home = moving.home[o, d]
            here[o, d] += back_far * home * left[o, FAR] + moving.onward[o, d] * home * not_home
            far[o, d] += moving.onward[o, d] * (1 - home) * not_home
    return Arrivals(here, near, far)


def move(
    stock: Array,
    moving: Moves,
    migration: Migration,
    geography: Geography,
    worth: Array | None = None,
) -> Array:
    """A stock after the year's moves and changes of registration.

    Args:
        stock: [m c x a].
        moving: who goes where.
        migration: shares of arrival.
        geography: provinces.
        worth: what a unit that leaves a province is when it arrives in another one; 1 where it is not given [p p].
    """
    leavers = stock * moving.leaving[:, None]
    came = arrivals(moving, migration, geography.sums(leavers))
    after = stock - leavers
    worth = np.ones_like(moving.onward) if worth is None else worth
    spread = (migration.home_share, migration.arrival_share, migration.arrival_share)
    for c, (brought, share) in enumerate(
        zip((came.here, came.near, came.far), spread, strict=True)
    ):
        in_province = np.einsum("od,od...->d...", worth, brought)
        after[:, c] += in_province[geography.province] * share[:, None, None]
    registered = migration.registration_change * after[:, [NEAR, FAR]]
    after[:, [NEAR, FAR]] -= registered
    after[:, HERE] += registered.sum(axis=1)
    return after


def move_origin(
    origin: Array, persons: Array, moving: Moves, migration: Migration, geography: Geography
) -> Array:
    """Who is registered where after the year's moves.

    Args:
        origin: before the moves, of the people before the moves.
        persons: before the moves.
        moving: who goes where.
        migration: shares of those who come home, changes of registration.
        geography: provinces.
    """
    left = geography.sums(persons * moving.leaving[:, None]).sum(axis=(2, 3))
    stock = geography.sums(persons).sum(axis=(2, 3))
    after = origin.copy()
    for r in range(geography.provinces):
        if stock[r, FAR] > 0:
            after[:, r] *= 1 - left[r, FAR] / stock[r, FAR]
    for o in range(geography.provinces):
        locals_of_o = left[o, HERE] + (1 - migration.return_in_province) * left[o, NEAR]
        not_home = (1 - migration.return_other_province) * left[o, FAR]
        for d in range(geography.provinces):
            if d != o:
                after[o, d] += locals_of_o * moving.onward[o, d]
            for h in range(geography.provinces):
                if h != d:
                    after[h, d] += not_home * moving.onward[o, d] * moving.home[o, h]
    return after * (1 - migration.registration_change)


def origin_of(origin: Array, persons: Array, geography: Geography) -> Array:
    """Who is registered where, scaled to the people registered in another province."""
    living = geography.sums(persons[:, FAR]).sum(axis=(1, 2))
    known = origin.sum(axis=0)
    return origin * np.divide(living, known, out=np.zeros_like(known), where=known > 0)
