"""``pooling/arrangements.toml``: pooling arrangements as data, every part of one an independent field.

An arrangement has terms: who pools with whom, what pools settle, whose policy counts, who pays when a pool is empty. A
``change`` replaces some of them from a year on, for some schemes, or both: what a scheme is under in a year is read off
the list from top to bottom.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from pooling.assumptions.schemas import (
    Fraction,
    Frozen,
    Key,
    Level,
    Many,
    Misfit,
    Strict,
    Text,
    Year,
)
from pooling.axes import PAYERS

Settlement = Literal["none", "levy_fill", "per_retiree", "adjustment_fund"]
NEEDED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "none": frozenset(),
        "levy_fill": frozenset({"levy", "fill", "within"}),
        "per_retiree": frozenset({"ratio", "wage_share", "within"}),
        "adjustment_fund": frozenset({"remittance", "within"}),
    }
)
"""Fields that a settlement rule must have, by rule."""

OPTIONAL: Mapping[str, frozenset[str]] = MappingProxyType(
    {"levy_fill": frozenset({"gap", "local_share"})}
)
"""Fields that it may have."""

OF_SETTLEMENT = frozenset().union(*NEEDED.values(), *OPTIONAL.values())


class BenefitPolicy(Strict):
    """Whose reference wage, floor and cap new pensions and bases use."""

    key: Key
    reference_wage: Level
    floor: Level
    cap: Level


class Terms(Strict):
    """What an arrangement does with one scheme in one year."""

    partition: Text
    """``municipality``, ``province``, ``nation`` or a CSV file of the set."""
    settlement: Settlement
    within: Literal["province", "nation"] | None = None
    """Inside what the pools settle with each other."""
    levy: Literal["auto"] | Fraction = 0.0
    """levy_fill: share of a surplus that is called at most; ``auto`` for the one that fills the opening year's gaps."""
    fill: Fraction = 0.0
    """levy_fill: share of a shortfall that is filled at most."""
    gap: Literal["cash", "policy"] = "cash"
    """levy_fill: the shortfall in cash, or no more than what there would be at standard collection."""
    local_share: Fraction = 0.0
    """levy_fill: share of a shortfall that its own government bears before the others do."""
    ratio: Fraction = 0.0
    """per_retiree: share of the standard wage bill that a pool pays in."""
    wage_share: Fraction = 0.0
    """per_retiree: standard wage over the average wage."""
    remittance: Fraction = 0.0
    """adjustment_fund: share of their contributions that pools remit to a fund of ``within``."""
    reserves_pooled: Fraction
    """Share of the opening reserves that goes to the pools; the rest stays in accounts of the municipalities."""
    policy: Key
    transfer_funds: bool
    """Whether money moves with members between pools."""
    deficit: Literal["subsidy", "borrow", "cut"] = "subsidy"
    """What happens when a pool is empty: governments pay, it borrows, or benefits are cut to what is payable."""
    deficit_shares: Frozen[Fraction] | None = None
    """Shares of the governments in a deficit subsidy; None: the government of the pools' level pays."""
    borrowing_spread: Annotated[float, Field(ge=0, le=0.2)] = 0.0
    """Interest on debt above the fund's return."""
    response: Literal["none", "low", "high"] = "none"
    """How collection falls once pools are larger: a preset of ``collection_response``."""

    @model_validator(mode="after")
    def _settles(self) -> "Terms":
        given = self.model_fields_set & OF_SETTLEMENT
        needed = NEEDED[self.settlement]
        idle = given - needed - OPTIONAL.get(self.settlement, frozenset())
        if idle:
            raise Misfit(min(idle), "a value", f"nothing where settlement is {self.settlement!r}")
        if needed - given:
            keys = ", ".join(sorted(needed - given))
            raise Misfit("settlement", repr(self.settlement), f"with the keys {keys}")
        if self.settlement == "adjustment_fund" and self.within == "nation":
            raise Misfit("within", "'nation'", "'province': adjustment funds are the provinces'")
        if self.settlement == "adjustment_fund" and self.partition in ("province", "nation"):
            raise Misfit("partition", repr(self.partition), "pools smaller than a province")
        return self

    @model_validator(mode="after")
    def _fills(self) -> "Terms":
        shares = self.deficit_shares
        if shares is not None:
            unknown = sorted(set(shares) - set(PAYERS))
            if unknown:
                raise Misfit("deficit_shares", unknown[0], ", ".join(PAYERS))
            if abs(sum(shares.values()) - 1) > 1e-9:
                raise Misfit("deficit_shares", f"a sum of {sum(shares.values()):g}", "a sum of 1")
        if self.deficit != "subsidy" and shares is not None:
            raise Misfit("deficit_shares", "a value", "nothing unless deficit is 'subsidy'")
        if self.deficit != "borrow" and self.borrowing_spread:
            raise Misfit("borrowing_spread", self.borrowing_spread, "0 unless deficit is 'borrow'")
        return self


class Change(Strict):
    """Terms that replace those above: from a year on, for some schemes, or both."""

    first_year: Year | None = Field(default=None, alias="from")
    schemes: Many[Key] | None = None
    partition: Text | None = None
    settlement: Settlement | None = None
    within: Literal["province", "nation"] | None = None
    levy: Literal["auto"] | Fraction | None = None
    fill: Fraction | None = None
    gap: Literal["cash", "policy"] | None = None
    local_share: Fraction | None = None
    ratio: Fraction | None = None
    wage_share: Fraction | None = None
    remittance: Fraction | None = None
    policy: Key | None = None
    transfer_funds: bool | None = None
    deficit: Literal["subsidy", "borrow", "cut"] | None = None
    deficit_shares: Frozen[Fraction] | None = None
    borrowing_spread: Annotated[float, Field(ge=0, le=0.2)] | None = None
    response: Literal["none", "low", "high"] | None = None

    @model_validator(mode="after")
    def _replaces(self) -> "Change":
        if not self.replaced():
            raise Misfit("from", "nothing else", "at least one of the arrangement's terms")
        if self.first_year is None and self.schemes is None:
            raise Misfit("from", "nothing", "a year, or the key schemes, or both")
        return self

    def replaced(self) -> dict[str, Any]:
        """The terms that it gives."""
        given = self.model_fields_set - {"first_year", "schemes"}
        return {name: getattr(self, name) for name in given if getattr(self, name) is not None}


class ArrangementEntry(Terms):
    """A pooling arrangement as declared."""

    key: Key
    title: Text
    title_zh: str = ""
    schemes: Literal["all"] | Many[Key] = "all"
    uncovered_partition: Level = "province"
    """Partition of the funds that the arrangement does not cover, see :meth:`uncovered`."""
    change: Many[Change] = ()

    @model_validator(mode="after")
    def _changes(self) -> "ArrangementEntry":
        years = [each.first_year for each in self.change if each.first_year is not None]
        if years != sorted(years):
            raise Misfit("change", f"years in the order {years}", "years that ascend")
        undated = [each.first_year is None for each in self.change]
        if undated != sorted(undated, reverse=True):
            raise Misfit(
                "change", "one without a year after one with", "those without a year first"
            )
        for fund in {name for each in self.change for name in each.schemes or ()} | {""}:
            self.terms_of(fund)
        return self

    def terms(self) -> Terms:
        """The terms of the opening, before any change."""
        return Terms(**{name: getattr(self, name) for name in _given(self)})

    def uncovered(self, policy: str) -> Terms:
        """What funds are under that the arrangement does not cover: none of its terms but the partition.

        Args:
            policy: their benefit policy.
        """
        return Terms(
            partition=self.uncovered_partition,
            settlement="none",
            reserves_pooled=1.0,
            policy=policy,
            transfer_funds=True,
        )

    def terms_of(self, fund: str) -> tuple[tuple[int | None, Terms], ...]:
        """What a fund is under that it covers: the year from which on (None: the start) and the terms.

        Raises:
            Misfit: replaced terms do not fit the others.
        """
        found: list[tuple[int | None, Terms]] = [(None, self.terms())]
        for each in self.change:
            if each.schemes is not None and fund not in each.schemes:
                continue
            terms = _replace(found[-1][1], each.replaced())
            if each.first_year == found[-1][0]:
                found.pop()
            found.append((each.first_year, terms))
        return tuple(found)


def _given(terms: Terms) -> set[str]:
    return terms.model_fields_set & set(Terms.model_fields)


def _replace(terms: Terms, given: Mapping[str, Any]) -> Terms:
    """Terms with some replaced; another settlement rule, partition or deficit rule forgets what belonged to the old one."""
    kept = {name: getattr(terms, name) for name in _given(terms)}
    if given.get("settlement", terms.settlement) != terms.settlement:
        kept = {name: value for name, value in kept.items() if name not in OF_SETTLEMENT}
    if given.keys() & {"partition", "deficit"}:
        kept = {
            name: value
            for name, value in kept.items()
            if name not in ("deficit_shares", "borrowing_spread")
        }
    try:
        return Terms(**{**kept, **given})
    except ValidationError as error:
        misfit = error.errors()[0].get("ctx", {}).get("error")
        if isinstance(misfit, Misfit):
            raise Misfit("change", f"{misfit.key} = {misfit.found}", misfit.allowed) from error
        raise


class Response(Strict):
    """How much less is collected once pools are larger: published estimates, for cash only, never for rights."""

    surplus: Fraction
    """Relative fall of contributions where the province's own year ends in surplus."""
    deficit: Fraction
    """The same where it ends in deficit."""
    source: Key
    grade: Literal["A", "A-", "B", "B-", "C", "D", "M"]
    note: str = ""


class ArrangementsFile(Strict):
    """``pooling/arrangements.toml``."""

    benefit_policy: Annotated[Many[BenefitPolicy], Field(min_length=1)]
    arrangement: Annotated[Many[ArrangementEntry], Field(min_length=1)]
    collection_response: Frozen[Response] = Field(default_factory=lambda: MappingProxyType({}))
