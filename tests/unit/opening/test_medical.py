"""Health insurance funds opened from the nation's accounts: the example's."""

from pathlib import Path

import numpy as np
import pytest

from example_country import MEDICAL, copy_of_example, edit, example, open_country
from pooling.errors import OpeningError
from pooling.opening import medical_year_before
from pooling.opening.employee_medical import EmployeeMedicalOpening
from pooling.opening.medical import cost_index
from pooling.opening.resident_medical import ResidentMedicalOpening


def employees() -> EmployeeMedicalOpening:
    (found,) = (
        each for each in example(*MEDICAL)[1].schemes if isinstance(each, EmployeeMedicalOpening)
    )
    return found


def residents() -> ResidentMedicalOpening:
    (found,) = (
        each for each in example(*MEDICAL)[1].schemes if isinstance(each, ResidentMedicalOpening)
    )
    return found


@pytest.mark.parametrize(
    ("figure", "employee", "resident"),
    [
        # The rows 2024 of the two national tables, pool and accounts added up.
        ("active", 2_400_000, 5_200_000),
        ("retirees", 900_000, 0),
        ("revenue", 145.5e8, 36.0e8),
        ("expenditure", 131.0e8, 35.0e8),
        ("balance", 130.0e8, 10.0e8),
    ],
)
def test_national_accounts_are_reproduced(figure: str, employee: float, resident: float):
    assert getattr(employees().accounts, figure).sum() == pytest.approx(employee, rel=1e-9)
    assert getattr(residents().accounts, figure).sum() == pytest.approx(resident, rel=1e-9)


def test_revenue_is_its_parts():
    for accounts in (employees().accounts, residents().accounts):
        parts = accounts.contributions + accounts.interest + accounts.subsidy
        np.testing.assert_allclose(accounts.revenue, parts)
    # 2.5 % of the mean of 130.0 and 115.5, and of 10 and 9.
    assert employees().accounts.interest.sum() == pytest.approx(0.025 * 122.75e8)
    assert residents().accounts.interest.sum() == pytest.approx(0.025 * 9.5e8)


def test_residents_pay_the_premium_set_the_year_before():
    # 200 set in 2023, for the mean of 5.3 and 5.2 m.
    assert residents().accounts.contributions.sum() == pytest.approx(200 * 5.25e6)


def test_provinces_add_to_the_subsidy_up_to_one_ratio():
    own = residents()
    least = own.accounts.contributions + 450 * own.accounts.contributions / 200
    added = own.accounts.subsidy + own.accounts.contributions - least
    ratio = (least + added) / own.accounts.expenditure
    np.testing.assert_allclose(ratio, ratio[0])
    assert (added > 0).all()


def test_accounts_hold_what_is_published_and_are_part_of_the_balance():
    own = employees()
    assert own.medical_accounts.sum() == pytest.approx(50e8)
    assert (own.reserve_key() > own.medical_accounts).all()


def test_a_place_is_dearer_where_wages_are_higher():
    # Half of the log wage gap on 95 % of the treatment; 5 % are sought elsewhere at 1.2 times the nation's prices.
    price, opening = np.asarray(employees().treatment.price), example(*MEDICAL)[1]
    scheme, split = opening.accounts, opening.split
    province = example(*MEDICAL)[0].assumptions.municipalities.province_index
    nation = np.average(scheme.wage, weights=scheme.scheme.active)
    wage = scheme.wage[province] / nation * split.relative_wage
    np.testing.assert_allclose(price, 0.95 * np.sqrt(wage) + 0.05 * 1.2)


def test_cost_index_by_single_ages():
    index = cost_index(example(*MEDICAL)[0], "central")
    assert index.shape == (2, 101)
    np.testing.assert_allclose(index[0, [0, 4, 5, 54, 55, 85, 100]], [1, 1, 0.5, 1, 1.5, 3, 3])
    np.testing.assert_allclose(cost_index(example(*MEDICAL)[0], "flat"), 1)


def test_the_year_before_by_the_same_rules():
    config, opening = example(*MEDICAL)
    found = medical_year_before.employees(config, opening.accounts, employees())
    assert found["pool_revenue"] == pytest.approx(99.4e8, rel=5e-3)
    assert found["account_revenue"] == pytest.approx(36.0e8, rel=5e-3)
    assert found["pool_expenditure"] == pytest.approx(87.7e8, rel=5e-3)
    assert found["account_expenditure"] == pytest.approx(34.0e8, rel=5e-3)
    found = medical_year_before.residents(config, opening.accounts, residents())
    assert found["revenue"] == pytest.approx(33.8e8, rel=5e-3)
    assert found["expenditure"] == pytest.approx(34.1e8, rel=5e-3)


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("employee_medical_national", "pool_revenue", "10.7", "contribution base would be"),
        ("employee_medical_national", "account_revenue", "10", "would be credited"),
        ("employee_medical_national", "active", "9000", "active_share of the members"),
        ("resident_medical_national", "insured", "6000", "people outside the employees' scheme"),
        ("resident_medical_national", "revenue", "20", "below premiums, least subsidies"),
        ("resident_medical_national", "expenditure", "", "nothing for 2024 in expenditure"),
    ],
)
def test_figures_that_do_not_fit_are_told(
    tmp_path: Path, table: str, column: str, value: str, message: str
):
    run = copy_of_example(tmp_path)
    edit(
        run,
        f"schemes/{table}",
        lambda rows: [{**row, column: value} if row["year"] == "2024" else row for row in rows],
    )
    with pytest.raises(OpeningError, match=message):
        open_country(run, dict(MEDICAL))
