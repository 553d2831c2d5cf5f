"""Arrays and labels → one labelled Dataset.

The engine hands over plain arrays named and shaped as in the vocabulary. Here they get coordinates
(int32 codes with text labels beside them), CF time and the run's record as global attributes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import prod
from types import MappingProxyType

import numpy as np
import xarray as xr
from xarray.core import indexing

from pooling.axes import CHANNELS, PAYERS, STATISTICS, horizons
from pooling.vocabulary import Variable, shape_of, variables

Values = np.ndarray | indexing.LazilyIndexedArray
"""Numbers in memory, or on disk until they are indexed."""

INTENDED_USE = (
    "Compare pooling arrangements of social insurance on the same population and the same "
    "stochastic paths: fund balances, subsidies and redistribution under stated assumptions. "
    "Not a forecast, not an actuarial opinion, not a basis for the rights of one person."
)
LIMITS = (
    "Money is nominal. Realization 0 is the central path, a median in logs; statistics leave it "
    "out. Municipal results rest on declared splits of provincial accounts (grade D). The spread "
    "over paths holds the modelled shocks only, not the uncertainty of the assumptions themselves, "
    "and understates long-run uncertainty."
)


@dataclass(frozen=True)
class Items:
    """Labels of schemes or arrangements.

    Attributes:
        code: int32 codes, strictly ascending.
        key: ASCII keys, such as ``enterprise_pension``.
        title: Titles in English.
        title_zh: Titles in Chinese; empty texts where there are none.
    """

    code: np.ndarray
    key: Sequence[str]
    title: Sequence[str]
    title_zh: Sequence[str]


@dataclass(frozen=True)
class Regions:
    """Labels of municipalities or provinces.

    Attributes:
        code: int32 codes, strictly ascending.
        province: Province code of each region; for provinces their own.
        longitude: Degrees east, or None.
        latitude: Degrees north, or None.
    """

    code: np.ndarray
    name: Sequence[str]
    name_zh: Sequence[str]
    province: np.ndarray
    longitude: np.ndarray | None = None
    latitude: np.ndarray | None = None


@dataclass(frozen=True)
class Funds:
    """Labels of the fund axis: (arrangement, pool) pairs laid end to end.

    Attributes:
        arrangement: Arrangement code of each fund.
        pool: Code of the pool: of a municipality, a province, 0 for the nation, or of a declared
            group.
        province: Province code that the pool lies in, 0 where it spans several.
        level: ``municipality``, ``province``, ``nation`` or ``group``; ``adjustment_fund`` and ``local_reserve`` for
            funds that hold reserves and have no members.
        by_path: Positions of the funds whose every path is stored (``path_fund``), ascending.
    """

    arrangement: np.ndarray
    pool: np.ndarray
    province: np.ndarray
    level: Sequence[str]
    name: Sequence[str]
    name_zh: Sequence[str]
    by_path: np.ndarray


@dataclass(frozen=True)
class Labels:
    """Labels of every axis of a run.

    Attributes:
        realizations: Number of realizations, the central path included.
        years: int32 calendar years, ascending.
    """

    schemes: Items
    arrangements: Items
    funds: Funds
    municipalities: Regions
    provinces: Regions
    years: np.ndarray
    realizations: int

    def sizes(self) -> dict[str, int]:
        """Length of each dimension."""
        return {
            "scheme": len(self.schemes.code),
            "arrangement": len(self.arrangements.code),
            "fund": len(self.funds.pool),
            "path_fund": len(self.funds.by_path),
            "municipality": len(self.municipalities.code),
            "province": len(self.provinces.code),
            "realization": self.realizations,
            "payer": len(PAYERS),
            "channel": len(CHANNELS),
            "horizon": len(horizons(len(self.years))),
            "origin_province": len(self.provinces.code),
            "destination_province": len(self.provinces.code),
            "statistic": len(STATISTICS),
            "year": len(self.years),
        }


@dataclass(frozen=True)
class RunRecord:
    """What a run leaves behind so that another person can judge and repeat it.

    Attributes:
        config_text: The configuration as TOML, with every override.
        basis: ``best estimate``, ``prescribed`` or ``illustrative``.
        currency: ISO 4217 code.
        versions: Package → version (pooling, jax, numpy, …).
        precision: ``double`` or ``mixed``.
        backend: Kind of device: ``cpu`` or ``gpu``.
        device: Its model.
        path_width: Paths of one launch; the bits of a path depend on it.
        threads: Launches under way together.
        wall_seconds: Wall time of the run.
        created: Date and time of the run, with a zone.
        digests: Input file (relative to the set) → SHA-256.
        grades: Table → grade (A official … D declared).
        attributions: Lines that licences of the data demand.
        overlays: Name and title of the overlays that were applied.
        extra: Further ASCII attributes, such as a hash of the program.
    """

    title: str
    config_text: str
    assumptions: str
    valuation_date: str
    basis: str
    currency: str
    author: str
    seed: int
    versions: Mapping[str, str]
    precision: str
    backend: str
    device: str
    path_width: int
    threads: int
    wall_seconds: float
    created: datetime
    digests: Mapping[str, str]
    grades: Mapping[str, str]
    attributions: Sequence[str] = ()
    overlays: Sequence[str] = ()
    extra: Mapping[str, str | float] = field(default_factory=lambda: MappingProxyType({}))


def to_dataset(results: Mapping[str, Values], labels: Labels, record: RunRecord) -> xr.Dataset:
    """Label the engine's arrays.

    Args:
        results: Variable name → array, shaped as the vocabulary says under ``labels``; one on
            disk is read when it is used. A run without stochastic paths leaves the ``_statistic``
            variables out; they are then written as missing. Arrays without elements (no fund is
            stored by path) are left out.
        labels: Labels of every axis.
        record: The run's record.

    Returns:
        Dataset with coordinates, attributes and the vocabulary's dtypes; missing values are NaN.

    Raises:
        ValueError: If an array has an unknown name or another shape.
    """
    results = dict(results)
    if labels.realizations == 1:
        results = _missing_statistics(results, labels.sizes()) | results
    fields = {
        name: _labelled(variables()[name], array, labels.sizes(), record.currency)
        for name, array in _known(results).items()
        if prod(array.shape)
    }
    used = {dim for field_ in fields.values() for dim in field_.dims} | {"year"}
    coordinates = {
        name: value
        for name, value in _coordinates(labels).items()
        if set(value.dims) <= used | {"bounds"}
    }
    return xr.Dataset(
        fields, coords=coordinates, attrs=global_attributes(record, labels.realizations - 1)
    )


def one_realization(
    variable: Variable, values: np.ndarray, labels: Labels, realization: int
) -> xr.DataArray:
    """One realization of a variable with its coordinates.

    Args:
        variable: by path or as statistic.
        values: in the shape of one realization.
        labels: labels of every axis.
        realization: its number.
    """
    dims = variable.cell_dims
    coordinates = {
        name: value for name, value in _coordinates(labels).items() if set(value.dims) <= set(dims)
    }
    attributes = variable.attributes(currency="")
    array = xr.DataArray(values, coordinates, dims, attrs=attributes)
    return array.expand_dims(realization=[realization])


def _known(results: Mapping[str, Values]) -> dict[str, Values]:
    """The results in the vocabulary's order."""
    unknown = sorted(set(results) - set(variables()))
    if unknown:
        raise ValueError(f"not in the vocabulary: {', '.join(unknown)}")
    return {name: results[name] for name in variables() if name in results}


def _missing_statistics(
    results: Mapping[str, Values], sizes: Mapping[str, int]
) -> dict[str, np.ndarray]:
    names = {f"{variables()[name].quantity.name}_statistic" for name in results} & set(variables())
    return {name: np.full(shape_of(variables()[name], sizes), np.nan) for name in names}


def _labelled(
    variable: Variable, array: Values, sizes: Mapping[str, int], currency: str
) -> xr.Variable:
    expected = shape_of(variable, sizes)
    if array.shape != expected:
        axes = ", ".join(variable.dims)
        raise ValueError(f"{variable.name} ({axes}): expected shape {expected}; got {array.shape}")
    if isinstance(array, np.ndarray):
        array = array.astype(variable.dtype, copy=False)
    return xr.Variable(variable.dims, array, variable.attributes(currency))


def _coordinates(labels: Labels) -> dict[str, xr.Variable]:
    found = _item_labels("scheme", labels.schemes) | _item_labels(
        "arrangement", labels.arrangements
    )
    found |= _region_labels("municipality", labels.municipalities)
    found |= _region_labels("province", labels.provinces)
    for role in ("origin", "destination"):
        found |= _role_labels(f"{role}_province", role, labels.provinces)
    del found["province_province"]
    found |= _named_labels("payer", PAYERS, "government that pays")
    found |= _named_labels("channel", CHANNELS, "channel that pays for benefits")
    spans = horizons(len(labels.years))
    found["horizon"] = _int32(
        "horizon", spans, long_name="length of the horizon", unit_text="years"
    )
    every_fund = np.arange(len(labels.funds.pool))
    found |= _fund_labels("fund", labels, every_fund)
    found |= _fund_labels("path_fund", labels, labels.funds.by_path)
    return found | _sample_labels(labels.realizations) | _time_labels(labels.years)


def _int32(dim: str, values: np.ndarray | Sequence[int], **attributes: object) -> xr.Variable:
    return xr.Variable((dim,), np.asarray(values, dtype=np.int32), attributes)


def _texts(
    found: dict[str, xr.Variable], dim: str, name: str, texts: Sequence[str], long_name: str
) -> None:
    """Add a text label; one that is empty throughout would make a dimension of length zero."""
    if any(texts):
        found[name] = xr.Variable(
            (dim,), np.array(list(texts), dtype=np.str_), {"long_name": long_name}
        )


def _item_labels(dim: str, items: Items) -> dict[str, xr.Variable]:
    found = {dim: _int32(dim, items.code, long_name=f"{dim} code", **_flags(items))}
    _texts(found, dim, f"{dim}_name", items.key, f"key of the {dim}")
    _texts(found, dim, f"{dim}_title", items.title, f"title of the {dim}")
    _texts(found, dim, f"{dim}_title_zh", items.title_zh, f"title of the {dim} in Chinese")
    return found


def _flags(items: Items) -> dict[str, object]:
    return {"flag_values": np.asarray(items.code, np.int32), "flag_meanings": " ".join(items.key)}


def _region_labels(dim: str, regions: Regions) -> dict[str, xr.Variable]:
    found = {
        dim: _int32(
            dim,
            regions.code,
            long_name=f"code of the {dim}",
            vocabulary="codes of the assumption set",
        ),
        f"{dim}_province": _int32(dim, regions.province, long_name=f"province of the {dim}"),
    }
    _texts(found, dim, f"{dim}_name", regions.name, f"name of the {dim}")
    _texts(found, dim, f"{dim}_name_zh", regions.name_zh, f"name of the {dim} in Chinese")
    degrees = {"longitude": "degrees_east", "latitude": "degrees_north"}
    for name, units in degrees.items():
        values = getattr(regions, name)
        if values is not None:
            attributes = {
                "standard_name": name,
                "long_name": f"{name} of the {dim}",
                "units": units,
            }
            found[f"{dim}_{name}"] = xr.Variable((dim,), np.asarray(values, np.float64), attributes)
    return found


def _role_labels(dim: str, role: str, provinces: Regions) -> dict[str, xr.Variable]:
    """Provinces in one of the roles of the ledger."""
    found = {dim: _int32(dim, provinces.code, long_name=f"code of the {role} province")}
    _texts(found, dim, f"{dim}_name", provinces.name, f"name of the {role} province")
    return found


def _named_labels(dim: str, names: Sequence[str], what: str) -> dict[str, xr.Variable]:
    """An axis whose elements the package names."""
    codes = np.arange(len(names), dtype=np.int32)
    flags = {"flag_values": codes, "flag_meanings": " ".join(names)}
    found = {dim: _int32(dim, codes, long_name=what, **flags)}
    _texts(found, dim, f"{dim}_name", names, f"name of the {what}")
    return found


def _fund_labels(dim: str, labels: Labels, positions: np.ndarray) -> dict[str, xr.Variable]:
    funds = labels.funds
    found = {
        dim: _int32(dim, positions, long_name="position of the fund among all funds of the run"),
        f"{dim}_arrangement": _int32(
            dim,
            funds.arrangement[positions],
            long_name="arrangement of the fund",
            **_flags(labels.arrangements),
        ),
        f"{dim}_pool": _int32(
            dim, funds.pool[positions], long_name="code of the pool, 0 for the nation"
        ),
        f"{dim}_province": _int32(
            dim, funds.province[positions], long_name="province of the pool, 0 if it spans several"
        ),
    }
    for name, long_name in (("level", "level"), ("name", "name"), ("name_zh", "name in Chinese")):
        texts = [getattr(funds, name)[position] for position in positions]
        _texts(found, dim, f"{dim}_{name}", texts, f"{long_name} of the pool")
    return found


def _sample_labels(realizations: int) -> dict[str, xr.Variable]:
    attributes = {
        "standard_name": "realization",
        "long_name": "stochastic path, 0 = central",
        "units": "1",
    }
    codes = np.arange(len(STATISTICS), dtype=np.int32)
    flags = {"flag_values": codes, "flag_meanings": " ".join(STATISTICS)}
    found = {
        "realization": _int32("realization", np.arange(realizations), **attributes),
        "statistic": _int32(
            "statistic", codes, long_name="statistic over realizations 1 and above", **flags
        ),
    }
    _texts(found, "statistic", "statistic_name", STATISTICS, "name of the statistic")
    return found


def _time_labels(years: np.ndarray) -> dict[str, xr.Variable]:
    """Year, and CF time: the last day of the year, with the whole year as bounds."""
    first = np.array([f"{year:04d}-01-01" for year in years], dtype="datetime64[ns]")
    after = np.array([f"{year + 1:04d}-01-01" for year in years], dtype="datetime64[ns]")
    attributes = {
        "standard_name": "time",
        "long_name": "31 December of the year",
        "axis": "T",
        "bounds": "time_bounds",
        "units_metadata": "leap_seconds: none",
    }
    return {
        "year": _int32(
            "year", years, long_name="calendar year: flows within it, stocks at its end", units="1"
        ),
        "time": xr.Variable(("year",), after - np.timedelta64(1, "D"), attributes),
        "time_bounds": xr.Variable(("year", "bounds"), np.stack([first, after], axis=1)),
    }


def global_attributes(record: RunRecord, paths: int) -> dict[str, object]:
    """The run's record as attributes. Texts are ASCII; what may hold Chinese is JSON with escapes.

    Args:
        record: of the run.
        paths: stochastic paths.
    """
    stamp = record.created.isoformat(timespec="seconds")
    version = record.versions.get("pooling", "unknown")
    attributes: dict[str, object] = {
        "Conventions": "CF-1.11, ACDD-1.3",
        "title": record.title,
        "summary": "Social insurance funds under several pooling arrangements on common paths.",
        "keywords": "social insurance, pension, pooling, redistribution, projection, stochastic",
        "source": f"pooling {version}",
        "history": f"{stamp} projected by pooling {version}",
        "date_created": stamp,
        "creator_name": record.author,
        "comment": LIMITS,
        "intended_use": INTENDED_USE,
        "references": "inputs: input_digests; their quality: assumption_grades",
        "assumptions": record.assumptions,
        "valuation_date": record.valuation_date,
        "basis": record.basis,
        "currency": record.currency,
        "stochastic_paths": np.int32(paths),
        "seed": str(record.seed),
        "run_config": _json(record.config_text),
        "versions": _json(dict(record.versions)),
        "precision": record.precision,
        "backend": record.backend,
        "device": record.device,
        "path_width": np.int32(record.path_width),
        "threads": np.int32(record.threads),
        "wall_seconds": float(record.wall_seconds),
        "input_digests": _json(dict(record.digests)),
        "assumption_grades": _json(dict(record.grades)),
    }
    if record.overlays:
        attributes["overlays"] = "; ".join(record.overlays)
    if record.attributions:
        attributes["acknowledgement"] = " ".join(record.attributions)
    attributes |= record.extra
    return {name: _ascii(value) for name, value in attributes.items()}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=isinstance(value, dict))


def _ascii(value: object) -> object:
    """Text with everything beyond ASCII escaped: older readers garble it in attributes."""
    return (
        value.encode("ascii", "backslashreplace").decode("ascii")
        if isinstance(value, str)
        else value
    )
