"""Laws of both health insurance schemes in the example: nobody twice, everybody somewhere, no money lost."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from example_country import EVERY_FUND, SEED, Opening, Projected, example, project_country
from pooling.drivers.economy import draw
from pooling.numerics import add
from pooling.population.vital import heads
from pooling.schemes.employee_medical import EmployeeMedical
from pooling.schemes.medical_insured import insured_of
from pooling.schemes.resident_medical import ResidentMedical
from pooling.schemes.scheme import Flows, Given, SchemeYear
from pooling.state import State
from pooling.year import advance_schemes, advance_year, given_in_year, tables_of

YEARS = 4
EMPLOYEES, RESIDENTS = "employee_medical", "resident_medical"


@pytest.fixture(scope="module")
def opening() -> Opening:
    return example(*EVERY_FUND)[1]


@pytest.fixture(scope="module")
def stochastic(opening: Opening) -> Projected:
    """Realization 1."""
    return project_country(opening, 1)


@pytest.fixture(scope="module")
def years(opening: Opening) -> list[tuple[State, Given, tuple[SchemeYear, ...], State]]:
    """Some years of a stochastic path, with what the schemes were given and left."""
    model, state = opening.model, opening.state
    tables = jax.jit(tables_of)(model)
    path = draw(model.levers.economy, SEED, jnp.int32(1))
    found = []
    for year in range(YEARS):
        elapsed = jnp.int32(year)
        of_year, drivers = jax.tree.map(lambda x, t=year: x[t], (tables, path))
        after, result = jax.jit(advance_year)(model, of_year, state, drivers, elapsed)
        reference = result.reference_wage
        given = given_in_year(model, of_year, state, drivers, reference, elapsed)
        schemes = jax.jit(advance_schemes)(model, of_year, state, drivers, reference, elapsed)
        found.append((state, given, schemes, after))
        state = after
    return found


def at(opening: Opening, key: str) -> int:
    """Position of a fund."""
    return [each.fund.key for each in opening.schemes].index(key)


def test_nobody_is_in_both_and_everybody_is_somewhere(opening: Opening, years: list):
    levers = opening.model.levers.schemes[at(opening, EMPLOYEES)]
    assert isinstance(levers, EmployeeMedical)
    for _, given, schemes, _ in years:
        found = insured_of(given, schemes[-1].covered, levers.active_share, levers.retired_share)
        people = (given.persons.young, given.persons.oldest)
        for part, here in zip(found, people, strict=True):
            every = add(part.active) + part.retired + add(part.others)
            np.testing.assert_allclose(every, add(here), rtol=1e-12, atol=1e-9)
            for leaf in (*part.active, part.retired, *part.others):
                assert (np.asarray(leaf) >= -1e-9).all()
            # By class nobody is insured as an employee or open to the residents' scheme who does not live there.
            for working, others, local in zip(part.active, part.others, here, strict=True):
                assert (np.asarray(working + others) <= np.asarray(local) + 1e-9).all()


def test_both_schemes_use_the_same_shares(opening: Opening):
    schemes = opening.model.levers.schemes
    employees, residents = schemes[at(opening, EMPLOYEES)], schemes[at(opening, RESIDENTS)]
    assert isinstance(residents, ResidentMedical)
    assert float(employees.active_share) == float(residents.active_share)
    assert float(employees.retired_share) == float(residents.retired_share)


def test_heads_of_both_are_people_at_the_coverage(opening: Opening, stochastic: Projected):
    employee = stochastic.year.schemes[at(opening, EMPLOYEES)]
    resident = stochastic.year.schemes[at(opening, RESIDENTS)]
    coverage = float(opening.model.levers.schemes[at(opening, RESIDENTS)].coverage)
    insured = (employee.insured + employee.beneficiaries).sum(axis=-1)
    everybody = insured + resident.insured.sum(axis=-1) / coverage
    start = sum(float(n.sum()) for n in heads(opening.state.persons))
    people = np.concatenate([[start], sum(each.sum(axis=-1) for each in stochastic.year.people)])
    # Person-years lie between the people of 1 January and those of them who live to the end of the year.
    assert (everybody < people[:-1]).all()
    assert (everybody > 0.985 * people[:-1]).all()


def dying_of(given: Given, last: SchemeYear, levers: EmployeeMedical) -> np.ndarray:
    """Share of the insured of a municipality who die in the year."""
    found = insured_of(given, last.covered, levers.active_share, levers.retired_share)
    heads, dead = np.zeros(len(given.wage)), np.zeros(len(given.wage))
    for part, living in zip(
        found, (given.dates.living_life, given.dates.living_oldest), strict=True
    ):
        insured = np.asarray(add(part.active) + part.retired)
        survival = np.asarray(given.place.geography.to_municipalities(living))
        heads += insured.sum(axis=1)
        dead += (insured * (1 - survival)).sum(axis=1)
    return dead / heads


def test_money_of_accounts_is_conserved(opening: Opening, years: list):
    place = at(opening, EMPLOYEES)
    for state, given, schemes, _ in years:
        flows: Flows = schemes[place].flows
        before = np.asarray(state.schemes[place].accounts)
        after = np.asarray(schemes[place].stocks.accounts)
        levers = opening.model.levers.schemes[place]
        # Who dies has spent for half a year.
        dying = float(levers.inherited_level) * dying_of(given, schemes[-1], levers)
        spending = np.asarray(levers.account_spending)[0]
        spent = spending * ((1 - dying / 2) * before + flows.contributions_account)
        moved = flows.contributions_account - spent - flows.inherited_accounts
        rate = float(given.fund_return)
        np.testing.assert_allclose(after, before * (1 + rate) + moved * (1 + rate / 2), rtol=1e-12)
        assert (after > 0).all()
        assert (spent < flows.medical_benefits).all()


def test_accounts_stay_where_they_are(opening: Opening, years: list):
    place = at(opening, EMPLOYEES)
    for _, _, schemes, after in years:
        np.testing.assert_allclose(
            after.schemes[place].accounts, schemes[place].stocks.accounts, rtol=1e-12
        )
    assert not jax.tree.leaves(opening.state.schemes[place].rights)


def test_subsidies_and_premiums_follow_the_insured(opening: Opening, stochastic: Projected):
    flow = stochastic.year.schemes[at(opening, RESIDENTS)]
    premium = flow.contributions / flow.insured
    # One premium in the nation, 300 in 2025 and 2026.
    np.testing.assert_allclose(premium, premium[:, :1] * np.ones_like(premium))
    np.testing.assert_allclose(premium[:2], 300)
    centre = np.asarray(flow.scheduled_subsidy[0])[0, 0] / flow.insured[0]
    # 480 a head, of which the centre pays 10, 50 and 80 %.
    np.testing.assert_allclose(
        centre.reshape(3, 3), 480 * np.array([[0.1] * 3, [0.5] * 3, [0.8] * 3])
    )


def test_cost_does_not_depend_on_who_pays(opening: Opening):
    # Were all residents insured where they are registered, the nation's treatment would cost the same.
    model = opening.model
    base = project_country(opening).year.schemes[at(opening, RESIDENTS)]
    moved = eqx.tree_at(
        lambda m: m.levers.enrolment.at_residence,
        model,
        model.levers.enrolment.at_residence.at[:, 1:].set(0.0),
    )
    there = project_country(opening, model=moved).year.schemes[at(opening, RESIDENTS)]
    np.testing.assert_allclose(
        there.medical_benefits.sum(axis=-1), base.medical_benefits.sum(axis=-1), rtol=1e-10
    )
    assert np.abs(there.medical_benefits / base.medical_benefits - 1).max() > 0.01
