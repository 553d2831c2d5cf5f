"""One year of the health insurance of urban and rural residents: premiums and subsidies a head, treatment.

Everybody who is in the employees' scheme neither as employee nor as retired may be insured; a declared share is. The premium
of a year was collected in the autumn before, at the standard set then; it counts in the year that it insures, as in the
fund's accounts. Governments add an amount a head: the national minimum, of which the centre pays its tier's share, and what
a province adds. Premium and minimum are dated; after the last published year they grow with the national wage.

Insured are counted where they are insured (:mod:`pooling.schemes.insured_place`), and so are their subsidies. No rights
move. Sources: yearly notices of NHSA, MOF and STA on residents' health insurance; Guobanfa [2018] 6 (central shares).
"""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.numerics import total
from pooling.once import once
from pooling.parameters.model import YEARLY, Economy, SchemeLevers
from pooling.schemes.calendar import Leaf, Rings
from pooling.schemes.insured_place import at_insurance, insured_places
from pooling.schemes.medical_cost import (
    CostTables,
    Treatment,
    cost_at_insurance,
    cost_tables,
    lived_part,
    load_of,
    nominal_growth,
    treated_at_registration,
    treated_at_residence,
)
from pooling.schemes.medical_insured import insured_of
from pooling.schemes.scheme import Covered, Given, NoRights, SchemeYear


class ResidentMedical(SchemeLevers):
    """Levers of the scheme."""

    of_wages = False

    premium: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Premium that insures the year; 0 where none is set yet; currency a head."""
    subsidy: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Least subsidy of all governments; 0 where none is set yet; currency a head."""
    premium_link: Float[Array, ""]
    """Elasticity of a premium not yet set to the national wage."""
    subsidy_link: Float[Array, ""]
    added_subsidy: Float[Array, " m"]
    """What governments add to the least subsidy, over it."""
    central_share: Float[Array, " m"]
    """Share of the centre in the least subsidy."""
    subsidy_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on all subsidies; 1 in the central assumptions."""
    collection: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: premiums collected over those due; 1 in the central assumptions."""
    coverage: Float[Array, ""]
    """Insured over people who are not in the employees' scheme."""
    active_share: Float[Array, ""]
    """Insured employees over active members of the employee pension funds."""
    retired_share: Float[Array, ""]
    """Insured retired employees over pensioners of these funds."""
    treatment: Treatment
    cost_index: Float[Array, "2 101"]
    """Relative cost by sex and age."""
    cost_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Growth of the cost of the same treatment since the valuation year, but for that of wages since the first year."""


class Amounts(eqx.Module):
    """Amounts a head of a year, and the wages they belong to."""

    premium: Float[Array, ""]
    subsidy: Float[Array, ""]
    wage_level: Float[Array, ""]
    """National average wage over that of the first projection year."""


class ResidentMedicalStocks(eqx.Module):
    """Stocks of the scheme."""

    rights: NoRights
    amounts: Amounts
    """Of the last year."""


class Heads(eqx.Module):
    """The insured of a registration class, by residence."""

    heads: Float[Array, " m"]
    """Person-years."""
    load: Float[Array, " m"]
    """Person-years times the cost index."""


def tables(
    rules: ResidentMedical, economy: Economy, rings: Rings, elapsed: Int[Array, ""]
) -> CostTables:
    """Cost index laid on the cohorts."""
    del economy
    return cost_tables(rules.cost_index, rings, elapsed)


def advance(
    rules: ResidentMedical,
    of_year: CostTables,
    given: Given,
    covered: Covered | None,
    stocks: ResidentMedicalStocks,
) -> SchemeYear:
    """One year of the scheme.

    Args:
        rules: levers of the year.
        of_year: tables of the year.
        given: people, places, wages.
        covered: who is in the employee track; passed on as it is.
        stocks: on 1 January.
    """
    place = given.place
    amounts = amounts_of(rules, stocks.amounts, given.wage_level)
    classes = once(insured_residents, rules, of_year, given, covered)
    even = jnp.ones(place.claim.shape[0], given.wage.dtype)
    places = insured_places(place, given.enrolment.at_residence, even)
    heads = at_insurance(places, place, tuple(each.heads[:, None] for each in classes))[:, 0]
    growth = nominal_growth(rules.cost_level, given)
    loads = tuple(each.load for each in classes)
    treated = cost_at_insurance(rules.treatment, growth, place, places, loads)
    elsewhere, sent = jnp.zeros_like(heads), jnp.zeros_like(place.claim)
    if len(classes) > 1:
        own = place.geography.to_municipalities(places.own)
        elsewhere = own * classes[-1].heads
        sent = treated_at_registration(rules.treatment, growth, place, own * loads[-1])
        sent = sent + treated_at_residence(rules.treatment, growth, place, places, loads[-1])
    due = heads * amounts.premium
    flows = replace(
        given.no_flows,
        contributors=heads,
        contributors_elsewhere=elsewhere,
        insured=heads,
        beneficiaries=heads,
        wage_bill=due,
        contributions=rules.collection * due,
        medical_benefits=treated,
        scheduled_subsidy=(subsidies(rules, amounts, heads),) * len(given.reference_wage),
        benefits_elsewhere=sent,
    )
    return SchemeYear(ResidentMedicalStocks(NoRights(), amounts), flows, covered)


def amounts_of(rules: ResidentMedical, last: Amounts, wage_level: Float[Array, ""]) -> Amounts:
    """Premium and least subsidy of a year: as set, or last year's grown with the national wage."""
    growth = wage_level / last.wage_level

    def amount(
        given: Float[Array, ""], before: Float[Array, ""], link: Float[Array, ""]
    ) -> Float[Array, ""]:
        return jnp.where(given > 0, given, before * growth**link)

    return Amounts(
        amount(rules.premium, last.premium, rules.premium_link),
        amount(rules.subsidy, last.subsidy, rules.subsidy_link),
        wage_level,
    )


def insured_residents(
    rules: ResidentMedical, of_year: CostTables, given: Given, covered: Covered | None
) -> tuple[Heads, ...]:
    """Insured by registration class, by residence."""
    young, oldest = insured_of(given, covered, rules.active_share, rules.retired_share)
    part, part_oldest = lived_part(given)

    def of_class(others: Leaf, old: Float[Array, "m 2"]) -> Heads:
        lived, lived_old = rules.coverage * part * others, rules.coverage * part_oldest * old
        return Heads(total(lived) + total(lived_old), load_of(lived, lived_old, of_year))

    return tuple(of_class(*each) for each in zip(young.others, oldest.others, strict=True))


def subsidies(
    rules: ResidentMedical, amounts: Amounts, heads: Float[Array, " m"]
) -> Float[Array, "payer m"]:
    """Subsidy of the centre and of the province; currency.

    The centre pays its tier's share of the least subsidy, the province the rest and what it adds.
    """
    least = rules.subsidy_level * amounts.subsidy * heads
    centre = rules.central_share * least
    return jnp.stack([centre, (1 + rules.added_subsidy) * least - centre])
