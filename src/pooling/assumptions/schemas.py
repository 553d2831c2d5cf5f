"""What the TOML files of a set and of a run may hold: one frozen model a file. Unknown keys are errors."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

Item = TypeVar("Item")
Level = Literal["municipality", "province", "nation"]
Grade = Literal["A", "A-", "B", "B-", "C", "D", "M"]
Text = Annotated[str, Field(min_length=1)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Spread = Annotated[float, Field(ge=0, le=2)]
Age = Annotated[int, Field(ge=0, le=100)]
Months = Annotated[int, Field(ge=0, le=1200)]
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
Year = Annotated[int, Field(ge=1900, le=2200)]
Many = Annotated[tuple[Item, ...], Field(strict=False)]
Frozen = Annotated[Mapping[str, Item], AfterValidator(lambda given: MappingProxyType(dict(given)))]


class Misfit(ValueError):
    """Values that are right one by one but do not fit together.

    Attributes:
        key: the key to blame.
        found: its value, in words.
        allowed: what would fit.
    """

    def __init__(self, key: str, found: object, allowed: str) -> None:
        """Keep the parts for the message."""
        super().__init__(f"{key}: found {found}; allowed: {allowed}")
        self.key, self.found, self.allowed = key, str(found), allowed


class Strict(BaseModel):
    """Base of the models: exact types, no unknown keys, no infinite numbers, no change afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


# ---- set.toml, sources.toml, tables.toml


class SetInfo(Strict):
    """``set.toml``: what the set is, and the years that its tables reach."""

    name: Key
    title: Text
    valuation_date: Day
    """31 December: the opening stocks stand at the end of this day."""
    author: Text
    basis: Literal["best estimate", "prescribed", "illustrative"]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    horizon_first: Year
    horizon_last: Year
    """Last calendar year that the tables reach."""
    description: str = ""
    census_date: date | None = None
    """Day and month on which censuses count; None for 31 December."""

    @model_validator(mode="after")
    def _dates_fit(self) -> "SetInfo":
        if (self.valuation_date.month, self.valuation_date.day) != (12, 31):
            raise Misfit("valuation_date", self.valuation_date, "a 31 December")
        if self.census_date and (self.census_date.month, self.census_date.day) == (2, 29):
            raise Misfit("census_date", self.census_date, "a day that every year has")
        first = self.valuation_date.year + 1
        if self.horizon_first != first:
            allowed = f"{first}, the year after the valuation date"
            raise Misfit("horizon_first", self.horizon_first, allowed)
        if self.horizon_last < first:
            raise Misfit("horizon_last", self.horizon_last, f"a year from {first} on")
        return self


class Source(Strict):
    """An entry of ``sources.toml``."""

    citation: Text
    address: Text
    accessed: date
    licence: Text
    grade: Grade
    """A official … D declared or derived, M from memory."""
    note: str = ""
    attribution: str = ""
    """Line that outputs must carry."""


def _as_tuple(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


class TableEntry(Strict):
    """An entry of a ``tables.toml``."""

    description: Text
    source: Annotated[Many[Text], Field(min_length=1)]
    grade: Grade
    units: Frozen[Text] = Field(default_factory=lambda: MappingProxyType({}))
    repair: Many[Text] = ()
    status: str = ""
    who: str = ""
    why: str = ""

    _one_or_many = field_validator("source", "repair", mode="before")(_as_tuple)

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the set's sources."""
        return self.source

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was changed after publication."""
        return self.repair


# ---- economy/economy.toml


class Parameter(Strict):
    """A parameter of the economy; the unit is in the registry of parameters."""

    value: float
    source: Text
    grade: Grade
    note: str = ""
    se: Annotated[float, Field(ge=0)] | None = None
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Parameter":
        if self.low is not None and self.high is not None and self.low > self.high:
            raise Misfit("low", self.low, f"at most high = {self.high}")
        return self


# ---- schemes/<module>.toml


class RuleValue(Strict):
    """A dated value of a rule."""

    start: Day = Field(alias="from")
    value: float
    source: Text
    grade: Grade | None = None
    note: str = ""
    ends: Day | None = None
    """Last day on which the value holds."""


class Rule(Strict):
    """A rule of a scheme's law."""

    description: Text
    unit: Text
    values: Annotated[Many[RuleValue], Field(min_length=1)]


class RetirementGroup(Strict):
    """A group of members with one retirement rule."""

    key: Key
    sex: Literal["male", "female"]
    original_age_months: Months
    """Age before the reform; months."""
    reform_from: Day
    step_months: Months
    """Birth months that delay the age by one month; 0 for no reform."""
    cap_months: Months
    """Largest delay; months."""
    shift_months: Annotated[int, Field(ge=-120, le=120)] = 0
    """Months by which members leave before (negative) or after the pension age, by choice."""
    source: Text
    note: str = ""


class LawFile(Strict):
    """``schemes/<module>.toml``: the law of a scheme as dated records."""

    module: Key
    title: Text
    title_zh: str = ""
    rules: Frozen[Rule]
    retirement_groups: Many[RetirementGroup] = ()
    """Of schemes whose members retire by groups; empty for the others."""


# ---- overlays/*.toml


class OverlayFile(Strict):
    """``overlays/<name>.toml``: values that replace others, by dotted path."""

    title: Text
    grade: Grade = "D"
    who: str = ""
    why: str = ""
    set: Annotated[dict[str, Any], Field(min_length=1)]


# ---- runs/*.toml


class Projection(Strict):
    """The years and paths of a run."""

    first_year: int
    last_year: int
    paths: Annotated[int, Field(ge=0, le=1_000_000)]
    """Stochastic paths beside the central one."""
    seed: Annotated[int, Field(ge=0, lt=2**63)]

    @model_validator(mode="after")
    def _ascending(self) -> "Projection":
        if self.last_year < self.first_year:
            raise Misfit("last_year", self.last_year, f"a year from {self.first_year} on")
        return self

    @property
    def years(self) -> NDArray[np.int64]:
        """Calendar years of the projection."""
        return np.arange(self.first_year, self.last_year + 1)


class SubsidyAnchor(Strict):
    """A province whose share of subsidy in expenditure is published."""

    province: int
    share_of_expenditure: Fraction


class SubsidyRule(Strict):
    """Whether scheduled subsidies for people registered elsewhere follow the register or the person, phased by date."""

    before: Fraction
    """Share that follows the person until ``from``."""
    after: Fraction
    """Share from ``to`` on; on a straight line in between."""
    first_year: Year = Field(alias="from")
    last_year: Year = Field(alias="to")

    @model_validator(mode="after")
    def _ascending(self) -> "SubsidyRule":
        if self.last_year < self.first_year:
            raise Misfit("to", self.last_year, f"a year from {self.first_year} on")
        return self

    def person_share(self, years: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share that follows the person, by year."""
        return np.interp(years, [self.first_year - 1, self.last_year], [self.before, self.after])


class OptionsTable(Strict):
    """Choices between declared alternatives, and declared figures of the opening."""

    central_path: Key
    """Variant of ``economy/central_path``."""
    wage_age: Literal["recommended", "flat", "steep"]
    opening_ages: Literal["census", "un"]
    municipal_split: Literal["gdp", "age"]
    interest: Annotated[float, Field(ge=-0.1, le=0.2)]
    """Return on balances inside the opening year's revenue."""
    subsidy_share: Annotated[float, Field(ge=0, lt=1)]
    """Scheduled subsidy over revenue in the opening year."""
    scheduled_subsidy: Literal["benefits", "wages", "zero"]
    """What scheduled subsidy grows with."""
    collection_after_opening: Literal["constant", "converge"]
    """Whether the provinces' shares of paying members stay or move to their mean."""
    convergence_years: Annotated[int, Field(ge=1, le=200)]
    """Years that the move takes."""
    provincial_variants: bool = True
    """Whether provinces with a benefit formula of their own keep it (``schemes/provincial_formula``)."""
    city_reference: bool = False
    """Whether municipalities with a reference wage of their own have it (``schemes/city_reference``)."""
    vital_fade_years: Annotated[int, Field(ge=0, le=200)]
    """Years over which the factors that closed the opening population on published births and deaths fade to 1."""


class Options(OptionsTable):
    """The options with what is known of the subsidy and who bears it."""

    subsidy_anchor: SubsidyAnchor | None = None
    subsidy_rule: SubsidyRule | None = None
    """None: subsidies follow the person."""


class Output(Strict):
    """Where results go."""

    file: Text
    all_paths: bool = False


class Compute(Strict):
    """How the run is computed."""

    device: Literal["auto", "cpu", "gpu"] = "auto"
    """``auto``: what JAX offers first."""
    precision: Literal["auto", "double", "mixed"] = "auto"
    """``mixed``: people and rights in single precision, funds and sums over cells in double. ``auto``: double."""
    width: Literal["auto"] | Annotated[int, Field(ge=1, le=4096)] = "auto"
    """Paths of one launch of the compiled program; the bits of a path depend on it. ``auto``: 1 on a CPU."""
    threads: Literal["auto"] | Annotated[int, Field(ge=1, le=4096)] = "auto"
    """Launches under way together; no number depends on it."""
    chunk: Literal["auto"] | Annotated[int, Field(ge=1, le=4096)] = "auto"
    """Paths of one file of an unfinished run; no number depends on it."""

    @property
    def chosen_precision(self) -> Literal["double", "mixed"]:
        """With ``auto`` resolved."""
        return "double" if self.precision == "auto" else self.precision


class RunFile(Strict):
    """``runs/<name>.toml``."""

    title: Text
    assumptions: Text
    """Folder of the set, from the folder of this file."""
    projection: Projection
    arrangements: Annotated[Many[Key], Field(min_length=1)]
    options: OptionsTable
    output: Output
    overlays: Many[Text] = ()
    funds: Annotated[Many[Key], Field(min_length=1)] | None = None
    subsidy_anchor: SubsidyAnchor | None = None
    subsidy_rule: SubsidyRule | None = None
    compute: Compute = Compute()
