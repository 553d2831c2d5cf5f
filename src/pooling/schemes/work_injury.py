"""One year of work injury insurance: premiums by risk class, injuries, benefits at once and for life, platform workers.

The insured are standard employees of the pension funds. Beneficiaries for life stay with the municipality that pays them.
The occupational-injury protection of platform workers is an account of its own inside the fund: what it takes in it pays
out.

Sources: Work Injury Insurance Regulations, Renshebufa [2015] 71. The rules' figures and dates are data.
"""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.numerics import ratio, total
from pooling.once import once
from pooling.parameters.model import YEARLY, Economy, SchemeLevers
from pooling.schemes.calendar import Leaf, Rings
from pooling.schemes.employment import employed
from pooling.schemes.injury_benefit import (
    Grading,
    allowance,
    annuitants,
    death_grant,
    incidence,
    lump_sum,
    platform_premium,
    premium_rate,
)
from pooling.schemes.life_benefit import (
    ByAge,
    close,
    exposure,
    lasting,
    lay_table,
    product,
    survival,
    total_of,
)
from pooling.schemes.scheme import Covered, Given, NoRights, SchemeYear


class WorkInjury(SchemeLevers):
    """Levers of work injury insurance."""

    mix: Float[Array, "m class"]
    """Employment by risk class."""
    class_rate: Float[Array, "y class"] = eqx.field(metadata=YEARLY)
    band: Float[Array, "y class"] = eqx.field(metadata=YEARLY)
    """Mean floating band of a class: the factor on its benchmark rate."""
    phased: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Factor of temporary cuts."""
    compliance: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on cash collected; 1 in the central assumptions."""
    coverage: Float[Array, " m"]
    """Insured over standard employees, calibrated to published heads."""
    base_level: Float[Array, " m"]
    """Contribution base over that of the pension scheme."""
    incidence: Float[Array, " class"]
    """Recognised injuries an insured person-year."""
    incidence_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on injuries; 1 in the central assumptions."""
    grades: Float[Array, " grade"]
    fatal: Float[Array, ""]
    lump_months: Float[Array, "y grade"] = eqx.field(metadata=YEARLY)
    allowance: Float[Array, "y allowed"] = eqx.field(metadata=YEARLY)
    fund_pays: Float[Array, " allowed"]
    dependants: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Pensions of the dependants of a fatal case over the wage of the dead."""
    dependants_per_death: Float[Array, ""]
    dependants_exit: Float[Array, ""]
    """Share of the dependants whose right ends in a year for another reason than death."""
    paid_share: Float[Array, "2 101"]
    """Share of an allowance that the fund pays by sex and age on 1 January: all of it up to the pension age."""
    funeral_months: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    death_multiple: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Death grant in years of the national urban disposable income a head."""
    urban_income: Float[Array, ""]
    """That income in the valuation year; it moves with the national average wage; currency a year."""
    treatment: Float[Array, ""]
    """Treatment and other costs of an injury over a year's mean base of the insured."""
    treated: Float[Array, ""]
    """People treated in a year, an injury of the year."""
    platform_workers: Float[Array, "y m"] = eqx.field(metadata=YEARLY)
    """Insured platform workers; person-years."""
    platform_premium: Float[Array, " kind"]
    """Premium an order in the first projection year; it moves with the national average wage; currency."""
    platform_orders: Float[Array, " kind"]
    """Orders an insured year."""
    platform_medical: Float[Array, ""]
    """Share of treatment in the benefits of platform workers."""


class LifeBenefits(eqx.Module):
    """Beneficiaries for life of one kind."""

    heads: ByAge
    """Persons."""
    amount: ByAge
    """Annual rate of their benefits; currency a year."""


class Stocks(eqx.Module):
    """Stocks on 1 January, by municipality of insurance."""

    rights: NoRights
    disabled: LifeBenefits
    dependants: LifeBenefits


class Tables(eqx.Module):
    """What no path changes."""

    premium: Float[Array, " m"]
    """Statutory premium over the wage bill: classes, bands and cuts."""
    incidence: Float[Array, " m"]
    """Injuries an insured person-year."""
    paid: ByAge
    """Share of an allowance that the fund pays, one row for all municipalities."""


def tables(rules: WorkInjury, economy: Economy, rings: Rings, elapsed: Int[Array, ""]) -> Tables:
    """Premium and incidence of the year, and who is paid in full."""
    return Tables(
        premium_rate(rules.mix, rules.class_rate, rules.band, rules.phased),
        incidence(rules.mix, rules.incidence, rules.incidence_level),
        lay_table(rules.paid_share, rings, elapsed),
    )


def grading(rules: WorkInjury) -> Grading:
    """What becomes of an injury, in the year of the levers."""
    return Grading(
        rules.grades,
        rules.fatal,
        rules.lump_months,
        rules.allowance,
        rules.fund_pays,
        rules.dependants,
    )


class ForLife(eqx.Module):
    """Benefits for life over a year: what is left, and what was paid."""

    stock: LifeBenefits
    heads: Float[Array, " m"]
    """Person-years drawn."""
    paid: Float[Array, " m"]


def advance(
    rules: WorkInjury, of_year: Tables, given: Given, covered: Covered | None, stocks: Stocks
) -> SchemeYear:
    """One year of the fund.

    Args:
        rules: levers of the year.
        of_year: tables of the year.
        given: drivers, places and people of the year.
        covered: who is in the employee track.
        stocks: on 1 January.
    """
    # 1. Standard employees are insured at the rate of their class.
    work = once(employed, covered, given, rules.coverage)
    insured = work.everyone
    heads = total(insured)
    wage_bill = rules.base_level * total(insured * work.wages)
    premiums = of_year.premium * wage_bill
    # 2. Injuries by cell, and the yearly wages of the injured.
    injuries = of_year.incidence[:, None] * insured
    wages = injuries * work.wages
    outcome = grading(rules)
    # 3. Benefits for life: those of earlier years, indexed, and the year's new ones for half of it. Of the disabled those
    # are new who live to its end; the dependants of the dead do not die in the year of the award.
    stay = 1 - rules.dependants_exit
    alive = lasting(given.place.geography.to_municipalities(given.dates.living))
    disabled = once(
        _for_life,
        given,
        stocks.disabled,
        annuitants(outcome) * alive * injuries,
        allowance(outcome) * alive * wages,
        of_year.paid,
        jnp.ones_like(stay),
    )
    of_dead = once(
        _for_life,
        given,
        stocks.dependants,
        rules.fatal * rules.dependants_per_death * injuries,
        rules.fatal * rules.dependants * wages,
        jax.tree.map(jnp.ones_like, of_year.paid),
        stay,
    )
    # 4. Lump sums, grants on death, treatment.
    lumps = lump_sum(outcome) * total(wages)
    deaths = rules.fatal * total(injuries)
    income = rules.urban_income * given.wage_level
    grants = deaths * death_grant(given.wage, income, rules.funeral_months, rules.death_multiple)
    treated = rules.treatment * total(wages)
    # 5. Platform workers: an account that closes every year.
    platform = _platform(rules, given)
    pensions = disabled.paid + of_dead.paid
    new = (allowance(outcome) + rules.fatal * rules.dependants) * total(wages)
    policies = len(given.reference_wage)
    flows = replace(
        given.no_flows,
        contributors=heads,
        contributors_elsewhere=work.elsewhere,
        insured=heads,
        beneficiaries=rules.treated * total(injuries) + disabled.heads + of_dead.heads,
        new_beneficiaries=total(injuries),
        new_pensions=(new,) * policies,
        # An order has no wage: the bill that would pay its premium at the rate of the place.
        wage_bill=wage_bill + ratio(platform, of_year.premium),
        contributions=rules.compliance * premiums + platform,
        pensions=(pensions,) * policies,
        cash_benefits=lumps + grants + (1 - rules.platform_medical) * platform,
        medical_benefits=treated + rules.platform_medical * platform,
    )
    return SchemeYear(Stocks(NoRights(), disabled.stock, of_dead.stock), flows, covered)


def _for_life(
    given: Given,
    stock: LifeBenefits,
    new_heads: Leaf,
    new_amounts: Leaf,
    paid: ByAge,
    staying: Float[Array, ""],
) -> ForLife:
    """A year of benefits for life: paid to the mean of those before and after the year's exits and awards."""
    living = jax.tree.map(
        lambda share: staying * share, survival(given.dates, given.place.geography)
    )
    part = exposure(living)
    indexed = jax.tree.map(lambda amount: (1 + given.indexation) * amount, stock.amount)
    drawn = product(product(indexed, part), paid)
    first = 0.5 * new_amounts * paid.work
    return ForLife(
        LifeBenefits(
            close(stock.heads, living, new_heads, given.dates),
            close(indexed, living, new_amounts, given.dates),
        ),
        total_of(product(stock.heads, part)) + 0.5 * total(new_heads),
        total_of(drawn) + total(first),
    )


def _platform(rules: WorkInjury, given: Given) -> Float[Array, " m"]:
    """Premiums of platform workers, all of which are paid out in the year; currency."""
    premium = platform_premium(rules.platform_premium, rules.platform_orders)
    return given.wage_level * premium * rules.platform_workers
