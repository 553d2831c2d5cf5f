"""The levers of a run by dotted name: the arrays of numbers of :class:`pooling.parameters.model.Parameters`."""

from collections.abc import Iterable, Mapping, Sequence

import jax
import jax.numpy as jnp
from jax.tree_util import GetAttrKey, SequenceKey
from jaxtyping import Array, Float

from pooling.assumptions.files import listed, nearest
from pooling.errors import PoolingError
from pooling.parameters.model import Parameters

Values = Mapping[str, Float[Array, "..."]]
"""Levers by dotted name, such as ``vital.mortality``."""

NO_LEVERS = ("geography.",)
"""Beginnings of names of arrays that are no assumption."""


class LeverError(PoolingError):
    """A lever that the run does not have, or that cannot be moved in the way asked for."""

    exit_code = 2


def levers_of(parameters: Parameters, schemes: Sequence[str]) -> dict[str, Float[Array, "..."]]:
    """Every lever of a run.

    Args:
        parameters: of the run.
        schemes: keys of its funds, in the order of the parameters.
    """
    named = zip(_names(parameters, schemes), jax.tree.leaves(parameters), strict=True)
    return {name: leaf for name, leaf in named if _is_lever(name, leaf)}


def with_levers(parameters: Parameters, schemes: Sequence[str], values: Values) -> Parameters:
    """The parameters with some levers replaced."""
    leaves, structure = jax.tree.flatten(parameters)
    named = zip(_names(parameters, schemes), leaves, strict=True)
    return jax.tree.unflatten(structure, [values.get(name, leaf) for name, leaf in named])


def require_levers(known: Iterable[str], wanted: Iterable[str]) -> None:
    """Refuse unknown names.

    Raises:
        LeverError: with the nearest lever.
    """
    names = list(known)
    for name in wanted:
        if name not in names:
            close = nearest(name, names)
            hint = f"did you mean {close!r}?" if close else f"levers: {listed(names, 100)}"
            raise LeverError(f"no lever {name!r}; {hint}")


def _is_lever(name: str, leaf: Array) -> bool:
    return jnp.issubdtype(leaf.dtype, jnp.floating) and not name.startswith(NO_LEVERS)


def _names(parameters: Parameters, schemes: Sequence[str]) -> list[str]:
    """Dotted name of every array; an element of ``schemes`` goes by the key of its fund."""
    paths = [path for path, _ in jax.tree_util.tree_leaves_with_path(parameters)]
    return [_dotted(path, schemes) for path in paths]


def _dotted(path: tuple, schemes: Sequence[str]) -> str:
    parts: list[str] = []
    for key in path:
        if isinstance(key, GetAttrKey):
            parts.append(key.name)
        elif isinstance(key, SequenceKey):
            number = int(key.idx)
            parts.append(schemes[number] if parts == ["schemes"] else str(number))
        else:
            parts.append(str(getattr(key, "key", key)))
    return ".".join(parts)
