"""What the families of results share: names, the order of axes, flows by scheme."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import overall_ratio
from pooling.pools.arrangement import Arrangement
from pooling.schemes.scheme import Flows
from pooling.year import Model, YearResult

Named = dict[str, Float[Array, "..."]]

Municipal = Callable[[Flows, int], Float[Array, "y m"]]
"""A municipal flow under a benefit policy."""


def years_last(values: Float[Array, "y *n"]) -> Float[Array, "*n y"]:
    """The year axis moved to the end, where files have it."""
    return jnp.moveaxis(values, 0, -1)


def by_scheme(path: YearResult, flow: Municipal, policy: int = 0) -> Float[Array, "y s m"]:
    """A municipal flow of every scheme."""
    return jnp.stack([flow(each, policy) for each in path.schemes], axis=1)


def in_force(
    model: Model, path: YearResult, flow: Municipal, arrangement: Arrangement
) -> Float[Array, "y s m"]:
    """A municipal flow of every scheme under the benefit policy that the arrangement has in force."""
    policies = range(len(model.levers.policies))
    return arrangement.by_policy(tuple(by_scheme(path, flow, policy) for policy in policies))


def collected(
    flow: Float[Array, "y s m"], effort: Float[Array, "y s m"] | None
) -> Float[Array, "y s m"]:
    """What is collected of a flow that is due, where collection reacts to the arrangement."""
    return flow if effort is None else flow * effort


def standard_bill(path: YearResult, base: Float[Array, "y s n"]) -> Float[Array, "y s n"]:
    """W*: the nation's wage bill spread by average wages of all insured, as if every place collected alike.

    Args:
        path: one path.
        base: those wages by municipality, province or fund.
    """
    bill = by_scheme(path, lambda flow, _: flow.wage_bill)
    return base * overall_ratio(bill, path.standard_wages)
