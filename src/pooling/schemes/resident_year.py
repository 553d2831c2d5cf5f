"""What one year of the residents' pension is computed from: levers, stocks, tables on the cohorts, amounts, places."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.parameters.model import YEARLY, Economy, SchemeLevers
from pooling.population.ring import Ring
from pooling.schemes.calendar import Rings
from pooling.schemes.insured_place import InsuredPlaces, insured_places, seen_from_residence
from pooling.schemes.resident_amounts import (
    entry_subsidy,
    level_of_amounts,
    minimum_base_pension,
)
from pooling.schemes.scheme import Given
from pooling.state import ByClass


class ResidentPension(SchemeLevers):
    """Levers of the scheme; amounts are currency a year at the level of the first year."""

    of_wages = False

    minimum_base: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """National minimum of the base pension by law; counts in legislated years."""
    legislated: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """1 in years up to the last date of the law, else 0: the minimum then grows by the declared rule."""
    base_wage_share: Float[Array, ""]
    """Share of real wage growth that base pensions follow beside prices."""
    addition: Float[Array, " p"]
    """What the province adds to the minimum, as published."""
    supplement: Float[Array, " p"]
    """What its pensioners were paid beyond that in the valuation year: by age, years or municipality."""
    central_share: Float[Array, " p"]
    """The centre's share of the minimum."""
    premium: Float[Array, " p"]
    """Mean premium of a payer."""
    premium_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on premiums; 1 in the central assumptions."""
    premium_wage_share: Float[Array, ""]
    """Share of real wage growth that premiums and entry subsidies follow beside prices."""
    premium_spread: Float[Array, ""]
    """Coefficient of variation of premiums in a province."""
    upper_tier: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Premium from which the higher entry subsidy is paid."""
    entry_subsidy_low: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    entry_subsidy_high: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    coverage_factor: Float[Array, " p"]
    """Members of full age over the people who may join, by province of insurance, calibrated to published heads."""
    take_up: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: coverage over that of the valuation year; 1 in the central assumptions."""
    entry: Float[Array, "y 2 a"] = eqx.field(metadata=YEARLY)
    """Share of a cohort's later members who have joined by an age on 1 January; 0 from the pension age on."""
    paying: Float[Array, " p"]
    """Share of the active members who pay in a year, by province of insurance."""
    compliance: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on cash collected (not on rights); 1 in the central assumptions."""
    hazard: Float[Array, "y 2 a"] = eqx.field(metadata=YEARLY)
    """Share of the members of an age on 1 January who reach the pension age in the year."""
    benefit_time: Float[Array, "y 2 a"] = eqx.field(metadata=YEARLY)
    """Part of the year in which those draw their pension."""
    inverse_divisor: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """1 ÷ divisor of the account; 1/month."""
    minimum_years: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Contribution years that those who reach the pension age in the year need."""
    make_up: Float[Array, ""]
    """Share of those short of them who pay the missing ones."""
    linked: Float[Array, ""]
    """Share of the dormant members at the pension age whose account moves to the employee scheme."""
    service_spread: Float[Array, ""]
    """Coefficient of variation of contribution years within a cell."""
    account_spread: Float[Array, ""]
    """Coefficient of variation of the time that an awarded account lasts."""
    account_margin: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Rate credited to accounts less the fund's return."""
    other_outgo: Float[Array, " p"]
    """Grants on death over pensions paid."""
    subsidy_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on scheduled subsidy; 1 in the central assumptions, 0 switches it off."""
    moving: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Share of the accounts of people who change province whose place of insurance changes with them."""

    @property
    def transfer_value(self) -> Float[Array, ""]:
        """The account moves with a member whose place of insurance changes; there is no pooled part."""
        return self.moving


class ResidentRights(eqx.Module):
    """What members have earned and not yet been awarded, by residence, on the working ring."""

    members: ByClass
    """People with an account, dormant ones included; persons."""
    service: ByClass
    """Contribution years; person-years."""
    accounts: ByClass
    """Balances; currency."""


class Drawing(eqx.Module):
    """Pensions in payment by municipality of insurance, on the ring of pension ages; the base pension is everybody's."""

    heads: Float[Array, "m row"]
    """Pensioners; persons."""
    account_pension: Float[Array, "m row"]
    """Annual amount fixed at award, paid from the account while it lasts; currency a year."""
    accounts: Float[Array, "m row"]
    """Remaining balances; currency."""


class Indexed(eqx.Module):
    """The base pension of the year before, from which the declared rule goes on."""

    minimum: Float[Array, ""]
    """National minimum; currency a year."""
    level: Float[Array, ""]
    """Level of amounts, see :func:`pooling.schemes.resident_amounts.level_of_amounts`."""


class PensionsElsewhere(eqx.Module):
    """Pensions in payment by province that pays and other province where people lived at award, but those of the opening."""

    heads: Float[Array, "p p"]
    """Pensioners; persons."""
    account_pension: Float[Array, "p p"]
    """Annual amount; currency a year."""


class ResidentStocks(eqx.Module):
    """Stocks of the scheme on 1 January."""

    rights: ResidentRights
    awarded: Drawing
    awarded_oldest: Drawing
    """Pensioners of 100 and more: leaves ``[m, 2]``."""
    indexed: Indexed
    elsewhere: PensionsElsewhere


class ResidentTables(eqx.Module):
    """What no path changes, laid on the cohorts."""

    hazard: Float[Array, " row"]
    drawing: Float[Array, " row"]
    entry: Float[Array, " row"]
    may_draw: Float[Array, " row"]
    """1 at the working ages at which employees may be pensioners already."""
    award_hazard: Float[Array, " award"]
    """The first two on the ring of the ages of award."""
    award_drawing: Float[Array, " award"]


def tables(
    rules: ResidentPension, economy: Economy, rings: Rings, elapsed: Int[Array, ""]
) -> ResidentTables:
    """Tables of the scheme in one year.

    Args:
        rules: levers of the year.
        economy: not needed here.
        rings: of the run.
        elapsed: years since the opening.
    """
    work, award = rings.work, rings.award

    def on_award(table: Float[Array, "2 a"]) -> Float[Array, " row"]:
        return award.align(award.cut(work, table), elapsed)

    return ResidentTables(
        hazard=work.align(rules.hazard, elapsed),
        drawing=work.align(rules.benefit_time, elapsed),
        entry=work.align(rules.entry, elapsed),
        may_draw=work.align(_from_age(work, rings.pension.first, rules.entry), elapsed),
        award_hazard=on_award(rules.hazard),
        award_drawing=on_award(rules.benefit_time),
    )


def _from_age(ring: Ring, first: int, like: Float[Array, "2 a"]) -> Float[Array, "2 a"]:
    """1 from an age on, by the ages of a ring."""
    ages = jnp.arange(ring.first, ring.last + 1)
    return jnp.broadcast_to((ages >= first).astype(like.dtype)[None], like.shape)


class Amounts(eqx.Module):
    """Amounts of the year; currency a year."""

    indexed: Indexed
    base: Float[Array, " p"]
    """Base pension with all additions."""
    premium: Float[Array, " p"]
    """Of a payer."""
    entry: Float[Array, " p"]
    """Entry subsidy of a payer."""


class PerActive(eqx.Module):
    """What an active member brings in a full year: means over the places where the people of a residence are insured."""

    years: Float[Array, "m 1"]
    """Contribution years."""
    credit: Float[Array, "m 1"]
    """Premiums and entry subsidies credited; currency."""
    premium: Float[Array, "m 1"]
    """Premium of a whole year paid; currency."""


class ResidentYear(eqx.Module):
    """Everything that the scheme's year is computed from besides stocks and people."""

    rules: ResidentPension
    tables: ResidentTables
    amounts: Amounts
    places: InsuredPlaces
    each: tuple[PerActive, ...]
    """By registration class."""
    account_rate: Float[Array, ""]
    """Rate credited to accounts in the year."""


def amounts_of(rules: ResidentPension, given: Given, last: Indexed) -> Amounts:
    """Amounts of the year.

    Args:
        rules: levers of the year.
        given: prices and wages of the year.
        last: base pension of the year before.
    """
    level = level_of_amounts(given.prices, given.wage_level, rules.base_wage_share)
    minimum = minimum_base_pension(
        rules.legislated, rules.minimum_base, last.minimum, level / last.level
    )
    growth = level_of_amounts(given.prices, given.wage_level, rules.premium_wage_share)
    premium = rules.premium_level * rules.premium
    subsidy = entry_subsidy(
        premium,
        rules.entry_subsidy_low,
        rules.entry_subsidy_high,
        rules.upper_tier,
        rules.premium_spread,
    )
    return Amounts(
        indexed=Indexed(minimum, level),
        base=minimum + level * (rules.addition + rules.supplement),
        premium=growth * premium,
        entry=growth * subsidy,
    )


def year_of(
    rules: ResidentPension, of_year: ResidentTables, given: Given, last: Indexed
) -> ResidentYear:
    """Rules, tables, amounts and places of one year."""
    amounts = amounts_of(rules, given, last)
    places = insured_places(given.place, given.enrolment.at_residence, coverage_factor(rules))
    columns = jnp.stack(
        [rules.paying, rules.paying * (amounts.premium + amounts.entry), amounts.premium], axis=1
    )
    seen = seen_from_residence(places, given.place, columns, len(given.residents))
    return ResidentYear(
        rules=rules,
        tables=of_year,
        amounts=amounts,
        places=places,
        each=tuple(PerActive(*jnp.split(values, 3, axis=1)) for values in seen),
        account_rate=given.fund_return + rules.account_margin,
    )


def coverage_factor(rules: ResidentPension) -> Float[Array, " p"]:
    """Members of full age over the people who may join, by province of insurance; at most 1."""
    return jnp.minimum(rules.coverage_factor * rules.take_up, 1)
