"""Take the time of several pieces in turns."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Timing:
    """Wall times of one piece; seconds."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        """The least disturbed one; ratios are taken between these."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """What a user of this machine sees."""
        return median(self.seconds)

    def over(self, count: int) -> "Timing":
        """The time of one of ``count`` equal parts."""
        return Timing(tuple(each / count for each in self.seconds))


def interleaved(pieces: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, Timing]:
    """Time pieces in rounds, each round in the opposite order of the one before.

    A slow spell of the machine then falls on all pieces rather than on one. Each piece runs once untimed first.

    Args:
        pieces: what to time, by name; a piece returns only when its work is done.
        repeats: number of rounds.
    """
    for piece in pieces.values():
        piece()
    taken: dict[str, list[float]] = {name: [] for name in pieces}
    for turn in range(repeats):
        for name in list(pieces)[:: 1 if turn % 2 == 0 else -1]:
            taken[name].append(_seconds(pieces[name]))
    return {name: Timing(tuple(seconds)) for name, seconds in taken.items()}


def _seconds(piece: Callable[[], object]) -> float:
    begin = time.perf_counter()
    piece()
    return time.perf_counter() - begin
