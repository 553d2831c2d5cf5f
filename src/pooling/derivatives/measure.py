"""One number of a path: a quantity of the vocabulary at one place and time, or a function of all of them."""

from collections.abc import Callable, Mapping

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from pooling.assumptions.files import listed, nearest
from pooling.axes import PAYERS, horizons
from pooling.dataset import Items, Labels, Regions
from pooling.errors import PoolingError
from pooling.results import Named
from pooling.vocabulary import quantities

Measure = Callable[[Named], Float[Array, ""]]
"""From the arrays of one path by name of quantity to a number."""
Selection = Mapping[str, object]
"""Axis → label. A fund goes by ``arrangement`` and ``pool``, or by its position under ``fund``."""


class MeasureError(PoolingError):
    """A measure that is not one number with a derivative."""

    exit_code = 2


def measure_of(name: str, selection: Selection, labels: Labels) -> Measure:
    """A quantity at one place and time.

    Raises:
        MeasureError: an unknown quantity, axis or label, an axis that is left open, a date or flag.
    """
    known = quantities()
    if name not in known:
        raise MeasureError(f"no quantity {name!r}{_meant(name, list(known))}")
    quantity = known[name]
    if "X" not in quantity.dims or quantity.kind in ("date", "flag"):
        raise MeasureError(f"{name} is no number of a path with a derivative")
    dims = [dim for dim in quantity.dims if dim != "X"]
    at = tuple(_position(name, dim, selection, labels) for dim in dims)
    used = {*dims, *(("arrangement", "pool") if "fund" in dims else ())}
    unused = sorted(set(selection) - used)
    if unused:
        raise MeasureError(f"{name} has no axis {', '.join(unused)}; it has {', '.join(dims)}")
    return lambda named: named[name][at]


def checked(measure: Measure) -> Measure:
    """The measure, refused while the program is traced if it gives more than one number.

    Raises:
        MeasureError: what it gives has axes, or is no floating-point number.
    """

    def one_number(named: Named) -> Float[Array, ""]:
        value = jnp.asarray(measure(named))
        if value.shape != () or not jnp.issubdtype(value.dtype, jnp.floating):
            raise MeasureError(
                f"a measure gives one number; this one gives {value.dtype} of shape {value.shape}"
            )
        return value

    return one_number


def _position(name: str, dim: str, selection: Selection, labels: Labels) -> int:
    if dim == "fund" and "fund" not in selection:
        return _fund(name, selection, labels)
    choices = _choices(dim, labels)
    size = labels.sizes()[dim]
    if dim not in selection:
        if size == 1:
            return 0
        raise MeasureError(f"{name}: choose one {dim} of {listed(choices, 12)}")
    return _at(name, dim, selection[dim], choices)


def _fund(name: str, selection: Selection, labels: Labels) -> int:
    """Position of a pool of an arrangement; the pool may be left out where there is only one."""
    names = _items(labels.arrangements)
    if "arrangement" not in selection and len(labels.arrangements.code) > 1:
        raise MeasureError(f"{name}: choose one arrangement of {listed(names)}, or a fund")
    wanted = selection.get("arrangement", labels.arrangements.key[0])
    code = int(labels.arrangements.code[_at(name, "arrangement", wanted, names)])
    inside = np.flatnonzero(labels.funds.arrangement == code).tolist()
    pools: dict[object, int] = {labels.funds.name[k]: k for k in inside}
    pools |= {int(labels.funds.pool[k]): k for k in inside}
    if "pool" not in selection:
        if len(inside) == 1:
            return inside[0]
        raise MeasureError(f"{name}: choose one pool of {listed(pools, 12)}")
    return _at(name, "pool", selection["pool"], pools)


def _at(name: str, dim: str, wanted: object, choices: Mapping[object, int]) -> int:
    if wanted not in choices:
        texts = [str(each) for each in choices]
        raise MeasureError(f"{name}: no {dim} {wanted!r}{_meant(str(wanted), texts)}")
    return choices[wanted]


def _meant(wrong: str, names: list[str]) -> str:
    close = nearest(wrong, names)
    return f"; did you mean {close!r}?" if close else f"; known: {listed(names, 20)}"


def _choices(dim: str, labels: Labels) -> Mapping[object, int]:
    """Labels of an axis → position: codes and names."""
    provinces = _regions(labels.provinces)
    spans = horizons(len(labels.years))
    return {
        "scheme": _items(labels.schemes),
        "arrangement": _items(labels.arrangements),
        "fund": {position: position for position in range(len(labels.funds.pool))},
        "municipality": _regions(labels.municipalities),
        "province": provinces,
        "origin_province": provinces,
        "destination_province": provinces,
        "payer": {name: position for position, name in enumerate(PAYERS)},
        "horizon": {span: position for position, span in enumerate(spans)},
        "year": {int(year): position for position, year in enumerate(labels.years)},
    }[dim]


def _items(items: Items) -> Mapping[object, int]:
    keys: dict[object, int] = {key: position for position, key in enumerate(items.key)}
    return keys | {int(code): position for position, code in enumerate(items.code)}


def _regions(regions: Regions) -> Mapping[object, int]:
    names: dict[object, int] = {name: position for position, name in enumerate(regions.name)}
    return names | {int(code): position for position, code in enumerate(regions.code)}
