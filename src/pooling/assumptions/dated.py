"""Rules of law as dated values: what was in force when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

OVERRIDE = "override"
"""Source of a rule's value that an overlay or the command line gives."""


@dataclass(frozen=True)
class DatedRule:
    """A rule whose value changes on dates.

    Before its first date, and after an end, a rule is not in force: its value is 0.

    Attributes:
        name: ``employer_rate``.
        unit: unit of the values after conversion.
        dates: days from which the values hold, strictly ascending.
        values: one a date.
        ends: last days on which the values hold; None until the next date, or for ever.
        source: keys of the set's sources, one a date; ``override`` for a value of an overlay or of the command line.
        description: the rule in words.
        notes: one a date; may be empty.
        grades: one a date; empty for a rule that was not read from a file.
    """

    name: str
    unit: str
    dates: tuple[date, ...]
    values: tuple[float, ...]
    ends: tuple[date | None, ...]
    source: tuple[str, ...]
    description: str = ""
    notes: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()

    def value_on(self, day: date) -> float:
        """The value in force on a day; 0 where none is."""
        for start, end, value in zip(
            reversed(self.dates), reversed(self.ends), reversed(self.values), strict=True
        ):
            if start <= day:
                return value if end is None or day <= end else 0.0
        return 0.0

    def legislated(self, years: Sequence[int] | NDArray[np.integer]) -> NDArray[np.bool_]:
        """Calendar years whose value the law gives, up to its last date, or an overlay from that year on [year]."""
        given = [source == OVERRIDE for source in self.source]
        begun = np.array([day.year for day in self.dates])
        law = begun[~np.array(given)]
        return (np.asarray(years) <= law.max(initial=0)) | np.isin(years, begun[given])

    @property
    def change_dates(self) -> tuple[date, ...]:
        """Days from which another value holds, an end included."""
        after = [date.fromordinal(end.toordinal() + 1) for end in self.ends if end is not None]
        return tuple(sorted({*self.dates, *after}))

    def annual(self, years: Sequence[int] | NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean over the days of calendar years [year]; days on which the rule is not in force count as 0."""
        changes = [day.toordinal() for day in self.change_dates]
        values = [self.value_on(day) for day in self.change_dates]
        first = np.array([date(int(year), 1, 1).toordinal() for year in years], float)
        after = np.array([date(int(year) + 1, 1, 1).toordinal() for year in years], float)
        ends = np.array([*changes[1:], np.inf])
        begin, stop = first[:, None], after[:, None]
        # A value that fills the year has the weight n / n, exactly 1.
        days = np.minimum(ends, stop) - np.maximum(np.array(changes, float), begin)
        return (days.clip(0) / (stop - begin)) @ np.array(values)

    def in_year(self, year: int) -> float:
        """:meth:`annual` of one calendar year."""
        return float(self.annual([year])[0])
