"""Residents of one place through a year of the scheme, against the law written out for one person."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from one_place import given_of
from pooling.parameters.model import Geography
from pooling.population.ring import rings_of
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.resident_pension import advance, eligible
from pooling.schemes.resident_year import (
    Drawing,
    Indexed,
    PensionsElsewhere,
    ResidentPension,
    ResidentRights,
    ResidentStocks,
    tables,
)
from pooling.schemes.scheme import Covered, SchemeYear

RINGS = Rings(*rings_of(16, 59, 59))
PLACE = Place(Geography(jnp.asarray([0]), jnp.eye(1)), jnp.eye(1), jnp.ones(1))
NOW = jnp.zeros((), jnp.int32)
AGES = np.arange(16, 66)
BASE, ADDED, PREMIUM, DIVISOR, RETURN, DRAWING, PAYING = 143.0, 20.0, 400.0, 139.0, 0.03, 0.25, 0.5
"""Base pension and addition a month; premium a year; the part of the year in which a new pension is drawn."""
SURVIVAL = 0.98


def rules(**changes: float) -> ResidentPension:
    """Everybody from 16 on is a member; figures above, no spreads; currency a year."""
    window = np.zeros((2, 50))
    numbers = {
        "minimum_base": 12 * BASE,
        "legislated": 1.0,
        "base_wage_share": 0.5,
        "premium_level": 1.0,
        "premium_wage_share": 0.5,
        "premium_spread": 0.0,
        "upper_tier": 500.0,
        "entry_subsidy_low": 30.0,
        "entry_subsidy_high": 60.0,
        "take_up": 1.0,
        "compliance": 1.0,
        "inverse_divisor": 1 / DIVISOR,
        "minimum_years": 15.0,
        "make_up": 0.0,
        "linked": 0.0,
        "service_spread": 0.0,
        "account_spread": 0.0,
        "account_margin": 0.0,
        "subsidy_level": 1.0,
        "moving": 0.2,
    }
    provincial = {
        "addition": 12 * ADDED,
        "supplement": 0.0,
        "central_share": 0.5,
        "premium": PREMIUM,
        "coverage_factor": 1.0,
        "paying": PAYING,
        "other_outgo": 0.02,
    }
    by_age = {
        "entry": window + (AGES < 60),
        "hazard": window + (AGES >= 59),
        "benefit_time": window + np.where(AGES == 59, DRAWING, 1.0),
    }
    given = {**numbers, **{name: [value] for name, value in provincial.items()}, **by_age}
    given |= {name: [value] if name in provincial else value for name, value in changes.items()}
    return ResidentPension(**{name: jnp.asarray(value) for name, value in given.items()})


def on_work(values: dict[int, float]) -> jnp.ndarray:
    """A working-ring leaf of men by age on 1 January."""
    table = np.zeros((1, 2, 50))
    for age, value in values.items():
        table[0, 0, age - 16] = value
    return RINGS.work.from_ages(jnp.asarray(table))


def on_pension(values: dict[int, float]) -> jnp.ndarray:
    """The same on the ring of pension ages."""
    table = np.zeros((1, 2, 50))
    for age, value in values.items():
        table[0, 0, age - 50] = value
    return RINGS.pension.from_ages(jnp.asarray(table))


def year(
    law: ResidentPension,
    rights: tuple[dict[int, float], dict[int, float], dict[int, float]] = ({}, {}, {}),
    drawing: tuple[dict[int, float], dict[int, float], dict[int, float]] = ({}, {}, {}),
    people: dict[int, float] | None = None,
    covered: Covered | None = None,
    survival: float = SURVIVAL,
) -> SchemeYear:
    """One year from heads, contribution years and accounts, and pensioners' heads, account pensions and accounts."""
    dates = calendar(RINGS, jnp.full((1, 2, 101), survival), NOW)
    residents = on_work(rights[0] if people is None else people)
    given = given_of(
        PLACE, dates, (residents,), jnp.asarray([80_000.0]), (jnp.asarray([90_000.0]),),
        fund_return=jnp.asarray(RETURN),
    )  # fmt: skip
    stocks = ResidentStocks(
        ResidentRights(*((on_work(each),) for each in rights)),
        Drawing(*(on_pension(each) for each in drawing)),
        Drawing(*(jnp.zeros((1, 2)) for _ in range(3))),
        Indexed(jnp.asarray(12 * BASE), jnp.asarray(1.0)),
        PensionsElsewhere(jnp.zeros((1, 1)), jnp.zeros((1, 1))),
    )
    of_year = tables(law, None, RINGS, NOW)  # pyright: ignore[reportArgumentType]
    return advance(law, of_year, given, covered, stocks)


def single(flow: jnp.ndarray) -> float:
    return float(flow[..., 0].sum())


def test_pension_of_143_and_an_account_of_30_000():
    # Guofa [2014] 8: 143 + 20 + 30 000 / 139 = 378.83 yuan a month, nobody pays in the year, accounts earn nothing.
    law = rules(paying=0.0)
    law = replace(law, account_margin=jnp.asarray(-RETURN))
    flows = year(law, ({59: 1.0}, {59: 15.0}, {59: 30_000.0}), survival=1.0).flows
    month = 143 + 20 + 30_000 / 139
    assert month == pytest.approx(378.827, abs=1e-3)
    assert single(flows.new_pensions[0]) == pytest.approx(12 * month)
    # Three months are drawn in the year of the birthday.
    assert single(flows.pensions[0]) == pytest.approx(3 * month)
    assert single(flows.beneficiaries) == pytest.approx(0.25)


def test_a_year_of_premiums():
    after, flows = year(rules(), ({40: 1000.0}, {40: 5000.0}, {40: 1e6}))[:2]
    mean = 1000 * 0.99
    assert single(flows.insured) == pytest.approx(mean)
    assert single(flows.contributors) == pytest.approx(0.5 * mean)
    assert single(flows.contributions) == pytest.approx(0.5 * mean * 400)
    assert single(flows.wage_bill) == single(flows.contributions)
    # 400 is below the tier of 500: the province adds 30 to every payer's account.
    centre, province = np.asarray(flows.scheduled_subsidy[0])[:, 0]
    assert (centre, province) == pytest.approx((0.0, 0.5 * mean * 30))
    # Survivors: a whole year's interest on the account, half on 430 paid by half of them.
    kept = 0.98 * (1e6 * 1.03 + 500 * 430 * 1.015)
    assert float(after.rights.accounts[0].sum()) == pytest.approx(kept)
    assert float(after.rights.service[0].sum()) == pytest.approx(0.98 * 5500)
    # The dying have lived and paid half of the year.
    assert single(flows.inherited_accounts) == pytest.approx(0.02 * (1e6 * 1.015 + 0.5 * 500 * 430))


def test_the_fund_pays_an_exhausted_account_on():
    # 1 200 yuan a year from an account that holds 500: the pension stays, 500 come from the account.
    after, flows = year(rules(), drawing=({70: 1.0}, {70: 1200.0}, {70: 500.0}), survival=1.0)[:2]
    assert single(flows.pensions[0]) == pytest.approx(12 * 163 + 1200)
    assert float(after.awarded.accounts.sum()) == pytest.approx(500 * 1.03 - 500 * 1.015)
    assert float(after.awarded.account_pension.sum()) == 1200


def test_pensioners_leave_what_the_account_holds():
    after, flows = year(rules(), drawing=({70: 100.0}, {70: 1e5}, {70: 1e6}))[:2]
    assert single(flows.beneficiaries) == pytest.approx(99)
    assert single(flows.inherited_accounts) == pytest.approx(0.02 * (1e6 - 0.5 * 1e5))
    assert float(after.awarded.accounts.sum()) == pytest.approx(0.98 * (1.03e6 - 1.015e5))
    assert float(after.awarded.heads.sum()) == pytest.approx(98)


def test_base_pensions_are_subsidised_by_centre_and_province():
    flows = year(rules(), drawing=({70: 100.0}, {70: 1e5}, {70: 1e6})).flows
    centre, province = np.asarray(flows.scheduled_subsidy[0])[:, 0]
    assert centre == pytest.approx(99 * 12 * 143 / 2)
    assert province == pytest.approx(99 * 12 * (143 / 2 + 20))
    assert single(flows.other_outgo[0]) == pytest.approx(0.02 * single(flows.pensions[0]))


def test_too_short_a_career_is_refunded():
    # 14 years and 0.375 of a year (nine months, half of the members pay) on the birthday.
    flows = year(rules(), ({59: 10.0}, {59: 140.0}, {59: 50_000.0}), survival=1.0).flows
    account = 50_000 * (1 + 0.03 * 0.75) + 10 * 0.375 * 430 * (1 + 0.5 * 0.03 * 0.75)
    assert single(flows.new_beneficiaries) == 0
    assert single(flows.refunded_accounts) == pytest.approx(account)


def test_missing_years_can_be_made_up():
    flows = year(rules(make_up=0.8), ({59: 10.0}, {59: 140.0}, {59: 50_000.0}), survival=1.0).flows
    account = 50_000 * (1 + 0.03 * 0.75) + 10 * 0.375 * 430 * (1 + 0.5 * 0.03 * 0.75)
    # Eight pay 15 - 14.375 years at 400, without entry subsidy.
    missing = 8 * 0.625
    assert single(flows.new_beneficiaries) == pytest.approx(8)
    assert single(flows.refunded_accounts) == pytest.approx(0.2 * account)
    assert single(flows.contributions) == pytest.approx(400 * (10 * 0.375 + missing))
    pension = 8 * 163 + (0.8 * account + 400 * missing) / 139
    assert single(flows.new_pensions[0]) == pytest.approx(12 * pension)


def test_who_was_59_at_the_start_needs_one_year():
    law = rules(minimum_years=0.5, paying=1.0)
    flows = year(law, ({59: 10.0}, {59: 0.0}, {59: 0.0}), survival=1.0).flows
    assert single(flows.new_beneficiaries) == pytest.approx(10)


def test_linked_accounts_of_dormant_members_leave_the_fund():
    # Ten members, four of whom are still residents in no employee fund: six are dormant, half of them are linked.
    law = rules(linked=0.5)
    rights = ({59: 10.0}, {59: 200.0}, {59: 50_000.0})
    flows = year(law, rights, people={59: 4.0}, survival=1.0).flows
    account = 50_000 * (1 + 0.03 * 0.75) + 4 * 0.375 * 430 * (1 + 0.5 * 0.03 * 0.75)
    assert single(flows.refunded_accounts) == 0
    # From the day of the pension to 31 December they earn a quarter of the year's 3 %.
    assert single(flows.linked_accounts) == pytest.approx(-0.3 * account * (1 + 0.03 * 0.25))
    assert single(flows.new_beneficiaries) == pytest.approx(7)
    assert single(flows.contributors) == pytest.approx(4 * 0.5 * 0.75)


def test_nobody_is_active_in_both_tracks():
    # Of 100 residents of 30, 60 are active employees; of 100 of 55, 30 are and 20 draw an employee pension.
    active = on_work({30: 60.0, 40: 120.0, 55: 30.0})
    nobody = jnp.zeros_like(active)
    covered = Covered(
        (active,), nobody, nobody, nobody, on_pension({55: 20.0, 70: 50.0}), jnp.zeros((1, 2))
    )
    of_year = tables(rules(), None, RINGS, NOW)  # pyright: ignore[reportArgumentType]
    people = (on_work({30: 100.0, 40: 100.0, 55: 100.0}),)
    found = RINGS.work.by_age(eligible(of_year, people, covered)[0], NOW)[0, 0]
    assert np.asarray(found)[[30 - 16, 40 - 16, 55 - 16]] == pytest.approx([40, 0, 50])


def test_take_up_raises_coverage_and_never_beyond_everybody():
    for take_up, members in ((0.5, 50.0), (1.0, 100.0), (1.5, 100.0)):
        after = year(rules(take_up=take_up), people={30: 100.0}, survival=1.0).stocks
        assert float(after.rights.members[0].sum()) == pytest.approx(members)


def test_accounts_close_over_a_year():
    # In: premiums and entry subsidies. Out: what pensioners draw, inheritances, refunds, linkage. No interest.
    law = rules(make_up=0.6, linked=0.5, account_margin=-RETURN)
    rights = (
        {30: 100.0, 50: 50.0, 59: 20.0},
        {30: 200.0, 50: 600.0, 59: 280.0},
        {30: 3e5, 50: 4e5, 59: 2e5},
    )
    drawing = ({65: 30.0, 80: 10.0}, {65: 3e4, 80: 1e4}, {65: 2e5, 80: 2e3})
    after, flows = year(law, rights, drawing, people={30: 80.0, 50: 50.0, 59: 15.0})[:2]
    heads = single(flows.beneficiaries)
    held = float(after.rights.accounts[0].sum() + after.awarded.accounts.sum())
    entry_subsidies = single(flows.scheduled_subsidy[0][1]) - heads * 12 * (143 / 2 + 20)
    # Of the 10 000 of the 80-year-olds the account pays the 2 000 that it holds; the fund pays the rest on.
    from_accounts = single(flows.pensions[0]) - heads * 12 * 163 - (1e4 - 2e3) * 0.99
    paid_in = single(flows.contributions_account) + entry_subsidies
    left = single(flows.inherited_accounts) + single(flows.refunded_accounts)
    left -= single(flows.linked_accounts)
    before = 3e5 + 4e5 + 2e5 + 2e5 + 2e3
    assert held == pytest.approx(before + paid_in - from_accounts - left, rel=1e-12)


def test_heads_are_conserved():
    rights = ({30: 100.0, 59: 20.0}, {30: 200.0, 59: 400.0}, {30: 3e5, 59: 2e5})
    after, flows = year(rules(), rights, ({65: 30.0}, {65: 3e4}, {65: 2e5}), survival=1.0)[:2]
    assert float(after.rights.members[0].sum()) == pytest.approx(100)
    assert float(after.awarded.heads.sum()) == pytest.approx(30 + 20)
    assert single(flows.new_beneficiaries) == pytest.approx(20)


def test_a_slope_goes_through_the_year():
    def outgo(level: jnp.ndarray) -> jnp.ndarray:
        law = replace(rules(), premium_level=level)
        return year(law, ({59: 10.0}, {59: 200.0}, {59: 50_000.0})).flows.outgo(0).sum()

    assert float(jax.grad(outgo)(jnp.asarray(1.0))) > 0
