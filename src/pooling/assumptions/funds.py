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
    Many,
    Misfit,
    Positive,
    Spread,
    Strict,
    Text,
)

SHARE_TOLERANCE = 1e-6
"""Of shares that a person declares."""


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


class FlexibleTier(Strict):
    """Flexible workers who choose one contribution base."""

    multiple: Annotated[float, Field(ge=0, le=10)]
    """Their base over the average wage; between floor and cap."""
    share: Fraction
    """Of the flexible workers."""
    density: Annotated[float, Field(gt=0, le=1)]
    """Months that they pay over those that an employee of the place pays."""


class Members(Strict):
    """Declared facts about the members of a fund."""

    entry_age_first: Age
    entry_age_last: Age
    dormant_share: Annotated[float, Field(ge=0, lt=1)]
    flexible_share: Annotated[float, Field(ge=0, lt=1)]
    flexible_tiers: Annotated[Many[FlexibleTier], Field(min_length=1)]
    make_up_share: Fraction
    """Share of those short of the minimum years at their pension age who pay the missing ones."""
    service_spread: Spread
    """Coefficient of variation of service years within a cell."""
    account_spread: Spread
    wage_spread: Spread
    """Standard deviation of log wages within a cell."""
    early_share: Fraction = 0.0
    """Share of those who reach the years of the reform who leave as early as the law lets them."""
    late_share: Fraction = 0.0
    """Share who leave as late as it lets them."""
    account_start: Annotated[float, Field(ge=1900, le=2200)] | None = None
    """Decimal year from which the fund keeps accounts; None for the province's of ``schemes/transitional``."""

    @model_validator(mode="after")
    def _tiers_sum(self) -> "Members":
        total = sum(tier.share for tier in self.flexible_tiers)
        if abs(total - 1) > SHARE_TOLERANCE:
            raise Misfit("flexible_tiers", f"shares that sum to {total:g}", "shares that sum to 1")
        return self

    @property
    def flexible_density(self) -> float:
        """Months that flexible workers pay over those that employees pay."""
        return sum(tier.share * tier.density for tier in self.flexible_tiers)

    @model_validator(mode="after")
    def _ages_ascend(self) -> "Members":
        if self.entry_age_last < self.entry_age_first:
            allowed = f"at least entry_age_first = {self.entry_age_first}"
            raise Misfit("entry_age_last", self.entry_age_last, allowed)
        if self.early_share + self.late_share > 1:
            allowed = f"at most 1 - late_share = {1 - self.late_share:g}"
            raise Misfit("early_share", self.early_share, allowed)
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
    """Outgo that is neither pensions, accounts nor grants on death, over expenditure."""
    income_over_wage: Annotated[float, Field(ge=0, le=2)]
    """Urban disposable income a head of a province over its average wage, both of the year before: what grants on death are
    counted in; 0 where another payer bears them."""


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


# ---- unemployment_insurance, work_injury_insurance


class Pattern(Strict):
    """How far a province's deviation from the nation in the last published year still holds."""

    pattern_power: Fraction
    """Power to which the province's figure over the nation's is raised."""
    pattern_low: Positive
    """Least such figure."""
    pattern_high: Positive
    """Largest such figure."""

    @model_validator(mode="after")
    def _ordered(self) -> "Pattern":
        if self.pattern_low > self.pattern_high:
            raise Misfit(
                "pattern_low", self.pattern_low, f"at most pattern_high = {self.pattern_high}"
            )
        return self


class Layoffs(Strict):
    """Lay-offs and the spells of unemployment that follow."""

    wage_elasticity: Annotated[float, Field(ge=0, le=100)]
    """Fall of the log lay-off rate for a rise of real wage growth above its path."""
    prevention_response: Annotated[float, Field(ge=0, le=1000)]
    """Fall of the log lay-off rate for prevention spending over the wage bill."""
    spell_months: Positive
    """Mean time out of work, were benefit paid for ever."""
    spell_spread: Spread
    service_from_age: Age
    service_share: Fraction
    """Mean contribution years of those laid off over their years since that age."""
    service_spread: Spread


class UnemploymentBenefit(Strict):
    """Level of unemployment benefit."""

    minimum_wage_elasticity: Fraction
    """Elasticity of a province's minimum wage to its average wage."""


class Prevention(Strict):
    """Retention refunds."""

    large_share: Fraction
    """Share of large enterprises in contributions."""
    refund_take_up: Fraction
    """Share of the ceilings that is refunded."""


class UnemploymentFund(Fund):
    """The unemployment insurance fund."""

    split: Pattern
    layoffs: Layoffs
    benefit: UnemploymentBenefit
    prevention: Prevention


def _of_length(length: int) -> object:
    return Field(min_length=length, max_length=length, strict=False)


Eight = Annotated[tuple[Fraction, ...], _of_length(8)]
Ten = Annotated[tuple[Fraction, ...], _of_length(10)]
Three = Annotated[tuple[Fraction, ...], _of_length(3)]
Five = Annotated[tuple[Fraction, ...], _of_length(5)]
Amounts = Annotated[tuple[Annotated[float, Field(ge=0)], ...], _of_length(3)]
Hazards = Annotated[tuple[Positive, ...], _of_length(8)]


class Classes(Strict):
    """Risk classes: employment, injuries, floating bands."""

    employment: Eight
    hazard: Hazards
    """Injuries an insured over those of the mean."""
    bands_first: Three
    """Wage bill of class 1 at the standard, high and highest band."""
    bands_other: Five
    """Wage bill of the other classes from the lowest to the highest band."""

    @model_validator(mode="after")
    def _shares_sum(self) -> "Classes":
        for name in ("employment", "bands_first", "bands_other"):
            total = sum(getattr(self, name))
            if abs(total - 1) > SHARE_TOLERANCE:
                raise Misfit(name, f"a sum of {total:g}", "shares that sum to 1")
        return self


class Injuries(Strict):
    """Injuries and their outcomes."""

    incidence: Fraction
    """Recognised injuries an insured, of all classes."""
    grades: Ten
    """Share of the injuries by grade of disability."""
    fatal: Fraction
    fund_pays_5_6: Fraction
    """Share of the allowances of grades 5 and 6 that the fund bears."""

    @model_validator(mode="after")
    def _outcomes_fit(self) -> "Injuries":
        total = sum(self.grades) + self.fatal
        if total > 1:
            raise Misfit("grades", f"{total:g} with fatal", "at most 1")
        return self


class LifeBenefits(Strict):
    """Beneficiaries for life on the valuation date, and how their benefits end."""

    disabled: Fraction
    """Of grades 1 to 4, an insured."""
    dependants: Fraction
    """Of the dead, an insured."""
    relative_amount: Positive
    """Their mean benefit over one awarded today."""
    from_age: Age
    age_decay: Fraction
    takeover_age: Age
    """Age at which the pension scheme takes over."""
    top_up_share: Fraction
    """Share of the allowance that the fund still pays from then on."""
    dependants_per_death: Positive
    spouse_share: Fraction
    dependants_exit: Fraction
    """Share of the dependants whose right ends in a year for another reason than death."""

    @model_validator(mode="after")
    def _ages_ascend(self) -> "LifeBenefits":
        if self.takeover_age <= self.from_age:
            raise Misfit("takeover_age", self.takeover_age, f"above from_age = {self.from_age}")
        return self


class Platform(Strict):
    """Occupational-injury protection of platform workers."""

    orders: Amounts
    """Orders an insured year: rides, deliveries, loads."""
    medical_share: Fraction


class WorkInjuryFund(Fund):
    """The work injury insurance fund."""

    split: Pattern
    classes: Classes
    injuries: Injuries
    life: LifeBenefits
    platform: Platform


# ---- resident_basic_pension


class ResidentMembers(Strict):
    """Declared facts about the members of the residents' pension."""

    full_entry_age: Age
    """Age on 1 January from which all who ever join have joined; on a straight line from the entry age of the law."""
    paying_share: Annotated[float, Field(gt=0, le=1)]
    """Share of the active members who pay in a year."""
    take_up: Annotated[float, Field(ge=0, le=5)]
    """Coverage of the projection over that of the valuation year; people are free to join. Nowhere above everybody."""
    dormant_share: Annotated[float, Field(ge=0, lt=1)]
    """Published members who are in the employee track too: their account here is dormant."""
    make_up_share: Fraction
    """Share of those short of the minimum years at the pension age who pay the missing ones."""
    linked_share: Fraction
    """Share of the dormant members at the pension age whose account moves to the employee scheme."""
    scheme_start: Annotated[float, Field(ge=1900, le=2200)]
    """Decimal year in which the scheme had reached most places."""
    service_spread: Spread
    """Coefficient of variation of contribution years within a cell."""
    account_spread: Spread
    premium_spread: Spread


class ResidentAccounts(Strict):
    """How the published accounts of the residents' pension come about."""

    reserves_in_accounts: Fraction
    """Individual accounts over the accumulated balance."""
    other_share: Annotated[float, Field(ge=0, lt=1)]
    """Grants on death over expenditure."""
    past_growth: Annotated[float, Field(ge=-0.1, le=0.5)]
    """Yearly growth of what was credited to an account until the valuation date."""


class ResidentGrowth(Strict):
    """How amounts go on after the law's last date: with prices and these shares of real wage growth."""

    base_wage_share: Annotated[float, Field(ge=0, le=2)]
    premium_wage_share: Annotated[float, Field(ge=0, le=2)]
    account_margin: Annotated[float, Field(ge=-0.05, le=0.05)]
    """Rate credited to accounts less the fund's return."""


class ResidentPensionFund(Fund):
    """The fund of the residents' pension."""

    members: ResidentMembers
    accounts: ResidentAccounts
    growth: ResidentGrowth


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
        "resident_basic_pension": ResidentPensionFund,
        "employee_medical_insurance": EmployeeMedicalFund,
        "resident_medical_insurance": ResidentMedicalFund,
        "unemployment_insurance": UnemploymentFund,
        "work_injury_insurance": WorkInjuryFund,
    }
)
"""Model of a fund file by scheme module; schemes run in this order."""
