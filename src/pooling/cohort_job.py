"""The cohort job: what contributions buy, by birth cohort, from a program of its own on few paths."""

from collections.abc import Callable, Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pooling import compute
from pooling._version import __version__
from pooling.assumptions import Config, load_config
from pooling.axes import SEXES
from pooling.cohorts import CohortFlows, Cohorts, cohort_measures, cohorts_of, project_cohorts
from pooling.errors import PoolingError
from pooling.opening.build import open_model
from pooling.projection import Run
from pooling.vocabulary import unit_text
from pooling.year import tables_of

MOST_PATHS = 20
"""Paths beside the central one: a path leaves 150 MB of flows of a large country."""

MEASURES: Mapping[str, tuple[str, str, str]] = {
    "pv_contributions": (
        "PV of contributions",
        "currency",
        "all that is paid for the cohort from the first year on",
    ),
    "pv_awards": (
        "PV of pensions at their value at award",
        "currency",
        "first pension times annuity, by the run's rates",
    ),
    "pv_wages": (
        "PV of covered wages",
        "currency",
        "wage bill without missing years made up at the pension age",
    ),
    "money_worth": ("money's worth ratio", "ratio", "pv_awards / pv_contributions"),
    "net_transfer": ("lifetime net transfer", "currency", "pv_awards - pv_contributions"),
    "net_transfer_rate": (
        "lifetime net transfer over wages",
        "fraction",
        "net_transfer / pv_wages; negative = net tax",
    ),
    "internal_rate": (
        "internal rate of return",
        "fraction",
        "r with the sum of (award values - contributions) (1 + r)^-t = 0, award values at the run's rates",
    ),
    "replacement_rate": (
        "replacement rate",
        "fraction",
        "first pensions / mean covered wage of the year before, weighted by the new pensioners",
    ),
}
"""Measure → long name, unit, formula."""


class CohortError(PoolingError):
    """A cohort job that is not possible."""

    exit_code = 2


def run_cohorts(
    config: Config | Path | str,
    overrides: Mapping[str, object] | None = None,
    progress: Callable[[int], None] | None = None,
) -> xr.Dataset:
    """Measures of birth cohorts on the central path and on the stochastic paths of the configuration.

    Args:
        config: a loaded configuration, or the path of a TOML file.
        overrides: values by dotted path; only with a path. ``projection.paths`` may be 20 at most.
        progress: called after every realization.

    Returns:
        Every measure by scheme, birth year, sex, province and realization, and for the nation under ``…_nation``;
        ``complete`` says whose contributions and awards all lie within the run, ``opening_past`` whose rights began
        before it (their money's worth is too high).

    Raises:
        InputErrors: all problems of the configuration and its tables.
        CohortError: more paths than the job takes.
    """
    loaded = config if isinstance(config, Config) else load_config(config, overrides)
    paths = loaded.projection.paths
    if paths > MOST_PATHS:
        raise CohortError(
            f"{paths} paths: cohorts are followed on {MOST_PATHS} stochastic paths at most"
        )
    compute.prepare(loaded)
    opening = open_model(loaded)
    run = Run(opening.model, opening.state, loaded.projection.seed)
    tables = jax.jit(tables_of)(run.model)
    discount = run.model.levers.economy.fund_return
    program, cohorts = jax.jit(project_cohorts), cohorts_of(run, loaded.projection.first_year)
    found = []
    for path in range(paths + 1):
        flows = program(run, tables, jnp.int32(path), discount)
        found.append(_of_path(flows, cohorts, np.asarray(discount)))
        if progress is not None:
            progress(path + 1)
    arrays = {name: np.stack([each[name] for each in found], axis=-1) for name in found[0]}
    return _labelled(loaded, cohorts, arrays)


def _of_path(
    flows: tuple[CohortFlows, ...], cohorts: Cohorts, discount: np.ndarray
) -> dict[str, np.ndarray]:
    """Measures by province and of the nation: sums over classes, whose cells hold flows and not persons."""
    by_province = jax.tree.map(np.asarray, tuple(_all_classes(each) for each in flows))
    nation = jax.tree.map(lambda leaf: leaf.sum(axis=-3, keepdims=True), by_province)
    local = cohort_measures(by_province, cohorts, discount)
    whole = cohort_measures(nation, cohorts, discount)
    arrays = {name: getattr(local, name)[:, :, :, 0] for name in MEASURES}
    return arrays | {f"{name}_nation": getattr(whole, name)[:, :, :, 0, 0] for name in MEASURES}


def _all_classes(flows: CohortFlows) -> CohortFlows:
    """The flows with the classes added up: [y, 1, p, sex, age]; what has no class stays."""
    return jax.tree.map(
        lambda leaf: leaf.sum(axis=1, keepdims=True) if leaf.ndim == 5 else leaf, flows
    )


def _labelled(config: Config, cohorts: Cohorts, arrays: Mapping[str, np.ndarray]) -> xr.Dataset:
    provinces, info = config.assumptions.provinces, config.assumptions.info
    fields = {}
    for name, values in arrays.items():
        measure = name.removesuffix("_nation")
        long_name, unit, formula = MEASURES[measure]
        dims = (
            "scheme",
            "birth_year",
            "sex",
            *(() if name != measure else ("province",)),
            "realization",
        )
        attributes = {
            "long_name": long_name,
            "units": "1",
            "unit_text": unit_text(unit, info.currency),
            "formula": formula,
            "may_be_missing": "yes",
        }
        fields[name] = (dims, values.astype(np.float32), attributes)
    for flag in ("complete", "opening_past", "unfinished"):
        attributes = {"long_name": flag.replace("_", " "), "units": "1", "formula": "1 = yes"}
        fields[flag] = (
            ("scheme", "birth_year", "sex"),
            getattr(cohorts, flag).astype(np.int8),
            attributes,
        )
    codes = np.array([fund.code for fund in config.pension_funds], np.int32)
    coordinates = {
        "scheme": codes,
        "scheme_name": ("scheme", np.array([fund.key for fund in config.pension_funds])),
        "birth_year": np.asarray(cohorts.birth_years, np.int32),
        "sex": np.arange(len(SEXES), dtype=np.int32),
        "sex_name": ("sex", np.array(SEXES)),
        "province": provinces.code,
        "province_name": ("province", np.array(provinces.name)),
        "realization": np.arange(config.projection.paths + 1, dtype=np.int32),
    }
    attributes = {
        "Conventions": "CF-1.11",
        "title": f"Cohorts: {config.title}".encode("ascii", "backslashreplace").decode("ascii"),
        "source": f"pooling {__version__}",
        "assumptions": info.name,
        "currency": info.currency,
        "seed": str(config.projection.seed),
        "stochastic_paths": np.int32(config.projection.paths),
        "comment": "Discounted at the fund's return to the first 1 January. Cells of a province hold flows: who moves "
        "contributes in one and is awarded in another; figures of the nation follow persons.",
    }
    return xr.Dataset(fields, coordinates, attributes)
