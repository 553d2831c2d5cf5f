"""What the challenger is told: tables of levers by projection year, the opening stocks, the arrangements.

Letters of the shapes: ``y`` projection year, ``m`` municipality, ``p`` province, ``c`` registration class (here, elsewhere
in the province, in another province), ``x`` sex (men, women), ``a`` age 0…100, ``l`` benefit policy. Money is currency a
year, rates are fractions a year, people are persons.
"""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray

AGES = 101
HERE, NEAR, FAR = range(3)
"""Registered here, elsewhere in the province, in another province."""
WOMEN = 1


@dataclass(frozen=True)
class Geography:
    """Which municipality lies in which province."""

    province: Array
    """Number of the province [m]."""
    provinces: int

    def sums(self, local: Array) -> Array:
        """Sums by province of an amount by municipality (the first axis)."""
        return np.stack([local[self.province == p].sum(axis=0) for p in range(self.provinces)])


@dataclass(frozen=True)
class Vital:
    """Mortality, fertility, international migration."""

    survival: Array
    """The nation's share that survives the year, by the age at its END: 0 from birth, 100 from 99 and over [y x a]."""
    mortality_multiplier: Array
    """Hazard of a province over the nation's [x p]."""
    mortality: Array
    """Factor on all hazards [y]."""
    fertility: Array
    """Births a woman-year by age [y a]."""
    fertility_multiplier: Array
    """Fertility of a province over the nation's [p]."""
    fertility_level: Array
    """Factor on all fertility [y]."""
    sex_ratio: Array
    """Boys a girl at birth [y]."""
    net_migration: Array
    """The nation's net international migrants by age at the end of the year [y x a]."""


@dataclass(frozen=True)
class Migration:
    """Migration inside the country."""

    age_profile: Array
    """Propensity to leave by age at the end of the year, over the mean [x a]."""
    intensity: Array
    """Share of the people who leave in a year [m]."""
    intensity_level: Array
    """Factor on it [y]."""
    within_province: Array
    """Share of the leavers who stay in the province [p]."""
    destination: Array
    """Weights of the destinations of the others at the wages of the opening [p p]."""
    wage_elasticity: float
    arrival_share: Array
    """Share of a municipality in the arrivals of its province [m]."""
    home_share: Array
    """Share of a municipality in those who come home to its province [m]."""
    return_in_province: float
    """Share of the leavers registered elsewhere in the province who come home."""
    return_other_province: float
    """Share of the leavers registered in another province who come home."""
    registration_change: float
    """Share of those registered elsewhere who become locally registered in a year."""


@dataclass(frozen=True)
class Economy:
    """Central path, opening wages, laws of the shocks."""

    real_wage_growth: Array
    """Of the wage earned in the year [y]."""
    inflation: Array
    fund_return: Array
    notional_rate: Array
    indexation: Array
    wage: Array
    """Average wage earned in the year before the first one [p]."""
    relative_wage: Array
    """Wage of a municipality over its province's [m]."""
    indexation_link: float
    notional_link: float
    indexation_floor: float
    notional_floor: float
    national_persistence: float
    national_volatility: float
    province_persistence: float
    province_volatility: float
    migration_persistence: float
    migration_volatility: float
    province_migration_persistence: float
    province_migration_volatility: float


@dataclass(frozen=True)
class Shocks:
    """Standard normal numbers of one path; all zero on the central path."""

    wages_national: Array
    """[y]."""
    wages_province: Array
    """[y p]."""
    migration_national: Array
    migration_province: Array


@dataclass(frozen=True)
class Enrolment:
    """Rules of enrolment."""

    flexible_access: Array
    """Flexible workers admitted, over those of them that locals would be [y c]."""
    take_up: Array
    """[y]."""
    at_residence: Array
    """Share of people in residents' schemes who are insured where they live [y c]."""


@dataclass(frozen=True)
class RetirementGroup:
    """People of one sex under one retirement rule."""

    share: float
    """In the members of the sex."""
    original_age_months: int
    reform_year: int
    reform_month: int
    """First month whose retirements are delayed."""
    step_months: int
    """Months of original retirement dates that share one month of delay; 0: no reform."""
    cap_months: int
    shift_months: int
    """Months that its members choose to leave before (negative) or after that age, from the reform on."""


@dataclass(frozen=True)
class Awarded:
    """Pensions in payment by municipality of the claim [m x a]."""

    heads: Array
    pension: list[Array]
    """Annual rate, a table for each benefit policy."""
    account_pension: Array
    """Annual amount that the account pays while it lasts."""
    accounts: Array


@dataclass(frozen=True)
class Rights:
    """What members have earned and not been awarded, by residence [m c x a]."""

    members: Array
    service: Array
    """Contribution years."""
    index: Array
    """Contribution years times own base over the average wage."""
    accounts: Array


@dataclass(frozen=True)
class GrantLaw:
    """Grants on death before the pension: months, and the contribution years on which they depend [y]."""

    funeral: Array
    low: Array
    """Lump sum below the lower years."""
    middle: Array
    """From the lower years on."""
    full: Array
    """From the middle years on."""
    most: Array
    """Largest lump sum."""
    years_low: Array
    years_middle: Array
    years_full: Array
    """Above these each year adds a month."""


@dataclass(frozen=True)
class EmployeeFund:
    """Rules of a fund of the employee pension scheme."""

    retirement: tuple[tuple[RetirementGroup, ...], tuple[RetirementGroup, ...]]
    """Groups of men and of women."""
    divisors: dict[int, float]
    """Divisor of the account in months by whole age."""
    participation: Array
    """Urban participation [x a]."""
    entry_age_first: int
    entry_age_last: int
    deemed: Array
    """Years before individual accounts of the cohorts that have an age on 1 January of the first year [x a p]."""
    employer_rate: Array
    """Rates by year [y]."""
    employee_rate: Array
    flexible_pooled_rate: Array
    flexible_account_rate: Array
    account_rate: Array
    floor: Array
    """Least contribution base over the average wage [y m]."""
    cap: Array
    accrual: Array
    minimum_years: Array
    coverage_factor: Array
    """[m]."""
    density: Array
    """Share of the active members, were all employees, who pay [y m]."""
    base_level: Array
    """Median wage of the members over the average wage, at profile 1 [m]."""
    wage_profile: Array
    """[x a]."""
    wage_spread: float
    """Standard deviation of log wages."""
    wage_level: Array
    """Factor on wages of members [y]."""
    compliance: Array
    """Factor on cash collected [y]."""
    flexible_share: float
    """Flexible workers over active members."""
    flexible_payment: Array
    """Contribution years of a flexible worker over those of an employee [y]."""
    flexible_tiers: Array
    """Bases that they choose over the average wage, and the share of each in the years they pay."""
    flexible_weights: Array
    make_up: float
    """Share of those short of the minimum years who pay the missing ones."""
    service_spread: float
    account_spread: float
    transition_coefficient: Array
    """[p]."""
    transition_weight: Array
    """[p]."""
    claim_home: float
    """Share of those registered in another province who claim there."""
    other_outgo: Array
    """Over pensions [m]."""
    grant_law: GrantLaw
    grant_income: float
    """Urban disposable income a head over the average wage: the unit of grants on death; 0 where others pay them."""
    pensioner_grants: Array
    """Months of a pensioner's death by age on 1 January [y x a]."""
    subsidy_of_outgo: Array
    """Scheduled subsidy of centre and province over outgo [2 m]."""
    subsidy_of_wage: Array
    """Over the average wage [2 m]."""
    subsidy_level: Array
    """Factor on it [y]."""
    transfer_rate: Array
    """Pooled part of past bases that moves with a member between pools [y]."""
    contributed_wages: float
    """Wages of the past, on which members have paid, over account balances."""
    carried: Array
    """Share of past years that counts in another province [y]."""
    low_index: Array
    """Index below which the reference wage is scaled; 0 for no such rule [p]."""
    index_floor: Array
    """Least index of the transitional pension [p]."""
    rights: Rights
    awarded: Awarded


@dataclass(frozen=True)
class ResidentRights:
    """Rights of residents not yet awarded, by residence [m c x a]."""

    members: Array
    service: Array
    accounts: Array


@dataclass(frozen=True)
class ResidentAwarded:
    """Residents' pensions in payment, by municipality of insurance [m x a]."""

    heads: Array
    account_pension: Array
    accounts: Array


@dataclass(frozen=True)
class ResidentFund:
    """Rules of the residents' pension; amounts are at the level of the first year."""

    pension_age: int
    entry_age_first: int
    entry_age_last: int
    """Age at which everybody has joined who will."""
    minimum_base: Array
    """National minimum of the base pension by law [y]."""
    legislated: Array
    """1 up to the last date of the law [y]."""
    base_wage_share: float
    """Share of real wage growth that base pensions follow beside prices."""
    addition: Array
    """[p]."""
    supplement: Array
    """[p]."""
    central_share: Array
    """Of the minimum [p]."""
    premium: Array
    """[p]."""
    premium_level: Array
    """[y]."""
    premium_wage_share: float
    premium_spread: float
    upper_tier: Array
    """Premium from which the higher subsidy is paid [y]."""
    entry_subsidy_low: Array
    entry_subsidy_high: Array
    coverage_factor: Array
    """[p]."""
    take_up: Array
    """[y]."""
    paying: Array
    """Share of the active members who pay [p]."""
    compliance: Array
    inverse_divisor: Array
    """1 ÷ divisor [y]."""
    minimum_years: Array
    make_up: float
    linked: float
    """Share of the dormant members of pension age whose account goes to the employee scheme."""
    service_spread: float
    account_spread: float
    account_margin: Array
    """On the fund's return [y]."""
    other_outgo: Array
    """[p]."""
    subsidy_level: Array
    moving: Array
    """Share of movers' accounts whose place of insurance moves [y]."""
    minimum_before: float
    """Base pension of the valuation year."""
    rights: ResidentRights
    awarded: ResidentAwarded


@dataclass(frozen=True)
class Terms:
    """What an arrangement says about one scheme."""

    policy: int
    settlement: str
    """``none``, ``levy_fill`` or ``per_retiree``."""
    levy: float
    fill: float
    policy_gap: bool
    per_retiree: float
    """Share of the standard wage bill that is paid."""
    group: Array
    """Number of the group inside which a pool settles [pool]."""
    deficit: str
    """``subsidy``, ``borrow`` or ``cut``."""
    spread: float
    """Interest on debt above the fund's return."""
    surplus_response: float
    """Fall of collection in provinces in surplus, and in deficit."""
    deficit_response: float
    moving: float
    """1 where money follows a member who changes pool."""


@dataclass(frozen=True)
class Arrangement:
    """Who pools with whom, and the terms of every scheme."""

    key: str
    pool: Array
    """Number of the pool [m]."""
    terms: tuple[Terms, ...]
    opening: Array
    """Balances on 31 December of the base year [scheme, pool]."""


@dataclass(frozen=True)
class Country:
    """Everything of one projection."""

    first_year: int
    years: int
    geography: Geography
    vital: Vital
    migration: Migration
    economy: Economy
    enrolment: Enrolment
    persons: Array
    """On 31 December of the base year [m c x a]."""
    origin: Array
    """People registered in another province [province of registration, province of residence]."""
    reference_wage: Array
    """Published for the first year [p]."""
    reference_growth_cap: float
    policies: tuple[str, ...]
    """Whose reference wage: ``municipality``, ``province``, ``nation``."""
    own_reference_flat: Array
    """Reference wage of the municipality over its province's, where the policy is the province's [m]."""
    own_reference_indexed: Array
    """The same in the part of a pension that depends on the index [m]."""
    policy_weight: Array
    """Weights of the provinces in the national reference wage [p]."""
    employee_funds: tuple[EmployeeFund, ...]
    resident_funds: tuple[ResidentFund, ...]
    """One, or none."""
    arrangements: tuple[Arrangement, ...]
