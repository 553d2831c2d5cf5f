"""A stationary population stays as it is; shares and births by hand."""

import jax.numpy as jnp
import numpy as np

from pooling.population import vital

YEARS = 40


def test_a_stationary_population_stays_as_it_is():
    age = np.arange(101)
    survival = np.clip(1 - 1e-4 * np.exp(0.09 * age), 0.2, 1) * np.ones((2, 1))
    survival[1] **= 0.7
    ratio = 1.05
    sex = np.array([ratio, 1.0]) / (1 + ratio)
    stock = np.zeros((2, 101))
    stock[:, :100] = np.cumprod(survival[:, :100], axis=1) * sex[:, None] * 1000
    stock[:, 100] = stock[:, 99] * survival[:, 100] / (1 - survival[:, 100])
    fertility = np.zeros(101)
    fertility[25] = 1.0
    # Women of 25 before and after the year's deaths bear the 1,000 children.
    women = 0.5 * (stock[1, 25] + stock[1, 24] * survival[1, 25])
    fertility[25] = 1000 / women
    after = vital.project(
        jnp.asarray(stock)[None, :, :, None],
        jnp.asarray(np.broadcast_to(survival[None, :, :, None], (YEARS, 2, 101, 1))),
        jnp.asarray(np.broadcast_to(fertility, (YEARS, 101))),
        jnp.full(YEARS, ratio),
        jnp.zeros((YEARS, 2, 101)),
    )
    expected = np.broadcast_to(stock[None, :, :, None], after.shape)
    np.testing.assert_allclose(after, expected, rtol=1e-10)


def test_net_migrants_are_spread_as_the_people_are_and_never_exceed_them():
    stock = np.zeros((1, 2, 101, 2))
    stock[0, 0, 30] = [100.0, 300.0]
    stock[0, 1, 40] = [10.0, 30.0]
    net = np.zeros((1, 2, 101))
    net[0, 0, 31], net[0, 1, 41], net[0, 1, 60] = 40.0, -500.0, 7.0
    after = np.asarray(
        vital.project(
            jnp.asarray(stock),
            jnp.ones((1, 2, 101, 2)),
            jnp.zeros((1, 101)),
            jnp.ones(1),
            jnp.asarray(net),
        )
    )[0]
    np.testing.assert_allclose(after[0, 31], [110.0, 330.0], rtol=1e-14)
    assert after.sum() == after[0, 31].sum(), "nobody else is left, nor where nobody was"


def test_people_come_back_in_age_order():
    people = np.random.default_rng(1).uniform(1, 9, (3, 2, 101, 4))
    persons = vital.from_ages(jnp.asarray(people))
    np.testing.assert_allclose(vital.by_age(persons, jnp.int32(0)), people.sum(axis=0), rtol=1e-15)
    np.testing.assert_allclose(np.stack(vital.heads(persons)), people.sum(axis=(1, 2)), rtol=1e-13)
