"""The cohort job: what contributions buy, by birth cohort, from a program of its own on few paths."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from pooling import compute
from pooling.assumptions import Config, loaded_config
from pooling.axes import SEXES
from pooling.cohorts import (
    BENEFITS_AGAINST_COSTS,
    GROUPS,
    CohortFlows,
    Cohorts,
    cohort_measures,
    cohorts_of,
    of_nation,
    of_places,
    project_cohorts,
)
from pooling.dataset import global_attributes
from pooling.errors import PoolingError
from pooling.opening.build import open_model
from pooling.projection import Run
from pooling.record import record_of
from pooling.vocabulary import unit_text
from pooling.year import tables_of

MOST_PATHS = 20
"""Paths beside the central one: a path leaves 150 MB of flows of a large country."""

LABELS = {
    "scheme": "code of the scheme",
    "scheme_name": "key of the scheme",
    "birth_year": "year of birth",
    "sex": "code of the sex",
    "sex_name": "sex",
    "history": "code of the history of migration",
    "history_name": "history of migration",
    "province": "code of the province",
    "province_name": "name of the province",
    "realization": "stochastic path, 0 = central",
}
"""Axis or name along it → what it is."""

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
DIFFERENCES = ("money_worth", "net_transfer_rate", "internal_rate", "replacement_rate")
"""Measures of the nation of which the difference of migrants and stayers is written."""

COHORT = ("scheme", "birth_year", "sex")
FORMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "_migrant_minus_stayer": (
        ", nation: migrants less stayers",
        (*COHORT, "realization"),
    ),
    "_nation": (", nation", (*COHORT, "history", "realization")),
    "": ("", (*COHORT, "history", "province", "realization")),
}
"""End of a variable's name → what its long name adds to the measure's, and its axes."""

OF_PLACES = (
    "Flows of the place: what migrants pay and are awarded stands where they live at the time."
)
OF_STAYERS = (
    "By province of stayers only; missing for all and for migrants, who pay in one province and are "
    "awarded in another."
)
OF_CLAIMANTS = "Of those who live in the province when they claim."


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
        Every measure by scheme, birth year, sex, history (all, stayers, migrants), province and realization, for the
        nation under ``…_nation``, some as the difference ``…_migrant_minus_stayer``; what a province cannot say of
        migrants is missing there. ``complete`` says whose contributions and awards all lie within the run,
        ``opening_past`` whose rights began before it (their money's worth is too high).

    Raises:
        InputErrors: all problems of the configuration and its tables.
        CohortError: more paths than the job takes.
    """
    loaded = loaded_config(config, overrides)
    paths = loaded.projection.paths
    if paths > MOST_PATHS:
        raise CohortError(
            f"{paths} paths: cohorts are followed on {MOST_PATHS} stochastic paths at most"
        )
    begin, machine = time.perf_counter(), compute.prepare(loaded)
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
    record = record_of(loaded, machine, time.perf_counter() - begin, {})
    return _labelled(loaded, cohorts, arrays, global_attributes(record, paths))


def _of_path(
    flows: tuple[CohortFlows, ...], cohorts: Cohorts, discount: np.ndarray
) -> dict[str, np.ndarray]:
    """Measures by province, of the nation, and the difference between migrants and stayers there."""
    by_province = of_places(cohort_measures(flows, cohorts, discount))
    nation = cohort_measures([of_nation(each) for each in flows], cohorts, discount)
    arrays = {name: getattr(by_province, name) for name in MEASURES}
    arrays |= {f"{name}_nation": getattr(nation, name)[..., 0] for name in MEASURES}
    return arrays | {
        f"{name}_migrant_minus_stayer": nation.migrant_minus_stayer(name)[..., 0]
        for name in DIFFERENCES
    }


def _measure_of(name: str) -> tuple[str, str]:
    """Measure of a variable, and the end of its name."""
    end = next(end for end in FORMS if name.endswith(end))
    return name.removesuffix(end), end


def _attributes(name: str, currency: str) -> dict[str, str]:
    measure, end = _measure_of(name)
    long_name, unit, formula = MEASURES[measure]
    attributes = {
        "long_name": long_name + FORMS[end][0],
        "units": "1",
        "unit_text": unit_text(unit, currency),
        "formula": formula,
        "may_be_missing": "yes",
    }
    return attributes | ({} if end else {"comment": _of_whom(measure)})


def _of_whom(measure: str) -> str:
    """Whose figures a measure by province holds."""
    if measure in BENEFITS_AGAINST_COSTS:
        return OF_STAYERS
    return OF_CLAIMANTS if measure == "replacement_rate" else OF_PLACES


def _labelled(
    config: Config,
    cohorts: Cohorts,
    arrays: Mapping[str, np.ndarray],
    record: Mapping[str, object],
) -> xr.Dataset:
    provinces, info = config.assumptions.provinces, config.assumptions.info
    fields = {
        name: (
            FORMS[_measure_of(name)[1]][1],
            values.astype(np.float32),
            _attributes(name, info.currency),
        )
        for name, values in arrays.items()
    }
    for flag in ("complete", "opening_past", "unfinished"):
        attributes = {"long_name": flag.replace("_", " "), "units": "1", "formula": "1 = yes"}
        fields[flag] = (
            COHORT,
            getattr(cohorts, flag).astype(np.int8),
            attributes,
        )
    codes = np.array([fund.code for fund in config.pension_funds], np.int32)
    labels = {
        "scheme": codes,
        "scheme_name": np.array([fund.key for fund in config.pension_funds]),
        "birth_year": np.asarray(cohorts.birth_years, np.int32),
        "sex": np.arange(len(SEXES), dtype=np.int32),
        "sex_name": np.array(SEXES),
        "history": np.arange(len(GROUPS), dtype=np.int32),
        "history_name": np.array(GROUPS),
        "province": provinces.code,
        "province_name": np.array(provinces.name),
        "realization": np.arange(config.projection.paths + 1, dtype=np.int32),
    }
    coordinates = {
        name: (name.removesuffix("_name"), values, {"long_name": LABELS[name]})
        for name, values in labels.items()
    }
    attributes = {
        **record,
        "title": f"Cohorts: {record['title']}",
        "summary": "What birth cohorts pay into the funds and get out of them, by sex and history of migration.",
        "comment": "Discounted at the fund's return to the first 1 January. Stayers live in the province of their "
        "registration as long as they are members, until they die, are awarded their pension or the run ends; everybody "
        "else is a migrant, those who have come home and those registered in another province at the opening included. "
        "Figures of the nation and of stayers follow persons; those of all and of migrants by province do not.",
    }
    return xr.Dataset(fields, coordinates, attributes)
