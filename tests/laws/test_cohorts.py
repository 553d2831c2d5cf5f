"""Cohorts add up to the projection: same people, same money, by age."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from example_country import SEED, Opening, Projected
from pooling.cohorts import (
    CohortFlows,
    ages_of,
    cohort_measures,
    cohorts_of,
    project_cohorts,
)
from pooling.cohorts.measures import by_birth_year
from pooling.projection import Run
from pooling.year import tables_of

DISCOUNT = 0.03
SUMS = {
    "contributors": lambda flow: flow.contributors,
    "contributions": lambda flow: flow.contributions,
    "deposits": lambda flow: flow.contributions_account,
    "refunded": lambda flow: flow.refunded_accounts,
    "new_pensioners": lambda flow: flow.new_beneficiaries,
    "new_pensions": lambda flow: flow.new_pensions[0],
    "pensioners": lambda flow: flow.beneficiaries,
    "pensions": lambda flow: flow.pensions[0],
}
BY_RESIDENCE = ("contributors", "contributions", "deposits", "refunded")
BY_CLAIM = ("pensioners", "pensions")


@pytest.fixture(scope="module")
def run(opening: Opening) -> Run:
    """The example."""
    return Run(opening.model, opening.state, SEED)


@pytest.fixture(scope="module")
def cohorts(run: Run) -> dict[str, tuple[CohortFlows, ...]]:
    """Flows by cohort of realizations 0 and 1."""
    program, tables = jax.jit(project_cohorts), jax.jit(tables_of)(run.model)
    rates = jnp.full(run.years, DISCOUNT)
    paths = {"central": 0, "stochastic": 1}
    return {
        name: jax.tree.map(np.asarray, program(run, tables, jnp.int32(path), rates))
        for name, path in paths.items()
    }


@pytest.fixture(params=["central", "stochastic"])
def both(
    request: pytest.FixtureRequest, cohorts: dict[str, tuple[CohortFlows, ...]]
) -> tuple[tuple[CohortFlows, ...], Projected]:
    """Flows by cohort, and the projection of the same realization."""
    return cohorts[request.param], request.getfixturevalue(request.param)


@pytest.mark.parametrize("name", list(SUMS))
def test_cohorts_add_up_to_the_projection(both: tuple, name: str):
    for cells, flows in zip(both[0], both[1].year.schemes, strict=True):
        values = getattr(cells, name)
        expected = SUMS[name](flows)
        held = values.reshape(len(values), -1).sum(axis=1)
        np.testing.assert_allclose(held, expected.sum(axis=1), rtol=1e-12)


def test_some_stay_and_some_migrate(both: tuple):
    for cells in both[0]:
        for name in ("contributors", "inherited", "new_pensioners", "new_accounts"):
            stayers, migrants = np.moveaxis(getattr(cells, name), 1, 0)
            assert (stayers >= 0).all() and (migrants >= 0).all(), name
            assert stayers.any() and migrants.any(), name


@pytest.mark.parametrize("name", [*BY_RESIDENCE, *BY_CLAIM])
def test_histories_and_ages_add_up_to_every_province(opening: Opening, both: tuple, name: str):
    members = np.asarray(opening.model.levers.geography.membership)
    for cells, flows in zip(both[0], both[1].year.schemes, strict=True):
        values = getattr(cells, name).sum(axis=(-1, -2))
        held = values.sum(axis=1) if name in BY_RESIDENCE else values
        np.testing.assert_allclose(held, SUMS[name](flows) @ members, rtol=1e-10)


def test_wages_and_made_up_bases_are_the_covered_wage_bill(both: tuple):
    for cells, flows in zip(both[0], both[1].year.schemes, strict=True):
        bill = cells.wages + cells.made_up_bases
        expected = flows.wage_bill.sum(axis=1)
        np.testing.assert_allclose(bill.reshape(len(bill), -1).sum(axis=1), expected, rtol=1e-10)
        assert cells.made_up_bases.any()


def test_accounts_of_the_dying_are_part_of_what_heirs_get(both: tuple):
    for cells, flows in zip(both[0], both[1].year.schemes, strict=True):
        members = cells.inherited.reshape(len(cells.inherited), -1).sum(axis=1)
        assert (members > 0).all() and (members < flows.inherited_accounts.sum(axis=1)).all()


def test_all_working_cohorts_have_a_birth_year(run: Run, both: tuple):
    of_run = cohorts_of(run, 2025)
    for cells in both[0]:
        for name in ("contributions", "new_pensions", "award_values"):
            values = getattr(cells, name)
            followed = by_birth_year(values, of_run)
            assert followed.shape[0] == len(of_run.birth_years)
            np.testing.assert_allclose(
                followed.sum(axis=(0, 1, 2, 3)), values.reshape(len(values), -1).sum(axis=1)
            )


def test_awards_belong_to_ages_at_which_they_are_made(opening: Opening, both: tuple):
    ages = np.array(ages_of(opening.model.rings))
    for cells in both[0]:
        men, women = (cells.new_pensioners.sum(axis=(0, 1, 2))[sex] > 0 for sex in (0, 1))
        assert ages[men].min() == 59 and ages[men].max() <= 62
        assert ages[women].min() == 49 and ages[women].max() <= 57


def test_measures_are_consistent(run: Run, both: tuple):
    cohorts = cohorts_of(run, 2025)
    measures = cohort_measures(both[0], cohorts, np.full(run.years, DISCOUNT))
    provinces = run.model.levers.geography.membership.shape[1]
    shape = (len(both[0]), len(cohorts.birth_years), 2, 3, provinces)
    assert measures.money_worth.shape == shape
    known = np.isfinite(measures.internal_rate)
    assert known.any()
    # With a flat curve money's worth exceeds 1 where the internal rate exceeds the curve.
    above = measures.internal_rate[known] > DISCOUNT
    np.testing.assert_array_equal(measures.money_worth[known] > 1, above)
    rates = measures.replacement_rate[np.isfinite(measures.replacement_rate)]
    assert 0.3 < np.median(rates) < 1.2
    gap = measures.migrant_minus_stayer("replacement_rate")
    assert gap.shape == (*shape[:3], provinces) and np.isfinite(gap).any()
