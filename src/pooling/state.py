"""The stocks of the model on 1 January, as pytrees of plain arrays.

Everything is extensive (totals of a cell, never averages), so that people who move take the same fraction of every
right with them. Columns are the cohorts of a ring (``pooling.population.ring``); ``oldest`` leaves hold the group 100+.
"""

from dataclasses import replace
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from pooling.numerics import single

ByClass = tuple[Float[Array, "m row"], ...]
"""One leaf per registration class (one leaf only where a population has no such classes)."""


class Persons(eqx.Module):
    """People by residence."""

    young: ByClass
    """Ages 0…99 on the life ring; persons."""
    oldest: tuple[Float[Array, "m 2"], ...]
    """Ages 100+, by class; persons."""


YEARS = {"years": True}
"""Marks years of a career: in a move between provinces they count as far as the law carries them."""

INDEXED = {"years": True, "indexed": True}
"""Marks years times a base over the average wage of the place: they are indexed anew by the wage of the new place."""


class Rights(eqx.Module):
    """What insured people have earned and not yet been awarded, by residence, on the working ring."""

    members: ByClass
    """People with rights in the fund, paying or dormant; persons."""
    service: ByClass = eqx.field(metadata=YEARS)
    """Contribution years, deemed years included; person-years."""
    index: ByClass = eqx.field(metadata=INDEXED)
    """Index-years: contribution years times own base over the reference average wage; person-years."""
    accounts: ByClass
    """Balances of the individual accounts; currency."""


class Awarded(eqx.Module):
    """Pensions in payment by claim municipality, on the ring of pension ages; never migrate."""

    heads: Float[Array, "m row"]
    """Pensioners; persons."""
    pension: tuple[Float[Array, "m row"], ...]
    """Annual rate of the pensions in payment, one leaf per benefit policy; currency a year."""
    account_pension: Float[Array, "m row"]
    """Annual amount that the accounts pay, fixed at award; currency a year."""
    accounts: Float[Array, "m row"]
    """Remaining account balances; currency."""


class PensionStocks(eqx.Module):
    """Stocks of one fund of the employee pension scheme."""

    rights: Rights
    awarded: Awarded
    awarded_oldest: Awarded
    """Pensioners of 100 and more: leaves ``[m, 2]``."""
    elsewhere: Float[Array, "p p"]
    """Annual rate of the pensions in payment under the first policy, by province that pays and other province where people
    lived at award; those of the opening are not in it; currency a year."""


class State(eqx.Module):
    """Everything that one year hands to the next."""

    persons: Persons
    origin: Float[Array, "p p"]
    """People registered in another province: [province of registration, province of residence]; persons."""
    schemes: tuple[Any, ...]
    """Stocks of every fund: a module with a field ``rights``, whose leaves by registration class move with the members."""
    reference_wage: Float[Array, " p"]
    """Reference wage of the province (计发基数); currency a year."""
    balances: "FundBalances"


def narrowed(state: State) -> State:
    """The state of a run in mixed precision: people and what the schemes hold in single, all else in double.

    That is nearly all of its memory. Money in funds needs double: at 10¹³ yuan the next number in single precision is a
    million yuan away. The projection computes cells in the precision of their stocks, and what is summed over the cells
    of a municipality in double (:func:`pooling.year.advance_year`).
    """
    return replace(state, persons=single(state.persons), schemes=single(state.schemes))


class FundBalances(eqx.Module):
    """Three accounts of every fund: the same flows with fewer and fewer of the subsidies."""

    filled: Float[Array, "s f"]
    """After scheduled and deficit subsidy: what the fund holds; never below zero; currency."""
    after_scheduled: Float[Array, "s f"]
    """The unfilled account with scheduled subsidy; currency."""
    before_subsidy: Float[Array, "s f"]
    """The unfilled account without any subsidy; currency."""
