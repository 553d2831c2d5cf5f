"""One year of unemployment insurance: contributions, lay-offs that follow the wage cycle, benefit, prevention.

The insured are standard employees of the pension funds. Lay-offs of a year are even over it; benefit that is still due at
its end stays with the municipality as person-years of the two years that follow. Everything is by the place of insurance.

Sources: Unemployment Insurance Regulations (contributions, durations), notices on the benefit level and on retention
refunds. The rules' figures and dates are data.
"""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.numerics import add, dot, once, total
from pooling.parameters.model import YEARLY, Economy, SchemeLevers
from pooling.schemes.pension_year import Leaf, Rings
from pooling.schemes.scheme import Covered, Flows, Given, NoRights, SchemeYear
from pooling.schemes.unemployment_spell import (
    Entitlement,
    PaidYears,
    Spell,
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


def tables(rules: Unemployment, economy: Economy, rings: Rings, elapsed: Int[Array, ""]) -> Tables:
    """Benefit of a lay-off by cohort, over the calendar years in which it is paid."""
    entitlement = Entitlement(
        rules.qualifying_years,
        rules.middle_years,
        rules.long_years,
        (rules.duration_short, rules.duration_middle, rules.duration_long),
    )
    spell = Spell(rules.spell, rules.spell_spread, rules.service_spread)
    return Tables(paid_years(entitlement, spell, rings.work.align(rules.service, elapsed)))


def standard_share(covered: Covered) -> Leaf:
    """Share of the paying members of the pension funds who are employees, not flexible workers."""
    some = covered.paying > 0
    return jnp.where(some, 1 - covered.flexible / jnp.where(some, covered.paying, 1), 1)


def advance(
    rules: Unemployment, table: Tables, given: Given, covered: Covered, stocks: Stocks
) -> SchemeYear:
    """One year of the fund.

    Args:
        rules: levers of the year.
        table: of the year.
        given: drivers, places and people of the year.
        covered: who is in the employee track.
        stocks: on 1 January.
    """
    # 1. Standard employees are insured; those who pay to the pension fund pay here.
    by_class, payers, bases = once(_insured, rules, given, covered)
    insured = add(by_class)
    wage_bill = rules.base_level * bases
    rate = rules.employer_rate + rules.employee_rate
    contributions = rules.compliance * rate * wage_bill
    # 2. Prevention: refunds of last year's contributions, training.
    refunds = rules.refund_share * stocks.contributions
    prevention = refunds + rules.training_level * rules.training_share * wage_bill
    # 3. Lay-offs follow last year's wages, and prevention where a response is declared.
    spent = jnp.where(wage_bill > 0, prevention / jnp.where(wage_bill > 0, wage_bill, 1), 0)
    factor = layoff_factor(
        rules.wage_elasticity,
        given.wage_shock,
        rules.prevention_response,
        spent - rules.prevention_reference,
    )
    layoffs = rules.layoff_level * factor * rules.layoff_rate
    # 4. Benefit of the year: of earlier lay-offs and of this year's.
    this, following, after = (
        layoffs * dot(insured, years)
        for years in (table.paid.this, table.paid.next, table.paid.after)
    )
    recipients = stocks.due + this
    benefit = rules.benefit_share * rules.minimum_wage * given.wage * recipients
    flows = dataclasses.replace(
        Flows.nothing(given.wage.shape[0], len(given.reference_wage), given.wage.dtype),
        contributors=payers,
        contributors_elsewhere=_elsewhere(payers, by_class),
        insured=total(insured),
        beneficiaries=recipients,
        new_beneficiaries=layoffs * total(insured),
        wage_bill=wage_bill,
        contributions=contributions,
        cash_benefits=benefit,
        medical_benefits=rules.medical_share * benefit,
        prevention=prevention,
    )
    left = Stocks(NoRights(), stocks.due_next + following, after, contributions)
    return SchemeYear(left, flows, None)


def _insured(
    rules: Unemployment, given: Given, covered: Covered
) -> tuple[tuple[Leaf, ...], Float[Array, " m"], Float[Array, " m"]]:
    """Insured person-years by class and cell, person-years paid, and their pension bases; currency."""
    employed = rules.coverage[:, None] * standard_share(covered)
    exposure = 0.5 * (1 + given.place.geography.to_municipalities(given.dates.living))
    paying = employed * covered.paying
    return (
        tuple(employed * exposure * heads for heads in covered.active),
        total(paying),
        total(paying * covered.wages),
    )


def _elsewhere(payers: Float[Array, " m"], by_class: tuple[Leaf, ...]) -> Float[Array, " m"]:
    """Of the person-years paid, those of people registered in another province: as among the insured."""
    if len(by_class) == 1:
        return jnp.zeros_like(payers)
    everyone = total(add(by_class))
    some = everyone > 0
    return jnp.where(some, payers * total(by_class[-1]) / jnp.where(some, everyone, 1), 0)
