"""What provinces pay to other provinces, where all that they pay goes there or nothing does."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from example_country import ASSUMPTIONS, Opening, Projected, open_country, project_country
from pooling.schemes.medical_cost import Treatment
from pooling.state import State
from pooling.year import Model

SCHEMES = ("employee_pension", "resident_pension", "employee_medical", "resident_medical")
"""In the order of the run; unemployment and work injury insurance pay where people are insured."""
ALL_AT_HOME = (
    {"claim_home": 1.0, "coverage_factor": 0.0},
    # Nobody joins, and no account of a dormant member goes to the employee scheme.
    {"entry": 0.0, "linked": 0.0},
)
"""Levers of both pension schemes."""


@pytest.fixture(scope="module")
def opening() -> Opening:
    return open_country(ASSUMPTIONS / "runs" / "example_all.toml", {"arrangements": ["national"]})[
        1
    ]


def far_only(state: State) -> State:
    """Only people registered in another province have rights, and nobody draws a pension yet."""

    def of_scheme(stocks: Any) -> Any:
        if not hasattr(stocks, "awarded"):
            return stocks
        far = {
            name: (jnp.zeros_like(leaves[0]), jnp.zeros_like(leaves[1]), leaves[2])
            for name, leaves in vars(stocks.rights).items()
        }
        awarded, oldest = jax.tree.map(jnp.zeros_like, (stocks.awarded, stocks.awarded_oldest))
        rights = replace(stocks.rights, **far)
        return replace(stocks, rights=rights, awarded=awarded, awarded_oldest=oldest)

    return replace(state, schemes=tuple(of_scheme(each) for each in state.schemes))


def changed(model: Model, changes: tuple[dict[str, float], ...], at_residence: float) -> Model:
    """Levers of the first schemes set to one value each, and where those of another province are insured."""
    levers = model.levers
    schemes = list(levers.schemes)
    for place, values in enumerate(changes):
        law = schemes[place]
        schemes[place] = replace(
            law, **{name: 0 * getattr(law, name) + x for name, x in values.items()}
        )
    share = levers.enrolment.at_residence.at[:, 2].set(at_residence)
    enrolment = replace(levers.enrolment, at_residence=share)
    return replace(model, levers=replace(levers, schemes=tuple(schemes), enrolment=enrolment))


def still(model: Model) -> Model:
    """Nobody moves or changes the registration: who is registered elsewhere stays so."""
    migration = model.levers.migration
    nobody = {
        name: jnp.zeros_like(getattr(migration, name))
        for name in ("intensity", "registration_change")
    }
    return replace(model, levers=replace(model.levers, migration=replace(migration, **nobody)))


def row_sums(path: Projected) -> np.ndarray:
    """What every province pays to others [scheme, province, year]."""
    return path.named["ledger_benefits"].sum(axis=2)


def test_all_pensions_go_elsewhere_where_only_people_registered_there_have_rights(
    opening: Opening,
):
    model = changed(still(opening.model), ALL_AT_HOME, at_residence=0.0)
    path = project_country(replace(opening, state=far_only(opening.state)), 1, model)
    membership = np.asarray(opening.model.levers.geography.membership)
    for place in range(2):
        paid = (path.year.schemes[place].pensions[0] @ membership).T
        assert (paid[:, 1:] > 0).all(), SCHEMES[place]
        np.testing.assert_allclose(row_sums(path)[place], paid, rtol=1e-9, err_msg=SCHEMES[place])


def treated_at_residence(model: Model) -> Model:
    """Nobody goes to the province of registration for treatment."""
    schemes = tuple(
        replace(
            law, treatment=replace(law.treatment, at_registration=0 * law.treatment.at_registration)
        )
        if isinstance(getattr(law, "treatment", None), Treatment)
        else law
        for law in model.levers.schemes
    )
    return replace(model, levers=replace(model.levers, schemes=schemes))


def test_who_is_insured_at_the_registration_is_paid_for_by_it(opening: Opening):
    """Treatment costs the same wherever people are insured: what a province saves others pay, pair by pair."""
    model = treated_at_residence(opening.model)
    away = project_country(opening, 1, changed(model, (), at_residence=0.0))
    here = project_country(opening, 1, changed(model, (), at_residence=1.0))
    place = SCHEMES.index("resident_medical")
    change = away.named["benefits_province"][place] - here.named["benefits_province"][place]
    entries = away.named["ledger_benefits"][place]
    assert entries.sum(axis=0).min() > 0
    scale = here.named["benefits_province"][place].max()
    np.testing.assert_allclose(
        change, entries.sum(axis=1) - entries.sum(axis=0), rtol=0, atol=1e-12 * scale
    )
    assert not here.named["ledger_benefits"][place].any()


def test_without_claims_and_insurance_at_the_registration_benefits_stay(opening: Opening):
    model = changed(treated_at_residence(opening.model), ({"claim_home": 0.0},), at_residence=1.0)
    assert not project_country(opening, 1, model).named["ledger_benefits"].any()
