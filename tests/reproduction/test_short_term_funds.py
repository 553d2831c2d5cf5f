"""Unemployment and work injury insurance of China at the end of 2024: what was published, within half a percent."""

import numpy as np
import pytest

from pooling.assumptions import Config, load_config
from pooling.opening.accounts import wage_used
from pooling.opening.build import Opening, open_model
from pooling.opening.context import SchemeOpening
from pooling.opening.unemployment import UnemploymentOpening
from pooling.opening.work_injury import WorkInjuryOpening

RUN = "assumptions/runs/china.toml"
FUNDS = ("enterprise_pension", "government_pension", "unemployment", "work_injury")
HALF_A_PERCENT = 0.005


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(RUN, {"projection.last_year": 2027, "funds": FUNDS})


@pytest.fixture(scope="module")
def opening(config: Config) -> Opening:
    return open_model(config)


@pytest.fixture(scope="module")
def unemployment(opening: Opening) -> UnemploymentOpening:
    return _of_kind(opening, UnemploymentOpening)


@pytest.fixture(scope="module")
def work_injury(opening: Opening) -> WorkInjuryOpening:
    return _of_kind(opening, WorkInjuryOpening)


def _of_kind(opening: Opening, kind: type) -> SchemeOpening:
    (found,) = (each for each in opening.schemes if isinstance(each, kind))
    return found


def test_published_heads(unemployment: UnemploymentOpening, work_injury: WorkInjuryOpening):
    # Ministry of Human Resources and Social Security, end of November 2024.
    assert unemployment.accounts.active.sum() == pytest.approx(246e6, rel=HALF_A_PERCENT)
    assert work_injury.accounts.active.sum() == pytest.approx(304e6, rel=HALF_A_PERCENT)


def test_published_money(unemployment: UnemploymentOpening, work_injury: WorkInjuryOpening):
    # Final accounts of 2024: expenditure of unemployment insurance 184.221 bn.
    assert unemployment.accounts.expenditure.sum() == pytest.approx(184.221e9, rel=HALF_A_PERCENT)
    # Bulletin of 2024, three schemes: 8,531.3 and 7,611.8 bn; of them both pension schemes, yearbook 2025, tables 24-26
    # and 24-27: 7,473.20 + 728.70 and 6,765.63 + 532.16 bn.
    both = (unemployment.accounts, work_injury.accounts)
    revenue = sum(each.revenue.sum() for each in both)
    expenditure = sum(each.expenditure.sum() for each in both)
    assert revenue == pytest.approx(8_531.3e9 - 8_201.90e9, rel=HALF_A_PERCENT)
    assert expenditure == pytest.approx(7_611.8e9 - 7_297.79e9, rel=HALF_A_PERCENT)
    # Balance of 2023 (Xinhua, 8 October 2024) and the result of 2024.
    balance = 321.3e9 + unemployment.accounts.revenue.sum() - 184.221e9
    assert unemployment.accounts.balance.sum() == pytest.approx(balance, rel=HALF_A_PERCENT)


def test_benefit_agrees_with_the_published_months(unemployment: UnemploymentOpening):
    # 2023: 72.9 bn to 7.30 million people at 1,814 yuan a month are 5.5 months of the year for each. A spell of x months
    # touches 1 + x/12 calendar years.
    layoffs, due = unemployment.fund.layoffs, unemployment.due
    assert layoffs.spell_months == 11
    first = unemployment.accounts.retirees.sum() - due[0].sum()
    # Of lay-offs even over the year, first = n (x - x²/24) months for x up to 12, and n x is all of a year's benefit.
    total = unemployment.accounts.retirees.sum()
    months = 24 * (1 - first / total)
    assert months / (1 + months / 12) == pytest.approx(5.51, abs=0.15)


def test_minimum_wage_of_places(config: Config, unemployment: UnemploymentOpening):
    # Highest minimum wage of the place in 2024, from memory: Shanghai 2,690, Guangdong 2,300, Heilongjiang 1,860 yuan a
    # month. The level is fitted to the national mean benefit, the slope is declared: within a sixth.
    names = list(config.assumptions.provinces.name)
    wage = _wage(config)
    for name, published in (("Shanghai", 2690), ("Guangdong", 2300), ("Heilongjiang", 1860)):
        at = names.index(name)
        assert unemployment.minimum_wage[at] * wage[at] / 12 == pytest.approx(published, rel=1 / 6)


def _wage(config: Config) -> np.ndarray:
    return wage_used(config, config.assumptions.info.valuation_date.year)


def test_the_cut_may_end():
    # The temporary rate of 1 % and the refunds hold in 2025 and not from 2026 on.
    overlays = ["overlays/unemployment_statute.toml"]
    rules = load_config(RUN, {"funds": FUNDS, "overlays": overlays}).assumptions.scheme_rules
    law, years = rules["unemployment_insurance"].rules, [2025, 2026, 2050]
    np.testing.assert_allclose(law["employer_rate"].annual(years), [0.005, 0.02, 0.02])
    np.testing.assert_allclose(law["employee_rate"].annual(years), [0.005, 0.01, 0.01])
    np.testing.assert_allclose(law["refund_small"].annual(years), [0.6, 0, 0])


def test_rates_are_plausible(unemployment: UnemploymentOpening, work_injury: WorkInjuryOpening):
    # Contribution bases of both near those of the pension scheme.
    assert 0.7 < unemployment.base_level < 1.2
    assert 0.7 < work_injury.base_level < 1.2
    # Work injury premiums over the wage bill: between the rates of the lowest and the highest class.
    accounts = work_injury.accounts
    rate = accounts.contributions / (accounts.active * _mean_base(unemployment))
    assert ((rate > 0.002) & (rate < 0.019)).all()
    # Lay-offs that lead to a claim: 1 to 4 % of the insured a year.
    assert unemployment.layoff_rate.min() > 0.01
    assert unemployment.layoff_rate.max() < 0.04


def _mean_base(unemployment: UnemploymentOpening) -> np.ndarray:
    """Contribution base of an insured at 1 % [province]; currency a year."""
    return unemployment.accounts.contributions / 0.01 / unemployment.accounts.active


def test_every_fund_is_pooled_at_the_level_in_force():
    """Unemployment Insurance Regulations, art. 7: by municipality; pensions and injuries by province, as under `current`."""
    funds = (*FUNDS, "resident_pension", "employee_medical", "resident_medical")
    arrangements = ("municipal", "current", "in_force")
    loaded = load_config(RUN, {"funds": funds, "arrangements": arrangements})
    under = {each.key: each.terms for each in loaded.arrangements}
    municipal, current, found = (
        {fund: terms[fund][0][1] for fund in funds} for terms in map(under.get, arrangements)
    )
    local = {"employee_medical", "resident_medical", "unemployment"}
    for fund in funds:
        as_in = municipal if fund in local else current
        assert (found[fund].partition, found[fund].settlement) == (
            as_in[fund].partition,
            as_in[fund].settlement,
        )
    assert found["enterprise_pension"] == current["enterprise_pension"]
