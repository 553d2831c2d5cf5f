"""The table of output variables: source of file attributes, documentation and report headers.

``vocabulary.toml`` lists *quantities*; their ``dims`` hold the placeholder ``X`` for the
realizations. One rule turns a quantity into the *variables* of the file:

==================  ================================================  =====================
name                dims                                              what
==================  ================================================  =====================
``NAME``            X → realization, fund → path_fund                 every path
``NAME_statistic``  X → statistic                                     over realizations 1…
``NAME_central``    X dropped                                         realization 0
==================  ================================================  =====================

A quantity without ``X`` is one variable under its own name. This module imports neither jax nor
xarray.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import prod
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from pooling.axes import STATISTICS

OUTGO = ("pensions", "other_benefits", "inherited_accounts", "refunded_accounts", "other_outgo")
"""What a fund pays out, by name of quantity."""

FILL = 9.969209968386869e36
"""netCDF's default fill; NaN as a fill breaks the arithmetic of other readers."""

Form = Literal["paths", "statistic", "central", "once"]

NAME = re.compile(r"[a-z][a-z0-9_]*")
AXES = (
    "scheme",
    "fund",
    "arrangement",
    "payer",
    "channel",
    "origin_province",
    "destination_province",
    "municipality",
    "province",
    "horizon",
    "X",
    "year",
)
"""In file order."""
OWN_KINDS = ("stock", "flow", "average", "rate")
"""Kinds of a measure of one's own."""
KINDS = (*OWN_KINDS, "date", "code", "flag")
UNIT_TEXT = MappingProxyType(
    {
        "currency": "{currency}",
        "currency/year": "{currency} per year",
        "persons": "persons",
        "person-year": "person-years",
        "fraction": "fraction",
        "ratio": "ratio",
        "month": "months",
        "year": "calendar year",
        "code": "code of the assumption set",
        "flag": "flag",
    }
)
MUNICIPAL_GRADE = MappingProxyType(
    {
        "grade": "D",
        "grade_note": "published figures are split over the municipalities of a province by a declared assumption",
    }
)
"""Attributes of every variable by municipality."""

_CELL_METHODS = {"stock": "time: point", "flow": "time: sum", "average": "time: mean"}


@dataclass(frozen=True)
class Quantity:
    """One entry of the table.

    Attributes:
        dims: Axis names in file order; ``X`` stands for the realizations.
        paths: Whether the default file holds every path.
        flags: Meanings of the values 0, 1, … of a flag.
    """

    name: str
    long_name: str
    name_zh: str
    kind: str
    unit: str
    dims: tuple[str, ...]
    formula: str
    source: str
    paths: bool = False
    may_be_missing: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variable:
    """One variable of a file: a quantity in one form."""

    name: str
    quantity: Quantity
    form: Form

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions in file order."""
        replace = {
            "paths": {"X": "realization", "fund": "path_fund"},
            "statistic": {"X": "statistic"},
            "central": {"X": None},
            "once": {},
        }[self.form]
        return tuple(
            new for old in self.quantity.dims if (new := replace.get(old, old)) is not None
        )

    @property
    def cell_dims(self) -> tuple[str, ...]:
        """Dimensions of one realization."""
        return tuple(dim for dim in self.dims if dim not in ("realization", "statistic"))

    @property
    def dtype(self) -> np.dtype:
        """Stored type: flags int8, rates and statistics float32, money, heads and codes float64.

        A statistic carries a Monte Carlo error of a few per cent of its spread: float32 (6e-8)
        loses nothing and halves the larger half of the file.
        """
        if self.quantity.kind == "flag":
            return np.dtype("int8")
        single = self.form == "statistic" or self.quantity.kind in ("rate", "date")
        return np.dtype("float32" if single else "float64")

    def attributes(self, currency: str) -> dict[str, Any]:
        """Attributes in the file.

        Args:
            currency: ISO 4217 code of the assumption set.

        Returns:
            ASCII texts, and NumPy arrays for flags.
        """
        quantity = self.quantity
        attributes: dict[str, Any] = {
            "long_name": self._long_name(),
            "units": "1",
            "unit_text": unit_text(quantity.unit, currency),
            "kind": quantity.kind,
            "formula": quantity.formula,
            "references": quantity.source,
            "coverage_content_type": "modelResult",
            "may_be_missing": "yes" if quantity.may_be_missing else "no",
        }
        if "municipality" in quantity.dims:
            attributes |= MUNICIPAL_GRADE
        if quantity.unit.startswith("currency"):
            attributes |= {"currency": currency, "price_basis": "nominal"}
        # A stock told once, at the valuation date, has no time to be a point of.
        if quantity.kind in _CELL_METHODS and "year" in quantity.dims:
            attributes["cell_methods"] = _CELL_METHODS[quantity.kind]
        if quantity.flags:
            attributes["flag_values"] = np.arange(len(quantity.flags), dtype=self.dtype)
            attributes["flag_meanings"] = " ".join(quantity.flags)
        return attributes

    def _long_name(self) -> str:
        suffix = {"statistic": ", statistics over paths", "central": ", central path"}
        return self.quantity.long_name + suffix.get(self.form, "")


_ADDED: dict[str, Quantity] = {}


def add(quantity: Quantity) -> None:
    """Add a quantity to the table for the rest of the process.

    Raises:
        ValueError: a name, kind, unit or axis that cannot be.
    """
    wrong = {
        f"name {quantity.name!r}": not NAME.fullmatch(quantity.name)
        or quantity.name in {*quantities(), *AXES, "time", "time_bounds"}
        or quantity.name.endswith(("_statistic", "_central")),
        f"kind {quantity.kind!r}": quantity.kind not in OWN_KINDS,
        f"unit {quantity.unit!r}": quantity.unit not in UNIT_TEXT,
        f"axes {quantity.dims!r}": list(quantity.dims)
        != [dim for dim in AXES if dim in quantity.dims],
        "text beyond ASCII": not (
            quantity.long_name + quantity.formula + quantity.source
        ).isascii(),
    }
    found = [what for what, is_wrong in wrong.items() if is_wrong]
    if found:
        raise ValueError(
            f"not a quantity: {', '.join(found)}; a new name in snake_case, one of the kinds {', '.join(OWN_KINDS)}, "
            f"of the units {', '.join(UNIT_TEXT)} and of the axes {', '.join(AXES)} in this order"
        )
    _ADDED[quantity.name] = quantity
    _forget()


def remove(name: str) -> None:
    """Take an added quantity out of the table."""
    del _ADDED[name]
    _forget()


def _forget() -> None:
    quantities.cache_clear()
    variables.cache_clear()


@cache
def quantities() -> Mapping[str, Quantity]:
    """The table as read from ``vocabulary.toml``, in its order, and what was added to it."""
    text = files("pooling").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    table = {}
    for name, entry in tomllib.loads(text).items():
        lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
        table[name] = Quantity(name=name, **{**entry, **lists})
    return MappingProxyType(table | _ADDED)


@cache
def variables() -> Mapping[str, Variable]:
    """Every variable that a file may hold, by name."""
    found = [variable for quantity in quantities().values() for variable in _forms(quantity)]
    return MappingProxyType({variable.name: variable for variable in found})


def _forms(quantity: Quantity) -> Iterator[Variable]:
    if "X" not in quantity.dims:
        yield Variable(quantity.name, quantity, "once")
        return
    yield Variable(quantity.name, quantity, "paths")
    yield Variable(f"{quantity.name}_statistic", quantity, "statistic")
    yield Variable(f"{quantity.name}_central", quantity, "central")


def default_variables(all_paths: bool = False) -> tuple[Variable, ...]:
    """Variables that a run writes.

    Args:
        all_paths: Whether every quantity is written path by path, not only those marked ``paths``.
    """
    return tuple(
        variable
        for variable in variables().values()
        if variable.form != "paths" or all_paths or variable.quantity.paths
    )


def shape_of(variable: Variable, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Shape of a variable under the sizes of the axes (``statistic`` may be left out)."""
    sizes = {"statistic": len(STATISTICS), **sizes}
    return tuple(sizes[dim] for dim in variable.dims)


def estimate_bytes(sizes: Mapping[str, int], all_paths: bool = False) -> int:
    """Size of the numbers of a default file before compression.

    The default run of China (200 paths) was compressed to 0.56 of it.

    Args:
        sizes: Length of each axis: scheme, fund, path_fund, arrangement, municipality, province,
            realization, year.
        all_paths: As in ``default_variables``.

    Returns:
        Bytes.
    """
    return sum(
        prod(shape_of(variable, sizes)) * variable.dtype.itemsize
        for variable in default_variables(all_paths)
    )


def unit_text(unit: str, currency: str) -> str:
    """A unit in words, with the currency of the set."""
    return UNIT_TEXT[unit].format(currency=currency)


def report_header(name: str, currency: str, language: Literal["en", "zh"] = "en") -> str:
    """Header of a column or figure: name and unit.

    Args:
        name: A quantity or a variable.
        currency: ISO 4217 code of the assumption set.
        language: ``en`` or ``zh``.
    """
    quantity = quantities()[name] if name in quantities() else variables()[name].quantity
    text = quantity.name_zh if language == "zh" else quantity.long_name
    return f"{text} [{unit_text(quantity.unit, currency)}]"


def documentation_table(currency: str = "CNY") -> str:
    """The table of quantities in Markdown."""
    lines = [
        "| quantity | meaning | name (zh) | unit | kind | dims | all paths | missing | formula |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for quantity in quantities().values():
        cells = (
            f"`{quantity.name}`",
            quantity.long_name,
            quantity.name_zh,
            unit_text(quantity.unit, currency),
            quantity.kind,
            ", ".join(quantity.dims),
            "yes" if quantity.paths else "no",
            "yes" if quantity.may_be_missing else "no",
            quantity.formula.replace("|", "\\|"),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
