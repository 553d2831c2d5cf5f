"""How the compiled program does its sums and products; the one place that sets their precision."""

from typing import TypeVar

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

Tree = TypeVar("Tree")


def dot(left: Float[Array, "..."], right: Float[Array, "..."]) -> Float[Array, "..."]:
    """Matrix product at full precision: GPUs would otherwise round float32 operands to TF32."""
    return jnp.dot(left, right, precision=lax.Precision.HIGHEST)


def total(leaf: Float[Array, "m row"]) -> Float[Array, " m"]:
    """Sum over all cohorts of a municipality."""
    return dot(leaf, jnp.ones(leaf.shape[1], leaf.dtype))


def once(tree: Tree) -> Tree:
    """Compute intermediate results once: the compiler would otherwise repeat them inside each of their users."""
    return lax.optimization_barrier(tree)
