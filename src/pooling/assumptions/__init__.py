"""The border: files in, one frozen configuration out, every problem reported at once."""

from pooling.assumptions.arrangements import BenefitPolicy
from pooling.assumptions.config import load_config, loaded_config
from pooling.assumptions.dated import DatedRule
from pooling.assumptions.funds import EmployeePensionFund, Fund
from pooling.assumptions.model import (
    Arrangement,
    AssumptionSet,
    Config,
    Municipalities,
    Overlay,
    Provinces,
    SchemeRules,
)
from pooling.assumptions.overlay import parse_assignment
from pooling.assumptions.quality import Check, QualityReport, TableQuality, quality_report
from pooling.assumptions.schemas import (
    Options,
    Parameter,
    Projection,
    RetirementGroup,
    Source,
)
from pooling.assumptions.tables import AgeGroups, Table

__all__ = [
    "AgeGroups",
    "Arrangement",
    "AssumptionSet",
    "BenefitPolicy",
    "Check",
    "Config",
    "DatedRule",
    "EmployeePensionFund",
    "Fund",
    "Municipalities",
    "Options",
    "Overlay",
    "Parameter",
    "Projection",
    "Provinces",
    "QualityReport",
    "RetirementGroup",
    "SchemeRules",
    "Source",
    "Table",
    "TableQuality",
    "load_config",
    "loaded_config",
    "parse_assignment",
    "quality_report",
]
