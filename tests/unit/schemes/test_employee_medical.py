"""One year of the employees' health insurance of one place, against the law in plain numbers."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from one_place import given_of
from pooling.parameters.model import Geography
from pooling.population.ring import LIFE, rings_of
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.employee_medical import (
    EmployeeMedical,
    EmployeeMedicalStocks,
    advance,
    run_accounts,
    tables,
)
from pooling.schemes.medical_cost import Treatment
from pooling.schemes.scheme import Covered, Given, NoRights, SchemeYear
from pooling.state import Persons

RINGS = Rings(*rings_of(18, 59, 61))
PLACE = Place(Geography(jnp.asarray([0]), jnp.eye(1)), jnp.eye(1), jnp.ones(1))
WAGE = 100_000.0
EMPLOYER, EMPLOYEE = 0.07, 0.02
START = jnp.zeros((), jnp.int32)
# A thousand men of 40 of whom 800 are members, and 200 women of 62 of whom 150 are pensioners; half and 80 % are insured.
PEOPLE, MEMBERS, OLD, PENSIONERS = 1000.0, 800.0, 200.0, 150.0
ACTIVE, RETIRED = 0.5 * MEMBERS, 0.8 * PENSIONERS


def number(value: float) -> jnp.ndarray:
    return jnp.asarray(value)


def rules(**changes: jnp.ndarray) -> EmployeeMedical:
    """Levers of one year; nobody pays on, no subsidy, unless changed."""
    index = np.ones((2, 101))
    index[1, 62] = 2.5
    fields = {
        "employer_rate": number(EMPLOYER),
        "employee_rate": number(EMPLOYEE),
        "account_rate": number(0.02),
        "collection": number(1.0),
        "active_share": number(0.5),
        "retired_share": number(0.8),
        "base_level": number(1.0),
        "still_paying": jnp.zeros((2, 101)),
        "still_paying_base": number(0.6),
        "retired_credit": jnp.asarray([900.0]),
        "retired_credit_level": number(1.0),
        "account_spending": number(0.25),
        "inherited_level": number(1.0),
        "treatment": Treatment(number(3000.0), jnp.asarray([1.0]), number(0.0)),
        "cost_index": jnp.asarray(index),
        "cost_level": number(1.0),
        "subsidy_of_outgo": jnp.zeros((2, 1)),
        "subsidy_of_wage": jnp.zeros((2, 1)),
        "subsidy_level": number(1.0),
    }
    return EmployeeMedical(**(fields | changes))


def a_year(survival: float = 1.0, **changes: jnp.ndarray) -> SchemeYear:
    """The year of the people above."""
    own = rules(**changes)
    dates = calendar(RINGS, jnp.full((1, 2, 101), survival), START)
    people, members, pensioners = np.zeros((1, 2, 100)), np.zeros((1, 2, 50)), np.zeros((1, 2, 50))
    people[0, 0, 40], people[0, 1, 62] = PEOPLE, OLD
    members[0, 0, 40 - 18] = MEMBERS
    pensioners[0, 1, 62 - 50] = PENSIONERS
    active = RINGS.work.from_ages(jnp.asarray(members))
    covered = Covered(
        active=(active,),
        paying=0.9 * active,
        base=0.9 * active * 0.8 * WAGE,
        flexible=0.2 * active,
        retirees=RINGS.pension.from_ages(jnp.asarray(pensioners)),
        retirees_oldest=jnp.zeros((1, 2)),
    )
    given: Given = given_of(
        PLACE,
        dates,
        (active,),
        jnp.asarray([WAGE]),
        (jnp.asarray([WAGE]),),
        persons=Persons((LIFE.from_ages(jnp.asarray(people)),), (jnp.zeros((1, 2)),)),
        fund_return=jnp.asarray(0.02),
    )
    stocks = EmployeeMedicalStocks(NoRights(), jnp.asarray([1e6]))
    of_year = tables(own, None, RINGS, START)
    return advance(own, of_year, given, covered, stocks)


def test_contributions_of_employees():
    # 400 insured at 80 % of the wage: 32 m of bases, 9 % of them is 2.88 m.
    flows = a_year().flows
    np.testing.assert_allclose(flows.insured, [400])
    np.testing.assert_allclose(flows.beneficiaries, [120])
    np.testing.assert_allclose(flows.wage_bill, [32e6])
    np.testing.assert_allclose(flows.contributions, [2.88e6])


def test_accounts_after_the_reform():
    # 2 % of 32 m and 900 for each of 120 retired: 640,000 + 108,000.
    np.testing.assert_allclose(a_year().flows.contributions_account, [748_000])


def test_accounts_before_the_reform():
    # Own 2 % and 30 % of an employer contribution of 6 %: 3.8 % of 32 m.
    flows = a_year(account_rate=number(0.02 + 0.3 * 0.06)).flows
    np.testing.assert_allclose(flows.contributions_account, [1_216_000 + 108_000])


def test_a_retired_persons_account_after_the_reform():
    # One retired person: 1,000 on 1 January, 900 credited, a quarter of 1,900 spent (475). Who lives has
    # 1,000·1.02 + (900 - 475)·1.01 = 1,449.25 at the end of the year.
    def account(credited: float, dying: float):
        amounts = (jnp.asarray([each]) for each in (1000.0, credited, dying))
        return run_accounts(number(0.25), number(0.02), *amounts)

    np.testing.assert_allclose(account(900.0, 0.0).spent, [475])
    np.testing.assert_allclose(account(900.0, 0.0).stock, [1449.25])
    # Who dies is credited 450, spends 237.50 and leaves 1,000·1.02/1.01 + 212.50 = 1,222.40 in the middle of the year.
    np.testing.assert_allclose(account(450.0, 1.0).spent, [237.5])
    np.testing.assert_allclose(account(450.0, 1.0).inherited, [1222.40099], rtol=1e-8)
    np.testing.assert_allclose(account(450.0, 1.0).stock, [0], atol=1e-9)
    # Of a hundred one dies: 99 whole years and a half, 995 paid in for the mean of 1,000 accounts.
    np.testing.assert_allclose(account(895.5, 0.01).spent, [0.99 * 475 + 0.01 * 237.5])
    np.testing.assert_allclose(account(895.5, 0.01).inherited, [12.2240099], rtol=1e-8)
    np.testing.assert_allclose(account(895.5, 0.01).stock, [0.99 * 1449.25])


def test_treatment_of_pool_and_accounts():
    # 400 at 3,000 and 120 at 7,500: 2.1 m from the pool; a quarter of 1 m and 748,000: 437,000 from the accounts.
    flows = a_year().flows
    np.testing.assert_allclose(flows.medical_benefits, [1.2e6 + 0.9e6 + 437_000])
    np.testing.assert_allclose(flows.outgo(0), flows.medical_benefits)


def test_cost_grows_with_its_level():
    np.testing.assert_allclose(
        a_year(cost_level=number(1.1)).flows.medical_benefits, [1.1 * 2.1e6 + 437_000]
    )


def test_who_is_short_of_the_minimum_years_pays_on():
    # A tenth of the 120 retired pays 9 % of 60 % of the wage: 12 · 60,000; credited is the fixed sum alone.
    short = jnp.zeros((2, 101)).at[:, :65].set(0.1)
    flows = a_year(still_paying=short).flows
    np.testing.assert_allclose(flows.contributors, [412])
    np.testing.assert_allclose(flows.contributions, [2.88e6 + 0.09 * 12 * 60_000])
    np.testing.assert_allclose(flows.contributions_account, [748_000])


def test_deaths_halve_the_year_and_leave_accounts():
    # 4 % die: person-years are 98 % of the heads. They leave 4 % of the accounts of 1 January, grown by 1.02/1.01, and of
    # half a year's credits less half of a quarter of accounts and credits: 0.04·(1 m·1.02/1.01 + ½·(748,000 - 437,000)).
    flows = a_year(survival=0.96).flows
    np.testing.assert_allclose(flows.insured, [392])
    np.testing.assert_allclose(flows.inherited_accounts, [0.04 * (1.02e6 / 1.01 + 155_500)])


def test_subsidy_of_outgo_by_payer():
    flows = a_year(subsidy_of_outgo=jnp.asarray([[0.0], [0.01]])).flows
    np.testing.assert_allclose(flows.scheduled_subsidy[0], [[0], [0.01 * 2_537_000]])


def test_no_pension_fund_no_employees():
    own = rules()
    dates = calendar(RINGS, jnp.ones((1, 2, 101)), START)
    given = given_of(PLACE, dates, (), jnp.asarray([WAGE]), (jnp.asarray([WAGE]),))
    given = replace(given, persons=Persons((jnp.zeros((1, 200)),), (jnp.zeros((1, 2)),)))
    stocks = EmployeeMedicalStocks(NoRights(), jnp.zeros(1))
    with pytest.raises(ValueError, match="employee pension scheme"):
        advance(own, tables(own, None, RINGS, START), given, None, stocks)
