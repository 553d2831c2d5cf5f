"""Where the money for a province's benefits comes from: its own contributions, and channel by channel what fills the rest.

Pools close their accounts, so that own contributions and channels add up to the benefits. What a pool draws from reserves,
receives as deficit subsidy or cuts is its members' in proportion to their wage bills, as in the cash version of the net
transfer; money from other provinces is that net transfer; the scheduled subsidy is the province's own.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.measures.quotient import quotient
from pooling.numerics import dot, ratio
from pooling.pools.arrangement import Arrangement
from pooling.pools.funds import FundYear
from pooling.results.family import Named, by_scheme, collected, in_force, years_last
from pooling.schemes.scheme import Flows
from pooling.year import Model, YearResult


def financing(model: Model, path: YearResult, cash: Float[Array, "s arrangement p y"]) -> Named:
    """Shares of the benefits of a province that every channel pays.

    Args:
        model: as of :func:`pooling.results.of_path`.
        path: one path.
        cash: cash version of the net transfers of the provinces.
    """
    settled = jnp.moveaxis(cash, -1, 0)
    years = model.pooling.cut(path.funds)
    shares = [
        _of_arrangement(model, path, each, year, effort, settled[:, :, a])
        for a, (each, year, effort) in enumerate(
            zip(model.pooling.arrangements, years, path.effort, strict=True)
        )
    ]
    return {"coverage_channel_province": years_last(jnp.stack(shares, axis=2))}


def _of_arrangement(
    model: Model,
    path: YearResult,
    arrangement: Arrangement,
    year: FundYear,
    effort: Float[Array, "y s m"] | None,
    settled: Float[Array, "y s p"],
) -> Float[Array, "y s channel p"]:
    """In the order of the channel axis."""
    membership = model.levers.geography.membership
    wage_bill = collected(by_scheme(path, lambda flow, _: flow.wage_bill), effort)
    benefits = dot(in_force(model, path, Flows.outgo, arrangement), membership)
    scheduled = in_force(
        model, path, lambda flow, p: flow.scheduled_subsidy[p].sum(axis=-2), arrangement
    )

    def of_members(amount: Float[Array, "y s q"]) -> Float[Array, "y s p"]:
        return dot(arrangement.of_pool(ratio(amount, year.wage_bill)) * wage_bill, membership)

    drawn = year.opening_balance + year.interest - year.closing_balance
    channels = [
        settled,
        of_members(drawn) + arrangement.reserves(drawn, membership.shape[1]),
        dot(scheduled, membership),
        of_members(year.deficit_subsidy),
        of_members(year.benefit_cut),
        of_members(year.moved_in - year.moved_out),
    ]
    return jnp.stack([quotient(each, benefits) for each in channels], axis=2)
