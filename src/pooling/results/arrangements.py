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
from pooling.results.family import Named, by_scheme, collected, in_force, years_last
from pooling.schemes.scheme import Flows
from pooling.year import Model, YearResult

LEAST_GAIN = 1e-9
"""Net transfer over the benefits above which a place gains: where each place is a pool transfers are rounding errors."""


def arrangements(model: Model, path: YearResult, between: Named) -> Named:
    """Totals of every arrangement.

    Args:
        model: as of :func:`pooling.results.of_path`.
        path: one path.
        between: net transfers of the municipalities and of the provinces.
    """
    municipal, provincial = (
        jnp.moveaxis(between[f"net_transfer_{level}"], -1, 0)
        for level in ("municipality", "province")
    )
    years = model.pooling.cut(path.funds)
    unfilled = model.pooling.split(path.after_scheduled)
    parts = [
        _of_one(model, path, each, year, balance, municipal[:, :, a])
        | _progressivity(model, path, each, effort, provincial[:, :, a])
        for a, (each, year, balance, effort) in enumerate(
            zip(model.pooling.arrangements, years, unfilled, path.effort, strict=True)
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
    benefits = in_force(model, path, Flows.outgo, arrangement)
    centre = jnp.sum(year.deficit_payer[:, PAYERS.index("centre")], axis=-1)
    named = {
        "deficit_subsidy_arrangement": jnp.sum(year.deficit_subsidy, axis=-1),
        "share_in_deficit": share_in_deficit(people, short),
        "share_gaining": share_in_deficit(people, transfer > LEAST_GAIN * benefits),
    }
    return {name: years_last(values) for name, values in named.items()} | {
        "centre_first_pays_year": first_depletion(-centre, axis=0),
        "first_depletion_year": first_depletion(jnp.min(unfilled, axis=-1), axis=0),
    }


def _progressivity(
    model: Model,
    path: YearResult,
    arrangement: Arrangement,
    effort: Float[Array, "y s m"] | None,
    transfer: Float[Array, "y s p"],
) -> Named:
    """Transfers, contributions, benefits and burden in the order of the provinces' wages, a contributor in each."""
    membership = model.levers.geography.membership
    heads = dot(by_scheme(path, lambda flow, _: flow.contributors), membership)

    def per_head(amount: Float[Array, "y s p"]) -> Float[Array, "y s p"]:
        return quotient(amount, heads)

    wages = dot(by_scheme(path, lambda flow, _: flow.wage_bill), membership)
    cash = collected(by_scheme(path, lambda flow, _: flow.contributions), effort)
    benefits = dot(in_force(model, path, Flows.outgo, arrangement), membership)
    before, after = per_head(wages), per_head(wages + transfer)
    paid, received = per_head(dot(cash, membership)), per_head(benefits)
    borne = per_head(benefits - transfer)
    named = {
        "reynolds_smolensky": inequality.reynolds_smolensky(before, after, heads),
        "redistributive_effect": inequality.redistributive_effect(before, after, heads),
        "reranking": inequality.reranking(before, after, heads),
        "concentration_contributions": inequality.concentration(paid, before, heads),
        "concentration_benefits": inequality.concentration(received, before, heads),
        "concentration_burden": inequality.concentration(borne, before, heads),
        "kakwani_contributions": inequality.kakwani_contribution(paid, before, heads),
        "kakwani_benefits": inequality.kakwani_benefit(received, before, heads),
        "kakwani_burden": inequality.kakwani_contribution(borne, before, heads),
    }
    return {name: years_last(values) for name, values in named.items()}
