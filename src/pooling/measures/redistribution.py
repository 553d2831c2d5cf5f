"""Who pays for whom: transfers that a pooling arrangement makes between municipalities."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import ratio

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
    return benefits - ratio(wage_bill, pool_wage_bill) * (pool_benefits - settlement)


def bilateral(transfers: Float[Array, "*n p"]) -> Float[Array, "*n p p"]:
    """Who pays whom: every payer pays the receivers in proportion to what they receive.

    L[o, d] = max(−T_o, 0) · max(T_d, 0) ÷ Σ max(T, 0); currency. Pools know only what each pays in and takes out, so
    that pairs are an attribution, not a contract. Columns less rows are the net transfers.

    Args:
        transfers: net transfers T that sum to zero along the last axis; positive = received.
    """
    received, paid = jnp.maximum(transfers, 0), jnp.maximum(-transfers, 0)
    whole = jnp.sum(received, axis=-1, keepdims=True)
    return paid[..., :, None] * ratio(received, whole)[..., None, :]


def redistribution_flow(transfers: Values, axis: int = -1) -> Values:
    """Money that changes hands: ½ Σ |Tᵢ|; currency.

    Args:
        transfers: net transfers that sum to zero along the axis.
        axis: axis of the municipalities or provinces.
    """
    return 0.5 * jnp.sum(jnp.abs(transfers), axis=axis)
