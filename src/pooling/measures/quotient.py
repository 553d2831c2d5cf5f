"""The one division of the measures: an empty base gives no number."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


@jax.jit
def quotient(part: Float[Array, "..."], whole: Float[Array, "..."]) -> Float[Array, "..."]:
    """part ÷ whole; NaN where the whole is not positive.

    Args:
        part: of any unit.
        whole: of as many dimensions as the part.
    """
    return jnp.where(whole > 0, part / jnp.where(whole > 0, whole, 1), jnp.nan)
