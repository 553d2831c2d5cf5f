"""What an arrangement as a whole costs and whom it reaches: one number a scheme, arrangement and year."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.axes import PAYERS
from pooling.measures import inequality
from pooling.measures.quotient import quotient
from pooling.measures.solvency import first_depletion, share_in_deficit
from pooling.numerics import add, dot
from pooling.results.family import LocalFlows, Named, by_scheme, over_funds, years_last
from pooling.year import Model, YearResult

LEAST_GAIN = 1e-9
"""Net transfer over the benefits above which a place gains: where each place is a pool transfers are rounding errors."""


def arrangements(model: Model, path: YearResult, local: LocalFlows, between: Named) -> Named:
    """Totals of every arrangement.

    Args:
        model: as of :func:`pooling.results.of_path`.
        path: one path.
        local: flows of the municipalities in every arrangement.
        between: net transfers of the municipalities and of the provinces.
    """
    municipal, provincial = (
        jnp.moveaxis(between[f"net_transfer_{level}"], -1, 0)
        for level in ("municipality", "province")
    )
    yearly = _totals(model, path, local, municipal) | _progressivity(model, path, local, provincial)
    centre = path.funds.deficit_payer[:, PAYERS.index("centre")]
    paid, least = (
        over_funds(function, model.pooling, values)
        for function, values in ((jnp.sum, centre), (jnp.min, path.after_scheduled))
    )
    return {name: years_last(values) for name, values in yearly.items()} | {
        "centre_first_pays_year": first_depletion(-paid, axis=0),
        "first_depletion_year": first_depletion(least, axis=0),
    }


def _totals(
    model: Model, path: YearResult, local: LocalFlows, transfer: Float[Array, "y s a m"]
) -> Named:
    people = jnp.broadcast_to(add(path.people)[:, None, None], transfer.shape)
    short = model.pooling.of_pool(jnp.minimum(path.after_scheduled, 0)) < 0
    return {
        "deficit_subsidy_arrangement": over_funds(
            jnp.sum, model.pooling, path.funds.deficit_subsidy
        ),
        "share_in_deficit": share_in_deficit(people, short),
        "share_gaining": share_in_deficit(people, transfer > LEAST_GAIN * local.benefits),
    }


def _progressivity(
    model: Model, path: YearResult, local: LocalFlows, transfer: Float[Array, "y s a p"]
) -> Named:
    """Transfers, contributions, benefits and burden in the order of the provinces' wages, a contributor in each."""
    membership = model.levers.geography.membership

    def everywhere(amount: Float[Array, "y s m"]) -> Float[Array, "y s a p"]:
        """By province, the same in every arrangement."""
        return jnp.broadcast_to(dot(amount, membership)[:, :, None], transfer.shape)

    heads = everywhere(by_scheme(path, lambda flow, _: flow.contributors))
    wages = everywhere(by_scheme(path, lambda flow, _: flow.wage_bill))
    benefits = dot(local.benefits, membership)

    def per_head(amount: Float[Array, "y s a p"]) -> Float[Array, "y s a p"]:
        return quotient(amount, heads)

    before, after = per_head(wages), per_head(wages + transfer)
    paid, received = per_head(dot(local.contributions, membership)), per_head(benefits)
    borne = per_head(benefits - transfer)
    return {
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
