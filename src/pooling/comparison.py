"""Differences between two arrangements on the same paths, with the standard errors of common random numbers."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pooling.errors import PoolingError
from pooling.measures.paired import paired_difference, unpaired_se
from pooling.selection import select

FIGURES = ("mean", "sd", "se", "unpaired_se", "pairs")
"""What is said of a difference: mean, spread and standard error of the paired differences, the standard error that unpaired
paths would have, and on how many paths both are defined."""


class ComparisonError(PoolingError):
    """A Dataset that holds nothing to compare."""

    exit_code = 2


def compare(dataset: xr.Dataset, arrangement: str, reference: str) -> xr.Dataset:
    """Every measure of an arrangement less the same of a reference, path by path.

    Args:
        dataset: results of a run with stochastic paths.
        arrangement: key of the arrangement.
        reference: key of the one it is compared with.

    Returns:
        The quantities by arrangement whose every path the Dataset holds: the axis ``difference`` (:data:`FIGURES`) in
        place of realization and arrangement. NaN pairs are left out and not counted.

    Raises:
        SelectionError: an arrangement that the Dataset does not hold.
        ComparisonError: no stochastic paths of any quantity by arrangement.
    """
    sides = [select(dataset, arrangement=key) for key in (arrangement, reference)]
    found = {name: _difference(*pair) for name, pair in _pairs(*sides)}
    if not found:
        raise ComparisonError("this Dataset holds no stochastic paths by arrangement")
    attributes = {"arrangement": arrangement, "reference": reference}
    return xr.Dataset(found, attrs=attributes).assign_coords(difference=list(FIGURES))


Pair = tuple[xr.DataArray, xr.DataArray]


def _pairs(one: xr.Dataset, other: xr.Dataset) -> Iterator[tuple[str, Pair]]:
    """Quantities of both sides with stochastic paths, without the axis of the arrangements."""
    for name, array in one.data_vars.items():
        if {"arrangement", "realization"} <= set(array.dims) and array.sizes["realization"] > 2:
            mine, theirs = (each[name].isel(arrangement=0, drop=True) for each in (one, other))
            yield str(name), (mine, theirs)


def _difference(one: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    axis = one.dims.index("realization")
    jax.config.update("jax_enable_x64", True)
    # The central path is none of the sample.
    a, b = (
        jnp.asarray(each.isel(realization=slice(1, None)).values, jnp.float64)
        for each in (one, other)
    )
    paired = paired_difference(a, b, axis=axis)
    figures = (*paired[:3], unpaired_se(a, b, axis=axis), paired.pairs)
    stacked = np.stack([np.asarray(each, np.float64) for each in figures])
    kept = one.isel(realization=0, drop=True)
    coordinates = {name: kept.coords[name] for name in kept.coords}
    return xr.DataArray(stacked, coordinates, ("difference", *kept.dims), attrs=one.attrs)
