"""What the families of results share: names, the order of axes, flows by scheme."""

from collections.abc import Callable, Iterable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import overall_ratio
from pooling.pools.arrangement import Arrangement, Pooling
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


class LocalFlows(eqx.Module):
    """Flows of the municipalities as every arrangement has them: its benefit policy, its collection; currency a year."""

    benefits: Float[Array, "y s a m"]
    wage_bill: Float[Array, "y s a m"]
    contributions: Float[Array, "y s a m"]
    scheduled_subsidy: Float[Array, "y s a m"]


def local_flows(model: Model, path: YearResult) -> LocalFlows:
    """Benefits and subsidies in force, and what is collected, side by side for all arrangements."""
    arrangements = model.pooling.arrangements

    def beside(flows: Iterable[Float[Array, "y s m"]]) -> Float[Array, "y s a m"]:
        return jnp.stack(list(flows), axis=2)

    def forced(flow: Municipal) -> Float[Array, "y s a m"]:
        return beside(in_force(model, path, flow, each) for each in arrangements)

    def cash(flow: Municipal) -> Float[Array, "y s a m"]:
        due = by_scheme(path, flow)
        return beside(collected(due, effort) for effort in path.effort)

    return LocalFlows(
        benefits=forced(Flows.outgo),
        wage_bill=cash(lambda flow, _: flow.wage_bill),
        contributions=cash(lambda flow, _: flow.contributions),
        scheduled_subsidy=forced(lambda flow, p: flow.scheduled_subsidy[p].sum(axis=-2)),
    )


def over_funds(
    function: Callable[..., Float[Array, "y s"]], pooling: Pooling, by_fund: Float[Array, "y s f"]
) -> Float[Array, "y s a"]:
    """A reduction of the last axis over the funds of every arrangement."""
    return jnp.stack([function(part, axis=-1) for part in pooling.split(by_fund)], axis=-1)


def standard_bill(path: YearResult, base: Float[Array, "y s n"]) -> Float[Array, "y s n"]:
    """W*: the nation's wage bill spread by average wages of all insured, as if every place collected alike.

    Args:
        path: one path.
        base: those wages by municipality, province or fund.
    """
    bill = by_scheme(path, lambda flow, _: flow.wage_bill)
    return base * overall_ratio(bill, path.standard_wages)
