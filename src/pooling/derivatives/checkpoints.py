"""Loops over years that reverse mode can afford."""

from collections.abc import Callable
from itertools import combinations_with_replacement
from math import isqrt, prod
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from pooling.numerics import Tree

Carry = TypeVar("Carry")


def checkpointed_scan(
    step: Callable[[Carry, Any], tuple[Carry, Tree]], init: Carry, xs: Any
) -> tuple[Carry, Tree]:
    """``lax.scan`` for reverse mode: it keeps few carries and computes the others again.

    Three nested loops, so that a + b + c carries are held instead of a · b · c; each level costs one more evaluation.
    China over 75 years with every lever: 9.6 times the time of a value and 21 times the state; two loops would save
    one value and keep five states more.
    Steps that fill the last loop up repeat the last input: the results are cut off, the carry is not to be used then.
    """
    count = len(jax.tree.leaves(xs)[0])
    sizes = loop_sizes(count)
    spare = prod(sizes) - count

    def filled(leaf: Array) -> Array:
        more = jnp.concatenate([leaf, jnp.repeat(leaf[-1:], spare, axis=0)]) if spare else leaf
        return more.reshape(*sizes, *leaf.shape[1:])

    body = step
    for _ in sizes:
        body = _checkpointed_loop(body)
    carry, found = body(init, jax.tree.map(filled, xs))
    depth = len(sizes)
    return carry, jax.tree.map(lambda y: y.reshape(-1, *y.shape[depth:])[:count], found)


def _checkpointed_loop(body: Callable[..., Any]) -> Callable[..., Any]:
    checkpointed = jax.checkpoint(body, prevent_cse=False)  # a scan needs no barrier
    return lambda carry, xs: lax.scan(checkpointed, carry, xs)


def loop_sizes(count: int) -> tuple[int, int, int]:
    """Lengths of three nested loops of at least ``count`` steps: few carries to keep, few steps too many."""
    options = (
        (a, b, -(-count // (a * b)))
        for a, b in combinations_with_replacement(range(1, isqrt(count) + 1), 2)
    )
    return min(options, key=lambda sizes: (prod(sizes) - count + sum(sizes), sizes))
