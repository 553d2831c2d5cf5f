"""Health insurance of employees on the valuation date: national accounts reproduced, provinces as declared."""

from collections.abc import Mapping
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.assumptions.funds import EmployeeMedicalFund
from pooling.axes import AGES, REGISTERED_ELSEWHERE
from pooling.errors import OpeningError
from pooling.numerics import as_array, number
from pooling.opening import medical
from pooling.opening.accounts import Accounts, interest
from pooling.opening.context import Context
from pooling.opening.medical import EMPLOYEE_MONEY, EMPLOYEES, EmployeeTrack, mean_of_year
from pooling.opening.national import by_key, divisor_of, employees, in_force, published
from pooling.opening.residents import place_of
from pooling.parameters.lookup import sums
from pooling.schemes.calendar import Rings
from pooling.schemes.employee_medical import (
    EmployeeMedical,
    EmployeeMedicalStocks,
    run_accounts,
)
from pooling.schemes.medical_cost import Load, Treatment, cost_at_residence
from pooling.schemes.scheme import NoRights

Array = NDArray[np.float64]
MODULE = "employee_medical_insurance"
BASE_RANGE = (0.5, 2.0)
"""Contribution base over that of the pension scheme; outside it the published figures do not fit together."""


@dataclass(frozen=True)
class EmployeeMedicalOpening:
    """See :class:`pooling.opening.context.SchemeOpening`."""

    fund: EmployeeMedicalFund
    accounts: Accounts
    track: EmployeeTrack
    base_level: float
    retired_credit: Array
    """Credited to the account of a retired insured [municipality]; currency a year."""
    account_spending: float
    """Spent of accounts and credits in the valuation year, over the law's dated index."""
    dying: float
    """Share of the accounts whose owners die in the valuation year."""
    treatment: Treatment
    contributions: Array
    """Of the valuation year [municipality]; currency."""
    medical_accounts: Array
    """On the valuation date [municipality]; currency."""
    pooled: Array
    """Treatment paid by the pool in the valuation year [municipality]; currency."""
    base: "Base"
    cost: tuple[float, float]
    """Cost of a year's treatment of the insured employees and of the retired of the valuation date; currency."""

    def ages(self) -> None:
        """Nobody is awarded a pension."""

    def reserve_key(self) -> Array:
        """Reserves of the pool are spread as contributions, medical accounts where they are [municipality]."""
        whole = self.accounts.balance.sum() - self.medical_accounts.sum()
        return whole * self.contributions / self.contributions.sum() + self.medical_accounts

    def levers(self, context: Context, rings: Rings) -> EmployeeMedical:
        """Levers of the projection."""
        return _levers(self, context)

    def stocks(self, rings: Rings, policies: int) -> EmployeeMedicalStocks:
        """Stocks on 1 January of the first year."""
        return EmployeeMedicalStocks(NoRights(), as_array(self.medical_accounts))


@dataclass(frozen=True)
class Base:
    """What contributions are proportional to, on the heads of the valuation date at the valuation year's wages."""

    bases: Array
    """Contribution bases of the pension scheme of the insured employees [municipality]; currency."""
    short: Array
    """Bases of the retired who pay on [municipality]; currency."""
    active: float
    """Person-years of the valuation year over the heads at its end."""
    retired: float


def open_employee_medical(context: Context, fund: EmployeeMedicalFund) -> EmployeeMedicalOpening:
    """Calibrate the fund to the national accounts of the valuation year.

    Raises:
        OpeningError: published figures that do not fit together.
    """
    config = context.config
    nation = published(config, EMPLOYEES, EMPLOYEE_MONEY)
    track = medical.employee_track(context)
    base = _base(context, fund, track)
    # 1. Contributions are what revenue leaves; one base level for the nation brings them.
    revenue = nation["pool_revenue"] + nation["account_revenue"]
    spent = nation["pool_expenditure"] + nation["account_expenditure"]
    balance = nation["pool_balance"] + nation["account_balance"]
    earned = interest(config.options.interest, revenue, spent, balance)
    subsidy = fund.subsidy.share_of_revenue * revenue
    level = _base_level(context, fund, revenue - earned - subsidy, base)
    wage_bill = level * base.active * base.bases + base.retired * base.short
    collected = in_force(context.config, MODULE, "collection") * wage_bill
    rate = in_force(context.config, MODULE, "employer_rate") + in_force(
        context.config, MODULE, "employee_rate"
    )
    contributions = rate * collected
    # 2. The fixed sum of the retired is what the published credits leave; accounts lie where the credits go.
    of_active = in_force(context.config, MODULE, "account_rate") * (
        in_force(context.config, MODULE, "collection") * level * base.active * base.bases
    )
    per_head = _retired_credit(context, nation, of_active.sum(), base, track)
    heads = base.retired * track.retired.sum(axis=(0, 1))
    credited = of_active + per_head[context.province] * heads
    held = nation["account_balance"] * credited / credited.sum()
    dying = _dying_share(context, fund, track)
    spending = _spending(config, nation, credited.sum(), dying)
    # 3. Cost of treatment: one level for the nation brings the pool's expenditure.
    unit = medical.treatment_of(1.0, medical.prices(context, fund.treatment), fund.treatment)
    active, retired = (
        _cost(context, fund, unit, stock) for stock in (track.active, track.retired[None])
    )
    cost = nation["pool_expenditure"] / (base.active * active + base.retired * retired).sum()
    pooled = cost * (base.active * active + base.retired * retired)
    return EmployeeMedicalOpening(
        fund=fund,
        accounts=_accounts(
            context, track, contributions, rate, pooled, held, nation, earned, subsidy
        ),
        track=track,
        base_level=level,
        retired_credit=per_head[context.province],
        account_spending=spending
        / divisor_of(
            in_force(context.config, MODULE, "account_spending"), f"{MODULE}: account_spending"
        ),
        dying=dying,
        treatment=medical.treatment_of(cost, np.asarray(unit.price), fund.treatment),
        contributions=contributions,
        medical_accounts=held,
        pooled=pooled,
        base=base,
        cost=(cost * float(active.sum()), cost * float(retired.sum())),
    )


def _base(context: Context, fund: EmployeeMedicalFund, track: EmployeeTrack) -> Base:
    bases = np.sum(track.active.sum(axis=0) * employees(context).wages, axis=(0, 1))
    paying = np.einsum("xam,xa->m", track.retired, still_paying(fund))
    return Base(
        bases=bases,
        short=fund.retired.base_multiple * context.wage[context.province] * paying,
        active=mean_of_year(context.config, EMPLOYEES, "active"),
        retired=mean_of_year(context.config, EMPLOYEES, "retired"),
    )


def still_paying(fund: EmployeeMedicalFund) -> Array:
    """Share of the retired who pay on for missing minimum years [sex, age]."""
    share = np.zeros((2, AGES))
    share[:, : fund.retired.still_paying_until] = fund.retired.still_paying_share
    return share


def _base_level(
    context: Context, fund: EmployeeMedicalFund, contributions: float, base: Base
) -> float:
    """Base of the insured over that of the pension scheme, which brings the nation's contributions.

    Raises:
        OpeningError: outside :data:`BASE_RANGE`.
    """
    rate = in_force(context.config, MODULE, "employer_rate") + in_force(
        context.config, MODULE, "employee_rate"
    )
    collected = rate * in_force(context.config, MODULE, "collection")
    bases = contributions / divisor_of(collected, f"{MODULE}: rates times collection")
    level = float((bases - base.retired * base.short.sum()) / (base.active * base.bases.sum()))
    low, high = BASE_RANGE
    if not low <= level <= high:
        raise OpeningError(
            f"{fund.key}: the contribution base would be {level:.3f} of that of the pension scheme, outside {low}-{high}"
        )
    return level


def account_interest(config: Config, nation: Mapping[str, float]) -> float:
    """Interest on the accounts of a published year."""
    return interest(
        config.options.interest,
        nation["account_revenue"],
        nation["account_expenditure"],
        nation["account_balance"],
    )


def _retired_credit(
    context: Context,
    nation: Mapping[str, float],
    of_active: float,
    base: Base,
    track: EmployeeTrack,
) -> Array:
    """Fixed sum of a retired insured [province]: the law's share of the mean pension, at one level for the nation.

    Raises:
        OpeningError: the credits of those who pay exceed the published ones.
    """
    scheme = context.accounts.scheme
    pension = scheme.expenditure / scheme.retirees
    share = in_force(context.config, MODULE, "retired_credit_share") * pension
    heads = base.retired * sums(context.province, track.retired.sum(axis=(0, 1)))
    left = nation["account_revenue"] - account_interest(context.config, nation) - of_active
    if left < 0:
        raise OpeningError(
            f"{EMPLOYEES}: the accounts of those who pay would be credited {-left:.4g} more than all accounts are"
        )
    return share * left / np.sum(share * heads)


def _dying_share(context: Context, fund: EmployeeMedicalFund, track: EmployeeTrack) -> float:
    """Share of the accounts whose owners die in a year."""
    heads = track.active.sum(axis=(0, -1)) + track.retired.sum(axis=-1)
    later = np.minimum(np.arange(AGES) + 1, AGES - 1)
    dying = np.sum(heads * (1 - context.survival[:, later])) / heads.sum()
    return float(fund.accounts.inherited_level * dying)


def _spending(config: Config, nation: Mapping[str, float], credited: float, dying: float) -> float:
    """Share of accounts and credits that is spent in the valuation year: what is paid out is linear in it.

    Args:
        config: the run.
        nation: published figures.
        credited: in the year; currency.
        dying: share of the accounts whose owners die.
    """
    least, most = (
        account_expenditure(config, nation, spending, credited, dying) for spending in (0.0, 1.0)
    )
    # Where no account holds or is credited anything, nothing can be spent.
    return (nation["account_expenditure"] - least) / (most - least) if most > least else 0.0


def account_expenditure(
    config: Config, nation: Mapping[str, float], spending: float, credited: float, dying: float
) -> float:
    """Spent of the accounts in a published year, and inherited.

    Args:
        config, nation, credited, dying: as in :func:`_spending`.
        spending: share of accounts and credits that is spent.
    """
    held = nation["account_balance"] - nation["account_revenue"] + nation["account_expenditure"]
    rate = config.options.interest
    year = run_accounts(
        as_array(spending),
        as_array(rate),
        *(as_array([amount]) for amount in (held, credited, dying)),
    )
    return float(year.spent[0] + year.inherited[0])


def _cost(context: Context, fund: EmployeeMedicalFund, unit: Treatment, stock: Array) -> Array:
    """Cost of a year of people [class, sex, age, municipality] at level 1 [municipality]."""
    index = medical.cost_index(context.config, fund.treatment.profile)
    loads = np.einsum("cxam,xa->cm", stock, index)
    far = loads[REGISTERED_ELSEWHERE] if len(loads) > 1 else np.zeros(loads.shape[1])
    load = Load(as_array(loads.sum(axis=0)), as_array(far))
    return np.asarray(cost_at_residence(unit, jnp.ones(()), place_of(context), load))


def _accounts(
    context: Context,
    track: EmployeeTrack,
    contributions: Array,
    rate: float,
    pooled: Array,
    held: Array,
    nation: Mapping[str, float],
    earned: float,
    subsidy: float,
) -> Accounts:
    """Accounts by province: interest where the balances are, subsidy and account spending in proportion."""
    province = context.province
    paid, treated = sums(province, contributions), sums(province, pooled)
    accounts = sums(province, held) / held.sum()
    active = sums(province, track.active.sum(axis=(0, 1, 2)))
    expenditure = treated + nation["account_expenditure"] * accounts
    balance = nation["pool_balance"] * paid / paid.sum() + nation["account_balance"] * accounts
    earned_here = by_key(earned, balance)
    granted = by_key(subsidy, expenditure)
    return Accounts(
        active=active,
        retirees=sums(province, track.retired.sum(axis=(0, 1))),
        revenue=paid + earned_here + granted,
        expenditure=expenditure,
        balance=balance,
        interest=earned_here,
        subsidy=granted,
        contributions=paid,
        collection=paid / (rate * context.wage * active),
    )


def _levers(opening: EmployeeMedicalOpening, context: Context) -> EmployeeMedical:
    fund = opening.fund
    ones = jnp.ones(len(context.years))

    def rate(name: str) -> jnp.ndarray:
        return as_array(medical.rule(context, MODULE, name))

    of_outgo, of_wage = _subsidy(opening, context)
    fixed = rate("retired_credit_level") / in_force(context.config, MODULE, "retired_credit_level")
    return EmployeeMedical(
        employer_rate=rate("employer_rate"),
        employee_rate=rate("employee_rate"),
        account_rate=rate("account_rate"),
        collection=rate("collection"),
        active_share=number(opening.track.active_share),
        retired_share=number(opening.track.retired_share),
        base_level=number(opening.base_level),
        still_paying=as_array(still_paying(fund)),
        still_paying_base=number(fund.retired.base_multiple),
        retired_credit=as_array(opening.retired_credit),
        retired_credit_level=fixed,
        account_spending=opening.account_spending * rate("account_spending"),
        inherited_level=number(fund.accounts.inherited_level),
        treatment=opening.treatment,
        cost_index=as_array(medical.cost_index(context.config, fund.treatment.profile)),
        cost_level=as_array(medical.cost_levels(context, MODULE)),
        subsidy_of_outgo=as_array(of_outgo),
        subsidy_of_wage=as_array(of_wage),
        subsidy_level=ones,
    )


def _subsidy(opening: EmployeeMedicalOpening, context: Context) -> tuple[Array, Array]:
    """Scheduled subsidy over outgo, and over the average wage [payer, municipality]: one of them is zero."""
    own, province = opening.accounts, context.province
    centre = opening.fund.subsidy.centre_share
    payer = np.array([[centre], [1 - centre]])
    ratio = payer * (own.subsidy / own.expenditure)[province]
    spread = opening.pooled / sums(province, opening.pooled)[province]
    amount = payer * (own.subsidy / context.wage)[province] * spread
    rule = context.config.options.scheduled_subsidy
    nothing = np.zeros_like(ratio)
    return (ratio if rule == "benefits" else nothing, amount if rule == "wages" else nothing)
