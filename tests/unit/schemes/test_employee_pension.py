"""A cohort through the scheme year by year, against the law written out for one person and plain numbers."""

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from example_country import example
from one_place import alike, given_of
from pooling.parameters.model import EmployeePension, Geography, GrantLaw, in_year
from pooling.population.ring import rings_of
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.employee_pension import advance
from pooling.schemes.linkage import receive
from pooling.schemes.pension_award import Leaving, first_pensions
from pooling.schemes.pension_formula import basic_points
from pooling.schemes.pension_year import YearOfFund, tables
from pooling.schemes.scheme import Flows, HandedOver, ReferenceWage, SchemeYear
from pooling.state import Awarded, PensionStocks, Rights

RINGS = Rings(*rings_of(18, 59, 61))
PLACE = Place(Geography(jnp.asarray([0]), jnp.eye(1)), jnp.eye(1), jnp.ones(1))
PENSION_AGE = 60
"""On 1 January of the year of retirement."""
DRAWING, DIVISOR, MINIMUM = 0.25, 139.0, 15.0
WAGE, REFERENCE, NOTIONAL, INDEXATION = 80_000.0, 90_000.0, 0.03, 0.02
EMPLOYER, EMPLOYEE, ACCOUNT, FLEXIBLE_POOLED, FLEXIBLE_ACCOUNT = 0.16, 0.08, 0.07, 0.12, 0.08
DENSITY, FLEXIBLE, CHOSEN, OTHER, BASE = 0.9, 0.25, 0.5, 0.03, 0.8
CHOSEN_WITHIN_LIMITS = 0.6
INCOME, RETIRED_MONTHS = 0.5, 13.0
"""Disposable income over the average wage; months of grants on the death of a pensioner."""
AGE = np.arange(101)
SURVIVAL = 1 - 1e-3 * np.exp(0.05 * (AGE - 20.0))


def rules(make_up: float) -> EmployeePension:
    """One municipality, everybody covered; the figures above."""
    given = in_year(example()[1].model.levers.schemes[0], jnp.int32(0))
    window = np.zeros((2, 50))
    ages = np.arange(18, 68)
    numbers = {
        "employer_rate": EMPLOYER,
        "employee_rate": EMPLOYEE,
        "flexible_pooled_rate": FLEXIBLE_POOLED,
        "flexible_account_rate": FLEXIBLE_ACCOUNT,
        "account_rate": ACCOUNT,
        "accrual": 0.01,
        "minimum_years": MINIMUM,
        "wage_spread": 0.0,
        "flexible_share": FLEXIBLE,
        "flexible_payment": 1.0,
        "flexible_tiers": [CHOSEN],
        "flexible_weights": [1.0],
        "service_spread": 0.0,
        "account_spread": 0.0,
        "make_up": make_up,
        "claim_home": 0.5,
        "grant_income": INCOME,
        "pensioner_grants": np.full((2, 101), RETIRED_MONTHS),
    }
    tables_by_age = {
        "hazard": window + (ages >= PENSION_AGE),
        "benefit_time": window + DRAWING * (ages == PENSION_AGE),
        "inverse_divisor": window + 1 / DIVISOR,
        "coverage": window + 1.0,
        "entry": window,
        "wage_profile": window + 1.0,
        "transition_years": np.zeros((2, 50, 1)),
    }
    local = {
        "coverage_factor": [1.0],
        "density": [DENSITY],
        "floor": [CHOSEN_WITHIN_LIMITS],
        "cap": [3.0],
        "base_level": [BASE],
        "other_outgo": [OTHER],
        "subsidy_of_outgo": [[0.1], [0.2]],
        "subsidy_of_wage": [[0.0], [0.0]],
        "transition_coefficient": [0.012],
        "transition_weight": [1.0],
        "low_index": [0.0],
        "index_floor": [0.0],
    }
    arrays = {**numbers, **tables_by_age, **local}
    law = GrantLaw(*(jnp.asarray(float(value)) for value in (2, 3, 6, 9, 24, 9, 5, 10, 15)))
    numbers = {name: jnp.asarray(value) for name, value in arrays.items()}
    return replace(given, grant_law=law, **numbers)


@dataclass
class Life:
    """One person's rights and pension, weighted by the chance to be alive, and the money of one year."""

    alive: float = 1.0
    service: float = 0.0
    index: float = 0.0
    account: float = 0.0
    pension: float = 0.0
    account_pension: float = 0.0
    contributions: float = 0.0
    credited: float = 0.0
    paid: float = 0.0
    inherited: float = 0.0
    refunded: float = 0.0
    grants: float = 0.0
    interest: float = 0.0
    from_account: float = 0.0


BASES = (1 - FLEXIBLE) * BASE + FLEXIBLE * CHOSEN_WITHIN_LIMITS
CREDIT = (1 - FLEXIBLE) * BASE * ACCOUNT + FLEXIBLE * CHOSEN_WITHIN_LIMITS * FLEXIBLE_ACCOUNT
COLLECTED = (1 - FLEXIBLE) * BASE * (EMPLOYER + EMPLOYEE) + FLEXIBLE * CHOSEN_WITHIN_LIMITS * (
    FLEXIBLE_POOLED + FLEXIBLE_ACCOUNT
)


MONTH = INCOME * WAGE / 12


def months_of_member(years: float) -> float:
    """2 months and 3 below five years, 6 below ten, 9 from then on and one for each year from 15 to 30."""
    if years < 5:
        return 2 + 3
    return 2 + (6 if years < 10 else 9 + min(max(years - 15, 0), 15))


def work(life: Life, living: float) -> Life:
    """A year of work: survivors earn it, the account of the dying is inherited with half a year paid."""
    year = life.alive * DENSITY
    deposit = year * CREDIT * WAGE
    dying = 1 - living
    return Life(
        alive=living * life.alive,
        service=living * (life.service + year),
        index=living * (life.index + year * BASES),
        account=living * (life.account * (1 + NOTIONAL) + deposit * (1 + NOTIONAL / 2)),
        contributions=year * COLLECTED * WAGE * (1 + living) / 2,
        credited=deposit * (1 + living) / 2,
        inherited=dying * (life.account * (1 + NOTIONAL / 2) + deposit / 2),
        grants=dying * life.alive * months_of_member(life.service / life.alive) * MONTH,
        interest=living * (life.account * NOTIONAL + deposit * NOTIONAL / 2)
        + dying * life.account * NOTIONAL / 2,
    )


def retire(life: Life, living: float, make_up: float) -> Life:
    """Nine months of work and three of pension; a career below the minimum is refunded or made up."""
    part = 1 - DRAWING
    year = life.alive * DENSITY * part
    deposit = year * CREDIT * WAGE
    rate = NOTIONAL * part
    service, index = life.service + year, life.index + year * BASES
    account = life.account * (1 + rate) + deposit * (1 + rate / 2)
    interest = life.account * rate + deposit * rate / 2
    contributions, credited, refunded = year * COLLECTED * WAGE, deposit, 0.0
    heads = life.alive
    if service / life.alive < MINIMUM:
        missing = make_up * (MINIMUM * life.alive - service)
        refunded = (1 - make_up) * account
        heads = make_up * life.alive
        service, index = (
            make_up * service + missing,
            make_up * index + missing * CHOSEN_WITHIN_LIMITS,
        )
        bases = missing * CHOSEN_WITHIN_LIMITS * WAGE
        account = make_up * account + bases * FLEXIBLE_ACCOUNT
        contributions += bases * (FLEXIBLE_POOLED + FLEXIBLE_ACCOUNT)
        credited += bases * FLEXIBLE_ACCOUNT
    monthly = account / DIVISOR
    # B · (1 + Z) / 2 · years · 1 %, with Z = index-years over years.
    pension = REFERENCE * 0.01 * (service + index) / 2 + 12 * monthly
    drawn = 12 * monthly * DRAWING
    rate = NOTIONAL * DRAWING
    return Life(
        alive=living * heads,
        account=living * (account * (1 + rate) - drawn * (1 + rate / 2)),
        pension=living * pension,
        account_pension=living * 12 * monthly,
        contributions=contributions,
        credited=credited,
        paid=DRAWING * (1 + living) / 2 * pension,
        inherited=(1 - living) * (account - drawn / 2),
        grants=(1 - living) * heads * RETIRED_MONTHS * MONTH,
        refunded=refunded,
        interest=interest + living * (account * rate - drawn * rate / 2),
        from_account=drawn * (1 + living) / 2,
    )


def draw_pension(life: Life, living: float) -> Life:
    """Indexed on 1 January; the account pays until it is exhausted, the pooled fund pays on."""
    pension = life.pension * (1 + INDEXATION)
    drawn = min(life.account_pension, life.account)
    left = max(life.account * (1 + NOTIONAL) - drawn * (1 + NOTIONAL / 2), 0.0)
    return Life(
        alive=living * life.alive,
        account=living * left,
        pension=living * pension,
        account_pension=living * life.account_pension,
        paid=(1 + living) / 2 * pension,
        inherited=(1 - living) * (life.account - drawn / 2),
        grants=(1 - living) * life.alive * RETIRED_MONTHS * MONTH,
        interest=living * (left - life.account + drawn),
        from_account=drawn * (1 + living) / 2,
    )


def opening_stocks(age: int, life: Life) -> PensionStocks:
    """Men of one age with rights, nobody else."""

    def lay(value: float) -> tuple[jnp.ndarray, ...]:
        by_age = np.zeros((1, 2, 50))
        by_age[0, 0, age - 18] = value
        return (RINGS.work.from_ages(jnp.asarray(by_age)),)

    nobody, none = jnp.zeros((1, 100)), jnp.zeros((1, 2))
    return PensionStocks(
        Rights(lay(life.alive), lay(life.service), lay(life.index), lay(life.account)),
        Awarded(nobody, (nobody,), nobody, nobody),
        Awarded(none, (none,), none, none),
        jnp.zeros((1, 1)),
    )


@jax.jit
def a_year(
    stocks: PensionStocks, law: EmployeePension, elapsed: int
) -> tuple[PensionStocks, Flows]:
    """One year in which exactly the members are the residents."""
    survival = jnp.asarray(np.broadcast_to(SURVIVAL, (1, 2, 101)))
    now = jnp.asarray(elapsed, jnp.int32)
    year = YearOfFund(
        rules=law,
        tables=tables(law, jnp.ones(1), RINGS, now),
        wage=jnp.asarray([WAGE]),
        reference_wage=(alike(jnp.asarray([REFERENCE])),),
        notional_rate=jnp.asarray(NOTIONAL),
        indexation=jnp.asarray(INDEXATION),
    )
    dates, people = calendar(RINGS, survival, now), stocks.rights.members
    given = given_of(PLACE, dates, people, year.wage, year.reference_wage, elapsed=now)
    return advance(year, given, stocks)[:2]


def held(stocks: PensionStocks) -> dict[str, float]:
    """Stocks of the whole fund."""
    awarded = (stocks.awarded, stocks.awarded_oldest)
    parts = {
        "alive": (*stocks.rights.members, *(each.heads for each in awarded)),
        "service": stocks.rights.service,
        "index": stocks.rights.index,
        "account": (*stocks.rights.accounts, *(each.accounts for each in awarded)),
        "pension": tuple(each.pension[0] for each in awarded),
        "account_pension": tuple(each.account_pension for each in awarded),
    }
    return {name: float(sum(leaf.sum() for leaf in leaves)) for name, leaves in parts.items()}


def paid(flows: Flows) -> dict[str, float]:
    """Money of the year."""
    parts = {
        "contributions": flows.contributions,
        "credited": flows.contributions_account,
        "paid": flows.pensions[0],
        "inherited": flows.inherited_accounts,
        "refunded": flows.refunded_accounts,
        "grants": flows.other_benefits,
    }
    return {name: float(amount.sum()) for name, amount in parts.items()}


@pytest.mark.parametrize(
    ("age", "make_up"),
    [(20, 0.0), (45, 0.0), (50, 0.0), (50, 1.0), (50, 0.4), (59, 0.5)],
    ids=["whole career", "just enough", "too short", "made up", "made up in part", "two years"],
)
def test_a_cohort_to_its_end(age: int, make_up: float):
    law, life = rules(make_up), Life()
    stocks = opening_stocks(age, life)
    for elapsed in range(104 - age):
        now, living = age + elapsed, SURVIVAL[min(age + elapsed + 1, 100)]
        before = held(stocks)["account"]
        stocks, flows = a_year(stocks, law, elapsed)
        if now < PENSION_AGE:
            life = work(life, living)
        elif now == PENSION_AGE:
            life = retire(life, living, make_up)
        else:
            life = draw_pension(life, living)
        for name, amount in (held(stocks) | paid(flows)).items():
            assert amount == pytest.approx(getattr(life, name), rel=1e-10, abs=1e-8), (now, name)
        # The accounts: what was there, deposits and interest, less what was paid out of them.
        out = life.inherited + life.refunded + life.from_account
        expected = before + paid(flows)["credited"] + life.interest - out
        assert held(stocks)["account"] == pytest.approx(expected, rel=1e-12, abs=1e-8), now
        assert float(flows.other_outgo[0].sum()) == pytest.approx(OTHER * life.paid)
        outgo = float(flows.outgo(0).sum())
        subsidy = np.asarray(flows.scheduled_subsidy[0])
        np.testing.assert_allclose(subsidy, [[0.1 * outgo], [0.2 * outgo]], rtol=1e-12)


def test_new_pensioners_are_counted_once():
    law, stocks = rules(0.0), opening_stocks(59, Life(service=40.0, index=40.0))
    counts = []
    for elapsed in range(4):
        stocks, flows = a_year(stocks, law, elapsed)
        counts.append(float(flows.new_beneficiaries.sum()))
    alive = SURVIVAL[60]
    np.testing.assert_allclose(counts, [0, alive, 0, 0], rtol=1e-14)


def test_policies_differ_by_their_reference_wage_only():
    law, stocks = rules(0.0), opening_stocks(60, Life(service=30.0, index=30.0, account=1e5))
    now, nobody, none = jnp.int32(0), jnp.zeros((1, 100)), jnp.zeros((1, 2))
    year = YearOfFund(
        rules=law,
        tables=tables(law, jnp.ones(1), RINGS, now),
        wage=jnp.asarray([WAGE]),
        reference_wage=(alike(jnp.asarray([REFERENCE])), alike(jnp.asarray([2 * REFERENCE]))),
        notional_rate=jnp.asarray(NOTIONAL),
        indexation=jnp.asarray(INDEXATION),
    )
    two = PensionStocks(
        stocks.rights,
        Awarded(nobody, (nobody, nobody), nobody, nobody),
        Awarded(none, (none, none), none, none),
        jnp.zeros((1, 1)),
    )
    dates = calendar(RINGS, jnp.ones((1, 2, 101)), now)
    people = stocks.rights.members
    given = given_of(PLACE, dates, people, year.wage, year.reference_wage, elapsed=now)
    flows = advance(year, given, two).flows
    low, high = (float(pension.sum()) for pension in flows.new_pensions)
    # Z is (30 + 0.675 · 0.75) / 30.675; only the basic part doubles, the account's stays.
    paid_years = DENSITY * (1 - DRAWING)
    basic = REFERENCE * 0.01 * (30 + paid_years + 30 + paid_years * BASES) / 2
    assert high - low == pytest.approx(basic)
    account = 1e5 * (1 + NOTIONAL * 0.75) + paid_years * CREDIT * WAGE * (1 + NOTIONAL * 0.375)
    assert low == pytest.approx(basic + 12 * account / DIVISOR)


@pytest.mark.parametrize("years", [20.0, 13.0], ids=["qualifies", "too short"])
def test_an_account_of_a_resident_comes_a_year_before_the_pension(years: float):
    """A man of 59 with a career here has paid ten years as a resident, whose account of 10,000 moves when he is 60."""
    law, account = rules(0.0), 10_000.0
    alone, _ = a_year(opening_stocks(59, Life(service=years, index=years, account=5e4)), law, 0)
    linked = linked_to(alone, account)
    np.testing.assert_allclose(held(linked)["account"] - held(alone)["account"], account)
    assert held(linked)["service"] == held(alone)["service"]
    (_, with_it), (_, without) = (a_year(stocks, law, 1) for stocks in (linked, alone))
    pension, refund = (
        float((a - b).sum())
        for a, b in (
            (with_it.new_pensions[0], without.new_pensions[0]),
            (with_it.refunded_accounts, without.refunded_accounts),
        )
    )
    # Nine months of interest until he retires. The ten years do not count: 13 + 0.9 + 0.675 stay below 15.
    due = account * (1 + 0.75 * NOTIONAL)
    assert pension == pytest.approx(12 * due / DIVISOR if years == 20 else 0)
    assert refund == pytest.approx(due if years == 13 else 0)


def linked_to(stocks: PensionStocks, account: float) -> PensionStocks:
    """The fund after the account of a man who was 59 on 1 January of the first year has come."""
    now, table = jnp.int32(0), np.zeros((1, 2, 25))
    dates = calendar(RINGS, jnp.ones((1, 2, 101)), now)
    table[0, 0, 59 - RINGS.award.first] = account
    handed = HandedOver((RINGS.award.from_ages(jnp.asarray(table)),), jnp.asarray(1 / DIVISOR))
    year = SchemeYear(stocks, Flows.nothing(jnp.zeros(1), 1, 1), None)
    found = receive(year, handed, dates)
    assert float(found.flows.linked_accounts[0]) == account
    return found.stocks


def test_an_account_of_a_resident_who_draws_already_is_a_pension_of_its_own():
    # Three members wait and a fourth of the age is a pensioner with 6,000 a year: of 4,000 he gets 1,000, 12/139 a year.
    waiting = opening_stocks(59, Life(alive=3.0, service=60.0, index=60.0, account=9e4))
    drawn = np.zeros((1, 2, 50))
    drawn[0, 0, 59 - 50] = 1.0
    one = RINGS.pension.from_ages(jnp.asarray(drawn))
    awarded = Awarded(one, (6_000 * one,), 600 * one, 5_000 * one)
    found = linked_to(replace(waiting, awarded=awarded), 4_000.0)
    assert float(found.rights.accounts[0].sum()) == pytest.approx(9e4 + 3_000)
    assert float(found.awarded.pension[0].sum()) == pytest.approx(6_000 + 12 * 1_000 / DIVISOR)
    assert float(found.awarded.account_pension.sum()) == pytest.approx(600 + 12 * 1_000 / DIVISOR)
    assert float(found.awarded.accounts.sum()) == pytest.approx(5_000 + 1_000)
    assert float(found.awarded.heads.sum()) == 1


def test_an_account_is_not_lost_where_nobody_waits():
    nobody = opening_stocks(59, Life(alive=0.0))
    found = linked_to(nobody, 4_000.0)
    assert held(found)["account"] == pytest.approx(4_000)
    assert held(found)["pension"] == pytest.approx(12 * 4_000 / DIVISOR)


def test_flexible_workers_on_two_tiers_pay_by_their_months():
    law = replace(
        rules(make_up=0.0),
        flexible_tiers=jnp.asarray([0.5, 1.2]),
        flexible_weights=jnp.asarray([2 / 3, 1 / 3]),
        flexible_payment=jnp.asarray(0.75),
    )
    _, flows = a_year(opening_stocks(40, Life(alive=1000.0)), law, 0)
    # A quarter of 1,000 members pays three quarters of what the others do: 1,000 · 0.9 · (0.75 + 0.25 · 0.75) = 843.75
    # years, a fifth of them theirs, on 0.6 (the floor) · 2/3 + 1.2 / 3 = 0.8; employees on 0.8 too. Half of who dies pays.
    years = 843.75 * (1 + SURVIVAL[41]) / 2
    assert float(flows.contributors[0]) == pytest.approx(years)
    assert float(flows.insured[0]) == pytest.approx(1000 * (1 + SURVIVAL[41]) / 2)
    of_wages, of_choice = years * 0.8 * 0.8 * WAGE, years * 0.2 * 0.8 * WAGE
    assert float(flows.wage_bill[0]) == pytest.approx(of_wages + of_choice)
    assert float(flows.contributions[0]) == pytest.approx(0.24 * of_wages + 0.20 * of_choice)
    assert float(flows.contributions_account[0]) == pytest.approx(
        0.07 * of_wages + 0.08 * of_choice
    )


def test_a_city_base_moves_its_part_of_the_formula_only():
    law, life = rules(0.0), Life(alive=1.0, service=30.0, index=24.0, account=139_000.0)
    now = jnp.int32(0)
    city = 1.25 * REFERENCE
    year = YearOfFund(
        rules=law,
        tables=tables(law, jnp.ones(1), RINGS, now),
        wage=jnp.asarray([WAGE]),
        reference_wage=(
            ReferenceWage(jnp.asarray([city]), jnp.asarray([REFERENCE])),
            ReferenceWage(jnp.asarray([REFERENCE]), jnp.asarray([city])),
        ),
        notional_rate=jnp.asarray(0.0),
        indexation=jnp.asarray(0.0),
    )
    leaving = Leaving(
        heads=jnp.ones((1, 1)),
        points=basic_points(jnp.full((1, 1), life.service), jnp.zeros((1, 1)), jnp.asarray(0.01)),
        indexed=basic_points(jnp.zeros((1, 1)), jnp.full((1, 1), life.index), jnp.asarray(0.01)),
        accounts=jnp.full((1, 1), life.account),
    )
    pensions, _ = first_pensions(one_row(year), leaving)
    # 12 000 from the account; of 90 000 and the city's 112 500: (112 500 · 30 + 90 000 · 24) · 0.5 % = 27 675, and
    # (90 000 · 30 + 112 500 · 24) · 0.5 % = 27 000.
    assert float(pensions[0][0, 0]) == pytest.approx(27_675 + 12_000)
    assert float(pensions[1][0, 0]) == pytest.approx(27_000 + 12_000)


def one_row(year: YearOfFund) -> YearOfFund:
    """The year with one cohort of the ages of award, whose account is divided by 139."""
    award = replace(year.tables.award, inverse_divisor=jnp.asarray([1 / DIVISOR]))
    return replace(year, tables=replace(year.tables, award=award))
