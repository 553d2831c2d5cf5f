"""Who joins, who pays, who is dormant."""

import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pooling.coverage.enrolment import active, covered, entrants

people = arrays(float, (3, 4), elements=st.floats(0, 1e7, allow_subnormal=False))


def test_members_that_coverage_asks_for():
    residents = jnp.asarray([[100.0, 200.0], [10.0, 20.0]])
    asked = covered(residents, jnp.asarray([[0.5, 0.25]]), jnp.asarray([[1.0], [1.2]]))
    np.testing.assert_allclose(asked, [[50, 50], [6, 6]], rtol=1e-15)


@given(people, people, arrays(float, (1, 4), elements=st.sampled_from([0.0, 1.0])))
def test_entrants_fill_the_gap_where_one_may_join(
    target: np.ndarray, members: np.ndarray, may_enter: np.ndarray
):
    joined = np.asarray(entrants(*map(jnp.asarray, (target, members, may_enter))))
    assert (joined >= 0).all() and not joined[:, may_enter[0] == 0].any()
    open_ages = may_enter[0] == 1
    after = (members + joined)[:, open_ages]
    expected = np.maximum(target, members)[:, open_ages]
    np.testing.assert_allclose(after, expected, rtol=1e-12)


@given(people, people)
def test_active_members_are_within_coverage_and_within_members(
    target: np.ndarray, members: np.ndarray
):
    paying = np.asarray(active(jnp.asarray(target), jnp.asarray(members)))
    np.testing.assert_array_equal(paying, np.minimum(target, members))
