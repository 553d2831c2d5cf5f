"""A loaded run: everything that the engine needs, frozen. Arrays are read-only; units are the package's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.arrangements import BenefitPolicy, Response, Terms
from pooling.assumptions.dated import DatedRule
from pooling.assumptions.funds import EmployeePensionFund, Fund
from pooling.assumptions.schemas import (
    Compute,
    Options,
    Output,
    Parameter,
    Projection,
    RetirementGroup,
    SetInfo,
    Source,
)
from pooling.assumptions.tables import Table


@dataclass(frozen=True, eq=False)
class Provinces:
    """The provinces, by code.

    Attributes:
        code: int32 [province], ascending.
        name: names in English.
        name_zh: names in Chinese; may be empty.
    """

    code: NDArray[np.int32]
    name: tuple[str, ...]
    name_zh: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Municipalities:
    """The municipalities, by code; those of one province need not stand together.

    Attributes:
        code: int32 [municipality], ascending.
        province_index: int64 [municipality]: position of the province.
        name: names in English.
        name_zh: names in Chinese; may be empty.
        longitude: degrees east.
        latitude: degrees north.
    """

    code: NDArray[np.int32]
    province_index: NDArray[np.int64]
    name: tuple[str, ...]
    name_zh: tuple[str, ...]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]


@dataclass(frozen=True)
class SchemeRules:
    """The law of a scheme.

    Attributes:
        module: key of the scheme's module.
        title: in English.
        title_zh: in Chinese.
        rules: name → dated values.
        retirement_groups: groups with one retirement rule, in file order.
    """

    module: str
    title: str
    title_zh: str
    rules: Mapping[str, DatedRule]
    retirement_groups: tuple[RetirementGroup, ...]


@dataclass(frozen=True)
class Grouping:
    """A grouping of municipalities from a CSV file.

    Attributes:
        pools: municipality code → pool code.
        names: pool code → name and Chinese name.
    """

    pools: Mapping[int, int]
    names: Mapping[int, tuple[str, str]]


@dataclass(frozen=True)
class Arrangement:
    """A pooling arrangement of a run.

    Attributes:
        key: name of the arrangement.
        title: in English.
        title_zh: in Chinese.
        funds: keys of the run's funds that it covers.
        terms: fund → years from which on (None: the start) with the terms in force then, ascending; every fund of
            the run, covered or not.
        groupings: CSV file → the pools that it makes of the municipalities.
    """

    key: str
    title: str
    title_zh: str
    funds: tuple[str, ...]
    terms: Mapping[str, tuple[tuple[int | None, Terms], ...]]
    groupings: Mapping[str, Grouping]

    @property
    def all_terms(self) -> tuple[Terms, ...]:
        """Every distinct terms of any fund in any year, in the order in which they first appear."""
        found: list[Terms] = []
        for dated in self.terms.values():
            found += [terms for _, terms in dated if terms not in found]
        return tuple(found)


@dataclass(frozen=True)
class Overlay:
    """An overlay that a run applies.

    Attributes:
        file: path inside the set.
        title: what it changes.
        set: dotted path → value.
    """

    file: str
    title: str
    set: Mapping[str, object]


@dataclass(frozen=True, eq=False)
class AssumptionSet:
    """A folder of assumptions, checked and in the package's units.

    Attributes:
        info: ``set.toml``.
        sources: key → source.
        provinces: by code.
        municipalities: by code.
        tables: ``folder/stem`` → table.
        scheme_rules: scheme module → law.
        funds: all funds of the set, by code.
        economy: dotted name → parameter.
        digests: path inside the set → SHA-256 of the file, of every file that was read.
        repairs: table and what was changed in it after publication.
    """

    info: SetInfo
    sources: Mapping[str, Source]
    provinces: Provinces
    municipalities: Municipalities
    tables: Mapping[str, Table]
    scheme_rules: Mapping[str, SchemeRules]
    funds: tuple[Fund, ...]
    economy: Mapping[str, Parameter]
    digests: Mapping[str, str]
    repairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Config:
    """A run: its set, its choices, its arrangements.

    Attributes:
        title: of the run.
        text: the run's TOML, overrides appended as comments.
        path: the run's file.
        assumptions: the set with the overlays applied.
        projection: years, paths, seed.
        arrangements: in the run's order.
        policies: benefit policies of these arrangements, in the set's order.
        funds: of the run, those of the employee pension scheme first, then by code.
        responses: presets of the collection response.
        options: choices between declared alternatives.
        output: where results go.
        compute: precision and threads.
        overlays: in the order of their application.
        overrides: dotted path → value, applied last.
        digests: every file read, the run's own included, by folder and path → SHA-256.
    """

    title: str
    text: str
    path: Path
    assumptions: AssumptionSet
    projection: Projection
    arrangements: tuple[Arrangement, ...]
    policies: tuple[BenefitPolicy, ...]
    funds: tuple[Fund, ...]
    responses: Mapping[str, Response]
    options: Options
    output: Output
    compute: Compute
    overlays: tuple[Overlay, ...]
    overrides: Mapping[str, object]
    digests: Mapping[str, str]

    @property
    def pension_funds(self) -> tuple[EmployeePensionFund, ...]:
        """The funds of the employee pension scheme, which come first."""
        return tuple(fund for fund in self.funds if isinstance(fund, EmployeePensionFund))
