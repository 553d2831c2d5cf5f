"""Pools of any arrangement over the years (README section 5, step 8): with reserves beside the pools, with terms that
change on a date, with governments that share a deficit. One scheme at a time; what pools settle among themselves is in
``pools``.

Accounts of an arrangement stand in one array: its pools, then the funds that only hold reserves.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from challenger.given import Array, Geography, Terms
from challenger.pools import (
    Balances,
    Local,
    across_pools,
    close,
    collected,
    grown,
    interest,
    quotient,
    settlement,
    sums,
)


@dataclass(frozen=True)
class Stage:
    """Terms of a scheme from a year on."""

    first_year: int
    partition: str
    """Name of the partition: another name is another set of pools."""
    pool: Array
    """Number of the pool [m]."""
    terms: Terms
    reserves: str
    """Who has reserve funds beside the pools: ``province``, its adjustment fund; ``municipality``, what it has not pooled;
    or nobody."""
    remittance: float
    """Share of the contributions that a pool remits to the adjustment fund of its province."""
    payers: Array
    """Shares of municipality, province and centre in a deficit subsidy."""

    @property
    def pools(self) -> int:
        """Number of pools, without reserve funds."""
        return int(self.pool.max()) + 1


@dataclass(frozen=True)
class Year:
    """The account of a year [pools, then reserve funds], and what it does to the provinces [p]."""

    opening_balance: Array
    closing_balance: Array
    contributions: Array
    outgo: Array
    scheduled_subsidy: Array
    deficit_subsidy: Array
    deficit_payer: Array
    """[payer, fund]."""
    benefit_cut: Array
    interest: Array
    settlement: Array
    moved_in: Array
    moved_out: Array
    wage_bill: Array
    standard_wages: Array
    after_scheduled: Array
    before_subsidy: Array
    net_transfer_municipality: Array
    """[m]."""
    net_transfer_province: Array
    net_transfer_standard_province: Array
    net_transfer_cash_province: Array
    deficit_borne_province: Array


@dataclass(frozen=True)
class Flows:
    """Flows of the municipalities of a scheme as its terms have them [m]."""

    cash: Array
    """Contributions collected."""
    bill: Array
    """Wage bill that pays."""
    outgo: Array
    scheduled: Array

    @property
    def result(self) -> Array:
        """What is left of the year without anybody else."""
        return self.cash + self.scheduled - self.outgo


def opening_balances(
    stages: tuple[Stage, ...],
    geography: Geography,
    reserves: Array,
    pooled: float,
    first_year: int,
) -> Array:
    """Accounts on 31 December of the base year, in the pools of the first year: municipalities keep what they do not pool.

    Args:
        stages: terms in the order of their first years.
        geography: provinces.
        reserves: of the municipalities [m].
        pooled: share of them that goes to the pools.
        first_year: calendar year.
    """
    stage = _in_force(stages, first_year)
    local = stage.reserves == "municipality"
    own = (1 - pooled) * reserves if local else np.zeros(_holders(stage, geography))
    return np.concatenate([sums(stage.pool, pooled * reserves), own])


def years_of(
    stages: tuple[Stage, ...],
    geography: Geography,
    opening: Array,
    flows: list[Local],
    fund_return: Array,
    first_year: int,
) -> Iterator[tuple[Stage, Year]]:
    """All years of a scheme, each with the terms in force.

    Args:
        stages: terms in the order of their first years; the first is in force from the start.
        geography: provinces.
        opening: accounts on 31 December of the base year.
        flows: of the scheme, by year.
        fund_return: return on balances, by year; debt bears it too.
        first_year: calendar year of the first flows.
    """
    before = _in_force(stages, first_year)
    held = Balances(opening, opening, opening)
    for elapsed, local in enumerate(flows):
        stage = _in_force(stages, first_year + elapsed)
        own = _as_under(stage.terms, geography, local)
        held = Balances(
            *(_handed_over(before, stage, geography, own, x) for x in vars(held).values())
        )
        year = _year(stage, geography, held, own, local, float(fund_return[elapsed]))
        yield stage, year
        held = Balances(year.closing_balance, year.after_scheduled, year.before_subsidy)
        before = stage


def _in_force(stages: tuple[Stage, ...], year: int) -> Stage:
    return [stage for stage in stages if stage.first_year <= year][-1]


def _as_under(terms: Terms, geography: Geography, local: Local) -> Flows:
    share = collected(terms, geography, local)
    return Flows(
        cash=local.contributions * share,
        bill=local.wage_bill * share,
        outgo=local.outgo[terms.policy],
        scheduled=local.scheduled[terms.policy],
    )


def _holders(stage: Stage, geography: Geography) -> int:
    return {"province": geography.provinces, "municipality": len(stage.pool)}.get(stage.reserves, 0)


# ---- a change of the pools


def _handed_over(
    before: Stage, now: Stage, geography: Geography, flows: Flows, balance: Array
) -> Array:
    """Balances and debts on 1 January, in the pools of the year.

    Those of an old pool belong to its municipalities, those of an adjustment fund to the municipalities of its province, in
    proportion to what these collect and pay in the year; where nobody does, in equal parts. What a municipality has kept
    for itself it keeps.
    """
    if (before.partition, before.reserves) == (now.partition, now.reserves):
        return balance
    weight = flows.cash + flows.outgo
    pools, beside = balance[: before.pools], balance[before.pools :]
    mine = pools[before.pool] * _parts(before.pool, weight)
    if before.reserves == "province":
        mine = mine + beside[geography.province] * _parts(geography.province, weight)
    kept = beside if before.reserves == "municipality" else np.zeros(_holders(now, geography))
    return np.concatenate([sums(now.pool, mine), kept])


def _parts(group: Array, weight: Array) -> Array:
    """Share of every municipality in its group."""
    whole, heads = sums(group, weight)[group], sums(group, np.ones(len(group)))[group]
    return np.where(whole > 0, np.divide(weight, whole, out=0 * weight, where=whole > 0), 1 / heads)


# ---- the year


def _year(
    stage: Stage, geography: Geography, held: Balances, own: Flows, local: Local, rate: float
) -> Year:
    funds = _holders(stage, geography)

    def total(flow: Array) -> Array:
        return np.concatenate([sums(stage.pool, flow), np.zeros(funds)])

    opening, C, B, G = held.filled, total(own.cash), total(own.outgo), total(own.scheduled)
    received = _settled(stage, geography, opening, own, local, rate)
    moved_in, moved_out = _moved(stage, local, funds)
    net = C + G - B + received + moved_in - moved_out
    closed = close(stage.terms, opening, net, B, rate)
    return Year(
        opening_balance=opening,
        closing_balance=closed.balance,
        contributions=C,
        outgo=B,
        scheduled_subsidy=G,
        deficit_subsidy=closed.subsidy,
        deficit_payer=stage.payers[:, None] * closed.subsidy,
        benefit_cut=closed.cut,
        interest=closed.interest,
        settlement=received,
        moved_in=moved_in,
        moved_out=moved_out,
        wage_bill=total(own.bill),
        standard_wages=total(local.standard_wages),
        after_scheduled=grown(held.after_scheduled, net, rate),
        before_subsidy=grown(held.before_subsidy, net - G, rate),
        **_transfers(stage, geography, own, local, received),
    )


def _moved(stage: Stage, local: Local, funds: int) -> tuple[Array, Array]:
    """What enters and leaves with members who change pool, where money follows them, or scheme."""
    between = across_pools(stage.pool, stage.terms.moving * local.moved)
    linked = (np.maximum(local.linked, 0), np.maximum(-local.linked, 0))
    come, gone = (
        np.concatenate([crossed + sums(stage.pool, own), np.zeros(funds)])
        for crossed, own in zip(between, linked, strict=True)
    )
    return come, gone


def _settled(
    stage: Stage, geography: Geography, opening: Array, own: Flows, local: Local, rate: float
) -> Array:
    """What every pool and reserve fund receives from the others."""
    in_pools, beside = opening[: stage.pools], opening[stage.pools :]
    result = sums(stage.pool, own.result)
    if stage.reserves == "province":
        due = sums(stage.pool, local.contributions)
        return _adjusted(stage, geography, opening, own, due, rate)
    drawn = np.zeros(len(stage.pool))
    if stage.reserves == "municipality":
        # Spent in the course of the year, a reserve earns half of the return on what is spent.
        drawn = np.minimum(beside * (1 + rate) / (1 + rate / 2), np.maximum(-own.result, 0))
    from_members = sums(stage.pool, drawn)
    after = result + from_members
    per_wage = quotient(local.contributions.sum(), local.standard_wages.sum())
    standard = sums(stage.pool, local.standard_wages)
    settled = settlement(
        stage.terms,
        after + interest(in_pools, after, rate),
        sums(stage.pool, own.cash),
        standard * per_wage,
        standard,
        sums(stage.pool, local.retirees),
    )
    return np.concatenate([settled + from_members, -drawn if len(beside) else beside])


def _adjusted(
    stage: Stage, geography: Geography, opening: Array, own: Flows, due: Array, rate: float
) -> Array:
    """Pools remit to the adjustment fund of their province; it fills, as far as it lasts, those that would end below zero.

    They remit a share of what is due, collected or not.
    Money that comes in the course of the year earns half of a year's return by its end.
    """
    n = stage.pools
    remitted = stage.remittance * due
    ends = grown(opening[:n], sums(stage.pool, own.result) - remitted, rate)
    needed = np.maximum(-ends, 0) / (1 + rate / 2)
    home = np.zeros(n, int)
    home[stage.pool] = geography.province
    of_pools, of_funds = -remitted, np.zeros(geography.provinces)
    for province in range(geography.provinces):
        mine = home == province
        paid_in = remitted[mine].sum()
        lasts = grown(opening[n + province], paid_in, rate) / (1 + rate / 2)
        handed_out = min(needed[mine].sum(), max(lasts, 0.0))
        of_pools[mine] += needed[mine] * quotient(handed_out, needed[mine].sum())
        of_funds[province] = paid_in - handed_out
    return np.concatenate([of_pools, of_funds])


# ---- who pays for whom


def _transfers(
    stage: Stage, geography: Geography, own: Flows, local: Local, received: Array
) -> dict[str, Array]:
    """T, T* and the cash version, and the deficit that is left to a province.

    What accounts of municipalities pay to the pool these have paid; what an adjustment fund takes in stays in its province.
    """
    in_pools, beside = received[: stage.pools], received[stage.pools :]
    of_cities = beside if stage.reserves == "municipality" else 0 * own.outgo
    of_province = beside if stage.reserves == "province" else np.zeros(geography.provinces)
    standard = local.standard_wages * quotient(local.wage_bill.sum(), local.standard_wages.sum())

    def transfer(amount: Array, base: Array) -> Array:
        borne, bases = sums(stage.pool, amount) - in_pools, sums(stage.pool, base)
        rate = np.divide(borne, bases, out=np.zeros_like(borne), where=bases > 0)
        return amount - base * rate[stage.pool] + of_cities

    real = transfer(own.outgo, own.bill)
    cash = geography.sums(transfer(-own.result, own.bill)) + of_province
    return {
        "net_transfer_municipality": real,
        "net_transfer_province": geography.sums(real) + of_province,
        "net_transfer_standard_province": geography.sums(transfer(own.outgo, standard))
        + of_province,
        "net_transfer_cash_province": cash,
        "deficit_borne_province": geography.sums(-own.result) - cash,
    }
