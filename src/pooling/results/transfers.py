"""Net transfers between municipalities and provinces, and the inequality of the burden, by arrangement."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.measures import inequality, redistribution
from pooling.numerics import dot, ratio
from pooling.pools.arrangement import Pooling
from pooling.pools.funds import FundYear
from pooling.results.family import LocalFlows, Named, by_scheme, standard_bill, years_last
from pooling.year import Model, YearResult

ByCity = Float[Array, "y s a m"]


def transfers(model: Model, path: YearResult, local: LocalFlows) -> Named:
    """Quantities by scheme and arrangement.

    Args:
        model: as of :func:`pooling.results.of_path`.
        path: one path.
        local: flows of the municipalities in every arrangement.
    """
    pooling, year, membership = model.pooling, path.funds, model.levers.geography.membership
    benefits, wage_bill = local.benefits, local.wage_bill
    transfer = _transfer(pooling, year.outgo, benefits, wage_bill, year.wage_bill, year)
    standard = _transfer(
        pooling,
        year.outgo,
        benefits,
        standard_bill(path, path.standard_wages)[:, :, None],
        standard_bill(path, year.standard_wages),
        year,
    )
    own = local.contributions + local.scheduled_subsidy
    gap = year.outgo - year.contributions - year.scheduled_subsidy
    cash = _transfer(pooling, gap, benefits - own, wage_bill, year.wage_bill, year)
    # What a province's own adjustment fund takes in or hands out stays in the province.
    own_fund = pooling.adjustment_funds(year.settlement, membership.shape[1])
    by_province = dot(transfer, membership) + own_fund
    contributors = dot(by_scheme(path, lambda flow, _: flow.contributors), membership)
    named = {
        "net_transfer_municipality": transfer,
        "net_transfer_province": by_province,
        "net_transfer_standard_province": dot(standard, membership) + own_fund,
        "effort_gap_province": dot(transfer - standard, membership),
        "net_transfer_cash_province": dot(cash, membership) + own_fund,
        "deficit_borne_province": dot(benefits - own - cash, membership) - own_fund,
        "net_transfer_per_contributor_province": ratio(by_province, contributors[:, :, None]),
        "net_transfer_rate_province": ratio(by_province, dot(wage_bill, membership)),
        "redistribution_flow": redistribution.redistribution_flow(by_province),
        **_inequality(pooling, year, wage_bill, membership),
    }
    return {name: years_last(values) for name, values in named.items()}


def _transfer(
    pooling: Pooling,
    pool_amount: Float[Array, "y s f"],
    amount: ByCity,
    wage_bill: ByCity,
    pool_bill: Float[Array, "y s f"],
    year: FundYear,
) -> ByCity:
    """Net transfer of every municipality in its pool, see :func:`pooling.measures.redistribution.net_transfer`.

    What the pool receives from accounts of municipalities these have paid.
    """
    in_pool = redistribution.net_transfer(
        amount,
        wage_bill,
        pooling.of_pool(pool_amount),
        pooling.of_pool(pool_bill),
        pooling.of_pool(year.settlement),
    )
    return in_pool + pooling.of_municipality(year.settlement)


def _inequality(
    pooling: Pooling, year: FundYear, wage_bill: ByCity, membership: Float[Array, "m p"]
) -> Named:
    by_pool = ratio(year.outgo - year.settlement, year.wage_bill)
    burden = pooling.of_pool(by_pool)
    between, within = inequality.theil_decomposition(burden, wage_bill, membership)
    # Municipalities of a pool carry one burden: the sorted pools are fewer than the municipalities.
    pools = list(zip(pooling.split(by_pool), pooling.split(year.wage_bill), strict=True))
    return {
        "gini_burden": jnp.stack([inequality.gini(*each) for each in pools], axis=-1),
        "theil_burden": inequality.theil(burden, wage_bill),
        "theil_between": between,
        "theil_within": within,
        "max_min_burden": jnp.stack([inequality.max_min_ratio(*each) for each in pools], axis=-1),
        "cv_burden": inequality.coefficient_of_variation(burden, wage_bill),
    }
