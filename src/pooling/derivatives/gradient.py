"""Derivatives of a measure: reverse mode for many levers at once, forward mode for a few directions one by one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from pooling import compute, results
from pooling.assumptions import Config, loaded_config
from pooling.derivatives.checkpoints import checkpointed_scan
from pooling.derivatives.kinks import Kink, Margins, kinks_of, margins
from pooling.derivatives.levers import LeverError, Values, levers_of, require_levers, with_levers
from pooling.derivatives.measure import Measure, MeasureError, Selection, checked, measure_of
from pooling.drivers.economy import draw
from pooling.labels import labels_of
from pooling.measures.registry import registered
from pooling.opening.build import open_model
from pooling.projection import Run
from pooling.state import State
from pooling.year import Model, YearResult, advance_year, tables_in

Mode = Literal["auto", "reverse", "forward"]
Directions = Sequence[str] | Mapping[str, object]
Derivative = np.ndarray | float

FORWARD = 2
"""Most directions that forward mode takes by itself: one costs 2.7 values, reverse mode 9.6 for all levers together."""

KINK_DISTANCE = 1e-3
"""Distance below which a kink is reported."""

Scan = Callable[..., tuple[State, YearResult]]


@dataclass(frozen=True)
class Gradient:
    """A measure on one path and its derivatives."""

    value: float
    derivatives: Mapping[str, Derivative]
    """By lever: an array shaped like it, or one number where a direction was given."""
    mode: Literal["reverse", "forward"]
    kinks: tuple[Kink, ...]
    """Kinks near which the path passes, nearest first: there a derivative may hold on one side only."""

    def __getitem__(self, lever: str) -> Derivative:
        """Derivative with respect to a lever."""
        return self.derivatives[lever]


def gradient(
    measure: str | Measure,
    config: Config | Path | str,
    wrt: Directions,
    *,
    at: Selection | None = None,
    overrides: Mapping[str, object] | None = None,
    path: int = 0,
    mode: Mode = "auto",
    kink_distance: float = KINK_DISTANCE,
) -> Gradient:
    """Derivatives of a measure of one path with respect to levers, the opening stocks held fixed.

    Levers are the arrays of numbers of ``Parameters``: ``vital.mortality``, ``economy.real_wage_growth``,
    ``schemes.enterprise_pension.compliance``, ``migration.intensity_level`` and so on. Where the model bends (a fund that
    has run dry is filled, a settlement changes its sign, a reference wage is overtaken by the average wage) a derivative
    holds on one side only: ``kinks`` lists where the path comes near. A fund that is filled has derivative zero; the
    accounts without subsidies (``fund_balance_after_scheduled``, ``fund_balance_before_subsidy``) have no such kink.
    Entry into a fund bends where its members equal the coverage, which the opening meets exactly, in every cell: with
    respect to ``coverage_factor``, ``entry``, ``flexible_access`` and ``take_up`` a derivative is near those of the two
    sides, a tenth of a percent off, and no kink is listed. Of a ``hazard`` of 1 it is that of a larger one, which cannot be.

    Args:
        measure: a quantity of the vocabulary, or a pure JAX function from the arrays of one path by name of quantity
            (as for ``pooling.register``) to one number.
        config: a loaded configuration, or the path of a TOML file.
        wrt: names of levers; or lever → direction (a number for all of its elements, or an array of its shape), which
            gives one number a lever.
        at: where a quantity is looked up: label by axis, such as ``{"scheme": "enterprise_pension", "arrangement":
            "current", "pool": 440000, "year": 2050}``. Axes of one element may be left out.
        overrides: values by dotted path; only with a path.
        path: number of the realization; 0 is the central path.
        mode: ``reverse`` costs nine to ten times a value, whatever the number of levers; ``forward`` costs about
            2.7 times a value for every direction, or for every element where none is given; ``auto`` takes the cheaper.
        kink_distance: distance below which a kink is listed, as a fraction.

    Returns:
        Value, derivatives by lever, the mode used, and the kinks.

    Raises:
        InputErrors: all problems of the configuration and its tables.
        OpeningError: published figures that cannot be reconciled.
        LeverError: an unknown lever, with the nearest name, or a direction that does not fit it.
        MeasureError: a measure that is not one number, or is missing on this path.
    """
    loaded = loaded_config(config, overrides)
    _require_arguments(measure, at, path, mode)
    compute.prepare(loaded)
    labels = labels_of(loaded)
    number = checked(measure if callable(measure) else measure_of(measure, at or {}, labels))
    schemes = tuple(fund.key for fund in loaded.funds)
    opening = open_model(loaded)
    run = Run(opening.model, opening.state, loaded.projection.seed)
    known = levers_of(run.model.levers, schemes)
    wanted = (wrt,) if isinstance(wrt, str) else wrt
    require_levers(known, wanted)
    levers = {name: known[name] for name in wanted}
    along = _directions(wrt, levers)
    chosen = _chosen(mode, levers, along)
    derive = _forward if chosen == "forward" else _reverse
    value, found, margin = derive(Program(number, schemes), run, jnp.int32(path), levers, along)
    if not np.isfinite(value):
        raise MeasureError(f"the measure is {value} on path {path}: nothing to differentiate")
    return Gradient(value, found, chosen, kinks_of(margin, labels, kink_distance))


def _require_arguments(measure: str | Measure, at: Selection | None, path: int, mode: Mode) -> None:
    """Refuse what would have no effect or no meaning."""
    if mode not in ("auto", "reverse", "forward"):
        raise MeasureError(f"the mode {mode!r}: auto, reverse or forward")
    if not isinstance(path, int | np.integer) or path < 0:
        raise MeasureError(f"the path {path!r}: the number of a realization, 0 or more")
    if callable(measure) and at:
        raise MeasureError("a measure that is a function is looked up nowhere: leave `at` out")


@dataclass(frozen=True)
class Program:
    """The measure as a function of the levers."""

    measure: Measure
    schemes: tuple[str, ...]

    def value(
        self, run: Run, path: Int[Array, ""], scan: Scan, levers: Values
    ) -> tuple[Float[Array, ""], Margins]:
        """The measure and the distances from the kinks under some levers."""
        moved = with_levers(run.model.levers, self.schemes, levers)
        model = eqx.tree_at(lambda m: m.levers, run.model, moved)
        years = _years(model, run, path, scan)
        named = results.of_path(model, years, registered())
        return self.measure(named), margins(model, years)


def _years(model: Model, run: Run, path: Int[Array, ""], scan: Scan) -> YearResult:
    """The projection with the tables of a year laid inside it, which keeps the derivatives of no other year."""
    drivers = draw(model.levers.economy, run.seed, path)

    def step(state: State, given: tuple) -> tuple[State, YearResult]:
        of_year, elapsed = given
        return advance_year(model, tables_in(model, elapsed), state, of_year, elapsed)

    return scan(step, run.opening, (drivers, jnp.arange(run.years, dtype=jnp.int32)))[1]


Derived = tuple[float, Mapping[str, Derivative], Margins]


def _reverse(
    program: Program, run: Run, path: Int[Array, ""], levers: Values, along: Values | None
) -> Derived:
    """All levers at once."""

    def derive(
        run: Run, path: Int[Array, ""], levers: Values
    ) -> tuple[tuple[Float[Array, ""], Margins], Values]:
        def value(levers: Values) -> tuple[Float[Array, ""], Margins]:
            return program.value(run, path, checkpointed_scan, levers)

        return jax.value_and_grad(value, has_aux=True)(levers)

    (value, margin), slopes = jax.jit(derive)(run, path, levers)
    found = {name: np.asarray(slope) for name, slope in slopes.items()}
    if along is None:
        return float(value), found, margin
    summed = {name: float(np.sum(each * along[name])) for name, each in found.items()}
    return float(value), summed, margin


def _forward(
    program: Program, run: Run, path: Int[Array, ""], levers: Values, along: Values | None
) -> Derived:
    """One direction at a time: together they would cost more (SPEED.md: four at once 19 values, one 2.7)."""

    def derive(
        run: Run, path: Int[Array, ""], levers: Values, tangent: Values
    ) -> tuple[Float[Array, ""], Float[Array, ""], Margins]:
        def value(levers: Values) -> tuple[Float[Array, ""], Margins]:
            return program.value(run, path, lax.scan, levers)

        return jax.jvp(value, (levers,), (tangent,), has_aux=True)

    jitted = jax.jit(derive)
    still = {name: jnp.zeros_like(lever) for name, lever in levers.items()}
    found: dict[str, Derivative] = {}
    value, margin = float("nan"), None
    for name, lever in levers.items():
        slopes = []
        for direction in _each_direction(lever, None if along is None else along[name]):
            value, slope, margin = jitted(run, path, levers, still | {name: direction})
            slopes.append(float(slope))
        found[name] = slopes[0] if along else np.reshape(slopes, lever.shape)
    assert margin is not None  # noqa: S101  there is a direction
    return float(value), found, margin


def _each_direction(lever: Array, along: Array | None) -> Iterable[Array]:
    if along is not None:
        yield along
        return
    for element in range(lever.size):
        yield jnp.zeros(lever.size, lever.dtype).at[element].set(1).reshape(lever.shape)


def _directions(wrt: Directions, levers: Values) -> Values | None:
    """Directions in the shape of their levers; None where whole arrays of derivatives are wanted."""
    if not levers:
        raise LeverError("no lever is named")
    if not isinstance(wrt, Mapping):
        return None
    return {name: _direction(name, lever, wrt[name]) for name, lever in levers.items()}


def _direction(name: str, lever: Array, given: object) -> Array:
    try:
        direction = np.asarray(given, lever.dtype)
    except (TypeError, ValueError) as error:
        raise LeverError(f"{name}: the direction {given!r} is no number") from error
    if not np.isfinite(direction).all():
        raise LeverError(f"{name}: a direction that is not finite")
    if direction.shape not in ((), lever.shape):
        raise LeverError(
            f"{name}: a direction of shape {direction.shape}; the lever has {lever.shape}"
        )
    return jnp.asarray(np.broadcast_to(direction, lever.shape))


def _chosen(mode: Mode, levers: Values, along: Values | None) -> Literal["reverse", "forward"]:
    if mode in ("reverse", "forward"):
        return mode
    count = len(levers) if along else sum(lever.size for lever in levers.values())
    return "forward" if count <= FORWARD else "reverse"
