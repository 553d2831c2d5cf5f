"""Rules of enrolment as levers: who may enrol where, and who does."""

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config, EmployeePensionFund
from pooling.axes import CLASSES, REGISTERED_ELSEWHERE, REGISTERED_IN_PROVINCE
from pooling.numerics import as_array
from pooling.opening.behaviour import response
from pooling.parameters.model import Enrolment

Array = NDArray[np.float64]

LAW = "enrolment"
"""Module key of the law that holds the rules."""


def enrolment(config: Config, years: NDArray[np.int_]) -> Enrolment:
    """Enrolment of the projection years."""
    shape = (len(years), len(CLASSES))
    at_residence = np.ones(shape)
    at_residence[:, REGISTERED_IN_PROVINCE] = _rule(config, "resident_in_province", years)
    at_residence[:, REGISTERED_ELSEWHERE] = _rule(config, "resident_other_province", years)
    return Enrolment(
        flexible_access=as_array(_access(config, years)),
        take_up=as_array(
            _rule(config, "flexible_take_up", years) * response(config, "take_up", years)
        ),
        at_residence=as_array(at_residence),
    )


def offered_at_opening(config: Config, fund: EmployeePensionFund) -> Array:
    """Share of the fund's coverage that was open to each registration class in the valuation year [class]."""
    access = _access(config, np.array([config.assumptions.info.valuation_date.year]))[0]
    return 1 - fund.members.flexible_share * (1 - access)


def flexible_payment(config: Config, years: NDArray[np.int_]) -> Array:
    """Contribution years that a flexible worker pays over those of the valuation year [year]."""
    now = np.array([config.assumptions.info.valuation_date.year])
    return _rule(config, "flexible_payment", years) / _rule(config, "flexible_payment", now)


def _access(config: Config, years: NDArray[np.int_]) -> Array:
    """Access of flexible workers to the funds of the place of work [year, class]."""
    access = np.ones((len(years), len(CLASSES)))
    admitted = _rule(config, "flexible_access", years)
    access[:, REGISTERED_IN_PROVINCE] = access[:, REGISTERED_ELSEWHERE] = admitted
    return access


def _rule(config: Config, name: str, years: NDArray[np.int_]) -> Array:
    return config.assumptions.scheme_rules[LAW].rules[name].annual(years)
