"""What one year of an employee pension fund is computed from: tables laid on the cohorts, rules, drivers, credits."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.axes import OLDEST_AGE
from pooling.parameters.model import EmployeePension
from pooling.population.ring import Ring
from pooling.schemes.annuity import MONTHS
from pooling.schemes.calendar import Leaf, Rings
from pooling.schemes.pension_formula import (
    transitional_points,
)
from pooling.schemes.scheme import ReferenceWage
from pooling.schemes.thresholds import (
    clamped_lognormal_mean,
)


class AwardTables(eqx.Module):
    """What awards need, laid on the cohorts of the ages of award."""

    hazard: Float[Array, " row"]
    drawing: Float[Array, " row"]
    grants: Float[Array, " row"]
    """Grants on the death of a new pensioner; months."""
    inverse_divisor: Float[Array, " row"]
    bridge: Float[Array, "p row"]
    """Transitional pension over the reference wage, a retiring person: the constant part."""
    bridge_index: Float[Array, "p row"]
    """The same a unit of the index."""


class Tables(eqx.Module):
    """What no path changes, laid on the working cohorts: by year in a run, of one year in the step."""

    hazard: Float[Array, " row"]
    """Share of a cohort that reaches its pension age in the year."""
    drawing: Float[Array, " row"]
    """Part of the year in which those draw their pension."""
    coverage: Float[Array, " row"]
    entry: Float[Array, " row"]
    base: Float[Array, "m row"]
    """Mean contribution base of an employee over the average wage of the province."""
    grants: Float[Array, " pension"]
    """Grants on the death of a pensioner on the ring of pension ages; months."""
    grants_oldest: Float[Array, "2"]
    award: AwardTables


def tables(
    rules: EmployeePension, relative_wage: Float[Array, " m"], rings: Rings, elapsed: Int[Array, ""]
) -> Tables:
    """Tables of a fund in one year.

    Wages of a cell are log-normal around the profile; each is cut at floor and cap, which are multiples of average wages
    in constant proportions, so that the base over the province's average wage is the same on every path.

    Args:
        rules: levers of the year.
        relative_wage: wage of the municipality over its province's.
        rings: of the scheme.
        elapsed: years since the opening.
    """
    profile = rings.work.align(jnp.log(rules.wage_profile), elapsed)[None]
    place = jnp.log(rules.base_level * relative_wage * rules.wage_level)[:, None]
    return Tables(
        hazard=rings.work.align(rules.hazard, elapsed),
        drawing=rings.work.align(rules.benefit_time, elapsed),
        coverage=rings.work.align(rules.coverage, elapsed),
        entry=rings.work.align(rules.entry, elapsed),
        base=clamped_lognormal_mean(
            profile + place, rules.wage_spread, rules.floor[:, None], rules.cap[:, None]
        ),
        grants=_grants(rules, rings.pension, elapsed),
        grants_oldest=rules.pensioner_grants[:, OLDEST_AGE],
        award=_award_tables(rules, rings, elapsed),
    )


def _award_tables(rules: EmployeePension, rings: Rings, elapsed: Int[Array, ""]) -> AwardTables:
    def laid(table: Float[Array, "*p 2 a"]) -> Float[Array, "*p row"]:
        return rings.award.align(rings.award.cut(rings.work, table), elapsed)

    constant, slope = transitional_points(
        laid(jnp.moveaxis(rules.transition_years, -1, 0)),
        rules.transition_coefficient[:, None],
        rules.transition_weight[:, None],
    )
    return AwardTables(
        hazard=laid(rules.hazard),
        drawing=laid(rules.benefit_time),
        grants=_grants(rules, rings.award, elapsed),
        inverse_divisor=laid(rules.inverse_divisor),
        bridge=constant,
        bridge_index=slope,
    )


def _grants(rules: EmployeePension, ring: Ring, elapsed: Int[Array, ""]) -> Float[Array, " row"]:
    """Grants on the death of a pensioner on a ring; months."""
    return ring.align(rules.pensioner_grants[:, ring.first : ring.last + 1], elapsed)


class YearOfFund(eqx.Module):
    """The levers of one fund in one year: a row of :class:`EmployeePension` plus the year's drivers."""

    rules: EmployeePension
    tables: Tables
    wage: Float[Array, " m"]
    """Average wage that the year's bases use, the province's; currency a year."""
    reference_wage: tuple[ReferenceWage, ...]
    """Of every benefit policy."""
    notional_rate: Float[Array, ""]
    indexation: Float[Array, ""]

    @property
    def flexible_base(self) -> Float[Array, " m"]:
        """Mean base that flexible workers choose; currency a year."""
        return self.wage * flexible_base(self.rules)

    @property
    def grant_month(self) -> Float[Array, " m"]:
        """A month of the grants on death: a twelfth of the disposable income a head of the year before; currency."""
        return self.rules.grant_income * self.wage / MONTHS


class Members(eqx.Module):
    """Rights of one registration class on 1 January, entrants included."""

    heads: Leaf
    service: Leaf
    index: Leaf
    accounts: Leaf


class Credits(eqx.Module):
    """What one paid contribution year earns, by cell, employees and flexible workers together."""

    index: Leaf
    """Index-years: own base over the average wage of the province."""
    deposit: Leaf
    """Credited to the individual account; currency."""


def credits_of(year: YearOfFund) -> Credits:
    """Credits of one contribution year of the average member."""
    rules = year.rules
    employee = (1 - rules.flexible_years) * year.tables.base
    flexible = (rules.flexible_years * flexible_base(rules))[:, None]
    credited = employee * rules.account_rate + flexible * rules.flexible_account_rate
    return Credits(employee + flexible, year.wage[:, None] * credited)


def flexible_base(rules: EmployeePension) -> Float[Array, " m"]:
    """Mean base that flexible workers choose, each tier between floor and cap, over the average wage of the province."""
    chosen = jnp.clip(rules.flexible_tiers[None], rules.floor[:, None], rules.cap[:, None])
    return chosen @ rules.flexible_weights


class Timing(eqx.Module):
    """When in the year a cohort lives, pays and retires, on the working ring or that of the ages of award."""

    living: Leaf
    """Share surviving the year."""
    hazard: Float[Array, "1 row"]
    """Share who reach their pension age in the year."""
    drawing: Float[Array, "1 row"]
    """Part of the year in which those draw their pension."""
