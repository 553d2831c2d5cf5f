"""One year of the health insurance of employees: contributions, medical accounts, treatment.

Employers and employees pay on the employee's wage; retired insured pay nothing, except a declared share of the younger ones,
who are short of the minimum years. Accounts receive a share of the base of employees and a fixed sum for every retired
insured, whether he pays on or not; they are a stock by municipality that holds money of the fund until it is spent on
treatment or inherited. The pool pays all other treatment.

Sources: Guofa [1998] 44 (rates, accounts), Social Insurance Law art. 27 (retired), Guobanfa [2021] 14 (account reform).
The rules' figures and dates are data.
"""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.numerics import add, ratio, total
from pooling.once import once
from pooling.parameters.model import YEARLY, Economy, SchemeLevers
from pooling.population.ring import LIFE
from pooling.schemes.calendar import Leaf, Rings
from pooling.schemes.medical_cost import (
    CostTables,
    Load,
    Treatment,
    cost_at_residence,
    cost_tables,
    lived_part,
    load_of,
    nominal_growth,
    treated_at_registration,
)
from pooling.schemes.medical_insured import Insured, insured_of, on_life
from pooling.schemes.scheme import Covered, Flows, Given, NoRights, SchemeYear


class EmployeeMedical(SchemeLevers):
    """Levers of the scheme."""

    employer_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    employee_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    account_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Share of the base credited to the account of an employee."""
    collection: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: contributions collected over those of the valuation year's collection."""
    active_share: Float[Array, ""]
    """Insured employees over active members of the employee pension funds."""
    retired_share: Float[Array, ""]
    """Insured retired over pensioners of these funds."""
    base_level: Float[Array, ""]
    """Contribution base over that of the pension scheme."""
    still_paying: Float[Array, "2 101"]
    """Share of the retired who pay on for missing minimum years, by age."""
    still_paying_base: Float[Array, ""]
    """Their base over the average wage."""
    retired_credit: Float[Array, " m"]
    """Credited to the account of a retired insured; currency a year."""
    retired_credit_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on that sum, which is fixed; 1 in the central assumptions."""
    account_spending: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Spent of the accounts and the year's credits."""
    inherited_level: Float[Array, ""]
    """Account of those who die over the mean account."""
    treatment: Treatment
    cost_index: Float[Array, "2 101"]
    """Relative cost by sex and age."""
    cost_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Growth of the cost of the same treatment since the valuation year, but for that of wages since the first year."""
    subsidy_of_outgo: Float[Array, "payer m"]
    """Scheduled subsidy of each payer (centre, province) over outgo."""
    subsidy_of_wage: Float[Array, "payer m"]
    """The same over the average wage, where it grows with wages; persons."""
    subsidy_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on scheduled subsidy; 1 in the central assumptions."""


class EmployeeMedicalTables(eqx.Module):
    """What no path changes, on the cohorts of one year."""

    cost: CostTables
    still_paying: Float[Array, " row"]


class EmployeeMedicalStocks(eqx.Module):
    """Stocks of the scheme."""

    rights: NoRights
    accounts: Float[Array, " m"]
    """Medical accounts by municipality of insurance, part of the fund's balance; currency."""


class Collected(eqx.Module):
    """Who pays what in a year, by municipality."""

    active: Float[Array, " m"]
    """Insured employees; person-years."""
    elsewhere: Float[Array, " m"]
    """Of them, registered in another province."""
    short: Float[Array, " m"]
    """Retired who pay on; person-years."""
    wage_bill: Float[Array, " m"]
    contributions: Float[Array, " m"]
    credited: Float[Array, " m"]
    """To the accounts of the employees; currency."""


class AccountYear(eqx.Module):
    """One year of the medical accounts, by municipality; currency."""

    stock: Float[Array, " m"]
    """On 31 December."""
    spent: Float[Array, " m"]
    inherited: Float[Array, " m"]


def tables(
    rules: EmployeeMedical, economy: Economy, rings: Rings, elapsed: Int[Array, ""]
) -> EmployeeMedicalTables:
    """Cost index and the ages of those who pay on, laid on the cohorts."""
    del economy
    return EmployeeMedicalTables(
        cost_tables(rules.cost_index, rings, elapsed),
        LIFE.align(rules.still_paying[:, :100], elapsed),
    )


def advance(
    rules: EmployeeMedical,
    of_year: EmployeeMedicalTables,
    given: Given,
    covered: Covered | None,
    stocks: EmployeeMedicalStocks,
) -> SchemeYear:
    """One year of the scheme.

    Args:
        rules: levers of the year.
        of_year: tables of the year.
        given: people, places, wages.
        covered: who is in the employee track; passed on as it is.
        stocks: on 1 January.
    """
    young, oldest = once(insured_of, given, covered, rules.active_share, rules.retired_share)
    part, part_oldest = lived_part(given)
    # 1. Contributions, and what of them goes to the accounts.
    paid = collected(rules, of_year, given, covered, young, part)
    retired = total(part * young.retired) + total(part_oldest * oldest.retired)
    credited = paid.credited + rules.retired_credit * rules.retired_credit_level * retired
    # 2. Accounts: spent on treatment, or inherited.
    dying = rules.inherited_level * _dying(young, oldest, part, part_oldest)
    account = once(
        run_accounts, rules.account_spending, given.fund_return, stocks.accounts, credited, dying
    )
    # 3. Treatment that the pool pays, at the prices of the places where it is given.
    everybody = part * (add(young.active) + young.retired)
    far = part * young.active[-1] if len(young.active) > 1 else jnp.zeros_like(everybody)
    nobody = jnp.zeros_like(oldest.retired)
    load = Load(
        load_of(everybody, part_oldest * oldest.retired, of_year.cost),
        load_of(far, nobody, of_year.cost),
    )
    growth = nominal_growth(rules.cost_level, given)
    pooled = cost_at_residence(rules.treatment, growth, given.place, load)
    flows = _flows(rules, given, paid, retired, credited, account, pooled)
    sent = treated_at_registration(rules.treatment, growth, given.place, load.far)
    flows = replace(flows, benefits_elsewhere=sent)
    return SchemeYear(EmployeeMedicalStocks(NoRights(), account.stock), flows, covered)


def collected(
    rules: EmployeeMedical,
    of_year: EmployeeMedicalTables,
    given: Given,
    covered: Covered | None,
    young: Insured,
    part: Leaf,
) -> Collected:
    """Contributions of the year.

    Args:
        rules, of_year, given, covered: as in :func:`advance`.
        young: insured on the life ring.
        part: person-years of the year over the people of 1 January.
    """
    (wage,) = on_life(given, (_mean_base(covered),))
    active = tuple(part * each for each in young.active)
    short = total(part * young.retired * of_year.still_paying[None])
    wages = rules.base_level * total(add(active) * wage)
    wage_bill = wages + rules.still_paying_base * given.wage * short
    heads = total(add(active))
    return Collected(
        active=heads,
        elsewhere=total(active[-1]) if len(active) > 1 else jnp.zeros_like(heads),
        short=short,
        wage_bill=wage_bill,
        contributions=(rules.employer_rate + rules.employee_rate) * rules.collection * wage_bill,
        credited=rules.account_rate * rules.collection * wages,
    )


def _mean_base(covered: Covered | None) -> Leaf:
    """Mean contribution base of a year in the employee pension funds; currency a year."""
    if covered is None:
        raise ValueError("Expected a fund of the employee pension scheme before this one.")
    return ratio(covered.base, covered.paying)


def _dying(
    young: Insured, oldest: Insured, part: Leaf, part_oldest: Float[Array, "m 2"]
) -> Float[Array, " m"]:
    """Share of the insured of a municipality who die in the year."""
    heads = add(young.active) + young.retired
    dead = total(2 * (1 - part) * heads) + total(2 * (1 - part_oldest) * oldest.retired)
    return ratio(dead, total(heads) + total(oldest.retired))


def run_accounts(
    spending: Float[Array, ""],
    rate: Float[Array, ""],
    opening: Float[Array, " m"],
    credited: Float[Array, " m"],
    dying: Float[Array, " m"],
) -> AccountYear:
    """Accounts over a year; the interest is part of the fund's, half of it on the year's movements.

    Who dies has lived half of the year: is credited and spends half of what others are and do. Heirs get all that is left,
    principal and interest (Guofa [1998] 44): money of 1 January has grown to (1 + r) ÷ (1 + r/2) by the middle of the year,
    so that the accounts of the living are what stands at its end.

    Args:
        spending: share of an account and its credits that is spent in a whole year.
        rate: return of the year.
        opening: accounts on 1 January; currency.
        credited: in the year; currency.
        dying: share of the accounts whose owners die in the year.
    """
    living = 1 - 0.5 * dying
    spent = spending * (living * opening + credited)
    middle = opening * (1 + rate) / (1 + 0.5 * rate) + 0.5 * (credited - spent) / living
    inherited = dying * middle
    moved = credited - spent - inherited
    return AccountYear(opening * (1 + rate) + moved * (1 + 0.5 * rate), spent, inherited)


def _flows(
    rules: EmployeeMedical,
    given: Given,
    paid: Collected,
    retired: Float[Array, " m"],
    credited: Float[Array, " m"],
    account: AccountYear,
    pooled: Float[Array, " m"],
) -> Flows:
    policies = len(given.reference_wage)
    treated = pooled + account.spent
    outgo = treated + account.inherited
    scheduled = rules.subsidy_level * (
        rules.subsidy_of_outgo * outgo[None] + rules.subsidy_of_wage * given.wage[None]
    )
    return replace(
        given.no_flows,
        contributors=paid.active + paid.short,
        contributors_elsewhere=paid.elsewhere,
        insured=paid.active,
        beneficiaries=retired,
        wage_bill=paid.wage_bill,
        contributions=paid.contributions,
        contributions_account=credited,
        medical_benefits=treated,
        inherited_accounts=account.inherited,
        scheduled_subsidy=(scheduled,) * policies,
    )
