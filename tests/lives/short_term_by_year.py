"""Unemployment and work injury insurance of a few people, year by year: the law, and when things happen in a year.

The law: Social Insurance Law art. 45 and 46, Unemployment Insurance Regulations art. 14 and 17 (right, duration), notices
on the benefit level and on retention refunds; Renshebufa [2015] 71 (classes, bands), Work Injury Insurance Regulations
art. 33 to 40 (what an injury is paid). What the engine adds (README, sections 5 and 8), written down here in its own words:

* insured is who works and is no flexible worker, in the share that the scheme insures; who lives through a year counts for
  all of it, who dies in it for half. Lay-offs, injuries and deaths are even over a year;
* whoever is laid off is out of work for a declared time that neither death nor pension age ends; benefit of one duration
  is paid to everybody for the mean of its recipients, at the minimum wage of the year in which it is paid;
* who is laid off or disabled stays among the insured, and who is killed among the living: deaths are those of everybody;
* who is disabled has an allowance from the injury to his death: for a year it is paid to the mean of the heads on 1 January
  and on 31 December, and it rises on 1 January, first on the one after the award. From the takeover age on a part of it is
  left. Dependants stand at the age and sex of the dead and have the whole of theirs until they die or leave;
* the wages and bases of a year are those earned in the year before.

Amounts are expected values: those of a person times the chance to be there. Money is yuan a year.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, sqrt
from typing import Literal, NamedTuple

Amounts = defaultdict[str, defaultdict[int, float]]
"""By name and town."""
Kind = Literal["disabled", "dependants"]


@dataclass(frozen=True)
class Town:
    """A municipality."""

    province: int
    coverage: tuple[float, float]
    """Insured over standard employees: against unemployment, against injuries."""
    base_level: tuple[float, float]
    """Contribution base over that of the pension."""
    layoffs: float
    """An insured year, in an average year."""
    prevention_reference: float
    """Prevention over the wage bill that this belongs to."""
    minimum_wage: float
    """Over the average wage."""
    training: float
    """Over the wage bill."""
    classes: tuple[float, ...]
    """Employment in the eight risk classes."""


@dataclass(frozen=True)
class LaidOff:
    """The law of a year on unemployment, and what else it brings there."""

    employer_rate: float
    employee_rate: float
    collection: float
    level: float
    """Of lay-offs."""
    qualifying: float
    middle: float
    long: float
    months: tuple[float, float, float]
    benefit: float
    """Over the minimum wage."""
    refund: float
    """Over the contributions of the year before."""
    training_level: float


@dataclass(frozen=True)
class Injured:
    """The law of a year on injuries, and what else it brings there."""

    class_rates: tuple[float, ...]
    bands: tuple[float, ...]
    phased: float
    collection: float
    level: float
    """Of injuries."""
    lump_months: tuple[float, ...]
    """Grades 1 to 10."""
    allowance: tuple[float, ...]
    """Grades 1 to 6, over own wage."""
    dependants: float
    """Pensions of all dependants of one dead over his wage."""
    funeral_months: float
    incomes: float
    """Years of disposable income for a death."""
    platform_workers: tuple[float, ...]
    """By town."""


@dataclass(frozen=True)
class Year:
    """What one calendar year brings."""

    average_wage: tuple[float, ...]
    """By province."""
    wage_level: float
    """National average wage over that of the first year."""
    cycle: float
    """Real wage growth of the year before above its path."""
    indexation: float
    survival: Sequence[Sequence[Sequence[float]]]
    """By province, sex and age at the end of the year, 100 for everybody older."""
    laid_off: LaidOff
    injured: Injured


@dataclass(frozen=True)
class Worker:
    """Someone who may work in a year, on 1 January of the first."""

    town: int
    age: int
    sex: int
    elsewhere: bool
    """Whether registered in another province."""
    works: Sequence[bool]
    base: Sequence[float]
    """Contribution base in the pension; by year."""
    flexible: Sequence[float]
    """Chance to be a flexible worker; by year."""


@dataclass(frozen=True)
class Recipient:
    """Who draws a benefit for life on 1 January of the first year."""

    kind: Kind
    town: int
    age: int
    sex: int
    heads: float
    amount: float


@dataclass(frozen=True)
class Group:
    """The people, and what no year changes."""

    towns: Sequence[Town]
    years: Sequence[Year]
    workers: Sequence[Worker]
    recipients: Sequence[Recipient]
    contributions: Sequence[float]
    """Against unemployment, of the year before the first; by town."""
    due: Sequence[Sequence[float]]
    """Years of benefit that earlier lay-offs leave to the first and to the second year; by town."""
    cycle_elasticity: float
    prevention_response: float
    spell: float
    """Mean time out of work, years; values are even around it."""
    spell_spread: float
    service: Sequence[Sequence[float]]
    """Contribution years of who is laid off, by sex and age; values are even around them."""
    service_spread: float
    medical: float
    """Health contributions over the benefit."""
    incidence: Sequence[float]
    """Injuries an insured year by risk class."""
    grades: Sequence[float]
    """Shares of the injuries at grades 1 to 10."""
    fatal: float
    fund_pays: Sequence[float]
    """Of the allowances of grades 1 to 6."""
    heads_per_death: float
    leaves: float
    """Chance of a dependant to lose the right in a year."""
    left_from_takeover: float
    takeover_age: int
    income: float
    """Disposable income a head of towns in the year before the first."""
    treatment: float
    """Over own wage."""
    treated: float
    """People treated, an injury."""
    premiums: Sequence[float]
    """An order."""
    orders: Sequence[float]
    """A platform worker's year."""
    platform_medical: float


class AtWork(NamedTuple):
    """A standard employee in a year."""

    town: int
    elsewhere: bool
    age: int
    sex: int
    base: float
    lived: float
    """Expected part of the year at work."""
    left: float
    """The same of who lives to its end."""


@dataclass
class Case:
    """Benefits for life of one origin."""

    kind: Kind
    town: int
    age: int
    sex: int
    heads: float
    amount: float


class Record(NamedTuple):
    """Money and heads of a year, and what stands on 31 December."""

    unemployment: Amounts
    injury: Amounts
    stocks: Amounts


def nothing() -> Amounts:
    """Amounts of zero."""
    return defaultdict(lambda: defaultdict(float))


def follow_group(group: Group) -> list[Record]:
    """All years."""
    alive = [1.0] * len(group.workers)
    paid_before = dict(enumerate(group.contributions))
    claims: defaultdict[int, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for number, of_year in enumerate(group.due):
        claims[number].update(enumerate(of_year))
    cases = [Case(**vars(recipient)) for recipient in group.recipients]
    records = []
    for number, year in enumerate(group.years):
        at_work = list(_at_work(group, number, alive))
        laid_off = _unemployment(group, number, at_work, paid_before, claims)
        injured = _injuries(group, number, at_work, cases)
        paid_before = laid_off["contributions"]
        stocks = nothing()
        for later, name in ((1, "due"), (2, "due_next")):
            stocks[name].update(claims[number + later])
        for case in cases:
            stocks[f"{case.kind}: heads"][case.town] += case.heads
            stocks[f"{case.kind}: amount"][case.town] += case.amount
        for which, worker in enumerate(group.workers):
            alive[which] *= survival(group, year, worker.town, worker.sex, worker.age + number)
        records.append(Record(laid_off, injured, stocks))
    return records


def survival(group: Group, year: Year, town: int, sex: int, age: int) -> float:
    """Chance of who has an age on 1 January to live through the year."""
    return year.survival[group.towns[town].province][sex][min(age + 1, 100)]


def _at_work(group: Group, number: int, alive: Sequence[float]) -> Iterator[AtWork]:
    """Who works in the year as an employee."""
    for worker, chance in zip(group.workers, alive, strict=True):
        if worker.works[number]:
            age = worker.age + number
            lives = survival(group, group.years[number], worker.town, worker.sex, age)
            here = chance * (1 - worker.flexible[number])
            yield AtWork(
                worker.town,
                worker.elsewhere,
                age,
                worker.sex,
                worker.base[number],
                here * (1 + lives) / 2,
                here * lives,
            )


def _insure(
    group: Group, scheme: int, at_work: Sequence[AtWork]
) -> tuple[Amounts, list[tuple[float, AtWork]]]:
    """Heads and wage bill of a scheme, and its insured with the share of each that it insures."""
    found, insured = nothing(), []
    for person in at_work:
        town = group.towns[person.town]
        heads = town.coverage[scheme] * person.lived
        found["insured"][person.town] += heads
        found["elsewhere"][person.town] += heads if person.elsewhere else 0.0
        found["wage_bill"][person.town] += town.base_level[scheme] * heads * person.base
        insured.append((town.coverage[scheme], person))
    return found, insured


# ---- unemployment


def even(mean: float, spread: float) -> tuple[float, float]:
    """Lowest and highest of values that are even around their mean; the spread is their coefficient of variation."""
    return mean * (1 - sqrt(3) * spread), mean * (1 + sqrt(3) * spread)


def chance_of(mean: float, spread: float, threshold: float) -> float:
    """Chance to reach a threshold."""
    low, high = even(mean, spread)
    if low == high:
        return float(mean >= threshold)
    return min(max((high - threshold) / (high - low), 0.0), 1.0)


def mean_up_to(mean: float, spread: float, most: float) -> float:
    """Mean of the lesser of a value and the most that counts."""
    low, high = even(mean, spread)
    if low == high or most <= low:
        return min(mean, most)
    cut = min(most, high)
    return ((cut * cut - low * low) / 2 + (high - cut) * most) / (high - low)


def by_calendar_year(paid: float) -> list[float]:
    """Part of a time of payment that falls in the year of the lay-off and in later ones, lay-offs being even over it."""

    def overlap(since: float, later: int) -> float:
        return max(min(since + paid, later + 1) - max(since, later), 0.0)

    parts = []
    for later in range(int(paid) + 2):
        # The overlap is linear in the date between these: trapezia are exact.
        kinks = sorted({0.0, 1.0, *(x - paid for x in (later, later + 1) if 0 < x - paid < 1)})
        pairs = pairwise(kinks)
        parts.append(sum((b - a) * (overlap(a, later) + overlap(b, later)) / 2 for a, b in pairs))
    return parts


def _benefit_years(group: Group, law: LaidOff, person: AtWork) -> tuple[float, list[float]]:
    """Chance of who is laid off to have a right, and expected years of benefit by calendar year."""
    service = group.service[person.sex][person.age]
    # Regulations, art. 14: a year of contributions; art. 17: durations from then on, from 5 and from 10 years on.
    reaches = [
        chance_of(service, group.service_spread, least)
        for least in (law.qualifying, law.middle, law.long)
    ]
    shares = (reaches[0] - reaches[1], reaches[1] - reaches[2], reaches[2])
    years = [0.0, 0.0, 0.0]
    for share, months in zip(shares, law.months, strict=True):
        paid = mean_up_to(group.spell, group.spell_spread, months / 12)
        for later, part in enumerate(by_calendar_year(paid)):
            years[later] += share * part
    return reaches[0], years


def _unemployment(
    group: Group,
    number: int,
    at_work: Sequence[AtWork],
    paid_before: dict[int, float],
    claims: defaultdict[int, defaultdict[int, float]],
) -> Amounts:
    """Unemployment insurance in a year; claims on this year and later ones are added to."""
    year, law = group.years[number], group.years[number].laid_off
    found, insured = _insure(group, 0, at_work)
    for here, town in enumerate(group.towns):
        bill = found["wage_bill"][here]
        # Regulations, art. 6: employer and employee pay a rate of the wage bill.
        rate = law.employer_rate + law.employee_rate
        found["contributions"][here] = law.collection * rate * bill
        # Notices: a share of the contributions of the year before is refunded; training (README: over the wage bill).
        training = law.training_level * town.training * bill
        found["prevention"][here] = law.refund * paid_before[here] + training
    for covered, person in insured:
        here, town = person.town, group.towns[person.town]
        # README: lay-offs = level × exp(−elasticity × last year's growth above its path), and a response to prevention.
        bill = found["wage_bill"][here]
        more = (found["prevention"][here] / bill if bill else 0.0) - town.prevention_reference
        reaction = group.cycle_elasticity * year.cycle + group.prevention_response * more
        laid_off = covered * person.lived * law.level * town.layoffs * exp(-reaction)
        right, years = _benefit_years(group, law, person)
        found["new"][here] += laid_off * right
        for later, part in enumerate(years):
            claims[number + later][here] += laid_off * part
    for here, town in enumerate(group.towns):
        recipients = claims[number][here]
        # Notice on the benefit level: a share of the local minimum wage; Law, art. 48: and health contributions.
        benefit = law.benefit * town.minimum_wage * year.average_wage[town.province] * recipients
        found["beneficiaries"][here] = recipients
        found["cash"][here] = benefit
        found["medical"][here] = group.medical * benefit
    return found


# ---- work injury


def _injuries(group: Group, number: int, at_work: Sequence[AtWork], cases: list[Case]) -> Amounts:
    """Work injury insurance in a year; cases age, rise, end and are added to."""
    year, law = group.years[number], group.years[number].injured
    found, insured = _insure(group, 1, at_work)
    for here, town in enumerate(group.towns):
        # Renshebufa [2015] 71: a rate by class, floating by band; notices: temporary cuts.
        rates = zip(town.classes, law.class_rates, law.bands, strict=True)
        rate = law.phased * sum(share * each * band for share, each, band in rates)
        # Pilot: a premium an order, that moves with wages (README), pays all that platform workers are paid.
        orders = zip(group.premiums, group.orders, strict=True)
        premiums = year.wage_level * law.platform_workers[here] * sum(a * b for a, b in orders)
        found["contributions"][here] = law.collection * rate * found["wage_bill"][here] + premiums
        found["wage_bill"][here] += premiums / rate if rate else 0.0
        found["medical"][here] = group.platform_medical * premiums
        found["cash"][here] = (1 - group.platform_medical) * premiums
    for case in cases:
        _draw(group, year, case, found)
    for covered, person in insured:
        _injure(group, year, covered, person, (found, cases))
    return found


def _draw(group: Group, year: Year, case: Case, found: Amounts) -> None:
    """A year of benefits for life."""
    stays = survival(group, year, case.town, case.sex, case.age)
    share = 1.0
    if case.kind == "dependants":
        # Regulations, art. 39 with the notice on dependants: the right ends with adulthood or marriage.
        stays *= 1 - group.leaves
    elif case.age >= group.takeover_age:
        # Art. 35: at the pension age the pension comes first, the fund makes up what it is short of the allowance.
        share = group.left_from_takeover
    # Art. 40: adjusted from time to time.
    case.amount *= 1 + year.indexation
    found["beneficiaries"][case.town] += case.heads * (1 + stays) / 2
    found["pensions"][case.town] += case.amount * share * (1 + stays) / 2
    case.heads *= stays
    case.amount *= stays
    case.age += 1


def _injure(
    group: Group,
    year: Year,
    covered: float,
    person: AtWork,
    to: tuple[Amounts, list[Case]],
) -> None:
    """What becomes of a person's injuries in a year."""
    (found, cases), law, here = to, year.injured, person.town
    town = group.towns[here]
    chance = law.level * sum(
        share * each for share, each in zip(town.classes, group.incidence, strict=True)
    )
    injuries = covered * person.lived * chance
    wages = injuries * person.base
    found["new"][here] += injuries
    found["beneficiaries"][here] += group.treated * injuries
    # Art. 30: treatment; README: in years of own wage.
    found["medical"][here] += group.treatment * wages
    # Art. 35 to 37: lump sums in months of own wage.
    months = sum(a * b for a, b in zip(group.grades, law.lump_months, strict=True))
    found["cash"][here] += months / 12 * wages
    # Art. 39: funeral in months of the average wage, a multiple of the nation's income of the year before, which moves
    # with the national wage (README).
    funeral = law.funeral_months / 12 * year.average_wage[town.province]
    income = group.income * year.wage_level
    found["cash"][here] += group.fatal * injuries * (funeral + law.incomes * income)
    # Art. 35, 36: allowances of grades 1 to 4, of 5 and 6 what the employer does not pay. Art. 39: pensions of dependants.
    lasting = list(zip(group.grades[:6], group.fund_pays, strict=True))
    disabled = sum(share * pays for share, pays in lasting)
    allowed = sum(
        share * pays * each for (share, pays), each in zip(lasting, law.allowance, strict=True)
    )
    found["new_pensions"][here] += (allowed + group.fatal * law.dependants) * wages
    # Who is injured and dies in the same year has no allowance at its end; dependants do not die in the year of the award.
    alive = person.left / person.lived if person.lived else 0.0
    share = group.left_from_takeover if person.age >= group.takeover_age else 1.0
    awarded: list[tuple[Kind, float, float, float]] = [
        ("disabled", alive * disabled * injuries, alive * allowed * wages, share),
        (
            "dependants",
            group.fatal * group.heads_per_death * injuries,
            group.fatal * law.dependants * wages,
            1.0,
        ),
    ]
    for kind, heads, amount, part in awarded:
        found["beneficiaries"][here] += heads / 2
        found["pensions"][here] += part * amount / 2
        cases.append(Case(kind, here, person.age + 1, person.sex, heads, amount))
