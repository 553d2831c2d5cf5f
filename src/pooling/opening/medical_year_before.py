"""The year before the valuation year by the same rules: a check of the health insurance funds against published accounts.

Heads are the published ones of that year, ages those of the valuation date; wages fall back by their national growth, the
cost of the same treatment by its dated growth, rates and amounts are those in force. The dated indices of that year are
derived from its accounts: the check shows that rules, dates and arithmetic hold together, not that the model foresees.
"""

from collections.abc import Mapping

import numpy as np

from pooling.assumptions import Config
from pooling.opening import medical
from pooling.opening.accounts import OpeningAccounts, interest
from pooling.opening.employee_medical import MODULE as EMPLOYEE_LAW
from pooling.opening.employee_medical import (
    EmployeeMedicalOpening,
    account_expenditure,
    account_interest,
)
from pooling.opening.medical import (
    EMPLOYEE_MONEY,
    EMPLOYEES,
    RESIDENT_MONEY,
    RESIDENTS,
    mean_of_year,
)
from pooling.opening.national import in_force, published
from pooling.opening.resident_medical import MODULE as RESIDENT_LAW
from pooling.opening.resident_medical import ResidentMedicalOpening


def employees(
    config: Config, scheme: OpeningAccounts, opening: EmployeeMedicalOpening
) -> Mapping[str, float]:
    """The nation's accounts of the employees' fund in the year before the valuation year; currency.

    Args:
        config: the run.
        scheme: accounts of the employee pension scheme.
        opening: of the fund.
    """
    heads = ("active", "retired")
    nation = published(config, EMPLOYEES, heads)
    last = published(config, EMPLOYEES, (*heads, *EMPLOYEE_MONEY), 1)
    base, wages = opening.base, _wage_growth(config, scheme)
    active, retired = (
        mean_of_year(config, EMPLOYEES, name, 1) * last[name] / nation[name] for name in heads
    )

    def before(name: str) -> float:
        return in_force(config, EMPLOYEE_LAW, name, 1)

    bases = opening.base_level * active * base.bases.sum() + retired * base.short.sum()
    collected = before("collection") * bases / wages
    contributions = (before("employer_rate") + before("employee_rate")) * collected
    fixed = np.sum(opening.retired_credit * opening.track.retired.sum(axis=(0, 1)))
    fixed *= before("retired_credit_level") / in_force(config, EMPLOYEE_LAW, "retired_credit_level")
    of_active = before("collection") * opening.base_level * active * base.bases.sum() / wages
    credited = float(before("account_rate") * of_active + retired * fixed)
    spending = opening.account_spending * before("account_spending")
    earned = interest(
        config.options.interest,
        last["pool_revenue"] + last["account_revenue"],
        last["pool_expenditure"] + last["account_expenditure"],
        last["pool_balance"] + last["account_balance"],
    )
    of_accounts = credited + account_interest(config, last)
    revenue = (contributions + earned) / (1 - opening.fund.subsidy.share_of_revenue)
    treated = active * opening.cost[0] + retired * opening.cost[1]
    return {
        "pool_revenue": float(revenue - of_accounts),
        "account_revenue": float(of_accounts),
        "pool_expenditure": treated / _cost_growth(config, scheme, EMPLOYEE_LAW),
        "account_expenditure": account_expenditure(config, last, spending, credited, opening.dying),
    }


def residents(
    config: Config, scheme: OpeningAccounts, opening: ResidentMedicalOpening
) -> Mapping[str, float]:
    """The nation's accounts of the residents' fund in the year before the valuation year; currency.

    Args:
        config: the run.
        scheme: accounts of the employee pension scheme.
        opening: of the fund.
    """
    nation = published(config, RESIDENTS, ("insured",))
    last = published(config, RESIDENTS, ("insured", *RESIDENT_MONEY), 1)
    heads = mean_of_year(config, RESIDENTS, "insured", 1) * last["insured"]
    now = mean_of_year(config, RESIDENTS, "insured") * nation["insured"]

    def before(name: str, back: int = 1) -> float:
        return in_force(config, RESIDENT_LAW, name, back)

    level = before("subsidy_level") / in_force(config, RESIDENT_LAW, "subsidy_level")
    a_head = before("premium", 2) + level * opening.granted * before("subsidy")
    earned = interest(
        config.options.interest, last["revenue"], last["expenditure"], last["balance"]
    )
    cost = opening.treated.sum() * heads / now
    return {
        "revenue": heads * a_head + earned,
        "expenditure": float(cost / _cost_growth(config, scheme, RESIDENT_LAW)),
    }


def _wage_growth(config: Config, scheme: OpeningAccounts) -> float:
    year = config.assumptions.info.valuation_date.year
    return medical.wage_growth(config, scheme.scheme.active, year)


def _cost_growth(config: Config, scheme: OpeningAccounts, law: str) -> float:
    """Growth of the cost of the same treatment from the year before the valuation year to it."""
    return _wage_growth(config, scheme) * (1 + in_force(config, law, "excess_growth"))
