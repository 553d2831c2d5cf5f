"""``python -m benchmarks.targets FILE.json``: what the project wants to reach, beside what a results file says."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.section import Cell, Section

NOTE = """Ratios are within this suite; seconds belong to the machine. *Extrapolated*: from runs of two numbers of paths,
since time is linear in paths. A figure that the suite did not take is left empty."""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows of the sections by title."""


class NotMeasured(LookupError):
    """A suite without the section, set or row."""


@dataclass(frozen=True)
class Target:
    """One aim: a figure of the suite and the most, or the least, that it should be."""

    what: str
    bound: float
    figure: Callable[[Rows], float]
    at_least: bool = False

    def row(self, rows: Rows) -> dict[str, Cell]:
        """Aim, figure, and whether it is met."""
        try:
            measured = self.figure(rows)
        except NotMeasured:
            measured = None
        return {
            "what": self.what,
            "target": f"{'≥' if self.at_least else '≤'} {self.bound:g}",
            "measured": measured,
            "met": "" if measured is None else "yes" if self.met(measured) else "no",
        }

    def met(self, measured: float) -> bool:
        """Whether a figure is within the bound."""
        return measured >= self.bound if self.at_least else measured <= self.bound


def cell(title: str, column: str, **where: Cell) -> Callable[[Rows], float]:
    """The figure of the first row with some cells (``at_once`` stands for ``at once``)."""
    return lambda rows: _figures(rows, title, column, where)[0]


def most(title: str, column: str) -> Callable[[Rows], float]:
    """The largest figure of a column."""
    return lambda rows: max(_figures(rows, title, column, {}))


def _figures(rows: Rows, title: str, column: str, where: Mapping[str, Cell]) -> list[float]:
    """Figures of a column in the rows that have all of some cells."""
    wanted = {key.replace("_", " "): value for key, value in where.items()}
    found = [
        float(row[column])
        for row in rows.get(title, ())
        if wanted.items() <= row.items() and row[column] is not None
    ]
    if not found:
        raise NotMeasured(title, column, wanted)
    return found


def run_of(paths: int, precision: str) -> Callable[[Rows], float]:
    """Seconds of a cold run of China with so many paths: a measured one, and the slope of warm runs for the others."""

    def figure(rows: Rows) -> float:
        runs = [
            row
            for row in rows.get("Whole runs", ())
            if row["set"] == "china" and row["precision"] == precision and row["wall s"] is not None
        ]
        warm = sorted((row["paths"], row["wall s"]) for row in runs if row["cache"] == "warm")
        cold = [(row["paths"], row["wall s"]) for row in runs if row["cache"] == "cold"]
        if len(warm) < 2 or not cold:
            raise NotMeasured("Whole runs", precision)
        (few, short), (many, long) = warm[0], warm[-1]
        count, begin = cold[0]
        return begin + (paths - count) * (long - short) / (many - few)

    return figure


def over(one: Callable[[Rows], float], other: Callable[[Rows], float]) -> Callable[[Rows], float]:
    """Ratio of two figures."""
    return lambda rows: one(rows) / other(rows)


_KERNEL = "Movement of the stocks"
_NUMBER = "min ns/number-year"
_JAX = {"set": "china", "implementation": "JAX", "at_once": 1}

TARGETS = (
    Target("movement of the stocks, China: JAX over C", 2.5, cell(_KERNEL, "time / C", **_JAX)),
    Target(
        "the same: NumPy over JAX",
        20,
        over(
            cell(_KERNEL, _NUMBER, set="china", implementation="NumPy", at_once=1),
            cell(_KERNEL, _NUMBER, **_JAX),
        ),
        at_least=True,
    ),
    Target(
        "a path of China with all results over the movement of its stocks, ns/number-year",
        2.5,
        over(
            cell("One path", "ns/number-year", set="china", precision="double", at_once=1),
            cell(_KERNEL, _NUMBER, **_JAX),
        ),
    ),
    Target(
        "China: all schemes over the default run",
        2.5,
        cell("Schemes", "time / default", set="china", program="whole, all schemes"),
    ),
    Target("China, 200 paths, double, cold, s (extrapolated)", 90, run_of(200, "double")),
    Target("China, 1,000 paths, double, cold, s (extrapolated)", 360, run_of(1000, "double")),
    Target("China, 1,000 paths, mixed, cold, s (extrapolated)", 400, run_of(1000, "mixed")),
    Target("largest memory of a run, MB", 2000, most("Whole runs", "peak MB")),
    Target("`pooling --help`, s", 0.5, cell("Start-up", "min s", what="pooling --help")),
    Target("`pooling check`, s", 2, cell("Start-up", "min s", what="pooling check")),
    Target(
        "first result of the example, cold, s",
        3,
        cell("Start-up", "min s", what="first result, cold"),
    ),
    Target(
        "China: programs and first path, s",
        15,
        cell("Until the first path", "s", set="china", step="programs and path"),
    ),
    Target(
        "the same from the cache, s",
        1,
        cell("Until the first path", "again s", set="china", step="programs and path"),
    ),
    Target(
        "time per path, number and year: 341 over 34 municipalities",
        1.5,
        cell("Growth", "ratio", set="china", kind="municipalities", what="341"),
    ),
    Target(
        "derivative for every lever, time over a value's",
        8,
        cell("Derivatives", "time / value", set="china", mode="reverse, every lever"),
    ),
    Target(
        "the same, memory over the state's",
        25,
        cell("Derivatives", "memory / state", set="china", mode="reverse, every lever"),
    ),
)


def targets(sections: Sequence[Section]) -> Section:
    """The table of targets of a suite."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for section in sections:
        rows.setdefault(section.title, []).extend(section.rows)
    return Section("Targets", NOTE, [target.row(rows) for target in TARGETS])


def main() -> None:
    """Print the table of a stored file."""
    content = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(targets([Section(**section) for section in content["sections"]]).markdown())


if __name__ == "__main__":
    main()
