"""Residents in no employee fund on the valuation date, and where they are insured; for openers of resident schemes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.axes import REGISTERED_ELSEWHERE, REGISTERED_HERE
from pooling.numerics import as_array
from pooling.opening.context import Context
from pooling.opening.employee_pension import EmployeePensionOpening
from pooling.opening.enrolment import enrolment
from pooling.opening.levers import geography
from pooling.opening.municipal import within
from pooling.parameters.lookup import share_of, sums
from pooling.parameters.migration import origin_stock
from pooling.population.migration import registrations
from pooling.schemes.calendar import Place
from pooling.schemes.insured_place import (
    InsuredPlaces,
    at_insurance,
    insured_places,
    seen_from_residence,
)

Array = NDArray[np.float64]
Indices = NDArray[np.int_]


@dataclass(frozen=True)
class Residents:
    """People by residence and the places where residents are insured."""

    place: Place
    at_residence: Array
    """Share insured where they live, by registration class."""
    outside: Array
    """In no employee fund [class, sex, age, municipality]; persons."""
    employees: Array
    """Members and pensioners of employee funds [class, sex, age, municipality]; persons."""

    @property
    def province(self) -> Indices:
        """Province of every municipality."""
        return np.asarray(self.place.geography.province)

    def places(self, weight: Array) -> InsuredPlaces:
        """Places of insurance under weights of the provinces."""
        return insured_places(self.place, as_array(self.at_residence), as_array(weight))

    def insured(self, places: InsuredPlaces, stock: Array) -> Array:
        """A stock by residence [class, sex, age, municipality] at the places of insurance [sex, age, municipality]."""
        cells = stock.reshape(len(stock), -1, stock.shape[-1])
        leaves = tuple(as_array(each.T) for each in cells)
        return np.asarray(at_insurance(places, self.place, leaves)).T.reshape(stock.shape[1:])

    def seen(self, places: InsuredPlaces, values: Array) -> Array:
        """Mean of a provincial amount over the places where residents are insured [class, municipality]."""
        found = seen_from_residence(
            places, self.place, as_array(values)[:, None], len(self.outside)
        )
        return np.stack([np.asarray(each)[:, 0] for each in found])

    def by_province(self, stock: Array) -> Array:
        """Sums over sex, age and the municipalities of a province [province]."""
        return sums(self.province, stock.sum(axis=(0, 1)))


def residents(context: Context) -> Residents:
    """Residents of the valuation date.

    Employee pensioners are known by claim municipality only: they are spread over the registration classes like the
    people of their sex and age there, as in the projection.
    """
    persons = context.persons
    funds = [each.figures for each in context.earlier if isinstance(each, EmployeePensionOpening)]
    members = np.sum([fund.members for fund in funds], axis=0)
    pensioners = np.sum([fund.pensioners for fund in funds], axis=0)
    everybody = persons.sum(axis=0)
    drawing = persons * share_of(pensioners, everybody)
    return Residents(
        place=place_of(context),
        at_residence=at_residence(context),
        outside=np.maximum(persons - drawing - members, 0),
        employees=members + drawing,
    )


def place_of(context: Context) -> Place:
    """Registrations of the residents on the valuation date."""
    config, persons = context.config, context.persons
    living = sums(context.province, persons[REGISTERED_ELSEWHERE].sum(axis=(0, 1)))
    return Place(
        geography(config),
        registrations(as_array(origin_stock(config, living))),
        as_array(within(persons[REGISTERED_HERE].sum(axis=(0, 1)), context.province)),
    )


def at_residence(context: Context) -> Array:
    """Share of the residents insured where they live in the valuation year, by registration class."""
    valuation = np.array([int(context.years[0]) - 1])
    return np.asarray(enrolment(context.config, valuation).at_residence)[0]
