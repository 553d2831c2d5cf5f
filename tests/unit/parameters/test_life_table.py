"""Life tables: published constants, closed forms and the identities of a stationary population."""

import numpy as np
import pytest

from pooling.axes import AGES
from pooling.parameters.life_table import life_expectancy, life_table, survival_ratios

# Gompertz rates of two sexes, a childhood included: the shape of a real table without being one.
AGE = np.arange(AGES)
RATES = np.stack([3e-5 * np.exp(0.095 * AGE), 1.5e-5 * np.exp(0.1 * AGE)])
RATES += 0.005 * np.exp(-1.5 * AGE)


@pytest.mark.parametrize(
    ("rate", "male", "female"),
    # Andreev and Kingkade (2015): the three straight lines of each sex, worked by hand.
    [
        (0.010, 0.14929 - 0.0199545, 0.14903 - 0.0205527),
        (0.020, 0.14929 - 0.0399090, 0.04667 + 0.0776178),
        (0.050, 0.02832 + 0.1630105, 0.04667 + 0.1940445),
        (0.100, 0.29915, 0.31411),
    ],
)
def test_infants_who_die_live_the_published_part_of_the_year(rate, male, female):
    rates = RATES.copy()
    rates[:, 0] = rate
    table = life_table(rates)
    dying = 1 - table.alive[:, 1]
    lived = 1 - (1 - np.array([male, female])) * dying
    np.testing.assert_allclose(table.lived[:, 0], lived, rtol=1e-14)
    np.testing.assert_allclose(dying / table.lived[:, 0], rate, rtol=1e-14)


def test_a_constant_rate_has_a_closed_form():
    table = life_table(np.full((2, AGES), 0.1))
    survival = (1 - 0.05) / (1 + 0.05)
    np.testing.assert_allclose(
        table.alive[:, 1:], table.alive[:, 1:2] * survival ** np.arange(100), rtol=1e-13
    )
    np.testing.assert_allclose(table.lived[:, 100], table.alive[:, 100] / 0.1, rtol=1e-13)


def test_everybody_dies_once():
    table = life_table(RATES)
    np.testing.assert_allclose((RATES * table.lived).sum(axis=1), 1, rtol=1e-13)
    np.testing.assert_allclose(life_expectancy(RATES), table.lived.sum(axis=1))


def test_a_stationary_population_stays_as_it_is():
    people = life_table(RATES).lived
    ratios = survival_ratios(RATES)
    after = np.empty_like(people)
    after[:, 0] = ratios[:, 0]
    after[:, 1:100] = people[:, :99] * ratios[:, 1:100]
    after[:, 100] = (people[:, 99] + people[:, 100]) * ratios[:, 100]
    np.testing.assert_allclose(after, people, rtol=1e-13)


def test_leading_axes_are_carried():
    stacked = np.stack([RATES, 2 * RATES])
    np.testing.assert_array_equal(survival_ratios(stacked)[1], survival_ratios(2 * RATES))
