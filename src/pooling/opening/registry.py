"""Every opener by scheme module: adding a scheme adds a line here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pooling.opening.context import Context, SchemeOpening
from pooling.opening.employee_medical import open_employee_medical
from pooling.opening.employee_pension import open_employee_pension
from pooling.opening.resident_medical import open_resident_medical
from pooling.opening.resident_pension import open_resident_pension
from pooling.opening.unemployment import open_unemployment
from pooling.opening.work_injury import open_work_injury

OPENERS: Mapping[str, Callable[[Context, Any], SchemeOpening]] = MappingProxyType(
    {
        "employee_pension": open_employee_pension,
        "resident_basic_pension": open_resident_pension,
        "employee_medical_insurance": open_employee_medical,
        "resident_medical_insurance": open_resident_medical,
        "unemployment_insurance": open_unemployment,
        "work_injury_insurance": open_work_injury,
    }
)
