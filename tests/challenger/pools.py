"""Pools of an arrangement over a year (README section 5, step 8), one scheme at a time."""

from dataclasses import dataclass

import numpy as np

from challenger.given import Arrangement, Array, Geography, Terms


@dataclass(frozen=True)
class Local:
    """What pools need of a scheme in a year, by municipality [m]."""

    wage_bill: Array
    contributions: Array
    outgo: list[Array]
    """By benefit policy."""
    scheduled: list[Array]
    standard_wages: Array
    """Average wages of all insured, paying or not (of residents: the nation's mean premium for each)."""
    retirees: Array
    moved: Array
    """Money that moves with members from municipality to municipality [m m]."""
    linked: Array
    """Accounts received from another scheme less those handed over to one."""


@dataclass(frozen=True)
class Balances:
    """Three accounts of every pool, with fewer and fewer of the subsidies [pool]."""

    filled: Array
    after_scheduled: Array
    before_subsidy: Array


@dataclass(frozen=True)
class PoolYear:
    """The account of a year [pool], and net transfers of municipalities and of provinces."""

    opening_balance: Array
    closing_balance: Array
    contributions: Array
    outgo: Array
    scheduled_subsidy: Array
    deficit_subsidy: Array
    benefit_cut: Array
    interest: Array
    settlement: Array
    moved_in: Array
    moved_out: Array
    wage_bill: Array
    after_scheduled: Array
    before_subsidy: Array
    net_transfer: Array
    """[m]."""
    net_transfer_cash: Array
    """[p]."""
    net_transfer_standard: Array
    """[p]."""


@dataclass(frozen=True)
class Closed:
    """How the account of a year is closed [pool]."""

    balance: Array
    interest: Array
    """The spread on debt included."""
    subsidy: Array
    cut: Array


def sums(pool: Array, local: Array) -> Array:
    """Sum of a municipal flow by pool."""
    return np.array([local[pool == q].sum() for q in range(pool.max() + 1)])


def collected(terms: Terms, geography: Geography, flows: Local) -> Array:
    """Share of the contributions due that is collected: it falls by the sign of the province's own result [m]."""
    own = flows.contributions + flows.scheduled[terms.policy] - flows.outgo[terms.policy]
    result = geography.sums(own)[geography.province]
    fall = np.where(result < 0, terms.deficit_response, terms.surplus_response)
    return np.where(flows.contributions > 0, 1 - fall, 1)


def settlement(
    terms: Terms,
    surplus: Array,
    contributions: Array,
    standard: Array,
    wages: Array,
    retirees: Array,
) -> Array:
    """What pools receive from each other; sums to zero in every group.

    Args:
        terms: the rule.
        surplus: contributions, scheduled subsidy and interest less outgo.
        contributions: collected.
        standard: what the pool would collect at the nation's effort.
        wages: standard wage bill.
        retirees: heads.
    """
    net = np.zeros_like(surplus)
    for g in np.unique(terms.group):
        mine = terms.group == g
        if terms.settlement == "levy_fill":
            net[mine] = _levy_and_fill(terms, surplus[mine], (contributions - standard)[mine])
        if terms.settlement == "per_retiree" and retirees[mine].sum() > 0:
            paid = terms.per_retiree * wages[mine]
            net[mine] = paid.sum() / retirees[mine].sum() * retirees[mine] - paid
    return net


def _levy_and_fill(terms: Terms, surplus: Array, effort: Array) -> Array:
    gap = np.maximum(-surplus, 0)
    if terms.policy_gap:  # only what would be short at standard collection
        gap = np.minimum(gap, np.maximum(effort - surplus, 0))
    called, needed = terms.levy * np.maximum(surplus, 0), terms.fill * gap
    if called.sum() <= 0 or needed.sum() <= 0:
        return np.zeros_like(surplus)
    money = min(called.sum(), needed.sum())
    return needed / needed.sum() * money - called / called.sum() * money


def pool_year(
    arrangement: Arrangement,
    scheme: int,
    geography: Geography,
    balances: Balances,
    flows: Local,
    fund_return: float,
) -> PoolYear:
    """The year of one scheme under an arrangement.

    Args:
        arrangement: pools and terms.
        scheme: number of the scheme.
        geography: provinces.
        balances: on 31 December of the year before.
        flows: of the scheme.
        fund_return: return on balances; debt bears it too.
    """
    terms, pool = arrangement.terms[scheme], arrangement.pool
    effort = collected(terms, geography, flows)
    benefits, scheduled = flows.outgo[terms.policy], flows.scheduled[terms.policy]
    cash, bill = flows.contributions * effort, flows.wage_bill * effort
    C, B, G = sums(pool, cash), sums(pool, benefits), sums(pool, scheduled)
    W, standard_wages = sums(pool, bill), sums(pool, flows.standard_wages)
    opening = balances.filled
    own = C + G - B
    received = settlement(
        terms,
        own + interest(opening, own, fund_return),
        C,
        standard_wages * quotient(flows.contributions.sum(), flows.standard_wages.sum()),
        standard_wages,
        sums(pool, flows.retirees),
    )
    moved_in, moved_out = across_pools(pool, terms.moving * flows.moved)
    # Between schemes accounts move under every arrangement.
    moved_in = moved_in + sums(pool, np.maximum(flows.linked, 0))
    moved_out = moved_out + sums(pool, np.maximum(-flows.linked, 0))
    net = own + received + moved_in - moved_out
    closed = close(terms, opening, net, B, fund_return)
    without = C - B + received + moved_in - moved_out
    standard_bill = flows.standard_wages * quotient(
        flows.wage_bill.sum(), flows.standard_wages.sum()
    )

    def transfer(amount: Array, base: Array) -> Array:
        rate = _quotients(sums(pool, amount) - received, sums(pool, base))
        return amount - base * rate[pool]

    return PoolYear(
        opening_balance=opening,
        closing_balance=closed.balance,
        contributions=C,
        outgo=B,
        scheduled_subsidy=G,
        deficit_subsidy=closed.subsidy,
        benefit_cut=closed.cut,
        interest=closed.interest,
        settlement=received,
        moved_in=moved_in,
        moved_out=moved_out,
        wage_bill=W,
        after_scheduled=grown(balances.after_scheduled, without + G, fund_return),
        before_subsidy=grown(balances.before_subsidy, without, fund_return),
        net_transfer=transfer(benefits, bill),
        net_transfer_cash=geography.sums(transfer(benefits - cash - scheduled, bill)),
        net_transfer_standard=geography.sums(transfer(benefits, standard_bill)),
    )


def after(year: PoolYear) -> Balances:
    """The three accounts on 31 December."""
    return Balances(year.closing_balance, year.after_scheduled, year.before_subsidy)


def across_pools(pool: Array, moved: Array) -> tuple[Array, Array]:
    """Money that members bring into and take out of every pool; inside a pool none moves.

    Args:
        pool: number of the pool [m].
        moved: from municipality to municipality [m m].
    """
    crossing = np.where(pool[:, None] != pool[None, :], moved, 0)
    return sums(pool, crossing.sum(axis=0)), sums(pool, crossing.sum(axis=1))


def close(terms: Terms, opening: Array, net: Array, outgo: Array, fund_return: float) -> Closed:
    """Borrow, cut benefits to what is payable, or let governments fill what is missing.

    Args:
        terms: the rule.
        opening: balance on 1 January.
        net: income less outgo of the year without interest and deficit subsidy.
        outgo: scheduled.
        fund_return: return on the balance.
    """
    earned = interest(opening, net, fund_return)
    subsidy, cut = np.zeros_like(net), np.zeros_like(net)
    if terms.deficit == "borrow":
        earned = earned + terms.spread * np.minimum(opening, 0)
    else:
        short = np.maximum(-(opening + net + earned), 0)
        cut = np.minimum(short, outgo) if terms.deficit == "cut" else cut
        subsidy = short - cut
    return Closed(opening + net + earned + subsidy + cut, earned, subsidy, cut)


def interest(opening: Array, net: Array, fund_return: float) -> Array:
    """Return on a balance and on money that flows evenly over the year."""
    return fund_return * (opening + net / 2)


def grown(balance: Array, net: Array, fund_return: float) -> Array:
    """A balance at the end of the year, whatever its sign."""
    return balance + net + interest(balance, net, fund_return)


def quotient(part: float, whole: float) -> float:
    """part ÷ whole, 0 where there is nothing."""
    return part / whole if whole > 0 else 0.0


def _quotients(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
