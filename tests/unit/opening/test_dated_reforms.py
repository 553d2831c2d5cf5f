"""A rule that changes later changes nothing before, and what rests on the past stays what the past was."""

import numpy as np
import pytest

from example_country import EXAMPLE, Opening, example, open_country
from pooling.assumptions import load_config
from pooling.opening.members import retirement_ages
from pooling.parameters.model import EmployeePension, in_year

RULES = "schemes.employee_pension.rules"
EARLY = "schemes.employee_pension_fund.members.early_share"


def fund_of(opening: Opening) -> EmployeePension:
    """Levers of the pension fund of employees."""
    (levers,) = opening.model.levers.schemes
    assert isinstance(levers, EmployeePension)
    return levers


@pytest.mark.parametrize("rate", [0.04, 0.0])
def test_what_moves_with_an_account_does_not_depend_on_the_rate_of_later_deposits(rate: float):
    """The pooled part is 12 % of the wages on which the past deposits were made."""
    law = fund_of(example()[1])
    reformed = fund_of(open_country(overrides={f"{RULES}.account_rate": {"2028": rate}})[1])
    np.testing.assert_array_equal(reformed.contributed_wages, law.contributed_wages)
    for year in range(10):
        before, after = in_year(law, year), in_year(reformed, year)
        assert float(after.account_rate) == (0.08 if year < 3 else rate)
        np.testing.assert_array_equal(after.transfer_value, before.transfer_value)
        np.testing.assert_array_equal(after.kept_value, before.kept_value)


def test_deposits_of_the_past_are_eight_percent_of_the_wages():
    """An account without interest would hold 8 % of the wages: 12.5 wages for one of its units; interest makes it fewer."""
    assert 0.5 * 12.5 < float(fund_of(example()[1]).contributed_wages) < 12.5


def test_months_of_choice_that_change_later_change_no_earlier_retirement():
    years = np.arange(2025, 2035)
    config = load_config(EXAMPLE, {EARLY: 0.3})
    law = retirement_ages(config, config.pension_funds[0], years)
    config = load_config(EXAMPLE, {EARLY: 0.3, f"{RULES}.flexible_months": {"2030": 12}})
    reformed = retirement_ages(config, config.pension_funds[0], years)
    before = slice(0, 2030 - 2025)
    for name in ("hazard", "benefit_time", "inverse_divisor", "waiting"):
        now, then = (getattr(each, name) for each in (reformed, law))
        np.testing.assert_array_equal(now[before], then[before], err_msg=name)
    # Fewer leave early: more of every age wait.
    assert (reformed.waiting[5:] >= law.waiting[5:] - 1e-12).all()
    assert (reformed.waiting[5:] > law.waiting[5:]).any()


def test_without_months_of_choice_nobody_leaves_early():
    years = np.arange(2025, 2030)
    config, plain = (
        load_config(EXAMPLE, given) for given in ({EARLY: 0.3, f"{RULES}.flexible_months": 0}, {})
    )
    chosen, usual = (retirement_ages(c, c.pension_funds[0], years) for c in (config, plain))
    np.testing.assert_array_equal(chosen.hazard, usual.hazard)
