"""What ``schemes/<fund>.toml`` may hold: the declared figures of a fund, one frozen model a scheme module."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from pooling.assumptions.schemas import (
    Age,
    Fraction,
    Frozen,
    Grade,
    Key,
    Misfit,
    Positive,
    Spread,
    Strict,
    Text,
)


class Range(Strict):
    """Declared range of a figure."""

    low: float
    high: float
    note: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if self.low > self.high:
            raise Misfit("low", self.low, f"at most high = {self.high}")
        return self


class Fund(Strict):
    """A fund of a scheme: what every module declares."""

    module: Key
    code: Annotated[int, Field(ge=1, le=127)]
    title: Text
    title_zh: str = ""
    grade: Grade
    who: Text
    why: Text
    range: Frozen[Range] = Field(default_factory=lambda: MappingProxyType({}))
    _key: str = PrivateAttr("")

    @property
    def key(self) -> str:
        """Name of the fund: the stem of its file."""
        return self._key

    def named(self, key: str) -> "Fund":
        """The same fund under the stem of its file."""
        self._key = key
        return self


# ---- employee_pension


class Split(Strict):
    """Shares of a fund in the published accounts of its scheme."""

    expenditure: Fraction
    balance: Fraction
    active: Fraction
    retirees: Fraction
    residual: bool
    """Whether the fund takes what the other funds leave of revenue and subsidy."""


class Revenue(Strict):
    """Revenue of a fund whose budget closes every year's gap."""

    balanced: Literal[True]
    relative_wage: Positive
    """Wage of the members over the average wage."""
    collection: Fraction
    max_subsidy_share: Fraction
    """Most of a province's scheduled subsidy that the fund may take."""


class Members(Strict):
    """Declared facts about the members of a fund."""

    entry_age_first: Age
    entry_age_last: Age
    dormant_share: Annotated[float, Field(ge=0, lt=1)]
    flexible_share: Annotated[float, Field(ge=0, lt=1)]
    flexible_base_multiple: Annotated[float, Field(ge=0, le=10)]
    """Base that flexible workers choose over the average wage."""
    make_up_share: Fraction
    """Share of those short of the minimum years at their pension age who pay the missing ones."""
    service_spread: Spread
    """Coefficient of variation of service years within a cell."""
    account_spread: Spread
    wage_spread: Spread
    """Standard deviation of log wages within a cell."""
    account_start: Annotated[float, Field(ge=1900, le=2200)] | None = None
    """Decimal year from which the fund keeps accounts; None for the province's of ``schemes/transitional``."""

    @model_validator(mode="after")
    def _ages_ascend(self) -> "Members":
        if self.entry_age_last < self.entry_age_first:
            allowed = f"at least entry_age_first = {self.entry_age_first}"
            raise Misfit("entry_age_last", self.entry_age_last, allowed)
        return self


class Awards(Strict):
    """Past and new pensioners: some figures, and beside them the share of every retirement group."""

    model_config = ConfigDict(extra="allow")
    # Pydantic reads the type of the further keys from this annotation.
    __pydantic_extra__: dict[str, Fraction]  # pyright: ignore[reportIncompatibleVariableOverride]

    relative_pension_female: Positive
    claim_home_share: Fraction
    ratio_low: Positive
    """Least plausible mean new pension over the mean pension in payment in the first year, in every province."""
    ratio_high: Positive
    """Largest plausible one."""
    index_level_limit: Annotated[float, Field(ge=1, le=10)]
    """Largest factor on past index-years (and least: its inverse) that may bring a province into that range."""

    @model_validator(mode="after")
    def _range_ascends(self) -> "Awards":
        if self.ratio_high < self.ratio_low:
            allowed = f"at least ratio_low = {self.ratio_low}"
            raise Misfit("ratio_high", self.ratio_high, allowed)
        return self

    @property
    def groups(self) -> Mapping[str, float]:
        """Shares of past new pensioners by retirement group; sum to 1."""
        return MappingProxyType(self.__pydantic_extra__)


class Outgo(Strict):
    """Outgo other than pensions."""

    other_share: Annotated[float, Field(ge=0, lt=1)]
    """Administration and death grants over expenditure, without inherited accounts."""


class EmployeePensionFund(Fund):
    """A fund of the employee pension scheme."""

    split: Split
    members: Members
    groups: Frozen[Fraction]
    """Shares of the retirement groups within each sex."""
    awards: Awards
    outgo: Outgo
    revenue: Revenue | None = None
    """None for a residual fund."""


# ---- employee_medical_insurance, resident_medical_insurance


class TreatmentTable(Strict):
    """Cost of treatment: by age, by place, out of the area."""

    profile: Literal["central", "flat", "steep"]
    """Column of ``schemes/health_cost``."""
    wage_elasticity: Annotated[float, Field(ge=0, le=3)]
    """Elasticity of a place's price level to its average wage."""
    travel_share: Fraction
    """Share of all treatment that patients seek in other provinces."""
    travel_price: Positive
    """Price level of where they go, over the nation's mean."""
    at_registration: Fraction
    """Share of the treatment of people registered in another province that takes place there."""


class RetiredTable(Strict):
    """Retired insured who are short of the minimum years and pay on."""

    still_paying_share: Fraction
    still_paying_until: Age
    """First age at which nobody pays any more."""
    base_multiple: Annotated[float, Field(ge=0, le=10)]
    """Their base over the average wage."""


class MedicalAccounts(Strict):
    """Medical accounts."""

    inherited_level: Annotated[float, Field(ge=0, le=10)]
    """Account of those who die over the mean account."""


class MedicalSubsidy(Strict):
    """Scheduled subsidy of the employees' fund."""

    share_of_revenue: Fraction
    centre_share: Fraction


class EmployeeMedicalFund(Fund):
    """The health insurance fund of employees."""

    treatment: TreatmentTable
    retired: RetiredTable
    accounts: MedicalAccounts
    subsidy: MedicalSubsidy


class AmountsTable(Strict):
    """How premium and subsidy grow after the last published year."""

    premium_link: Annotated[float, Field(ge=0, le=3)]
    """Elasticity to the national wage."""
    subsidy_link: Annotated[float, Field(ge=0, le=3)]


class ResidentMedicalFund(Fund):
    """The health insurance fund of residents."""

    treatment: TreatmentTable
    amounts: AmountsTable


FUND_MODELS: Mapping[str, type[Fund]] = MappingProxyType(
    {
        "employee_pension": EmployeePensionFund,
        "employee_medical_insurance": EmployeeMedicalFund,
        "resident_medical_insurance": ResidentMedicalFund,
    }
)
"""Model of a fund file by scheme module."""
