"""Cost of treatment by hand: a sum over ages, prices at home, people insured where they do not live."""

import jax.numpy as jnp
import numpy as np
import pytest

from pooling.axes import CLASSES
from pooling.parameters.model import Geography
from pooling.population.ring import LIFE, rings_of
from pooling.schemes.calendar import Place, Rings
from pooling.schemes.insured_place import insured_places
from pooling.schemes.medical_cost import (
    Load,
    Treatment,
    cost_at_insurance,
    cost_at_residence,
    cost_tables,
    load_of,
)

RINGS = Rings(*rings_of(18, 59, 61))
ONE = jnp.ones(())
# Two provinces of one municipality; those registered in the other one are all from there.
PLACE = Place(
    Geography(jnp.asarray([0, 1]), jnp.eye(2)), jnp.asarray([[0.0, 1.0], [1.0, 0.0]]), jnp.ones(2)
)
TREATMENT = Treatment(jnp.asarray(2000.0), jnp.asarray([1.5, 0.8]), jnp.asarray(0.25))


@pytest.mark.parametrize("elapsed", [0, 7])
def test_sum_over_ages_by_hand(elapsed: int):
    # 10 boys of 3 at 1.0, 20 women of 30 at 0.7, 5 men of 70 at 2.6, 2 women of 100 at 3.3:
    # 10 + 14 + 13 + 6.6 = 43.6.
    heads, index = np.zeros((1, 2, 100)), np.ones((2, 101))
    heads[0, 0, 3], heads[0, 1, 30], heads[0, 0, 70] = 10, 20, 5
    index[1, 30], index[0, 70], index[1, 100] = 0.7, 2.6, 3.3
    year = jnp.asarray(elapsed, jnp.int32)
    tables = cost_tables(jnp.asarray(index), RINGS, year)
    leaf = LIFE.align(jnp.asarray(heads), year)
    oldest = jnp.asarray([[0.0, 2.0]])
    np.testing.assert_allclose(load_of(leaf, oldest, tables), [43.6])


def test_people_registered_elsewhere_go_home_for_a_quarter():
    # Place 1: 100 units, 40 of them of people from place 2: 60·1.5 + 40·(.75·1.5 + .25·.8) = 90 + 53 = 143.
    # Place 2: 50 units, 10 of people from place 1: 40·.8 + 10·(.75·.8 + .25·1.5) = 32 + 9.75 = 41.75.
    load = Load(jnp.asarray([100.0, 50.0]), jnp.asarray([40.0, 10.0]))
    cost = cost_at_residence(TREATMENT, 1.1 * ONE, PLACE, load)
    np.testing.assert_allclose(cost, 2000 * 1.1 * np.array([143, 41.75]))


def test_the_fund_at_the_registration_pays_prices_of_the_residence():
    # 40 units of people from place 2 live in place 1; three quarters of them are insured in place 2. There a quarter of
    # their treatment takes place: 30·(.75·1.5 + .25·.8) = 39.75 is paid by place 2, 10·1.325 = 13.25 by place 1.
    places = insured_places(PLACE, jnp.asarray([1.0, 1.0, 0.25]), jnp.ones(2))
    local, near, far = jnp.asarray([60.0, 0.0]), jnp.zeros(2), jnp.asarray([40.0, 0.0])
    cost = cost_at_insurance(TREATMENT, ONE, PLACE, places, (local, near, far))
    np.testing.assert_allclose(cost, 2000 * np.array([90 + 13.25, 39.75]))
    assert len(CLASSES) == 3


def test_who_is_insured_at_the_registration_pays_the_prices_of_that_town():
    # 40 units of people from province 2 live in town 1 and are insured at home, a quarter of them in town 2, the others in
    # town 3: 10·(.75·1.5 + .25·.8) = 13.25 and 30·(.75·1.5 + .25·1.2) = 42.75.
    towns = Geography(jnp.asarray([0, 1, 1]), jnp.asarray([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]))
    place = Place(towns, PLACE.claim, jnp.asarray([1.0, 0.25, 0.75]))
    treatment = Treatment(jnp.asarray(2000.0), jnp.asarray([1.5, 0.8, 1.2]), jnp.asarray(0.25))
    places = insured_places(place, jnp.asarray([1.0, 1.0, 0.0]), jnp.ones(2))
    none, far = jnp.zeros(3), jnp.asarray([40.0, 0.0, 0.0])
    cost = cost_at_insurance(treatment, ONE, place, places, (none, none, far))
    np.testing.assert_allclose(cost, 2000 * np.array([0, 13.25, 42.75]))


def test_both_ways_of_counting_agree_where_all_are_insured_where_they_live():
    loads = tuple(jnp.asarray(each) for each in ([60.0, 30.0], [7.0, 3.0], [40.0, 10.0]))
    places = insured_places(PLACE, jnp.ones(3), jnp.ones(2))
    there = cost_at_insurance(TREATMENT, ONE, PLACE, places, loads)
    here = cost_at_residence(TREATMENT, ONE, PLACE, Load(loads[0] + loads[1] + loads[2], loads[2]))
    np.testing.assert_allclose(there, here)
