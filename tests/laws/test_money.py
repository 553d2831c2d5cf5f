"""Money is conserved: every fund's account closes, settlement and moving rights sum to zero, transfers to nothing."""

import numpy as np
import pytest

from example_country import (
    EVERY_ARRANGEMENT,
    Opening,
    Projected,
    by_arrangement,
    example,
    gross,
    in_mixed_precision,
    open_country,
    pool_of_year,
    project_country,
    relative,
)
from pooling.results.family import by_scheme, collected, in_force
from pooling.schemes.scheme import Flows

ROUNDING = 1e-12
"""Of the gross flow through a fund."""

DATED = "stepwise"
"""The arrangement whose pools change on a date."""

LOCAL_RESERVES = "local_reserves"
"""One fund whose municipalities hold reserves of their own."""
SETTLING = ("current", "provincial_adjustment", "central_adjustment", LOCAL_RESERVES)
LESS_COLLECTED = "less_effort"
ONE_FUND = ("national", LESS_COLLECTED, LOCAL_RESERVES)


@pytest.fixture(scope="module")
def opening() -> Opening:
    """The example with every arrangement."""
    return example(("arrangements", EVERY_ARRANGEMENT))[1]


@pytest.fixture(scope="module")
def central(opening: Opening) -> Projected:
    """Realization 0."""
    return project_country(opening, 0)


@pytest.fixture(scope="module")
def stochastic(opening: Opening) -> Projected:
    """Realization 1."""
    return project_country(opening, 1)


@pytest.fixture(scope="module")
def mixed(opening: Opening) -> Projected:
    """Realization 1 in mixed precision: money is counted in double, so that the same laws hold to the same rounding."""
    return project_country(in_mixed_precision(opening), 1)


@pytest.fixture(params=["central", "stochastic", "mixed"])
def path(request: pytest.FixtureRequest) -> Projected:
    """Realization 0, realization 1, and that in mixed precision."""
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
        + year.benefit_cut
    )
    closing = year.opening_balance + inflow - year.outgo - year.moved_out
    assert (np.abs(year.closing_balance - closing) <= ROUNDING * gross(year)).all()
    assert (np.abs(year.residual) <= ROUNDING * gross(year)).all()
    opened, closed = (
        by_arrangement(opening.model.pooling, balance)
        for balance in (year.opening_balance, year.closing_balance)
    )
    for key in opened:
        # What changes hands on a date is nevertheless all there.
        before, after = (
            each[key] if key != DATED else each[key].sum(axis=-1) for each in (closed, opened)
        )
        scale = np.abs(before[:-1]).max()
        assert np.abs(after[1:] - before[:-1]).max() <= (ROUNDING * scale if key == DATED else 0)
    np.testing.assert_array_equal(year.opening_balance[0], opening.state.balances.filled)


def test_a_fund_is_filled_to_zero_and_no_further(opening: Opening, path: Projected):
    year = path.year.funds
    balance = by_arrangement(opening.model.pooling, year.closing_balance)
    subsidy = by_arrangement(opening.model.pooling, year.deficit_subsidy)
    cut = by_arrangement(opening.model.pooling, year.benefit_cut)
    for key, paid in subsidy.items():
        borrows, cuts = key == "less_effort", key == "payable"
        assert (paid >= 0).all() and (borrows or (balance[key] >= 0).all()), key
        assert not (paid.any() and (borrows or cuts)), key
        assert cut[key].any() == cuts
        assert not balance[key][(paid > 0) | (cut[key] > 0)].any()
    assert subsidy["municipal"].any(), "the example has no deficit: the law is not put to the test"


def test_governments_pay_the_whole_deficit(path: Projected):
    year = path.year.funds
    np.testing.assert_allclose(
        year.deficit_payer.sum(axis=1), year.deficit_subsidy, rtol=ROUNDING, atol=0
    )
    by_province = path.named["deficit_subsidy_payer_province"].sum(axis=(2, 3))
    for a, (_, funds) in enumerate(by_arrangement_named(path, "deficit_subsidy").items()):
        total = funds.sum(axis=1)
        assert relative(by_province[:, a] - total, total + 1) <= ROUNDING


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
    spread = [
        float(stage.deficit.spread) * np.ones(each.pools)
        for each in opening.model.pooling.arrangements
        for stage in each.stages[:1]
    ]
    expected += np.concatenate(spread) * np.minimum(year.opening_balance, 0)
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
    steady = np.concatenate(
        [np.full(each.pools, each.key != DATED) for each in opening.model.pooling.arrangements]
    )
    for t, rate in enumerate(np.asarray(opening.model.levers.economy.fund_return)):
        balance = balance + net[t] + rate * (balance + net[t] / 2)
        difference = (getattr(path.year, account)[t] - balance) * steady
        assert relative(difference, gross(year)[t]) <= ROUNDING
        balance = getattr(path.year, account)[t]


def test_what_a_fund_pays_is_what_its_municipalities_pay(opening: Opening, path: Projected):
    funds = path.year.funds
    for s, flow in enumerate(path.year.schemes):
        local = {
            "contributions": flow.contributions,
            "wage_bill": flow.wage_bill,
            "outgo": flow.pensions[0]
            + flow.cash_benefits
            + flow.medical_benefits
            + flow.prevention
            + flow.inherited_accounts
            + flow.refunded_accounts
            + flow.other_outgo[0],
            "scheduled_subsidy": flow.scheduled_subsidy[0].sum(axis=1),
        }
        for name, municipal in local.items():
            split = by_arrangement(opening.model.pooling, getattr(funds, name)[:, s])
            for arrangement in opening.model.pooling.arrangements:
                cash = arrangement.key == LESS_COLLECTED and name in ("contributions", "wage_bill")
                other_policy = arrangement.key == DATED and name in ("outgo", "scheduled_subsidy")
                if cash or other_policy:
                    continue
                pool = pool_of_year(arrangement, len(municipal))
                expected = np.einsum("ym,ymq->yq", municipal, np.eye(arrangement.pools)[pool])
                assert relative(split[arrangement.key] - expected, expected) <= ROUNDING, name


def test_settlement_sums_to_zero_and_moves_something(opening: Opening, path: Projected):
    year = path.year.funds
    settled = by_arrangement(opening.model.pooling, year.settlement)
    scale = by_arrangement(opening.model.pooling, gross(year))
    for key, values in settled.items():
        assert (np.abs(values.sum(axis=-1)) <= ROUNDING * scale[key].sum(axis=-1)).all()
        assert values.any() == (key in SETTLING)


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
        assert leaving.any() == (arrangement.key not in ONE_FUND)
    for moves in path.year.moves:
        assert relative(moves.out.sum(axis=1) - moves.arrived.sum(axis=1), moves.out) <= ROUNDING
        assert relative(moves.between.sum(axis=(1, 2)) - moves.out.sum(axis=1), moves.out) <= 1e-11


def test_net_transfers_sum_to_the_settlement_of_the_pool(opening: Opening, path: Projected):
    transfers = path.named["net_transfer_municipality"]  # [scheme, arrangement, municipality, year]
    provinces = path.named["net_transfer_province"]
    settled = by_arrangement(
        opening.model.pooling, np.moveaxis(path.named["settlement_net"], 1, -1)
    )
    scale = path.named["benefits_municipality"].sum(axis=1).max()
    for a, arrangement in enumerate(opening.model.pooling.arrangements):
        members = np.eye(arrangement.pools)[pool_of_year(arrangement, transfers.shape[-1])]
        by_pool = np.einsum("smy,ymq->syq", transfers[:, a], members)
        pools = members.sum(axis=1).astype(bool)  # adjustment funds have no members
        received = settled[arrangement.key]
        if arrangement.key == LOCAL_RESERVES:
            # What the pool receives from accounts of municipalities these have paid.
            received = received.sum(axis=-1, keepdims=True)
        assert (np.abs(by_pool - received) * pools).max() <= ROUNDING * scale
        # What an adjustment fund takes in has left the municipalities, not the province.
        assert np.abs(provinces[:, a].sum(axis=1)).max() <= ROUNDING * scale
        if arrangement.key != "provincial_adjustment":
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
    [
        "contributions",
        "wage_bill",
        "pensions",
        "contributors",
        "beneficiaries",
        "scheduled_subsidy",
    ],
)
def test_every_level_adds_up_to_the_same_nation(opening: Opening, path: Projected, name: str):
    values = np.moveaxis(path.named[name], 1, -1)
    totals = {
        key: part.sum(axis=-1)
        for key, part in by_arrangement(opening.model.pooling, values).items()
    }
    for key, total in totals.items():
        cash = key == LESS_COLLECTED and name in ("contributions", "wage_bill")
        other_policy = key == DATED and name in ("pensions", "scheduled_subsidy")
        if not cash and not other_policy:
            np.testing.assert_allclose(total, totals["national"], rtol=ROUNDING, err_msg=key)
    if name in ("contributions", "wage_bill"):
        assert (totals[LESS_COLLECTED] < totals["national"]).all()


def test_provinces_are_the_sums_of_their_municipalities(opening: Opening, path: Projected):
    members = np.asarray(opening.model.levers.geography.membership)
    for name in ("population", "contributors", "beneficiaries", "contributions", "benefits"):
        local = path.named[f"{name}_municipality"]
        provinces = np.moveaxis(np.moveaxis(local, -2, -1) @ members, -1, -2)
        np.testing.assert_allclose(path.named[f"{name}_province"], provinces, rtol=ROUNDING)


def test_opening_reserves_are_the_published_balances(opening: Opening, central: Projected):
    reserves = by_arrangement(opening.model.pooling, central.year.funds.opening_balance[0])
    published = np.stack([accounts.balance for accounts in opening.fund_accounts])
    np.testing.assert_allclose(reserves["provincial"], published, rtol=ROUNDING)
    for values in reserves.values():
        np.testing.assert_allclose(values.sum(axis=1), published.sum(axis=1), rtol=ROUNDING)


def by_arrangement_named(path: Projected, name: str) -> dict[str, np.ndarray]:
    """A named quantity by fund ``[scheme, fund, year]``, cut at the arrangements that the path's transfers have."""
    opening = example(("arrangements", EVERY_ARRANGEMENT))[1]
    values = np.moveaxis(path.named[name], 1, -1)
    parts = by_arrangement(opening.model.pooling, values)
    return {key: np.moveaxis(part, -1, 1) for key, part in parts.items()}


def test_contributions_and_channels_pay_the_benefits(opening: Opening, path: Projected):
    """Under every settlement, deficit rule, change on a date, benefit policy and response."""
    membership = np.asarray(opening.model.levers.geography.membership)
    due = by_scheme(path.year, lambda flow, _: flow.contributions)
    for a, each in enumerate(opening.model.pooling.arrangements):
        benefits = in_force(opening.model, path.year, Flows.outgo, each) @ membership
        own = collected(due, path.year.effort[a]) @ membership / benefits
        channels = path.named["coverage_channel_province"][:, a].sum(axis=1)
        paid = np.moveaxis(own, 0, -1) + channels
        np.testing.assert_allclose(paid, 1, rtol=1e-10, err_msg=each.key)


def test_nobody_gains_where_every_place_is_a_pool(path: Projected):
    gaining = dict(
        zip(EVERY_ARRANGEMENT, np.moveaxis(path.named["share_gaining"], 1, 0), strict=True)
    )
    assert not gaining["municipal"].any()
    assert (gaining["national"] > 0.1).all() and (gaining["national"] < 0.9).all()


def test_one_national_pool_makes_the_burden_proportional(path: Projected):
    """Everybody carries one rate: its Kakwani index is nothing; alone, provinces carry their own benefits."""
    kakwani = dict(
        zip(EVERY_ARRANGEMENT, np.moveaxis(path.named["kakwani_burden"], 1, 0), strict=True)
    )
    assert np.abs(kakwani["national"]).max() <= 1e-12
    alone = path.named["kakwani_benefits"][:, EVERY_ARRANGEMENT.index("municipal")]
    for key in ("municipal", "provincial", "provincial_adjustment"):
        np.testing.assert_allclose(kakwani[key], -alone, rtol=1e-9, atol=1e-12, err_msg=key)


def test_with_local_reserves_the_nation_holds_the_same_until_a_deficit(
    opening: Opening, path: Projected
):
    """Pool and accounts together earn and pay what one national fund does, until the pool is filled."""
    years = {
        name: by_arrangement(opening.model.pooling, getattr(path.year.funds, name))
        for name in ("opening_balance", "closing_balance", "deficit_subsidy")
    }
    pool = years["opening_balance"]["national"][0].sum()
    parts = years["opening_balance"][LOCAL_RESERVES][0]
    assert parts[:, 0].sum() == pytest.approx(0.4 * pool, rel=1e-12)
    assert parts.sum() == pytest.approx(pool, rel=1e-12)
    filled = years["deficit_subsidy"][LOCAL_RESERVES].any(axis=(1, 2))
    until = int(filled.argmax()) if filled.any() else len(filled)
    assert until > 1, "filled at once: the law is not put to the test"
    held, national = (
        years["closing_balance"][key].sum(axis=-1)[:until] for key in (LOCAL_RESERVES, "national")
    )
    np.testing.assert_allclose(held, national, rtol=1e-9)
    assert (years["closing_balance"][LOCAL_RESERVES] >= 0).all()


def test_the_ledger_closes(path: Projected):
    scale = path.named["benefits_province"].sum(axis=1).max()
    settlement = path.named["ledger_settlement"]
    net = settlement.sum(axis=2) - settlement.sum(axis=3)
    assert np.abs(net - path.named["net_transfer_province"]).max() <= ROUNDING * scale
    for name in ("ledger_settlement", "ledger_moving", "ledger_subsidy", "ledger_benefits"):
        entries = path.named[name]
        assert (entries >= 0).all()
        diagonal = np.diagonal(entries, axis1=-3, axis2=-2)
        assert np.abs(diagonal).max() <= ROUNDING * scale, name


def test_moving_rights_of_the_ledger_are_those_of_the_provincial_funds(
    opening: Opening, path: Projected
):
    entries = path.named["ledger_moving"]  # [scheme, origin, destination, year]
    split = by_arrangement(opening.model.pooling, path.year.funds.moved_out)["provincial"]
    sent = np.moveaxis(entries.sum(axis=2), -1, 0)
    assert relative(sent - split, split) <= ROUNDING
    taken = np.moveaxis(entries.sum(axis=1), -1, 0)
    arrived = by_arrangement(opening.model.pooling, path.year.funds.moved_in)["provincial"]
    assert relative(taken - arrived, arrived) <= ROUNDING


def test_governments_bear_the_scheduled_subsidy_whoever_it_follows(path: Projected):
    borne = path.named["scheduled_subsidy_payer_province"]  # [scheme, payer, province, year]
    paid = sum(
        np.moveaxis(flow.scheduled_subsidy[0].sum(axis=(1, 2)), 0, -1) for flow in path.year.schemes
    )
    np.testing.assert_allclose(borne.sum(axis=(0, 1, 2)), paid, rtol=ROUNDING)
    change = path.named["subsidy_register_to_person_province"]
    assert np.abs(change.sum(axis=(1, 2))).max() <= ROUNDING * borne.max()
    assert np.abs(change).max() > 1e-3 * borne.max()


def test_subsidies_settle_between_provinces_where_they_follow_the_register():
    rule = {"before": 0.0, "after": 1.0, "from": 2028, "to": 2030}
    opening = open_country(overrides={"subsidy_rule": rule})[1]
    share = np.asarray(opening.model.levers.subsidy_person_share)
    np.testing.assert_allclose(share[:7], [0, 0, 0, 1 / 3, 2 / 3, 1, 1], atol=1e-12)
    person = example()[1]
    settled, followed = (project_country(each).named for each in (opening, person))
    entries = settled["ledger_subsidy"]
    assert (entries[..., 0].sum() > 0) and not entries[..., 6:].any()
    assert not followed["ledger_subsidy"].any()
    # Before the phase all of it follows the register: what the rule's two ends differ by is then the whole difference.
    moved = (
        followed["scheduled_subsidy_payer_province"] - settled["scheduled_subsidy_payer_province"]
    )
    expected = settled["subsidy_register_to_person_province"]
    np.testing.assert_allclose(moved[..., 0], expected[..., 0], rtol=1e-9, atol=1.0)
    assert not moved[..., 6:].any()
