"""What an installation proves of itself: the laws of a run on the example country, and agreement with a stored run."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import xarray as xr

from pooling import compute, job, netcdf
from pooling.assumptions import Config, load_config
from pooling.compute import Machine
from pooling.opening.build import Opening, open_model
from pooling.package import versions
from pooling.proof import reference
from pooling.proof.account import (
    EXPENDITURE,
    INCOME,
    Named,
    account_gap,
    carried_gap,
    excess,
    gross_flow,
)
from pooling.proof.people import books
from pooling.proof.shipped import example_run, places

SMALL: Mapping[str, object] = MappingProxyType(
    {"projection.last_year": 2034, "projection.paths": 3, "output.all_paths": True}
)
"""Ten years, three paths and the central one."""
FEWER_PATHS = 1
CALM: Mapping[str, object] = MappingProxyType(
    {
        f"economy.{driver}.{level}.sigma": 0.0
        for driver in ("wages", "migration")
        for level in ("national", "province")
    }
)
"""Volatility zero."""
LEVELS_AGREE = ("contributions", "pensions", "contributors", "beneficiaries", "scheduled_subsidy")
"""What no pooling level of the example changes."""


class Limits(NamedTuple):
    """What rounding may do in a precision."""

    gap: float
    """Of the gross flow or of the people of a year."""
    digits: float
    """Decimal digits that a run on another machine must agree in."""


LIMITS: Mapping[str, Limits] = MappingProxyType({"double": Limits(1e-12, 9.0)})
"""By ``compute.precision``."""


@dataclass(frozen=True)
class Verdict:
    """One thing that was tested.

    Attributes:
        law: what must hold, in words.
        holds: whether it does.
        found: the figure that says so.
    """

    law: str
    holds: bool
    found: str


@dataclass(frozen=True)
class SelfTest:
    """What was found.

    Attributes:
        environment: name → device, precision and versions in use.
        verdicts: the laws.
        digits: quantity → decimal digits in which its totals agree with the stored run.
        digits_needed: fewest that are enough.
    """

    environment: Mapping[str, str]
    verdicts: tuple[Verdict, ...]
    digits: Mapping[str, float]
    digits_needed: float

    @property
    def holds(self) -> bool:
        """Whether all laws hold and all digits agree."""
        return not self.failed

    @property
    def failed(self) -> list[str]:
        """What does not hold, in words."""
        laws = [f"{each.law} ({each.found})" for each in self.verdicts if not each.holds]
        few = [
            f"{name} agrees in {count:.1f} digits with the stored run, {self.digits_needed:.0f} are needed"
            for name, count in self.digits.items()
            if not count >= self.digits_needed
        ]
        return laws + few

    def text(self) -> str:
        """Environment, laws and digits, a line each, and the verdict."""
        lines = [f"{name:<12}{value}" for name, value in self.environment.items()]
        lines += ["", "laws on the example country"]
        lines += [
            f"  {'holds' if each.holds else 'FAILS'}  {each.law}: {each.found}"
            for each in self.verdicts
        ]
        lines += ["", f"digits agreed with the stored run (needed: {self.digits_needed:.0f})"]
        lines += [f"  {count:4.1f}  {name}" for name, count in self.digits.items()]
        return "\n".join([*lines, "", *self._conclusion()])

    def _conclusion(self) -> list[str]:
        if self.holds:
            return ["self-test passed"]
        return ["self-test FAILED:", *(f"  {each}" for each in self.failed)]


def self_test(progress: Callable[[str], None] = lambda step: None) -> SelfTest:
    """Run the example country and prove the laws on it, with the installed packages on the device in use.

    Args:
        progress: called with the name of every step before it begins.

    Raises:
        InstallationError: the example country is not part of the installation.
    """
    progress("running the example country")
    config = small_run()
    machine = compute.prepare(config)
    limits = LIMITS[machine.precision]
    dataset = job.run(config)
    progress("people")
    opening = open_model(config)
    verdicts = [people_are_conserved(config, opening, dataset, limits.gap)]
    progress("money")
    verdicts += money_is_conserved(dataset, limits.gap)
    progress("without volatility")
    verdicts.append(calm_paths_are_central(dataset, job.run(small_run(CALM))))
    progress("with fewer paths")
    fewer = job.run(small_run({"projection.paths": FEWER_PATHS}))
    verdicts.append(paths_keep_their_numbers(dataset, fewer))
    progress("file")
    verdicts.append(file_gives_it_back(dataset))
    return SelfTest(
        environment=_environment(machine),
        verdicts=tuple(verdicts),
        digits=reference.digits_agreed(reference.totals_of(dataset), reference.stored()),
        digits_needed=limits.digits,
    )


def reference_run() -> xr.Dataset:
    """The run that is compared with the stored one."""
    return job.run(small_run())


def small_run(more: Mapping[str, object] = MappingProxyType({})) -> Config:
    """The configuration of the self-test.

    Args:
        more: further overrides by dotted path.

    Raises:
        InstallationError: the example country is not part of the installation.
    """
    return load_config(example_run(places()), {**SMALL, **more})


def _environment(machine: Machine) -> dict[str, str]:
    return {
        "device": f"{machine.device} ({machine.backend})",
        "precision": machine.precision,
        **versions(),
    }


def people_are_conserved(
    config: Config, opening: Opening, dataset: xr.Dataset, rounding: float
) -> Verdict:
    """Every path's people are those of a bookkeeping by age, whose own year adds up.

    Args:
        config: the run.
        opening: its opening.
        dataset: its results with all paths.
        rounding: largest gap over the people of the country.
    """
    persons, gaps = opening.population.persons, []
    for realization in dataset["realization"].values:
        found = books(
            opening.model.levers,
            persons,
            np.asarray(opening.state.origin),
            config.projection.seed,
            int(realization),
        )
        engine = dataset["population_municipality"].sel(realization=realization).values.T
        before = persons.sum()
        for year, living in zip(found, engine, strict=True):
            change = year.change.births - year.change.deaths + year.change.net_migration
            by_place = np.abs(year.people.sum(axis=(0, 1, 2)) - living).max()
            gaps += [abs(living.sum() - before - change) / before, by_place / before]
            before = living.sum()
    return _rounded("people = people before + births - deaths + migrants", gaps, rounding)


def money_is_conserved(dataset: xr.Dataset, rounding: float) -> Iterator[Verdict]:
    """Accounts close, transfers sum to zero, pooling levels agree: on the central path for all funds, on all paths for
    those whose paths are kept.

    Args:
        dataset: results with all paths.
        rounding: largest gap over the gross flow.
    """
    views = [funds_of(dataset, "_central"), funds_of(dataset, "")]
    gaps = [excess(account_gap(each), gross_flow(each)) for each in views]
    yield _rounded("every fund's account closes", gaps, rounding)
    carried = max(float(np.abs(carried_gap(each)).max()) for each in views)
    yield Verdict("a year opens with the balance it was left", carried == 0, f"{carried:.1e}")
    yield _rounded("transfers sum to zero", _transfers(dataset), rounding)
    yield _rounded("pooling levels agree in sums", _between_levels(dataset), rounding)


def funds_of(dataset: xr.Dataset, form: str) -> Named:
    """The accounts of the funds by quantity, the year last.

    Args:
        dataset: results with all paths.
        form: ``_central`` for all funds on the central path, empty for those whose paths are kept.
    """
    names = ("opening_balance", "fund_balance", *INCOME, *EXPENDITURE)
    return {name: dataset[f"{name}{form}"].values for name in names}


def _transfers(dataset: xr.Dataset) -> list[float]:
    """Net transfers between provinces, in their two versions, and settlements between pools: gaps over benefits."""
    benefits = dataset["benefits_province"].sum("province")
    gaps = [
        dataset[name].sum("province") / benefits
        for name in ("net_transfer_province", "net_transfer_cash_province")
    ]
    settled = dataset["settlement_net_central"].groupby("fund_arrangement").sum()
    gaps.append(settled / benefits.sel(realization=0))
    return [float(np.abs(gap.values).max()) for gap in gaps]


def _between_levels(dataset: xr.Dataset) -> list[float]:
    """Largest differences between the nation's totals by arrangement, over the total."""
    gaps = []
    for name in LEVELS_AGREE:
        totals = dataset[f"{name}_central"].groupby("fund_arrangement").sum()
        first = totals.isel(fund_arrangement=0)
        gaps.append(excess((totals - first).values, np.abs(first.broadcast_like(totals).values)))
    return gaps


def calm_paths_are_central(dataset: xr.Dataset, calm: xr.Dataset) -> Verdict:
    """With volatility zero every path is the central one, and that of the run with volatility, bit for bit.

    Args:
        dataset: a run with volatility.
        calm: the same without.
    """
    central = dataset.sel(realization=0, drop=True)
    different = [
        name
        for name in _by_path(calm)
        for k in calm["realization"].values
        if not same_bits(calm[name].sel(realization=k).values, central[name].values)
    ]
    return _equal("volatility zero = the central path, bit for bit", different)


def paths_keep_their_numbers(dataset: xr.Dataset, fewer: xr.Dataset) -> Verdict:
    """A path is the same whatever the number of paths.

    Args:
        dataset: a run.
        fewer: the same with fewer paths.
    """
    same = dataset.isel(realization=slice(0, fewer.sizes["realization"]))
    names = _by_path(fewer)
    different = [name for name in names if not same_bits(same[name].values, fewer[name].values)]
    return _equal("a path does not depend on the number of paths, bit for bit", different)


def file_gives_it_back(dataset: xr.Dataset) -> Verdict:
    """What is written and read back is what was held, bit for bit.

    Args:
        dataset: results.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "self-test.nc"
        netcdf.save(dataset, file)
        again = netcdf.open(file)
    different = [
        str(name)
        for name in dataset.variables
        if name not in again.variables or not same_bits(dataset[name].values, again[name].values)
    ]
    return _equal("the file gives back what was written, bit for bit", different)


def same_bits(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether two arrays hold the same; missing equals missing.

    Args:
        left, right: arrays of numbers or texts.
    """
    if left.dtype.kind == "f":
        return left.dtype == right.dtype and np.array_equal(left, right, equal_nan=True)
    return np.array_equal(left, right)


def _by_path(dataset: xr.Dataset) -> list[str]:
    """Variables that a run has path by path."""
    return [str(name) for name in dataset.data_vars if "realization" in dataset[name].dims]


def _rounded(law: str, gaps: list[float], rounding: float) -> Verdict:
    # NumPy's maximum, unlike Python's, does not lose a NaN.
    gap = float(np.max(gaps))
    return Verdict(law, gap <= rounding, f"gap {gap:.1e}, rounding allows {rounding:.0e}")


def _equal(law: str, different: list[str]) -> Verdict:
    names = list(dict.fromkeys(different))
    found = f"{len(names)} variables differ, first {names[0]}" if names else "equal"
    return Verdict(law, not names, found)
