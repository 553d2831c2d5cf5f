"""Work injury insurance on the valuation date: national accounts reproduced, provinces, classes and costs as declared."""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.dated import DatedRule
from pooling.assumptions.funds import WorkInjuryFund
from pooling.assumptions.registry import BANDS
from pooling.axes import AGES
from pooling.errors import OpeningError
from pooling.numerics import as_array, number
from pooling.opening import national
from pooling.opening.accounts import Accounts, interest
from pooling.opening.context import Context
from pooling.opening.national import employees, pattern, published
from pooling.parameters.lookup import labels, share_of, sums
from pooling.schemes.calendar import Rings
from pooling.schemes.injury_benefit import CLASSES, GRADES, WITH_ALLOWANCE
from pooling.schemes.life_benefit import lay
from pooling.schemes.scheme import NoRights
from pooling.schemes.work_injury import LifeBenefits, Stocks, WorkInjury

Array = NDArray[np.float64]
NATIONAL, PROVINCIAL = "schemes/work_injury_national", "schemes/work_injury_accounts"
FIGURES = ("insured", "beneficiaries", "revenue", "expenditure", "balance", "urban_income")
BY_FUND = 4
"""Grades whose allowance the fund pays by law."""
BISECTIONS = 60
"""Halvings of the tilt of a province's risk classes."""
TILT = 5.0
"""Largest power of a class's hazard by which its employment moves."""


@dataclass(frozen=True)
class ForLife:
    """Beneficiaries for life on the valuation date [sex, age, municipality]."""

    heads: Array
    amounts: Array
    """Annual rate; currency a year."""


@dataclass(frozen=True)
class WorkInjuryOpening:
    """See :class:`pooling.opening.context.SchemeOpening`."""

    fund: WorkInjuryFund
    accounts: Accounts
    contributions: Array
    """Of the valuation year, without platforms [municipality]; currency."""
    coverage: float
    base_level: float
    mix: Array
    """Employment by risk class [province, class]."""
    disabled: ForLife
    dependants: ForLife
    treatment: float
    """Treatment and other costs of an injury over a year's mean base."""
    treated: float
    """People treated in a year, an injury of the year."""
    urban_income: float
    platform_key: Array
    """Share of the platform workers, were all provinces in [municipality]."""

    def ages(self) -> None:
        """Nobody is awarded an old-age pension."""

    def reserve_key(self) -> Array:
        """Reserves are spread as contributions are [municipality]."""
        return self.contributions

    def levers(self, context: Context, rings: Rings) -> WorkInjury:
        """Levers of the projection."""
        return _levers(self, context)

    def stocks(self, rings: Rings, policies: int) -> Stocks:
        """Stocks on 1 January of the first year."""

        def on_rings(stock: ForLife) -> LifeBenefits:
            heads, amounts = (
                lay(as_array(np.moveaxis(each, -1, 0)), rings)
                for each in (stock.heads, stock.amounts)
            )
            return LifeBenefits(heads, amounts)

        return Stocks(NoRights(), on_rings(self.disabled), on_rings(self.dependants))


def open_work_injury(context: Context, fund: WorkInjuryFund) -> WorkInjuryOpening:
    """Calibrate the fund to the national accounts of the valuation year.

    Raises:
        OpeningError: published figures that do not fit together.
    """
    config, province, wage = context.config, context.province, context.wage
    law = _Law(context, fund, np.array([config.assumptions.info.valuation_date.year]))
    nation = published(config, NATIONAL, FIGURES)
    staff = employees(context)
    coverage = nation["insured"] / staff.heads.sum()
    heads = coverage * staff.heads.sum(axis=(0, 1))
    insured = sums(province, heads)
    # 1. Risk classes: a province with more beneficiaries an insured employs more people in grave ones.
    risk = pattern(config, PROVINCIAL, "beneficiaries", "insured", fund.split)
    mix = tilted(fund, risk * insured.sum() / np.sum(risk * insured))
    hazard = by_class(fund)
    injuries = (mix @ hazard)[province] * heads
    # 2. One base level for the nation brings its contributions.
    rate = law.phased[0] * (mix @ (law.class_rate[0] * law.band[0]))
    earned = interest(
        config.options.interest, nation["revenue"], nation["expenditure"], nation["balance"]
    )
    platforms, key = _platforms(context, fund, heads)
    own = nation["revenue"] - earned - platforms.sum()
    wages = coverage * np.sum(staff.heads * staff.wages, axis=(0, 1))
    owed = rate[province] * wages
    level = national.base_level(fund.key, own, owed.sum())
    contributions = level * owed
    # 3. Benefits at once and for life; treatment is what expenditure leaves.
    lost = (mix @ hazard)[province] * wages
    disabled, dependants = _for_life(context, fund, law, injuries, lost, nation["insured"])
    deaths = fund.injuries.fatal * injuries
    income = published(config, NATIONAL, ("urban_income",), back=1)["urban_income"]
    grant = law.funeral[0] / 12 * wage[province] + law.multiple[0] * income
    known = (
        law.lump_sum(0) * lost
        + deaths * grant
        + np.einsum("xam,xa->m", disabled.amounts, paid_share(fund))
        + dependants.amounts.sum(axis=(0, 1))
        + platforms
    )
    left = nation["expenditure"] - known.sum()
    in_payment = disabled.heads.sum() + dependants.heads.sum()
    treated = (nation["beneficiaries"] - in_payment) / injuries.sum()
    _require(fund, left, treated)
    expenditure = sums(province, known + national.by_key(left, lost))
    life = sums(province, disabled.heads.sum(axis=(0, 1)) + dependants.heads.sum(axis=(0, 1)))
    reserves = pattern(config, PROVINCIAL, "balance", "revenue", fund.split)
    paid = contributions + platforms
    return WorkInjuryOpening(
        fund=fund,
        accounts=national.accounts_of(
            context,
            heads,
            treated * sums(province, injuries) + life,
            paid,
            rate * wage * insured,
            expenditure,
            national.by_key(nation["balance"], sums(province, contributions) * reserves),
            earned,
        ),
        contributions=contributions,
        coverage=coverage,
        base_level=level,
        mix=mix,
        disabled=disabled,
        dependants=dependants,
        treatment=left / lost.sum(),
        treated=treated,
        urban_income=nation["urban_income"],
        platform_key=key,
    )


def _require(fund: WorkInjuryFund, left: float, treated: float) -> None:
    """What the published figures leave for treatment is not negative."""
    if left < 0:
        raise OpeningError(f"{fund.key}: declared benefits exceed the expenditure by {-left:.4g}")
    if treated < 0:
        raise OpeningError(f"{fund.key}: more beneficiaries for life than beneficiaries in all")


class _Law:
    """Rules of the years as arrays, bands weighted as declared."""

    def __init__(self, context: Context, fund: WorkInjuryFund, years: NDArray[np.int_]) -> None:
        """Read the rules of the years."""
        rules: dict[str, DatedRule] = dict(
            context.config.assumptions.scheme_rules[fund.module].rules
        )

        def numbered(name: str, count: int) -> Array:
            return np.stack([rules[f"{name}_{k}"].annual(years) for k in range(1, count + 1)], 1)

        self.fund = fund
        self.class_rate = numbered("class_rate", CLASSES)
        bands = np.stack([rules[f"band_{name}"].annual(years) for name in BANDS], axis=1)
        first = bands[:, -3:] @ np.array(fund.classes.bands_first)
        others = bands @ np.array(fund.classes.bands_other)
        self.band = np.stack([first] + [others] * (CLASSES - 1), axis=1)
        self.phased = rules["phased_factor"].annual(years)
        self.lump_months = numbered("lump_months", GRADES)
        self.allowance = numbered("allowance", WITH_ALLOWANCE)
        self.funeral = rules["funeral_months"].annual(years)
        self.multiple = rules["death_income_multiple"].annual(years)
        spouse = fund.life.spouse_share
        mean = spouse * rules["spouse_rate"].annual(years) + (1 - spouse) * rules[
            "dependant_rate"
        ].annual(years)
        self.dependants = fund.life.dependants_per_death * mean

    def lump_sum(self, year: int) -> float:
        """Lump sums of the mean injury over a year's own wage."""
        return float(np.array(self.fund.injuries.grades) @ self.lump_months[year]) / 12

    def annuities(self, year: int) -> tuple[float, float]:
        """New allowances that the fund pays, an injury: heads, and yearly amounts over a year's wage."""
        shares = np.array(self.fund.injuries.grades)[:WITH_ALLOWANCE] * fund_pays(self.fund)
        return float(shares.sum()), float(shares @ self.allowance[year])


def fund_pays(fund: WorkInjuryFund) -> Array:
    """Share of the allowance of each of the grades 1 to 6 that the fund pays."""
    return np.where(np.arange(WITH_ALLOWANCE) < BY_FUND, 1.0, fund.injuries.fund_pays_5_6)


def by_class(fund: WorkInjuryFund) -> Array:
    """Injuries an insured of each class, of which the nation's employment makes the declared mean [class]."""
    hazard = np.array(fund.classes.hazard)
    return fund.injuries.incidence * hazard / (np.array(fund.classes.employment) @ hazard)


def tilted(fund: WorkInjuryFund, risk: Array) -> Array:
    """Employment by risk class with a given risk: the nation's, times a power of the hazard [province, class].

    Args:
        fund: employment and hazards.
        risk: mean hazard over the nation's [province]; reached as far as :data:`TILT` allows.
    """
    share, hazard = np.array(fund.classes.employment), np.array(fund.classes.hazard)

    def mix(power: Array) -> Array:
        weight = share * hazard ** power[:, None]
        return weight / weight.sum(axis=1, keepdims=True)

    low, high = np.full(len(risk), -TILT), np.full(len(risk), TILT)
    for _ in range(BISECTIONS):
        power = 0.5 * (low + high)
        above = mix(power) @ hazard / (share @ hazard) > risk
        low, high = np.where(above, low, power), np.where(above, power, high)
    return mix(0.5 * (low + high))


def paid_share(fund: WorkInjuryFund) -> Array:
    """Share of an allowance that the fund pays [sex, age on 1 January]."""
    share = np.where(np.arange(AGES) < fund.life.takeover_age, 1.0, fund.life.top_up_share)
    return np.stack([share, share])


def _for_life(
    context: Context,
    fund: WorkInjuryFund,
    law: _Law,
    injuries: Array,
    lost: Array,
    insured: float,
) -> tuple[ForLife, ForLife]:
    """Beneficiaries on the valuation date, where injuries happen; their mean benefit relative to one awarded now."""
    declared = fund.life
    shape = _by_age(context, fund)
    new_heads, new_amounts = law.annuities(0)
    mean_wage = share_of(lost, injuries)
    kinds = (
        (declared.disabled, new_amounts / new_heads if new_heads > 0 else 0.0),
        (declared.dependants, law.dependants[0] / declared.dependants_per_death),
    )
    stocks = []
    for an_insured, rate in kinds:
        heads = shape * national.by_key(an_insured * insured, injuries)
        stocks.append(ForLife(heads, heads * declared.relative_amount * rate * mean_wage))
    return stocks[0], stocks[1]


def _by_age(context: Context, fund: WorkInjuryFund) -> Array:
    """Shares of beneficiaries by sex and age, of a municipality sum to 1 [sex, age, municipality]."""
    declared, ages = fund.life, np.arange(AGES)
    exposed = np.clip(ages - declared.from_age, 0, declared.takeover_age - declared.from_age)
    later = np.clip(ages - declared.takeover_age, 0, None)
    shape = exposed * np.exp(-declared.age_decay * later)
    weight = context.persons.sum(axis=0) * shape[None, :, None]
    return weight / weight.sum(axis=(0, 1))


def _platforms(context: Context, fund: WorkInjuryFund, heads: Array) -> tuple[Array, Array]:
    """Premiums of the platforms in the valuation year [municipality], and the key to their workers."""
    year = np.array([context.config.assumptions.info.valuation_date.year])
    key = heads / heads.sum()
    workers = platform_workers(context, key, year)[0]
    return workers * float(premiums(context) @ np.array(fund.platform.orders)), key


def premiums(context: Context) -> Array:
    """Last published premium an order [kind]; currency.

    Raises:
        OpeningError: a kind without one.
    """
    table = context.config.assumptions.tables["schemes/platform_workers"]
    columns = [table.values[f"premium_{kind}"] for kind in ("ride", "delivery", "freight")]
    known = [values[np.isfinite(values)] for values in columns]
    if not all(values.size for values in known):
        raise OpeningError("schemes/platform_workers: a kind of order has no premium in any year")
    return np.array([values[-1] for values in known])


def platform_workers(context: Context, key: Array, years: NDArray[np.int_]) -> Array:
    """Insured platform workers [year, municipality]: the nation's, by key among the provinces that are in.

    Args:
        context: of the opening.
        key: shares of the municipalities, were all provinces in.
        years: calendar years.
    """
    table = context.config.assumptions.tables["schemes/platform_workers"]
    start = context.config.assumptions.tables["schemes/platform_start"].values["start"]
    nation = np.interp(years, labels(table, "year"), table.values["insured"])
    inside = np.clip(years[:, None] + 1 - start, 0, 1)[:, context.province]
    weight = inside * key
    total = weight.sum(axis=1, keepdims=True)
    share = share_of(weight, total)
    return nation[:, None] * share


def _levers(opening: WorkInjuryOpening, context: Context) -> WorkInjury:
    fund, years = opening.fund, context.years
    law, ones = _Law(context, fund, years), jnp.ones(len(years))

    def everywhere(value: float) -> jnp.ndarray:
        return jnp.full(len(context.province), value)

    return WorkInjury(
        mix=as_array(opening.mix[context.province]),
        class_rate=as_array(law.class_rate),
        band=as_array(law.band),
        phased=as_array(law.phased),
        compliance=ones,
        coverage=everywhere(opening.coverage),
        base_level=everywhere(opening.base_level),
        incidence=as_array(by_class(fund)),
        incidence_level=ones,
        grades=as_array(fund.injuries.grades),
        fatal=number(fund.injuries.fatal),
        lump_months=as_array(law.lump_months),
        allowance=as_array(law.allowance),
        fund_pays=as_array(fund_pays(fund)),
        dependants=as_array(law.dependants),
        dependants_per_death=number(fund.life.dependants_per_death),
        dependants_exit=number(fund.life.dependants_exit),
        paid_share=as_array(paid_share(fund)),
        funeral_months=as_array(law.funeral),
        death_multiple=as_array(law.multiple),
        urban_income=number(opening.urban_income),
        treatment=number(opening.treatment),
        treated=number(opening.treated),
        platform_workers=as_array(platform_workers(context, opening.platform_key, years)),
        platform_premium=as_array(premiums(context)),
        platform_orders=as_array(fund.platform.orders),
        platform_medical=number(fund.platform.medical_share),
    )
