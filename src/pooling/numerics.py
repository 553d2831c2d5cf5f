"""How the compiled program does its sums and products; the one place that sets their precision.

Small functions that a year or a measure calls many times are marked ``jax.jit``, here and elsewhere, for a quick start:
Python traces them once for every shape, and the compiler takes them into the program that calls them.
"""

from collections.abc import Iterable
from functools import partial, reduce
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

Tree = TypeVar("Tree")


along_axis = partial(jax.jit, static_argnames="axis")
"""Marks a function of numbers that works along ``axis``: traced once for every shape and axis."""


def as_array(values: Any, dtype: type | None = None) -> Array:
    """Numbers of NumPy or Python as an array of the compiled program, of a strong type.

    ``jnp.asarray`` would build a program for every shape, each of them a hundredth of a second.
    """
    return jax.device_put(np.asarray(values, dtype))


def number(value: float) -> Array:
    """One number, whole or not, as an array of floating point."""
    return as_array(value, float)


def in_type_of(stocks: Any, tree: Tree) -> Tree:
    """A tree with its numbers in the precision of some stocks; whole numbers and truths stay.

    Args:
        stocks: arrays of one precision.
        tree: arrays, or their shapes.
    """
    return _cast(tree, jax.tree.leaves(stocks)[0].dtype)


def double(tree: Tree) -> Tree:
    """A tree with its numbers in double precision; whole numbers and truths stay."""
    return _cast(tree, jnp.dtype(jnp.float64))


def single(tree: Tree) -> Tree:
    """A tree with its numbers in single precision; whole numbers and truths stay."""
    return _cast(tree, jnp.dtype(jnp.float32))


def _cast(tree: Tree, dtype: jnp.dtype) -> Tree:
    def cast(leaf: Any) -> Any:
        other = jnp.issubdtype(leaf.dtype, jnp.floating) and leaf.dtype != dtype
        return lax.convert_element_type(leaf, dtype) if other else leaf

    return jax.tree.map(cast, tree)


@jax.jit
def dot(left: Float[Array, "..."], right: Float[Array, "..."]) -> Float[Array, "..."]:
    """Matrix product at full precision: GPUs would otherwise round float32 operands to TF32."""
    return jnp.dot(left, right, precision=lax.Precision.HIGHEST)


def over_cohorts(leaf: Float[Array, "m row"], weight: Float[Array, " row"]) -> Float[Array, " m"]:
    """Weighted sum over the cohorts of a municipality, in double precision from there on."""
    return double(dot(leaf, in_type_of(leaf, weight)))


@jax.jit
def total(leaf: Float[Array, "m row"]) -> Float[Array, " m"]:
    """Sum over all cohorts of a municipality, as a product: the CPU compiler does not vectorise sums along a row."""
    return dot(leaf, jnp.ones(leaf.shape[1], leaf.dtype))


def add(leaves: Iterable[Float[Array, "*n"]]) -> Float[Array, "*n"]:
    """Sum of several arrays of one shape."""
    return reduce(jnp.add, leaves)


@jax.jit
def ratio(part: Float[Array, "..."], whole: Float[Array, "..."]) -> Float[Array, "..."]:
    """part ÷ whole, 0 where there is nothing: the division of shares. Rates of an empty base have no number instead, see
    :func:`pooling.measures.quotient.quotient`."""
    return jnp.where(whole > 0, part / jnp.where(whole > 0, whole, 1), 0)


def overall_ratio(part: Float[Array, "*n a"], whole: Float[Array, "*n b"]) -> Float[Array, "*n 1"]:
    """Σ part ÷ Σ whole along the last axis, which stays; 0 where there is nothing."""
    sums = (jnp.sum(each, axis=-1, keepdims=True) for each in (part, whole))
    return ratio(*sums)
