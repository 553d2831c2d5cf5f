"""Every opener by scheme module: adding a scheme adds a line here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pooling.opening.context import Context, SchemeOpening
from pooling.opening.employee_pension import open_employee_pension

OPENERS: Mapping[str, Callable[[Context, Any], SchemeOpening]] = MappingProxyType(
    {"employee_pension": open_employee_pension}
)
