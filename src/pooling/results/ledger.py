"""Who pays whom between provinces, channel by channel: [.., origin, destination], the origin pays the destination.

Rows less columns of a channel are the provinces' net payments, and the whole sums to zero.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.measures.redistribution import bilateral
from pooling.results.family import Named, years_last
from pooling.results.subsidies import for_registered_elsewhere
from pooling.year import Model, YearResult


def ledger(model: Model, path: YearResult, net: Float[Array, "s arrangement p y"]) -> Named:
    """Quantities by scheme, origin province and destination province.

    Args:
        model: as of :func:`pooling.results.of_path`.
        path: one path.
        net: net transfers of the provinces, which sum to zero.
    """
    person = model.levers.subsidy_person_share[:, None, None, None]
    named = {
        "ledger_settlement": bilateral(jnp.moveaxis(net, -1, 0)),
        "ledger_moving": _moving(path),
        "ledger_subsidy": (1 - person) * for_registered_elsewhere(model, path),
        "ledger_benefits": jnp.stack([flow.benefits_elsewhere for flow in path.schemes], axis=1),
    }
    return {name: years_last(values) for name, values in named.items()}


def _moving(path: YearResult) -> Float[Array, "y s p p"]:
    """Money that follows members between provinces where provinces are pools of their own."""
    flows = jnp.stack([moves.between for moves in path.moves], axis=1)
    others = 1 - jnp.eye(flows.shape[-1], dtype=flows.dtype)[None, None]
    return flows * path.transfer_value[..., None, None] * others
