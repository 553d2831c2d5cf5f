"""What an arrangement as a whole costs and whom it reaches: one number a scheme, arrangement and year."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.axes import PAYERS
from pooling.measures import inequality
from pooling.measures.quotient import quotient
from pooling.measures.solvency import first_depletion, share_in_deficit
from pooling.numerics import add, dot
from pooling.pools.arrangement import Arrangement
from pooling.pools.funds import FundYear
from pooling.results.family import Named, by_scheme, years_last
from pooling.year import Model, YearResult


def arrangements(
    model: Model, path: YearResult, municipal: Float[Array, "s arrangement m y"]
) -> Named:
    """Totals of every arrangement.

    Args:
        model: as of :func:`pooling.results.of_path`.
        path: one path.
        municipal: net transfers of the municipalities.
    """
    transfers = jnp.moveaxis(municipal, -1, 0)
    years = model.pooling.cut(path.funds)
    unfilled = model.pooling.split(path.after_scheduled)
    parts = [
        _of_one(model, path, each, year, balance, transfers[:, :, a])
        for a, (each, year, balance) in enumerate(
            zip(model.pooling.arrangements, years, unfilled, strict=True)
        )
    ]
    return {name: jnp.stack([part[name] for part in parts], axis=1) for name in parts[0]}


def _of_one(
    model: Model,
    path: YearResult,
    arrangement: Arrangement,
    year: FundYear,
    unfilled: Float[Array, "y s q"],
    transfer: Float[Array, "y s m"],
) -> Named:
    people = jnp.broadcast_to(add(path.people)[:, None], transfer.shape)
    short = arrangement.of_pool(jnp.minimum(unfilled, 0)) < 0
    centre = jnp.sum(year.deficit_payer[:, PAYERS.index("centre")], axis=-1)
    named = {
        "deficit_subsidy_arrangement": jnp.sum(year.deficit_subsidy, axis=-1),
        "share_in_deficit": share_in_deficit(people, short),
        "share_gaining": share_in_deficit(people, transfer > 0),
        **_progressivity(model, path, transfer),
    }
    paid = first_depletion(-centre, axis=0)
    return {name: years_last(values) for name, values in named.items()} | {
        "centre_first_pays_year": paid
    }


def _progressivity(model: Model, path: YearResult, transfer: Float[Array, "y s m"]) -> Named:
    """Effect of the transfers on the inequality of wages between provinces, a contributor in each."""
    membership = model.levers.geography.membership
    heads = dot(by_scheme(path, lambda flow, _: flow.contributors), membership)
    wages = dot(by_scheme(path, lambda flow, _: flow.wage_bill), membership)
    before = quotient(wages, heads)
    after = quotient(wages + dot(transfer, membership), heads)
    return {
        "reynolds_smolensky": inequality.reynolds_smolensky(before, after, heads),
        "redistributive_effect": inequality.redistributive_effect(before, after, heads),
        "reranking": inequality.reranking(before, after, heads),
    }
