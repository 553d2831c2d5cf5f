"""What happens when a pool is empty: governments pay, it borrows, or benefits are cut to what is payable."""

from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

PoolFlow = Float[Array, "s q"]


class Closed(eqx.Module):
    """How a year's account is closed; currency."""

    balance: PoolFlow
    subsidy: PoolFlow
    """Paid by governments."""
    cut: PoolFlow
    """Scheduled benefits that are not paid."""
    interest: PoolFlow
    """Of the year, the spread on debt included."""


class Deficit(eqx.Module):
    """The rule of a stage."""

    rule: Literal["subsidy", "borrow", "cut"] = eqx.field(static=True)
    shares: Float[Array, " payer"]
    """Shares of the governments in a deficit subsidy, in the order of the payer axis; sum to 1."""
    spread: Float[Array, ""]
    """Interest on debt above the fund's return; a year."""

    def close(
        self, opening: PoolFlow, net: PoolFlow, interest: PoolFlow, outgo: PoolFlow
    ) -> Closed:
        """Close the account of a year.

        Args:
            opening: balance on 1 January; negative where the pool has borrowed.
            net: income less outgo of the year without interest and deficit subsidy.
            interest: the fund's return on balance and net flow.
            outgo: scheduled benefits and other outgo of the year.
        """
        nothing = jnp.zeros_like(net)
        if self.rule == "borrow":
            with_spread = interest + self.spread * jnp.minimum(opening, 0)
            return Closed(opening + net + with_spread, nothing, nothing, with_spread)
        left = opening + net + interest
        short = jnp.maximum(-left, 0)
        cut = jnp.minimum(short, outgo) if self.rule == "cut" else nothing
        # What a cut of all benefits would not cover (rights that left with movers) is paid all the same.
        return Closed(jnp.maximum(left, 0), short - cut, cut, interest)
