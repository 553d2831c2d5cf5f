"""The account of every fund and the rates that judge it."""

from pooling.measures import solvency
from pooling.pools.arrangement import Pooling
from pooling.results.family import Municipal, Named, in_force, years_last
from pooling.year import Model, YearResult

MUNICIPAL_FLOWS: dict[str, Municipal] = {
    "contributions_account": lambda flow, policy: flow.contributions_account,
    "pensions": lambda flow, policy: flow.pensions[policy],
    "other_benefits": lambda flow, policy: flow.other_benefits,
    "inherited_accounts": lambda flow, policy: flow.inherited_accounts,
    "refunded_accounts": lambda flow, policy: flow.refunded_accounts,
    "other_outgo": lambda flow, policy: flow.other_outgo[policy],
    "contributors": lambda flow, policy: flow.contributors,
    "beneficiaries": lambda flow, policy: flow.beneficiaries,
}
"""Flows that a pool's account adds up from its municipalities, by the name of the quantity."""

FUND_FIELDS = {
    "opening_balance": "opening_balance",
    "fund_balance": "closing_balance",
    "contributions": "contributions",
    "scheduled_subsidy": "scheduled_subsidy",
    "deficit_subsidy": "deficit_subsidy",
    "benefit_cut": "benefit_cut",
    "interest": "interest",
    "settlement_net": "settlement",
    "moving_transfer_in": "moved_in",
    "moving_transfer_out": "moved_out",
    "account_residual": "residual",
    "wage_bill": "wage_bill",
}
"""Name of the quantity → field of the pools' account."""


def accounts(model: Model, path: YearResult) -> Named:
    """Quantities by scheme, fund and year, and the years in which a fund runs dry."""
    year = path.funds
    named = {name: getattr(year, field) for name, field in FUND_FIELDS.items()}
    named |= _sums(model, path)
    named["fund_balance_after_scheduled"] = path.after_scheduled
    named["fund_balance_before_subsidy"] = path.before_subsidy
    named["income_rate"] = solvency.income_rate(year.contributions, year.wage_bill)
    named["cost_rate"] = solvency.cost_rate(year.outgo, year.wage_bill)
    named["fund_ratio"] = solvency.fund_ratio(year.opening_balance, year.outgo)
    named["payable_months"] = solvency.payable_months(year.closing_balance, year.outgo)
    named["required_rate"] = solvency.required_rate(
        year.outgo, year.scheduled_subsidy, year.interest, year.wage_bill
    )
    laid = {name: years_last(values) for name, values in named.items()}
    for version in ("before_subsidy", "after_scheduled"):
        laid[f"depletion_year_{version}"] = solvency.first_depletion(
            laid[f"fund_balance_{version}"]
        )
    return laid


def _sums(model: Model, path: YearResult) -> Named:
    """Municipal flows summed over the pools of every arrangement."""
    return {
        name: Pooling.join(
            tuple(
                each.total(in_force(model, path, flow, each)) for each in model.pooling.arrangements
            )
        )
        for name, flow in MUNICIPAL_FLOWS.items()
    }
