"""Places of insurance in a country of two provinces and three municipalities, counted by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from pooling.parameters.model import Geography
from pooling.schemes.calendar import Place
from pooling.schemes.insured_place import at_insurance, insured_places, seen_from_residence

PLACE = Place(
    Geography(jnp.asarray([0, 0, 1]), jnp.asarray([[1.0, 0], [1, 0], [0, 1]])),
    jnp.asarray([[0.0, 1.0], [1.0, 0.0]]),
    jnp.asarray([0.75, 0.25, 1.0]),
)
"""Municipalities 0 and 1 are in the first province; its registered people are 3 to 1 in them."""
SHARES = jnp.asarray([1.0, 0.5, 0.2])
HEADS = tuple(
    jnp.asarray([[local], [near], [far]])
    for local, near, far in [(100.0, 200.0, 300.0), (40.0, 0.0, 0.0), (10.0, 0.0, 50.0)]
)
"""By class: registered here; elsewhere in the province; in the other province."""


def test_people_are_insured_where_they_live_or_are_registered():
    places = insured_places(PLACE, SHARES, jnp.ones(2))
    found = np.asarray(at_insurance(places, PLACE, HEADS))[:, 0]
    # Municipality 0: 100 locals, half of 40, a fifth of 10; of the other 20, and of 40 from the second province, 3/4.
    assert found == pytest.approx(
        [100 + 20 + 2 + 0.75 * (20 + 40), 200 + 0.25 * (20 + 40), 300 + 10 + 8]
    )
    assert found.sum() == pytest.approx(700)


def test_a_place_that_insures_few_gets_few():
    # Of people registered in the other province 0.2 x 0.5 come under the first province and 0.8 x 1 under the second.
    places = insured_places(PLACE, SHARES, jnp.asarray([0.5, 1.0]))
    assert np.asarray(places.reach) == pytest.approx([0.9, 0.2 + 0.8 * 0.5])
    assert float(places.own[0]) == pytest.approx(0.1 / 0.9)
    assert float(places.away[0, 1]) == pytest.approx(0.8 / 0.9)
    assert np.asarray(at_insurance(places, PLACE, HEADS)).sum() == pytest.approx(700)


def test_amounts_seen_from_the_residence_pay_what_the_places_pay():
    places = insured_places(PLACE, SHARES, jnp.asarray([0.5, 1.0]))
    premium = jnp.asarray([[300.0], [500.0]])
    seen = seen_from_residence(places, PLACE, premium, 3)
    where_they_live = sum(
        float((leaf * each).sum()) for leaf, each in zip(HEADS, seen, strict=True)
    )
    there = at_insurance(places, PLACE, HEADS)[:, 0]
    assert where_they_live == pytest.approx(
        float(jnp.sum(there * premium[PLACE.geography.province, 0]))
    )


def test_a_population_without_classes_stays_where_it_is():
    places = insured_places(PLACE, SHARES, jnp.ones(2))
    assert at_insurance(places, PLACE, HEADS[:1]) is HEADS[0]
