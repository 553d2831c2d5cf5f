"""The engine's formulas of the schemes beside the pensions, on the lives computed by hand: spreads of zero, one person."""

import jax.numpy as jnp
import pytest

from lives.calculator import ALLOWANCE, LUMP_MONTHS, PAID_BY_FUND
from lives.hand import CENT, LIVES

MONTHS = 12


def having(table: str) -> list[str]:
    """Lives that have a table."""
    return sorted(name for name, case in LIVES.items() if table in case)


def number(value: float) -> jnp.ndarray:
    return jnp.asarray(value, float)


@pytest.mark.parametrize("name", having("unemployment"))
def test_unemployment(name: str):
    spell = pytest.importorskip("pooling.schemes.unemployment_spell")
    given, expected = LIVES[name]["unemployment"], LIVES[name]["expected"]
    longest = number(1.0), number(1.5), number(2.0)
    law = spell.Entitlement(number(1.0), number(5.0), number(10.0), longest)
    out = spell.Spell(number(given["out_of_work"] / MONTHS), number(0.0), number(0.0))
    years = spell.paid_years(law, out, jnp.asarray([given["contributed"] / MONTHS])).total
    benefit = MONTHS * float(years[0]) * 0.9 * given["minimum_wage"]
    assert benefit == pytest.approx(expected["benefit"], abs=CENT)


def grading(grade: int):
    """An injury of one grade by the law."""
    benefit = pytest.importorskip("pooling.schemes.injury_benefit")
    grades = jnp.asarray([float(each == grade) for each in range(1, 11)])
    return benefit, benefit.Grading(
        grades,
        number(0.0),
        jnp.asarray([float(LUMP_MONTHS[each]) for each in range(1, 11)]),
        jnp.asarray([ALLOWANCE[each] for each in range(1, 7)]),
        jnp.asarray([float(each in PAID_BY_FUND) for each in range(1, 7)]),
        number(0.0),
    )


@pytest.mark.parametrize("name", having("injury"))
def test_injury(name: str):
    given, expected = LIVES[name]["injury"], LIVES[name]["expected"]
    if "care" in given:
        pytest.skip("the engine has care among the costs of treatment")
    benefit, of_grade = grading(given["grade"])
    wage = MONTHS * given["wage"]
    assert wage * float(benefit.lump_sum(of_grade)) == pytest.approx(expected["lump"], abs=CENT)
    monthly = wage * float(benefit.allowance(of_grade)) / MONTHS
    assert monthly == pytest.approx(expected["fund_monthly"], abs=CENT)


@pytest.mark.parametrize("name", having("death"))
def test_survivors_of_a_member_or_pensioner(name: str):
    grant = pytest.importorskip("pooling.schemes.death_grant")
    given, expected = LIVES[name]["death"], LIVES[name]["expected"]
    law = grant.GrantLaw(*(number(value) for value in (2, 3, 6, 9, 24, 9, 5, 10, 15)))
    if "drawn" in given:
        drawn = number(given["drawn"])
        months = grant.pensioner_months(number(given["years"]), number(0.0), drawn, law)
    else:
        months = grant.member_months(number(25.0), number(0.0), law)
    both = expected["funeral"] + expected["lump"]
    assert given["income"] * float(months) == pytest.approx(both, abs=CENT)


@pytest.mark.parametrize("name", having("fatal_injury"))
def test_death_at_work(name: str):
    benefit = pytest.importorskip("pooling.schemes.injury_benefit")
    given, expected = LIVES[name]["fatal_injury"], LIVES[name]["expected"]
    grant = benefit.death_grant(
        jnp.asarray([float(MONTHS * given["average_wage"])]),
        jnp.asarray([float(given["income"])]),
        jnp.asarray([6.0]),
        jnp.asarray([20.0]),
    )
    both = expected["funeral"] + expected["lump"]
    assert float(grant[0]) == pytest.approx(both, abs=CENT)
