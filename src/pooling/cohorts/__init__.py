"""Cohort measures: flows by birth cohort, and what a contribution buys."""

from pooling.cohorts.flows import CohortFlows, ages_of, project_cohorts
from pooling.cohorts.measures import (
    CohortMeasures,
    Cohorts,
    cohort_measures,
    cohorts_of,
)

__all__ = [
    "CohortFlows",
    "CohortMeasures",
    "Cohorts",
    "ages_of",
    "cohort_measures",
    "cohorts_of",
    "project_cohorts",
]
