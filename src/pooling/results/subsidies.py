"""Who pays subsidies: governments by province, and what changes when subsidies follow people instead of registers.

Scheduled subsidy is the same in every arrangement. What is paid for the insured of province q who are registered in o is
borne by q where subsidies follow the person, by o where they follow the register, or by both in the share of the rule;
the centre bears its share of the province that bears. The fund of q receives it in any case.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import dot, ratio
from pooling.results.family import LocalFlows, Named, by_scheme, years_last
from pooling.year import Model, YearResult

ByProvince = Float[Array, "y s p"]
Pairs = Float[Array, "y s p p"]


def subsidies(model: Model, path: YearResult, local: LocalFlows) -> Named:
    """Scheduled subsidy by payer under the run's rule, the effect of the rule, deficit subsidy by payer."""
    central, provincial = scheduled(model, path)
    amount = central + provincial
    tier = ratio(central, amount)
    followed = for_registered_elsewhere(model, path)
    person = model.levers.subsidy_person_share[:, None, None]
    borne = [
        _borne(amount, tier, followed, share)
        for share in (person, jnp.ones_like(person), jnp.zeros_like(person))
    ]
    named = {
        "scheduled_subsidy_payer_province": years_last(borne[0]),
        "subsidy_register_to_person_province": years_last(borne[1] - borne[2]),
        "deficit_subsidy_payer_province": _deficits(model, path, local),
    }
    return named


def scheduled(model: Model, path: YearResult) -> tuple[ByProvince, ByProvince]:
    """Scheduled subsidy of the centre and of the provinces, by place of insurance."""
    membership = model.levers.geography.membership
    central, provincial = (
        dot(by_scheme(path, lambda flow, p, k=k: flow.scheduled_subsidy[p][..., k, :]), membership)
        for k in range(2)
    )
    return central, provincial


def for_registered_elsewhere(model: Model, path: YearResult) -> Pairs:
    """Scheduled subsidy paid at [.., insured] for people registered in another province [.., registered, insured]."""
    membership = model.levers.geography.membership
    central, provincial = scheduled(model, path)
    elsewhere = dot(by_scheme(path, lambda flow, _: flow.contributors_elsewhere), membership)
    everybody = dot(by_scheme(path, lambda flow, _: flow.contributors), membership)
    share = ratio(elsewhere, everybody)
    # registrations: [residence, registration]; whoever is registered where he lives is not elsewhere.
    here = jnp.eye(path.registrations.shape[-1], dtype=share.dtype)[None]
    origins = path.registrations * (1 - here)
    return jnp.moveaxis(origins, 1, 2)[:, None] * ((central + provincial) * share)[:, :, None, :]


def _borne(
    amount: ByProvince, tier: ByProvince, followed: Pairs, person: Float[Array, "y 1 1"]
) -> Float[Array, "y s payer p"]:
    """Amounts by payer and province that bears them (municipality, province, centre)."""
    lent = (1 - person) * jnp.sum(followed, axis=2)
    taken = (1 - person) * jnp.sum(followed, axis=3)
    borne = amount - lent + taken
    return jnp.stack([jnp.zeros_like(borne), (1 - tier) * borne, tier * borne], axis=2)


def _deficits(
    model: Model, path: YearResult, local: LocalFlows
) -> Float[Array, "s arrangement payer p y"]:
    """Deficit subsidy by payer and province: that of a pool goes to its provinces as its outgo does."""
    membership, year = model.levers.geography.membership, path.funds
    payers = range(year.deficit_payer.shape[1])
    of_outgo = [
        model.pooling.of_pool(ratio(year.deficit_payer[:, payer], year.outgo)) for payer in payers
    ]
    found = [dot(share * local.benefits, membership) for share in of_outgo]
    return years_last(jnp.stack(found, axis=3))
