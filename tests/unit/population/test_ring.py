"""Cohorts that stay in place against a bookkeeping by age that moves them every year."""

import jax.numpy as jnp
import numpy as np
import pytest

from pooling.population.ring import (
    LIFE,
    Ring,
    empty,
    leavers,
    renew,
    rings_of,
)

YEARS = 130
WINDOWS = [LIFE, Ring(18, 50), Ring(50, 50), Ring(16, 50), Ring(0, 50)]
NESTED = [(LIFE, LIFE), (LIFE, Ring(18, 50)), (LIFE, Ring(0, 50)), (Ring(18, 50), Ring(43, 25))]
"""A ring and a window of it."""


def now(elapsed: int) -> jnp.ndarray:
    return jnp.int32(elapsed)


def by_hand(ring: Ring, seed: int) -> tuple[np.ndarray, np.random.Generator]:
    """A stock of three places by sex and age, and what draws the rest."""
    random = np.random.default_rng(seed)
    return random.uniform(1, 9, (3, 2, ring.size)), random


@pytest.mark.parametrize("ring", WINDOWS, ids=str)
def test_130_years_of_ageing(ring: Ring):
    stock, random = by_hand(ring, 1)
    leaf = ring.from_ages(jnp.asarray(stock))
    for elapsed in range(YEARS):
        np.testing.assert_array_equal(ring.by_age(leaf, now(elapsed)), stock)
        turn = ring.turn(now(elapsed))
        survival = random.uniform(0.5, 1, (2, ring.size))
        new = random.uniform(1, 9, (3, 2))
        leaf = leaf * ring.align(jnp.asarray(survival), now(elapsed))[None]
        stock = stock * survival
        np.testing.assert_array_equal(leavers(leaf, turn), stock[:, :, -1])
        np.testing.assert_array_equal(
            ring.by_age(empty(leaf, turn), now(elapsed)),
            np.where(np.arange(ring.size) == ring.size - 1, 0, stock),
        )
        leaf = renew(leaf, turn, jnp.asarray(new))
        stock = np.concatenate([new[:, :, None], stock[:, :, :-1]], axis=-1)


@pytest.mark.parametrize("ring", WINDOWS, ids=str)
@pytest.mark.parametrize("elapsed", [0, 1, 49, 50, 51, 99, 100, 129])
def test_tables_in_age_order_come_back_in_age_order(ring: Ring, elapsed: int):
    table = by_hand(ring, 2)[0]
    laid = ring.align(jnp.asarray(table), now(elapsed))
    np.testing.assert_array_equal(ring.by_age(laid, now(elapsed)), table)
    ages = ring.ages(now(elapsed))
    assert sorted(np.asarray(ages).tolist()) == list(range(ring.first, ring.last + 1))
    of_age = np.broadcast_to(np.arange(ring.first, ring.last + 1.0), (1, 2, ring.size))
    slots = np.asarray(ring.align(jnp.asarray(of_age), now(elapsed)))[0]
    for slot, age in enumerate(np.asarray(ages)):
        for sex in range(2):
            assert slots[slot // 25 * 50 + sex * 25 + slot % 25] == age


@pytest.mark.parametrize(("outer", "ring"), NESTED, ids=str)
def test_a_window_of_a_ring_for_130_years(outer: Ring, ring: Ring):
    everybody, _ = by_hand(outer, 3)
    ages = slice(ring.first - outer.first, ring.last + 1 - outer.first)
    np.testing.assert_array_equal(ring.cut(outer, everybody), everybody[:, :, ages])
    for elapsed in range(YEARS):
        laid = outer.align(jnp.asarray(everybody), now(elapsed))
        turn = ring.turn(now(elapsed))
        window = ring.within(outer, laid, turn)
        np.testing.assert_array_equal(ring.by_age(window, now(elapsed)), everybody[:, :, ages])
        back = outer.by_age(ring.onto(outer, window, turn), now(elapsed))
        np.testing.assert_array_equal(back[:, :, ages], everybody[:, :, ages])
        assert float(back.sum()) == pytest.approx(float(window.sum()))


def test_a_cohort_meets_itself_on_every_ring():
    """The column of people born in one year is the same on the rings of 50 and, modulo 50, of all."""
    work, pension = Ring(18, 50), Ring(50, 50)
    for elapsed in range(YEARS):
        ages = [np.asarray(ring.ages(now(elapsed))) for ring in (work, pension, LIFE)]
        for age in range(50, 68):
            slots = [int(np.flatnonzero(each == age)[0]) for each in ages]
            assert slots[0] == slots[1] == slots[2] % 50


def test_half_rings_where_the_ages_fit():
    work, pension = Ring(18, 50), Ring(50, 50)
    assert rings_of(18, 49, 62) == (work, pension, Ring(43, 25))
    assert rings_of(18, 49, 67) == (work, pension, Ring(43, 25))
    assert rings_of(0, 49, 49) == (Ring(0, 50), pension, Ring(25, 25))
    assert rings_of(16, 50, 65)[:2] == (Ring(16, 50), Ring(50, 50))
    assert rings_of(16, 50, 66) == (LIFE, LIFE, Ring(50, 50))
    assert rings_of(18, 48, 62) == (LIFE, LIFE, Ring(48, 50))
    assert rings_of(18, 40, 95) == (LIFE, LIFE, LIFE)


def test_an_award_stands_where_the_pension_ring_expects_it():
    work, pension, award = rings_of(18, 49, 62)
    for elapsed in range(YEARS):
        by_age = np.zeros((1, 2, 50))
        by_age[0, :, 55 - work.first] = [3, 4]
        leaf = work.align(jnp.asarray(by_age), now(elapsed))
        turn = award.turn(now(elapsed))
        new = award.onto(pension, award.within(work, leaf, turn), turn)
        # A year later, at 56, they are on the pension ring.
        older = np.asarray(pension.by_age(new, now(elapsed + 1)))
        assert older[0, :, 56 - pension.first].tolist() == [3, 4]
        assert older.sum() == 7
