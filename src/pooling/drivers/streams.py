"""Keyed random numbers: one named stream per driver, one key per path, one fold per year.

The numbers of path *i* depend on the seed, the stream's name, *i* and the year, on nothing else: neither the number of
paths nor which other drivers run. Realization 0 is the central path: its shocks are zero.
"""

import zlib

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def normals(
    seed: int | Int[Array, ""],
    stream: str,
    path: Int[Array, ""],
    years: int,
    width: int,
    dtype: jnp.dtype,
) -> Float[Array, "y width"]:
    """Standard normal draws of one driver on one path, ``width`` numbers a year; zero on realization 0."""
    key = jax.random.fold_in(jax.random.key(seed, impl="threefry2x32"), zlib.crc32(stream.encode()))
    path_key = jax.random.fold_in(key, path)
    keys = jax.vmap(lambda year: jax.random.fold_in(path_key, year))(jnp.arange(years))
    draws = jax.vmap(lambda year_key: jax.random.normal(year_key, (width,), dtype))(keys)
    return jnp.where(path == 0, jnp.zeros((), dtype), draws)
