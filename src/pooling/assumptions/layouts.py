"""The pools of an arrangement on the fund axis, and the combinations of its terms that mean nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions.arrangements import BenefitPolicy, Terms
from pooling.assumptions.model import Arrangement, AssumptionSet

LEVELS = ("municipality", "province", "nation")

Holder = Literal["province", "municipality"]
"""Who has reserve funds beside the pools."""


@dataclass(frozen=True)
class Layout:
    """The pools of a partition, in the order of the fund axis."""

    partition: str
    pool: NDArray[np.integer]
    """Pool of every municipality."""
    codes: NDArray[np.integer]
    """Codes of the pools, ascending; 0 is the nation."""
    reserves: NDArray[np.integer]
    """Codes of the provinces or municipalities whose reserve funds come after the pools."""
    holder: Holder | None
    """Which of the two: provinces an adjustment fund, municipalities what they did not pool."""

    @property
    def funds(self) -> int:
        """Pools and reserve funds."""
        return len(self.codes) + len(self.reserves)


def layouts_of(assumptions: AssumptionSet, declared: Arrangement) -> tuple[Layout, ...]:
    """The partitions of an arrangement, laid end to end on the fund axis in this order.

    With and without reserve funds is not the same partition: where those end, what they hold goes to the pools.
    """
    codes = {
        "province": assumptions.provinces.code,
        "municipality": assumptions.municipalities.code,
    }
    return tuple(
        Layout(
            name,
            *_pools(assumptions, declared, name),
            codes[holder] if holder else np.zeros(0, np.int64),
            holder,
        )
        for name, holder in dict.fromkeys(map(partition_of_terms, declared.all_terms))
    )


def partition_of_terms(terms: Terms) -> tuple[str, Holder | None]:
    """Name of the partition, and who has reserve funds beside it."""
    if terms.settlement == "adjustment_fund":
        return terms.partition, "province"
    return terms.partition, "municipality" if terms.reserves_pooled < 1 else None


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
        if terms.reserves_pooled != 1.0 and terms.settlement == "adjustment_fund":
            problems.append(
                f"reserves_pooled must be 1 with settlement 'adjustment_fund'; got {terms.reserves_pooled}: "
                "a shortfall would have two reserves to draw on first"
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
                "one base, and so one set of rights, in every arrangement; the law's limit_wage_national and "
                "limit_wage_municipal change it in all of them",
            )
