"""Where the money for a province's benefits comes from: its own contributions, and channel by channel what fills the rest.

Pools close their accounts, so that own contributions and channels add up to the benefits. What a pool draws from reserves,
receives as deficit subsidy or cuts is its members' in proportion to their wage bills, as in the cash version of the net
transfer; money from other provinces is that net transfer; the scheduled subsidy is the province's own.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.measures.quotient import quotient
from pooling.numerics import dot, ratio
from pooling.results.family import LocalFlows, Named, years_last
from pooling.year import Model, YearResult


def financing(
    model: Model, path: YearResult, local: LocalFlows, cash: Float[Array, "s a p y"]
) -> Named:
    """Shares of the benefits of a province that every channel pays [scheme, arrangement, channel, province, year].

    Args:
        model: as of :func:`pooling.results.of_path`.
        path: one path.
        local: flows of the municipalities in every arrangement.
        cash: cash version of the net transfers of the provinces.
    """
    pooling, year, membership = model.pooling, path.funds, model.levers.geography.membership
    benefits = dot(local.benefits, membership)

    def of_members(amount: Float[Array, "y s f"]) -> Float[Array, "y s a p"]:
        per_wage = pooling.of_pool(ratio(amount, year.wage_bill))
        return dot(per_wage * local.wage_bill, membership)

    drawn = year.opening_balance + year.interest - year.closing_balance
    # Reserve funds beside the pools are the province's: its adjustment fund, accounts of its municipalities.
    held = pooling.adjustment_funds(drawn, membership.shape[1]) + dot(
        pooling.of_municipality(drawn), membership
    )
    channels = [
        jnp.moveaxis(cash, -1, 0),
        of_members(drawn) + held,
        dot(local.scheduled_subsidy, membership),
        of_members(year.deficit_subsidy),
        of_members(year.benefit_cut),
        of_members(year.moved_in - year.moved_out),
    ]
    shares = jnp.stack([quotient(each, benefits) for each in channels], axis=3)
    return {"coverage_channel_province": years_last(shares)}
