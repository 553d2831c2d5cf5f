"""A projected path → the named arrays of the vocabulary, the year axis last.

Runs inside the compiled program, so that only what is written leaves it.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.axes import REGISTERED_ELSEWHERE, REGISTERED_HERE, REGISTERED_IN_PROVINCE
from pooling.measures import inequality, redistribution, solvency
from pooling.numerics import add, dot
from pooling.pools.arrangement import Arrangement, Pooling
from pooling.pools.funds import FundYear
from pooling.schemes.employee_pension import Flows
from pooling.year import Model, YearResult

Named = dict[str, Float[Array, "..."]]

Municipal = Callable[[Flows, int], Float[Array, "y m"]]
"""A municipal flow under a benefit policy."""

MUNICIPAL_FLOWS: dict[str, Municipal] = {
    "contributions_account": lambda flow, policy: flow.contributions_account,
    "pensions": lambda flow, policy: flow.pensions[policy],
    "inherited_accounts": lambda flow, policy: flow.inherited_accounts,
    "refunded_accounts": lambda flow, policy: flow.refunded_accounts,
    "other_outgo": lambda flow, policy: flow.other_outgo[policy],
    "contributors": lambda flow, policy: flow.contributors,
    "pensioners": lambda flow, policy: flow.pensioners,
}
"""Flows that a pool's account adds up from its municipalities, by the name of the quantity."""

FUND_FIELDS = {
    "opening_balance": "opening_balance",
    "fund_balance": "closing_balance",
    "contributions": "contributions",
    "scheduled_subsidy": "scheduled_subsidy",
    "deficit_subsidy": "deficit_subsidy",
    "interest": "interest",
    "settlement_net": "settlement",
    "moving_transfer_in": "moved_in",
    "moving_transfer_out": "moved_out",
    "account_residual": "residual",
    "wage_bill": "wage_bill",
}
"""Name of the quantity → field of the pools' account."""


def of_path(model: Model, path: YearResult) -> Named:
    """Every quantity of one path: ``[scheme, fund, year]``, ``[scheme, municipality, year]`` and so on."""
    return {
        **_funds(model.pooling, path),
        **_regions(model, path),
        **_transfers(model, path),
    }


def _years_last(values: Float[Array, "y *n"]) -> Float[Array, "*n y"]:
    return jnp.moveaxis(values, 0, -1)


def _by_scheme(path: YearResult, flow: Municipal, policy: int) -> Float[Array, "y s m"]:
    return jnp.stack([flow(each, policy) for each in path.schemes], axis=1)


def _funds(pooling: Pooling, path: YearResult) -> Named:
    """The account of every fund and the rates that judge it."""
    year = path.funds
    sums = {
        name: Pooling.join(
            tuple(each.total(_by_scheme(path, flow, each.policy)) for each in pooling.arrangements)
        )
        for name, flow in MUNICIPAL_FLOWS.items()
    }
    named = {name: getattr(year, field) for name, field in FUND_FIELDS.items()}
    named |= sums
    named["fund_balance_after_scheduled"] = path.after_scheduled
    named["fund_balance_before_subsidy"] = path.before_subsidy
    named["income_rate"] = solvency.income_rate(year.contributions, year.wage_bill)
    named["cost_rate"] = solvency.cost_rate(year.outgo, year.wage_bill)
    named["fund_ratio"] = solvency.fund_ratio(year.opening_balance, year.outgo)
    laid = {name: _years_last(values) for name, values in named.items()}
    for version in ("before_subsidy", "after_scheduled"):
        laid[f"depletion_year_{version}"] = solvency.first_depletion(
            laid[f"fund_balance_{version}"]
        )
    return laid


def _regions(model: Model, path: YearResult) -> Named:
    """Municipal and provincial flows that no arrangement changes (the first benefit policy's), people and wages."""
    flows: dict[str, Municipal] = {
        "wage_bill": lambda flow, policy: flow.wage_bill,
        "contributions": lambda flow, policy: flow.contributions,
        "benefits": lambda flow, policy: flow.outgo(policy),
        "contributors": lambda flow, policy: flow.contributors,
        "pensioners": lambda flow, policy: flow.pensioners,
    }
    membership = model.levers.geography.membership
    named: Named = {}
    for name, flow in flows.items():
        local = _by_scheme(path, flow, 0)
        named[f"{name}_municipality"] = _years_last(local)
        named[f"{name}_province"] = _years_last(dot(local, membership))
    everyone = add(path.people)
    named["population_municipality"] = _years_last(everyone)
    named["population_province"] = _years_last(dot(everyone, membership))
    classes = {
        "local": REGISTERED_HERE,
        "intraprovincial": REGISTERED_IN_PROVINCE,
        "interprovincial": REGISTERED_ELSEWHERE,
    }
    for name, index in classes.items():
        # A population without registration classes is registered where it lives.
        people = path.people[index] if index < len(path.people) else jnp.zeros_like(everyone)
        named[f"population_{name}_province"] = _years_last(dot(people, membership))
    named["average_wage_province"] = _years_last(path.wage)
    named["reference_wage_province"] = _years_last(path.reference_wage)
    return named


def _transfers(model: Model, path: YearResult) -> Named:
    """Net transfers and the inequality of the burden, by arrangement."""
    parts = [
        _of_arrangement(model, each, year, path)
        for each, year in zip(
            model.pooling.arrangements, _split_years(model.pooling, path.funds), strict=True
        )
    ]
    return {name: jnp.stack([part[name] for part in parts], axis=1) for name in parts[0]}


def _split_years(pooling: Pooling, year: FundYear) -> list[FundYear]:
    """The account of the year by arrangement."""
    names = FundYear.__dataclass_fields__
    by_field = [pooling.split(getattr(year, name)) for name in names]
    return [FundYear(*parts) for parts in zip(*by_field, strict=True)]


def _of_arrangement(
    model: Model, arrangement: Arrangement, year: FundYear, path: YearResult
) -> Named:
    membership = model.levers.geography.membership
    policy = arrangement.policy
    benefits = _by_scheme(path, Flows.outgo, policy)
    wage_bill = _by_scheme(path, lambda flow, _: flow.wage_bill, policy)
    own = _by_scheme(
        path,
        lambda flow, p: flow.contributions + flow.scheduled_subsidy[p].sum(axis=-2),
        policy,
    )
    pool_bill = arrangement.of_pool(year.wage_bill)
    settled = arrangement.of_pool(year.settlement)
    transfer = redistribution.net_transfer(
        benefits, wage_bill, arrangement.of_pool(year.outgo), pool_bill, settled
    )
    pool_gap = year.outgo - year.contributions - year.scheduled_subsidy
    cash = redistribution.net_transfer(
        benefits - own, wage_bill, arrangement.of_pool(pool_gap), pool_bill, settled
    )
    by_province = dot(transfer, membership)
    by_pool = _burden(year)
    burden = arrangement.of_pool(by_pool)
    between, within = inequality.theil_decomposition(burden, wage_bill, membership)
    named = {
        "net_transfer_municipality": transfer,
        "net_transfer_province": by_province,
        "net_transfer_cash_province": dot(cash, membership),
        "redistribution_flow": redistribution.redistribution_flow(by_province),
        # Municipalities of a pool carry one burden: the sorted pools are fewer than the municipalities.
        "gini_burden": inequality.gini(by_pool, year.wage_bill),
        "theil_burden": inequality.theil(burden, wage_bill),
        "theil_between": between,
        "theil_within": within,
        "cv_burden": inequality.coefficient_of_variation(burden, wage_bill),
    }
    return {name: _years_last(values) for name, values in named.items()}


def _burden(year: FundYear) -> Float[Array, "y s q"]:
    """Rate on the pool's wage bill that pays its outgo after settlement; 0 where there is no wage bill."""
    some = year.wage_bill > 0
    return jnp.where(some, (year.outgo - year.settlement) / jnp.where(some, year.wage_bill, 1), 0)
