"""Random drivers have the moments that are stated for them, and uncertainty does not average out over the horizon.

All in logs, over 100,000 paths; a moment is accepted within four of its standard errors. A municipality's wage is a fixed
multiple of its province's, so that it has the moments of that.
"""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pooling
from example_country import EXAMPLE
from pooling.drivers.economy import Path, draw
from pooling.parameters.model import Economy

PATHS, BATCH, YEARS, PROVINCES = 100_000, 1_000, 8, 3
NATIONAL, PROVINCIAL = (0.66, 0.019), (0.97, 0.03)
MIGRATION, LEAVING = (0.9, 0.03), (0.8, 0.12)
"""Persistence and standard deviation of the yearly innovation."""
LASTING = 0.005
LIMIT = 4.0


def economy(lasting: float) -> Economy:
    """Shocks everywhere, of the size that the set of China has."""
    numbers = {
        "national_persistence": NATIONAL[0],
        "national_volatility": NATIONAL[1],
        "long_run_volatility": lasting,
        "province_persistence": PROVINCIAL[0],
        "province_volatility": PROVINCIAL[1],
        "migration_persistence": MIGRATION[0],
        "migration_volatility": MIGRATION[1],
        "province_migration_persistence": LEAVING[0],
        "province_migration_volatility": LEAVING[1],
        "indexation_link": 0.5,
        "notional_link": 1.0,
        "indexation_floor": -1.0,
        "notional_floor": -1.0,
    }
    rates = ("real_wage_growth", "inflation", "fund_return", "notional_rate", "indexation")
    return Economy(
        **{name: jnp.full(YEARS, 0.02) for name in rates},
        wage=jnp.linspace(4e4, 9e4, PROVINCES),
        relative_wage=jnp.ones(PROVINCES),
        **{name: jnp.asarray(number) for name, number in numbers.items()},
    )


@jax.jit
def _batch(levers: Economy, first: jax.Array) -> Path:
    paths = first + jnp.arange(BATCH, dtype=jnp.int32)
    return jax.vmap(lambda path: draw(levers, 20250101, path))(paths)


@cache
def logs(lasting: float) -> dict[str, np.ndarray]:
    """Deviations from the central path in logs: by path and year, and province where there is one."""
    levers = economy(lasting)
    drawn = [_batch(levers, jnp.int32(1 + k)) for k in range(0, PATHS, BATCH)]
    central = draw(levers, 1, jnp.int32(0))
    found = {}
    for name in ("wage_level", "relative_wage", "wage", "migration"):
        values = np.concatenate([np.asarray(getattr(each, name)) for each in drawn])
        found[name] = np.log(values / np.asarray(getattr(central, name)))
    for name in ("wage_shock", "indexation"):
        values = np.concatenate([np.asarray(getattr(each, name)) for each in drawn])
        found[name] = values - np.asarray(getattr(central, name))
    found["growth"] = np.diff(found["wage_level"], axis=1)
    return found


def of_level(law: tuple[float, float], t: int) -> float:
    """Variance of an autoregression t years after it began at zero: σ² Σ φ^(2k), k < t."""
    return law[1] ** 2 * sum(law[0] ** (2 * k) for k in range(t))


def of_sum(law: tuple[float, float], t: int) -> float:
    """Variance of its sum over these years: each innovation counts as often as it is still felt."""
    felt = [sum(law[0] ** j for j in range(k + 1)) for k in range(t)]
    return law[1] ** 2 * sum(each**2 for each in felt)


def check_moments(values: np.ndarray, variance: float) -> None:
    """Mean zero and the variance of normal draws."""
    assert abs(values.mean()) <= LIMIT * np.sqrt(variance / len(values))
    assert abs(values.var() / variance - 1) <= LIMIT * np.sqrt(2 / len(values))


def check_correlation(left: np.ndarray, right: np.ndarray, expected: float) -> None:
    """Standard error of the correlation of normal draws: (1 − ρ²) ÷ √N."""
    found = np.corrcoef(left, right)[0, 1]
    assert abs(found - expected) <= LIMIT * (1 - expected**2) / np.sqrt(len(left))


@pytest.mark.parametrize("lasting", [0.0, LASTING])
def test_national_wages(lasting: float):
    """Growth is an AR(1) and what lasts; the level of year t has the growth of the t years before."""
    found = logs(lasting)
    assert not found["wage_level"][:, 0].any()
    for t in range(1, YEARS):
        check_moments(found["growth"][:, t - 1], of_level(NATIONAL, t) + lasting**2)
        check_moments(found["wage_level"][:, t], of_sum(NATIONAL, t) + (t * lasting) ** 2)


@pytest.mark.parametrize("lasting", [0.0, LASTING])
def test_growth_is_correlated_from_year_to_year(lasting: float):
    growth = logs(lasting)["growth"]
    for t in range(1, YEARS - 1):
        early, late = of_level(NATIONAL, t), of_level(NATIONAL, t + 1)
        spread = np.sqrt((early + lasting**2) * (late + lasting**2))
        expected = (NATIONAL[0] * early + lasting**2) / spread
        check_correlation(growth[:, t - 1], growth[:, t], expected)


def test_what_lasts_is_no_business_cycle():
    """Lay-offs follow the yearly shocks alone; indexation follows growth, whatever moved it."""
    calm, lasting = logs(0.0), logs(LASTING)
    np.testing.assert_array_equal(calm["wage_shock"], lasting["wage_shock"])
    growth = lasting["growth"]
    np.testing.assert_allclose(lasting["indexation"][:, 1:], 0.5 * growth, atol=1e-12)
    assert np.abs(lasting["wage_shock"][:, 1:] - growth).std() == pytest.approx(
        LASTING * np.sqrt(1 - 2 / np.pi), rel=0.02
    )


@pytest.mark.parametrize(("name", "law"), [("relative_wage", PROVINCIAL)])
def test_provinces_deviate_independently(name: str, law: tuple[float, float]):
    values = logs(0.0)[name]
    assert not values[:, 0].any()
    for t in range(1, YEARS):
        for p in range(PROVINCES):
            check_moments(values[:, t, p], of_level(law, t))
            check_correlation(values[:, t, p], values[:, t, (p + 1) % PROVINCES], 0.0)
    for t in range(1, YEARS - 1):
        expected = law[0] * np.sqrt(of_level(law, t) / of_level(law, t + 1))
        check_correlation(values[:, t, 0], values[:, t + 1, 0], expected)


def test_wages_of_two_provinces_share_the_nation():
    wage = logs(0.0)["wage"]
    for t in range(1, YEARS):
        common, own = of_sum(NATIONAL, t), of_level(PROVINCIAL, t)
        check_moments(wage[:, t, 1], common + own)
        check_correlation(wage[:, t, 0], wage[:, t, 1], common / (common + own))


def test_migration_of_two_provinces_shares_the_nation():
    migration = logs(0.0)["migration"]
    for t in range(1, YEARS + 1):
        common, own = of_level(MIGRATION, t), of_level(LEAVING, t)
        check_moments(migration[:, t - 1, 2], common + own)
        check_correlation(migration[:, t - 1, 0], migration[:, t - 1, 2], common / (common + own))


def test_migration_and_wages_are_independent_drivers():
    found = logs(0.0)
    for p in range(PROVINCES):
        check_correlation(found["migration"][:, -1, p], found["wage"][:, -1, p], 0.0)
        check_correlation(found["wage_level"][:, -1], found["relative_wage"][:, -1, p], 0.0)


@cache
def spread_of_cost(lasting: float) -> dict[int, float]:
    """Standard deviation over 200 paths of the nation's summarized cost rate, by horizon in years."""
    changes = {
        "projection.last_year": 2099,
        "projection.paths": 200,
        "arrangements": ["national"],
        "economy.wages.national.long_run_sigma": lasting,
    }
    rate = pooling.run(EXAMPLE, changes)["summarized_cost_rate_statistic"]
    found = rate.isel(scheme=0, fund=0, statistic=list(rate["statistic_name"].values).index("sd"))
    return {int(years): float(found.sel(horizon=years)) for years in found["horizon"].values}


@pytest.mark.slow
def test_the_spread_of_the_cost_rate_does_not_collapse_with_the_horizon(
    capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
):
    """The criticism of the stochastic model of the United States: yearly variation cancels over 75 years."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yearly, known = spread_of_cost(0.0), spread_of_cost(LASTING)
    jax.config.update("jax_compilation_cache_dir", None)
    with capsys.disabled():
        print(f"\nsd of the summarized cost rate: yearly shocks {yearly}, growth uncertain {known}")
    assert set(yearly) == {25, 50, 75}
    # The standard deviation of 200 draws is known to 5 %. Yearly shocks do cancel in part: independent years would leave
    # 1/sqrt(3) = 0.58 of the spread over 25 years; what is kept is more, because levels of wages persist.
    assert yearly[75] > 0.58 * yearly[25]
    # What is not known of the long run does not cancel.
    assert min(known[50], known[75]) > 0.75 * known[25]
    assert all(known[years] > 1.1 * yearly[years] for years in (50, 75))
