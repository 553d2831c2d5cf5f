"""The pools of an arrangement on the fund axis, and the combinations of its terms that mean nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.arrangements import BenefitPolicy, Terms
from pooling.assumptions.model import Arrangement, AssumptionSet

LEVELS = ("municipality", "province", "nation")


@dataclass(frozen=True)
class Layout:
    """The pools of a partition, in the order of the fund axis."""

    partition: str
    pool: NDArray[np.integer]
    """Pool of every municipality."""
    codes: NDArray[np.integer]
    """Codes of the pools, ascending; 0 is the nation."""
    reserves: NDArray[np.integer]
    """Codes of the provinces whose adjustment funds come after the pools."""

    @property
    def funds(self) -> int:
        """Pools and adjustment funds."""
        return len(self.codes) + len(self.reserves)


def layouts_of(assumptions: AssumptionSet, declared: Arrangement) -> tuple[Layout, ...]:
    """The partitions of an arrangement, laid end to end on the fund axis in this order.

    With and without adjustment funds is not the same partition: where those end, what they hold goes to the pools.
    """
    codes = assumptions.provinces.code
    return tuple(
        Layout(name, *_pools(assumptions, declared, name), codes if reserves else codes[:0])
        for name, reserves in dict.fromkeys(map(partition_of_terms, declared.all_terms))
    )


def partition_of_terms(terms: Terms) -> tuple[str, bool]:
    """Name of the partition, and whether provinces have adjustment funds beside it."""
    return terms.partition, terms.settlement == "adjustment_fund"


def _pools(
    assumptions: AssumptionSet, declared: Arrangement, name: str
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Pool index of every municipality, and the pools' codes."""
    cities = assumptions.municipalities
    labels = {
        "municipality": lambda: cities.code,
        "province": lambda: assumptions.provinces.code[cities.province_index],
        "nation": lambda: np.zeros(len(cities.code), dtype=np.int64),
    }
    grouped = labels.get(name) or (
        lambda: np.array([declared.groupings[name].pools[int(code)] for code in cities.code])
    )
    codes, index = np.unique(grouped(), return_inverse=True)
    return index, codes


def unsupported_terms(assumptions: AssumptionSet, declared: Arrangement) -> list[str]:
    """Combinations of an arrangement's terms that mean nothing, one text each."""
    problems = []
    partitions = {terms.partition for terms in declared.all_terms} - {*LEVELS}
    # A grouping that cannot be read has been reported.
    readable = partitions <= set(declared.groupings)
    layouts = layouts_of(assumptions, declared) if readable else ()
    by_partition = {each.partition: each for each in layouts}
    for terms in declared.all_terms:
        layout = by_partition.get(terms.partition)
        if terms.reserves_pooled != 1.0:
            problems.append(
                f"reserves_pooled must be 1; got {terms.reserves_pooled}: a pool has one balance"
            )
        if terms.within == "province" and layout and _spans_provinces(assumptions, layout):
            problems.append(
                f"pools of {terms.partition} cannot settle within a province: some span several"
            )
        if terms.levy == "auto" and (terms.within, terms.partition) != ("nation", "province"):
            problems.append(
                "levy 'auto' is solved on the provinces of the nation: partition must be 'province', within 'nation'"
            )
    return [f"arrangement {declared.key}: {text}" for text in dict.fromkeys(problems)]


def _spans_provinces(assumptions: AssumptionSet, layout: Layout) -> bool:
    provinces = assumptions.municipalities.province_index
    return len(set(zip(layout.pool, provinces, strict=True))) > len(layout.codes)


def unsupported_policies(policy: BenefitPolicy) -> Iterator[tuple[str, str]]:
    """Fields of a benefit policy that a run cannot have, each with its text."""
    for name in ("floor", "cap"):
        if getattr(policy, name) != "province":
            yield (
                name,
                f"benefit policy {policy.key}: {name} must be the province's; got {getattr(policy, name)}: members have "
                "one base, and so one set of rights, in every arrangement",
            )
