"""The 1 January population behind mid-year ones."""

import numpy as np

from pooling.axes import AGES
from pooling.opening.january import on_1_january
from pooling.parameters.demography import NationalRates


def test_a_projection_is_recovered_from_its_mid_years():
    rng = np.random.default_rng(3)
    years = 5
    age = np.arange(AGES)
    survival = np.clip(np.exp(-3e-5 * np.exp(0.1 * age)), 0.3, 1) * np.ones((years, 2, 1))
    fertility = np.zeros((years, AGES))
    fertility[:, 18:45] = 0.05
    ratio = np.full(years, 1.06)
    net = rng.normal(0, 500, (years, 2, AGES))
    stock = [rng.uniform(0.5, 1.5, (2, AGES)) * 8e6 * np.exp(-((age / 80) ** 4))]
    for y in range(years):
        before, after = stock[-1], np.zeros((2, AGES))
        after[:, 1:] = before[:, :-1] * survival[y, :, 1:]
        after[:, 100] += before[:, 100] * survival[y, :, 100]
        after += net[y]
        stock.append(after)
        # Births of the women in the middle of the year; their mean age group is the one just built.
        births = ((before[1] + after[1]) / 2 * fertility[y]).sum()
        after[:, 0] += births * survival[y, :, 0] * np.array([1.06, 1]) / 2.06
    january = np.stack(stock)
    midyear = (january[1:] + january[:-1]) / 2
    rates = NationalRates(survival, fertility, ratio, net)
    for year in range(years):
        # The zigzag over all ages is nearly free: 1e-6 of the largest age is far below the tables' rounding.
        np.testing.assert_allclose(
            on_1_january(midyear, rates, year), january[year], rtol=0, atol=8
        )
