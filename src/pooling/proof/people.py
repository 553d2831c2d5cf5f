"""The bookkeeping of people by age in plain NumPy: no cohort stays in a column, every age group moves up by one.

Written from the description of the year in :mod:`pooling.year`, not from its code, so that the two can be compared.
People are arrays ``[class, sex, age, municipality]``.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.drivers.economy import draw
from pooling.parameters.model import Migration, Parameters, Vital

Array = NDArray[np.float64]
Index = NDArray[np.integer]


class Change(NamedTuple):
    """What happened to the people of the country in a year; persons."""

    births: float
    deaths: float
    net_migration: float


class Books(NamedTuple):
    """People on 31 December of one year."""

    people: Array
    """[class, sex, age, municipality]; persons."""
    change: Change


def books(
    levers: Parameters, persons: Array, origin: Array, seed: int, realization: int
) -> list[Books]:
    """The people of every projected year on one path.

    Args:
        levers: of the run.
        persons: on 1 January of the first year [class, sex, age, municipality]; persons.
        origin: people registered in another province [registration, residence]; persons.
        seed: of the run's random numbers.
        realization: number of the path.
    """
    drivers = jax.tree.map(np.asarray, draw(levers.economy, seed, jnp.int32(realization)))
    return books_under(levers, persons, origin, drivers.migration, drivers.relative_wage)


def books_under(
    levers: Parameters, persons: Array, origin: Array, leaving: Array, wage: Array
) -> list[Books]:
    """The people of every projected year under given factors on migration and relative wages ``[year, province]``."""
    found, people = [], persons
    for t in range(len(leaving)):
        people, origin, change = a_year(people, origin, levers, leaving[t], wage[t], t)
        found.append(Books(people, change))
    return found


def a_year(
    people: Array, origin: Array, levers: Parameters, leaving: Array, wage: Array, t: int
) -> tuple[Array, Array, Change]:
    """One year: people and origins at its end, and what happened.

    Args:
        people: on 1 January.
        origin: people registered in another province [registration, residence]; persons.
        levers: of the run.
        leaving: factor on the out-migration of every province.
        wage: relative wage of every province.
        t: years since the opening.
    """
    province = np.asarray(levers.geography.province)
    after, born = _grown(people, levers.vital, province, t)
    deaths = people.sum() + born - after.sum()
    nation, net = after.sum(axis=(0, 3)), np.asarray(levers.vital.net_migration)[t]
    net = np.where(nation > 0, np.maximum(net, -nation), 0)
    after = after * (1 + ratio_of(net, nation))[:, :, None]
    living_there = by_province(after[-1].sum(axis=(0, 1)), province, len(origin))
    origin = origin * ratio_of(living_there, origin.sum(axis=0))
    level = float(levers.migration.intensity_level[t])
    moved, origin = migrate(after, origin, levers.migration, province, leaving * level, wage)
    return moved, origin, Change(float(born), float(deaths), float(net.sum()))


def _grown(people: Array, vital: Vital, province: Index, t: int) -> tuple[Array, float]:
    """Survivors, a year older, with the newborns who are alive; and the births."""
    hazard = np.asarray(vital.mortality_multiplier * vital.mortality[t]).T[province]  # [m, sex]
    living = np.asarray(vital.survival)[t][:, :, None] ** hazard.T[:, None, :]  # [sex, age, m]
    after = np.zeros_like(people)
    after[:, :, 1:] = people[:, :, :-1] * living[:, 1:]
    after[:, :, 100] += people[:, :, 100] * living[:, 100]
    # Half of the exposure at the age on 1 January, half at the age on 31 December.
    women = people[:, 1] * 0.5
    women[:, 1:] += 0.5 * people[:, 1, :-1] * living[1, 1:]
    level = float(vital.fertility_level[t]) * np.asarray(vital.fertility_multiplier)[province]
    rate = np.asarray(vital.fertility)[t] * level[:, None]
    born = np.einsum("cam,ma->cm", women[:, :100], rate[:, :100])
    ratio = float(vital.sex_ratio[t])
    sexes = np.array([ratio, 1.0]) / (1 + ratio)
    after[:, :, 0] = born[:, None, :] * sexes[:, None] * living[:, 0]
    return after, born.sum()


def by_province(values: Array, province: Index, count: int) -> Array:
    """Sums over the last axis, the municipality."""
    return values @ np.eye(count)[province]


def ratio_of(part: Array, whole: Array) -> Array:
    """part ÷ whole, 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def migrate(
    people: Array,
    origin: Array,
    levers: Migration,
    province: Index,
    leaving: Array,
    wage: Array,
) -> tuple[Array, Array]:
    """Moves person by person's fate: return, move on inside the province or to another one, keep or lose a class.

    Args:
        people, origin, wage: as of :func:`a_year`.
        levers: of migration.
        province: of every municipality.
        leaving: factor on the intensity of every province.
    """
    count = len(wage)
    out = (
        people * np.asarray(levers.age_profile)[:, :, None] * _intensity(levers, leaving[province])
    )
    stay = people - out
    left = by_province(out, province, count)  # [class, sex, age, p]
    onward = _onward(levers, wage)
    home = ratio_of(origin, np.broadcast_to(origin.sum(axis=0), origin.shape))  # [o, residence]
    arrived, carried = _arrivals(levers, left, onward, home)
    spread = [levers.home_share, levers.arrival_share, levers.arrival_share]
    after = stay + np.stack([arrived[c][..., province] * np.asarray(spread[c]) for c in range(3)])
    change = float(levers.registration_change)
    after[0] += change * (after[1] + after[2])
    after[1:] *= 1 - change
    still = 1 - ratio_of(
        left[2].sum(axis=(0, 1)), by_province(people[2].sum(axis=(0, 1)), province, count)
    )
    return after, (1 - change) * (origin * still + carried)


def _intensity(levers: Migration, factor: Array) -> Array:
    return np.asarray(levers.intensity) * factor


def _onward(levers: Migration, wage: Array) -> Array:
    """Where the people who leave and do not return go: [from, to]."""
    pull = np.asarray(levers.destination) * wage ** float(levers.wage_elasticity)
    within = np.asarray(levers.within_province)
    return (1 - within)[:, None] * ratio_of(pull, pull.sum(axis=1)[:, None]) + np.diag(within)


def _arrivals(levers: Migration, left: Array, onward: Array, home: Array) -> tuple[Array, Array]:
    """Arrivals by class and province, and who of them is registered in which other one: [registration, residence]."""
    back, far_back = float(levers.return_in_province), float(levers.return_other_province)
    count = len(onward)
    arrived, carried = np.zeros((3, *left.shape[1:])), np.zeros((count, count))
    for r in range(count):
        arrived[0, ..., r] += back * left[1, ..., r]
        for o in range(count):
            arrived[0, ..., o] += far_back * home[o, r] * left[2, ..., r]
        for d in range(count):
            for c, share in ((0, 1.0), (1, 1 - back)):
                group = share * onward[r, d] * left[c, ..., r]
                arrived[1 if d == r else 2, ..., d] += group
                if d != r:
                    carried[r, d] += group.sum()
            for o in range(count):
                group = (1 - far_back) * onward[r, d] * home[o, r] * left[2, ..., r]
                arrived[0 if o == d else 2, ..., d] += group
                if o != d:
                    carried[o, d] += group.sum()
    return arrived, carried
