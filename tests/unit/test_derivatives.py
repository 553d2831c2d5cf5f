"""Derivatives against central differences, the two modes against each other, kinks, and what is refused."""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import pooling
from example_country import EXAMPLE, Opening, open_country, project_country
from pooling.derivatives.checkpoints import checkpointed_scan, loop_sizes
from pooling.derivatives.levers import LeverError, levers_of, with_levers
from pooling.derivatives.measure import MeasureError
from pooling.results import Named

LAST_YEAR = 2030
CHANGES = {
    "projection.last_year": LAST_YEAR,
    "arrangements": ["provincial", "national", "current"],
}
FUND = "schemes.employee_pension_fund"
LEVERS = (
    *("vital.mortality", "vital.net_migration", "migration.intensity_level"),
    *("migration.wage_elasticity", "economy.real_wage_growth", "economy.national_volatility"),
    *(f"{FUND}.compliance", f"{FUND}.employer_rate", f"{FUND}.minimum_years"),
    *(f"{FUND}.service_spread", "reference_growth_cap"),
)
"""Of every kind: yearly, by age, one number; people, wages, shocks, rules, spreads."""
PATH = 1


def mixed(named: Named) -> jax.Array:
    """A number that every room has a part in: unfilled accounts over outgo, and the inequality of burdens."""
    balances = named["fund_balance_after_scheduled"][..., -1] / named["contributions"][..., -1]
    return jnp.sum(balances[:, -1:]) + jnp.sum(named["cv_burden"][:, :2, -1])


@cache
def opened() -> tuple[tuple[str, ...], Opening]:
    """Keys of the funds, and the opened run."""
    config, opening = open_country(EXAMPLE, CHANGES)
    return tuple(fund.key for fund in config.funds), opening


def under(values: dict[str, np.ndarray]) -> float:
    """The measure with levers replaced."""
    schemes, opening = opened()
    # All of them as arrays of one kind: what Python numbers make is another type, and compiled anew.
    levers = levers_of(opening.model.levers, schemes) | values
    arrays = {name: jnp.asarray(np.asarray(value)) for name, value in levers.items()}
    moved = with_levers(opening.model.levers, schemes, arrays)
    model = eqx.tree_at(lambda m: m.levers, opening.model, moved)
    return float(mixed(project_country(opening, PATH, model).named))


WIDTHS = {f"{FUND}.service_spread": 2e-5}
"""Narrower ones: the spread moves the edge of a cell's careers over the steps of the grants on death, where the slope jumps;
at widths of 1e-3, 1e-4 and 1e-5 the differences are 5e-6, 7e-7 and 3e-11 from the slope."""


def central_difference(name: str, direction: np.ndarray) -> float:
    """Extrapolated over two widths: errors of the fourth order, where no cell crosses a kink between them."""
    schemes, opening = opened()
    lever = np.asarray(levers_of(opening.model.levers, schemes)[name])

    def over(width: float) -> float:
        return (
            under({name: lever + width * direction}) - under({name: lever - width * direction})
        ) / (2 * width)

    wide = WIDTHS.get(name, 1e-3)
    return (4 * over(wide / 2) - over(wide)) / 3


@pytest.fixture(scope="module")
def reverse() -> pooling.Gradient:
    """All levers at once."""
    return pooling.gradient(mixed, EXAMPLE, LEVERS, overrides=CHANGES, path=PATH)


@pytest.mark.parametrize("name", LEVERS)
def test_reverse_mode_is_the_slope_of_the_projection(reverse: pooling.Gradient, name: str):
    lever = np.asarray(levers_of(opened()[1].model.levers, opened()[0])[name])
    direction = np.where(lever != 0, lever, 0)
    slope = float(np.sum(reverse[name] * direction))
    # Eleven levers: at most 3e-9 apart; what rounding leaves of the smallest slope is 1e-8.
    assert slope == pytest.approx(central_difference(name, direction), rel=1e-6, abs=1e-9)
    assert reverse.mode == "reverse"
    assert reverse.value == pytest.approx(under({}), rel=1e-12)


@pytest.mark.slow
def test_forward_mode_agrees_with_reverse_mode(reverse: pooling.Gradient):
    along = {"vital.mortality": 1.0, f"{FUND}.service_spread": 2.0}
    forward = pooling.gradient(mixed, EXAMPLE, along, overrides=CHANGES, path=PATH)
    assert forward.mode == "forward"
    for name, direction in along.items():
        expected = float(np.sum(reverse[name] * direction))
        assert forward[name] == pytest.approx(expected, rel=1e-9)


def test_a_fund_that_is_filled_has_no_slope_and_every_kink_is_listed():
    named = project_country(opened()[1], 0).named
    fund, year = np.argwhere(named["deficit_subsidy"][0] > 0)[-1].tolist()
    found = pooling.gradient(
        "fund_balance",
        EXAMPLE,
        {f"{FUND}.compliance": 1.0},
        at={"fund": fund, "year": 2025 + year},
        overrides=CHANGES,
        kink_distance=float("inf"),
    )
    assert found.value == 0
    assert found[f"{FUND}.compliance"] == 0
    distances = [abs(kink.distance) for kink in found.kinks]
    assert distances == sorted(distances)
    assert {kink.year for kink in found.kinks} == set(range(2025, LAST_YEAR + 1))
    before = {
        (kink.where, kink.year): kink.distance for kink in found.kinks if "filled" in kink.what
    }
    assert before["employee_pension_fund, provincial, Thirdland", LAST_YEAR] < 0


@pytest.mark.parametrize(
    ("wrt", "message"),
    [
        (["vital.mortalty"], "did you mean 'vital.mortality'"),
        (["geography.membership"], "no lever"),
        ([], "no lever is named"),
        ({"vital.mortality": np.ones(3)}, r"shape \(3,\); the lever has \(6,\)"),
        ({"vital.mortality": "up"}, "the direction 'up' is no number"),
        ({"vital.mortality": float("nan")}, "a direction that is not finite"),
        ("vital.mortalty", "did you mean 'vital.mortality'"),
    ],
)
def test_levers_that_do_not_exist_are_refused(wrt: object, message: str):
    with pytest.raises(LeverError, match=message):
        pooling.gradient(mixed, EXAMPLE, wrt, overrides=CHANGES)


@pytest.mark.parametrize(
    ("name", "at", "message"),
    [
        ("fund_balence", {}, "did you mean 'fund_balance'"),
        ("fund_balance", {"arrangement": "national"}, "choose one year"),
        ("fund_balance", {"arrangement": "provincial", "year": 2026}, "choose one pool"),
        ("fund_balance", {"arrangement": "nation", "year": 2026}, "did you mean 'national'"),
        ("fund_balance", {"arrangement": "national", "year": 1926}, "no year 1926"),
        ("wage_bill_province", {"province": "Firstland", "year": 2026, "pool": 1}, "no axis pool"),
        ("depletion_year_before_subsidy", {"arrangement": "national"}, "no number of a path"),
        (lambda named: named["wage_bill"], {}, "gives one number"),
    ],
)
def test_measures_that_are_not_one_number_are_refused(name: object, at: dict, message: str):
    with pytest.raises(MeasureError, match=message):
        pooling.gradient(name, EXAMPLE, ["vital.mortality"], at=at, overrides=CHANGES)


@pytest.mark.parametrize("count", [1, 2, 7, 11, 75, 150])
def test_a_checkpointed_scan_is_a_scan(count: int):
    def step(carry: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        carry = jnp.sin(carry) + x
        return carry, carry * x

    xs = jnp.linspace(0, 1, count)

    def last(scan, x: jax.Array) -> jax.Array:
        return jnp.sum(scan(step, x, xs)[1])

    np.testing.assert_array_equal(
        checkpointed_scan(step, xs[0], xs)[1], lax.scan(step, xs[0], xs)[1]
    )
    start = jnp.asarray(0.3)
    slopes = [
        jax.grad(lambda x, s=scan: last(s, x))(start) for scan in (checkpointed_scan, lax.scan)
    ]
    assert slopes[0] == pytest.approx(float(slopes[1]), rel=1e-12)


def test_few_carries_are_kept():
    assert sorted(loop_sizes(75)) == [3, 5, 5]
    assert all(0 <= np.prod(loop_sizes(n)) - n <= 7 for n in range(1, 151))
    assert sum(loop_sizes(150)) <= 17


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"at": {"year": 2030}}, "leave `at` out"),
        ({"mode": "backward"}, "the mode 'backward'"),
        ({"path": -1}, "path -1"),
        ({"path": 1.5}, "path 1.5"),
    ],
)
def test_what_is_no_mode_or_path_is_refused(given: dict, said: str):
    with pytest.raises(MeasureError, match=said):
        pooling.gradient(lambda named: named["outgo"].sum(), EXAMPLE, ["vital.mortality"], **given)
