"""Unemployment insurance on the valuation date: national accounts reproduced, provinces and lay-offs as declared."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.funds import UnemploymentFund
from pooling.axes import AGES
from pooling.errors import OpeningError
from pooling.numerics import as_array, number
from pooling.opening import national
from pooling.opening.accounts import Accounts, interest
from pooling.opening.context import Context
from pooling.opening.national import Employees, divisor_of, employees, in_force, pattern, published
from pooling.parameters.lookup import sums
from pooling.schemes.calendar import Rings
from pooling.schemes.scheme import NoRights
from pooling.schemes.unemployment import Stocks, Unemployment
from pooling.schemes.unemployment_spell import Entitlement, PaidYears, Spell, paid_years

Array = NDArray[np.float64]
NATIONAL, PROVINCIAL = "schemes/unemployment_national", "schemes/unemployment_accounts"
FIGURES = ("insured", "recipients", "benefits", "medical", "revenue", "expenditure", "balance")


@dataclass(frozen=True)
class UnemploymentOpening:
    """See :class:`pooling.opening.context.SchemeOpening`."""

    fund: UnemploymentFund
    accounts: Accounts
    contributions: Array
    """Of the valuation year [municipality]; currency."""
    coverage: float
    """Insured over standard employees."""
    base_level: float
    layoff_rate: Array
    """[municipality]."""
    due: Array
    """Benefit of earlier lay-offs in the two years that follow [2, municipality]; person-years."""
    minimum_wage: Array
    """Minimum wage over the average wage [province]."""
    medical_share: float
    training_share: float
    prevention_share: float
    """All prevention over the wage bill."""

    def ages(self) -> None:
        """Nobody is awarded a pension."""

    def reserve_key(self) -> Array:
        """Reserves are spread as contributions are [municipality]."""
        return self.contributions

    def levers(self, context: Context, rings: Rings) -> Unemployment:
        """Levers of the projection."""
        return _levers(self, context, rings)

    def stocks(self, rings: Rings, policies: int) -> Stocks:
        """Stocks on 1 January of the first year."""
        due, due_next = (as_array(each) for each in self.due)
        return Stocks(NoRights(), due, due_next, as_array(self.contributions))


def open_unemployment(context: Context, fund: UnemploymentFund) -> UnemploymentOpening:
    """Calibrate the fund to the national accounts of the valuation year.

    Raises:
        OpeningError: published figures that do not fit together.
    """
    config, province, wage = context.config, context.province, context.wage
    nation = published(config, NATIONAL, FIGURES)
    staff = employees(context)
    # 1. One coverage and one base level for the nation bring its heads and its contributions.
    coverage = nation["insured"] / staff.heads.sum()
    heads = coverage * staff.heads.sum(axis=(0, 1))
    earned = interest(
        config.options.interest, nation["revenue"], nation["expenditure"], nation["balance"]
    )
    rate = in_force(context.config, fund.module, "employer_rate") + in_force(
        context.config, fund.module, "employee_rate"
    )
    own = nation["revenue"] - earned
    owed = rate * coverage * np.sum(staff.heads * staff.wages, axis=(0, 1))
    level = national.base_level(fund.key, own, owed.sum())
    contributions = level * owed
    # 2. Recipients by province, with part of its deviation of the last published year; lay-offs follow from them.
    weight = sums(province, heads) * pattern(
        config, PROVINCIAL, "recipients", "insured", fund.split
    )
    recipients = national.by_key(nation["recipients"], weight)
    paid = _paid(context, fund)
    rates, due = _steady(recipients, coverage, staff, paid, province)
    # 3. Benefit: the minimum wage that gives the national mean, steeper or flatter by province as declared.
    minimum = wage**fund.benefit.minimum_wage_elasticity
    share = in_force(context.config, fund.module, "benefit_share")
    for column in ("recipients", "benefits"):
        divisor_of(nation[column], f"{NATIONAL}: {column}")
    minimum *= nation["benefits"] / (share * np.sum(recipients * minimum))
    benefits = share * minimum * recipients
    medical = nation["medical"] / nation["benefits"]
    # 4. Prevention is what expenditure leaves; what of it is no refund is training.
    spent = nation["expenditure"] - nation["benefits"] - nation["medical"]
    training = spent - _refunds(context, fund, own, nation["revenue"])
    if training < 0:
        raise OpeningError(
            f"{fund.key}: benefits and retention refunds exceed the expenditure by {-training:.4g}"
        )
    wage_bill = own / rate
    reserves = pattern(config, PROVINCIAL, "balance", "revenue", fund.split)
    by_province = sums(province, contributions)
    return UnemploymentOpening(
        fund=fund,
        accounts=national.accounts_of(
            context,
            heads,
            recipients,
            contributions,
            rate * wage * sums(province, heads),
            (1 + medical) * benefits + national.by_key(spent, by_province),
            national.by_key(nation["balance"], by_province * reserves),
            earned,
        ),
        contributions=contributions,
        coverage=coverage,
        base_level=level,
        layoff_rate=rates,
        due=due,
        minimum_wage=minimum / wage,
        medical_share=medical,
        training_share=training / wage_bill,
        prevention_share=spent / wage_bill,
    )


def _paid(context: Context, fund: UnemploymentFund) -> PaidYears:
    """Benefit of a lay-off under the law of the valuation year [sex, age]."""
    given = fund.layoffs

    def rule(name: str) -> jnp.ndarray:
        return number(in_force(context.config, fund.module, name))

    law = Entitlement(
        rule("qualifying_years"),
        rule("middle_years"),
        rule("long_years"),
        (
            rule("duration_short") / 12,
            rule("duration_middle") / 12,
            rule("duration_long") / 12,
        ),
    )
    spell = Spell(
        number(given.spell_months / 12), number(given.spell_spread), number(given.service_spread)
    )
    return paid_years(law, spell, as_array(_service(fund)))


def _service(fund: UnemploymentFund) -> Array:
    """Mean contribution years of those laid off [sex, age on 1 January]."""
    years = np.clip(np.arange(AGES, dtype=float) - fund.layoffs.service_from_age, 0, None)
    return fund.layoffs.service_share * np.stack([years, years])


def _steady(
    recipients: Array,
    coverage: float,
    staff: Employees,
    paid: PaidYears,
    province: NDArray[np.int_],
) -> tuple[Array, Array]:
    """Lay-off rate [municipality], and benefit still due [2, municipality], had lay-offs been even for three years.

    Args:
        recipients: of the valuation year [province]; person-years.
        coverage: insured over standard employees.
        staff: at the valuation date.
        paid: of a lay-off [sex, age].
        province: of every municipality.
    """
    this, following, after = (
        coverage * np.einsum("xam,xa->m", staff.heads, np.asarray(years))
        for years in (paid.this, paid.next, paid.after)
    )
    rate = (recipients / sums(province, this + following + after))[province]
    return rate, rate * np.stack([following + after, after])


def _refund_share(context: Context, fund: UnemploymentFund, years: NDArray[np.int_]) -> Array:
    """Retention refunds over the contributions of the year before [year]."""
    rules = context.config.assumptions.scheme_rules[fund.module].rules
    large, small = (rules[name].annual(years) for name in ("refund_large", "refund_small"))
    share = fund.prevention.large_share
    return fund.prevention.refund_take_up * (share * large + (1 - share) * small)


def _refunds(
    context: Context, fund: UnemploymentFund, contributions: float, revenue: float
) -> float:
    """The nation's retention refunds of the valuation year: of contributions that moved as revenue did."""
    year = np.array([context.config.assumptions.info.valuation_date.year])
    before = published(context.config, NATIONAL, ("revenue",), back=1)["revenue"]
    return float(_refund_share(context, fund, year)[0]) * contributions * before / revenue


def _levers(opening: UnemploymentOpening, context: Context, rings: Rings) -> Unemployment:
    fund, years = opening.fund, context.years
    rules = context.config.assumptions.scheme_rules[fund.module].rules
    given, ones = fund.layoffs, jnp.ones(len(years))
    ages = slice(rings.work.first, rings.work.last + 1)

    def rule(name: str) -> jnp.ndarray:
        return as_array(rules[name].annual(years))

    def everywhere(value: float) -> jnp.ndarray:
        return jnp.full(len(context.province), value)

    return Unemployment(
        employer_rate=rule("employer_rate"),
        employee_rate=rule("employee_rate"),
        compliance=ones,
        coverage=everywhere(opening.coverage),
        base_level=everywhere(opening.base_level),
        layoff_rate=as_array(opening.layoff_rate),
        layoff_level=ones,
        wage_elasticity=number(given.wage_elasticity),
        prevention_response=number(given.prevention_response),
        prevention_reference=everywhere(opening.prevention_share),
        qualifying_years=rule("qualifying_years"),
        middle_years=rule("middle_years"),
        long_years=rule("long_years"),
        duration_short=rule("duration_short") / 12,
        duration_middle=rule("duration_middle") / 12,
        duration_long=rule("duration_long") / 12,
        spell=number(given.spell_months / 12),
        spell_spread=number(given.spell_spread),
        service=as_array(_service(fund)[:, ages]),
        service_spread=number(given.service_spread),
        benefit_share=rule("benefit_share"),
        minimum_wage=as_array(opening.minimum_wage[context.province]),
        medical_share=number(opening.medical_share),
        refund_share=as_array(_refund_share(context, fund, years)),
        training_share=everywhere(opening.training_share),
        training_level=ones,
    )
