"""Units that files may use, by quantity, and how they become the package's own."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Scale(NamedTuple):
    """Own unit = published × factor ÷ divisor; a division, so that 57 % becomes 0.57 and not 0.5700000000000001."""

    factor: float
    divisor: float = 1.0


ONE = Scale(1.0)

QUANTITIES: Mapping[str, tuple[str, Mapping[str, Scale]]] = MappingProxyType(
    {
        "people": (
            "persons",
            {"persons": ONE, "10k persons": Scale(1e4), "thousand persons": Scale(1e3)},
        ),
        "money": ("yuan", {"yuan": ONE, "100m yuan": Scale(1e8)}),
        "wage": (
            "yuan/year",
            {"yuan/year": ONE, "yuan/month": Scale(12.0), "yuan/person": ONE},
        ),
        "share": (
            "fraction",
            {"fraction": ONE, "percent": Scale(1.0, 100.0), "per 1000": Scale(1.0, 1000.0)},
        ),
        "death rate": (
            "deaths/person-year",
            {"deaths/person-year": ONE, "per 1000": Scale(1.0, 1000.0)},
        ),
        "births a woman": ("births/woman", {"births/woman": ONE}),
        "sex ratio": ("male/female", {"male/female": ONE, "percent": Scale(1.0, 100.0)}),
        "years": ("years", {"years": ONE, "months": Scale(1.0, 12.0)}),
        "months": ("months", {"months": ONE, "years": Scale(12.0)}),
        "distance": ("km", {"km": ONE}),
        "angle": ("degrees", {"degrees": ONE}),
        "index": ("index", {"index": ONE, "fraction": ONE, "percent": Scale(1.0, 100.0)}),
    }
)
"""Quantity → the package's own unit, and what files may give it in. Money is in the currency of the set."""


LARGEST: Mapping[str, float] = MappingProxyType(
    {
        "people": 1e11,
        "money": 1e18,
        "wage": 1e12,
        "share": 1e3,
        "death rate": 1e3,
        "births a woman": 1e3,
        "sex ratio": 1e3,
        "years": 1e5,
        "months": 1e5,
        "distance": 20_100.0,
        "angle": 360.0,
        "index": 1e6,
    }
)
"""Quantity → size beyond which no figure of a country lies, in the package's own unit; half round the earth is 20,040 km."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "人": "persons",
        "万人": "10k persons",
        "千人": "thousand persons",
        "元": "yuan",
        "亿元": "100m yuan",
        "元/年": "yuan/year",
        "元/月": "yuan/month",
        "%": "percent",
        "％": "percent",
        "‰": "per 1000",
        "岁": "years",
        "年": "years",
        "月": "months",
        "公里": "km",
    }
)
"""Units as Chinese tables head their columns → the word of the table above."""


def generic(unit: str, currency: str) -> str:
    """A unit with the set's currency spelled ``yuan``, the word of the table above.

    ``currency`` and the currency's own code serve in every set. ``yuan`` does so in one of CNY only: elsewhere the
    result is empty.
    """
    names = ["currency", re.escape(currency)]
    own = re.sub(rf"\b({'|'.join(names)})\b", "yuan", unit)
    return "" if "yuan" in unit and currency != "CNY" else own


def allowed_units(quantity: str, currency: str) -> list[str]:
    """Units that a file may use for a quantity."""
    word = "yuan" if currency == "CNY" else "currency"
    return [unit.replace("yuan", word) for unit in QUANTITIES[quantity][1]]


def own_unit(quantity: str) -> str:
    """The unit of a quantity inside the package."""
    return QUANTITIES[quantity][0].replace("yuan", "currency")


def convert(values: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    """Published values in the package's unit."""
    return values * scale.factor / scale.divisor
