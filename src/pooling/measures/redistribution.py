"""Who pays for whom: transfers that a pooling arrangement makes between municipalities."""

import jax.numpy as jnp
from jaxtyping import Array, Float

Values = Float[Array, "..."]


def net_transfer(
    benefits: Values,
    wage_bill: Values,
    pool_benefits: Values,
    pool_wage_bill: Values,
    settlement: Values,
) -> Values:
    """Net transfer Tᵢ = Bᵢ − (Wᵢ/W_q)(B_q − S_q) to the municipality i in the pool q.

    What is paid there minus what its wage bill would pay if everybody in the pool carried the same cost rate. Sums to
    S_q in every pool with a wage bill, and to zero over the country. With Bᵢ − Cᵢ − Gᵢ (benefits less contributions
    and scheduled subsidy) in the place of benefits it is the cash version.

    Args:
        benefits: B, outgo of the municipality; currency.
        wage_bill: W, covered wage bill of the municipality; currency.
        pool_benefits: outgo of the whole pool that the municipality belongs to, in the shape of ``benefits``.
        pool_wage_bill: covered wage bill of that pool, in the same shape.
        settlement: S, net settlement that the pool receives from the other pools, in the same shape.

    Returns:
        Currency; positive = received.
    """
    some = pool_wage_bill > 0
    share = jnp.where(some, wage_bill, 0) / jnp.where(some, pool_wage_bill, 1)
    return benefits - share * (pool_benefits - settlement)


def redistribution_flow(transfers: Values, axis: int = -1) -> Values:
    """Money that changes hands: ½ Σ |Tᵢ|; currency.

    Args:
        transfers: net transfers that sum to zero along the axis.
        axis: axis of the municipalities or provinces.
    """
    return 0.5 * jnp.sum(jnp.abs(transfers), axis=axis)
