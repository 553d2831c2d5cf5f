"""What members who change province lose on the way: money that stays with the fund they leave, years that no longer count.

Rights follow Guobanfa [2009] 66: the account and a part of the pooled contributions move, years add up.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.results.family import Named, years_last
from pooling.year import YearResult

Pairs = Float[Array, "y s p p"]


def mobility(path: YearResult) -> Named:
    """Quantities by scheme and province of departure or of arrival."""
    kept = _elsewhere(jnp.stack([moves.between for moves in path.moves], axis=1))
    kept = kept * path.kept_value[..., None, None]
    lost = jnp.stack([moves.years_lost for moves in path.moves], axis=1)
    named: Named = {}
    for name, pairs in {"pooled_part_kept": kept, "service_years_lost": lost}.items():
        named[f"{name}_origin"] = years_last(jnp.sum(pairs, axis=-1))
        named[f"{name}_destination"] = years_last(jnp.sum(pairs, axis=-2))
    return named


def _elsewhere(pairs: Pairs) -> Pairs:
    """Without what stays in its province."""
    return pairs * (1 - jnp.eye(pairs.shape[-1], dtype=pairs.dtype))[None, None]
