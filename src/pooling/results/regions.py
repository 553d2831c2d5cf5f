"""Municipal and provincial flows that no arrangement changes (the first benefit policy's), people and wages."""

import jax.numpy as jnp

from pooling.axes import REGISTERED_ELSEWHERE, REGISTERED_HERE, REGISTERED_IN_PROVINCE
from pooling.numerics import add, dot
from pooling.results.family import Municipal, Named, by_scheme, years_last
from pooling.year import Model, YearResult

FLOWS: dict[str, Municipal] = {
    "wage_bill": lambda flow, policy: flow.wage_bill,
    "contributions": lambda flow, policy: flow.contributions,
    "benefits": lambda flow, policy: flow.outgo(policy),
    "contributors": lambda flow, policy: flow.contributors,
    "beneficiaries": lambda flow, policy: flow.beneficiaries,
}

BENEFITS: dict[str, Municipal] = {
    "cash_benefits_province": lambda flow, policy: flow.cash_benefits,
    "medical_benefits_province": lambda flow, policy: flow.medical_benefits,
    "prevention_spending_province": lambda flow, policy: flow.prevention,
}
"""Kinds of benefit that only some schemes have."""

CLASSES = {
    "local": REGISTERED_HERE,
    "intraprovincial": REGISTERED_IN_PROVINCE,
    "interprovincial": REGISTERED_ELSEWHERE,
}


def regions(model: Model, path: YearResult) -> Named:
    """Quantities by scheme and municipality or province."""
    membership = model.levers.geography.membership
    named: Named = {}
    for name, flow in FLOWS.items():
        local = by_scheme(path, flow)
        named[f"{name}_municipality"] = years_last(local)
        named[f"{name}_province"] = years_last(dot(local, membership))
    for name, flow in BENEFITS.items():
        named[name] = years_last(dot(by_scheme(path, flow), membership))
    everyone = add(path.people)
    named["population_municipality"] = years_last(everyone)
    named["population_province"] = years_last(dot(everyone, membership))
    for name, index in CLASSES.items():
        # A population without registration classes is registered where it lives.
        people = path.people[index] if index < len(path.people) else jnp.zeros_like(everyone)
        named[f"population_{name}_province"] = years_last(dot(people, membership))
    named["average_wage_province"] = years_last(path.wage)
    named["reference_wage_province"] = years_last(path.reference_wage)
    return named
