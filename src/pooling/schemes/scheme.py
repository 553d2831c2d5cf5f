"""What a scheme is to the rest of the house: what it is given, what it delivers, whom it tells the others about.

A scheme has levers (a :class:`pooling.parameters.model.SchemeLevers`), stocks, and two functions that
:mod:`pooling.schemes.registry` names. It knows no pool. Schemes run in the order of their codes: the funds of the employee
pension scheme come first and say who is in the employee track; who is not is a resident.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.numerics import add
from pooling.parameters.model import Economy, Enrolment
from pooling.schemes.calendar import Calendar, Leaf, Place, Rings
from pooling.state import Persons

PAYERS = 2
"""Payers of the scheduled subsidy: the centre and the province."""


class Flows(eqx.Module):
    """What a scheme collects and pays in a year, by municipality of insurance; heads are person-years, money is currency.

    A scheme fills the fields that it has and leaves the others zero, see :meth:`nothing`.
    """

    contributors: Float[Array, "*y m"]
    contributors_elsewhere: Float[Array, "*y m"]
    """Those registered in another province."""
    insured: Float[Array, "*y m"]
    """Active insured, those included who do not pay; of the residents' health insurance all insured."""
    beneficiaries: Float[Array, "*y m"]
    """Pensioners, retired insured, recipients."""
    new_beneficiaries: Float[Array, "*y m"]
    new_pensions: tuple[Float[Array, "*y m"], ...]
    """Annual rate of the year's awards, by policy."""
    wage_bill: Float[Array, "*y m"]
    """Covered wage bill: contributions due over the statutory rate of the payer type; of residents the premiums due."""
    contributions: Float[Array, "*y m"]
    contributions_account: Float[Array, "*y m"]
    """Part of the contributions credited to individual accounts."""
    pensions: tuple[Float[Array, "*y m"], ...]
    cash_benefits: Float[Array, "*y m"]
    """Cash other than pensions: unemployment benefits, lump sums, grants on death."""
    medical_benefits: Float[Array, "*y m"]
    """Treatment paid for, from medical accounts too."""
    prevention: Float[Array, "*y m"]
    """Prevention, retention refunds, training."""
    inherited_accounts: Float[Array, "*y m"]
    refunded_accounts: Float[Array, "*y m"]
    linked_accounts: Float[Array, "*y m"]
    """Accounts received from another scheme less those handed over to one; no outgo."""
    other_outgo: tuple[Float[Array, "*y m"], ...]
    scheduled_subsidy: tuple[Float[Array, "*y payer m"], ...]
    benefits_elsewhere: Float[Array, "*y p p"]
    """Benefits by province that pays and other province where they go, as far as these are known; the first policy's."""

    @property
    def other_benefits(self) -> Float[Array, "*y m"]:
        """Benefits other than pensions and accounts paid out."""
        return self.cash_benefits + self.medical_benefits + self.prevention

    def outgo(self, policy: int) -> Float[Array, "*y m"]:
        """All that the scheme pays under one benefit policy."""
        return add(
            (
                self.pensions[policy],
                self.other_benefits,
                self.inherited_accounts,
                self.refunded_accounts,
                self.other_outgo[policy],
            )
        )

    @classmethod
    def nothing(cls, like: Float[Array, " m"], policies: int, provinces: int) -> "Flows":
        """Flows of zero.

        Args:
            like: any array by municipality, for its shape and type.
            policies: number of benefit policies.
            provinces: number of provinces.
        """
        zero = jnp.zeros_like(like)
        by_policy = (zero,) * policies
        by_payer = (jnp.zeros((PAYERS, *like.shape), like.dtype),) * policies
        return cls(
            contributors=zero,
            contributors_elsewhere=zero,
            insured=zero,
            beneficiaries=zero,
            new_beneficiaries=zero,
            new_pensions=by_policy,
            wage_bill=zero,
            contributions=zero,
            contributions_account=zero,
            pensions=by_policy,
            cash_benefits=zero,
            medical_benefits=zero,
            prevention=zero,
            inherited_accounts=zero,
            refunded_accounts=zero,
            linked_accounts=zero,
            other_outgo=by_policy,
            scheduled_subsidy=by_payer,
            benefits_elsewhere=jnp.zeros((provinces, provinces), like.dtype),
        )


class Covered(eqx.Module):
    """Who is in the employee track in a year: the sum over the funds of the employee pension scheme."""

    active: tuple[Leaf, ...]
    """Active members of 1 January by registration class on the working ring, paying or not; persons."""
    paying: Leaf
    """Contribution years of a full year, of all classes on the working ring; person-years."""
    base: Leaf
    """The contribution bases of these years if all were employees; currency."""
    flexible: Leaf
    """Of ``paying``, flexible workers; person-years."""
    retirees: Leaf
    """Pensioners of 1 January by claim municipality on the pension ring; persons."""
    retirees_oldest: Float[Array, "m 2"]


class ReferenceWage(eqx.Module):
    """Reference wage (计发基数) of a benefit policy by claim place; currency a year."""

    flat: Float[Array, " m"]
    """Of the part of a pension that does not depend on the index: B of (B + B·Z)/2."""
    indexed: Float[Array, " m"]
    """Of the part that does: B of B·Z."""


class Given(eqx.Module):
    """What every scheme of a year is given."""

    place: Place
    dates: Calendar
    persons: Persons
    """People on 1 January."""
    residents: tuple[Leaf, ...]
    """Those of the working ages by registration class, on the working ring; persons."""
    enrolment: Enrolment
    """Rules of enrolment of the year."""
    wage: Float[Array, " m"]
    """Average wage that the year's bases use, the province's; currency a year."""
    reference_wage: tuple[ReferenceWage, ...]
    """Of every benefit policy."""
    wage_level: Float[Array, ""]
    """National average wage over that of the first projection year."""
    wage_shock: Float[Array, ""]
    """Last year's national real wage growth less that of the path in the long run: the cycle."""
    prices: Float[Array, ""]
    """Price level over that of the first projection year."""
    notional_rate: Float[Array, ""]
    indexation: Float[Array, ""]
    fund_return: Float[Array, ""]
    elapsed: Int[Array, ""]
    """Years since the opening."""

    @property
    def no_flows(self) -> Flows:
        """Flows of zero, of the year's places and policies."""
        return Flows.nothing(self.wage, len(self.reference_wage), self.place.claim.shape[0])


class NoRights(eqx.Module):
    """Rights of a scheme whose members earn none that would move with them."""


class HandedOver(eqx.Module):
    """Accounts that move to the employee scheme on 31 December."""

    accounts: tuple[Leaf, ...]
    """By registration class and residence, on the ring of the ages of award; currency."""
    inverse_divisor: Float[Array, ""]
    """1 ÷ divisor of an account at that age; 1/month."""


class SchemeYear(NamedTuple):
    """What a scheme leaves of a year."""

    stocks: Any
    """Stocks on 31 December before migration: a module with a field ``rights``."""
    flows: Flows
    covered: Covered | None
    """Who is in the employee track, as far as the schemes so far tell."""
    handed_over: HandedOver | None = None


class SchemeModule(NamedTuple):
    """The two functions of a scheme; both get levers of one year."""

    tables: Callable[[Any, Economy, Rings, Int[Array, ""]], eqx.Module]
    """Levers, economy, rings, years since the opening → what no path changes, laid on the cohorts once a run."""
    advance: Callable[[Any, Any, Given, Covered | None, Any], SchemeYear]
    """Levers, tables, what is given, who is covered so far, stocks on 1 January → the year."""
