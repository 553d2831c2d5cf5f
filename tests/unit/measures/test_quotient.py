import jax.numpy as jnp
import numpy as np

from pooling.measures.quotient import quotient


def test_no_positive_base_no_number():
    part = jnp.asarray([1.0, 1.0, -3.0, 0.0, np.nan], jnp.float32)
    whole = jnp.asarray([4.0, 0.0, -2.0, np.nan, 2.0], jnp.float32)
    result = quotient(part, whole)
    assert result.dtype == jnp.float32
    np.testing.assert_array_equal(result, [0.25, np.nan, np.nan, np.nan, np.nan])
