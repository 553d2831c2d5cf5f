"""The division of shares against arithmetic."""

import jax.numpy as jnp
import numpy as np

from pooling.numerics import overall_ratio, ratio


def test_a_ratio_is_nothing_where_there_is_nothing():
    part, whole = jnp.asarray([1.0, 3.0, 2.0, 0.0]), jnp.asarray([4.0, 0.0, -1.0, 5.0])
    np.testing.assert_array_equal(ratio(part, whole), [0.25, 0, 0, 0])


def test_an_overall_ratio_is_of_sums():
    part, whole = jnp.asarray([[1.0, 2.0], [1.0, 1.0]]), jnp.asarray([[4.0, 5.0, 3.0], [0, 0, 0]])
    np.testing.assert_array_equal(overall_ratio(part, whole), [[0.25], [0]])
