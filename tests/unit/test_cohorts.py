"""Cohort measures by hand: one man's whole life, annuities in closed form, internal rates, birth years."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from example_country import example
from one_place import alike, given_of
from pooling.cohorts import (
    CohortFlows,
    CohortMeasures,
    Cohorts,
    ages_of,
    cohort_measures,
)
from pooling.cohorts.annuity import annuities, payment_growth
from pooling.cohorts.flows import fund_flows
from pooling.cohorts.measures import by_birth_year
from pooling.cohorts.stayers import membership
from pooling.measures.solvency import discount_factors
from pooling.parameters.model import EmployeePension, Geography, in_year
from pooling.population.ring import rings_of
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.employee_pension import advance
from pooling.schemes.pension_year import YearOfFund, tables
from pooling.schemes.scheme import Flows
from pooling.state import Awarded, PensionStocks, Rights

RINGS = Rings(*rings_of(18, 59, 61))
PLACE = Place(Geography(jnp.asarray([0]), jnp.eye(1)), jnp.eye(1), jnp.ones(1))
FIRST_YEAR, YEARS, AGE, PENSION_AGE = 2025, 45, 20, 60
DRAWING, DIVISOR, INDEXATION, NOTIONAL, DISCOUNT = 0.25, 139.0, 0.02, 0.03, 0.035
WAGE = 80_000.0 * 1.04 ** np.arange(YEARS)
REFERENCE = 1.1 * WAGE
RATE, ACCOUNT = 0.24, 0.08
LIVING = np.where(np.arange(101) < 99, 1.0, 0.0)
"""By age on 1 January: everybody lives to 99 and dies in that year."""


def law() -> EmployeePension:
    """Everybody insured and paying on the average wage; nobody flexible, no spread."""
    given = in_year(example()[1].model.levers.schemes[0], jnp.int32(0))
    window, ages = np.zeros((2, 50)), np.arange(18, 68)
    arrays = {
        "employer_rate": RATE - ACCOUNT,
        "employee_rate": ACCOUNT,
        "account_rate": ACCOUNT,
        "accrual": 0.01,
        "minimum_years": 15.0,
        "floor": [0.6],
        "cap": [3.0],
        "wage_spread": 0.0,
        "wage_level": 1.0,
        "compliance": 1.0,
        "flexible_share": 0.0,
        "service_spread": 0.0,
        "account_spread": 0.0,
        "hazard": window + (ages >= PENSION_AGE),
        "benefit_time": window + DRAWING * (ages == PENSION_AGE),
        "inverse_divisor": window + 1 / DIVISOR,
        "coverage": window + 1.0,
        "entry": window,
        "wage_profile": window + 1.0,
        "transition_years": np.zeros((2, 50, 1)),
        "coverage_factor": [1.0],
        "density": [1.0],
        "base_level": [1.0],
        "other_outgo": [0.0],
        "subsidy_of_outgo": [[0.0], [0.0]],
        "subsidy_of_wage": [[0.0], [0.0]],
        "transition_coefficient": [0.0],
        "transition_weight": [1.0],
        "low_index": [0.0],
        "index_floor": [0.0],
    }
    return replace(given, **{name: jnp.asarray(value) for name, value in arrays.items()})


def one_man(age: int, elapsed: int) -> PensionStocks:
    """A man of an age on 1 January without rights, and nobody else."""
    by_age = np.zeros((1, 2, 50))
    by_age[0, 0, age - RINGS.work.first] = 1.0
    man = RINGS.work.align(jnp.asarray(by_age), jnp.int32(elapsed))
    none, nobody, oldest = jnp.zeros_like(man), jnp.zeros((1, 100)), jnp.zeros((1, 2))
    return PensionStocks(
        Rights((man,), (none,), (none,), (none,)),
        Awarded(nobody, (nobody,), nobody, nobody),
        Awarded(oldest, (oldest,), oldest, oldest),
        jnp.zeros((1, 1)),
    )


@jax.jit
def a_year(
    stocks: PensionStocks,
    rules: EmployeePension,
    wage: jnp.ndarray,
    following: jnp.ndarray,
    elapsed: jnp.ndarray,
) -> tuple[PensionStocks, Flows, CohortFlows]:
    """One year of a fund whose members are the residents."""
    # Survival stands by age at the end of the year.
    survival = jnp.asarray(np.broadcast_to(np.append(1.0, LIVING[:-1]), (1, 2, 101)))
    year = YearOfFund(
        rules=rules,
        tables=tables(rules, jnp.ones(1), RINGS, elapsed),
        wage=wage[None],
        reference_wage=(alike(1.1 * wage[None]),),
        notional_rate=jnp.asarray(NOTIONAL),
        indexation=jnp.asarray(INDEXATION),
    )
    dates, people = calendar(RINGS, survival, elapsed), stocks.rights.members
    given = given_of(PLACE, dates, people, year.wage, year.reference_wage, elapsed=elapsed)
    after, flows = advance(year, given, stocks)[:2]
    # There is nowhere to go: all have stayed and will.
    members = membership(year, given, stocks.rights, stocks.rights)
    later = (jnp.zeros_like(people[0]),)
    return after, flows, fund_flows(year, given, stocks, following, members, later)


def life() -> tuple[CohortFlows, list[Flows]]:
    """The man's flows from 20 to 64."""
    rates = jnp.full(YEARS, DISCOUNT)
    growth = payment_growth(jnp.full(YEARS, INDEXATION), rates)
    following = annuities(jnp.broadcast_to(LIVING, (YEARS, 1, 2, 101)), growth)[1]
    rules, stocks, years, sums = law(), one_man(AGE, 0), [], []
    for t in range(YEARS):
        stocks, flows, cells = a_year(
            stocks, rules, jnp.asarray(WAGE[t]), following[t], jnp.int32(t)
        )
        years.append(cells)
        sums.append(flows)
    return jax.tree.map(lambda *leaves: np.stack(leaves), *years), sums


@pytest.fixture(scope="module")
def measured() -> tuple[CohortMeasures, CohortFlows]:
    """The man's measures and flows."""
    flows, _ = life()
    births = np.array([FIRST_YEAR - 1 - AGE])
    cohorts = Cohorts(births, FIRST_YEAR, ages_of(RINGS).start, *2 * [np.zeros((1, 1, 2), bool)])
    return cohort_measures([flows], cohorts, np.full(YEARS, DISCOUNT)), flows


def by_hand() -> dict[str, float]:
    """The same life in plain numbers."""
    retires, account, paid = PENSION_AGE - AGE, 0.0, np.zeros(YEARS)
    for t in range(retires):
        account = account * (1 + NOTIONAL) + ACCOUNT * WAGE[t] * (1 + NOTIONAL / 2)
        paid[t] = RATE * WAGE[t]
    part = 1 - DRAWING
    paid[retires] = part * RATE * WAGE[retires]
    interest = NOTIONAL * part
    account *= 1 + interest
    account += part * ACCOUNT * WAGE[retires] * (1 + interest / 2)
    pension = 0.01 * REFERENCE[retires] * (retires + part) + 12 * account / DIVISOR
    value = DRAWING * pension
    for later in range(1, 100 - PENSION_AGE):
        share = 0.5 if PENSION_AGE + later == 99 else 1.0
        value += share * pension * ((1 + INDEXATION) / (1 + DISCOUNT)) ** later
    middle = (1 + DISCOUNT / 2) * (1 + DISCOUNT) ** -(np.arange(YEARS) + 1.0)
    benefits = np.where(np.arange(YEARS) == retires, value, 0)
    contributions, awards = float(paid @ middle), float(benefits @ middle)
    wages = float(np.sum(paid * middle) / RATE)
    rate = brentq(lambda r: ((benefits - paid) * (1 + r) ** -np.arange(YEARS)).sum(), 0, 0.2)
    return {
        "pv_contributions": contributions,
        "pv_awards": awards,
        "pv_wages": wages,
        "pv_accounts_returned": 0.0,
        "money_worth": awards / contributions,
        "net_transfer": awards - contributions,
        "net_transfer_rate": (awards - contributions) / wages,
        "internal_rate": rate,
        "replacement_rate": pension / WAGE[retires - 1],
    }


@pytest.mark.parametrize("name", list(by_hand()))
def test_one_mans_life(measured: tuple[CohortMeasures, CohortFlows], name: str):
    values = getattr(measured[0], name)
    assert values.shape == (1, 1, 2, 3, 1)
    everybody, stayers, migrants = values[0, 0, 0, :, 0]
    assert everybody == pytest.approx(by_hand()[name], rel=1e-9, abs=1e-9)
    assert stayers == everybody
    # No woman and no migrant lived: nothing is paid and no ratio is defined.
    others = np.append(values[0, 0, 1].ravel(), migrants)
    assert (np.isnan(others) | (others == 0)).all()
    assert np.isnan(measured[0].migrant_minus_stayer("money_worth")).all()


def test_the_mans_flows_are_the_funds(measured: tuple[CohortMeasures, CohortFlows]):
    flows, sums = measured[1], life()[1]
    for name, given in {
        "contributors": lambda flow: flow.contributors,
        "contributions": lambda flow: flow.contributions,
        "deposits": lambda flow: flow.contributions_account,
        "new_pensions": lambda flow: flow.new_pensions[0],
        "pensions": lambda flow: flow.pensions[0],
        "pensioners": lambda flow: flow.beneficiaries,
    }.items():
        values = getattr(flows, name)
        held = values.reshape(YEARS, -1).sum(axis=1)
        expected = [float(given(flow).sum()) for flow in sums]
        np.testing.assert_allclose(held, expected, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("elapsed", [0, 1, 60], ids=["opening", "a year", "60 years"])
@pytest.mark.parametrize("age", [18, 37, 60])
def test_a_cohort_keeps_its_birth_year(age: int, elapsed: int):
    rules, following = law(), jnp.zeros((1, 2, 101))
    stocks, births = one_man(age, elapsed), np.arange(1940, 2080)
    nothing = np.zeros((1, len(births), 2), bool)
    for t in range(elapsed, elapsed + 4):
        stocks, _, cells = a_year(stocks, rules, jnp.asarray(WAGE[0]), following, jnp.int32(t))
        cohorts = Cohorts(births, FIRST_YEAR + t, ages_of(RINGS).start, nothing, nothing)
        contributors, pensioners = (
            by_birth_year(np.asarray(values)[None], cohorts).reshape(len(births), -1).sum(axis=1)
            for values in (cells.contributors, cells.pensioners)
        )
        alive = np.flatnonzero(contributors + pensioners)
        assert births[alive].tolist() == [FIRST_YEAR + elapsed - 1 - age], t
        now = age + t - elapsed
        assert contributors.any() == (now <= PENSION_AGE) and pensioners.any() == (
            now >= PENSION_AGE
        )


def test_annuity_in_closed_form():
    survival, indexation, rate, years = 0.96, 0.02, 0.03, 5
    growth = payment_growth(jnp.full(years, indexation), jnp.full(years, rate))
    np.testing.assert_allclose(growth, (1 + indexation) / (1 + rate), rtol=1e-14)
    whole, following = annuities(jnp.full((years, 2, 101), survival), growth)
    kept = survival * (1 + indexation) / (1 + rate)
    expected = 0.5 * (1 + survival) / (1 - kept)
    np.testing.assert_allclose(whole, expected, rtol=1e-12)
    np.testing.assert_allclose(following, expected * kept, rtol=1e-12)


def test_annuity_with_changing_rates_is_the_sum_of_its_payments():
    rng = np.random.default_rng(1)
    living = rng.uniform(0.5, 1, (4, 101))
    indexation, rates = rng.uniform(0, 0.05, 4), rng.uniform(0, 0.08, 4)
    growth = payment_growth(jnp.asarray(indexation), jnp.asarray(rates))
    whole = np.asarray(annuities(jnp.asarray(living), growth)[0])
    ever = np.arange(400)  # the last year's rates for good
    last = np.minimum(ever, 3)
    factors = np.asarray(discount_factors(jnp.asarray(rates[last])))
    for start, age in [(0, 60), (2, 97), (3, 100), (3, 0)]:
        alive, pension, value = 1.0, 1.0, 0.0
        for t in ever[start:]:
            living_now = living[last[t], min(age + t - start, 100)]
            value += alive * 0.5 * (1 + living_now) * pension * factors[t] / factors[start]
            alive *= living_now
            pension *= 1 + indexation[last[min(t + 1, 399)]]
        assert whole[start, age] == pytest.approx(value, rel=1e-10)


def test_an_immortal_open_group_has_no_finite_annuity():
    growth = payment_growth(jnp.full(2, 0.03), jnp.full(2, 0.02))
    assert np.isinf(annuities(jnp.ones((2, 101)), growth)[0]).all()
