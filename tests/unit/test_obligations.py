"""What the funds owe, against NumPy and against what must hold between open, closed and accrued groups."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from example_country import Opening, example, project_country
from pooling.obligations import ACCRUED, CLOSED, obligations, outgo_of, without

Named = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def opening() -> Opening:
    """The example, opened."""
    return example()[1]


@pytest.fixture(scope="module")
def groups(opening: Opening) -> dict[str, Named]:
    """The central path with everybody, without entrants, and without payers."""
    models = {
        "open": opening.model,
        "closed": without(opening.model, CLOSED),
        "accrued": without(opening.model, ACCRUED),
    }
    return {name: project_country(opening, 0, model).named for name, model in models.items()}


@pytest.fixture(scope="module")
def owed(opening: Opening, groups: dict[str, Named]) -> Named:
    """The quantities."""
    return obligations(
        opening.model, groups["open"], lambda model: project_country(opening, 0, model).named
    )


def value(opening: Opening, flows: np.ndarray) -> np.ndarray:
    """Flows of ten years on 1 January of the first, each with half a year's interest of its own year."""
    rates, total, factor = np.asarray(opening.model.levers.economy.fund_return), 0.0, 1.0
    for year, rate in enumerate(rates):
        factor /= 1 + rate
        total = total + flows[..., year] * (1 + rate / 2) * factor
    return np.asarray(total)


def test_present_values_with_numpy(opening: Opening, groups: dict[str, Named], owed: Named):
    funds = groups["open"]["opening_balance"][..., 0]
    for name in ("open", "closed"):
        net = outgo_of(groups[name]) - groups[name]["contributions"]
        expected = value(opening, net) - funds
        np.testing.assert_allclose(owed[f"{name}_group_obligation"], expected, rtol=1e-10)
    paid = value(opening, outgo_of(groups["accrued"]))
    np.testing.assert_allclose(owed["accrued_liability"], paid, rtol=1e-12)


def test_nobody_joins_a_closed_group_and_nobody_pays_for_what_is_accrued(
    groups: dict[str, Named],
):
    payers = {name: each["contributors"] for name, each in groups.items()}
    # Coverage is met at the opening: the first to join do so a year later.
    assert (payers["closed"] <= payers["open"]).all()
    assert (payers["closed"] < payers["open"])[..., 1:].all()
    assert not payers["accrued"].any()
    collected = groups["open"]["contributions"]
    assert np.abs(groups["accrued"]["contributions"]).max() <= 1e-12 * collected.max()
    # Pensioners of the first year have all been members or pensioners at the opening.
    first = [outgo_of(groups[name])[..., 0] for name in ("open", "closed")]
    np.testing.assert_allclose(*first, rtol=1e-6)


def test_what_is_accrued_is_less_than_the_closed_group_draws(
    opening: Opening, groups: dict[str, Named], owed: Named
):
    drawn = {name: value(opening, outgo_of(each)) for name, each in groups.items()}
    assert (owed["accrued_liability"] < drawn["closed"]).all()
    assert (drawn["closed"] <= drawn["open"] * (1 + 1e-12)).all()


def test_the_pools_of_every_level_owe_the_same(owed: Named):
    """Nine municipalities, three provinces, one nation: the same people and benefits."""
    for name, values in owed.items():
        municipal, provincial = values[:, :9].sum(axis=1), values[:, 9:12].sum(axis=1)
        np.testing.assert_allclose(municipal, values[:, 12], rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(provincial, values[:, 12], rtol=1e-9, err_msg=name)


def test_without_members_only_pensions_in_payment_are_owed(opening: Opening):
    """Nobody has rights in the making: the closed group and what is accrued are the pensions in payment, net of assets."""
    state = eqx.tree_at(
        lambda s: [scheme.rights for scheme in s.schemes],
        opening.state,
        replace_fn=lambda rights: jax.tree.map(jnp.zeros_like, rights),
    )
    retired = replace(opening, state=state)
    central = project_country(retired, 0).named
    found = obligations(
        opening.model, central, lambda model: project_country(retired, 0, model).named
    )
    assets = central["opening_balance"][..., 0]
    owed = found["accrued_liability"]
    np.testing.assert_allclose(found["closed_group_obligation"], owed - assets, rtol=1e-10)
    # Between what dies out at 4 % and what is paid for ten years.
    first = outgo_of(project_country(retired, 0, without(opening.model, CLOSED)).named)[..., 0]
    assert (owed > 7 * first).all() and (owed < 12 * first).all()


def test_a_fund_of_a_part_of_the_horizon_owes_nothing_of_its_own():
    opened = example(("arrangements", ("stepwise",)))[1]
    central = project_country(opened, 0).named
    found = obligations(
        opened.model, central, lambda model: project_country(opened, 0, model).named
    )
    assert all(np.isnan(values).all() for values in found.values())
