"""Facts of the law that tests compare with: written down here, not read from the assumptions.

Sources: decision of the Standing Committee of the National People's Congress of 13 September 2024
(retirement ages, minimum years); Guofa [2005] 38, annex (divisors).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np


@dataclass(frozen=True)
class Group:
    """A retirement group as plain data."""

    original_age_months: int
    reform_from: date
    step_months: int
    cap_months: int
    shift_months: int = 0


REFORM = date(2025, 1, 1)
GROUPS = {
    "men": Group(720, REFORM, 4, 36),
    "women_cadre": Group(660, REFORM, 4, 36),
    "women_worker": Group(600, REFORM, 2, 60),
}

# fmt: off
DIVISORS = (
    np.arange(40, 71),
    np.array([
        233, 230, 226, 223, 220, 216, 212, 208, 204, 199,  # 40-49
        195, 190, 185, 180, 175, 170, 164, 158, 152, 145,  # 50-59
        139, 132, 125, 117, 109, 101, 93, 84, 75, 65,      # 60-69
        56,                                                # 70
    ]),
)
# fmt: on

MINIMUM_YEARS = {2029: 15.0, 2030: 15.5, 2031: 16.0, 2034: 17.5, 2038: 19.5, 2039: 20.0, 2050: 20.0}
