"""Health insurance of residents on the valuation date: national accounts reproduced, provinces as declared."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.funds import ResidentMedicalFund
from pooling.errors import OpeningError
from pooling.numerics import as_array, number
from pooling.opening import medical
from pooling.opening.accounts import Accounts, interest
from pooling.opening.context import Context
from pooling.opening.medical import RESIDENT_MONEY, RESIDENTS, EmployeeTrack, mean_of_year
from pooling.opening.national import by_key, in_force, published
from pooling.opening.residents import at_residence, place_of
from pooling.parameters.lookup import sums
from pooling.schemes.calendar import Rings
from pooling.schemes.insured_place import InsuredPlaces, at_insurance, insured_places
from pooling.schemes.medical_cost import Treatment, cost_at_insurance
from pooling.schemes.resident_medical import Amounts, ResidentMedical, ResidentMedicalStocks
from pooling.schemes.scheme import NoRights

Array = NDArray[np.float64]
MODULE = "resident_medical_insurance"
HALVINGS = 60
"""Halvings of the ratio of revenue to expenditure at which provinces add to the subsidy."""


@dataclass(frozen=True)
class ResidentMedicalOpening:
    """See :class:`pooling.opening.context.SchemeOpening`."""

    fund: ResidentMedicalFund
    accounts: Accounts
    track: EmployeeTrack
    coverage: float
    """Insured over people who are not in the employees' scheme."""
    treatment: Treatment
    treated: Array
    """Cost of treatment of the valuation year by municipality of insurance; currency."""
    added_subsidy: Array
    """What governments add to the least subsidy, over it [province]."""
    premium: float
    """Premium that insures the valuation year; currency a head."""
    subsidy: float
    wage_growth: float
    """National average wage of the first projection year over that of the valuation year."""
    granted: float
    """All subsidies of the valuation year over the least ones."""

    def ages(self) -> None:
        """Nobody is awarded a pension."""

    def reserve_key(self) -> Array:
        """Reserves are spread as treatment is [municipality]."""
        return self.treated

    def levers(self, context: Context, rings: Rings) -> ResidentMedical:
        """Levers of the projection."""
        return _levers(self, context)

    def stocks(self, rings: Rings, policies: int) -> ResidentMedicalStocks:
        """Stocks on 1 January of the first year."""
        before = 1 / self.wage_growth
        amounts = (self.premium, self.subsidy, before)
        return ResidentMedicalStocks(NoRights(), Amounts(*(as_array(x) for x in amounts)))


def open_resident_medical(context: Context, fund: ResidentMedicalFund) -> ResidentMedicalOpening:
    """Calibrate the fund to the national accounts of the valuation year.

    Raises:
        OpeningError: published figures that do not fit together.
    """
    config, province = context.config, context.province
    nation = published(config, RESIDENTS, ("insured", *RESIDENT_MONEY))
    track = medical.employee_track(context)
    # 1. One coverage for the nation brings the published heads.
    coverage = float(nation["insured"] / track.others.sum())
    if coverage > 1:
        raise OpeningError(
            f"{RESIDENTS}: {nation['insured']:.4g} insured of {track.others.sum():.4g} people outside the employees' scheme"
        )
    lived = coverage * mean_of_year(config, RESIDENTS, "insured")
    heads = sums(province, _at_insurance(context, lived * track.others.sum(axis=(1, 2))))
    # 2. Cost of treatment: one level for the nation brings the expenditure.
    unit = medical.treatment_of(1.0, medical.prices(context, fund.treatment), fund.treatment)
    cost = _cost(context, fund, unit, lived * track.others)
    level = nation["expenditure"] / cost.sum()
    treated = sums(province, level * cost)
    # 3. Subsidies are what revenue leaves; provinces add to the least one where their cost asks for it.
    balance = by_key(nation["balance"], treated)
    earned = interest(
        config.options.interest, nation["revenue"], nation["expenditure"], nation["balance"]
    )
    premium = in_force(context.config, MODULE, "premium", 1)
    subsidy = in_force(context.config, MODULE, "subsidy")
    paid, least = premium * heads, subsidy * heads
    granted = nation["revenue"] - earned - paid.sum()
    added = _added(fund, granted - least.sum(), paid + least, treated)
    earned_here = by_key(earned, balance)
    return ResidentMedicalOpening(
        fund=fund,
        accounts=Accounts(
            active=sums(province, _at_insurance(context, coverage * track.others.sum(axis=(1, 2)))),
            retirees=np.zeros_like(paid),
            revenue=paid + least + added + earned_here,
            expenditure=treated,
            balance=balance,
            interest=earned_here,
            subsidy=least + added,
            contributions=paid,
            collection=np.ones_like(paid),
        ),
        track=track,
        coverage=coverage,
        treatment=medical.treatment_of(level, np.asarray(unit.price), fund.treatment),
        treated=level * cost,
        added_subsidy=added / least,
        premium=premium,
        subsidy=subsidy,
        wage_growth=medical.first_wage_growth(context),
        granted=float(granted / least.sum()),
    )


def _at_insurance(context: Context, stock: Array) -> Array:
    """People by class and residence [class, municipality] at their places of insurance [municipality]."""
    place = place_of(context)
    found = at_insurance(_places(context), place, tuple(as_array(each)[:, None] for each in stock))
    return np.asarray(found)[:, 0]


def _places(context: Context) -> InsuredPlaces:
    """Where residents are insured on the valuation date; coverage is the same everywhere."""
    place = place_of(context)
    return insured_places(place, as_array(at_residence(context)), jnp.ones(place.claim.shape[0]))


def _cost(context: Context, fund: ResidentMedicalFund, unit: Treatment, stock: Array) -> Array:
    """Cost of a year of people [class, sex, age, municipality] by municipality of insurance, at level 1."""
    index = medical.cost_index(context.config, fund.treatment.profile)
    loads = tuple(as_array(np.einsum("xam,xa->m", each, index)) for each in stock)
    place, places = place_of(context), _places(context)
    return np.asarray(cost_at_insurance(unit, jnp.ones(()), place, places, loads))


def _added(fund: ResidentMedicalFund, amount: float, least: Array, cost: Array) -> Array:
    """An amount over the least revenue, given to the provinces whose cost is high for it [province]; currency.

    Every province whose least revenue is below a share of its cost is brought up to that share.

    Raises:
        OpeningError: the published revenue is below the least one.
    """
    if amount < 0:
        raise OpeningError(
            f"{fund.key}: revenue is {-amount:.4g} below premiums, least subsidies and interest"
        )
    low, high = 0.0, float((least / cost).max() + amount / cost.min())
    for _ in range(HALVINGS):
        ratio = 0.5 * (low + high)
        enough = np.maximum(ratio * cost - least, 0).sum() > amount
        low, high = (low, ratio) if enough else (ratio, high)
    return np.maximum(high * cost - least, 0)


def _levers(opening: ResidentMedicalOpening, context: Context) -> ResidentMedical:
    fund, config = opening.fund, context.config
    centre = config.assumptions.tables["pooling/tiers"].values["central_share"]
    premium, subsidy = _amounts(context)
    level = medical.rule(context, MODULE, "subsidy_level") / in_force(
        context.config, MODULE, "subsidy_level"
    )
    paying = 0.0 if config.options.scheduled_subsidy == "zero" else 1.0

    return ResidentMedical(
        premium=as_array(premium),
        subsidy=as_array(subsidy),
        premium_link=number(fund.amounts.premium_link),
        subsidy_link=number(fund.amounts.subsidy_link),
        added_subsidy=as_array(opening.added_subsidy[context.province]),
        central_share=as_array(centre[context.province]),
        subsidy_level=as_array(paying * level),
        collection=jnp.ones(len(context.years)),
        coverage=number(opening.coverage),
        active_share=number(opening.track.active_share),
        retired_share=number(opening.track.retired_share),
        treatment=opening.treatment,
        cost_index=as_array(medical.cost_index(config, fund.treatment.profile)),
        cost_level=as_array(medical.cost_levels(context, MODULE)),
    )


def _amounts(context: Context) -> tuple[Array, Array]:
    """Premium and least subsidy by year; 0 where no standard is set yet [year].

    The premium of a year is the standard of the year before. A standard is set for a year in which the rule has a value of
    its own; a last value that has ended by then is no standard.
    """
    rules = context.config.assumptions.scheme_rules[MODULE].rules
    return (
        rules["premium"].annual(context.years - 1),
        rules["subsidy"].annual(context.years),
    )
