import jax.numpy as jnp
import numpy as np
import pytest

from pooling.schemes.unemployment_spell import (
    Entitlement,
    Spell,
    by_calendar_year,
    layoff_factor,
    paid_years,
)


def number(value: float):
    return jnp.asarray(value, jnp.float64)


LAW = Entitlement(number(1), number(5), number(10), (number(1.0), number(1.5), number(2.0)))


def one_person(months: float) -> Spell:
    return Spell(number(months / 12), number(0), number(0))


@pytest.mark.parametrize(
    ("contribution_years", "months"), [(0.9, 0), (1, 12), (4.9, 12), (5, 14), (9.9, 14), (12, 14)]
)
def test_fourteen_months_of_unemployment(contribution_years: float, months: float):
    # Out of work for 14 months: nothing below a year of contributions, 12 months below five years, then all 14.
    paid = paid_years(LAW, one_person(14), number(contribution_years))
    assert 12 * paid.total == pytest.approx(months)


def test_fourteen_months_by_calendar_year():
    # Laid off at the time s of the first year, s even in (0, 1). That year pays 12(1 - s), 6 months on average.
    # The next pays 12 s + 2 months up to s = 10/12, 7 on average, and 12 from then on: 10/12 × 7 + 2/12 × 12 = 47/6.
    # The third pays 12 s - 10 months from s = 10/12 on, 1 on average: 2/12 × 1.
    paid = by_calendar_year(number(14 / 12))
    assert 12 * paid.this == pytest.approx(6)
    assert 12 * paid.next == pytest.approx(47 / 6)
    assert 12 * paid.after == pytest.approx(1 / 6)


def test_short_spells_end_in_the_next_year():
    # Six months: of lay-offs before July all six, of later ones 12(1 - s), 3 on average.
    paid = by_calendar_year(number(0.5))
    assert 12 * paid.this == pytest.approx(4.5)
    assert 12 * paid.next == pytest.approx(1.5)
    assert paid.after == pytest.approx(0)


@pytest.mark.parametrize("months", [0, 1, 5, 12, 13, 18, 24])
def test_calendar_years_add_up(months: float):
    paid = by_calendar_year(number(months / 12))
    assert 12 * paid.total == pytest.approx(months, abs=1e-12)
    # Against lay-offs one by one.
    s = (np.arange(20000) + 0.5) / 20000
    end = s + months / 12
    assert paid.next == pytest.approx(np.clip(end - 1, 0, 1).mean(), abs=1e-6)
    assert paid.after == pytest.approx(np.clip(end - 2, 0, None).mean(), abs=1e-6)


def test_contribution_years_with_a_spread():
    # Evenly over 0 to 20 years: 5 % below one, 20 % below five, 25 % below ten, 50 % above. Nobody finds work in 24 months.
    spell = Spell(number(3), number(0), number(1 / np.sqrt(3)))
    paid = paid_years(LAW, spell, number(10))
    assert 12 * paid.total == pytest.approx(0.20 * 12 + 0.25 * 18 + 0.50 * 24)


def test_layoffs_react_to_the_wage_cycle_and_to_prevention():
    zero = number(0)
    assert layoff_factor(number(6), zero, zero, zero) == 1
    # Wage growth two points below its path: e^0.12.
    assert layoff_factor(number(6), number(-0.02), zero, zero) == pytest.approx(1.127497, rel=1e-6)
    # A tenth of a point of the wage bill more for prevention at a response of 50: e^-0.05.
    assert layoff_factor(number(6), zero, number(50), number(0.001)) == pytest.approx(
        0.951229, rel=1e-6
    )
