"""Residents' health insurance: amounts a head and who pays them."""

import jax.numpy as jnp
import numpy as np
import pytest

from one_place import given_of
from pooling.parameters.model import Geography
from pooling.population.ring import LIFE, rings_of
from pooling.schemes.calendar import Place, Rings, calendar
from pooling.schemes.medical_cost import Treatment
from pooling.schemes.resident_medical import (
    Amounts,
    ResidentMedical,
    ResidentMedicalStocks,
    advance,
    amounts_of,
    subsidies,
    tables,
)
from pooling.schemes.scheme import Covered, NoRights
from pooling.state import Persons

RINGS = Rings(*rings_of(18, 59, 61))
PLACE = Place(Geography(jnp.asarray([0]), jnp.eye(1)), jnp.eye(1), jnp.ones(1))
START = jnp.zeros((), jnp.int32)


def number(value: float) -> jnp.ndarray:
    return jnp.asarray(value)


def rules(**changes: jnp.ndarray) -> ResidentMedical:
    """Levers of 2025: premium 400, least subsidy 700, of which the centre pays 60 %; the province adds a tenth."""
    fields = {
        "premium": number(400.0),
        "subsidy": number(700.0),
        "premium_link": number(1.0),
        "subsidy_link": number(0.5),
        "added_subsidy": jnp.asarray([0.1]),
        "central_share": jnp.asarray([0.6]),
        "subsidy_level": number(1.0),
        "collection": number(1.0),
        "coverage": number(0.9),
        "active_share": number(0.5),
        "retired_share": number(0.8),
        "treatment": Treatment(number(1000.0), jnp.asarray([1.0]), number(0.0)),
        "cost_index": jnp.ones((2, 101)),
        "cost_level": number(1.0),
    }
    return ResidentMedical(**(fields | changes))


LAST = Amounts(number(380.0), number(670.0), number(0.96))


def test_amounts_as_set():
    amounts = amounts_of(rules(), LAST, number(1.0))
    assert (float(amounts.premium), float(amounts.subsidy)) == (400, 700)


def test_amounts_grow_with_the_wage_where_none_is_set():
    # Wages rise by 21 %: the premium with them, the subsidy by half of it in logs (10 %).
    last = Amounts(number(400.0), number(700.0), number(1.0))
    amounts = amounts_of(rules(premium=number(0.0), subsidy=number(0.0)), last, number(1.21))
    assert float(amounts.premium) == pytest.approx(484)
    assert float(amounts.subsidy) == pytest.approx(770)
    assert float(amounts.wage_level) == 1.21


def test_subsidy_by_payer():
    # 10 insured: the centre 60 % of 7,000, the province the other 2,800 and 700 that it adds.
    amounts = amounts_of(rules(), LAST, number(1.0))
    np.testing.assert_allclose(subsidies(rules(), amounts, jnp.asarray([10.0])), [[4200], [3500]])


def test_a_year_of_one_place():
    # 1,000 men of 40 of whom 800 are members of pension funds, half of these insured as employees: 600 others. 200 women
    # of 62 of whom 150 draw a pension, 80 % of these insured: 80 others. 50 children, 10 people of 100. 90 % of
    # 600 + 80 + 50 + 10 = 740 are insured: 666.
    people, members, pensioners = np.zeros((1, 2, 100)), np.zeros((1, 2, 50)), np.zeros((1, 2, 50))
    people[0, 0, 40], people[0, 1, 62], people[0, 1, 5] = 1000, 200, 50
    members[0, 0, 40 - 18], pensioners[0, 1, 62 - 50] = 800, 150
    active = RINGS.work.from_ages(jnp.asarray(members))
    covered = Covered(
        (active,), active, active, active, RINGS.pension.from_ages(jnp.asarray(pensioners)),
        jnp.zeros((1, 2)),
    )  # fmt: skip
    given = given_of(
        PLACE,
        calendar(RINGS, jnp.ones((1, 2, 101)), START),
        (active,),
        jnp.asarray([1e5]),
        (jnp.asarray([1e5]),),
        persons=Persons((LIFE.from_ages(jnp.asarray(people)),), (jnp.asarray([[4.0, 6.0]]),)),
    )
    own = rules()
    stocks = ResidentMedicalStocks(NoRights(), LAST)
    year = advance(own, tables(own, None, RINGS, START), given, covered, stocks)
    np.testing.assert_allclose(year.flows.insured, [666])
    np.testing.assert_allclose(year.flows.contributions, [666 * 400])
    np.testing.assert_allclose(year.flows.scheduled_subsidy[0].sum(), 666 * 770)
    np.testing.assert_allclose(year.flows.medical_benefits, [666 * 1000])
    assert year.covered is covered
    assert float(year.stocks.amounts.premium) == 400
