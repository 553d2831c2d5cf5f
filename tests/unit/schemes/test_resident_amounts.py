"""Amounts of the residents' pension against the law written out."""

import jax.numpy as jnp
import pytest

from pooling.schemes.resident_amounts import (
    entry_subsidy,
    level_of_amounts,
    minimum_base_pension,
    minimum_years,
)


def of_tier(premium: float, spread: float = 0.0) -> float:
    """Entry subsidy under Guofa [2014] 8: 30 yuan below the tier of 500, 60 from it on."""
    numbers = (premium, 30.0, 60.0, 500.0, spread)
    return float(entry_subsidy(*(jnp.asarray(each) for each in numbers)))


@pytest.mark.parametrize(
    ("premium", "subsidy"), [(100, 30), (200, 30), (400, 30), (500, 60), (2000, 60)]
)
def test_entry_subsidy_by_tier(premium: float, subsidy: float):
    assert of_tier(float(premium)) == subsidy


def test_entry_subsidy_of_a_mixed_province():
    # Spread 0.5: premiums even over 400 (1 -+ sqrt(3) / 2) = 53.6 ... 746.4; above 500 are 246.4 of 692.8.
    assert of_tier(400.0, 0.5) == pytest.approx(30 + 30 * 246.410 / 692.820, rel=1e-5)


def test_amounts_grow_with_prices_and_a_share_of_real_wages():
    # Prices + 10 %, wages + 21 %: real wages + 10 %; the square root of 1.1 is 1.0488.
    prices, wages = jnp.asarray(1.1), jnp.asarray(1.21)
    levels = [
        float(level_of_amounts(prices, wages, jnp.asarray(share))) for share in (0.0, 0.5, 1.0)
    ]
    assert levels == pytest.approx([1.1, 1.1 * 1.0488088, 1.21])


def test_minimum_follows_the_law_and_then_the_rule():
    last, growth, law = (jnp.asarray(each) for each in (143.0, 1.02, 163.0))
    assert float(minimum_base_pension(jnp.asarray(1.0), law, last, growth)) == 163.0
    assert float(minimum_base_pension(jnp.asarray(0.0), law, last, growth)) == pytest.approx(145.86)


@pytest.mark.parametrize(
    ("year", "needed"), [(2010.0, 0.0), (2015.5, 4.0), (2024.5, 13.0), (2030.0, 15.0)]
)
def test_who_was_old_at_the_start_needs_the_years_since_then(year: float, needed: float):
    # Guofa [2014] 8: the scheme began in the middle of 2011, 15 years for everybody else.
    assert float(minimum_years(jnp.asarray(15.0), jnp.asarray(year - 2011.5))) == needed
