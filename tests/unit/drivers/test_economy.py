"""Drivers: named streams, the moments of the autoregressions, what follows from wages."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pooling.drivers.economy import Path, autoregression, draw
from pooling.drivers.streams import normals
from pooling.parameters.model import Economy

DRAWS = 100_000
FOUR_SIGMA = 4.0
VOLATILITIES = (
    "national_volatility",
    "province_volatility",
    "migration_volatility",
    "province_migration_volatility",
)


def economy(years: int = 5, provinces: int = 2, **given: float) -> Economy:
    """An economy with shocks everywhere; any number may be given."""
    numbers = {
        "indexation_link": 0.5,
        "notional_link": 1.0,
        "indexation_floor": -1.0,
        "notional_floor": -1.0,
        "national_persistence": 0.6,
        "province_persistence": 0.9,
        "migration_persistence": 0.8,
        "province_migration_persistence": 0.7,
        **dict.fromkeys(VOLATILITIES, 0.03),
        "long_run_volatility": 0.0,
        **given,
    }
    return Economy(
        real_wage_growth=jnp.full(years, 0.03),
        inflation=jnp.full(years, 0.02),
        fund_return=jnp.full(years, 0.025),
        notional_rate=jnp.full(years, 0.04),
        indexation=jnp.full(years, 0.02),
        wage=jnp.linspace(5e4, 8e4, provinces),
        relative_wage=jnp.ones(provinces),
        **{name: jnp.asarray(number) for name, number in numbers.items()},
    )


@jax.jit
def paths_of(levers: Economy, first: jax.Array) -> Path:
    """A hundred realizations."""
    return jax.vmap(lambda path: draw(levers, 5, path))(first + jnp.arange(100, dtype=jnp.int32))


def test_normals_are_standard_and_independent_over_years_paths_and_width():
    keyed = jax.vmap(lambda path: normals(1, "wages.national", path, 10, 10, jnp.dtype("float64")))
    draws = np.asarray(keyed(jnp.arange(1, DRAWS // 100 + 1, dtype=jnp.int32)))
    flat = draws.ravel()
    assert abs(flat.mean()) * np.sqrt(DRAWS) < FOUR_SIGMA
    assert abs(flat.var() - 1) * np.sqrt(DRAWS / 2) < FOUR_SIGMA
    for first, second in (
        (draws[1:], draws[:-1]),
        (draws[:, 1:], draws[:, :-1]),
        (draws[:, :, 1:], draws[:, :, :-1]),
    ):
        assert abs((first * second).mean()) * np.sqrt(first.size) < FOUR_SIGMA
    assert len(np.unique(flat)) == flat.size


@pytest.mark.parametrize(("persistence", "sigma"), [(0.6, 0.02), (0.97, 0.03), (0.0, 1.0)])
def test_autoregression_has_its_mean_and_variance(persistence: float, sigma: float):
    shocks = sigma * normals(3, "x", jnp.int32(1), 8, DRAWS, jnp.dtype("float64"))
    levels = np.asarray(autoregression(jnp.asarray(persistence), shocks))
    for t, level in enumerate(levels, start=1):
        variance = sigma**2 * sum(persistence ** (2 * k) for k in range(t))
        assert abs(level.mean()) / np.sqrt(variance / DRAWS) < FOUR_SIGMA
        assert abs(level.var() / variance - 1) * np.sqrt(DRAWS / 2) < FOUR_SIGMA
    covariance = (levels[-1] * levels[-2]).mean()
    expected = persistence * levels[-2].var()
    assert abs(covariance - expected) < FOUR_SIGMA * levels[-1].std() * levels[-2].std() / np.sqrt(
        DRAWS
    )


def test_a_stream_depends_on_seed_name_path_and_year_only():
    float64 = jnp.dtype("float64")
    path = jnp.int32(4)
    base = np.asarray(normals(1, "a", path, 6, 3, float64))
    np.testing.assert_array_equal(normals(1, "a", path, 9, 3, float64)[:6], base)
    for other in (
        normals(2, "a", path, 6, 3, float64),
        normals(1, "b", path, 6, 3, float64),
        normals(1, "a", jnp.int32(5), 6, 3, float64),
    ):
        assert not np.isin(np.asarray(other), base).any()


@pytest.mark.parametrize("seed", [0, 2**31, 2**32 + 1, 2**63 - 1])
def test_a_seed_that_a_program_is_given_is_a_seed_that_it_was_built_for(seed: int):
    drawn = jax.jit(lambda given: draw(economy(), given, jnp.int32(3)))(
        jnp.asarray(seed, jnp.int64)
    )
    built = jax.jit(lambda: draw(economy(), seed, jnp.int32(3)))()
    jax.tree.map(np.testing.assert_array_equal, drawn, built)


def test_realization_0_is_the_central_path():
    central = draw(economy(), 1, jnp.int32(0))
    growth = 1.03 * 1.02
    # The wage used in a year is the one earned the year before.
    expected = np.linspace(5e4, 8e4, 2) * growth ** np.arange(5)[:, None]
    np.testing.assert_allclose(central.wage, expected, rtol=1e-14)
    for name, value in (("relative_wage", 1.0), ("migration", 1.0)):
        np.testing.assert_array_equal(getattr(central, name), value)
    for name, value in (("fund_return", 0.025), ("notional_rate", 0.04), ("indexation", 0.02)):
        np.testing.assert_array_equal(getattr(central, name), np.full(5, value))


@pytest.mark.parametrize("frozen", VOLATILITIES)
def test_a_frozen_driver_leaves_the_others_as_they_are(frozen: str):
    free, held = draw(economy(), 1, jnp.int32(3)), draw(economy(**{frozen: 0.0}), 1, jnp.int32(3))
    about_wages = frozen in ("national_volatility", "province_volatility")
    changed, same = ("wage", "migration") if about_wages else ("migration", "wage")
    np.testing.assert_array_equal(getattr(free, same), getattr(held, same))
    assert (np.asarray(getattr(free, changed)) != np.asarray(getattr(held, changed)))[1:].all()
    if frozen == "national_volatility":
        np.testing.assert_array_equal(free.relative_wage, held.relative_wage)


def test_without_volatility_every_realization_is_the_central_one():
    calm = economy(**dict.fromkeys(VOLATILITIES, 0.0))
    central = draw(calm, 1, jnp.int32(0))
    for path in (1, 999):
        jax.tree.map(np.testing.assert_array_equal, draw(calm, 1, jnp.int32(path)), central)


def test_median_wage_is_the_central_one_and_shocks_reach_what_is_linked():
    levers = economy()
    drawn = [paths_of(levers, jnp.int32(1 + 100 * k)) for k in range(50)]
    paths = jax.tree.map(lambda *leaves: np.concatenate(leaves), *drawn)
    count = len(paths.wage)
    central = draw(levers, 5, jnp.int32(0))
    deviation = np.log(paths.wage / np.asarray(central.wage))
    np.testing.assert_array_equal(deviation[:, 0], 0)
    spread = deviation[:, 1:].std(axis=0)
    assert (np.abs(deviation[:, 1:].mean(axis=0)) < FOUR_SIGMA * spread / np.sqrt(count)).all()
    # In the second year: one national and one provincial shock of 0.03 each.
    assert spread[0] == pytest.approx(0.03 * np.sqrt(2), rel=FOUR_SIGMA / np.sqrt(2 * count))
    national = paths.indexation - 0.02
    np.testing.assert_allclose(paths.notional_rate - 0.04, 2 * national, atol=1e-12)
    assert national[:, 1].std() == pytest.approx(0.015, rel=FOUR_SIGMA / np.sqrt(2 * count))
    log_intensity = np.log(paths.migration)
    assert log_intensity[:, 0].std(axis=0) == pytest.approx(
        0.03 * np.sqrt(2), rel=FOUR_SIGMA / np.sqrt(2 * count)
    )


def test_a_floor_holds_on_every_path_and_leaves_the_central_one():
    """Shocks of 3 % over five years: without floors a tenth of the rates at 4 and 2 % would be below 1.5 and 0 %."""
    free, held = paths_of(economy(), jnp.int32(1)), paths_of(FLOORED, jnp.int32(1))
    for name, floor in (("notional_rate", 0.015), ("indexation", 0.0)):
        rates = np.asarray(getattr(free, name))
        assert (rates < floor).mean() > 0.01
        np.testing.assert_array_equal(getattr(held, name), np.maximum(rates, floor))
    np.testing.assert_array_equal(free.wage, held.wage)
    central = draw(FLOORED, 1, jnp.int32(0))
    np.testing.assert_array_equal(central.notional_rate, np.full(5, 0.04))


def test_a_declared_rate_below_the_floor_is_no_lower_and_no_higher_than_declared():
    """4 % declared, a floor of 5 %: no shock lowers it, and the floor does not lift it."""
    levers = economy(notional_floor=0.05)
    assert (np.asarray(draw(levers, 1, jnp.int32(0)).notional_rate) == 0.04).all()
    shocked, free = paths_of(levers, jnp.int32(1)), paths_of(economy(), jnp.int32(1))
    np.testing.assert_array_equal(shocked.notional_rate, np.maximum(free.notional_rate, 0.04))


FLOORED = economy(notional_floor=0.015, indexation_floor=0.0)
