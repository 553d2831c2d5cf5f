"""Money between pools: every rule gives the net receipts of the year, which sum to zero in an arrangement.

A rule is a module of arrays with one method, ``net``; an arrangement names it and gives its figures (``assumptions``),
``opening.pools`` makes it.
"""

from typing import Protocol, runtime_checkable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import dot, ratio

PoolFlow = Float[Array, "s q"]
Groups = Float[Array, "q g"] | None
"""Inside which group a pool settles, as a 0/1 matrix; None: all pools together."""


class Position(eqx.Module):
    """What a settlement may look at, by scheme and pool; currency and persons of the year."""

    opening: PoolFlow
    contributions: PoolFlow
    due: PoolFlow
    """Contributions before what a response of collection loses."""
    standard_contributions: PoolFlow
    """Contributions if every pool collected at the national factor."""
    surplus: PoolFlow
    """Contributions, scheduled subsidy and interest less outgo, before settlement."""
    half_return: Float[Array, ""]
    """1 + half a year's return: what a unit that is paid in the course of the year is at its end."""
    standard_wages: PoolFlow
    """Average wage of its province for every insured employee, paying or not."""
    retirees: PoolFlow
    own_result: Float[Array, "s m"]
    """Contributions and scheduled subsidy less outgo of every municipality."""


@runtime_checkable
class Settlement(Protocol):
    """A rule of settlement between pools."""

    def net(self, position: Position) -> PoolFlow:
        """Received less paid of the year; currency. Sums to zero over the pools of each group and scheme."""
        ...


class NoSettlement(eqx.Module):
    """Every pool stands on its own."""

    def net(self, position: Position) -> PoolFlow:
        """Nothing."""
        return jnp.zeros_like(position.surplus)


class LevyAndFill(eqx.Module):
    """Pools in surplus pay up to a share of it, short pools are filled up to a share of their shortfall.

    Source: the allocation rule of the national pooling of 2022 is unpublished; this form reproduces its published size
    (RULES 2.3 b; assumption, grade D). Local responsibility: RULES 2.3 d.
    """

    levy: Float[Array, " s"]
    """Share σ of a surplus that is called at most."""
    fill: Float[Array, " s"]
    """Share φ of a shortfall that is filled at most, after the part that stays local."""
    policy_gap: bool = eqx.field(static=True)
    """Whether only the shortfall counts that would remain at standard collection: low effort stays local."""
    groups: Groups

    def net(self, position: Position) -> PoolFlow:
        """Scaled to balance: what is called and not needed stays where it is, and the other way round."""
        shortfall = jnp.maximum(-position.surplus, 0)
        if self.policy_gap:
            effort = position.contributions - position.standard_contributions
            shortfall = jnp.minimum(shortfall, jnp.maximum(effort - position.surplus, 0))
        called = self.levy[:, None] * jnp.maximum(position.surplus, 0)
        needed = self.fill[:, None] * shortfall
        offered, asked = _in_group(called, self.groups), _in_group(needed, self.groups)
        moved = jnp.minimum(offered, asked)
        return needed * ratio(moved, asked) - called * ratio(moved, offered)


class PerRetiree(eqx.Module):
    """Pools pay a share of their standard wage bill and receive the same amount for every retiree.

    pay = ρ · 0.9 · W · N, get = (Σ pay ÷ Σ R) · R. Source: Guofa [2018] 18, the central adjustment of 2018 to 2021; the
    insured active members stand for the employees who should be insured (RULES 2.2).
    """

    rate: Float[Array, " s"]
    """ρ times the share of the average wage that counts."""
    groups: Groups

    def net(self, position: Position) -> PoolFlow:
        """A pool receives when its standard wages a retiree are below those of its group."""
        paid = self.rate[:, None] * position.standard_wages
        share = ratio(position.retirees, _in_group(position.retirees, self.groups))
        some = _in_group(position.retirees, self.groups) > 0
        return jnp.where(some, share * _in_group(paid, self.groups) - paid, 0)


class AdjustmentFund(eqx.Module):
    """Pools remit a share of the contributions due to a reserve fund, which fills those that have run dry while it lasts.

    Source: Unemployment Insurance Regulations, art. 7-8 (provincial adjustment fund), whose mechanics the pension funds
    had before 2020 (RULES 2.1).
    """

    remittance: Float[Array, " s"]
    """Share of the contributions due that is remitted: who collects less remits no less (art. 7)."""
    groups: Float[Array, "q g"]
    """Reserve fund of every pool as a 0/1 matrix; the rows of the funds themselves are zero."""
    reserves: Float[Array, "q g"]
    """1 where a row is that reserve fund, else 0."""

    def net(self, position: Position) -> PoolFlow:
        """What is remitted and not needed stays in the fund."""
        remitted = self.remittance[:, None] * position.due
        # At the end of the year, in units that are paid in its course.
        left = (position.opening + position.surplus) / position.half_return - remitted
        pools = jnp.sum(self.groups, axis=1)
        # What reserve funds lack counts nowhere: their rows of `groups` are zero.
        needed = jnp.maximum(-left, 0)
        held = dot(jnp.maximum(left, 0), self.reserves) + dot(remitted, self.groups)
        asked = dot(needed, self.groups)
        drawn = jnp.minimum(_spendable(held), asked)
        received = needed * dot(ratio(drawn, asked), self.groups.T)
        kept = dot(dot(remitted, self.groups) - drawn, self.reserves.T)
        return received - remitted * pools[None] + kept


class LocalReserves(eqx.Module):
    """What municipalities did not pool stays their own, and pays for their own shortfall before the pool does.

    A municipality whose contributions and scheduled subsidy do not cover its outgo draws the difference from its account
    while that lasts; its pool receives it, then settles with the others by the rule. Nothing is paid in any more: a surplus
    of the year is the pool's.
    """

    rule: Settlement
    """Between the pools."""
    members: Float[Array, "m q"]
    """Pool of every municipality as a 0/1 matrix, without the reserve funds."""

    def net(self, position: Position) -> PoolFlow:
        """The rule sees pools after the draw; what they receive leaves the accounts."""
        pools = self.members.shape[1]
        held = (position.opening + position.surplus)[:, pools:] / position.half_return
        drawn = jnp.minimum(_spendable(held), jnp.maximum(-position.own_result, 0))
        received = dot(drawn, self.members)

        def of_pools(flow: PoolFlow) -> PoolFlow:
            return flow[:, :pools]

        after = Position(
            of_pools(position.opening),
            of_pools(position.contributions),
            of_pools(position.due),
            of_pools(position.standard_contributions),
            of_pools(position.surplus) + position.half_return * received,
            position.half_return,
            of_pools(position.standard_wages),
            of_pools(position.retirees),
            position.own_result,
        )
        return jnp.concatenate([self.rule.net(after) + received, -drawn], axis=1)


def _spendable(held: Float[Array, "s g"]) -> Float[Array, "s g"]:
    """What reserves can pay: an account is emptied, never overdrawn by a rounding, which would count as depleted."""
    return held * (1 - 8 * jnp.finfo(held.dtype).eps)


def _in_group(flow: PoolFlow, groups: Groups) -> PoolFlow:
    """Sum over the group that a pool settles in, in the shape of the flow."""
    if groups is None:
        return jnp.broadcast_to(jnp.sum(flow, axis=1, keepdims=True), flow.shape)
    return dot(dot(flow, groups), groups.T)
