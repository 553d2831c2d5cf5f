"""The accounts of every fund of every arrangement over one year, on the same people and flows."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from pooling.numerics import Tree, add, dot, overall_ratio
from pooling.parameters.model import Geography
from pooling.pools.arrangement import Arrangement, Partition, Pooling, Stage
from pooling.pools.moving import rights_on_the_move
from pooling.pools.settlement import Position
from pooling.population.migration import Moves
from pooling.state import FundBalances

ByFund = Float[Array, "s f"]


class MunicipalFlows(eqx.Module):
    """What pools need of the schemes: by scheme and municipality, and by benefit policy where it depends on one."""

    wage_bill: Float[Array, "s m"]
    contributions: Float[Array, "s m"]
    outgo: Float[Array, "l s m"]
    scheduled_subsidy: Float[Array, "l s m"]
    standard_wages: Float[Array, "s m"]
    """Average wage of the province for every insured active member."""
    retirees: Float[Array, "s m"]
    transfer_value: Float[Array, " s"]
    """Money that moves with a member, over the account balance that moves."""
    linked: Float[Array, "s m"]
    """Accounts received from other schemes less those handed over."""


class FundYear(eqx.Module):
    """Account of the year of every fund; money is currency."""

    opening_balance: ByFund
    closing_balance: ByFund
    """After scheduled and deficit subsidy: negative only where a pool may borrow."""
    contributions: ByFund
    outgo: ByFund
    """Scheduled: what is cut of it stands apart."""
    scheduled_subsidy: ByFund
    deficit_subsidy: ByFund
    deficit_payer: Float[Array, "payer s f"]
    """The deficit subsidy by government that pays it."""
    benefit_cut: ByFund
    interest: ByFund
    settlement: ByFund
    """Net receipts from the settlement between pools."""
    moved_in: ByFund
    """With members who change pool or scheme."""
    moved_out: ByFund
    wage_bill: ByFund
    standard_wages: ByFund
    residual: ByFund
    """Closing balance less everything that made it: zero to rounding."""


class PoolsYear(eqx.Module):
    """What the pools of a run leave behind of a year."""

    funds: FundYear
    effort: tuple[Float[Array, "s m"] | None, ...]
    """Cash collected over what is due, by arrangement; None where collection does not react."""


def settle_year(
    pooling: Pooling,
    geography: Geography,
    balances: FundBalances,
    flows: MunicipalFlows,
    moves: tuple[Moves, ...],
    fund_return: Float[Array, ""],
    elapsed: Int[Array, ""],
) -> tuple[FundBalances, PoolsYear]:
    """Settle the year between the pools of every arrangement and close their accounts.

    Args:
        pooling: the arrangements.
        geography: municipality → province.
        balances: accounts on 31 December of the year before.
        flows: the schemes' flows of the year.
        moves: rights that moved at the end of the year, by scheme.
        fund_return: nominal return of the year.
        elapsed: years since the opening.
    """
    by_arrangement = [
        _arrangement_year(each, geography, opening, flows, moves, fund_return, elapsed)
        for each, opening in zip(pooling.arrangements, pooling.cut(balances), strict=True)
    ]
    openings, years, effort = zip(*by_arrangement, strict=True)
    opening = _joined(openings)
    year = _joined(years)
    return _close(opening, year, fund_return), PoolsYear(year, effort)


def _joined(parts: tuple[Tree, ...]) -> Tree:
    """Modules by arrangement or partition, every array laid end to end on the fund axis."""
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves, axis=-1), *parts)


def _arrangement_year(
    arrangement: Arrangement,
    geography: Geography,
    last: FundBalances,
    flows: MunicipalFlows,
    moves: tuple[Moves, ...],
    fund_return: Float[Array, ""],
    elapsed: Int[Array, ""],
) -> tuple[FundBalances, FundYear, Float[Array, "s m"] | None]:
    """Balances on 1 January, the account of the year, and the effort where it reacts."""
    cash = [_cash(stage, geography, flows, elapsed) for stage in arrangement.stages]
    outgo = add(
        flows.outgo[stage.policy] * stage.in_force[elapsed][:, None] for stage in arrangement.stages
    )
    repool = partial(_repool, arrangement, geography, add(cash) + outgo, elapsed)
    opening = jax.tree.map(repool, last)
    years: list[list[FundYear]] = [[] for _ in arrangement.partitions]
    for stage, contributions in zip(arrangement.stages, cash, strict=True):
        k = stage.partition
        pools, own = arrangement.partitions[k], arrangement.split(opening.filled)[k]
        years[k].append(
            _stage_year(
                stage, pools, geography, own, contributions, flows, moves, fund_return, elapsed
            )
        )
    summed = tuple(jax.tree.map(lambda *leaves: add(leaves), *each) for each in years)
    return opening, _joined(summed), _effort(arrangement, cash, flows)


def _repool(
    arrangement: Arrangement,
    geography: Geography,
    key: Float[Array, "s m"],
    elapsed: Int[Array, ""],
    balance: ByFund,
) -> ByFund:
    """Balances on 1 January: those of a scheme that changes its pools go to the new ones.

    Inside an old pool, or the province of an adjustment fund, a balance or a debt belongs to the municipalities in
    proportion to what they collect and pay in the year, under the terms that are then in force: the key.
    """
    if len(arrangement.partitions) == 1:
        return balance
    held = arrangement.split(balance)
    before, now = (
        [arrangement.force(k)[year] for k in range(len(held))]
        for year in (jnp.maximum(elapsed - 1, 0), elapsed)
    )
    leaving = [
        _spread(each, geography, part * (was * (1 - still))[:, None], key)
        for each, part, was, still in zip(arrangement.partitions, held, before, now, strict=True)
    ]
    arriving = add(leaving)
    # Accounts of municipalities stay theirs, whoever they pool with.
    own = add(
        each.of_municipality(part) * (was * (1 - still))[:, None]
        for each, part, was, still in zip(arrangement.partitions, held, before, now, strict=True)
    )
    parts = [
        part * still[:, None]
        + (each.total(arriving) + each.to_municipality(own)) * (still * (1 - was))[:, None]
        for each, part, was, still in zip(arrangement.partitions, held, before, now, strict=True)
    ]
    return jnp.concatenate(parts, axis=-1)


def _spread(
    partition: Partition, geography: Geography, balance: ByFund, key: Float[Array, "s m"]
) -> Float[Array, "s m"]:
    """Balances of pools and adjustment funds over their municipalities; not what these hold themselves."""
    even = jnp.ones_like(key)
    of_pool = partition.of_pool
    found = of_pool(balance) * _key_share(
        key, of_pool(partition.total(key)), of_pool(partition.total(even))
    )
    if partition.reserves is None or partition.local:
        return found

    def of_province(values: Float[Array, "s p"]) -> Float[Array, "s m"]:
        return geography.to_municipalities(values.T).T

    def total(values: Float[Array, "s m"]) -> Float[Array, "s m"]:
        return of_province(geography.by_province(values.T).T)

    reserve = of_province(dot(balance, partition.reserves))
    return found + reserve * _key_share(key, total(key), total(even))


def _key_share(
    key: Float[Array, "s m"], whole: Float[Array, "s m"], count: Float[Array, "s m"]
) -> Float[Array, "s m"]:
    """key ÷ whole; an equal share where nobody has a key."""
    return jnp.where(whole > 0, key / jnp.where(whole > 0, whole, 1), 1 / count)


def _cash(
    stage: Stage, geography: Geography, flows: MunicipalFlows, elapsed: Int[Array, ""]
) -> Float[Array, "s m"]:
    """Contributions collected under the stage, zero for schemes that are not under it."""
    due = flows.contributions * stage.in_force[elapsed][:, None]
    if stage.response is None:
        return due
    own = flows.contributions + flows.scheduled_subsidy[stage.policy] - flows.outgo[stage.policy]
    return due * stage.response.factor(geography, own)


def _effort(
    arrangement: Arrangement, cash: list[Float[Array, "s m"]], flows: MunicipalFlows
) -> Float[Array, "s m"] | None:
    if all(stage.response is None for stage in arrangement.stages):
        return None
    return _collected(add(cash), flows)


def _stage_year(
    stage: Stage,
    pools: Partition,
    geography: Geography,
    opening: ByFund,
    cash: Float[Array, "s m"],
    flows: MunicipalFlows,
    moves: tuple[Moves, ...],
    fund_return: Float[Array, ""],
    elapsed: Int[Array, ""],
) -> FundYear:
    """The year of the schemes that are under a stage, on its pools; zero for the others."""
    on = stage.in_force[elapsed][:, None]
    opening = opening * on
    contributions = pools.total(cash)
    outgo = pools.total(flows.outgo[stage.policy]) * on
    scheduled = pools.total(flows.scheduled_subsidy[stage.policy]) * on
    own = contributions + scheduled - outgo
    position = Position(
        opening,
        contributions,
        pools.total(flows.contributions) * on,
        pools.total(_standard(flows.contributions, flows.standard_wages)) * on,
        own + _interest(opening, own, fund_return),
        1 + 0.5 * fund_return,
        pools.total(flows.standard_wages) * on,
        pools.total(flows.retirees) * on,
        cash + (flows.scheduled_subsidy[stage.policy] - flows.outgo[stage.policy]) * on,
    )
    settlement = stage.settlement.net(position)
    value = stage.moving * flows.transfer_value[:, None] * on
    sides = zip(*(rights_on_the_move(pools, geography, each) for each in moves), strict=True)
    linked = flows.linked * on
    moved_in, moved_out = (
        value * jnp.stack(side) + pools.total(jnp.maximum(sign * linked, 0))
        for side, sign in zip(sides, (1, -1), strict=True)
    )
    net = own + settlement + moved_in - moved_out
    closed = stage.deficit.close(opening, net, _interest(opening, net, fund_return), outgo)
    made = opening + net + closed.interest + closed.subsidy + closed.cut
    return FundYear(
        opening_balance=opening,
        closing_balance=closed.balance,
        contributions=contributions,
        outgo=outgo,
        scheduled_subsidy=scheduled,
        deficit_subsidy=closed.subsidy,
        deficit_payer=stage.deficit.shares[:, None, None] * closed.subsidy[None],
        benefit_cut=closed.cut,
        interest=closed.interest,
        settlement=settlement,
        moved_in=moved_in,
        moved_out=moved_out,
        wage_bill=pools.total(flows.wage_bill * _collected(cash, flows)) * on,
        standard_wages=position.standard_wages,
        residual=closed.balance - made,
    )


def _collected(cash: Float[Array, "s m"], flows: MunicipalFlows) -> Float[Array, "s m"]:
    """Share of the contributions due that is collected: the wage bill counts what pays."""
    some = flows.contributions > 0
    return jnp.where(some, cash / jnp.where(some, flows.contributions, 1), 1)


def _standard(flow: Float[Array, "s m"], base: Float[Array, "s m"]) -> Float[Array, "s m"]:
    """The nation's flow spread by a base: what every place would have at the national factor."""
    return base * overall_ratio(flow, base)


def _interest(opening: ByFund, net: ByFund, fund_return: Float[Array, ""]) -> ByFund:
    """Return on the opening balance and half of the year's net flow."""
    return fund_return * (opening + 0.5 * net)


def _close(opening: FundBalances, year: FundYear, fund_return: Float[Array, ""]) -> FundBalances:
    """Balances on 31 December: filled, and the two unfilled accounts with fewer subsidies."""
    without = year.contributions - year.outgo + year.settlement + year.moved_in - year.moved_out
    with_scheduled = without + year.scheduled_subsidy
    return FundBalances(
        filled=year.closing_balance,
        after_scheduled=_unfilled(opening.after_scheduled, with_scheduled, fund_return),
        before_subsidy=_unfilled(opening.before_subsidy, without, fund_return),
    )


def _unfilled(balance: ByFund, net: ByFund, fund_return: Float[Array, ""]) -> ByFund:
    """An account that nobody fills: debt bears the fund's return."""
    return balance + net + _interest(balance, net, fund_return)
