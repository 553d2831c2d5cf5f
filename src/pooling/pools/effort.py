"""How collection reacts to pooling: contributions in cash fall, rights do not.

Off unless an arrangement names a preset; the presets are published estimates (RULES 2.4), reported as such.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.parameters.model import Geography

ByCity = Float[Array, "s m"]


class Response(eqx.Module):
    """Relative fall of contributions by the province's own result."""

    surplus: Float[Array, ""]
    """Where the province's year ends in surplus without the other provinces; fraction."""
    deficit: Float[Array, ""]
    """Where it ends in deficit; fraction."""

    def factor(self, geography: Geography, own_result: ByCity) -> ByCity:
        """Cash collected over what would be collected without the response.

        Args:
            geography: municipality → province.
            own_result: contributions and scheduled subsidy less outgo before the response; currency.
        """
        result = geography.to_municipalities(geography.by_province(own_result.T)).T
        return 1 - jnp.where(result < 0, self.deficit, self.surplus)
