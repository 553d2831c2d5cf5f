"""The engine's opening and levers as the plain arrays that the challenger is told; the only module that knows both.

Nothing is computed here but the layout: cohorts in age order, working ages among all ages, the rules that the loader has
read. See :mod:`challenger` for the division of labour.
"""

from collections.abc import Callable
from datetime import date
from inspect import signature
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from challenger import given
from challenger.given import AGES, Array
from pooling.assumptions import Config, EmployeePensionFund
from pooling.drivers.streams import normals
from pooling.parameters.lookup import labels
from pooling.parameters.model import EmployeePension
from pooling.pools import arrangement as engine_pools
from pooling.pools.settlement import LevyAndFill, NoSettlement, PerRetiree
from pooling.population.ring import LIFE, Ring
from pooling.schemes.resident_year import ResidentPension
from pooling.state import Persons, State
from pooling.year import Model

Told = TypeVar("Told")

SEXES = ("male", "female")


def country_of(config: Config, model: Model, state: State) -> given.Country:
    """What the challenger is told of an opened model.

    Args:
        config: for what the loader has read: ages of retirement, divisors, participation, ages of entry.
        model: levers and arrangements.
        state: stocks on 31 December of the base year.
    """
    levers, rings = model.levers, model.rings
    funds = [
        (fund, rules, stocks)
        for fund, rules, stocks in zip(config.funds, levers.schemes, state.schemes, strict=True)
    ]
    return given.Country(
        first_year=config.projection.first_year,
        years=len(levers.economy.inflation),
        geography=given.Geography(
            np.asarray(levers.geography.province), levers.geography.membership.shape[1]
        ),
        vital=_told(given.Vital, levers.vital),
        migration=_told(given.Migration, levers.migration),
        economy=_told(given.Economy, levers.economy),
        enrolment=_told(given.Enrolment, levers.enrolment),
        persons=people_by_age(state.persons, 0),
        origin=np.asarray(state.origin),
        reference_wage=np.asarray(state.reference_wage),
        reference_growth_cap=float(levers.reference_growth_cap),
        policies=tuple(policy.level for policy in levers.policies),
        own_reference_flat=np.asarray(levers.own_reference.flat),
        own_reference_indexed=np.asarray(levers.own_reference.indexed),
        policy_weight=np.asarray(levers.policy_weight),
        employee_funds=tuple(
            _employee_fund(config, fund, rules, stocks, model)
            for fund, rules, stocks in funds
            if isinstance(fund, EmployeePensionFund) and isinstance(rules, EmployeePension)
        ),
        resident_funds=tuple(
            _resident_fund(config, fund, rules, stocks, rings.work, rings.pension)
            for fund, rules, stocks in funds
            if isinstance(rules, ResidentPension)
        ),
        arrangements=tuple(
            _arrangement(each, np.asarray(opening), len(funds))
            for each, opening in zip(
                model.pooling.arrangements,
                model.pooling.split(state.balances.filled),
                strict=True,
            )
        ),
    )


def shocks_of(model: Model, seed: int, path: int) -> given.Shocks:
    """The random numbers of a path."""
    years, provinces = len(model.levers.economy.inflation), len(model.levers.economy.wage)

    def drawn(stream: str, width: int) -> Array:
        dtype = model.levers.economy.wage.dtype
        return np.asarray(normals(seed, stream, jnp.int32(path), years, width, dtype))

    return given.Shocks(
        wages_national=drawn("wages.national", 1)[:, 0],
        wages_province=drawn("wages.province", provinces),
        migration_national=drawn("migration.national", 1)[:, 0],
        migration_province=drawn("migration.province", provinces),
    )


def _told(kind: Callable[..., Told], module: Any, **more: Any) -> Told:
    """The fields of the same names, as arrays and numbers."""

    def plain(value: Any) -> Any:
        return float(value) if np.ndim(value) == 0 else np.asarray(value)

    names = [name for name in signature(kind).parameters if name not in more]
    return kind(**{name: plain(getattr(module, name)) for name in names}, **more)


# ---- stocks in age order


def people_by_age(persons: Persons, elapsed: int) -> Array:
    """People [m c x a]."""
    return _with_oldest(LIFE, persons.young, persons.oldest, elapsed)


def rights_by_age(ring: Ring, leaves: tuple[jax.Array, ...], elapsed: int) -> Array:
    """A quantity by registration class [m c x a]; ages outside the ring hold nothing."""
    return np.stack([_on_all_ages(ring, _in_order(ring, leaf, elapsed)) for leaf in leaves], axis=1)


def awarded_by_age(ring: Ring, leaf: jax.Array, oldest: jax.Array, elapsed: int) -> Array:
    """A quantity of pensioners [m x a]."""
    return _with_oldest(ring, (leaf,), (oldest,), elapsed)[:, 0]


def _with_oldest(
    ring: Ring, leaves: tuple[jax.Array, ...], oldest: tuple[jax.Array, ...], elapsed: int
) -> Array:
    found = rights_by_age(ring, leaves, elapsed)
    found[..., 100] = np.stack([np.asarray(leaf) for leaf in oldest], axis=1)
    return found


def _in_order(ring: Ring, leaf: jax.Array, elapsed: int) -> Array:
    return np.asarray(ring.by_age(leaf, jnp.int32(elapsed)))


def _on_all_ages(ring: Ring, table: Array) -> Array:
    """A table over the ages of a ring among all ages, zero outside."""
    found = np.zeros((*table.shape[:-1], AGES))
    found[..., ring.first : ring.last + 1] = table
    return found


# ---- schemes


def _employee_fund(
    config: Config, fund: EmployeePensionFund, rules: EmployeePension, stocks: Any, model: Model
) -> given.EmployeeFund:
    table = config.assumptions.tables["schemes/annuity_divisor"]
    participation = np.zeros((2, AGES))
    urban = config.assumptions.tables["economy/participation"]
    participation[:, labels(urban, "age")] = urban.values["urban"]
    work = model.rings.work
    deemed = np.moveaxis(np.asarray(rules.transition_years[0]), -1, 0)
    profile = np.ones((2, AGES))
    profile[:, work.first : work.last + 1] = np.asarray(rules.wage_profile)
    rights = given.Rights(
        *(
            rights_by_age(work, getattr(stocks.rights, name), 0)
            for name in ("members", "service", "index", "accounts")
        )
    )
    return _told(
        given.EmployeeFund,
        rules,
        retirement=tuple(retirement_groups(config, fund, sex) for sex in SEXES),
        divisors=dict(
            zip(labels(table, "age").tolist(), table.values["months"].tolist(), strict=True)
        ),
        participation=participation,
        entry_age_first=fund.members.entry_age_first,
        entry_age_last=fund.members.entry_age_last,
        deemed=np.moveaxis(_on_all_ages(work, deemed), 0, -1),
        wage_profile=profile,
        grant_law=_told(given.GrantLaw, rules.grant_law),
        rights=rights,
        awarded=awarded(model.rings.pension, stocks, 0),
    )


def awarded(ring: Ring, stocks: Any, elapsed: int) -> given.Awarded:
    """Pensions in payment of an employee fund."""
    young, old = stocks.awarded, stocks.awarded_oldest

    def by_age(leaf: jax.Array, oldest: jax.Array) -> Array:
        return awarded_by_age(ring, leaf, oldest, elapsed)

    return given.Awarded(
        by_age(young.heads, old.heads),
        [by_age(a, b) for a, b in zip(young.pension, old.pension, strict=True)],
        by_age(young.account_pension, old.account_pension),
        by_age(young.accounts, old.accounts),
    )


def retirement_groups(
    config: Config, fund: EmployeePensionFund, sex: str
) -> tuple[given.RetirementGroup, ...]:
    """Groups of a sex, each with those who leave early, on time and late."""
    law = config.assumptions.scheme_rules[fund.module]
    months = round(law.rules["flexible_months"].value_on(date(config.projection.first_year, 1, 1)))
    early, late = fund.members.early_share, fund.members.late_share
    choices = {0: 1 - early - late, -months: early, months: late}
    return tuple(
        given.RetirementGroup(
            share=fund.groups[group.key] * share,
            original_age_months=group.original_age_months,
            reform_year=group.reform_from.year,
            reform_month=group.reform_from.month,
            step_months=group.step_months,
            cap_months=group.cap_months,
            shift_months=shift,
        )
        for group in law.retirement_groups
        if group.sex == sex
        for shift, share in choices.items()
        if share > 0
    )


def _resident_fund(
    config: Config, fund: Any, rules: ResidentPension, stocks: Any, work: Ring, pension: Ring
) -> given.ResidentFund:
    law = config.assumptions.scheme_rules[fund.module].rules
    before = config.projection.first_year - 1
    entry = int(law["entry_age"].in_year(before))
    rights = given.ResidentRights(
        *(
            rights_by_age(work, getattr(stocks.rights, name), 0)
            for name in ("members", "service", "accounts")
        )
    )
    return _told(
        given.ResidentFund,
        rules,
        pension_age=int(law["pension_age"].in_year(before)),
        entry_age_first=entry,
        entry_age_last=max(int(fund.members.full_entry_age), entry),
        minimum_before=float(stocks.indexed.minimum),
        rights=rights,
        awarded=resident_awarded(pension, stocks, 0),
    )


def resident_awarded(ring: Ring, stocks: Any, elapsed: int) -> given.ResidentAwarded:
    """Residents' pensions in payment."""
    young, old = stocks.awarded, stocks.awarded_oldest
    return given.ResidentAwarded(
        *(
            awarded_by_age(ring, getattr(young, name), getattr(old, name), elapsed)
            for name in ("heads", "account_pension", "accounts")
        )
    )


# ---- arrangements


def _arrangement(each: engine_pools.Arrangement, opening: Array, schemes: int) -> given.Arrangement:
    """An arrangement of one partition without reserve funds, whose terms do not change over the years."""
    (partition,) = each.partitions
    if partition.reserves is not None:
        raise ValueError(f"{each.key} has reserve funds, which the challenger does not know")
    return given.Arrangement(
        each.key,
        np.asarray(partition.pool),
        tuple(_terms(each, scheme, partition.pools) for scheme in range(schemes)),
        opening,
    )


def _terms(each: engine_pools.Arrangement, scheme: int, pools: int) -> given.Terms:
    (stage,) = (stage for stage in each.stages if bool(stage.in_force[0, scheme] > 0))
    if not np.all(np.asarray(stage.in_force)[:, scheme] > 0):
        raise ValueError(f"{each.key} changes its terms, which the challenger does not know")
    rule, response = stage.settlement, stage.response
    groups = getattr(rule, "groups", None)
    found = {"none": NoSettlement, "levy_fill": LevyAndFill, "per_retiree": PerRetiree}
    (name,) = (name for name, kind in found.items() if type(rule) is kind)
    return given.Terms(
        policy=stage.policy,
        settlement=name,
        levy=float(rule.levy[scheme]) if isinstance(rule, LevyAndFill) else 0.0,
        fill=float(rule.fill[scheme]) if isinstance(rule, LevyAndFill) else 0.0,
        policy_gap=isinstance(rule, LevyAndFill) and rule.policy_gap,
        per_retiree=float(rule.rate[scheme]) if isinstance(rule, PerRetiree) else 0.0,
        group=np.zeros(pools, int) if groups is None else np.asarray(groups).argmax(axis=1),
        deficit=stage.deficit.rule,
        spread=float(stage.deficit.spread),
        surplus_response=0.0 if response is None else float(response.surplus),
        deficit_response=0.0 if response is None else float(response.deficit),
        moving=float(stage.moving),
    )
