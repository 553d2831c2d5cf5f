"""Unemployment insurance follows the wage cycle of a path; everything else of the short-term funds holds on every path."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from example_country import EVERY_FUND, Opening, Projected, draw_of, example, project_country
from pooling.schemes.unemployment import Unemployment


@pytest.fixture(scope="module")
def opening() -> Opening:
    """The example with the short-term funds."""
    return example(*EVERY_FUND)[1]


@pytest.fixture(scope="module")
def central(opening: Opening) -> Projected:
    """Realization 0."""
    return project_country(opening, 0)


@pytest.fixture(scope="module")
def stochastic(opening: Opening) -> Projected:
    """Realization 1."""
    return project_country(opening, 1)


def at(opening: Opening, key: str) -> int:
    """Place of a fund."""
    return [each.fund.key for each in opening.schemes].index(key)


def layoffs(opening: Opening, projected: Projected) -> np.ndarray:
    """New recipients over insured [year, municipality]."""
    flows = projected.year.schemes[at(opening, "unemployment")]
    return flows.new_beneficiaries / flows.insured


def test_layoffs_rise_when_wages_fall_behind(
    opening: Opening, central: Projected, stochastic: Projected
):
    shock = draw_of(opening, 1).wage_shock
    place = at(opening, "unemployment")
    elasticity = opening.model.levers.schemes[place].wage_elasticity
    ratio = layoffs(opening, stochastic) / layoffs(opening, central)
    # Ages, which set who is entitled, differ between the paths by migration only.
    expected = np.broadcast_to(np.exp(-elasticity * shock)[:, None], ratio.shape)
    np.testing.assert_allclose(ratio, expected, rtol=0.02)
    assert shock[0] == 0
    assert ((ratio.mean(axis=1) > 1) == (shock < 0))[1:].all()


def test_no_elasticity_no_cycle(opening: Opening, central: Projected):
    place = at(opening, "unemployment")
    model = opening.model
    flat = dataclasses.replace(model.levers.schemes[place], wage_elasticity=jnp.zeros(()))
    assert isinstance(flat, Unemployment)
    schemes = (*model.levers.schemes[:place], flat, *model.levers.schemes[place + 1 :])
    levers = dataclasses.replace(model.levers, schemes=schemes)
    other = dataclasses.replace(model, levers=levers)
    path = project_country(opening, 1, other)
    ratio = layoffs(opening, path) / layoffs(opening, central)
    np.testing.assert_allclose(ratio, 1, rtol=0.02)
    # The central path has no shock, so that it does not see the elasticity.
    again = project_country(opening, 0, other).year.schemes[place]
    np.testing.assert_array_equal(again.beneficiaries, central.year.schemes[place].beneficiaries)


@pytest.mark.parametrize("key", ["unemployment", "work_injury"])
def test_contributions_are_the_rate_of_the_wage_bill(
    opening: Opening, stochastic: Projected, key: str
):
    place = at(opening, key)
    flows, levers = stochastic.year.schemes[place], opening.model.levers.schemes[place]
    if isinstance(levers, Unemployment):
        rate = (levers.employer_rate + levers.employee_rate)[:, None]
    else:
        factor = levers.class_rate * levers.band * levers.phased[:, None]
        rate = np.einsum("mc,yc->ym", levers.mix, factor)
    np.testing.assert_allclose(flows.contributions, rate * flows.wage_bill, rtol=1e-9)
