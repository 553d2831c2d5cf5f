"""Every scheme module by the type of its levers: adding a scheme adds a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from pooling.parameters.model import EmployeePension, SchemeLevers
from pooling.schemes import employee_medical, employee_pension, resident_medical
from pooling.schemes.employee_medical import EmployeeMedical
from pooling.schemes.resident_medical import ResidentMedical
from pooling.schemes.scheme import SchemeModule

SCHEMES: Mapping[type[SchemeLevers], SchemeModule] = MappingProxyType(
    {
        EmployeePension: SchemeModule(
            employee_pension.tables_of_fund, employee_pension.advance_fund
        ),
        EmployeeMedical: SchemeModule(employee_medical.tables, employee_medical.advance),
        ResidentMedical: SchemeModule(resident_medical.tables, resident_medical.advance),
    }
)


def module_of(levers: SchemeLevers) -> SchemeModule:
    """The functions of the scheme that the levers belong to."""
    return SCHEMES[type(levers)]
