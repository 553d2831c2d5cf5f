"""Health insurance of one person, year by year: the law, and when things happen in a year.

The law: Guofa [1998] 44 (rates, accounts), Social Insurance Law art. 27 (retired), Guobanfa [2021] 14 (account reform), the
yearly notices on residents' health insurance (premium and subsidy a head), Guobanfa [2018] 6 (what the centre bears). What
the engine adds (README, section 5), written down here in its own words:

* who lives through a year is insured for all of it, who dies in it for half: premiums, subsidies, contributions, credits,
  treatment and what is spent of an account are those of half a year;
* an account earns the year's rate on what was there on 1 January and half of it on what is paid in or out; money of
  1 January has thus grown to (1 + r) ÷ (1 + r/2) by the middle of the year;
* employees and retired are insured where they live, residents there or at their registration, by the rule of enrolment;
* people are treated where they live; those registered in another province, the retired apart, have a share of it there;
* where somebody's registration is known by chances only, amounts are expected values.

Amounts are those of a person who lives times the chance to live, and those of one who dies times that of dying. Money is
yuan a year.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from lives.calculator import medical_contribution, medical_credit, medical_credit_retired

Status = Literal["resident", "employee", "retired"]
Registered = Literal["here", "in the province", "in another province"]
Amounts = dict[str, defaultdict[tuple[int, ...], float]]
"""By name; at (town), (payer, town), or (province that pays, province of treatment)."""


@dataclass(frozen=True)
class Town:
    """A municipality."""

    province: int
    price: float
    """Of treatment, over the nation's."""
    home_share: float
    """Its share in the people registered in its province."""
    added_subsidy: float
    """To residents' insurance, over the least subsidy."""
    central_share: float
    """Of the least subsidy."""
    outgo_subsidy: tuple[float, float]
    """To the employees' fund, of centre and province, over its outgo."""


@dataclass(frozen=True)
class MedicalYear:
    """What one calendar year brings."""

    status: Status
    short: bool
    """Whether a retired person still pays for the minimum years."""
    base: float
    """Own contribution base in the pension of employees."""
    average_wage: float
    wage_level: float
    """National average wage over that of the first year."""
    interest: float
    survival: float
    employer_rate: float
    reformed: bool
    """Whether the accounts are those of the reform."""
    collection: float
    retired_level: float
    """The fixed sum of the retired over that of the reform."""
    spending: float
    """Spent of the account and the year's credit."""
    employee_growth: float
    """Growth of the cost of the same treatment beyond wages."""
    resident_growth: float
    premium: float
    """Standard set in the year, which insures the next one; 0 if none is set."""
    subsidy: float
    """Least subsidy of the year; 0 if none is set."""
    subsidy_level: float
    resident_collection: float
    stays: tuple[float, float]
    """Chance to be insured where one lives: of those registered elsewhere in the province, and in another one."""


@dataclass(frozen=True)
class Insured:
    """A person on 1 January of the first year."""

    age: int
    sex: int
    years: Sequence[MedicalYear]
    towns: Sequence[Town]
    lives_in: int
    registered: Registered
    origins: Sequence[float]
    """Chance to be registered in a province, of who is registered in another one than his own."""
    insured: dict[Status, float]
    """Whether he enrols, by status; employees and retired who do not may do so as residents."""
    account: float
    base_level: float
    """Contribution base over that of the pension."""
    short_base: float
    """Base of who still pays when retired, over the average wage."""
    average_pension: float
    """Of the area in the year of the reform; a month."""
    cost: tuple[float, float]
    """Of a year of treatment in the valuation year, employees' and residents'."""
    cost_index: Sequence[Sequence[float]]
    """By sex and age up to 100."""
    first_growth: float
    """National wage of the first year over that of the valuation year."""
    at_registration: float
    """Share of the treatment there, of who is registered in another province."""
    premium: float
    """That insured the year before the first."""
    standard: float
    """Premium set in the year before the first; 0 if none was."""
    subsidy: float
    """Of the year before the first."""
    links: tuple[float, float]
    """Elasticity of a premium and of a subsidy not yet set to the national wage."""


class LivedYear(NamedTuple):
    """A year of the person."""

    number: int
    year: MedicalYear
    alive: float
    """Chance to live on 1 January."""

    @property
    def lived(self) -> float:
        """Expected part of the year: all of it, or half for who dies."""
        return self.alive * (1 + self.year.survival) / 2


class MedicalRecord(NamedTuple):
    """Money and heads of the year, and what stands on 31 December."""

    employees: Amounts
    residents: Amounts
    alive: float
    account: float


def follow_insured(life: Insured) -> list[MedicalRecord]:
    """The life, year by year."""
    records, alive, account = [], 1.0, life.account
    premiums, subsidies = per_head(life)
    for number, year in enumerate(life.years):
        now = LivedYear(number, year, alive)
        employees, account = _employees(life, now, account)
        residents = _residents(life, now, premiums[number], subsidies[number])
        alive *= year.survival
        records.append(MedicalRecord(employees, residents, alive, alive * account))
    return records


def per_head(life: Insured) -> tuple[list[float], list[float]]:
    """Premium that insures every year and its least subsidy: as the notices set them, afterwards with wages (README)."""
    set_before, premium, subsidy, level = life.standard, life.premium, life.subsidy, 1.0
    premiums, subsidies = [], []
    for number, year in enumerate(life.years):
        growth = year.wage_level / level if number else life.first_growth
        # Notices: the premium is collected in the autumn for the next year, the subsidy is that of the year.
        premium = set_before or premium * growth ** life.links[0]
        subsidy = year.subsidy or subsidy * growth ** life.links[1]
        set_before, level = year.premium, year.wage_level
        premiums.append(premium)
        subsidies.append(subsidy)
    return premiums, subsidies


def nothing() -> Amounts:
    """Amounts of zero."""
    names = (
        "contributors",
        "contributors_elsewhere",
        "insured",
        "beneficiaries",
        "wage_bill",
        "contributions",
        "credited",
        "treated",
        "inherited",
        "subsidy",
        "elsewhere",
    )
    return {name: defaultdict(float) for name in names}


def in_employees_scheme(life: Insured, year: MedicalYear) -> float:
    """1 for who is insured as employee or as retired, 0 for others: nobody is in both schemes (Social Insurance Law,
    art. 23 to 25)."""
    return 0.0 if year.status == "resident" else life.insured[year.status]


def _employees(life: Insured, now: LivedYear, account: float) -> tuple[Amounts, float]:
    """The employees' scheme in a year, and the account of who lives to its end."""
    year, here, found = now.year, life.lives_in, nothing()
    lived = now.lived * in_employees_scheme(life, year)
    contribution, credit = _dues(life, year)
    if lived:
        pays = year.status == "employee" or year.short
        found["insured" if year.status == "employee" else "beneficiaries"][here,] = lived
        found["contributors"][here,] = lived * pays
        if year.status == "employee" and life.registered == "in another province":
            found["contributors_elsewhere"][here,] = lived
        found["wage_bill"][here,] = lived * _base(life, year)
        found["contributions"][here,] = lived * year.collection * contribution
        found["credited"][here,] = lived * credit
        _treat_employee(life, now, lived, found)
    else:
        credit = 0.0
    # The account is the person's own, spent on treatment (Guofa [1998] 44), also by who has left the scheme.
    spent = year.spending * (account + credit)
    found["treated"][here,] += now.lived * spent
    # Principal and interest go to the heirs (ibid.); who dies has been credited and has spent half.
    middle = account * (1 + year.interest) / (1 + year.interest / 2) + (credit - spent) / 2
    found["inherited"][here,] = now.alive * (1 - year.survival) * middle
    # Scheduled subsidy: a ratio of outgo (README, section 5).
    outgo = found["treated"][here,] + found["inherited"][here,]
    for payer, ratio in enumerate(life.towns[here].outgo_subsidy):
        found["subsidy"][payer, here] = ratio * outgo
    return found, account * (1 + year.interest) + (credit - spent) * (1 + year.interest / 2)


def _base(life: Insured, year: MedicalYear) -> float:
    """Contribution base: an employee's own wage; of the retired who still pay a part of the average wage (README)."""
    if year.status == "employee":
        return life.base_level * year.base
    return life.short_base * year.average_wage if year.short else 0.0


def _dues(life: Insured, year: MedicalYear) -> tuple[float, float]:
    """Contribution due, and the credit to the account of a whole year."""
    base, retired = _base(life, year), year.status == "retired"
    # Guofa [1998] 44: the employer's rate and the own 2 %. Law, art. 27: none of the retired with the minimum years.
    due = medical_contribution(
        base, year.employer_rate, retired=retired, enough_years=not year.short
    )
    if retired:
        # Guobanfa [2021] 14: a fixed sum, whether contributions go on or not.
        return due, year.retired_level * 12 * medical_credit_retired(life.average_pension)
    # Ibid.: the own 2 % only; before the reform 30 % of the employer's too (Guofa [1998] 44).
    return due, year.collection * medical_credit(base, year.employer_rate, reformed=year.reformed)


def _treat_employee(life: Insured, now: LivedYear, lived: float, found: Amounts) -> None:
    """Treatment that the pool pays (Guofa [1998] 44): the pool of the place of work, wherever it is given."""
    here, cost = life.lives_in, lived * _cost(life, now, 0)
    for chance, town in _treated_in(life, _origins(life) if now.year.status == "employee" else ()):
        found["treated"][here,] += chance * cost * life.towns[town].price
        _note_elsewhere(life, found, here, town, chance * cost * life.towns[town].price)


def _cost(life: Insured, now: LivedYear, scheme: int) -> float:
    """Cost of a year at price 1: it grows with the national wage and, dated, beyond it (README)."""
    cost = life.cost[scheme] * life.cost_index[life.sex][min(life.age + now.number, 100)]
    for year in life.years[: now.number + 1]:
        cost *= 1 + (year.resident_growth if scheme else year.employee_growth)
    return cost * life.first_growth * now.year.wage_level


def _origins(life: Insured) -> list[tuple[float, int]]:
    """Chances of the towns where somebody is registered who is registered in another province."""
    if life.registered != "in another province":
        return []
    return [
        (life.origins[town.province] * town.home_share, number)
        for number, town in enumerate(life.towns)
        if life.origins[town.province] > 0
    ]


def _treated_in(life: Insured, origins: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """Parts of the treatment by town: where one lives, and a share at the registration in another province."""
    away = life.at_registration if origins else 0.0
    return [(1 - away, life.lives_in), *((away * chance, town) for chance, town in origins)]


def _note_elsewhere(life: Insured, found: Amounts, pays: int, town: int, amount: float) -> None:
    """Treatment that one province pays and another one gives."""
    payer, giver = life.towns[pays].province, life.towns[town].province
    if payer != giver:
        found["elsewhere"][payer, giver] += amount


def _residents(life: Insured, now: LivedYear, premium: float, subsidy: float) -> Amounts:
    """Residents' insurance in a year: open to who is not in the employees' scheme (Law, art. 25)."""
    found, year = nothing(), now.year
    enrolled = life.insured["resident"] * (1 - in_employees_scheme(life, year))
    for chance, insured, registered in _places(life, year):
        heads, town = now.lived * enrolled * chance, life.towns[insured]
        for name in ("contributors", "insured", "beneficiaries"):
            found[name][insured,] += heads
        if life.towns[registered].province != town.province:
            found["contributors_elsewhere"][insured,] += heads
        found["wage_bill"][insured,] += heads * premium
        found["contributions"][insured,] += heads * year.resident_collection * premium
        # Guobanfa [2018] 6: the centre bears its tier's share of the least subsidy; provinces the rest and what they add.
        least = heads * year.subsidy_level * subsidy
        found["subsidy"][0, insured] += town.central_share * least
        found["subsidy"][1, insured] += (1 - town.central_share + town.added_subsidy) * least
        # Registered in another province, a share of the treatment is there, whoever insures.
        far = [(1.0, registered)] if life.registered == "in another province" else []
        for part, place in _treated_in(life, far):
            amount = heads * part * _cost(life, now, 1) * life.towns[place].price
            found["treated"][insured,] += amount
            _note_elsewhere(life, found, insured, place, amount)
    return found


def _places(life: Insured, year: MedicalYear) -> Iterator[tuple[float, int, int]]:
    """Chances of where one is insured and registered: at the habitual residence or at the registration (Social Insurance
    Agency Regulations 2023), in the shares of the rule of enrolment."""
    here = life.lives_in
    if life.registered == "here":
        yield 1.0, here, here
        return
    if life.registered == "in the province":
        own = life.towns[here].province
        towns = [
            (town.home_share, number)
            for number, town in enumerate(life.towns)
            if town.province == own
        ]
        stay = year.stays[0]
    else:
        towns, stay = _origins(life), year.stays[1]
    for chance, town in towns:
        yield chance * stay, here, town
        yield chance * (1 - stay), town, town
