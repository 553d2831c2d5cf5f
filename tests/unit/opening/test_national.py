"""Funds opened from national accounts: the example's unemployment and work injury insurance."""

import numpy as np
import pytest

from example_country import SHORT_TERM, example, open_country
from pooling.errors import OpeningError
from pooling.opening import national
from pooling.opening.context import Context
from pooling.opening.unemployment import UnemploymentOpening
from pooling.opening.work_injury import WorkInjuryOpening, by_class, platform_workers, tilted
from pooling.parameters.lookup import sums


def unemployment() -> UnemploymentOpening:
    (found,) = (
        each for each in example(*SHORT_TERM)[1].schemes if isinstance(each, UnemploymentOpening)
    )
    return found


def work_injury() -> WorkInjuryOpening:
    (found,) = (
        each for each in example(*SHORT_TERM)[1].schemes if isinstance(each, WorkInjuryOpening)
    )
    return found


@pytest.mark.parametrize(
    ("figure", "unemployed", "injured"),
    [
        # The row 2024 of the two national tables.
        ("active", 2_000_000, 2_400_000),
        ("retirees", 40_000, 18_000),
        ("revenue", 12.00e8, 6.60e8),
        ("expenditure", 11.40e8, 6.20e8),
        ("balance", 20.00e8, 9.00e8),
    ],
)
def test_national_accounts_are_reproduced(figure: str, unemployed: float, injured: float):
    assert getattr(unemployment().accounts, figure).sum() == pytest.approx(unemployed, rel=1e-9)
    assert getattr(work_injury().accounts, figure).sum() == pytest.approx(injured, rel=1e-9)


def test_revenue_is_contributions_and_interest():
    # 2.5 % of the mean of 20.0 and 19.4 (20 less a result of 0.6).
    accounts = unemployment().accounts
    assert accounts.interest.sum() == pytest.approx(0.025 * 19.7e8)
    np.testing.assert_allclose(accounts.revenue, accounts.contributions + accounts.interest)
    np.testing.assert_allclose(accounts.subsidy, 0)


def test_a_province_keeps_half_of_its_deviation():
    # Published for 2020: 14, 12 and 12 recipients for 820, 600 and 480 insured, 38 for 1,900 in the nation.
    ratio = np.array([14 / 820, 12 / 600, 12 / 480]) / (38 / 1900)
    accounts = unemployment().accounts
    rate = accounts.retirees / accounts.active
    np.testing.assert_allclose(rate / rate[0], np.sqrt(ratio / ratio[0]))


def test_even_layoffs_bring_the_published_recipients():
    # What was due at the opening, and the first year of the same lay-offs, are the recipients of the opening year.
    opening = unemployment()
    staff = national.employees(_context())
    heads = opening.coverage * staff.heads
    first = _first_year(opening, heads)
    again = sums(_context().province, opening.due[0] + first)
    # The grid of 400 by 400 persons leaves a hundred-thousandth.
    np.testing.assert_allclose(again, opening.accounts.retirees, rtol=1e-4)


def _first_year(opening: UnemploymentOpening, heads: np.ndarray) -> np.ndarray:
    """Person-years in the year of the lay-off, counted lay-off by lay-off."""
    given, share = opening.fund.layoffs, 0.0
    grid = (np.arange(400) + 0.5) / 400
    ages = np.arange(heads.shape[1])
    mean = given.service_share * np.clip(ages - given.service_from_age, 0, None)
    spread = np.sqrt(3) * given.service_spread
    service = mean * (1 + spread * (2 * grid[:, None] - 1))
    spells = given.spell_months / 12 * (1 + np.sqrt(3) * given.spell_spread * (2 * grid - 1))
    for least, most, months in ((1, 5, 12), (5, 10, 18), (10, np.inf, 24)):
        paid = np.minimum(spells, months / 12).mean()
        within = min(paid, 1)
        year = within**2 / 2 + paid * (1 - within)
        share = share + year * ((service >= least) & (service < most)).mean(axis=0)
    return opening.layoff_rate * np.einsum("xam,a->m", heads, share)


def test_mean_benefit_and_minimum_wage():
    # 720 million over 40,000 recipients: 18,000 a year, 90 % of a mean minimum wage of 20,000.
    opening = unemployment()
    wage = example(*SHORT_TERM)[1].accounts.wage
    recipients = opening.accounts.retirees
    minimum = opening.minimum_wage * wage
    assert np.average(minimum, weights=recipients) == pytest.approx(20_000)
    # Elasticity one half to the province's wage.
    np.testing.assert_allclose(minimum / minimum[0], np.sqrt(wage / wage[0]))


def test_risk_classes_are_tilted():
    opening = work_injury()
    fund = opening.fund
    np.testing.assert_allclose(opening.mix.sum(axis=1), 1)
    hazard = np.array(fund.classes.hazard)
    for risk in (0.7, 1.0, 1.6):
        (mix,) = tilted(fund, np.array([risk]))
        assert mix @ hazard == pytest.approx(risk * (np.array(fund.classes.employment) @ hazard))
    # The nation's employment has the declared incidence.
    assert np.array(fund.classes.employment) @ by_class(fund) == pytest.approx(0.004)
    # So have all provinces together.
    injuries = (opening.mix @ by_class(fund)) @ opening.accounts.active
    assert injuries == pytest.approx(0.004 * 2_400_000)


def test_beneficiaries_for_life():
    # 1 and 1.5 a thousand of 2.4 million insured.
    opening = work_injury()
    assert opening.disabled.heads.sum() == pytest.approx(2_400)
    assert opening.dependants.heads.sum() == pytest.approx(3_600)
    assert (opening.disabled.heads[:, :20] == 0).all()


def test_platform_workers_by_year():
    # 50,000 in 2024, 100,000 in 2025, 200,000 in 2026, 250,000 from 2027 on; the second province from July 2025.
    opening, years = work_injury(), np.array([2024, 2025, 2026, 2027, 2050])
    workers = platform_workers(_context(), opening.platform_key, years)
    by_province = np.stack([sums(_context().province, each) for each in workers])
    np.testing.assert_allclose(by_province.sum(axis=1), [5e4, 1e5, 2e5, 2.5e5, 2.5e5])
    heads = opening.accounts.active
    np.testing.assert_allclose(by_province[0], [5e4, 0, 0])
    half = heads[0] + heads[1] / 2
    np.testing.assert_allclose(by_province[1], [1e5 * heads[0] / half, 5e4 * heads[1] / half, 0])
    np.testing.assert_allclose(by_province[2], 2e5 * heads / heads.sum())


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("schemes.unemployment.prevention.refund_take_up", 1.0, "retention refunds exceed"),
        ("schemes.work_injury.injuries.fatal", 0.2, "declared benefits exceed"),
        ("schemes.work_injury.life.disabled", 0.01, "declared benefits exceed"),
    ],
)
def test_figures_that_do_not_fit_are_named(path: str, value: float, message: str):
    with pytest.raises(OpeningError, match=message):
        open_country(overrides={**dict(SHORT_TERM), path: value})


def test_an_implausible_base_is_named():
    assert national.base_level("unemployment", 90.0, 100.0) == 0.9
    with pytest.raises(OpeningError, match=r"unemployment: the contribution base would be 0\.200"):
        national.base_level("unemployment", 20.0, 100.0)


def _context() -> Context:
    """What the openers of the example were given."""
    config, opening = example(*SHORT_TERM)
    years = config.projection.years
    survival = np.zeros((2, 101))
    return Context(
        config,
        opening.population.persons,
        opening.accounts,
        opening.split,
        survival,
        years,
        opening.schemes,
    )
