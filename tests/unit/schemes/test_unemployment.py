"""A fund with one municipality and one man of 40, by hand."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from one_place import given_of
from pooling.parameters.model import Geography, in_year
from pooling.population.ring import Ring
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.scheme import Covered, NoRights
from pooling.schemes.unemployment import Stocks, Unemployment, advance, tables

RINGS = Rings(Ring(18, 50), Ring(50, 50), Ring(50, 25))
PLACE = Place(Geography(jnp.zeros(1, jnp.int32), jnp.ones((1, 1))), jnp.eye(1), jnp.ones(1))
NOW = jnp.asarray(0, jnp.int32)
ONE = jnp.ones(1)


def number(value: float):
    return jnp.asarray(value, jnp.float64)


def yearly(value: float):
    return jnp.full(1, value)


# A thousand members of 40 of whom a fifth are flexible; the fund insures three quarters of the rest: 600.
# Contributions 1 % of a base of 60,000. A tenth is laid off in a year; out of work for 14 months.
# 0.4 × (40 - 20) = 8 contribution years: benefit for up to 18 months. Minimum wage a quarter of 96,000; benefit 90 % of it.
LEVERS = Unemployment(
    employer_rate=yearly(0.006),
    employee_rate=yearly(0.004),
    compliance=yearly(1),
    coverage=0.75 * ONE,
    base_level=ONE,
    layoff_rate=0.1 * ONE,
    layoff_level=yearly(1),
    wage_elasticity=number(6),
    prevention_response=number(0),
    prevention_reference=0.002 * ONE,
    qualifying_years=yearly(1),
    middle_years=yearly(5),
    long_years=yearly(10),
    duration_short=yearly(1),
    duration_middle=yearly(1.5),
    duration_long=yearly(2),
    spell=number(14 / 12),
    spell_spread=number(0),
    service=0.4 * jnp.clip(jnp.stack([jnp.arange(18.0, 68)] * 2) - 20, 0),
    service_spread=number(0),
    benefit_share=yearly(0.9),
    minimum_wage=0.25 * ONE,
    medical_share=number(0.24),
    refund_share=yearly(0.2),
    training_share=0.001 * ONE,
    training_level=yearly(1),
)
NOBODY = jnp.zeros((1, 100))
MEMBERS = RINGS.work.from_ages(jnp.zeros((1, 2, 50)).at[0, 0, 40 - 18].set(1000.0))
COVERED = Covered((MEMBERS,), MEMBERS, 60_000 * MEMBERS, 0.2 * MEMBERS, NOBODY, jnp.zeros((1, 2)))
STOCKS = Stocks(NoRights(), 50 * ONE, 5 * ONE, 400_000 * ONE)


def year(levers: Unemployment = LEVERS, covered: Covered = COVERED, **given: float):
    levers = in_year(levers, NOW)
    dates = calendar(RINGS, jnp.ones((1, 2, 101)), NOW)
    drivers = {name: number(value) for name, value in given.items()}
    told = given_of(PLACE, dates, (NOBODY,), 96_000 * ONE, (96_000 * ONE,), **drivers)
    return advance(levers, tables(levers, None, RINGS, NOW), told, covered, STOCKS)


def test_contributions():
    flows = year().flows
    assert flows.insured == pytest.approx(600)
    assert flows.contributors == pytest.approx(600)
    assert flows.wage_bill == pytest.approx(36e6)
    assert flows.contributions == pytest.approx(360_000)


def test_benefit_of_fourteen_months():
    # Sixty lay-offs pay 6 months this year, 47/6 in the next, 1/6 in the third; fifty person-years were due from before.
    after = year()
    flows, stocks = after.flows, after.stocks
    assert flows.new_beneficiaries == pytest.approx(60)
    assert flows.beneficiaries == pytest.approx(50 + 60 * 6 / 12)
    assert stocks.due == pytest.approx(5 + 60 * 47 / 6 / 12)
    assert stocks.due_next == pytest.approx(60 / 6 / 12)
    # 0.9 × 24,000 a year to each of the 80, and 24 % of it for medical contributions.
    assert flows.cash_benefits == pytest.approx(80 * 21_600)
    assert flows.medical_benefits == pytest.approx(0.24 * 80 * 21_600)


def test_prevention():
    # A fifth of last year's contributions, and a thousandth of the wage bill.
    after = year()
    assert after.flows.prevention == pytest.approx(80_000 + 36_000)
    assert after.stocks.contributions == pytest.approx(360_000)
    outgo = 1.24 * 80 * 21_600 + 116_000
    assert after.flows.outgo(0) == pytest.approx(outgo)


def test_layoffs_follow_the_wages():
    # Real wage growth two points below its path: e^0.12 times the lay-offs.
    assert year(wage_shock=-0.02).flows.new_beneficiaries == pytest.approx(60 * np.exp(0.12))
    assert year(wage_shock=0.0).flows.new_beneficiaries == year().flows.new_beneficiaries


def test_layoffs_may_follow_prevention():
    # 116,000 of 36 million is 0.3222 %, 0.1222 points above the reference: e^(-50 × 0.001222).
    levers = replace(LEVERS, prevention_response=number(50))
    expected = 60 * np.exp(-50 * (116_000 / 36e6 - 0.002))
    assert year(levers).flows.new_beneficiaries == pytest.approx(expected)


def test_nothing_without_members():
    nothing = jax.tree.map(jnp.zeros_like, COVERED)
    flows = year(covered=nothing).flows
    assert flows.contributions == 0
    assert flows.beneficiaries == pytest.approx(50)
    assert all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(flows))


def test_members_of_two_classes():
    # A quarter of the insured are registered in another province.
    covered = replace(COVERED, active=(0.75 * MEMBERS, 0.25 * MEMBERS))
    flows = year(covered=covered).flows
    assert flows.insured == pytest.approx(600)
    assert flows.contributors_elsewhere == pytest.approx(150)


def test_a_scheme_before_it_says_who_is_covered():
    with pytest.raises(ValueError, match="employee pension"):
        year(covered=None)
