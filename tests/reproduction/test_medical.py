"""China's health insurance: national accounts of 2024 and 2023, premiums and subsidies by year, accounts of the retired."""

import numpy as np
import pytest

from pooling.assumptions import Config, load_config
from pooling.opening import medical_year_before
from pooling.opening.build import Opening, open_model
from pooling.opening.employee_medical import EmployeeMedicalOpening
from pooling.opening.medical import cost_index
from pooling.opening.resident_medical import ResidentMedicalOpening


@pytest.fixture(scope="module")
def config() -> Config:
    funds = ("enterprise_pension", "government_pension", "employee_medical", "resident_medical")
    changes = {"projection.last_year": 2028, "funds": list(funds)}
    return load_config("assumptions/runs/china.toml", changes)


@pytest.fixture(scope="module")
def opening(config: Config) -> Opening:
    return open_model(config)


@pytest.fixture(scope="module")
def employees(opening: Opening) -> EmployeeMedicalOpening:
    (found,) = (each for each in opening.schemes if isinstance(each, EmployeeMedicalOpening))
    return found


@pytest.fixture(scope="module")
def residents(opening: Opening) -> ResidentMedicalOpening:
    (found,) = (each for each in opening.schemes if isinstance(each, ResidentMedicalOpening))
    return found


def test_employees_2024(employees: EmployeeMedicalOpening):
    # NHSA bulletin 2024: 274.9084 m employees, 104.575 m retired; revenue 2,373.247 and expenditure 1,910.254 bn yuan.
    own = employees.accounts
    assert own.active.sum() == pytest.approx(274.9084e6, rel=1e-6)
    assert own.retirees.sum() == pytest.approx(104.575e6, rel=1e-6)
    assert own.revenue.sum() == pytest.approx(23_732.47e8, rel=1e-5)
    assert own.expenditure.sum() == pytest.approx(19_102.54e8, rel=1e-5)
    # All pools 3,862.852 less residents' 818.302; accounts 1,371.265 at the end of 2022 and the results since.
    accounts = 13_712.65 + 6_351.35 - 6_097.95 + 6_390.01 - 5_879.83
    assert own.balance.sum() == pytest.approx((38_628.52 - 8_183.02 + accounts) * 1e8, rel=1e-5)


def test_residents_2024(residents: ResidentMedicalOpening):
    # NHSA bulletin 2024: 947.1373 m insured; revenue 1,118.091, expenditure 1,066.149, balance 818.302 bn yuan.
    own = residents.accounts
    assert own.active.sum() == pytest.approx(947.1373e6, rel=1e-6)
    assert own.revenue.sum() == pytest.approx(11_180.91e8, rel=1e-5)
    assert own.expenditure.sum() == pytest.approx(10_661.49e8, rel=1e-5)
    assert own.balance.sum() == pytest.approx(8_183.02e8, rel=1e-5)


def test_2023_by_the_same_rules(
    config: Config,
    opening: Opening,
    employees: EmployeeMedicalOpening,
    residents: ResidentMedicalOpening,
):
    # NHSA bulletin 2023: 1,658.03, 635.135, 1,165.277, 609.795; 1,056.971, 1,045.765 bn yuan. Five dated indices of the
    # laws are derived from these accounts.
    found = medical_year_before.employees(config, opening.accounts, employees)
    assert found["pool_revenue"] == pytest.approx(16_580.30e8, rel=5e-3)
    assert found["account_revenue"] == pytest.approx(6_351.35e8, rel=5e-3)
    assert found["pool_expenditure"] == pytest.approx(11_652.77e8, rel=5e-3)
    assert found["account_expenditure"] == pytest.approx(6_097.95e8, rel=5e-3)
    found = medical_year_before.residents(config, opening.accounts, residents)
    assert found["revenue"] == pytest.approx(10_569.71e8, rel=5e-3)
    assert found["expenditure"] == pytest.approx(10_457.65e8, rel=5e-3)


def test_retired_are_credited_two_percent_of_the_pension(
    opening: Opening, employees: EmployeeMedicalOpening
):
    # Guobanfa [2021] 14: about 2 % of the mean pension; what the published credits leave is 85 yuan a month.
    scheme = opening.accounts.scheme
    heads = employees.track.retired.sum(axis=(0, 1))
    credit = np.average(employees.retired_credit, weights=heads)
    assert credit / 12 == pytest.approx(85, abs=1)
    assert 0.018 < credit / (scheme.expenditure.sum() / scheme.retirees.sum()) < 0.025


def test_premium_and_subsidy_by_year(opening: Opening, residents: ResidentMedicalOpening):
    # Premium set in the year before (2023: 380, 2024 and 2025: 400), least subsidy of the year (670, 700, 724); not set: 0.
    assert (residents.premium, residents.subsidy) == (380, 670)
    own = opening.model.levers.schemes[-1]
    np.testing.assert_allclose(own.premium, [400, 400, 0, 0])
    np.testing.assert_allclose(own.subsidy, [700, 724, 0, 0])


def test_shares_are_plausible(employees: EmployeeMedicalOpening, residents: ResidentMedicalOpening):
    # The same share of members and of pensioners is in the health insurance; it covers 95 % of the people in all.
    assert employees.track.active_share == pytest.approx(0.712, abs=2e-3)
    assert employees.track.retired_share == pytest.approx(0.712, abs=2e-3)
    insured = 274.9084e6 + 104.575e6 + 947.1373e6
    people = employees.track.others.sum() + 274.9084e6 + 104.575e6
    assert insured / people == pytest.approx(0.943, abs=2e-3)
    assert residents.coverage == pytest.approx(0.922, abs=2e-3)
    assert 0.9 < employees.base_level < 1.3


def test_cut_cells_are_few(opening: Opening, employees: EmployeeMedicalOpening):
    members = sum(fund.members.sum() for fund in opening.funds)
    assert employees.track.active.sum() > 0.998 * employees.track.active_share * members


@pytest.mark.parametrize(
    ("profile", "low", "high"), [("flat", 1.4, 2.0), ("central", 2.4, 3.0), ("steep", 3.0, 4.0)]
)
def test_cost_of_the_retired(
    config: Config, employees: EmployeeMedicalOpening, profile: str, low: float, high: float
):
    index = cost_index(config, profile)

    def mean(stock: np.ndarray) -> float:
        return float((stock * index).sum() / stock.sum())

    retired = mean(employees.track.retired.sum(axis=-1))
    active = mean(employees.track.active.sum(axis=(0, -1)))
    assert low < retired / active < high
