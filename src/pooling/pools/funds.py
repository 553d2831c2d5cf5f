"""The accounts of every fund of every arrangement over one year, on the same people and flows."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.parameters.model import Geography
from pooling.pools.arrangement import Arrangement, Pooling
from pooling.pools.settlement import levy_and_fill, rights_on_the_move
from pooling.population.migration import Moves
from pooling.state import FundBalances

ByFund = Float[Array, "s f"]


class MunicipalFlows(eqx.Module):
    """What pools need of the schemes: by scheme and municipality, and by benefit policy where it depends on one."""

    wage_bill: Float[Array, "s m"]
    contributions: Float[Array, "s m"]
    outgo: Float[Array, "l s m"]
    scheduled_subsidy: Float[Array, "l s m"]
    transfer_value: Float[Array, " s"]
    """Money that moves with a member, over the account balance that moves."""


class FundYear(eqx.Module):
    """Account of the year of every fund; money is currency."""

    opening_balance: ByFund
    closing_balance: ByFund
    """After scheduled and deficit subsidy: never below zero."""
    contributions: ByFund
    outgo: ByFund
    scheduled_subsidy: ByFund
    deficit_subsidy: ByFund
    interest: ByFund
    settlement: ByFund
    """Net receipts from the settlement between pools."""
    moved_in: ByFund
    moved_out: ByFund
    wage_bill: ByFund
    residual: ByFund
    """Closing balance less everything that made it: zero to rounding."""


def settle_year(
    pooling: Pooling,
    geography: Geography,
    balances: FundBalances,
    flows: MunicipalFlows,
    moves: tuple[Moves, ...],
    fund_return: Float[Array, ""],
) -> tuple[FundBalances, FundYear]:
    """Settle the year between the pools of every arrangement and close their accounts.

    Args:
        pooling: the arrangements.
        geography: municipality → province.
        balances: accounts on 1 January.
        flows: the schemes' flows of the year.
        moves: rights that moved at the end of the year, by scheme.
        fund_return: nominal return of the year.
    """
    filled = pooling.split(balances.filled)
    years = tuple(
        _pool_year(each, geography, opening, flows, moves, fund_return)
        for each, opening in zip(pooling.arrangements, filled, strict=True)
    )
    year = FundYear(
        *(Pooling.join(parts) for parts in zip(*(_fields(each) for each in years), strict=True))
    )
    return _close(balances, year, fund_return), year


def _pool_year(
    arrangement: Arrangement,
    geography: Geography,
    opening: Float[Array, "s q"],
    flows: MunicipalFlows,
    moves: tuple[Moves, ...],
    fund_return: Float[Array, ""],
) -> FundYear:
    """One arrangement's year, its deficits filled."""
    contributions = arrangement.total(flows.contributions)
    outgo = arrangement.total(flows.outgo[arrangement.policy])
    scheduled = arrangement.total(flows.scheduled_subsidy[arrangement.policy])
    own = contributions + scheduled - outgo
    surplus = own + _interest(opening, own, fund_return)
    settlement = levy_and_fill(surplus, arrangement.levy, arrangement.fill)
    value = (arrangement.moving * flows.transfer_value)[:, None]
    moved_in, moved_out = (
        value * jnp.stack(side)
        for side in zip(
            *(rights_on_the_move(arrangement, geography, each) for each in moves), strict=True
        )
    )
    net = own + settlement + moved_in - moved_out
    interest = _interest(opening, net, fund_return)
    deficit = jnp.maximum(-(opening + net + interest), 0)
    closing = jnp.maximum(opening + net + interest, 0)
    parts = contributions + scheduled + deficit + interest + settlement + moved_in
    return FundYear(
        opening_balance=opening,
        closing_balance=closing,
        contributions=contributions,
        outgo=outgo,
        scheduled_subsidy=scheduled,
        deficit_subsidy=deficit,
        interest=interest,
        settlement=settlement,
        moved_in=moved_in,
        moved_out=moved_out,
        wage_bill=arrangement.total(flows.wage_bill),
        residual=closing - (opening + parts - moved_out - outgo),
    )


def _interest(
    opening: Float[Array, "s q"], net: Float[Array, "s q"], fund_return: Float[Array, ""]
) -> Float[Array, "s q"]:
    """Return on the opening balance and half of the year's net flow."""
    return fund_return * (opening + 0.5 * net)


def _close(balances: FundBalances, year: FundYear, fund_return: Float[Array, ""]) -> FundBalances:
    """Balances on 31 December: filled, and the two unfilled accounts with fewer subsidies."""
    without = year.contributions - year.outgo + year.settlement + year.moved_in - year.moved_out
    with_scheduled = without + year.scheduled_subsidy
    return FundBalances(
        filled=year.closing_balance,
        after_scheduled=_unfilled(balances.after_scheduled, with_scheduled, fund_return),
        before_subsidy=_unfilled(balances.before_subsidy, without, fund_return),
    )


def _unfilled(balance: ByFund, net: ByFund, fund_return: Float[Array, ""]) -> ByFund:
    """An account that nobody fills: debt bears the fund's return."""
    return balance + net + _interest(balance, net, fund_return)


def _fields(year: FundYear) -> tuple[ByFund, ...]:
    return tuple(getattr(year, name) for name in FundYear.__dataclass_fields__)
