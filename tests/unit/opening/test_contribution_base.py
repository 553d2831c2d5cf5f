"""Contribution bases of the opening: limits by whose average wage, tiers of flexible workers, reproduction under both."""

from pathlib import Path

import numpy as np
import pytest

from example_country import EXAMPLE, open_country
from pooling.assumptions import Config, EmployeePensionFund, load_config
from pooling.errors import InputErrors, OpeningError
from pooling.opening.build import open_model
from pooling.opening.contribution_base import (
    AverageWages,
    BaseLaw,
    LimitWages,
    flexible_workers,
    limit_wages,
)
from pooling.opening.report import FIGURES, base_year
from pooling.parameters.model import EmployeePension
from small_set import SetCopy

LAW = "schemes.employee_pension.rules"
TIERS = [
    {"multiple": 0.5, "share": 0.5, "density": 0.4},
    {"multiple": 1.0, "share": 0.3, "density": 0.8},
    {"multiple": 4.0, "share": 0.2, "density": 0.8},
]
IRREGULAR = {"schemes.employee_pension_fund.members.flexible_tiers": TIERS}


def fund_of(config: Config) -> EmployeePensionFund:
    return config.pension_funds[0]


def test_limits_follow_the_wages_that_the_law_names():
    config = load_config(
        EXAMPLE,
        {
            f"{LAW}.limit_wage_municipal": {"2027": 0.25},
            f"{LAW}.limit_wage_national": {"2027": 0.5},
        },
    )
    # Two places in a province whose wage is two thirds of the nation's, one in a province at four thirds of it.
    wages = AverageWages(np.array([1.2, 0.8, 1.0]), np.array([1.5, 0.75]), np.array([0, 0, 1]))
    found = limit_wages(config, fund_of(config), wages, np.array([2026, 2027]))
    np.testing.assert_allclose(found.provinces, [[1, 1], [1.25, 0.875]])
    # 0.5 of the nation's 1.5, 0.25 of the municipality's 1.2 and 0.25 of the province's 1: 1.30.
    np.testing.assert_allclose(found.places, [[1, 1, 1], [1.30, 1.20, 0.875]])


def test_limits_of_more_than_one_wage_are_refused():
    shares = {f"{LAW}.limit_wage_municipal": 0.6, f"{LAW}.limit_wage_national": {"2030": 0.7}}
    said = "found 0.7 on 2030-01-01; allowed: at most 1 - limit_wage_municipal = 0.4"
    with pytest.raises(InputErrors, match=said):
        load_config(EXAMPLE, shares)


def test_flexible_workers_pay_on_their_tiers():
    flexible = flexible_workers(fund_of(load_config(EXAMPLE, IRREGULAR)))
    # Months: 0.5 · 0.4 + 0.3 · 0.8 + 0.2 · 0.8 = 0.60, of which the tiers pay 0.20, 0.24 and 0.16.
    assert flexible.density == pytest.approx(0.6)
    np.testing.assert_allclose(flexible.weights, [1 / 3, 0.4, 0.8 / 3])
    # A fifth of the members are flexible: 0.8 + 0.2 · 0.6 = 0.92 of the years, 0.12 of them theirs.
    assert flexible.payment == pytest.approx(0.92)
    assert flexible.years == pytest.approx(0.12 / 0.92)
    # Limits on a wage of 1.25: floor 0.6 · 1.25 = 0.75, cap 3 · 1.25 = 3.75; on a wage of 1: 0.6 and 3.
    law = BaseLaw(0.6, 3.0, LimitWages(np.ones(1), np.ones(1)), 0.4, np.ones((2, 101)), flexible)
    np.testing.assert_allclose(
        flexible.base(law, np.array([1.25, 1.0])),
        [0.75 / 3 + 0.4 + 0.8 / 3 * 3.75, 0.6 / 3 + 0.4 + 0.8 / 3 * 3.0],
    )


@pytest.mark.parametrize("overrides", [{}, IRREGULAR])
@pytest.mark.parametrize("share", ["0.0", "1.0"])
def test_the_published_accounts_are_met_under_any_bases(
    tmp_path: Path, overrides: dict, share: str
):
    copy = SetCopy(tmp_path)
    at = "[rules.limit_wage_national]"
    text = copy.path("schemes/employee_pension.toml").read_text(encoding="utf-8")
    block = text[text.index(at) : text.index("[rules.accrual]")]
    copy.replace(
        "schemes/employee_pension.toml", block, block.replace("value = 0.0", f"value = {share}")
    )
    config = load_config(copy.run, {"projection.last_year": 2030, **overrides})
    opening = open_model(config)
    found = base_year(config, opening)
    for figure in FIGURES:
        np.testing.assert_allclose(found.residual(figure), 0, atol=1e-9)
    fund = opening.model.levers.schemes[0]
    assert isinstance(fund, EmployeePension)
    # Floor in currency: 0.6 of the average wage of the place's province, or of the nation's.
    wage, active = opening.accounts.wage, opening.accounts.scheme.active
    nation = np.full_like(wage, (wage * active).sum() / active.sum())
    expected = 0.6 * (nation if share == "1.0" else wage)
    province = np.asarray(opening.model.levers.geography.province)
    np.testing.assert_allclose(fund.floor[0] * wage[province], expected[province])
    np.testing.assert_allclose(fund.cap, 5 * fund.floor)


def test_easier_payment_changes_the_years_of_flexible_workers_from_its_date_on():
    easier = {"schemes.enrolment.rules.flexible_payment": {"2027": 1.5}}
    _, opening = open_country(EXAMPLE, {**IRREGULAR, **easier})
    fund = opening.model.levers.schemes[0]
    assert isinstance(fund, EmployeePension)
    np.testing.assert_allclose(fund.flexible_payment[:4], [0.6, 0.6, 0.9, 0.9])


def test_nobody_pays_more_than_every_month():
    with pytest.raises(OpeningError, match=r"would pay 1\.\d+ contribution years in the year 2025"):
        open_model(load_config(EXAMPLE, {"schemes.enrolment.rules.flexible_payment": 1.5}))
