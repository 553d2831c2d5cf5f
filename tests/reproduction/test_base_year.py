"""The opening year of China: published accounts reproduced, and the gates that the first projected years must pass."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pooling.assumptions import Config, load_config
from pooling.opening.award_level import first_ratio
from pooling.opening.build import Opening, open_model
from pooling.opening.report import FIGURES, BaseYear, base_year
from pooling.projection import Run, project
from pooling.year import YearResult, tables_of

RUN = "assumptions/runs/china.toml"


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(RUN, {"projection.last_year": 2027})


@pytest.fixture(scope="module")
def opening(config: Config) -> Opening:
    return open_model(config)


@pytest.fixture(scope="module")
def base(config: Config, opening: Opening) -> BaseYear:
    return base_year(config, opening)


@pytest.fixture(scope="module")
def central(opening: Opening) -> YearResult:
    tables = jax.jit(tables_of)(opening.model)
    return jax.jit(project)(Run(opening.model, opening.state, 1), tables, jnp.int32(0))


@pytest.mark.parametrize("figure", FIGURES)
def test_published_figures_of_every_province(base: BaseYear, figure: str):
    assert np.abs(base.residual(figure)).max() < 1e-3


def test_published_totals(base: BaseYear):
    # NBS yearbook 2025, table 24-26, sums of the 31 provinces (Zhejiang's active repaired by -1.8).
    totals = {name: base.published[name].sum() for name in FIGURES}
    assert totals["active"] == pytest.approx(386.56e6, rel=1e-4)
    assert totals["retirees"] == pytest.approx(146.979e6, rel=1e-4)
    assert totals["revenue"] == pytest.approx(74_258.0e8, rel=1e-4)
    assert totals["expenditure"] == pytest.approx(67_229.4e8, rel=1e-4)
    assert totals["balance"] == pytest.approx(70_641.1e8, rel=1e-4)


def test_revenue_split_is_judged(config: Config, opening: Opening, base: BaseYear):
    scheme = opening.accounts.scheme
    assert 0.18 <= scheme.subsidy.sum() / scheme.revenue.sum() <= 0.21
    shanghai = config.assumptions.provinces.name.index("Shanghai")
    assert 0.07 <= base.subsidy_share[shanghai] <= 0.08
    assert ((base.collection >= 0.35) & (base.collection <= 1.0)).all()
    for part in (scheme.interest, scheme.subsidy, scheme.contributions):
        assert (part >= 0).all()
    for fund in opening.funds:
        for part in (fund.accounts.interest, fund.accounts.subsidy, fund.accounts.contributions):
            assert (part >= 0).all()


def test_subsidy_split_as_worked_out(opening: Opening):
    # OPENING: a = .040, b = .339 from a total of 19.5 % of revenue and Shanghai's 7.4 % of expenditure.
    share = opening.accounts.scheme.subsidy / opening.accounts.scheme.expenditure
    tier = opening.accounts.central_share
    slope = (share.max() - share.min()) / (tier.max() - tier.min())
    assert slope == pytest.approx(0.339, abs=0.005)
    assert share.min() - slope * tier.min() == pytest.approx(0.040, abs=0.003)


def test_levy_of_the_present_rule(config: Config, opening: Opening):
    # σ = 0.243: 20 payers, Guangdong pays 86.8 bn yuan (budget of 2022: 21 payers, 88.5 bn).
    current = next(a for a in opening.model.pooling.arrangements if a.key == "current")
    levy = float(current.stages[0].settlement.levy[0])
    assert levy == pytest.approx(0.243, abs=0.002)
    result = opening.accounts.scheme.revenue - opening.accounts.scheme.expenditure
    assert (result > 0).sum() == 20
    guangdong = config.assumptions.provinces.name.index("Guangdong")
    assert levy * result[guangdong] == pytest.approx(86.8e9, rel=0.01)


def test_unallocated_line_is_what_the_provinces_leave(config: Config, base: BaseYear):
    national = config.assumptions.tables["schemes/accounts_national"]
    row = list(national.axes["year"]).index(2024)
    left = national.values["expenditure"][row] - base.published["expenditure"].sum()
    assert left == pytest.approx(426.9e8, rel=0.01)


def total(result: YearResult, name: str) -> np.ndarray:
    """A municipal flow of all funds by year, under the first benefit policy."""
    parts = [getattr(flow, name) for flow in result.schemes]
    return sum(np.asarray(p[0] if isinstance(p, tuple) else p).sum(axis=-1) for p in parts)


def test_expenditure_grows_by_four_to_eight_percent(base: BaseYear, central: YearResult):
    outgo = sum(np.asarray(flow.outgo(0)).sum(axis=-1) for flow in central.schemes)
    growth = outgo / np.concatenate([[base.published["expenditure"].sum()], outgo[:-1]]) - 1
    assert (growth > 0.04).all()
    assert (growth < 0.08).all()


def test_new_awards_against_pensions_in_payment(central: YearResult):
    award = total(central, "new_pensions") / total(central, "new_beneficiaries")
    running = total(central, "pensions") / total(central, "beneficiaries")
    assert 0.75 <= (award / running)[0] <= 1.05


def test_awards_of_every_province_are_in_their_range_or_at_the_limit(opening: Opening):
    # Step 16 of the opening procedure, by fund and province.
    one = jnp.ones((len(opening.funds), len(opening.funds[0].index_level)))
    ratios = np.asarray(jax.jit(first_ratio)(opening.model, opening.state, one))
    for fund, ratio in zip(opening.funds, ratios, strict=True):
        awards = fund.fund.awards
        inside = (ratio > awards.ratio_low - 1e-6) & (ratio < awards.ratio_high + 1e-6)
        assert (inside | (fund.index_level == awards.index_level_limit)).all()
        assert inside.sum() >= 29


def test_gross_awards_of_2025(central: YearResult):
    assert 8e6 <= total(central, "new_beneficiaries")[0] <= 10e6


def test_contributions_do_not_jump(opening: Opening, central: YearResult):
    before = opening.accounts.scheme.contributions.sum()
    active = opening.accounts.scheme.active
    growth = np.average(np.asarray(central.wage)[0], weights=active) / np.average(
        opening.accounts.wage, weights=active
    )
    assert total(central, "contributions")[0] / before / growth <= 1.03


def test_standard_base_against_the_wage(opening: Opening):
    scheme = opening.accounts.scheme
    dormant = sum(
        fund.fund.members.dormant_share * fund.accounts.active.sum() for fund in opening.funds
    )
    paying = scheme.active.sum() - dormant
    wage = np.average(opening.accounts.wage, weights=scheme.active)
    assert 0.7 <= scheme.contributions.sum() / (0.24 * wage * paying) <= 1.0


def test_accounts_are_not_larger_than_a_career_allows(opening: Opening):
    # 8 % of 25 years of wages, at the most.
    for fund in opening.funds:
        balance = fund.balances.sum(axis=(0, 3))
        heads = fund.members.sum(axis=(0, 3))
        mean = np.divide(balance, heads, out=np.zeros_like(heads), where=heads > 0)
        wage = np.average(opening.accounts.wage, weights=opening.accounts.scheme.active)
        assert mean.max() <= 0.08 * 25 * wage


def test_careers_of_those_near_retirement(opening: Opening):
    # Mean contribution years of the men who retire in 2025: 20 to 32.
    fund = opening.funds[0]
    men = fund.members[:, 0, 59].sum()
    assert 20 <= fund.service[:, 0, 59].sum() / men <= 32
