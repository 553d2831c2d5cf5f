"""Grants on death in months of income, against the notice of 2021 counted out by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from pooling.opening.death_grants import Mortal, grants_paid, pensioner_grants, years_drawn
from pooling.parameters.model import GrantLaw
from pooling.schemes.death_grant import member_months, pensioner_months

FUNERAL, LAW = 2, GrantLaw(*(jnp.asarray(float(v)) for v in (2, 3, 6, 9, 24, 9, 5, 10, 15)))
EXACT = jnp.asarray(0.0)


@pytest.mark.parametrize(
    ("years", "lump"),
    [(0, 3), (4.9, 3), (5, 6), (9.9, 6), (10, 9), (15, 9), (16, 10), (22, 16), (30, 24), (38, 24)],
)
def test_a_member(years: float, lump: float):
    assert float(member_months(jnp.asarray(float(years)), EXACT, LAW)) == FUNERAL + lump


@pytest.mark.parametrize(
    ("years", "drawn", "lump"),
    [(15, 0, 9), (15, 5, 9), (25, 0, 19), (25, 4, 15), (25, 10, 9), (25, 30, 9), (40, 3, 21)],
)
def test_a_pensioner(years: float, drawn: float, lump: float):
    of = jnp.asarray(float(years)), EXACT, jnp.asarray(float(drawn))
    assert float(pensioner_months(*of, LAW)) == FUNERAL + lump


def test_a_law_whose_least_is_below_the_months_of_full_years():
    # Least 6: 15 years give 9, less 2 drawn 7, less 5 drawn 6; 20 years give 14, less 2 drawn 12, less 10 drawn 6.
    law = GrantLaw(*(jnp.asarray(float(v)) for v in (2, 3, 6, 9, 24, 6, 5, 10, 15)))
    years, drawn = jnp.asarray([15.0, 15, 20, 20]), jnp.asarray([2.0, 5, 2, 10])
    months = pensioner_months(years, EXACT, drawn, law)
    np.testing.assert_allclose(months, [2 + 7, 2 + 6, 2 + 12, 2 + 6])


def test_years_spread_over_a_cell():
    # Years lie evenly on 20 ± 20 (spread 1/√3). A member: 3 + 3 · (35/40) + 3 · (30/40) and of the years above 15:
    # on 15 … 30 their mean is 7.5 in 15/40, above 30 they are 15 in 10/40: 2.8125 + 3.75.
    spread = jnp.asarray(1 / np.sqrt(3))
    member = member_months(jnp.asarray(20.0), spread, LAW)
    assert float(member) == pytest.approx(2 + 3 + 2.625 + 2.25 + 6.5625)
    # A pensioner who has drawn 5 years: above 20 years 0 … 10 (mean 5) in 10/40, then 10 in 10/40.
    pensioner = pensioner_months(jnp.asarray(20.0), spread, jnp.asarray(5.0), LAW)
    assert float(pensioner) == pytest.approx(2 + 9 + 1.25 + 2.5)


def test_years_drawn_follow_the_cohort():
    # Ages 0 to 3; the first year's cohorts retire at the end of age 1, the second year's half of them a year later.
    waiting = np.array([[[1, 1, 0, 0]], [[1, 1, 0.5, 0]], [[1, 1, 0.5, 0]]], float)
    drawn = years_drawn(waiting)[:, 0]
    np.testing.assert_allclose(drawn[0], [0, 0, 0.5, 1.5])
    # Age 2 in year 1 has just begun. Age 3 in year 2 was age 2 in year 1: half of it drew for a year, all draw now.
    np.testing.assert_allclose(drawn[1], [0, 0, 0.5, 1.5])
    np.testing.assert_allclose(drawn[2], [0, 0, 0.5, 0.5 + 0.5])


def test_money_of_a_year():
    # 1,000 members of whom 1 % die with 11 months, 500 pensioners of whom 4 % die with 14 months, income 36,000 a year:
    # 3,000 × (10 × 11 + 20 × 14) = 1,170,000.
    heads = np.array([[[1000.0, 0.0]], [[0.0, 0.0]]]), np.array([[[0.0, 500.0]], [[0.0, 0.0]]])
    months = np.array([[11.0, 11.0]]), np.array([[14.0, 14.0]])
    dying = np.array([[[0.01, 0.04]], [[0.01, 0.04]]])
    groups = [Mortal(h, m) for h, m in zip(heads, months, strict=True)]
    paid = grants_paid(groups, dying, np.array([36_000.0, 36_000.0]))
    np.testing.assert_allclose(paid, [1_170_000, 0])


def test_a_table_by_year():
    # 25 years of service, exact; two years of a law, the second with 12 months at most: 19 and 12 less one and a half.
    first, second = (2, 3, 6, 9, 24, 9, 5, 10, 15), (2, 3, 6, 9, 12, 9, 5, 10, 15)
    law = GrantLaw(*(jnp.asarray(pair, float) for pair in zip(first, second, strict=True)))
    table = pensioner_grants(law, 0.0, np.tile([[[1.0, 0, 0]]], (2, 1, 1)), np.array([25.0]))
    np.testing.assert_allclose(table[:, 0, 2], [2 + 19 - 1.5, 2 + 12 - 1.5])
