"""Cut a Dataset by arrangement, scheme or province: the axes that belong together are cut together."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pooling.errors import PoolingError


class SelectionError(PoolingError):
    """A key or code that the Dataset does not hold."""

    exit_code = 2


def select(
    dataset: xr.Dataset,
    *,
    arrangement: str | Sequence[str] | None = None,
    scheme: str | Sequence[str] | None = None,
    province: int | Sequence[int] | None = None,
) -> xr.Dataset:
    """Cut the axes that belong together; the result has the same form and can be saved.

    An arrangement cuts ``arrangement``, ``fund`` and ``path_fund``; a province cuts ``province``,
    ``municipality`` and the funds that lie in it. Variables that lose every element are left out.

    Args:
        dataset: A Dataset of this package.
        arrangement: Key or keys, such as ``"provincial"``.
        scheme: Key or keys, such as ``"enterprise_pension"``.
        province: Code or codes.

    Returns:
        The part of the Dataset.

    Raises:
        SelectionError: If a key or code is not in the Dataset.
    """
    keep: dict[str, np.ndarray] = {}
    if scheme is not None:
        keep["scheme"] = _chosen(dataset, "scheme", "scheme_name", _as_tuple(scheme))
    if arrangement is not None:
        keep["arrangement"] = _chosen(
            dataset, "arrangement", "arrangement_name", _as_tuple(arrangement)
        )
        codes = dataset["arrangement"].values[keep["arrangement"]]
        _narrow(
            dataset, keep, codes, {"fund": "fund_arrangement", "path_fund": "path_fund_arrangement"}
        )
    if province is not None:
        keep["province"] = _chosen(dataset, "province", "province", _as_tuple(province))
        codes = dataset["province"].values[keep["province"]]
        parents = {"municipality": "municipality_province", "fund": "fund_province"}
        _narrow(dataset, keep, codes, parents | {"path_fund": "path_fund_province"})
    cut = dataset.isel({dim: np.flatnonzero(mask) for dim, mask in keep.items()})
    return cut.drop_dims([dim for dim, size in cut.sizes.items() if size == 0])


def _as_tuple(value: str | int | Sequence) -> tuple:
    return (value,) if isinstance(value, str | int | np.integer) else tuple(value)


def _chosen(dataset: xr.Dataset, dim: str, label: str, wanted: tuple) -> np.ndarray:
    """Mask of the elements whose label is wanted; every wanted label must exist."""
    held = dataset[label].values if label in dataset.coords else np.empty(0)
    absent = [str(value) for value in wanted if value not in held.tolist()]
    if absent:
        texts = [str(value) for value in held.tolist()]
        text = " as text" if set(absent) & set(texts) else ""
        raise SelectionError(
            f"no {dim} {', '.join(absent)}{text} in this Dataset; it holds {', '.join(texts) or 'none'}"
        )
    return np.isin(held, wanted)


def _narrow(
    dataset: xr.Dataset, keep: dict[str, np.ndarray], codes: np.ndarray, parents: Mapping[str, str]
) -> None:
    """Keep on each dependent axis what has a kept parent, on top of what was kept before."""
    for dim, label in parents.items():
        if label in dataset.coords:
            mask = np.isin(dataset[label].values, codes)
            keep[dim] = keep.get(dim, mask) & mask
