"""The movement in plain NumPy, one array operation after the other."""

import numpy as np

from benchmarks.kernel.problem import AWARD, CREDIT, GAIN, RISE, Array, Problem, Stocks


def movement(problem: Problem) -> Stocks:
    """A path."""
    stocks = problem.stocks
    for year in range(problem.years):
        stocks = _year(problem, stocks, year)
    return stocks


def _year(p: Problem, stocks: Stocks, t: int) -> Stocks:
    local = p.province
    # Rights and pensions, by fund.
    heads = stocks.rights[:, 0]
    earned = (
        GAIN[:, None, None, None] * stocks.rights + CREDIT[:, None, None, None] * heads[:, None]
    )
    rights = p.stay[t][:, None, None, local] * earned
    new = AWARD[:, None, None] * (p.hazard[t][:, None] * heads.sum(axis=1))[:, None]
    rise = np.where(np.arange(len(AWARD)) == 1, RISE, 1.0)[:, None, None]
    awarded = p.lived_pension[t][local] * (rise * stocks.awarded) + new
    leaving = p.pension_leavers[t]
    oldest = awarded[..., leaving] + p.lived_pension_oldest[t][local] * (
        rise * stocks.awarded_oldest
    )
    awarded[..., leaving] = 0
    # People.
    young = stocks.young * p.lived[t][local]
    births = stocks.young @ p.bearing[t] + young @ p.bearing_after[t]
    leaving = p.life_leavers[t]
    old = young[..., leaving] + stocks.old * p.lived_oldest[t][local]
    young[..., leaving] = p.newborn[t][local] * (p.multiplier * births)[..., None]
    return Stocks(
        _move(p, young, p.people[t]),
        _move(p, old, p.oldest[t]),
        np.stack([[_move(p, right, p.rights[t]) for right in fund] for fund in rights]),
        awarded,
        oldest,
    )


def _move(p: Problem, leaf: Array, profile: Array) -> Array:
    """A quantity [class, m, columns] after migration."""
    share = profile * p.leaving[:, None]
    # Municipalities stand in the order of their provinces.
    starts = np.searchsorted(p.province, np.arange(len(p.within)))
    here, near, far = np.add.reduceat(leaf * share, starts, axis=1)
    onward = here + (1 - p.back) * near
    at_home = p.back * near + p.local.T @ far
    inside = p.within[:, None] * onward
    elsewhere = p.elsewhere_settled.T @ onward + p.elsewhere_far.T @ far
    spread = (p.home_share, p.arrival_share, p.arrival_share)
    arrived = zip((at_home, inside, elsewhere), spread, strict=True)
    moved = leaf * (1 - share) + np.stack([a[p.province] * s[:, None] for a, s in arrived])
    changed = p.changed * (moved[1] + moved[2])
    return np.stack([moved[0] + changed, (1 - p.changed) * moved[1], (1 - p.changed) * moved[2]])
