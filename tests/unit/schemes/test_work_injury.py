"""A fund with one municipality and a thousand men of 40, by hand."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import pytest

from one_place import given_of
from pooling.parameters.model import Geography, in_year
from pooling.population.ring import Ring
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.life_benefit import lay
from pooling.schemes.scheme import Covered, NoRights
from pooling.schemes.work_injury import LifeBenefits, Stocks, WorkInjury, advance, tables

RINGS = Rings(Ring(18, 50), Ring(50, 50), Ring(50, 25))
PLACE = Place(Geography(jnp.zeros(1, jnp.int32), jnp.ones((1, 1))), jnp.eye(1), jnp.ones(1))
NOW = jnp.asarray(0, jnp.int32)
ONE = jnp.ones(1)


def number(value: float):
    return jnp.asarray(value, jnp.float64)


def yearly(value: float):
    return jnp.full(1, value)


# All insured are in class 4 (0.9 %), at 120 % of it, cut to 0.8: 0.864 %. Ten injuries a thousand: a tenth in grade 4, a
# fifth in grade 6, a twentieth kill.
LEVERS = WorkInjury(
    mix=jnp.zeros((1, 8)).at[0, 3].set(1.0),
    class_rate=jnp.asarray([[0.002, 0.004, 0.007, 0.009, 0.011, 0.013, 0.016, 0.019]]),
    band=jnp.full((1, 8), 1.2),
    phased=yearly(0.8),
    compliance=yearly(1),
    coverage=ONE,
    base_level=ONE,
    incidence=jnp.full(8, 0.01),
    incidence_level=yearly(1),
    grades=jnp.zeros(10).at[3].set(0.1).at[5].set(0.2),
    fatal=number(0.05),
    lump_months=jnp.asarray([[27.0, 25, 23, 21, 18, 16, 13, 11, 9, 7]]),
    allowance=jnp.asarray([[0.90, 0.85, 0.80, 0.75, 0.70, 0.60]]),
    fund_pays=jnp.asarray([1.0, 1, 1, 1, 0, 0]),
    dependants=yearly(0.4),
    dependants_per_death=number(1),
    dependants_exit=number(0.1),
    paid_share=jnp.where(jnp.arange(101) < 60, 1.0, 0.3)[None].repeat(2, axis=0),
    funeral_months=yearly(6),
    death_multiple=yearly(20),
    urban_income=number(50_000),
    treatment=number(0.3),
    treated=number(1.2),
    platform_workers=jnp.full((1, 1), 200.0),
    platform_premium=jnp.asarray([0.01, 0.07, 0.18]),
    platform_orders=jnp.asarray([1000.0, 900, 70]),
    platform_medical=number(0.6),
)
NOBODY = jnp.zeros((1, 100))
MEMBERS = RINGS.work.from_ages(jnp.zeros((1, 2, 50)).at[0, 0, 40 - 18].set(1000.0))
COVERED = Covered((MEMBERS,), MEMBERS, 60_000 * MEMBERS, 0 * MEMBERS, NOBODY, jnp.zeros((1, 2)))


def life(age: int, heads: float, amount: float) -> LifeBenefits:
    one = jnp.zeros((1, 2, 101)).at[0, 0, age].set(1.0)
    return LifeBenefits(lay(heads * one, RINGS), lay(heads * amount * one, RINGS))


STOCKS = Stocks(NoRights(), life(50, 10.0, 30_000.0), life(70, 20.0, 10_000.0))


def year(
    levers: WorkInjury = LEVERS,
    stocks: Stocks = STOCKS,
    survival: float = 1.0,
    indexation: float = 0.0,
    wage_level: float = 1.0,
):
    levers = in_year(levers, NOW)
    dates = calendar(RINGS, jnp.full((1, 2, 101), survival), NOW)
    told = given_of(
        PLACE,
        dates,
        (NOBODY,),
        96_000 * ONE,
        (96_000 * ONE, 90_000 * ONE),
        indexation=indexation,
        wage_level=number(wage_level),
    )
    return advance(levers, tables(levers, None, RINGS, NOW), told, COVERED, stocks)


def without_platforms(levers: WorkInjury = LEVERS) -> WorkInjury:
    return replace(levers, platform_workers=jnp.zeros((1, 1)))


def test_premium_of_a_class_with_its_band():
    # 0.864 % of 60 million.
    flows = year(without_platforms()).flows
    assert flows.insured == pytest.approx(1000)
    assert flows.wage_bill == pytest.approx(60e6)
    assert flows.contributions == pytest.approx(518_400)


def test_lump_sums_grants_and_treatment():
    # Ten injuries at 60,000 a year: one grade 4 (21 months), two grade 6 (16 months each): 53 months of 5,000.
    # Half a death: 6 months of 8,000 and 20 times 50,000. Treatment: 0.3 years of wage an injury.
    flows = year(without_platforms()).flows
    assert flows.new_beneficiaries == pytest.approx(10)
    assert flows.cash_benefits == pytest.approx(53 * 5_000 + 0.5 * (48_000 + 1_000_000))
    assert flows.medical_benefits == pytest.approx(0.3 * 10 * 60_000)
    # Twelve treated, ten disabled, twenty dependants, and half a year of one new disabled and half a new dependant.
    exits = 0.5 * (1 + 0.9) * 20
    assert flows.beneficiaries == pytest.approx(12 + 10 + exits + 0.5 * (1 + 0.5))


def test_benefits_for_life():
    # Ten disabled of 50 are paid 30,000, twenty dependants 10,000, of whom a tenth leaves in the year. New ones for half a
    # year: one of grade 4 at 75 % of 60,000, half a death at 40 %.
    after = year(without_platforms())
    new = 45_000 + 0.5 * 24_000
    expected = 10 * 30_000 + 0.95 * 20 * 10_000 + 0.5 * new
    assert all(flow == pytest.approx(expected) for flow in after.flows.pensions)
    assert all(flow == pytest.approx(new) for flow in after.flows.new_pensions)
    stocks = after.stocks
    assert stocks.disabled.heads.work.sum() == pytest.approx(10 + 1)
    assert stocks.disabled.amount.work.sum() == pytest.approx(300_000 + 45_000)
    assert stocks.dependants.heads.pension.sum() == pytest.approx(18)
    assert stocks.dependants.heads.work.sum() == pytest.approx(0.5)


def test_the_pension_scheme_takes_over():
    # At 60 and over the fund pays 30 % of the allowance.
    stocks = replace(STOCKS, disabled=life(64, 10.0, 30_000.0), dependants=life(70, 0.0, 0.0))
    flows = year(without_platforms(), stocks).flows
    assert flows.pensions[0] == pytest.approx(0.3 * 300_000 + 0.5 * (45_000 + 12_000))


def test_deaths_and_indexation():
    # A tenth of the disabled dies: the mean of ten and nine is paid 2 % more; nine are left with it, and the new one.
    stocks = replace(STOCKS, dependants=life(70, 0.0, 0.0))
    after = year(without_platforms(), stocks, survival=0.9, indexation=0.02)
    insured = 950  # mean of 1,000 and 900
    # Of the new disabled, too, those of the 900 are left.
    new = 0.01 * (900 * 0.1 * 45_000 + insured * 0.05 * 24_000)
    assert after.flows.pensions[0] == pytest.approx(9.5 * 30_600 + 0.5 * new)
    left = 9 * 30_600 + 0.01 * 900 * 0.1 * 45_000
    assert after.stocks.disabled.amount.work.sum() == pytest.approx(left)


def test_nobody_draws_an_allowance_after_his_death():
    # All die in the year: half of their injuries happen, half of the old allowances are paid, and nobody is left.
    after = year(without_platforms(), replace(STOCKS, dependants=life(70, 0.0, 0.0)), survival=0.0)
    assert after.flows.new_beneficiaries == pytest.approx(5)
    assert after.flows.pensions[0] == pytest.approx(0.5 * 300_000 + 0.5 * 0.25 * 24_000)
    assert after.stocks.disabled.heads.work.sum() == 0
    assert after.stocks.disabled.amount.work.sum() == 0


@pytest.mark.parametrize("wage_level", [1.0, 1.5])
def test_the_account_of_the_platforms_closes(wage_level: float):
    # 200 workers at 85.6 a year, more with wages: as much in as out, 60 % of it for treatment.
    apart, together = (
        year(levers, wage_level=wage_level).flows for levers in (without_platforms(), LEVERS)
    )
    income = together.contributions - apart.contributions
    assert income == pytest.approx(200 * 85.6 * wage_level)
    assert together.outgo(0) - apart.outgo(0) == pytest.approx(200 * 85.6 * wage_level)
    treated = together.medical_benefits - apart.medical_benefits
    assert treated == pytest.approx(0.6 * 200 * 85.6 * wage_level)
    # At the statutory rate the wage bill owes all contributions.
    assert 0.00864 * together.wage_bill == pytest.approx(together.contributions)


def test_the_fund_may_bear_the_employers_allowances():
    # Two injuries of grade 6 at 60 % of 60,000, half of it from the fund.
    levers = replace(without_platforms(), fund_pays=jnp.asarray([1.0, 1, 1, 1, 0, 0.5]))
    more = year(levers).flows.new_pensions[0] - year(without_platforms()).flows.new_pensions[0]
    assert more == pytest.approx(2 * 0.5 * 36_000)


def test_levers_act():
    doubled = year(replace(without_platforms(), incidence_level=yearly(2)))
    assert doubled.flows.new_beneficiaries == pytest.approx(20)
    halved = year(replace(without_platforms(), compliance=yearly(0.5)))
    assert halved.flows.contributions == pytest.approx(259_200)
    assert halved.flows.wage_bill == pytest.approx(60e6)
    flows = jax.tree.leaves(doubled)
    assert all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in flows)
