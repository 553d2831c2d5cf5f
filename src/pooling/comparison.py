"""Differences between two arrangements, of one run or two, on the same paths, with the errors of common random numbers."""

from collections.abc import Iterator
from datetime import UTC, datetime

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pooling._version import __version__
from pooling.errors import PoolingError
from pooling.measures.paired import paired_difference, unpaired_se
from pooling.selection import select

FIGURES = ("mean", "sd", "se", "unpaired_se", "pairs")
"""What is said of a difference: mean, spread and standard error of the paired differences, the standard error that unpaired
paths would have, and on how many paths both are defined."""


class ComparisonError(PoolingError):
    """A Dataset that holds nothing to compare."""

    exit_code = 2


COMMON = ("seed", "currency")
"""Attributes that two runs on the same paths share, beside their years, provinces and schemes."""


def compare(
    dataset: xr.Dataset, arrangement: str, reference: str, other: xr.Dataset | None = None
) -> xr.Dataset:
    """Every measure of an arrangement less the same of a reference, path by path.

    Args:
        dataset: results of a run with stochastic paths.
        arrangement: key of the arrangement.
        reference: key of the one it is compared with.
        other: results of another run on the same paths, such as the run without an overlay, that hold the reference; None
            for the same run. Of two runs those realizations are compared that both have, without the central path.

    Returns:
        The quantities by arrangement whose every path the Datasets hold, and those by fund where both arrangements have the
        same pools: the axis ``difference`` (:data:`FIGURES`) in place of realization and arrangement. NaN pairs are left
        out and not counted.

    Raises:
        SelectionError: an arrangement that the Dataset does not hold.
        ComparisonError: runs that do not share paths, years or regions; no stochastic paths of any quantity.
    """
    held = dataset if other is None else other
    _require_common(dataset, held)
    paths = np.intersect1d(_stochastic(dataset), _stochastic(held))
    sides = [
        _of_paths(select(run, arrangement=key), paths)
        for run, key in ((dataset, arrangement), (held, reference))
    ]
    found = {name: _difference(*pair) for name, pair in _pairs(*sides)}
    if not found:
        raise ComparisonError("this Dataset holds no stochastic paths by arrangement")
    attributes = {
        "Conventions": "CF-1.11",
        "title": f"{arrangement} less {reference}: {dataset.attrs.get('title', '')}",
        "history": f"{datetime.now(UTC).isoformat(timespec='seconds')} compared by pooling {__version__}",
        "arrangement": arrangement,
        "reference": reference,
        **{name: dataset.attrs[name] for name in COMMON if name in dataset.attrs},
    }
    if other is not None:
        attributes |= {"run": _run_name(dataset), "reference_run": _run_name(other)}
    figures = xr.Variable(
        "difference", list(FIGURES), {"long_name": "figure of the paired difference"}
    )
    return _without_bounds(xr.Dataset(found, attrs=attributes).assign_coords(difference=figures))


def _without_bounds(dataset: xr.Dataset) -> xr.Dataset:
    """No attribute that names the bounds of time: they are no coordinate of a quantity and stay behind."""
    if "time" not in dataset.coords:
        return dataset
    kept = {name: value for name, value in dataset["time"].attrs.items() if name != "bounds"}
    return dataset.assign_coords(time=(dataset["time"].dims, dataset["time"].values, kept))


def _run_name(dataset: xr.Dataset) -> str:
    """Title of a run, and the overlays that it is under."""
    overlays = dataset.attrs.get("overlays")
    title = str(dataset.attrs.get("title", ""))
    return f"{title} [{overlays}]" if overlays else title


def _require_common(one: xr.Dataset, other: xr.Dataset) -> None:
    """The same random numbers, in the same years, regions and schemes."""
    differing = [
        f"{name} ({one.attrs.get(name)} and {other.attrs.get(name)})"
        for name in COMMON
        if one.attrs.get(name) != other.attrs.get(name)
    ]
    differing += [
        f"the labels of {name}"
        for name in ("year", "province", "scheme_name")
        if not np.array_equal(_labels(one, name), _labels(other, name))
    ]
    if differing:
        raise ComparisonError(f"these two runs are not on the same paths: {', '.join(differing)}")


def _labels(run: xr.Dataset, name: str) -> np.ndarray:
    """Labels of an axis; none where the Dataset is without it."""
    return run[name].values if name in run.variables else np.array([])


def _stochastic(run: xr.Dataset) -> np.ndarray:
    """Numbers of the stochastic paths that a Dataset holds."""
    held = _labels(run, "realization")
    return held[held > 0]


def _of_paths(run: xr.Dataset, paths: np.ndarray) -> xr.Dataset:
    return run.sel(realization=paths) if "realization" in run.dims else run


Pair = tuple[xr.DataArray, xr.DataArray]


def _pairs(one: xr.Dataset, other: xr.Dataset) -> Iterator[tuple[str, Pair]]:
    """Quantities of both sides with stochastic paths, without the axis of the arrangements."""
    same_pools = _pools(one) == _pools(other)
    for name, array in one.data_vars.items():
        of_paths = "realization" in array.dims and array.sizes["realization"] > 1
        if not of_paths or name not in other:
            continue
        if "arrangement" in array.dims:
            mine, theirs = (each[name].isel(arrangement=0, drop=True) for each in (one, other))
            yield str(name), (mine, theirs)
        elif "path_fund" in array.dims and same_pools:
            yield str(name), (array, other[name])


def _pools(side: xr.Dataset) -> list[tuple[int, str]]:
    """Code and level of the funds whose every path is held."""
    if "path_fund" not in side.dims:
        return []
    return list(
        zip(side["path_fund_pool"].values.tolist(), side["path_fund_level"].values, strict=True)
    )


def _difference(one: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    axis = one.dims.index("realization")
    jax.config.update("jax_enable_x64", True)
    a, b = (jnp.asarray(each.values, jnp.float64) for each in (one, other))
    paired = paired_difference(a, b, axis=axis)
    figures = (*paired[:3], unpaired_se(a, b, axis=axis), paired.pairs)
    stacked = np.stack([np.asarray(each, np.float64) for each in figures])
    kept = one.isel(realization=0, drop=True)
    coordinates = {name: kept.coords[name] for name in kept.coords}
    return xr.DataArray(stacked, coordinates, ("difference", *kept.dims), attrs=_attributes(one))


def _attributes(side: xr.DataArray) -> dict[str, object]:
    """What is said of a quantity, of its difference: a difference of dates is a number of years."""
    said = dict(side.attrs)
    for name in ("long_name", "formula"):
        if name in said:
            said[name] = f"difference of: {said[name]}"
    if said.pop("kind", None) == "date":
        said["unit_text"] = "year"
    return said
