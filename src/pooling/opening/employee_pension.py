"""A fund of the employee pension scheme, opened: from its calibrated figures to levers and stocks."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config, EmployeePensionFund
from pooling.axes import AGES
from pooling.errors import OpeningError
from pooling.numerics import as_array, number
from pooling.opening.accounts import Accounts
from pooling.opening.context import Context
from pooling.opening.contribution_base import average_wages, flexible_workers, limit_wages
from pooling.opening.death_grants import grant_law, pensioner_grants
from pooling.opening.enrolment import flexible_payment
from pooling.opening.fund import FundOpening, ages_of, open_fund
from pooling.opening.members import first_pension_age
from pooling.parameters.lookup import laid_on, share_of, sums
from pooling.parameters.model import EmployeePension
from pooling.population.ring import Ring
from pooling.schemes.calendar import Rings
from pooling.state import Awarded, PensionStocks, Rights

Array = NDArray[np.float64]

Place = Callable[[Array], jnp.ndarray]
"""Lays a stock [sex, age, municipality] as a leaf."""


@dataclass(frozen=True)
class EmployeePensionOpening:
    """See :class:`pooling.opening.context.SchemeOpening`."""

    figures: FundOpening

    @property
    def fund(self) -> EmployeePensionFund:
        """What was declared of it."""
        return self.figures.fund

    @property
    def accounts(self) -> Accounts:
        """Its accounts of the valuation year by province."""
        return self.figures.accounts

    def ages(self) -> tuple[int, int, int]:
        """Youngest entry age, youngest and oldest age on 1 January of an award."""
        return ages_of(self.figures)

    def reserve_key(self) -> Array:
        """Reserves are spread as pensions are; evenly in a province that pays none yet [municipality]."""
        return self.figures.pensions.sum(axis=(0, 1))

    def levers(self, context: Context, rings: Rings) -> EmployeePension:
        """Levers of the projection."""
        return _levers(context, self.figures, rings)

    def stocks(self, rings: Rings, policies: int) -> PensionStocks:
        """Stocks on 1 January of the first year."""
        return _stocks(self.figures, rings, policies)

    def with_index_level(
        self, level: Array, province: NDArray[np.int_]
    ) -> "EmployeePensionOpening":
        """The same fund with its index-years moved by province."""
        return replace(self, figures=self.figures.with_index_level(level, province))


def open_employee_pension(context: Context, fund: EmployeePensionFund) -> EmployeePensionOpening:
    """Calibrate a fund to its share of the published accounts."""
    place = context.config.pension_funds.index(fund)
    return EmployeePensionOpening(open_fund(context, fund, context.accounts.funds[place]))


def _stocks(opening: FundOpening, rings: Rings, policies: int) -> PensionStocks:
    """Opening stocks of a fund on its rings."""
    work, ages = rings.work, slice(rings.work.first, rings.work.last + 1)

    def rights(stock: Array) -> tuple[jnp.ndarray, ...]:
        return tuple(work.from_ages(as_array(np.moveaxis(each[:, ages], -1, 0))) for each in stock)

    provinces = len(opening.accounts.active)
    return PensionStocks(
        Rights(
            rights(opening.members),
            rights(opening.service),
            rights(opening.index),
            rights(opening.balances),
        ),
        _awarded(opening, policies, lambda x: _on_ring(x, rings.pension)),
        _awarded(opening, policies, lambda x: as_array(x[:, AGES - 1].T)),
        jnp.zeros((provinces, provinces)),
    )


def _on_ring(stock: Array, ring: Ring) -> jnp.ndarray:
    """Lay pensioners on the pension ring; the few below its first age join it there."""
    inside = stock[:, ring.first : ring.last + 1].copy()
    inside[:, 0] += stock[:, : ring.first].sum(axis=1)
    return ring.from_ages(as_array(np.moveaxis(inside, -1, 0)))


def _awarded(opening: FundOpening, policies: int, place: Place) -> Awarded:
    return Awarded(
        place(opening.pensioners),
        tuple(place(opening.pensions) for _ in range(policies)),
        place(opening.account_pensions),
        place(opening.pensioner_accounts),
    )


def _levers(context: Context, opening: FundOpening, rings: Rings) -> EmployeePension:
    """Levers of one fund of the employee scheme."""
    config, years, fund = context.config, context.years, opening.fund
    rules = config.assumptions.scheme_rules[fund.module].rules
    ages = slice(rings.work.first, rings.work.last + 1)
    table = config.assumptions.tables["schemes/transitional"]
    members, ones = fund.members, jnp.ones(len(years))

    def rate(name: str) -> jnp.ndarray:
        return as_array(rules[name].annual(years))

    of_outgo, of_wage = _subsidy(config, opening, context.wage)
    law = grant_law(config, fund, years)
    wages = average_wages(config, context.accounts, context.split)
    limits = limit_wages(config, fund, wages, years).places
    flexible = flexible_workers(fund)
    return EmployeePension(
        employer_rate=rate("employer_rate"),
        employee_rate=rate("employee_rate"),
        flexible_pooled_rate=rate("flexible_pooled_rate"),
        flexible_account_rate=rate("flexible_account_rate"),
        account_rate=rate("account_rate"),
        floor=rate("floor_multiple")[:, None] * limits,
        cap=rate("cap_multiple")[:, None] * limits,
        accrual=rate("accrual"),
        minimum_years=rate("minimum_years"),
        hazard=as_array(opening.ages.hazard[:, :, ages]),
        benefit_time=as_array(opening.ages.benefit_time[:, :, ages]),
        inverse_divisor=as_array(opening.ages.inverse_divisor[:, :, ages]),
        coverage=as_array(opening.coverage[:, :, ages]),
        coverage_factor=as_array(opening.coverage_factor),
        entry=as_array(_entry(opening)[:, ages]),
        density=as_array(_density(config, opening, years)),
        base_level=as_array(opening.base_level),
        wage_profile=as_array(opening.profile[:, ages]),
        wage_spread=number(members.wage_spread),
        wage_level=ones,
        compliance=ones,
        flexible_share=number(flexible.share),
        flexible_payment=as_array(_flexible_payment(config, opening, flexible.density)),
        flexible_tiers=as_array(flexible.tiers),
        flexible_weights=as_array(flexible.weights),
        make_up=number(members.make_up_share),
        service_spread=number(members.service_spread),
        account_spread=number(members.account_spread),
        transition_years=as_array(_transition_years(opening, ages, len(years))),
        transition_coefficient=as_array(table.values["coefficient"]),
        transition_weight=as_array(table.values["base_weight"]),
        claim_home=number(fund.awards.claim_home_share),
        other_outgo=as_array(opening.other_outgo),
        grant_law=law,
        grant_income=number(fund.outgo.income_over_wage),
        pensioner_grants=pensioner_grants(
            law, members.service_spread, opening.ages.waiting, opening.retiring_service
        ),
        subsidy_of_outgo=as_array(of_outgo),
        subsidy_of_wage=as_array(of_wage),
        subsidy_level=ones,
        transfer_rate=rate("transfer_pooled_rate"),
        carried=rate("carried_years"),
        low_index=as_array(_variant(config, "low_index")),
        index_floor=as_array(_variant(config, "index_floor")),
        contributed_wages=number(opening.contributed_wages),
    )


def _variant(config: Config, column: str) -> Array:
    """A figure of the provincial variants of the formula [province]; 0 where a province has none."""
    on = config.options.provincial_variants
    table = config.assumptions.tables.get("schemes/provincial_formula") if on else None
    return laid_on(config.assumptions.provinces.code, table, "province", column)


def _density(config: Config, opening: FundOpening, years: NDArray[np.int_]) -> Array:
    """Share of paying members [year, municipality]: the opening's, or on a straight line to its mean over members."""
    options = config.options
    if options.collection_after_opening == "constant":
        return np.broadcast_to(opening.density, (len(years), len(opening.density)))
    weight = opening.members.sum(axis=(0, 1, 2))
    mean = np.sum(weight * opening.density) / weight.sum()
    done = np.minimum(np.arange(1, len(years) + 1) / options.convergence_years, 1)[:, None]
    return (1 - done) * opening.density + done * mean


def _flexible_payment(config: Config, opening: FundOpening, density: float) -> Array:
    """Contribution years of a flexible worker over those of an employee [year].

    Raises:
        OpeningError: somewhere they would pay more than every month.
    """
    years = config.projection.years
    paid = density * flexible_payment(config, years)
    most = opening.density.max() * paid
    if opening.fund.members.flexible_share > 0 and most.max() > 1 + 1e-9:
        place = opening.density.argmax()
        name = config.assumptions.municipalities.name[place]
        raise OpeningError(
            f"{opening.fund.key}: flexible workers of {name} would pay {most.max():.3f} contribution years in the year "
            f"{years[most.argmax()]}; at most 1: lower schemes.enrolment.rules.flexible_payment"
        )
    return paid


def _entry(opening: FundOpening) -> Array:
    """1 at the ages on 1 January at which a person may join [sex, age]."""
    first = first_pension_age(opening.ages)
    ages = np.arange(AGES)
    young = opening.fund.members.entry_age_first
    return ((ages >= young) & (ages < first[:, None])).astype(float)


def _transition_years(opening: FundOpening, ages: slice, years: int) -> Array:
    """Deemed years of the cohorts by the year in which they have an age [year, sex, age, province]."""
    by_age = np.moveaxis(opening.deemed, 0, -1)
    table = np.zeros((years, *by_age.shape))
    for year in range(min(years, by_age.shape[1])):
        table[year, :, year:] = by_age[:, : by_age.shape[1] - year]
    return table[:, :, ages]


def _subsidy(config: Config, opening: FundOpening, wage_before: Array) -> tuple[Array, Array]:
    """Scheduled subsidy over outgo, and over the average wage [payer, municipality]: one of them is zero.

    Payers are the centre, by the tiers of shared expenditure, and the province. With wages the opening amount is spread
    over municipalities as outgo is.
    """
    province = config.assumptions.municipalities.province_index
    centre = config.assumptions.tables["pooling/tiers"].values["central_share"]
    payer = np.stack([centre, 1 - centre])
    accounts = opening.accounts
    ratio = (payer * share_of(accounts.subsidy, accounts.expenditure))[:, province]
    outgo = opening.pensions.sum(axis=(0, 1))
    spread = share_of(outgo, sums(province, outgo)[province])
    amount = (payer * accounts.subsidy / wage_before)[:, province] * spread
    rule = config.options.scheduled_subsidy
    nothing = np.zeros_like(ratio)
    return (ratio if rule == "benefits" else nothing, amount if rule == "wages" else nothing)
