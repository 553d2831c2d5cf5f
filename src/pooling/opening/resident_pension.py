"""The residents' pension, opened: from its calibrated figures to levers and stocks."""

from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.funds import ResidentPensionFund
from pooling.axes import AGES, REGISTERED_ELSEWHERE
from pooling.numerics import as_array, number
from pooling.opening.accounts import Accounts
from pooling.opening.context import Context
from pooling.opening.enrolment import enrolment
from pooling.opening.resident_figures import ResidentFigures, open_figures
from pooling.parameters.lookup import labels
from pooling.population.ring import Ring
from pooling.schemes.calendar import Rings
from pooling.schemes.resident_amounts import minimum_years
from pooling.schemes.resident_year import (
    Drawing,
    Indexed,
    PensionsElsewhere,
    ResidentPension,
    ResidentRights,
    ResidentStocks,
)

Array = NDArray[np.float64]

Lay = Callable[[Array], jnp.ndarray]
"""Lays a stock [sex, age, municipality] as a leaf."""


@dataclass(frozen=True)
class ResidentPensionOpening:
    """See :class:`pooling.opening.context.SchemeOpening`."""

    fund: ResidentPensionFund
    figures: ResidentFigures

    @property
    def accounts(self) -> Accounts:
        """Its accounts of the valuation year by province."""
        return self.figures.money.accounts

    def ages(self) -> tuple[int, int, int]:
        """Youngest entry age, youngest and oldest age on 1 January of an award."""
        ages = self.figures.ages
        waiting, hazard = ages.pension.waiting, ages.pension.hazard
        awarded = (waiting > 0) & (hazard > 0)
        first = np.flatnonzero(awarded.any(axis=0))[0]
        last = np.flatnonzero((waiting > 0).any(axis=0))[-1]
        return int(np.flatnonzero(ages.joined)[0]), int(first), int(last)

    def reserve_key(self) -> Array:
        """Reserves are spread as individual accounts are [municipality]."""
        heads, held = self.figures.heads, self.figures.holdings
        insured = heads.residents.insured(heads.places, held.accounts)
        return (insured + held.left).sum(axis=(0, 1))

    def levers(self, context: Context, rings: Rings) -> ResidentPension:
        """Levers of the projection."""
        return _levers(context, self.fund, self.figures, rings)

    def stocks(self, rings: Rings, policies: int) -> ResidentStocks:
        """Stocks on 1 January of the first year; they know no benefit policy."""
        return _stocks(self.figures, rings)


def open_resident_pension(context: Context, fund: ResidentPensionFund) -> ResidentPensionOpening:
    """Calibrate the scheme to its published accounts."""
    return ResidentPensionOpening(fund, open_figures(context, fund))


def _stocks(figures: ResidentFigures, rings: Rings) -> ResidentStocks:
    work, ages = rings.work, slice(rings.work.first, rings.work.last + 1)

    def rights(stock: Array) -> tuple[jnp.ndarray, ...]:
        return tuple(work.from_ages(as_array(np.moveaxis(each[:, ages], -1, 0))) for each in stock)

    heads, held = figures.heads, figures.holdings
    none = jnp.zeros((len(figures.money.person_years),) * 2)
    return ResidentStocks(
        ResidentRights(rights(heads.members), rights(held.service), rights(held.accounts)),
        _drawing(figures, lambda stock: _on_ring(stock, rings.pension)),
        _drawing(figures, lambda stock: as_array(stock[:, AGES - 1].T)),
        # The first year's level is 1, and so is that of the valuation year: amounts are of one level.
        Indexed(as_array(figures.money.minimum), as_array(1.0)),
        PensionsElsewhere(none, none),
    )


def _drawing(figures: ResidentFigures, lay: Lay) -> Drawing:
    held = figures.holdings
    return Drawing(lay(figures.heads.pensioners), lay(held.account_pensions), lay(held.left))


def _on_ring(stock: Array, ring: Ring) -> jnp.ndarray:
    """Lay pensioners on the pension ring; none are below its first age."""
    inside = stock[:, ring.first : ring.last + 1]
    return ring.from_ages(as_array(np.moveaxis(inside, -1, 0)))


def _levers(
    context: Context, fund: ResidentPensionFund, figures: ResidentFigures, rings: Rings
) -> ResidentPension:
    config, years, money = context.config, context.years, figures.money
    rules = config.assumptions.scheme_rules[fund.module].rules
    base = config.assumptions.tables["schemes/resident_pension_base"]
    row = int(np.flatnonzero(labels(base, "year") == years[0])[0])
    pension, ones = figures.ages.pension, jnp.ones(len(years))
    entry = figures.ages.joined * pension.waiting
    paid = config.options.scheduled_subsidy != "zero"

    def amount(name: str) -> jnp.ndarray:
        return as_array(rules[name].annual(years))

    def by_sex(table: Array) -> jnp.ndarray:
        inside = table[:, rings.work.first : rings.work.last + 1]
        return as_array(np.stack([inside, inside], axis=1))

    return ResidentPension(
        minimum_base=amount("minimum_base"),
        legislated=as_array(rules["minimum_base"].legislated(years), float),
        base_wage_share=number(fund.growth.base_wage_share),
        addition=as_array(money.addition),
        supplement=as_array(money.supplement),
        central_share=as_array(base.values["central_share"][:, row]),
        premium=as_array(money.premium),
        premium_level=ones,
        premium_wage_share=number(fund.growth.premium_wage_share),
        premium_spread=number(fund.members.premium_spread),
        upper_tier=amount("upper_tier"),
        entry_subsidy_low=amount("entry_subsidy_low"),
        entry_subsidy_high=amount("entry_subsidy_high"),
        coverage_factor=as_array(figures.heads.coverage_factor),
        take_up=fund.members.take_up * ones,
        entry=by_sex(entry),
        paying=as_array(money.paying),
        compliance=ones,
        hazard=by_sex(pension.hazard),
        benefit_time=by_sex(pension.benefit_time),
        inverse_divisor=1 / amount("account_divisor"),
        minimum_years=_minimum_years(fund, amount("minimum_years"), years),
        make_up=number(fund.members.make_up_share),
        linked=number(fund.members.linked_share),
        service_spread=number(fund.members.service_spread),
        account_spread=number(fund.members.account_spread),
        account_margin=fund.growth.account_margin * ones,
        other_outgo=as_array(money.other_outgo),
        subsidy_level=ones if paid else 0 * ones,
        moving=enrolment(config, years).at_residence[:, REGISTERED_ELSEWHERE],
    )


def _minimum_years(
    fund: ResidentPensionFund, by_law: jnp.ndarray, years: NDArray[np.int_]
) -> jnp.ndarray:
    """Years needed by those who reach the pension age in the middle of a year [year]."""
    return minimum_years(by_law, as_array(years + 0.5 - fund.members.scheme_start))
