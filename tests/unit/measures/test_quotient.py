import jax
import jax.numpy as jnp
import numpy as np

from pooling.measures.quotient import quotient


def test_no_positive_base_no_number():
    part = jnp.asarray([1.0, 1.0, -3.0, 0.0, np.nan], jnp.float32)
    whole = jnp.asarray([4.0, 0.0, -2.0, np.nan, 2.0], jnp.float32)
    result = quotient(part, whole)
    assert result.dtype == jnp.float32
    np.testing.assert_array_equal(result, [0.25, np.nan, np.nan, np.nan, np.nan])


def test_a_base_below_one_is_a_base():
    np.testing.assert_array_equal(
        quotient(jnp.asarray([3.0, -2.0]), jnp.asarray([0.5, 1.0])), [6, -2]
    )


def test_an_empty_base_has_no_slope():
    """A NaN in the slope of one place would reach the derivative of every sum over places."""
    part, whole = jnp.asarray([3.0, 3.0, 3.0]), jnp.asarray([0.5, 0.0, -2.0])

    def defined(part: jnp.ndarray, whole: jnp.ndarray) -> jnp.ndarray:
        return jnp.sum(jnp.nan_to_num(quotient(part, whole)))

    # d/dp = 1 ÷ 0.5, d/dw = −3 ÷ 0.25.
    by_part, by_whole = jax.grad(defined, argnums=(0, 1))(part, whole)
    np.testing.assert_array_equal(by_part, [2, 0, 0])
    np.testing.assert_array_equal(by_whole, [-12, 0, 0])
