"""Every scheme module by the type of its levers: adding a scheme adds a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from pooling.parameters.model import EmployeePension, SchemeLevers
from pooling.schemes import (
    employee_medical,
    employee_pension,
    resident_medical,
    resident_pension,
    resident_year,
    unemployment,
    work_injury,
)
from pooling.schemes.employee_medical import EmployeeMedical
from pooling.schemes.resident_medical import ResidentMedical
from pooling.schemes.resident_year import ResidentPension
from pooling.schemes.scheme import SchemeModule
from pooling.schemes.unemployment import Unemployment
from pooling.schemes.work_injury import WorkInjury

SCHEMES: Mapping[type[SchemeLevers], SchemeModule] = MappingProxyType(
    {
        EmployeePension: SchemeModule(
            employee_pension.tables_of_fund, employee_pension.advance_fund
        ),
        Unemployment: SchemeModule(unemployment.tables, unemployment.advance),
        WorkInjury: SchemeModule(work_injury.tables, work_injury.advance),
        EmployeeMedical: SchemeModule(employee_medical.tables, employee_medical.advance),
        ResidentMedical: SchemeModule(resident_medical.tables, resident_medical.advance),
        ResidentPension: SchemeModule(resident_year.tables, resident_pension.advance),
    }
)


def module_of(levers: SchemeLevers) -> SchemeModule:
    """The functions of the scheme that the levers belong to."""
    return SCHEMES[type(levers)]
