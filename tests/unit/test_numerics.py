"""The division of shares against arithmetic, and numbers that become arrays of the program."""

import jax
import jax.numpy as jnp
import numpy as np

from pooling.numerics import as_array, overall_ratio, ratio


def test_a_ratio_is_nothing_where_there_is_nothing():
    part, whole = jnp.asarray([1.0, 3.0, 2.0, 0.0]), jnp.asarray([4.0, 0.0, -1.0, 5.0])
    np.testing.assert_array_equal(ratio(part, whole), [0.25, 0, 0, 0])


def test_an_overall_ratio_is_of_sums():
    part, whole = jnp.asarray([[1.0, 2.0], [1.0, 1.0]]), jnp.asarray([[4.0, 5.0, 3.0], [0, 0, 0]])
    np.testing.assert_array_equal(overall_ratio(part, whole), [[0.25], [0]])


def test_numbers_of_any_kind_become_one_strong_array():
    for given in (0.5, [0.5, 2], np.float64(0.5), np.ones((2, 3)), jnp.asarray(0.5)):
        found = as_array(given)
        assert isinstance(found, jax.Array)
        assert not found.weak_type
        np.testing.assert_array_equal(found, np.asarray(given))
        assert found.dtype == np.float64
    assert as_array([1, 2], np.int32).dtype == np.int32
