"""What holds for every scheme, whatever its module: accounts close, transfers cancel, parts add up."""

import numpy as np
import pytest

from example_country import (
    EVERY_FUND,
    LAST_YEAR,
    SHORT,
    Opening,
    Projected,
    example,
    project_country,
    relative,
)

ARRANGEMENTS = list(SHORT["arrangements"])
TIGHT = 1e-11


@pytest.fixture(scope="module")
def opening() -> Opening:
    return example(*EVERY_FUND)[1]


@pytest.fixture(scope="module")
def path(opening: Opening) -> Projected:
    """A stochastic path."""
    return project_country(opening, 1)


def test_every_scheme_of_both_tracks_has_members_and_money(path: Projected):
    for name in ("contributors_province", "contributions_province", "benefits_province"):
        assert (path.named[name].sum(axis=1) > 0).all(), name
    assert len(path.named["contributions_province"]) == 6


def test_the_account_of_every_fund_closes(path: Projected):
    named = path.named
    income = ("contributions", "scheduled_subsidy", "deficit_subsidy", "benefit_cut", "interest")
    outgo = ("pensions", "other_benefits", "inherited_accounts", "refunded_accounts", "other_outgo")
    made = named["opening_balance"] + sum(named[name] for name in income)
    made = (
        made + named["settlement_net"] + named["moving_transfer_in"] - named["moving_transfer_out"]
    )
    made = made - sum(named[name] for name in outgo)
    scale = np.abs(named["fund_balance"]).max(axis=(1, 2), keepdims=True)
    assert np.abs((made - named["fund_balance"]) / scale).max() < TIGHT
    next_year = named["opening_balance"][..., 1:] - named["fund_balance"][..., :-1]
    assert np.abs(next_year / scale).max() < TIGHT


def test_transfers_between_provinces_cancel(path: Projected):
    transfers, benefits = path.named["net_transfer_province"], path.named["benefits_province"]
    assert relative(transfers.sum(axis=2), benefits) < TIGHT
    assert np.abs(transfers[:, ARRANGEMENTS.index("national")]).max() > 0


def test_accounts_that_change_the_scheme_leave_one_fund_and_enter_another(path: Projected):
    linked = np.stack([np.asarray(flow.linked_accounts).sum(axis=-1) for flow in path.year.schemes])
    assert (linked[0] > 0).all()
    assert np.abs(linked.sum(axis=0) / linked[0]).max() < TIGHT
    named = path.named
    net = named["moving_transfer_in"] - named["moving_transfer_out"]
    # Over all schemes and all pools of an arrangement no money is made: 9 municipalities, 3 provinces, the nation.
    for funds in (slice(0, 9), slice(9, 12), slice(12, 13)):
        gross = named["moving_transfer_in"][:, funds].sum(axis=(0, 1))
        assert np.abs(net[:, funds].sum(axis=(0, 1)) / gross).max() < TIGHT


def test_kinds_of_benefit_add_up_over_provinces(path: Projected):
    kinds = ("cash_benefits", "medical_benefits", "prevention_spending")
    nation = sum(path.named[f"{kind}_province"].sum(axis=1) for kind in kinds)
    # The pools of the second arrangement are the three provinces.
    provincial = path.named["other_benefits"][:, 9:12].sum(axis=1)
    assert relative(provincial - nation, nation) < TIGHT


def test_people_are_neither_made_nor_lost_by_moving(path: Projected):
    everybody = sum(np.asarray(each).sum(axis=-1) for each in path.year.people)
    assert np.abs(path.year.people_residual / everybody).max() < TIGHT


def test_nothing_is_negative(path: Projected):
    for name in (
        "contributors_municipality",
        "beneficiaries_municipality",
        "benefits_municipality",
    ):
        assert (path.named[name] >= 0).all(), name
    assert path.named["fund_balance"].min() >= 0 and LAST_YEAR == 2034
