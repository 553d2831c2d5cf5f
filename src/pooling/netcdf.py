"""Dataset → file → Dataset: a file gets its name only when it is whole and has been read back.

Encoding: NETCDF4_CLASSIC, zlib 1 + shuffle, texts as UTF-8 character arrays, ASCII names and
    attributes, netCDF's default
fill. Measured: of thirty readers this is what R, Octave, GDAL, NCO, Fortran and JavaScript all
read; vlen strings, zstd, groups and NaN fills each lose some of them.
"""

import os
import shutil
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import xarray as xr

from pooling import durable
from pooling.errors import OutputError, OutputPathError
from pooling.finite import require_finite
from pooling.vocabulary import FILL, Quantity, unit_text, variables

CHUNK_BYTES = 2**20
"""Upper size of a chunk: whole series of some funds, so that one fund is one or two reads."""

HEADER_BYTES = 2**14
"""Room for the attributes and indexes of one variable (measured: 6 kB)."""

SLAB_BYTES = 2**25
"""Numbers that are in memory at once while a variable is checked, written and read back."""

CHUNK_CACHE = 2 * CHUNK_BYTES
"""The library keeps so much of every open variable, 16 MB unless told: of a hundred variables more than a gigabyte."""

LARGE_BYTES = 2**18
"""From here on a variable is written slab by slab: xarray encodes copies of all that it is given at once."""

Slab = dict[Hashable, slice]
"""A part of a variable: dimension → range."""

_WHOLE = ("realization", "statistic", "year")
_TIME_UNITS = "days since 2000-01-01"
_CALENDAR = "proleptic_gregorian"


def check_output(path: Path | str, overwrite: bool = False) -> None:
    """Refuse an output that cannot be written, before the run.

    Args:
        path: Name of the output file.
        overwrite: Whether an earlier file may be replaced.

    Raises:
        OutputPathError: If the folder is absent or not writable, or the file exists.
    """
    path = Path(path)
    folder = path.parent
    if not folder.is_dir():
        raise OutputPathError(f"{path}: the folder {folder} does not exist")
    if path.is_dir():
        raise OutputPathError(f"{path}: is a folder")
    if os.path.lexists(path) and not overwrite:
        raise OutputPathError(
            f"{path}: exists already; choose another name or overwrite it explicitly"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputPathError(f"{path}: the folder {folder} is not writable")


def save(dataset: xr.Dataset, path: Path | str, overwrite: bool = False) -> None:
    """Write a Dataset; an earlier file survives every failure.

    Args:
        dataset: A Dataset of ``pooling.dataset``.
        path: Name of the output file.
        overwrite: Whether an earlier file may be replaced.

    Raises:
        OutputPathError: If the output is not allowed there.
        OutputError: If a number is not finite, or the machine fails.
    """
    path = Path(path)
    check_output(path, overwrite)
    check_numbers(dataset)
    temporary = path.with_name(f"{path.name}.tmp.{os.getpid()}")
    try:
        _reserve(dataset, temporary)
        with _small_caches():
            _write(dataset, temporary)
            _verify(dataset, temporary)
        _publish(temporary, path, overwrite)
    except PermissionError as error:
        raise OutputPathError(f"{path}: may not be written: {error.strerror}") from error
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{path}: could not be written: {error}{_room(path.parent)}") from error
    finally:
        temporary.unlink(missing_ok=True)


def open(path: Path | str, lazy: bool = False) -> xr.Dataset:
    """Read a file of this package.

    Args:
        path: Name of the file.
        lazy: Leave the numbers in the file until they are used; the file then stays open.

    Returns:
        The Dataset that was saved: texts as ``str``, missing values as NaN.

    Raises:
        OutputPathError: If there is no such file or it is not NetCDF.
    """
    path = Path(path)
    if not path.is_file():
        raise OutputPathError(f"{path}: {'is a folder' if path.is_dir() else 'no such file'}")
    try:
        dataset = xr.open_dataset(path, engine="netcdf4")
    except (OSError, ValueError) as error:
        raise OutputPathError(f"{path}: not a NetCDF file: {error}") from error
    if lazy:
        return _as_saved(dataset)
    with dataset:
        return _as_saved(dataset.load())


def describe(path: Path | str) -> str:
    """What a file holds, as text for the terminal.

    Args:
        path: Name of the file.

    Returns:
        Title, record of the run, axes and variables with units.
    """
    path = Path(path)
    with open(path, lazy=True) as dataset:
        parts = [
            f"{path.name}: {dataset.attrs.get('title', 'untitled')}, {_megabytes(path)}",
            *_record_lines(dataset),
            "",
            *_axis_lines(dataset),
            "",
            *_variable_lines(dataset),
        ]
        if "comment" in dataset.attrs:
            parts += ["", f"Limits: {dataset.attrs['comment']}"]
    return "\n".join(parts)


def check_numbers(dataset: xr.Dataset) -> None:
    """Let no unexpected NaN or infinity reach a file.

    Args:
        dataset: A Dataset of ``pooling.dataset``.

    Raises:
        NumberError: Naming the first bad variable, realization, year and region.
    """
    paths = int(dataset.attrs.get("stochastic_paths", 2))
    for name, array in dataset.data_vars.items():
        for slab in _slabs(array.variable):
            require_finite(array.isel(slab), str(name), paths)


def _encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    return {str(name): _encode(str(name), array) for name, array in dataset.variables.items()}


def _encode(name: str, array: xr.Variable) -> dict[str, Any]:
    if array.dtype.kind == "U":
        return {"dtype": "S1", "char_dim_name": f"{name}_characters", "_FillValue": None}
    if array.dtype.kind == "M":
        return {"dtype": "int32", "units": _TIME_UNITS, "calendar": _CALENDAR, "_FillValue": None}
    if "formula" not in array.attrs:
        return {"_FillValue": None}
    fill = FILL if array.dtype.kind == "f" else None
    return {**_compressed(array), "_FillValue": fill}


def _compressed(array: xr.Variable) -> dict[str, Any]:
    return {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": _chunks(array)}


def _chunks(array: xr.Variable) -> tuple[int, ...]:
    """Whole series of as many funds or regions as fit; one scheme and arrangement at a time."""
    room = CHUNK_BYTES // array.dtype.itemsize
    chunks: list[int] = []
    for dim, size in reversed(list(zip(array.dims, array.shape, strict=True))):
        if dim in _WHOLE:
            length = size
        elif dim in ("scheme", "arrangement") and len(array.dims) > 1:
            length = 1
        else:
            length = max(1, min(size, room))
        chunks.append(length)
        room = max(1, room // length)
    return tuple(reversed(chunks))


def _verify(dataset: xr.Dataset, temporary: Path) -> None:
    """Read the file back, variable by variable, and compare it with memory: axes, numbers, texts.

    HDF5 may pass over a write that failed (seen with an injected EIO): only reading can tell.
    """
    with xr.open_dataset(temporary, engine="netcdf4", cache=False) as written:
        found = _as_saved(written)
        for name, variable in dataset.variables.items():
            if name not in found.variables or not _identical(variable, found.variables[name]):
                raise OutputError(f"{temporary}: {name} was not written as it is in memory")
        if not xr.Dataset(attrs=dataset.attrs).identical(xr.Dataset(attrs=found.attrs)):
            raise OutputError(f"{temporary}: the attributes were not written as they are in memory")


def _reserve(dataset: xr.Dataset, temporary: Path) -> None:
    """Ask the disk for the room of the uncompressed file, and give it back.

    A disk that fills up under HDF5 2.2 ended the process with a segmentation fault in two of eight
    trials; here it is an error with the system's reason.
    """
    needed = dataset.nbytes + HEADER_BYTES * len(dataset.variables)
    with temporary.open("wb") as stream:
        # macOS does not have the call: there the library meets the full disk itself.
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(stream.fileno(), 0, needed)


def _identical(variable: xr.Variable, found: xr.Variable) -> bool:
    return variable.shape == found.shape and all(
        variable.isel(slab).identical(found.isel(slab)) for slab in _slabs(variable)
    )


@contextmanager
def _small_caches() -> Iterator[None]:
    """Files opened here keep little of each variable in memory."""
    usual = netCDF4.get_chunk_cache()
    netCDF4.set_chunk_cache(CHUNK_CACHE, *usual[1:])
    try:
        yield
    finally:
        netCDF4.set_chunk_cache(*usual)


def _write(dataset: xr.Dataset, temporary: Path) -> None:
    """Write small variables through xarray, large ones slab by slab."""
    large = [
        name
        for name, array in dataset.data_vars.items()
        if array.nbytes > LARGE_BYTES and array.dtype.kind == "f"
    ]
    small = dataset.drop_vars(large)
    small.to_netcdf(
        temporary, format="NETCDF4_CLASSIC", engine="netcdf4", encoding=_encoding(small)
    )
    if large:
        with netCDF4.Dataset(temporary, "a") as file:
            for name in large:
                _append(file, dataset[name])


def _append(file: netCDF4.Dataset, array: xr.DataArray) -> None:
    """Add floating-point numbers to a file that has their dimensions, as xarray would."""
    variable, dims = array.variable, tuple(str(dim) for dim in array.dims)
    target = file.createVariable(
        str(array.name),
        array.dtype,
        dims,
        fill_value=FILL,
        **_compressed(variable),
    )
    target.setncatts({**array.attrs, "coordinates": _auxiliary(array)})
    for slab in _slabs(variable):
        values = variable.isel(slab).values
        target[tuple(slab[dim] for dim in dims)] = np.where(np.isnan(values), FILL, values)


def _auxiliary(array: xr.DataArray) -> str:
    """The labels that belong to a variable, in CF's attribute ``coordinates``."""
    return " ".join(sorted(str(name) for name in array.coords if name not in array.dims))


def _slabs(array: xr.Variable) -> Iterator[Slab]:
    """Parts of a variable that cover it, whole chunks of the file each, of bounded size.

    Args:
        array: any variable; a small one is one part.
    """
    steps = [min(step, size) for step, size in zip(_chunks(array), array.shape, strict=True)]
    for axis in reversed(range(len(steps))):
        room = SLAB_BYTES // (max(1, prod(steps)) * array.dtype.itemsize)
        steps[axis] = min(array.shape[axis], steps[axis] * max(1, room))
    starts = [range(0, size, step) for size, step in zip(array.shape, steps, strict=True)]
    for corner in product(*starts):
        ends = zip(array.dims, corner, steps, strict=True)
        yield {dim: slice(start, start + step) for dim, start, step in ends}


def _publish(temporary: Path, path: Path, overwrite: bool) -> None:
    """Give the file its name."""
    if overwrite:
        durable.publish(temporary, path)
    else:
        # A file that appeared during the run is refused too; link never replaces.
        _publish_new(temporary, path)


def _publish_new(temporary: Path, path: Path) -> None:
    durable.sync(temporary)
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise OutputPathError(
            f"{path}: appeared while the run was writing; nothing was replaced"
        ) from error
    except OSError:
        # Some file systems have no hard links.
        temporary.replace(path)
    durable.sync(path.parent)


def _room(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    return f" ({free / 1e6:,.0f} MB are free in {folder})"


def _as_saved(dataset: xr.Dataset) -> xr.Dataset:
    """Undo what a file cannot say: labels are coordinates, texts are ``str``, one flag is still a list of flags."""
    # Every variable of a run says its formula; a measure of somebody's own is in no table here.
    labels = [name for name, array in dataset.data_vars.items() if "formula" not in array.attrs]
    dataset = dataset.set_coords(labels)
    texts = {
        name: array.astype(np.str_)
        for name, array in dataset.coords.items()
        if array.dtype.kind == "O"
    }
    dataset = dataset.assign_coords(texts)
    for array in dataset.variables.values():
        array.encoding = {}
        if "flag_values" in array.attrs:
            array.attrs["flag_values"] = np.atleast_1d(array.attrs["flag_values"])
    return dataset


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"


def _record_lines(dataset: xr.Dataset) -> list[str]:
    names = {
        "assumptions": "assumptions",
        "basis": "basis",
        "valuation_date": "valued at",
        "date_created": "run at",
        "source": "program",
        "seed": "seed",
        "stochastic_paths": "paths",
        "precision": "precision",
        "backend": "backend",
        "device": "device",
        "wall_seconds": "seconds",
    }
    return [
        f"  {text:<12} {dataset.attrs[name]}"
        for name, text in names.items()
        if name in dataset.attrs
    ]


def _axis_lines(dataset: xr.Dataset) -> list[str]:
    lines = []
    for dim, size in dataset.sizes.items():
        if dim not in dataset.coords:
            continue
        label = dataset.coords.get(f"{dim}_name", dataset.coords[dim]).values
        sample = f"{label[0]}" if size == 1 else f"{label[0]} … {label[-1]}"
        text = ", ".join(map(str, label)) if size <= 8 else sample
        lines.append(f"  {dim:<12} {size:>5}  {text}")
    return ["Axes", *lines]


def _variable_lines(dataset: xr.Dataset) -> list[str]:
    """One line a quantity, with the forms that the file holds."""
    forms: dict[Quantity, list[str]] = {}
    others: list[str] = []
    for name, array in dataset.data_vars.items():
        variable = variables().get(str(name))
        if variable is None or "difference" in array.dims:
            others.append(
                _line(
                    str(name),
                    array.attrs.get("unit_text", "flag"),
                    map(str, array.dims),
                    [_what(array)],
                )
            )
        else:
            forms.setdefault(variable.quantity, []).append(variable.form)
    currency = str(dataset.attrs.get("currency", "currency"))
    lines = [
        _line(quantity.name, unit_text(quantity.unit, currency), quantity.dims, held)
        for quantity, held in forms.items()
    ]
    lines += others
    return [
        "Variables (paths: NAME by realization; statistic: NAME_statistic; central: NAME_central)",
        *lines,
    ]


def _what(array: xr.DataArray) -> str:
    return "difference" if "difference" in array.dims else "added"


def _line(name: str, unit: str, dims: Iterable[str], forms: list[str]) -> str:
    return f"  {name:<36} {unit:<14} ({', '.join(dims)})  {', '.join(forms)}"
