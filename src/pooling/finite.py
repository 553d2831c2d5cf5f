"""No number that is not finite reaches a file unless its variable may be missing there."""

import numpy as np
import xarray as xr

from pooling.errors import NumberError


def is_finite(values: np.ndarray, may_be_missing: bool) -> bool:
    """Whether an array holds nothing that is refused.

    Args:
        values: any numbers.
        may_be_missing: whether NaN is right.
    """
    if values.dtype.kind != "f":
        return True
    return not np.isinf(values).any() if may_be_missing else bool(np.isfinite(values).all())


def require_finite(array: xr.DataArray, name: str, paths: int = 2) -> None:
    """Refuse a number that is not finite where it must be.

    Args:
        array: with labels, and the attribute ``may_be_missing``.
        name: for the message.
        paths: stochastic paths of the run; few leave some statistics undefined.

    Raises:
        NumberError: naming the first bad variable, realization, year and region.
    """
    if array.dtype.kind != "f":
        return
    bad = ~np.isfinite(array.values)
    if bad.any():
        bad &= ~_allowed_missing(array, paths)
    if bad.any():
        raise NumberError(f"{_place(array, name, bad)}; no file was written")


def _allowed_missing(array: xr.DataArray, paths: int) -> np.ndarray:
    """Where NaN is right: what may be missing, statistics that too few paths leave undefined."""
    missing = np.isnan(array.values)
    if array.attrs.get("may_be_missing") == "yes":
        return missing
    allowed = np.zeros_like(missing)
    if "statistic" in array.dims and paths < 2:
        undefined = np.ones(array.sizes["statistic"], bool)
        if paths == 1:
            undefined = np.isin(array["statistic_name"].values, ("sd", "se"))
        shape = [-1 if dim == "statistic" else 1 for dim in array.dims]
        allowed = missing & undefined.reshape(shape)
    return allowed


def _place(array: xr.DataArray, name: str, bad: np.ndarray) -> str:
    """The first bad element in words: first by year, then by realization, then by region."""
    order = [dim for dim in ("year", "realization", "statistic") if dim in array.dims]
    order += [dim for dim in array.dims if dim not in order]
    turned = np.transpose(bad, [array.dims.index(dim) for dim in order])
    first = dict(zip(order, np.unravel_index(int(turned.argmax()), turned.shape), strict=True))
    labels = [_label(array, str(dim), int(first[dim])) for dim in array.dims]
    value = array.values[tuple(first[dim] for dim in array.dims)]
    count = f"{int(bad.sum()):,} of {bad.size:,} numbers there are bad"
    return f"{name} is {value} at {', '.join(labels)}; {count}"


def _label(array: xr.DataArray, dim: str, position: int) -> str:
    """An element in words: its code and, where there is one, its name."""
    code = array[dim].values[position] if dim in array.coords else position
    name = f"{dim}_name"
    words = f" ({array[name].values[position]})" if name in array.coords else ""
    return f"{dim} {code}{words}"
