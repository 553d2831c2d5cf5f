"""What measures over all paths cost, apart from the projection: on invented numbers of the size of a set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.section import Cell, Section
from benchmarks.settings import Settings
from benchmarks.timing import interleaved
from pooling import compute
from pooling.assumptions import load_config
from pooling.dataset import Labels
from pooling.labels import labels_of
from pooling.partial import Partial
from pooling.realizations import Realizations, fields_of
from pooling.spool import Spool
from pooling.statistics import summarize_spool
from pooling.study import over_paths
from pooling.vocabulary import Variable, shape_of, variables

NOTE = """Every measure over all paths (probabilities of depletion, insurance with its error, smoothing by channel; module
`study`) from a spool of invented numbers, as many as the set has provinces, funds, arrangements and years: the spool is
read, the compiled functions run, results come back. *Summary of a quantity*: mean, spread and quantiles of one quantity
of every fund and year, the work that the statistics of the file repeat for each. Medians; compiling is not timed."""

PATHS = 1000
MEASURED = (
    "depletion_year_before_subsidy",
    "depletion_year_after_scheduled",
    "deficit_rate_own_province",
    "deficit_rate_province",
    "coverage_channel_province",
)
"""Quantities that the measures read path by path."""
SUMMARISED = "fund_balance"
ROUNDS = 3


@dataclass(frozen=True)
class Invented:
    """A spool of random numbers, and a central path beside it."""

    realizations: Realizations
    spool: Spool
    labels: Labels
    central: Mapping[str, np.ndarray]

    def numbers(self, quantity: str) -> int:
        """Numbers of a quantity over all stochastic paths."""
        shape = self.spool.cell_shape(f"{quantity}_statistic")
        return (self.labels.realizations - 1) * int(np.prod(shape))


def measures(settings: Settings) -> Section:
    """Time of the measures over paths, by assumption set."""
    rows = [row for name in settings.paths for row in _of_set(settings, name)]
    return Section("Measures over paths", NOTE, rows)


def _of_set(settings: Settings, name: str) -> list[dict[str, Cell]]:
    config = load_config(settings.config(name), {"projection.paths": PATHS})
    compute.prepare(config)
    labels = labels_of(config)
    wanted = [variables()[f"{each}_statistic"] for each in (*MEASURED, SUMMARISED)]
    unseen = Partial(settings.folder / f"{name}-measures.nc", None)
    with (
        unseen as partial,
        Spool(partial, fields_of(labels, wanted), labels.realizations) as spool,
    ):
        given = _invented(spool, labels, wanted)
        pieces: dict[str, tuple[int, Callable[[], object]]] = {
            "all measures over paths": (
                sum(map(given.numbers, MEASURED)),
                lambda: over_paths(given.realizations, labels, given.central),
            ),
            "summary of a quantity": (
                given.numbers(SUMMARISED),
                lambda: summarize_spool(spool, f"{SUMMARISED}_statistic"),
            ),
        }
        timings = interleaved({label: piece for label, (_, piece) in pieces.items()}, ROUNDS)
    return [
        {
            "set": name,
            "paths": PATHS,
            "piece": label,
            "million numbers": numbers / 1e6,
            "s": timings[label].median,
        }
        for label, (numbers, _) in pieces.items()
    ]


def _invented(spool: Spool, labels: Labels, wanted: Sequence[Variable]) -> Invented:
    random = np.random.default_rng(1)
    realizations = Realizations(spool, labels, wanted)

    def draw(variable: Variable) -> np.ndarray:
        shape = shape_of(variables()[f"{variable.quantity.name}_central"], labels.sizes())
        years = variable.quantity.kind == "date"
        return random.choice(labels.years, shape) if years else random.normal(size=shape)

    for path in range(labels.realizations):
        realizations.write(path, {each.quantity.name: draw(each) for each in wanted})
    spool.settle()
    central = {
        name: np.abs(random.normal(size=shape_of(variables()[f"{name}_central"], labels.sizes())))
        for name in ("wage_bill_province", "coverage_channel_province")
    }
    return Invented(realizations, spool, labels, central)
