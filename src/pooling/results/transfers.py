"""Net transfers between municipalities and provinces, and the inequality of the burden, by arrangement."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.measures import inequality, redistribution
from pooling.numerics import dot, ratio
from pooling.pools.arrangement import Arrangement
from pooling.pools.funds import FundYear
from pooling.results.family import Named, by_scheme, collected, in_force, standard_bill, years_last
from pooling.schemes.scheme import Flows
from pooling.year import Model, YearResult

ByCity = Float[Array, "y s m"]


def transfers(model: Model, path: YearResult) -> Named:
    """Quantities by scheme and arrangement."""
    parts = [
        _of_arrangement(model, each, year, path, effort)
        for each, year, effort in zip(
            model.pooling.arrangements,
            model.pooling.cut(path.funds),
            path.effort,
            strict=True,
        )
    ]
    return {name: jnp.stack([part[name] for part in parts], axis=1) for name in parts[0]}


def _of_arrangement(
    model: Model,
    arrangement: Arrangement,
    year: FundYear,
    path: YearResult,
    effort: ByCity | None,
) -> Named:
    membership = model.levers.geography.membership
    benefits = in_force(model, path, Flows.outgo, arrangement)
    wage_bill = collected(by_scheme(path, lambda flow, _: flow.wage_bill), effort)
    transfer = _transfer(arrangement, year.outgo, benefits, wage_bill, year.wage_bill, year)
    standard = _transfer(
        arrangement,
        year.outgo,
        benefits,
        standard_bill(path, path.standard_wages),
        standard_bill(path, year.standard_wages),
        year,
    )
    own = collected(by_scheme(path, lambda flow, _: flow.contributions), effort) + in_force(
        model, path, lambda flow, p: flow.scheduled_subsidy[p].sum(axis=-2), arrangement
    )
    gap = year.outgo - year.contributions - year.scheduled_subsidy
    cash = _transfer(arrangement, gap, benefits - own, wage_bill, year.wage_bill, year)
    # What a province's own adjustment fund takes in or hands out stays in the province.
    own_fund = arrangement.reserves(year.settlement, membership.shape[1])
    by_province = dot(transfer, membership) + own_fund
    contributors = dot(by_scheme(path, lambda flow, _: flow.contributors), membership)
    named = {
        "net_transfer_municipality": transfer,
        "net_transfer_province": by_province,
        "net_transfer_standard_province": dot(standard, membership) + own_fund,
        "effort_gap_province": dot(transfer - standard, membership),
        "net_transfer_cash_province": dot(cash, membership) + own_fund,
        "deficit_borne_province": dot(benefits - own - cash, membership) - own_fund,
        "net_transfer_per_contributor_province": ratio(by_province, contributors),
        "net_transfer_rate_province": ratio(by_province, dot(wage_bill, membership)),
        "redistribution_flow": redistribution.redistribution_flow(by_province),
        **_inequality(arrangement, year, wage_bill, membership),
    }
    return {name: years_last(values) for name, values in named.items()}


def _transfer(
    arrangement: Arrangement,
    pool_amount: Float[Array, "y s q"],
    amount: ByCity,
    wage_bill: ByCity,
    pool_bill: Float[Array, "y s q"],
    year: FundYear,
) -> ByCity:
    """Net transfer of every municipality in its pool, see :func:`pooling.measures.redistribution.net_transfer`."""
    return redistribution.net_transfer(
        amount,
        wage_bill,
        arrangement.of_pool(pool_amount),
        arrangement.of_pool(pool_bill),
        arrangement.of_pool(year.settlement),
    )


def _inequality(
    arrangement: Arrangement,
    year: FundYear,
    wage_bill: ByCity,
    membership: Float[Array, "m p"],
) -> Named:
    by_pool = ratio(year.outgo - year.settlement, year.wage_bill)
    burden = arrangement.of_pool(by_pool)
    between, within = inequality.theil_decomposition(burden, wage_bill, membership)
    return {
        # Municipalities of a pool carry one burden: the sorted pools are fewer than the municipalities.
        "gini_burden": inequality.gini(by_pool, year.wage_bill),
        "theil_burden": inequality.theil(burden, wage_bill),
        "theil_between": between,
        "theil_within": within,
        "max_min_burden": inequality.max_min_ratio(by_pool, year.wage_bill),
        "cv_burden": inequality.coefficient_of_variation(burden, wage_bill),
    }
