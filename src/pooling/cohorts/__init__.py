"""Cohort measures: flows by birth cohort, and what a contribution buys."""

from pooling.cohorts.flows import HISTORIES, CohortFlows, ages_of
from pooling.cohorts.measures import (
    BENEFITS_AGAINST_COSTS,
    GROUPS,
    CohortMeasures,
    Cohorts,
    cohort_measures,
    cohorts_of,
    of_nation,
    of_places,
)
from pooling.cohorts.program import project_cohorts

__all__ = [
    "BENEFITS_AGAINST_COSTS",
    "GROUPS",
    "HISTORIES",
    "CohortFlows",
    "CohortMeasures",
    "Cohorts",
    "ages_of",
    "cohort_measures",
    "cohorts_of",
    "of_nation",
    "of_places",
    "project_cohorts",
]
