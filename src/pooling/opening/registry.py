"""Every opener by scheme module: adding a scheme adds a line here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pooling.opening.context import Context, SchemeOpening
from pooling.opening.employee_medical import open_employee_medical
from pooling.opening.employee_pension import open_employee_pension
from pooling.opening.resident_medical import open_resident_medical

OPENERS: Mapping[str, Callable[[Context, Any], SchemeOpening]] = MappingProxyType(
    {
        "employee_pension": open_employee_pension,
        "employee_medical_insurance": open_employee_medical,
        "resident_medical_insurance": open_resident_medical,
    }
)
