"""Sums between provinces against hand computations."""

import jax.numpy as jnp
import numpy as np

from pooling.parameters.model import Geography
from pooling.schemes.benefits_elsewhere import Passage, passed, to_others
from pooling.schemes.calendar import Place
from pooling.schemes.insured_place import InsuredPlaces
from pooling.schemes.medical_cost import Treatment, treated_at_registration, treated_at_residence

TREATMENT = Treatment(
    level=jnp.asarray(100.0), price=jnp.asarray([2.0, 1.0]), at_registration=jnp.asarray(0.25)
)
"""Two provinces of one municipality each; a quarter of the treatment is given at the registration."""
PLACE = Place(
    Geography(jnp.asarray([0, 1]), jnp.eye(2)),
    claim=jnp.asarray([[0.0, 1.0], [1.0, 0.0]]),
    home_share=jnp.ones(2),
)
FAR = jnp.asarray([30.0, 4.0])
"""Person-years times index of those registered in the other province, by residence."""


def test_a_stock_passes_a_year_as_the_paying_province_does():
    # Province 0 has 50 in payment, pays 52 of it in the year and has 45 left: 10/50 of each goes to province 1.
    stock = jnp.asarray([[0.0, 10.0], [0.0, 0.0]])
    year = Passage(*(jnp.asarray(each) for each in ([50.0, 0.0], [52.0, 0.0], [45.0, 0.0])))
    paid, left = passed(stock, year)
    np.testing.assert_allclose(paid, [[0, 10.4], [0, 0]], rtol=1e-15)
    np.testing.assert_allclose(left, [[0, 9], [0, 0]], rtol=1e-15)


def test_what_people_bring_is_summed_where_they_claim():
    # Residence 0 brings 3 and 5 (two cohorts) and claims 0.4 of it in province 1, where the cohorts count 10 and 1;
    # residence 1 brings 7 and 0 and claims 0.1 in province 0 (2 and 3). What is claimed at home is none.
    share = jnp.asarray([[0.6, 0.4], [0.1, 0.9]])
    weight = jnp.asarray([[2.0, 3.0], [10.0, 1.0]])
    brought = jnp.asarray([[3.0, 5.0], [7.0, 0.0]])
    expected = [[0, 0.1 * 7 * 2], [0.4 * (3 * 10 + 5 * 1), 0]]
    np.testing.assert_allclose(to_others(share, weight, brought), expected, rtol=1e-15)


def test_treatment_at_the_registration_is_paid_where_people_are_insured():
    # 100 a unit x growth 2 x a quarter x 30 people of province 0 at the price 1 of province 1; 4 of 1 at the price 2 of 0.
    pairs = treated_at_registration(TREATMENT, jnp.asarray(2.0), PLACE, FAR)
    expected = [[0, 100 * 2 * 0.25 * 30 * 1], [100 * 2 * 0.25 * 4 * 2, 0]]
    np.testing.assert_allclose(pairs, expected, rtol=1e-15)


def test_treatment_where_people_live_is_paid_by_their_registration():
    # 0.8 of those who live in 0 are insured in 1, and three quarters of their treatment is given in 0 at the price 2.
    places = InsuredPlaces(
        near=jnp.ones(()),
        own=jnp.asarray([0.2, 0.5]),
        away=jnp.asarray([[0.0, 0.8], [0.5, 0.0]]),
        reach=jnp.ones(2),
    )
    pairs = treated_at_residence(TREATMENT, jnp.asarray(1.0), PLACE, places, FAR)
    expected = [[0, 100 * 0.75 * 0.5 * 4 * 1], [100 * 0.75 * 0.8 * 30 * 2, 0]]
    np.testing.assert_allclose(pairs, expected, rtol=1e-15)
