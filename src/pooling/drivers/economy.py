"""Stochastic wages and migration, with prices, returns and indexation that follow them.

Real wage growth of a year is its central value plus a national AR(1) deviation, and where the set declares it a deviation
that is drawn once a path and stays: what growth will be in the long run is not known. Each province adds an AR(1) log
deviation of its level around its base profile. Migration intensity is a national plus a provincial AR(1) in logs. The
central path is a median in logs: shocks carry no drift correction.
"""

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from pooling.drivers.streams import normals
from pooling.parameters.model import Economy


class Path(eqx.Module):
    """The drivers of one realization, by projection year; in the yearly step those of one year."""

    wage: Float[Array, "*y p"]
    """Average wage earned in the year before, the one the year's bases use; currency a year."""
    relative_wage: Float[Array, "*y p"]
    """Provincial wage over its place in the opening profile; 1 on the central path."""
    fund_return: Float[Array, "*y"]
    notional_rate: Float[Array, "*y"]
    indexation: Float[Array, "*y"]
    wage_level: Float[Array, "*y"]
    """National average wage over that of the first year."""
    wage_shock: Float[Array, "*y"]
    """Real growth of the national wage earned the year before, less that of the path in the long run: the cycle."""
    prices: Float[Array, "*y"]
    """Price level over that of the first year."""
    migration: Float[Array, "*y p"]
    """Factor on the out-migration intensity of each province."""


def autoregression(
    persistence: Float[Array, ""], shocks: Float[Array, "y width"]
) -> Float[Array, "y width"]:
    """x[t] = persistence · x[t-1] + shock[t], from zero."""

    def step(
        level: Float[Array, " width"], shock: Float[Array, " width"]
    ) -> tuple[Float[Array, " width"], Float[Array, " width"]]:
        level = persistence * level + shock
        return level, level

    return lax.scan(step, jnp.zeros_like(shocks[0]), shocks)[1]


def draw(economy: Economy, seed: int | Int[Array, ""], path: Int[Array, ""]) -> Path:
    """The drivers of one path; realization 0 is the central path."""
    years, provinces = economy.inflation.shape[0], economy.wage.shape[0]
    dtype = economy.wage.dtype

    def ar(
        stream: str, width: int, persistence: Float[Array, ""], volatility: Float[Array, ""]
    ) -> Float[Array, "y width"]:
        shocks = volatility * normals(seed, stream, path, years, width, dtype)
        return autoregression(persistence, shocks)

    cycle = ar("wages.national", 1, economy.national_persistence, economy.national_volatility)[:, 0]
    lasting = economy.long_run_volatility * normals(seed, "wages.long_run", path, 1, 1, dtype)[0]
    national = cycle + lasting
    province = ar(
        "wages.province", provinces, economy.province_persistence, economy.province_volatility
    )
    everywhere = ar(
        "migration.national", 1, economy.migration_persistence, economy.migration_volatility
    )
    leaving = ar(
        "migration.province",
        provinces,
        economy.province_migration_persistence,
        economy.province_migration_volatility,
    )
    earned = jnp.cumsum(
        jnp.log1p(economy.real_wage_growth) + jnp.log1p(economy.inflation) + national
    )
    # The wage used in a year is the one earned the year before: the first year's is the opening wage.
    used = _year_before(earned[:, None])
    deviation = _year_before(province)
    cyclical, shock = (_year_before(each[:, None])[:, 0] for each in (cycle, national))
    return Path(
        wage=economy.wage[None] * jnp.exp(used + deviation),
        relative_wage=jnp.exp(deviation),
        fund_return=economy.fund_return,
        notional_rate=_lowered_to(
            economy.notional_floor, economy.notional_rate, economy.notional_link * shock
        ),
        indexation=_lowered_to(
            economy.indexation_floor, economy.indexation, economy.indexation_link * shock
        ),
        wage_level=jnp.exp(used[:, 0]),
        wage_shock=cyclical,
        prices=jnp.exp(_year_before(jnp.cumsum(jnp.log1p(economy.inflation))[:, None])[:, 0]),
        migration=jnp.exp(everywhere + leaving),
    )


def _lowered_to(
    floor: Float[Array, ""], central: Float[Array, " y"], deviation: Float[Array, " y"]
) -> Float[Array, " y"]:
    """A rate and its deviation, which lowers it to a floor at most; the central path is what is declared."""
    return jnp.maximum(central + deviation, jnp.minimum(central, floor))


def _year_before(series: Float[Array, "y n"]) -> Float[Array, "y n"]:
    """The series one year later, from zero: what was true the year before."""
    return jnp.concatenate([jnp.zeros_like(series[:1]), series[:-1]])
