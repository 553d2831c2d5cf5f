"""The levers of the model as named arrays: everything that a year of the projection reads.

Built once from the assumptions (NumPy); every array is applied inside the step, so that derivatives flow through it.
Years are the projection's years, first to last; money is nominal currency, rates are fractions a year.
"""

from dataclasses import fields
from typing import ClassVar, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from pooling.numerics import dot, in_type_of

Module = TypeVar("Module", bound=eqx.Module)


YEARLY = {"yearly": True}
"""Marks an array whose first axis is the projection year."""


def in_year(module: Module, year: Int[Array, ""]) -> Module:
    """The same levers in one year: yearly arrays and modules of arrays lose their first axis, the others stay."""
    names = [f.name for f in fields(module) if f.metadata.get("yearly")]
    return eqx.tree_at(
        lambda m: [getattr(m, name) for name in names],
        module,
        [jax.tree.map(lambda leaf: _at(leaf, year), getattr(module, name)) for name in names],
    )


def _at(leaf: Array, year: Int[Array, ""]) -> Array:
    """A year of a table; said without the care for negative years that an index in brackets takes."""
    return lax.dynamic_index_in_dim(leaf, year, keepdims=False, allow_negative_indices=False)


class Geography(eqx.Module):
    """Which municipality lies in which province."""

    province: Int[Array, " m"]
    """Province index of every municipality."""
    membership: Float[Array, "m p"]
    """The same as a 0/1 matrix, for sums."""

    @jax.jit
    def by_province(self, leaf: Float[Array, "m *n"]) -> Float[Array, "p *n"]:
        """Sums over the municipalities of every province.

        On a CPU rows are added in order, at twice the speed of the product; elsewhere the product, because adding in no
        fixed order would change the bits of a path.
        """
        return lax.platform_dependent(
            leaf,
            cpu=lambda x: jax.ops.segment_sum(x, self.province, self.membership.shape[1]),
            default=lambda x: dot(in_type_of(x, self.membership).T, x),
        )

    @jax.jit
    def to_municipalities(self, values: Float[Array, "p *n"]) -> Float[Array, "m *n"]:
        """The value of its province for every municipality."""
        return values.at[self.province].get(mode="promise_in_bounds")


class Vital(eqx.Module):
    """Mortality, fertility and international migration."""

    survival: Float[Array, "y 2 101"] = eqx.field(metadata=YEARLY)
    """National share surviving by age at the end of the year; 0 from births, 100 from 99 and 100+."""
    mortality_multiplier: Float[Array, "2 p"]
    """Provincial hazard over the national one."""
    mortality: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on every hazard; 1 in the central assumptions."""
    fertility: Float[Array, "y 101"] = eqx.field(metadata=YEARLY)
    """National births a woman-year by age."""
    fertility_multiplier: Float[Array, " p"]
    fertility_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on fertility; 1 in the central assumptions."""
    sex_ratio: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Boys a girl at birth."""
    net_migration: Float[Array, "y 2 101"] = eqx.field(metadata=YEARLY)
    """The nation's net international migrants by age at the end of the year; persons."""


class Migration(eqx.Module):
    """Gross internal migration."""

    age_profile: Float[Array, "2 101"]
    """Relative propensity to leave by sex and age at the end of the year; the population mean is 1."""
    intensity: Float[Array, " m"]
    """Share of the people of a municipality who leave it in a year."""
    intensity_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on the intensity; 1 in the central assumptions, where migration does not respond to reforms."""
    within_province: Float[Array, " p"]
    """Share of the leavers of a province who stay in it."""
    destination: Float[Array, "p p"]
    """Destinations of those who leave the province at the opening's relative wages: rows sum to 1, diagonal 0."""
    wage_elasticity: Float[Array, ""]
    """Elasticity of a destination's weight to its relative wage."""
    arrival_share: Float[Array, " m"]
    """Share of a municipality in the arrivals of its province."""
    home_share: Float[Array, " m"]
    """Share of a municipality in the people registered in its province (where returners go)."""
    return_in_province: Float[Array, ""]
    """Share of the leavers registered elsewhere in the province who return to their registration."""
    return_other_province: Float[Array, ""]
    """Share of the leavers registered in another province who return to it."""
    registration_change: Float[Array, ""]
    """Share of the people registered elsewhere who become locally registered in a year."""


class Economy(eqx.Module):
    """Dated central path, opening wages and the laws of the shocks."""

    real_wage_growth: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Growth of the real average wage earned in the year."""
    inflation: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    fund_return: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Nominal return on fund balances."""
    notional_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Rate credited to individual accounts."""
    indexation: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Increase of pensions in payment on 1 January."""
    wage: Float[Array, " p"]
    """Average wage earned in the year before the first one; currency a year."""
    relative_wage: Float[Array, " m"]
    """Wage of the municipality over its province's; the members' mean is 1 in every province."""
    indexation_link: Float[Array, ""]
    """Response of indexation to a deviation of last year's national wage growth from the central path."""
    notional_link: Float[Array, ""]
    """Response of the notional rate to the same deviation."""
    indexation_floor: Float[Array, ""]
    """Indexation to which such a deviation lowers it at most; a central value below stays."""
    notional_floor: Float[Array, ""]
    """The same of the notional rate."""
    national_persistence: Float[Array, ""]
    national_volatility: Float[Array, ""]
    long_run_volatility: Float[Array, ""]
    """Standard deviation, over paths, of a path's lasting deviation of national wage growth; log points a year."""
    province_persistence: Float[Array, ""]
    province_volatility: Float[Array, ""]
    migration_persistence: Float[Array, ""]
    migration_volatility: Float[Array, ""]
    province_migration_persistence: Float[Array, ""]
    province_migration_volatility: Float[Array, ""]


class Enrolment(eqx.Module):
    """Where and in which share people may and do enrol, by registration class."""

    flexible_access: Float[Array, "y class"] = eqx.field(metadata=YEARLY)
    """Flexible workers whom the employee funds of the place of work admit, over those of them that locals would be."""
    take_up: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Flexible workers who enrol over those who did at the opening."""
    at_residence: Float[Array, "y class"] = eqx.field(metadata=YEARLY)
    """Share of the people in resident schemes who are insured where they live; the others where they are registered."""


class SchemeLevers(eqx.Module):
    """Levers of a scheme; its module knows what they mean."""

    of_wages: ClassVar[bool] = True
    """Whether contributions follow wages; residents pay premiums a head."""

    @property
    def transfer_value(self) -> Float[Array, ""]:
        """Money that moves between pools with a member, over the account balance that moves, in the year of the levers."""
        return jnp.zeros(())

    @property
    def kept_value(self) -> Float[Array, ""]:
        """Pooled part of a mover's past contributions that stays behind, over the account balance that moves."""
        return jnp.zeros(())

    @property
    def carried_years(self) -> Float[Array, ""]:
        """Share of the past years that counts after a move to another province, in the year of the levers."""
        return jnp.ones(())


class GrantLaw(eqx.Module):
    """Grants on death: months of disposable income, and the contribution years on which they depend; by year."""

    funeral: Float[Array, "*y"]
    """Funeral grant; months."""
    low: Float[Array, "*y"]
    """Lump sum below the lower years; months."""
    middle: Float[Array, "*y"]
    """From the lower years on."""
    full: Float[Array, "*y"]
    """From the middle years on; a month more for each year above the full years."""
    most: Float[Array, "*y"]
    """Largest lump sum."""
    least: Float[Array, "*y"]
    """Least one of a pensioner, who loses a month for each year drawn."""
    years_low: Float[Array, "*y"]
    years_middle: Float[Array, "*y"]
    years_full: Float[Array, "*y"]


class EmployeePension(SchemeLevers):
    """One fund of the employee scheme: rates, ages, members and the declared shares."""

    employer_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    employee_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    flexible_pooled_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    flexible_account_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    account_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Share of the base credited to the account of an employee."""
    floor: Float[Array, "y m"] = eqx.field(metadata=YEARLY)
    """Lowest contribution base over the average wage of the province."""
    cap: Float[Array, "y m"] = eqx.field(metadata=YEARLY)
    """Highest contribution base over the average wage of the province."""
    accrual: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Basic pension for a year of contributions at index 1, over the reference wage."""
    minimum_years: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    hazard: Float[Array, "y 2 a"] = eqx.field(metadata=YEARLY)
    """Share of the members of an age on 1 January who reach their pension age in the year (working ages)."""
    benefit_time: Float[Array, "y 2 a"] = eqx.field(metadata=YEARLY)
    """Part of the year in which those who retire in it draw their pension."""
    inverse_divisor: Float[Array, "y 2 a"] = eqx.field(metadata=YEARLY)
    """Mean of 1 ÷ divisor over the months of retirement; 1/month."""
    coverage: Float[Array, "y 2 a"] = eqx.field(metadata=YEARLY)
    """Members a resident before the local factor, by age on 1 January."""
    coverage_factor: Float[Array, " m"]
    """Local factor on coverage, calibrated to published heads; may exceed 1."""
    entry: Float[Array, "2 a"]
    """1 where a person may join, 0 from the first pension age on."""
    density: Float[Array, "y m"] = eqx.field(metadata=YEARLY)
    """Share of the active members, were all employees, who pay in a year: one minus dormancy, times effort."""
    base_level: Float[Array, " m"]
    """Median wage of the members at the mean age over the reference average wage (before floor and cap)."""
    wage_profile: Float[Array, "2 a"]
    """Relative wage by sex and age."""
    wage_spread: Float[Array, ""]
    """Standard deviation of log wages within a cell."""
    wage_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on the declared wage of the members; 1 in the central assumptions."""
    compliance: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on cash collected (not on rights); 1 in the central assumptions."""
    flexible_share: Float[Array, ""]
    """Share of the active members who are flexible workers."""
    flexible_payment: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Contribution years that a flexible worker pays, over those of an employee of the place."""
    flexible_tiers: Float[Array, " tier"]
    """Bases that flexible workers choose, over the average wage of the province."""
    flexible_weights: Float[Array, " tier"]
    """Share of a tier in the contribution years that they pay; sums to 1."""
    make_up: Float[Array, ""]
    """Share of those short of the minimum years who pay the missing ones."""
    service_spread: Float[Array, ""]
    """Coefficient of variation of service years within a cell."""
    account_spread: Float[Array, ""]
    """Coefficient of variation of the time that an awarded account lasts."""
    transition_years: Float[Array, "y 2 a p"] = eqx.field(metadata=YEARLY)
    """Deemed or pre-account years of those who retire in the year, by age on 1 January; years."""
    transition_coefficient: Float[Array, " p"]
    transition_weight: Float[Array, " p"]
    """Weight w of the index in the transitional base B((1-w) + wZ)."""
    claim_home: Float[Array, ""]
    """Share of the members registered elsewhere who claim at their registration."""
    other_outgo: Float[Array, " m"]
    """Outgo that is neither pensions, accounts nor grants on death, over pensions paid."""
    grant_law: GrantLaw = eqx.field(metadata=YEARLY)
    """Grants on death of members."""
    grant_income: Float[Array, ""]
    """Urban disposable income a head over the average wage of the province: the unit of the grants."""
    pensioner_grants: Float[Array, "y 2 101"] = eqx.field(metadata=YEARLY)
    """Grants on the death of a pensioner by sex and age on 1 January; months of that income."""
    subsidy_of_outgo: Float[Array, "payer m"]
    """Scheduled subsidy of each payer (centre, province) over scheduled outgo."""
    subsidy_of_wage: Float[Array, "payer m"]
    """Scheduled subsidy of each payer over the average wage of the province, where it grows with wages; persons."""
    subsidy_level: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Lever: factor on scheduled subsidy; 1 in the central assumptions, 0 switches it off."""
    transfer_rate: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Pooled part that moves with a member between pools, over past contribution wages."""
    contributed_wages: Float[Array, ""]
    """Wages on which the members of the opening have paid, over the balances of their accounts; 0 where there are none."""

    carried: Float[Array, " y"] = eqx.field(metadata=YEARLY)
    """Share of the past years that counts after a move to another province."""
    low_index: Float[Array, " p"]
    """Index below which the reference wage of the basic pension is scaled by index ÷ it; 0 for no such rule."""
    index_floor: Float[Array, " p"]
    """Least index of the transitional pension; 0 for none."""

    @property
    def payment(self) -> Float[Array, "*y"]:
        """Contribution years of a member, flexible workers among them, over those of an employee of the place."""
        return 1 - self.flexible_share * (1 - self.flexible_payment)

    @property
    def flexible_years(self) -> Float[Array, "*y"]:
        """Share of flexible workers in the contribution years that are paid."""
        return self.flexible_share * self.flexible_payment / self.payment

    @property
    def transfer_value(self) -> Float[Array, ""]:
        """The account, and the pooled part of the wages that the account's deposits were a share of."""
        return 1 + self.transfer_rate * self.contributed_wages

    @property
    def kept_value(self) -> Float[Array, ""]:
        """Contributions to the pooled fund on those wages less what of them moves; nothing where all of them do."""
        pooled = (
            self.employer_rate * (1 - self.flexible_years)
            + self.flexible_pooled_rate * self.flexible_years
        )
        kept = jnp.maximum(pooled - self.transfer_rate, 0)
        return kept * self.contributed_wages

    @property
    def carried_years(self) -> Float[Array, ""]:
        """As the law has it in the year."""
        return self.carried


class OwnReference(eqx.Module):
    """Reference wage of a municipality over its province's where a policy is the province's; 1 without one of its own."""

    flat: Float[Array, " m"]
    """In the part of the pension that does not depend on the index."""
    indexed: Float[Array, " m"]
    """In the part that does."""


class Policy(eqx.Module):
    """Benefit policy: whose reference wage a new pension is computed with."""

    level: str = eqx.field(static=True)
    """``municipality``, ``province`` or ``nation``."""


class Parameters(eqx.Module):
    """All levers of one run."""

    geography: Geography
    vital: Vital
    migration: Migration
    economy: Economy
    enrolment: Enrolment
    schemes: tuple[SchemeLevers, ...]
    """One module a fund, in the order of their codes."""
    policies: tuple[Policy, ...]
    own_reference: OwnReference
    reference_growth_cap: Float[Array, ""]
    """Growth of a reference wage that still exceeds the average wage."""
    policy_weight: Float[Array, " p"]
    """Weights of the provinces in the national reference wage; sum to 1."""
    subsidy_person_share: Float[Array, " y"]
    """Share of the scheduled subsidy for people registered elsewhere that follows the person, not the register."""
