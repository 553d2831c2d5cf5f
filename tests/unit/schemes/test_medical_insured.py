"""Who is in which health insurance, cell by cell, in figures that can be counted."""

import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pooling.numerics import add
from pooling.schemes.medical_insured import tell_apart

HALF = jnp.asarray(0.5)


def leaf(*values: float) -> jnp.ndarray:
    return jnp.asarray([values])


def test_others_are_people_less_employees_less_retired():
    # 100 locals and 50 from elsewhere; 80 and 20 members, half of them insured; 30 pensioners, half of them insured.
    # 60 and 40 are no employees: the 15 retired are 9 and 6 of them.
    found = tell_apart((leaf(100.0), leaf(50.0)), (leaf(80.0), leaf(20.0)), leaf(30.0), HALF, HALF)
    np.testing.assert_allclose([float(each[0, 0]) for each in found.active], [40, 10])
    np.testing.assert_allclose(found.retired, [[15]])
    np.testing.assert_allclose([float(each[0, 0]) for each in found.others], [51, 34])


def test_no_more_insured_than_people():
    # 300 members of a place of 100; 300 pensioners where 20 are no employees.
    one = jnp.ones(())
    found = tell_apart((leaf(100.0, 100.0),), (leaf(300.0, 80.0),), leaf(10.0, 300.0), one, one)
    np.testing.assert_allclose(found.active[0], [[100, 80]])
    np.testing.assert_allclose(found.retired, [[0, 20]])
    np.testing.assert_allclose(found.others[0], [[0, 0]])


HEADS = arrays(float, (2, 3), elements=st.floats(0, 1e6))


@given(HEADS, HEADS, HEADS, HEADS, HEADS, st.floats(0, 1.5), st.floats(0, 1.5))
def test_everybody_is_in_one_place(
    local: np.ndarray,
    far: np.ndarray,
    members: np.ndarray,
    far_members: np.ndarray,
    pensioners: np.ndarray,
    active_share: float,
    retired_share: float,
):
    people = (jnp.asarray(local), jnp.asarray(far))
    found = tell_apart(
        people,
        (jnp.asarray(members), jnp.asarray(far_members)),
        jnp.asarray(pensioners),
        jnp.asarray(active_share),
        jnp.asarray(retired_share),
    )
    every = add(found.active) + found.retired + add(found.others)
    np.testing.assert_allclose(every, add(people), rtol=1e-12, atol=1e-9)
    for part in (*found.active, found.retired, *found.others):
        assert (np.asarray(part) >= -1e-9).all()
