"""Gross migration conserves everything that is moved, whatever the matrices."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pooling.parameters.model import Geography, Migration
from pooling.population import migration
from pooling.population.migration import Routes
from pooling.state import INDEXED, YEARS

PROVINCE = np.array([0, 1, 0, 2, 1, 2, 2])
GEOGRAPHY = Geography(jnp.asarray(PROVINCE), jnp.eye(3)[PROVINCE])
COLUMNS = 8


def levers(seed: int, **given: object) -> Migration:
    """Random levers of three provinces and seven municipalities; any may be given."""
    random = np.random.default_rng(seed)

    def shares() -> jnp.ndarray:
        weights = random.uniform(0.1, 1, 7)
        return jnp.asarray(weights / np.bincount(PROVINCE, weights)[PROVINCE])

    destination = random.uniform(0.1, 1, (3, 3)) * (1 - np.eye(3))
    values = {
        "age_profile": jnp.asarray(random.uniform(0, 2, (2, 101))),
        "intensity": jnp.asarray(random.uniform(0, 0.3, 7)),
        "intensity_level": jnp.asarray(1.0),
        "within_province": jnp.asarray(random.uniform(0, 1, 3)),
        "destination": jnp.asarray(destination / destination.sum(axis=1, keepdims=True)),
        "wage_elasticity": jnp.asarray(1.5),
        "arrival_share": shares(),
        "home_share": shares(),
        "return_in_province": jnp.asarray(random.uniform()),
        "return_other_province": jnp.asarray(random.uniform()),
        "registration_change": jnp.asarray(random.uniform(0, 0.1)),
    }
    return Migration(**{**values, **given})


def stocks(seed: int) -> tuple[jnp.ndarray, ...]:
    random = np.random.default_rng(seed)
    return tuple(jnp.asarray(random.uniform(0, 100, (7, COLUMNS))) for _ in range(3))


def origin_of(seed: int) -> jnp.ndarray:
    return jnp.asarray(np.random.default_rng(seed).uniform(1, 9, (3, 3)) * (1 - np.eye(3)))


def routes_of(seed: int, moving: Migration) -> Routes:
    random = np.random.default_rng(seed)
    wage, shock = (jnp.asarray(random.uniform(0.5, 2, 3)) for _ in range(2))
    return migration.routes(moving, GEOGRAPHY, wage, shock, origin_of(seed))


@given(st.integers(0, 10_000))
def test_nothing_is_made_or_lost_on_the_way(seed: int):
    moving, leaf = levers(seed), stocks(seed)
    route = routes_of(seed, moving)
    profile = jnp.asarray(np.random.default_rng(seed).uniform(0, 1, (1, COLUMNS)))
    after = migration.move(leaf, profile, route, moving, GEOGRAPHY)
    before_total, total = sum(leaf).sum(axis=0), sum(after).sum(axis=0)
    np.testing.assert_allclose(total, before_total, rtol=1e-13)
    assert all((np.asarray(each) >= 0).all() for each in after)


@given(st.integers(0, 10_000))
def test_every_leaver_arrives_once(seed: int):
    route = routes_of(seed, levers(seed))
    for local, near, far in zip(route.local, route.in_province, route.elsewhere, strict=True):
        np.testing.assert_allclose((local + near + far).sum(axis=1), 1, rtol=1e-13)
        np.testing.assert_array_equal(np.asarray(near) * (1 - np.eye(3)), 0)
    # Only who came from another province stays one of another province in the place of residence.
    for far in route.elsewhere[:2]:
        np.testing.assert_array_equal(np.asarray(far).diagonal(), 0)
    np.testing.assert_allclose(route.onward.sum(axis=1), 1, rtol=1e-13)


@given(st.integers(0, 10_000))
def test_moved_balances_are_those_of_the_matrix_between_provinces(seed: int):
    moving = levers(seed)
    route = routes_of(seed, moving)
    profile = jnp.asarray(np.random.default_rng(seed).uniform(0, 1, COLUMNS))
    moves = migration._moves(stocks(seed), profile, route, moving, GEOGRAPHY)
    rows, columns = np.asarray(moves.between).sum(axis=1), np.asarray(moves.between).sum(axis=0)
    np.testing.assert_allclose(np.bincount(PROVINCE, moves.out), rows, rtol=1e-12)
    np.testing.assert_allclose(np.bincount(PROVINCE, moves.arrived), columns, rtol=1e-12)


def test_a_higher_wage_attracts():
    moving = levers(1)
    equal = np.asarray(migration.destinations(moving, jnp.ones(3)))
    np.testing.assert_allclose(equal, moving.destination, rtol=1e-14)
    richer = np.asarray(migration.destinations(moving, jnp.asarray([1.0, 2.0, 1.0])))
    assert (richer[[0, 2], 1] > equal[[0, 2], 1]).all()
    odds = richer[0, 1] / richer[0, 2] / (equal[0, 1] / equal[0, 2])
    assert odds == pytest.approx(2**1.5)


def test_nowhere_to_go_is_nobody_going():
    moving = levers(1, destination=jnp.zeros((3, 3)))
    np.testing.assert_array_equal(migration.destinations(moving, jnp.ones(3)), 0)


def test_without_intensity_only_the_registration_changes():
    moving = levers(2, intensity=jnp.zeros(7), registration_change=jnp.asarray(0.1))
    here, near, far = stocks(2)
    after = migration.move(
        (here, near, far), jnp.ones((1, COLUMNS)), routes_of(2, moving), moving, GEOGRAPHY
    )
    np.testing.assert_allclose(after[0], here + 0.1 * (near + far), rtol=1e-15)
    np.testing.assert_allclose(after[1], 0.9 * near, rtol=1e-15)
    np.testing.assert_allclose(after[2], 0.9 * far, rtol=1e-15)


def test_a_population_without_classes_does_not_move():
    leaf = stocks(3)[:1]
    moving = levers(3)
    after = migration.move(leaf, jnp.ones((1, COLUMNS)), routes_of(3, moving), moving, GEOGRAPHY)
    assert after is leaf


def test_registrations_of_a_place_without_migrants_are_its_own():
    origin = jnp.asarray([[0.0, 3.0], [0.0, 0.0]])
    np.testing.assert_array_equal(migration.registrations(origin), [[1.0, 0.0], [1.0, 0.0]])


def test_origins_follow_the_people_who_live_there():
    people = eqx.tree_at(
        lambda p: p.young,
        _persons(),
        (jnp.zeros((7, 200)), jnp.zeros((7, 200)), jnp.ones((7, 200))),
    )
    scaled = migration.scale_origin(origin_of(4), people, GEOGRAPHY)
    expected = np.bincount(PROVINCE) * 200.0 + np.bincount(PROVINCE) * 2.0
    np.testing.assert_allclose(scaled.sum(axis=0), expected, rtol=1e-14)


def _persons() -> migration.Persons:
    """Two people of 100 and more in every class and municipality."""
    return migration.Persons(
        tuple(jnp.zeros((7, 200)) for _ in range(3)), tuple(jnp.ones((7, 2)) for _ in range(3))
    )


class Career(eqx.Module):
    """Rights with years of both kinds and accounts."""

    members: tuple
    service: tuple = eqx.field(metadata=YEARS)
    index: tuple = eqx.field(metadata=INDEXED)
    accounts: tuple


def moved_career(
    seed: int, carried: float, wage: list[float]
) -> tuple[Career, Career, migration.Moves]:
    """A career before and after the moves of a year."""
    moving = levers(seed)
    before = Career(stocks(1), stocks(2), stocks(3), stocks(4))
    profile = jnp.asarray(np.random.default_rng(seed).uniform(0, 1, COLUMNS))
    profiles = migration.Profiles(profile, jnp.ones(2), profile)
    travel = migration.Travel(jnp.asarray(carried), jnp.asarray(wage))
    route = routes_of(seed, moving)
    after, moves = migration.move_rights(before, profiles, route, moving, GEOGRAPHY, travel)
    return before, after, moves


def whole(leaves: tuple, weight: np.ndarray | float = 1.0) -> float:
    return float(sum((np.asarray(leaf) * weight).sum() for leaf in leaves))


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_years_that_do_not_count_are_those_reported_lost(seed: int, carried: float):
    before, after, moves = moved_career(seed, carried, [1.0, 2.0, 3.0])
    lost = whole(before.service) - whole(after.service)
    np.testing.assert_allclose(np.asarray(moves.years_lost).sum(), lost, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(np.asarray(moves.years_lost).diagonal(), 0)
    assert whole(after.members) == pytest.approx(whole(before.members), rel=1e-13)
    assert whole(after.accounts) == pytest.approx(whole(before.accounts), rel=1e-13)


@given(st.integers(0, 10_000))
def test_index_years_are_indexed_by_the_wage_of_the_new_place(seed: int):
    """A base of 60,000 is an index of 1 where the wage is 60,000 and of 0.5 where it is 120,000."""
    wage = np.array([60_000.0, 120_000.0, 90_000.0])
    before, after, _ = moved_career(seed, 1.0, wage.tolist())
    local = wage[PROVINCE][:, None]
    assert whole(after.index, local) == pytest.approx(whole(before.index, local), rel=1e-13)
    same = moved_career(seed, 1.0, [5.0, 5.0, 5.0])[1]
    assert whole(same.index) == pytest.approx(whole(before.index), rel=1e-13)
