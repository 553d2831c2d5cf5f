"""Axis names, their order and the letters that shapes are written with.

Letters used in every shape annotation of the package:

``x`` sex · ``a`` age · ``row`` (sex, age or ring slot) laid end to end · ``m`` municipality · ``p`` province ·
``y`` year · ``q`` pool · ``f`` fund (arrangement and pool laid end to end) · ``s`` scheme · ``l`` benefit policy.
"""

SEXES = ("male", "female")
"""Order of the sex axis."""

OLDEST_AGE = 100
"""First age of the exact open group 100+."""

AGES = OLDEST_AGE + 1
"""Single ages 0…99 and the open group."""

REGISTERED_HERE, REGISTERED_IN_PROVINCE, REGISTERED_ELSEWHERE = range(3)
"""Registration classes: here (same county or prefecture), elsewhere in the province, in another province."""

CLASSES = ("here", "elsewhere_in_province", "other_province")
"""Names of the registration classes, in the order of the state."""

PAYERS = ("municipality", "province", "centre")
"""Governments that pay subsidies, in the order of the payer axis."""

CHANNELS = (
    "pool_settlement",
    "reserves",
    "scheduled_subsidy",
    "deficit_subsidy",
    "benefit_cut",
    "moved_rights",
)
"""What fills the gap between a province's own contributions and its benefits, in the order of the channel axis."""

HORIZONS = (25, 50, 75)
"""Years of the customary horizons of an actuarial valuation."""


def horizons(years: int) -> tuple[int, ...]:
    """The customary horizons that a projection reaches; its whole length where it reaches none."""
    return tuple(span for span in HORIZONS if span <= years) or (years,)


STATISTICS = ("mean", "sd", "se", "q05", "q25", "q50", "q75", "q95")
"""Summaries over the stochastic realizations, in file order."""
