"""Money is conserved: every fund's account closes, settlement and moving rights sum to zero, transfers to nothing."""

import numpy as np
import pytest

from example_country import Opening, Projected, by_arrangement, relative
from pooling.pools.funds import FundYear

ROUNDING = 1e-12
"""Of the gross flow through a fund."""


def gross(year: FundYear) -> np.ndarray:
    """All that moves through a fund in a year, with its opening balance."""
    parts = (
        year.opening_balance,
        year.contributions,
        year.outgo,
        year.scheduled_subsidy,
        year.deficit_subsidy,
        year.interest,
        year.settlement,
        year.moved_in,
        year.moved_out,
    )
    return sum(np.abs(part) for part in parts)


@pytest.fixture(params=["central", "stochastic"])
def path(request: pytest.FixtureRequest) -> Projected:
    """Realization 0, then realization 1."""
    return request.getfixturevalue(request.param)


def test_every_account_closes(opening: Opening, path: Projected):
    year = path.year.funds
    inflow = (
        year.contributions
        + year.scheduled_subsidy
        + year.deficit_subsidy
        + year.interest
        + year.settlement
        + year.moved_in
    )
    closing = year.opening_balance + inflow - year.outgo - year.moved_out
    assert (np.abs(year.closing_balance - closing) <= ROUNDING * gross(year)).all()
    assert (np.abs(year.residual) <= ROUNDING * gross(year)).all()
    np.testing.assert_array_equal(year.opening_balance[1:], year.closing_balance[:-1])
    np.testing.assert_array_equal(year.opening_balance[0], opening.state.balances.filled)


def test_a_fund_is_filled_to_zero_and_no_further(path: Projected):
    year = path.year.funds
    assert (year.closing_balance >= 0).all() and (year.deficit_subsidy >= 0).all()
    assert year.deficit_subsidy.any(), "the example has no deficit: the law is not put to the test"
    assert not year.closing_balance[year.deficit_subsidy > 0].any()


def test_interest_is_the_return_on_the_opening_balance_and_half_the_flow(
    opening: Opening, path: Projected
):
    year = path.year.funds
    net = (
        year.contributions
        + year.scheduled_subsidy
        + year.settlement
        + year.moved_in
        - year.moved_out
        - year.outgo
    )
    rate = np.asarray(opening.model.levers.economy.fund_return)[:, None, None]
    expected = rate * (year.opening_balance + net / 2)
    assert (np.abs(year.interest - expected) <= ROUNDING * gross(year)).all()


@pytest.mark.parametrize("account", ["after_scheduled", "before_subsidy"])
def test_unfilled_accounts_leave_out_their_subsidies(
    opening: Opening, path: Projected, account: str
):
    year = path.year.funds
    net = year.contributions - year.outgo + year.settlement + year.moved_in - year.moved_out
    if account == "after_scheduled":
        net = net + year.scheduled_subsidy
    balance = np.asarray(getattr(opening.state.balances, account))
    for t, rate in enumerate(np.asarray(opening.model.levers.economy.fund_return)):
        balance = balance + net[t] + rate * (balance + net[t] / 2)
        assert relative(getattr(path.year, account)[t] - balance, gross(year)[t]) <= ROUNDING
        balance = getattr(path.year, account)[t]


def test_what_a_fund_pays_is_what_its_municipalities_pay(opening: Opening, path: Projected):
    funds = path.year.funds
    for s, flow in enumerate(path.year.schemes):
        local = {
            "contributions": flow.contributions,
            "wage_bill": flow.wage_bill,
            "outgo": flow.pensions[0]
            + flow.inherited_accounts
            + flow.refunded_accounts
            + flow.other_outgo[0],
            "scheduled_subsidy": flow.scheduled_subsidy[0].sum(axis=1),
        }
        for name, municipal in local.items():
            split = by_arrangement(opening.model.pooling, getattr(funds, name)[:, s])
            for arrangement in opening.model.pooling.arrangements:
                pool = np.asarray(arrangement.pool)
                expected = municipal @ np.eye(arrangement.pools)[pool]
                assert relative(split[arrangement.key] - expected, expected) <= ROUNDING, name


def test_settlement_sums_to_zero_and_moves_something(opening: Opening, path: Projected):
    year = path.year.funds
    settled = by_arrangement(opening.model.pooling, year.settlement)
    scale = by_arrangement(opening.model.pooling, gross(year))
    for key, values in settled.items():
        assert (np.abs(values.sum(axis=-1)) <= ROUNDING * scale[key].sum(axis=-1)).all()
        assert values.any() == (key == "current")


def test_rights_that_leave_pools_arrive_in_pools(opening: Opening, path: Projected):
    year = path.year.funds
    moved_in = by_arrangement(opening.model.pooling, year.moved_in)
    moved_out = by_arrangement(opening.model.pooling, year.moved_out)
    for arrangement in opening.model.pooling.arrangements:
        entering, leaving = moved_in[arrangement.key], moved_out[arrangement.key]
        total = sum(moves.out.sum(axis=1) for moves in path.year.moves)
        assert np.abs(entering.sum(axis=-1) - leaving.sum(axis=-1)).max() <= ROUNDING * total.max()
        assert entering.min() >= -ROUNDING * total.max()
        assert leaving.min() >= -ROUNDING * total.max()
        assert leaving.any() == (arrangement.key != "national")
    for moves in path.year.moves:
        assert relative(moves.out.sum(axis=1) - moves.arrived.sum(axis=1), moves.out) <= ROUNDING
        assert relative(moves.between.sum(axis=(1, 2)) - moves.out.sum(axis=1), moves.out) <= 1e-11


def test_net_transfers_sum_to_the_settlement_of_the_pool(opening: Opening, path: Projected):
    transfers = path.named["net_transfer_municipality"]  # [scheme, arrangement, municipality, year]
    settled = by_arrangement(
        opening.model.pooling, np.moveaxis(path.named["settlement_net"], 1, -1)
    )
    scale = path.named["benefits_municipality"].sum(axis=1).max()
    for a, arrangement in enumerate(opening.model.pooling.arrangements):
        members = np.eye(arrangement.pools)[np.asarray(arrangement.pool)]
        by_pool = np.einsum("smy,mq->syq", transfers[:, a], members)
        assert np.abs(by_pool - settled[arrangement.key]).max() <= ROUNDING * scale
        assert np.abs(transfers[:, a].sum(axis=1)).max() <= ROUNDING * scale
        if arrangement.key == "municipal":
            assert np.abs(transfers[:, a]).max() <= ROUNDING * scale
            assert np.abs(path.named["redistribution_flow"][:, a]).max() <= ROUNDING * scale
        else:
            assert np.abs(transfers[:, a]).max() > 1e-4 * scale


def test_cash_transfers_sum_to_zero(path: Projected):
    cash = path.named["net_transfer_cash_province"]
    scale = path.named["benefits_province"].sum(axis=1).max()
    assert np.abs(cash.sum(axis=2)).max() <= ROUNDING * scale


@pytest.mark.parametrize(
    "name",
    ["contributions", "wage_bill", "pensions", "contributors", "pensioners", "scheduled_subsidy"],
)
def test_every_level_adds_up_to_the_same_nation(opening: Opening, path: Projected, name: str):
    values = np.moveaxis(path.named[name], 1, -1)
    totals = {
        key: part.sum(axis=-1)
        for key, part in by_arrangement(opening.model.pooling, values).items()
    }
    for key, total in totals.items():
        np.testing.assert_allclose(total, totals["national"], rtol=ROUNDING, err_msg=key)


def test_provinces_are_the_sums_of_their_municipalities(opening: Opening, path: Projected):
    members = np.asarray(opening.model.levers.geography.membership)
    for name in ("population", "contributors", "pensioners", "contributions", "benefits"):
        local = path.named[f"{name}_municipality"]
        provinces = np.moveaxis(np.moveaxis(local, -2, -1) @ members, -1, -2)
        np.testing.assert_allclose(path.named[f"{name}_province"], provinces, rtol=ROUNDING)


def test_opening_reserves_are_the_published_balances(opening: Opening, central: Projected):
    reserves = by_arrangement(opening.model.pooling, central.year.funds.opening_balance[0])
    published = np.stack([fund.accounts.balance for fund in opening.funds])
    np.testing.assert_allclose(reserves["provincial"], published, rtol=ROUNDING)
    for values in reserves.values():
        np.testing.assert_allclose(values.sum(axis=1), published.sum(axis=1), rtol=ROUNDING)
