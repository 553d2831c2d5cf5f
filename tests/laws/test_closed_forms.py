"""Countries whose future has a formula: stationary and stable populations, constant flows, annuities, notional accounts.

Every one runs through the model's own year. Flows of a year earn half a year's interest, see :mod:`pooling.year`; the
formulas are those of constant flows, times 1 + i/2.
"""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pooling.pools.settlement import NoSettlement
from pooling.population.ring import Ring
from pooling.state import PensionStocks
from random_country import (
    RINGS,
    Country,
    Recipe,
    Shape,
    apart,
    country_of,
    pooling_of,
    run_country,
)

YEARS = 7
EXACT = 1e-10
AGES = 101
MEMBERS, WAGE = 100.0, 50_000.0


@pytest.fixture(scope="module")
def place() -> Country:
    """One municipality over seven years, without migration; its shape is one of the quick random countries."""
    return apart(country_of(Recipe(Shape((1,), YEARS), 3, 0, 0.0, 1.0, 1.0, 0.0, 0.02, 0.03)))


def constant(country: Country, mortality: float, growth: float) -> tuple[Country, np.ndarray]:
    """A country of unchanging vital rates, and its stable age distribution ``[sex, age]`` a unit of births.

    P(x) = B · l(x) · e^(−g x): Lotka's stable population in one-year steps, l being the share of births that is alive at
    the end of the year in which it turns x. Fertility is scaled so that the women bear B in the next year.
    """
    vital = country.levers.vital
    survival = np.repeat(np.asarray(vital.survival)[:1], YEARS, axis=0)
    hazard = np.full(YEARS, mortality)
    one = np.ones((2, 1))
    living = survival[0] ** mortality
    boys = np.array([1.05, 1.0]) / 2.05
    alive = boys[:, None] * np.cumprod(living, axis=1)  # at 31 December, by age then
    stable = alive * (1 + growth) ** -np.arange(AGES)
    # The open group: all who ever turned 100, the survivors of one year times s/(1+g) the next.
    stable[:, 100] /= 1 - living[:, 100] / (1 + growth)
    # Births of next year: half of the exposure at the age on 1 January, half on 31 December.
    shape = np.asarray(vital.fertility)[0]
    women = stable[1]
    older = np.concatenate([[0.0], (women[:-1] * living[1, 1:])])
    born = (shape * 0.5 * (women + older))[:100].sum()
    level = (1 + growth) / born
    steady = replace(
        vital,
        survival=survival,
        mortality=hazard,
        mortality_multiplier=one,
        fertility=np.repeat(shape[None], YEARS, axis=0),
        fertility_level=np.full(YEARS, level),
        fertility_multiplier=np.ones(1),
        sex_ratio=np.full(YEARS, 1.05),
        net_migration=np.zeros((YEARS, 2, AGES)),
    )
    return eqx.tree_at(lambda c: c.levers.vital, country, steady), stable


@pytest.mark.parametrize("growth", [0.0, 0.02, -0.013])
@pytest.mark.parametrize("mortality", [1.0, 2.5])
def test_a_stable_population_grows_at_its_rate(place: Country, growth: float, mortality: float):
    """Births × l(x) where births are constant; the same times (1 + g)^t where they grow."""
    country, stable = constant(place, mortality, growth)
    persons = np.zeros_like(place.persons)
    persons[0, :, :, 0] = 1000.0 * stable
    found = sum(run_country(replace(country, persons=persons)).people)[:, 0]
    expected = 1000.0 * stable.sum() * (1 + growth) ** np.arange(1, YEARS + 1)
    np.testing.assert_allclose(found, expected, rtol=EXACT)


def test_another_age_distribution_is_not_stable(place: Country):
    """The law above can fail: the same rates on as many people who are all young."""
    country, stable = constant(place, 1.0, 0.0)
    persons = np.zeros_like(place.persons)
    persons[0, :, 20, 0] = stable.sum() / 2
    found = sum(run_country(replace(country, persons=persons)).people)[:, 0]
    assert np.abs(found / stable.sum() - 1).max() > 1e-3


def quiet(country: Country, **economy: float) -> Country:
    """No deaths, no births, no rise of wages or prices; nobody joins, nobody retires, no subsidy, no other outgo."""
    vital = country.levers.vital
    still = replace(
        vital,
        mortality=np.zeros(YEARS),
        fertility_level=np.zeros(YEARS),
        net_migration=np.zeros((YEARS, 2, AGES)),
    )
    fixed = {"real_wage_growth": 0.0, "inflation": 0.0, "indexation": 0.0, "notional_rate": 0.0}
    rates = {name: np.full(YEARS, value) for name, value in (fixed | economy).items()}
    fund = country.levers.schemes[0]
    nobody = replace(
        fund,
        entry=np.zeros_like(fund.entry),
        hazard=np.zeros_like(fund.hazard),
        other_outgo=np.zeros(1),
        subsidy_of_outgo=np.zeros((2, 1)),
        subsidy_of_wage=np.zeros((2, 1)),
        account_spread=np.zeros(()),
    )
    levers = replace(
        country.levers,
        vital=still,
        economy=replace(country.levers.economy, **rates),
        schemes=(nobody,),
    )
    return replace(country, levers=levers)


def nothing_of(stocks: PensionStocks) -> PensionStocks:
    """Neither members nor pensioners."""
    return jax.tree.map(np.zeros_like, stocks)


def men_of(ring: Ring, age: int, count: float) -> np.ndarray:
    """So many men of an age at the opening, on a ring of the municipality."""
    ages = np.zeros((1, 2, ring.size))
    ages[0, 0, age - ring.first] = count
    return np.asarray(ring.from_ages(jnp.asarray(ages)))


def pensioners(country: Country, **given: float) -> Country:
    """A man who was 60 at the opening and nobody else: pension, the account's part of it, account."""
    empty, man = nothing_of(country.stocks), men_of(RINGS.pension, 60, 1.0)
    awarded = replace(
        empty.awarded,
        heads=man,
        pension=(given["pension"] * man,),
        account_pension=given["account_pension"] * man,
        accounts=given["account"] * man,
    )
    return replace(country, stocks=replace(empty, awarded=awarded))


def municipal(country: Country, values: np.ndarray) -> np.ndarray:
    """A quantity of the municipality's fund by year; the fund axis is the last one."""
    first = pooling_of(country.province).arrangements[0]
    assert isinstance(first.stages[0].settlement, NoSettlement)
    return values[..., 0, 0]


def annuity_certain(rate: float, years: int) -> float:
    """a(n) = (1 − (1 + i)^−n) ÷ i."""
    return (1 - (1 + rate) ** -years) / rate


def accumulated(rate: float, years: int) -> float:
    """s(n) = ((1 + i)^n − 1) ÷ i."""
    return ((1 + rate) ** years - 1) / rate


@pytest.mark.parametrize("rate", [0.03, 0.08])
def test_reserves_that_are_worth_an_annuity_last_as_long_as_it(place: Country, rate: float):
    """F₀ = B (1 + i/2) a(n): after n − 1 years B (1 + i/2) v is left, after n nothing, then governments pay B."""
    years, pension = 5, 12_000.0
    country = pensioners(
        quiet(place, fund_return=rate), pension=pension, account_pension=0.0, account=0.0
    )
    due = pension * (1 + rate / 2)
    country = replace(country, reserves=np.array([due * annuity_certain(rate, years)]))
    result = run_country(country)
    np.testing.assert_allclose(municipal(country, result.funds.outgo), pension, rtol=EXACT)
    left = [due * annuity_certain(rate, years - t) for t in range(1, years)]
    balance = municipal(country, result.funds.closing_balance)
    np.testing.assert_allclose(balance[: years - 1], left, rtol=EXACT)
    assert np.abs(balance[years - 1 :]).max() <= EXACT * left[0]
    subsidy = municipal(country, result.funds.deficit_subsidy)
    assert np.abs(subsidy[:years]).max() <= EXACT * left[0]
    np.testing.assert_allclose(subsidy[years:], due, rtol=EXACT)


def contributors(country: Country) -> Country:
    """Nobody but members of 50 who pay in full every year, on the average wage."""
    fund = country.levers.schemes[0]
    persons = np.zeros_like(country.persons)
    persons[0, 0, 50, 0] = MEMBERS
    men, empty = men_of(RINGS.work, 50, MEMBERS), nothing_of(country.stocks)
    paying = replace(
        fund,
        coverage=np.ones_like(fund.coverage),
        coverage_factor=np.ones(1),
        density=np.ones((YEARS, 1)),
        flexible_share=np.zeros(()),
        compliance=np.ones(YEARS),
        employer_rate=np.full(YEARS, 0.16),
        employee_rate=np.full(YEARS, 0.08),
        account_rate=np.full(YEARS, 0.08),
        # Floor and cap at the average wage: that is the base of everybody.
        floor=np.ones((YEARS, 1)),
        cap=np.ones((YEARS, 1)),
    )
    levers = replace(
        country.levers,
        economy=replace(country.levers.economy, wage=np.array([WAGE])),
        schemes=(paying,),
    )
    rights = replace(empty.rights, members=(men, 0 * men, 0 * men))
    return replace(
        country,
        levers=levers,
        persons=persons,
        stocks=replace(empty, rights=rights),
        reserves=np.zeros(1),
    )


@pytest.mark.parametrize("rate", [0.03, -0.02])
def test_a_constant_flow_accumulates(place: Country, rate: float):
    """F(n) = c (1 + i/2) s(n)."""
    country = contributors(quiet(place, fund_return=rate))
    result = run_country(country)
    flow = MEMBERS * (0.16 + 0.08) * WAGE
    np.testing.assert_allclose(municipal(country, result.funds.contributions), flow, rtol=EXACT)
    expected = [flow * (1 + rate / 2) * accumulated(rate, n) for n in range(1, YEARS + 1)]
    np.testing.assert_allclose(
        municipal(country, result.funds.closing_balance), expected, rtol=EXACT
    )


@pytest.mark.parametrize("paid", [1, 3, YEARS - 1])
def test_a_notional_account_without_deaths_is_the_accumulated_deposits(place: Country, paid: int):
    """A(n) = d (1 + r/2) s(n) a member: what those get back who reach their pension age after too few years."""
    rate, deposit = 0.05, 0.08 * WAGE
    country = contributors(quiet(place, fund_return=0.0, notional_rate=rate))
    fund = country.levers.schemes[0]
    reaching = np.zeros_like(fund.hazard)
    reaching[paid, 0, 50 + paid - RINGS.work.first] = 1.0
    fund = replace(
        fund,
        hazard=reaching,
        benefit_time=np.ones_like(fund.benefit_time),  # on the first day of the year
        minimum_years=np.full(YEARS, 30.0),
        make_up=np.zeros(()),
        service_spread=np.zeros(()),
    )
    country = replace(country, levers=replace(country.levers, schemes=(fund,)))
    refunded = run_country(country).schemes[0].refunded_accounts[:, 0]
    expected = np.zeros(YEARS)
    expected[paid] = MEMBERS * deposit * (1 + rate / 2) * accumulated(rate, paid)
    np.testing.assert_allclose(refunded, expected, rtol=EXACT)


RUNNING = {"rate": 0.04, "years": 5, "drawn": 3_000.0}


def inherited(place: Country, died: int) -> np.ndarray:
    """What heirs get by year of an account that is worth an annuity, if its only owner dies in year ``died``."""
    rate, years, drawn = RUNNING.values()
    country = pensioners(
        quiet(place, fund_return=0.0, notional_rate=rate),
        pension=10_000.0,
        account_pension=drawn,
        account=drawn * (1 + rate / 2) * annuity_certain(rate, int(years)),
    )
    mortality = np.zeros(YEARS)
    mortality[died - 1] = 1e6  # nobody of 60 survives a million times the hazard
    country = eqx.tree_at(lambda c: c.levers.vital.mortality, country, mortality)
    return run_country(country).schemes[0].inherited_accounts[:, 0]


@pytest.mark.parametrize("died", [1, 2, 4])
def test_an_account_in_payment_is_worth_what_is_left_of_its_annuity(place: Country, died: int):
    """K(t) = A (1 + r/2) a(n − t) pays A for n years; heirs of year k get K(k − 1) − A/2."""
    rate, years, drawn = RUNNING.values()
    expected = np.zeros(YEARS)
    left = drawn * (1 + rate / 2) * annuity_certain(rate, int(years) - died + 1)
    expected[died - 1] = left - drawn / 2
    np.testing.assert_allclose(inherited(place, died), expected, rtol=EXACT)


@pytest.mark.parametrize("died", [6, 7])
def test_what_an_exhausted_account_leaves_is_half_a_year_of_its_last_interest(
    place: Country, died: int
):
    """A limit of the model (README, section 8): in its last year an account pays no more than its opening balance."""
    rate, _, drawn = RUNNING.values()
    last = drawn * (1 + rate / 2) / (1 + rate)
    expected = np.zeros(YEARS)
    # It pays that balance K and keeps K r/2; so again every year. Heirs get what is left less half of the year's pay.
    expected[died - 1] = last * (rate / 2) ** (died - 5) / 2
    np.testing.assert_allclose(inherited(place, died), expected, rtol=1e-6)
