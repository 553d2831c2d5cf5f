"""The tables of an assumption set: which columns each one has, in which quantities and ranges. One line a column."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

AgeCover = Literal["all ages", "no gap"]


@dataclass(frozen=True)
class Column:
    """A value column.

    Attributes:
        quantity: one of :data:`pooling.assumptions.units.QUANTITIES`.
        low: least value allowed, in the package's unit.
        high: largest value allowed.
        blank: whether single cells may be empty.
    """

    quantity: str
    low: float = 0.0
    high: float = np.inf
    blank: bool = False


@dataclass(frozen=True)
class TableSpec:
    """What a table holds.

    Attributes:
        keys: key columns, in the order of the axes.
        columns: value columns.
        sparse: whether rows may be missing; else there is one for every combination of the labels that occur.
        itself: whether a place may be paired with itself.
        required: whether every set needs the table.
        no_year_gap: whether the years follow one another.
        ages: which ages must be there.
        projected: whether the table must reach the last projection year.
    """

    keys: tuple[str, ...]
    columns: Mapping[str, Column]
    sparse: bool = False
    itself: bool = True
    required: bool = True
    no_year_gap: bool = False
    ages: AgeCover = "no gap"
    projected: bool = False


PEOPLE = Column("people")
INDEX = Column("index", high=20.0)
SHARE = Column("share", high=1.0)
RATE = Column("share", low=-0.5, high=0.5)
BLANK_PEOPLE = Column("people", blank=True)
BLANK_MONEY = Column("money", blank=True)
WAGE = Column("wage", low=1.0)
VITAL_RATE = Column("death rate", high=2.0)

REGISTRY: Mapping[str, TableSpec] = MappingProxyType(
    {
        "population/census": TableSpec(
            ("municipality", "year", "sex", "age_group"), {"persons": PEOPLE}, ages="all ages"
        ),
        "population/registration": TableSpec(
            ("municipality", "year"),
            {
                "elsewhere_same_county": PEOPLE,
                "elsewhere_same_province": PEOPLE,
                "elsewhere_other_province": PEOPLE,
            },
        ),
        "population/national": TableSpec(
            ("year",),
            {"population_31dec": PEOPLE, "births": BLANK_PEOPLE, "deaths": BLANK_PEOPLE},
            no_year_gap=True,
        ),
        "demography/mortality": TableSpec(
            ("period_start", "sex", "age_group"),
            {"deaths_per_person_year": VITAL_RATE},
            ages="all ages",
            projected=True,
        ),
        "demography/life_expectancy": TableSpec(
            ("year", "sex"),
            {"life_expectancy": Column("years", low=10.0, high=120.0)},
            no_year_gap=True,
            projected=True,
        ),
        "demography/fertility": TableSpec(
            ("year",),
            {
                "total_fertility": Column("births a woman", high=10.0),
                "sex_ratio_at_birth": Column("sex ratio", low=0.9, high=1.4),
            },
            no_year_gap=True,
            projected=True,
        ),
        "demography/fertility_pattern": TableSpec(
            ("year", "age_group"), {"share": SHARE}, no_year_gap=True, projected=True
        ),
        "demography/international_migration": TableSpec(
            ("year", "sex", "age"),
            {"net_migrants": Column("people", low=-np.inf)},
            no_year_gap=True,
            ages="all ages",
            projected=True,
        ),
        "demography/population_midyear": TableSpec(
            ("year", "sex", "age"),
            {"persons": PEOPLE},
            required=False,
            no_year_gap=True,
            ages="all ages",
        ),
        "demography/provincial_multipliers": TableSpec(
            ("province", "year"),
            {
                "mortality_male": Column("index", low=0.1, high=10.0),
                "mortality_female": Column("index", low=0.1, high=10.0),
                "fertility": Column("index", high=10.0),
            },
        ),
        "migration/stock": TableSpec(
            ("origin", "residence"),
            {"persons": PEOPLE, "low": PEOPLE, "high": PEOPLE},
            itself=False,
        ),
        "migration/flow": TableSpec(
            ("origin", "destination", "period"), {"persons": PEOPLE}, sparse=True, itself=False
        ),
        "migration/flow_margins": TableSpec(
            ("province", "period"), {"inflow": PEOPLE, "outflow": PEOPLE}
        ),
        "migration/distance": TableSpec(
            ("origin", "destination"),
            {"distance": Column("distance"), "border": Column("index", high=1.0)},
        ),
        "migration/age_profile": TableSpec(("age_group", "sex"), {"share": SHARE}, ages="all ages"),
        "economy/average_wage": TableSpec(
            ("province", "earned_year", "used_year"), {"average_wage": WAGE}
        ),
        "economy/national_wage": TableSpec(("year",), {"average_wage": WAGE}, sparse=True),
        "economy/gdp_per_head": TableSpec(("municipality", "year"), {"gdp_per_head": WAGE}),
        "economy/participation": TableSpec(("sex", "age"), {"total": SHARE, "urban": SHARE}),
        "economy/wage_age": TableSpec(
            ("sex", "age"),
            {"index_recommended": INDEX, "index_flat": INDEX, "index_steep": INDEX},
        ),
        "economy/central_path": TableSpec(
            ("variant", "year"),
            {
                "real_wage_growth": RATE,
                "inflation": RATE,
                "fund_return": RATE,
                "notional_rate": RATE,
                "indexation": RATE,
            },
            no_year_gap=True,
            projected=True,
        ),
        "economy/prices": TableSpec(("year",), {"inflation": RATE}, sparse=True, required=False),
        "schemes/accounts": TableSpec(
            ("province", "year"),
            {
                "active": BLANK_PEOPLE,
                "retirees": BLANK_PEOPLE,
                "revenue": BLANK_MONEY,
                "expenditure": BLANK_MONEY,
                "balance": Column("money", low=-np.inf, blank=True),
            },
            sparse=True,
        ),
        "schemes/accounts_national": TableSpec(
            ("year",),
            {
                "insured": BLANK_PEOPLE,
                "active": BLANK_PEOPLE,
                "retirees": BLANK_PEOPLE,
                "revenue": BLANK_MONEY,
                "expenditure": BLANK_MONEY,
                "balance": Column("money", low=-np.inf, blank=True),
            },
            sparse=True,
            required=False,
        ),
        "schemes/reference_wage": TableSpec(
            ("province", "year"), {"reference_wage": WAGE}, no_year_gap=True
        ),
        "schemes/transitional": TableSpec(
            ("province",),
            {
                "account_start": Column("years", low=1900.0, high=2200.0),
                "coefficient": Column("share", high=0.1),
                "base_weight": Column("index", high=1.0),
            },
        ),
        "schemes/provincial_formula": TableSpec(
            ("province",),
            {
                "low_index": Column("index", high=3.0, blank=True),
                "index_floor": Column("index", high=3.0, blank=True),
            },
            sparse=True,
            required=False,
        ),
        "schemes/city_reference": TableSpec(
            ("municipality",), {"flat": SHARE, "indexed": SHARE}, sparse=True, required=False
        ),
        "schemes/annuity_divisor": TableSpec(
            ("age",), {"months": Column("months", low=1.0, high=600.0)}
        ),
        "schemes/unemployment_national": TableSpec(
            ("year",),
            {
                "insured": BLANK_PEOPLE,
                "recipients": BLANK_PEOPLE,
                "benefits": BLANK_MONEY,
                "medical": BLANK_MONEY,
                "revenue": BLANK_MONEY,
                "expenditure": BLANK_MONEY,
                "balance": BLANK_MONEY,
            },
            sparse=True,
            required=False,
        ),
        "schemes/unemployment_accounts": TableSpec(
            ("province", "year"),
            {
                "insured": BLANK_PEOPLE,
                "recipients": BLANK_PEOPLE,
                "revenue": BLANK_MONEY,
                "expenditure": BLANK_MONEY,
                "balance": BLANK_MONEY,
            },
            required=False,
        ),
        "schemes/work_injury_national": TableSpec(
            ("year",),
            {
                "insured": BLANK_PEOPLE,
                "beneficiaries": BLANK_PEOPLE,
                "revenue": BLANK_MONEY,
                "expenditure": BLANK_MONEY,
                "balance": BLANK_MONEY,
                "urban_income": Column("wage", low=1.0, blank=True),
            },
            sparse=True,
            required=False,
        ),
        "schemes/work_injury_accounts": TableSpec(
            ("province", "year"),
            {
                "insured": BLANK_PEOPLE,
                "beneficiaries": BLANK_PEOPLE,
                "revenue": BLANK_MONEY,
                "expenditure": BLANK_MONEY,
                "balance": BLANK_MONEY,
            },
            required=False,
        ),
        "schemes/platform_workers": TableSpec(
            ("year",),
            {
                "insured": PEOPLE,
                "premium_ride": BLANK_MONEY,
                "premium_delivery": BLANK_MONEY,
                "premium_freight": BLANK_MONEY,
            },
            required=False,
            no_year_gap=True,
        ),
        "schemes/platform_start": TableSpec(
            ("province",), {"start": Column("years", low=1900.0, high=2200.0)}, required=False
        ),
        "schemes/resident_pension_accounts": TableSpec(
            ("province", "year"),
            {
                "insured": PEOPLE,
                "recipients": PEOPLE,
                "revenue": Column("money"),
                "expenditure": Column("money"),
                "balance": Column("money", low=-np.inf),
            },
            required=False,
        ),
        "schemes/resident_pension_base": TableSpec(
            ("province", "year"),
            {"base_pension": Column("wage"), "central_share": SHARE},
            required=False,
        ),
        "schemes/employee_medical_national": TableSpec(
            ("year",),
            {
                "active": BLANK_PEOPLE,
                "retired": BLANK_PEOPLE,
                "pool_revenue": BLANK_MONEY,
                "account_revenue": BLANK_MONEY,
                "pool_expenditure": BLANK_MONEY,
                "account_expenditure": BLANK_MONEY,
                "pool_balance": BLANK_MONEY,
                "account_balance": BLANK_MONEY,
            },
            required=False,
            no_year_gap=True,
        ),
        "schemes/resident_medical_national": TableSpec(
            ("year",),
            {
                "insured": BLANK_PEOPLE,
                "revenue": BLANK_MONEY,
                "expenditure": BLANK_MONEY,
                "balance": BLANK_MONEY,
            },
            required=False,
            no_year_gap=True,
        ),
        "schemes/health_cost": TableSpec(
            ("sex", "age_group"),
            {"index_central": INDEX, "index_flat": INDEX, "index_steep": INDEX},
            required=False,
            ages="all ages",
        ),
        "pooling/tiers": TableSpec(("province",), {"central_share": SHARE}),
    }
)
"""Every table that a set may hold, by folder and file stem."""

TABLE_FOLDERS = ("population", "demography", "migration", "economy", "schemes", "pooling")
"""Folders whose CSV files are listed in a ``tables.toml``."""

OVER_PROVINCES = ("province", "origin", "residence", "destination")
"""Key columns that hold a province code."""

YEARS = ("year", "period_start", "earned_year", "used_year")
"""Key columns that hold a calendar year."""


@dataclass(frozen=True, eq=False)
class AgeGroups:
    """An axis of age groups.

    Attributes:
        lower: first ages [group].
        upper: last ages [group]; 100, which stands for 100 and over, in the open group.
        labels: the groups as published.
    """

    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        """Number of groups."""
        return len(self.lower)


Labels = NDArray[np.generic] | AgeGroups


@dataclass(frozen=True, eq=False)
class Table:
    """A table of a set as dense arrays.

    Attributes:
        name: folder and file stem, ``population/census``.
        axes: key column → labels in ascending order (sex: male, female): codes int32, years and ages int64, variants
            and periods text, age groups :class:`AgeGroups`.
        values: value column → float64 array over the axes, read-only; NaN where a sparse table has nothing.
        units: value column → unit of the array.
        source: keys of the set's sources.
        grade: A official … D declared or derived, M from memory.
        description: what the table holds, in words.
        repairs: what was changed after publication, and why.
        status: ``ESTIMATE`` or the like; empty for published figures.
        rows: rows of the file.
        missing: cells of the dense arrays without a value that the table could hold.
    """

    name: str
    axes: Mapping[str, Labels]
    values: Mapping[str, NDArray[np.float64]]
    units: Mapping[str, str]
    source: tuple[str, ...]
    grade: str
    description: str
    repairs: tuple[str, ...]
    status: str
    rows: int
    missing: int
