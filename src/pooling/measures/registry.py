"""Measures of one's own: named, computed on every path, and written to the file with their label."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jaxtyping import Array, Float

from pooling import vocabulary

Function = Callable[[Mapping[str, Float[Array, "..."]]], Float[Array, "..."]]
"""From the arrays of one path by name of quantity (file order, without the realizations) to the measure's."""


@dataclass(frozen=True)
class Registered:
    """A measure that somebody has added."""

    name: str
    function: Function


_REGISTERED: dict[str, Registered] = {}


def register(
    name: str,
    function: Function,
    *,
    unit: str,
    formula: str,
    dims: Sequence[str],
    kind: str = "rate",
    long_name: str = "",
    source: str = "registered by the user",
    paths: bool = False,
) -> None:
    """Add a measure to every later run of this process.

    Args:
        name: ASCII name in snake_case, of no quantity of the package.
        function: pure JAX function of the arrays of one path; it is compiled with the projection.
        unit: one of ``vocabulary.UNIT_TEXT``.
        formula: in words or symbols, for the file.
        dims: axes in file order, without the realizations, such as ``("scheme", "arrangement", "year")``.
        kind: stock, flow, average or rate.
        long_name: for the file; the name if empty.
        source: of the formula.
        paths: whether every path is written, not only statistics and the central path.

    Raises:
        ValueError: a name, unit, kind or axis that cannot be.
    """
    at = len(dims) - 1 if dims and dims[-1] == "year" else len(dims)
    vocabulary.add(
        vocabulary.Quantity(
            name=name,
            long_name=long_name or name.replace("_", " "),
            name_zh="",
            kind=kind,
            unit=unit,
            dims=(*dims[:at], "X", *dims[at:]),
            formula=formula,
            source=source,
            paths=paths,
            may_be_missing=True,
        )
    )
    _REGISTERED[name] = Registered(name, function)


def unregister(name: str) -> None:
    """Take a measure back.

    Raises:
        KeyError: nobody has added it.
    """
    del _REGISTERED[name]
    vocabulary.remove(name)


def registered() -> tuple[Registered, ...]:
    """Measures that were added, in their order."""
    return tuple(_REGISTERED.values())
