"""How migration and take-up respond to reforms of enrolment and portability: factors by year, 1 without a response."""

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.errors import OpeningError
from pooling.parameters.lookup import share_of

Array = NDArray[np.float64]

ENROLMENT, PENSION = "enrolment", "employee_pension"
"""Module keys of the laws that are reformed."""


def response(config: Config, of: str, years: NDArray[np.int_]) -> Array:
    """Factor on a behaviour [year]: 1 + Σ response × change of the law since the valuation year.

    Args:
        config: the run.
        of: ``migration`` or ``take_up``: whose parameters ``OF.response.access`` and ``OF.response.portability`` are read.
        years: projection years.

    Raises:
        OpeningError: responses under which nobody would be left.
    """
    given = config.assumptions.economy
    now = np.array([config.assumptions.info.valuation_date.year])
    factor = np.ones(len(years))
    for name, index in {"access": access, "portability": portability}.items():
        change = index(config, years) - index(config, now)
        factor += float(given[f"{of}.response.{name}"].value) * change
    if (factor < 0).any():
        raise OpeningError(f"{of}: its responses to the law make it negative: {factor.min():.3f}")
    return factor


def access(config: Config, years: NDArray[np.int_]) -> Array:
    """Flexible workers registered elsewhere whom the place of work admits [year]; fraction."""
    return _rule(config, ENROLMENT, "flexible_access", years)


def portability(config: Config, years: NDArray[np.int_]) -> Array:
    """Rights that a move between provinces leaves whole [year]: the mean of the share of past years that count and of the
    share of the employer's contribution that moves."""
    moves = _rule(config, PENSION, "transfer_pooled_rate", years)
    paid = _rule(config, PENSION, "employer_rate", years)
    money = np.minimum(share_of(moves, paid, empty=1), 1)
    return 0.5 * (_rule(config, PENSION, "carried_years", years) + money)


def _rule(config: Config, law: str, name: str, years: NDArray[np.int_]) -> Array:
    return config.assumptions.scheme_rules[law].rules[name].annual(years)
