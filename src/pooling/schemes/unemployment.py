"""One year of unemployment insurance: contributions, lay-offs that follow the wage cycle, benefit, prevention.

The insured are standard employees of the pension funds. Lay-offs of a year are even over it; benefit that is still due at
its end stays with the municipality as person-years of the two years that follow. Everything is by the place of insurance.

Sources: Unemployment Insurance Regulations (contributions, durations), notices on the benefit level and on retention
refunds. The rules' figures and dates are data.
"""

from dataclasses import replace

import equinox as eqx
from jaxtyping import Array, Float, Int

from pooling.numerics import dot, ratio, total
from pooling.once import once
from pooling.parameters.model import YEARLY, Economy, SchemeLevers
from pooling.schemes.calendar import Rings
from pooling.schemes.employment import employed
from pooling.schemes.scheme import Covered, Given, NoRights, SchemeYear
from pooling.schemes.unemployment_spell import (
    Entitlement,
    PaidYears,
    Spell,
    entitled_share,
    layoff_factor,
    paid_years,
)


class Unemployment(SchemeLevers):
    """Levers of unemployment insurance."""

    employer_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    employee_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    compliance: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on cash collected; 1 in the central assumptions."""
    coverage: Float[Array, " m"]
    """Insured over standard employees, calibrated to published heads."""
    base_level: Float[Array, " m"]
    """Contribution base over that of the pension scheme."""
    layoff_rate: Float[Array, " m"]
    """Lay-offs an insured person-year with wages on their path."""
    layoff_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on lay-offs; 1 in the central assumptions."""
    wage_elasticity: Float[Array, ""]
    """Fall of the log lay-off rate for a rise of last year's real wage growth above its path."""
    prevention_response: Float[Array, ""]
    """Fall of the log lay-off rate for prevention spending over the wage bill."""
    prevention_reference: Float[Array, " m"]
    """That spending in the opening year."""
    qualifying_years: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    middle_years: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    long_years: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    duration_short: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Longest benefit below the middle contribution years; years."""
    duration_middle: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    duration_long: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    spell: Float[Array, ""]
    """Mean time out of work, were benefit paid for ever; years."""
    spell_spread: Float[Array, ""]
    service: Float[Array, "2 a"]
    """Mean contribution years of those laid off, by sex and working age; years."""
    service_spread: Float[Array, ""]
    benefit_share: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Benefit over the minimum wage."""
    minimum_wage: Float[Array, " m"]
    """Minimum wage over the average wage of the province."""
    medical_share: Float[Array, ""]
    """Medical contributions of recipients over their benefit."""
    refund_share: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Retention refunds over the contributions of the year before."""
    training_share: Float[Array, " m"]
    """Training subsidies and other prevention over the wage bill."""
    training_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on them; 1 in the central assumptions."""


class Stocks(eqx.Module):
    """Stocks on 1 January, all of them by place of insurance."""

    rights: NoRights
    due: Float[Array, " m"]
    """Benefit of earlier lay-offs that falls due in this year; person-years."""
    due_next: Float[Array, " m"]
    """The same in the year after it."""
    contributions: Float[Array, " m"]
    """Contributions of the year before; currency."""


class Tables(eqx.Module):
    """What no path changes, on the working cohorts."""

    paid: PaidYears
    """Person-years of benefit of a lay-off, ``[row]``."""
    entitled: Float[Array, " row"]
    """Share of the lay-offs that open a right to benefit."""


def tables(rules: Unemployment, economy: Economy, rings: Rings, elapsed: Int[Array, ""]) -> Tables:
    """Benefit of a lay-off by cohort, over the calendar years in which it is paid."""
    law, spell = entitlement(rules), spell_of(rules)
    service = rings.work.align(rules.service, elapsed)
    return Tables(paid_years(law, spell, service), entitled_share(law, spell, service))


def entitlement(rules: Unemployment) -> Entitlement:
    """The law on durations in the year of the levers."""
    return Entitlement(
        rules.qualifying_years,
        rules.middle_years,
        rules.long_years,
        (rules.duration_short, rules.duration_middle, rules.duration_long),
    )


def spell_of(rules: Unemployment) -> Spell:
    """Time out of work of those laid off."""
    return Spell(rules.spell, rules.spell_spread, rules.service_spread)


def advance(
    rules: Unemployment, of_year: Tables, given: Given, covered: Covered | None, stocks: Stocks
) -> SchemeYear:
    """One year of the fund.

    Args:
        rules: levers of the year.
        of_year: tables of the year.
        given: drivers, places and people of the year.
        covered: who is in the employee track.
        stocks: on 1 January.
    """
    # 1. Standard employees are insured and pay.
    work = once(employed, covered, given, rules.coverage)
    insured = work.everyone
    heads = total(insured)
    wage_bill = rules.base_level * total(insured * work.wages)
    rate = rules.employer_rate + rules.employee_rate
    contributions = rules.compliance * rate * wage_bill
    # 2. Prevention: refunds of last year's contributions, training.
    refunds = rules.refund_share * stocks.contributions
    prevention = refunds + rules.training_level * rules.training_share * wage_bill
    # 3. Lay-offs follow last year's wages, and prevention where a response is declared.
    layoffs = _layoffs(rules, given, prevention, wage_bill)
    # 4. Benefit of the year: of earlier lay-offs and of this year's.
    paid = of_year.paid
    recipients = stocks.due + layoffs * dot(insured, paid.this)
    benefit = rules.benefit_share * rules.minimum_wage * given.wage * recipients
    flows = replace(
        given.no_flows,
        contributors=heads,
        contributors_elsewhere=work.elsewhere,
        insured=heads,
        beneficiaries=recipients,
        new_beneficiaries=layoffs * dot(insured, of_year.entitled),
        wage_bill=wage_bill,
        contributions=contributions,
        cash_benefits=benefit,
        medical_benefits=rules.medical_share * benefit,
        prevention=prevention,
    )
    due = stocks.due_next + layoffs * dot(insured, paid.next)
    left = Stocks(NoRights(), due, layoffs * dot(insured, paid.after), contributions)
    return SchemeYear(left, flows, covered)


def _layoffs(
    rules: Unemployment,
    given: Given,
    prevention: Float[Array, " m"],
    wage_bill: Float[Array, " m"],
) -> Float[Array, " m"]:
    """Lay-offs an insured person-year."""
    factor = layoff_factor(
        rules.wage_elasticity,
        given.wage_shock,
        rules.prevention_response,
        ratio(prevention, wage_bill) - rules.prevention_reference,
    )
    return rules.layoff_level * factor * rules.layoff_rate
