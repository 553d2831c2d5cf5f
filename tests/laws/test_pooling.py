"""Laws of pooling on random flows: what a larger pool does to deficit subsidies, and what it cannot do."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pooling.pools.arrangement import Arrangement, Pooling
from pooling.pools.effort import Response
from pooling.pools.funds import settle_year
from pooling.pools.settlement import LevyAndFill, LocalReserves, NoSettlement, PerRetiree
from pooling.state import FundBalances
from pools_by_hand import arrangement, flows, geography, still

CITIES, YEARS, RATE = 4, 6, 0.04
PROVINCE = np.array([0, 0, 1, 1])
LEVELS = {"municipal": np.arange(4), "provincial": PROVINCE, "national": np.zeros(4, int)}
MONEY = st.floats(0, 100, width=32)


def run_years(
    each: Arrangement,
    province: np.ndarray,
    reserves: np.ndarray,
    contributions: np.ndarray,
    outgo: np.ndarray,
    scheduled: np.ndarray | None = None,
    pooled: float = 1.0,
    **heads: list[float],
) -> dict[str, np.ndarray]:
    """Deficit subsidy and settlement of every pool by year, from municipal flows [year, municipality]."""
    scheduled = np.zeros_like(outgo) if scheduled is None else scheduled
    partition = each.partitions[0]
    pooled = pooled if partition.local else 1.0
    opening = partition.total(jnp.asarray(pooled * reserves[None])) + partition.to_municipality(
        jnp.asarray((1 - pooled) * reserves[None])
    )
    balance = FundBalances(opening, opening, opening)
    subsidy, settled, paid, held = [], [], [], []
    for c, b, g in zip(contributions, outgo, scheduled, strict=True):
        given = flows(c.tolist(), b.tolist(), g.tolist(), **heads)
        balance, year = settle_year(
            Pooling((each,)),
            geography(province),
            balance,
            given,
            (still(len(province), int(province.max()) + 1),),
            jnp.asarray(RATE),
            jnp.asarray(len(subsidy)),
        )
        subsidy.append(np.asarray(year.funds.deficit_subsidy[0]))
        settled.append(np.asarray(year.funds.settlement[0]))
        paid.append(np.asarray(year.funds.contributions[0]))
        held.append(np.asarray(year.funds.closing_balance[0]))
    return {
        "subsidy": np.stack(subsidy),
        "settlement": np.stack(settled),
        "contributions": np.stack(paid),
        "balance": np.stack(held),
    }


def subsidies_by_level(reserves: np.ndarray, *money: np.ndarray) -> dict[str, np.ndarray]:
    """Deficit subsidy of the country by year, by pooling level."""
    return {
        level: run_years(arrangement(pool, PROVINCE), PROVINCE, reserves, *money)["subsidy"].sum(
            axis=1
        )
        for level, pool in LEVELS.items()
    }


def value(subsidies: np.ndarray) -> np.ndarray:
    """Present value of the subsidies up to every year: paid at its end, to fill the account that stands there."""
    return np.cumsum(subsidies / (1 + RATE) ** np.arange(1, len(subsidies) + 1))


FLOWS = arrays(float, (YEARS, CITIES), elements=MONEY)


@given(arrays(float, CITIES, elements=MONEY), FLOWS, FLOWS)
def test_a_higher_level_needs_less_present_value_by_every_year(
    reserves: np.ndarray, contributions: np.ndarray, outgo: np.ndarray
):
    """With equal fund rates, additive reserves, equal flows, no penalty and no response."""
    found = subsidies_by_level(reserves, contributions, outgo)
    municipal, provincial, national = (value(found[level]) for level in LEVELS)
    slack = 1e-9 * (1 + outgo.sum())
    assert (municipal >= provincial - slack).all()
    assert (provincial >= national - slack).all()


def test_a_single_year_may_cost_more_at_the_higher_level():
    """The yearly version is false: what the pool shared in the first year is missing in the second."""
    reserves = np.array([10.0, 0, 0, 0])
    contributions = np.zeros((2, CITIES))
    # Alone, the first place lives on its reserves and the second is filled at once; pooled, the reserves are then gone.
    outgo = np.array([[0.0, 10, 0, 0], [9.0, 0, 0, 0]])
    found = subsidies_by_level(reserves, contributions, outgo)
    assert found["municipal"][0] > 0 and found["national"][0] == pytest.approx(0, abs=1)
    assert found["national"][1] > found["municipal"][1]
    assert value(found["national"])[-1] < value(found["municipal"])[-1]


@given(FLOWS, FLOWS)
def test_where_every_pool_is_short_every_year_the_level_does_not_matter(
    contributions: np.ndarray, extra: np.ndarray
):
    outgo = contributions + 0.01 + extra
    found = subsidies_by_level(np.zeros(CITIES), contributions, outgo)
    for level in ("provincial", "national"):
        np.testing.assert_allclose(found[level], found["municipal"], rtol=1e-9, atol=1e-9)


def test_with_a_response_the_higher_level_may_cost_more():
    """Everybody is short; collection falls by a tenth once there is one pool."""
    contributions, outgo = np.full((3, CITIES), 50.0), np.full((3, CITIES), 60.0)
    response = Response(jnp.asarray(0.1), jnp.asarray(0.1))
    national = arrangement(LEVELS["national"], PROVINCE, response=response)
    municipal = arrangement(LEVELS["municipal"], PROVINCE)
    zero = np.zeros(CITIES)
    lazy = run_years(national, PROVINCE, zero, contributions, outgo)["subsidy"].sum(axis=1)
    eager = run_years(municipal, PROVINCE, zero, contributions, outgo)["subsidy"].sum(axis=1)
    assert (value(lazy) > value(eager)).all()
    # 40 a year, and 20 more that are not collected; half a year's return on both.
    np.testing.assert_allclose(eager, 40 * (1 + RATE / 2), rtol=1e-12)
    np.testing.assert_allclose(lazy, 60 * (1 + RATE / 2), rtol=1e-12)


def local_reserves(pool: np.ndarray) -> Arrangement:
    """Pools whose municipalities keep reserves of their own."""
    rule = LocalReserves(NoSettlement(), jnp.eye(int(pool.max()) + 1)[pool])
    return arrangement(pool, PROVINCE, "municipality", settlement=rule)


@given(arrays(float, CITIES, elements=MONEY), FLOWS, FLOWS, st.floats(0, 1))
def test_where_pools_are_municipalities_it_does_not_matter_who_holds_the_reserves(
    reserves: np.ndarray, contributions: np.ndarray, outgo: np.ndarray, pooled: float
):
    together = run_years(
        arrangement(LEVELS["municipal"], PROVINCE), PROVINCE, reserves, contributions, outgo
    )
    apart = run_years(
        local_reserves(LEVELS["municipal"]), PROVINCE, reserves, contributions, outgo, pooled=pooled
    )
    slack = 1e-9 * (1 + reserves.sum() + outgo.sum() + contributions.sum())
    for name in ("balance", "subsidy"):
        found = apart[name][:, :CITIES] + apart[name][:, CITIES:]
        np.testing.assert_allclose(found, together[name], atol=slack, err_msg=name)


@given(arrays(float, CITIES, elements=MONEY), FLOWS, FLOWS, st.floats(0, 1))
def test_local_reserves_run_out_and_no_further(
    reserves: np.ndarray, contributions: np.ndarray, outgo: np.ndarray, pooled: float
):
    found = run_years(
        local_reserves(LEVELS["national"]), PROVINCE, reserves, contributions, outgo, pooled=pooled
    )
    scale = 1 + reserves.sum() + outgo.sum() + contributions.sum()
    assert np.abs(found["settlement"].sum(axis=1)).max() <= 1e-12 * scale
    assert (found["settlement"][:, 1:] <= 0).all()
    assert (found["balance"] >= 0).all() and not found["subsidy"][:, 1:].any()
    # Who covers his own outgo draws nothing.
    assert not found["settlement"][:, 1:][contributions >= outgo].any()


RULES = {
    "levy": LevyAndFill(jnp.asarray([0.3]), jnp.asarray([1.0]), False, None),
    "policy gap": LevyAndFill(jnp.asarray([0.5]), jnp.asarray([0.9]), True, None),
    "retirees": PerRetiree(jnp.asarray([0.04 * 0.9]), None),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_two_halves_of_a_province_are_the_province(rule: LevyAndFill | PerRetiree):
    """Three provinces of one place each; then the first one in two equal halves that are pools of their own."""
    random = np.random.default_rng(3)
    reserves = random.uniform(0, 20, 3)
    contributions, outgo = random.uniform(20, 60, (2, YEARS, 3))
    wages, retirees = [900.0, 500.0, 400.0], [10.0, 8.0, 9.0]
    whole = run_years(
        arrangement(np.arange(3), np.arange(3), settlement=rule),
        np.arange(3),
        reserves,
        contributions,
        outgo,
        standard_wages=wages,
        retirees=retirees,
    )

    def halved(values: np.ndarray) -> np.ndarray:
        values = np.asarray(values, float)
        half = values[..., :1] / 2
        return np.concatenate([half, half, values[..., 1:]], axis=-1)

    halves = run_years(
        arrangement(np.arange(4), np.arange(4), settlement=rule),
        np.arange(4),
        halved(reserves),
        halved(contributions),
        halved(outgo),
        standard_wages=halved(wages).tolist(),
        retirees=halved(retirees).tolist(),
    )
    for name, values in whole.items():
        together = np.concatenate(
            [halves[name][:, :2].sum(axis=1, keepdims=True), halves[name][:, 2:]], axis=1
        )
        np.testing.assert_allclose(together, values, rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_equal_regions_settle_nothing(rule: LevyAndFill | PerRetiree):
    contributions, outgo = (
        np.full((YEARS, 4), 30.0),
        np.linspace(20, 50, YEARS)[:, None] * np.ones(4),
    )
    found = run_years(
        arrangement(np.arange(4), np.arange(4), settlement=rule),
        np.arange(4),
        np.full(4, 5.0),
        contributions,
        outgo,
    )
    np.testing.assert_allclose(found["settlement"], 0, atol=1e-12)
    assert np.ptp(found["subsidy"], axis=1).max() <= 1e-12
