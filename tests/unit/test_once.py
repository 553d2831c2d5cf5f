"""A part that is computed once against the plain call: values, slopes both ways, what is kept for them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pooling.once import once

ROWS = jnp.linspace(0.5, 2.0, 6)
COLUMN = jnp.linspace(-1.0, 1.0, 6)


def powers(rows: jax.Array, exponent: jax.Array, columns: dict[str, jax.Array]) -> dict:
    """A function with a whole number among its arguments and a tree on both sides."""
    high = jnp.exp(rows) ** exponent.astype(rows.dtype) * columns["one"]
    return {"high": high, "sums": (jnp.sum(high), jnp.cumsum(rows * columns["one"]))}


def plain(rows: jax.Array, column: jax.Array) -> dict:
    return powers(rows, jnp.int32(3), {"one": column})


def stored(rows: jax.Array, column: jax.Array) -> dict:
    return once(powers, rows, jnp.int32(3), {"one": column})


def same(found: object, expected: object) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-14), found, expected)


def test_a_value_is_the_plain_one():
    same(jax.jit(stored)(ROWS, COLUMN), plain(ROWS, COLUMN))


@pytest.mark.parametrize("moved", [(0,), (1,), (0, 1)])
def test_slopes_are_the_plain_ones_both_ways(moved: tuple[int, ...]):
    """Along some of the arguments: the others stand still."""
    at, direction = (ROWS, COLUMN), (COLUMN + 2, ROWS**2)

    def of(function):
        def along(*some):
            given = list(at)
            for place, value in zip(moved, some, strict=True):
                given[place] = value
            return function(*given)

        return along

    points = tuple(at[k] for k in moved)
    slopes = tuple(direction[k] for k in moved)
    same(jax.jvp(of(stored), points, slopes), jax.jvp(of(plain), points, slopes))
    (value, back), (expected, expected_back) = (
        jax.vjp(of(each), *points) for each in (stored, plain)
    )
    same(value, expected)
    same(back(expected), expected_back(expected))


def test_a_derivative_keeps_the_arguments_only():
    """Ten stages inside would be ten arrays; outside there are the argument and whole numbers."""

    def stages(rows: jax.Array) -> jax.Array:
        for _ in range(10):
            rows = jnp.sin(rows) * rows
        return rows

    def kept(function) -> int:
        back = jax.vjp(function, ROWS)[1]
        return sum(leaf.size for leaf in jax.tree.leaves(back))

    assert kept(lambda rows: once(stages, rows)) <= ROWS.size < kept(stages)


def test_a_missing_number_goes_through():
    value, slope = jax.jvp(lambda rows: once(jnp.sum, rows), (ROWS.at[0].set(jnp.nan),), (ROWS,))
    assert np.isnan(value) and np.isnan(slope)
