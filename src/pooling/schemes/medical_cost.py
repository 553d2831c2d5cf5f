"""Cost of treatment: by sex and age, by the price of the place where people are treated, over the years.

Cost of a year = level × growth × Σ person-years × index by sex and age × price of the place. People are treated where they
live. Of those registered in another province a declared share of the treatment takes place at their registration, at the
prices there. The insuring fund pays in either case: out-of-area treatment changes the price, not the payer.
"""

import equinox as eqx
from jaxtyping import Array, Float, Int

from pooling.numerics import dot, total
from pooling.population.ring import LIFE
from pooling.schemes.benefits_elsewhere import Pairs, elsewhere
from pooling.schemes.calendar import Leaf, Place, Rings
from pooling.schemes.insured_place import InsuredPlaces, at_insurance
from pooling.schemes.scheme import Given


class Treatment(eqx.Module):
    """What a year of treatment costs."""

    level: Float[Array, ""]
    """Cost of a person-year of index 1 at price 1 in the valuation year; currency a year."""
    price: Float[Array, " m"]
    """Price level of treatment in a municipality; its mean over the insured of the valuation date is about 1."""
    at_registration: Float[Array, ""]
    """Share of the treatment of people registered in another province that takes place there."""


class CostTables(eqx.Module):
    """Cost index laid on the cohorts of one year."""

    young: Float[Array, " row"]
    """On the life ring."""
    oldest: Float[Array, " 2"]


class Load(eqx.Module):
    """People's treatment before prices, by residence: person-years times index."""

    everybody: Float[Array, " m"]
    far: Float[Array, " m"]
    """Of it, of people registered in another province."""


def cost_tables(index: Float[Array, "2 101"], rings: Rings, elapsed: Int[Array, ""]) -> CostTables:
    """Lay the index by age on the cohorts of a year."""
    del rings  # the life ring is the same in every run
    return CostTables(LIFE.align(index[:, :100], elapsed), index[:, 100])


def lived_part(given: Given) -> tuple[Leaf, Float[Array, "m 2"]]:
    """Mean of the stocks before and after the year's deaths over that before: of 0…99, and of 100 and over."""
    everywhere = given.place.geography.to_municipalities
    return (
        0.5 * (1 + everywhere(given.dates.living_life)),
        0.5 * (1 + everywhere(given.dates.living_oldest)),
    )


def load_of(leaf: Leaf, oldest: Float[Array, "m 2"], tables: CostTables) -> Float[Array, " m"]:
    """Person-years times index of all cells of a municipality."""
    return total(leaf * tables.young[None]) + total(oldest * tables.oldest[None])


def cost_at_residence(
    treatment: Treatment, growth: Float[Array, ""], place: Place, load: Load
) -> Float[Array, " m"]:
    """Cost of people who are insured where they live; currency.

    Args:
        treatment: level and prices.
        growth: of the cost of the same treatment since the valuation year.
        place: geography, registrations.
        load: person-years times index.
    """
    at_home = treatment.at_registration * (home_price(treatment, place) - treatment.price)
    return treatment.level * growth * (treatment.price * load.everybody + at_home * load.far)


def home_price(treatment: Treatment, place: Place) -> Float[Array, " m"]:
    """Mean price at the registrations of those who live in a municipality and are registered in another province."""
    return place.geography.to_municipalities(dot(place.claim, _provincial(treatment, place)))


def cost_at_insurance(
    treatment: Treatment,
    growth: Float[Array, ""],
    place: Place,
    places: InsuredPlaces,
    loads: tuple[Float[Array, " m"], ...],
) -> Float[Array, " m"]:
    """Cost of residents by municipality of insurance, which is not where all of them live; currency.

    Args:
        treatment, growth, place: as in :func:`cost_at_residence`.
        places: where the people of a residence are insured.
        loads: person-years times index by registration class and residence.
    """
    scale, geography = treatment.level * growth, place.geography
    if len(loads) == 1:
        return scale * treatment.price * loads[0]
    local, near, far = loads
    stay = (1 - treatment.at_registration) * far
    spent = at_insurance(
        places, place, tuple((treatment.price * each)[:, None] for each in (local, near, stay))
    )[:, 0]
    home = treatment.at_registration * far
    own = geography.to_municipalities(places.own) * home * home_price(treatment, place)
    away = geography.to_municipalities(dot(places.away.T, geography.by_province(home)))
    return scale * (spent + own + away * place.home_share * treatment.price)


def treated_at_registration(
    treatment: Treatment, growth: Float[Array, ""], place: Place, far: Float[Array, " m"]
) -> Pairs:
    """Treatment that people insured where they live get at their registration: [insured, treated]; currency.

    Args:
        treatment, growth, place: as in :func:`cost_at_residence`.
        far: person-years times index of those registered in another province, by residence.
    """
    there = treatment.level * growth * treatment.at_registration * place.geography.by_province(far)
    return elsewhere(there[:, None] * place.claim * _provincial(treatment, place)[None])


def treated_at_residence(
    treatment: Treatment,
    growth: Float[Array, ""],
    place: Place,
    places: InsuredPlaces,
    far: Float[Array, " m"],
) -> Pairs:
    """Treatment that people insured at their registration get where they live: [insured, treated]; currency.

    Args:
        treatment, growth, place, far: as in :func:`treated_at_registration`.
        places: where the people of a residence are insured.
    """
    scale = treatment.level * growth * (1 - treatment.at_registration)
    here = place.geography.by_province(treatment.price * far)
    return elsewhere(scale * places.away.T * here[None])


def _provincial(treatment: Treatment, place: Place) -> Float[Array, " p"]:
    """Price level of a province, over the people registered in it."""
    return place.geography.by_province(treatment.price * place.home_share)


def nominal_growth(level: Float[Array, ""], given: Given) -> Float[Array, ""]:
    """Growth of the cost of the same treatment since the valuation year: with the national wage, and beyond it.

    Args:
        level: what no path changes: growth of wages up to the first projection year, excess growth up to this year.
        given: of the year.
    """
    return level * given.wage_level
