"""What both health insurance funds are opened from: who is insured in which, what treatment costs where.

Only the nation's accounts are published for the valuation year. Heads follow the pension funds at one ratio in all
provinces, cost follows age and local prices, and the totals are met (declared split, grade D).
"""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.assumptions.funds import TreatmentTable
from pooling.axes import AGES
from pooling.errors import OpeningError
from pooling.numerics import as_array
from pooling.opening.accounts import wage_used
from pooling.opening.context import Context
from pooling.opening.employee_pension import EmployeePensionOpening
from pooling.opening.national import divisor_of, published
from pooling.parameters.lookup import age_groups
from pooling.schemes.medical_cost import Treatment
from pooling.schemes.medical_insured import tell_apart

Array = NDArray[np.float64]

EMPLOYEES, RESIDENTS = "schemes/employee_medical_national", "schemes/resident_medical_national"
EMPLOYEE_MONEY = (
    *("pool_revenue", "account_revenue", "pool_expenditure", "account_expenditure"),
    *("pool_balance", "account_balance"),
)
RESIDENT_MONEY = ("revenue", "expenditure", "balance")
SHARE_RANGE = (0.0, 1.5)
"""Insured over members of the pension funds; outside it the published figures do not fit together."""
ROUNDS = 60
"""Rounds in which the shares meet the published heads; the cells where they are cut are few."""


@dataclass(frozen=True)
class EmployeeTrack:
    """Who is in the employees' scheme on the valuation date, and who is not; persons."""

    active_share: float
    retired_share: float
    active: Array
    """[class, sex, age, municipality]."""
    retired: Array
    """[sex, age, municipality]."""
    others: Array
    """[class, sex, age, municipality]."""


def mean_of_year(config: Config, table: str, column: str, back: int = 0) -> float:
    """Person-years of a year over the heads at its end: the mean of opening and closing heads."""
    opening, closing = (published(config, table, (column,), b)[column] for b in (back + 1, back))
    return 0.5 * (1 + opening / divisor_of(closing, f"{table}: {column}"))


def employee_track(context: Context) -> EmployeeTrack:
    """Employees and retired of the nation's published heads.

    Raises:
        OpeningError: a share outside :data:`SHARE_RANGE`.
    """
    nation = published(context.config, EMPLOYEES, ("active", "retired"))
    funds = [each.figures for each in context.earlier if isinstance(each, EmployeePensionOpening)]
    members = np.sum([fund.members for fund in funds], axis=0)
    pensioners = np.sum([fund.pensioners for fund in funds], axis=0)
    active_share = nation["active"] / members.sum()
    retired_share = nation["retired"] / pensioners.sum()
    found = _apart(context, members, pensioners, active_share, retired_share)
    for _ in range(ROUNDS):
        found = _apart(
            context,
            members,
            pensioners,
            found.active_share * nation["active"] / found.active.sum(),
            found.retired_share * nation["retired"] / found.retired.sum(),
        )
    _require_shares(found)
    return found


def _apart(
    context: Context, members: Array, pensioners: Array, active_share: float, retired_share: float
) -> EmployeeTrack:
    def leaf(stock: Array) -> jnp.ndarray:
        return as_array(stock.reshape(-1, stock.shape[-1]).T)

    def stock(leaf: jnp.ndarray) -> Array:
        return np.asarray(leaf).T.reshape(pensioners.shape)

    found = tell_apart(
        tuple(leaf(each) for each in context.persons),
        tuple(leaf(each) for each in members),
        leaf(pensioners),
        as_array(active_share),
        as_array(retired_share),
    )
    return EmployeeTrack(
        active_share,
        retired_share,
        np.stack([stock(each) for each in found.active]),
        stock(found.retired),
        np.stack([stock(each) for each in found.others]),
    )


def _require_shares(found: EmployeeTrack) -> None:
    low, high = SHARE_RANGE
    for name in ("active_share", "retired_share"):
        share = getattr(found, name)
        if not low < share <= high:
            raise OpeningError(
                f"{EMPLOYEES}: {name} of the members of the pension funds would be {share:.3f}, outside {low}-{high}"
            )


def cost_index(config: Config, profile: str) -> Array:
    """Relative cost of treatment [sex, age]."""
    table = config.assumptions.tables["schemes/health_cost"]
    groups = age_groups(table)
    group = np.empty(AGES, int)
    for place, (lower, upper) in enumerate(zip(groups.lower, groups.upper, strict=True)):
        group[lower : upper + 1] = place
    return table.values[f"index_{profile}"][:, group]


def prices(context: Context, treatment: TreatmentTable) -> Array:
    """Price level of the treatment of people who live in a municipality, over the nation's [municipality].

    Local prices follow local wages; a share of the treatment is sought in other provinces, at the prices there.
    """
    active = context.accounts.scheme.active
    nation = np.sum(active * context.wage) / active.sum()
    wage = (context.wage / nation)[context.province] * context.split.relative_wage
    travelling = treatment.travel_share
    local: Array = wage**treatment.wage_elasticity
    return (1 - travelling) * local + travelling * treatment.travel_price


def treatment_of(level: float, price: Array, declared: TreatmentTable) -> Treatment:
    """The levers of treatment."""
    return Treatment(
        as_array(level),
        as_array(price),
        as_array(float(declared.at_registration)),
    )


def wage_growth(config: Config, active: Array, year: int) -> float:
    """National average wage that the bases of a year use, over that of the year before.

    Args:
        config: the run.
        active: members of the employee pension scheme, the weights of the provinces [province].
        year: the later one.
    """
    now, before = (wage_used(config, y) for y in (year, year - 1))
    return float(np.sum(active * now) / np.sum(active * before))


def first_wage_growth(context: Context) -> float:
    """National average wage of the first projection year over that of the valuation year."""
    return wage_growth(context.config, context.accounts.scheme.active, int(context.years[0]))


def rule(context: Context, module: str, name: str) -> Array:
    """A dated rule by projection year."""
    return context.config.assumptions.scheme_rules[module].rules[name].annual(context.years)


def cost_levels(context: Context, module: str) -> Array:
    """Cost of the same treatment over the valuation year's, but for wages after the first year [year]."""
    excess = np.cumprod(1 + rule(context, module, "excess_growth"), dtype=np.float64)
    return np.asarray(first_wage_growth(context) * excess, np.float64)
