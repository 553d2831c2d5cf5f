import jax.numpy as jnp
import numpy as np

from pooling.pools.effort import Response
from pools_by_hand import geography


def test_collection_falls_by_the_sign_of_the_provinces_result():
    """Provinces of municipalities 0 and 2, 1 and 3; an even result is no deficit."""
    response = Response(jnp.asarray(0.1), jnp.asarray(0.3))
    own = jnp.asarray([[5.0, -1.0, -5.5, -2.0], [-0.5, 3.0, 0.5, -3.5], [1.0, 1.0, 0.0, -0.5]])
    np.testing.assert_allclose(
        response.factor(geography(np.array([0, 1, 0, 1])), own),
        # Results −0.5 and −3; 0 and −0.5; 1 and 0.5.
        [[0.7] * 4, [0.9, 0.7, 0.9, 0.7], [0.9] * 4],
        rtol=1e-15,
    )
