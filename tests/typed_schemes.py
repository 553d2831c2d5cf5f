"""A program: every scheme of the example for two years, compiled, with the shapes of all arrays checked.

Run in a process of its own, because shapes are checked in modules imported after the hook, and precision is set once. The
environment variable ``JAX_ENABLE_X64`` chooses it. Prints the flows of the second year by fund, as JSON.
"""

import json
import sys

import jax
from jaxtyping import install_import_hook

CHECKED = (
    "pooling.coverage",
    "pooling.drivers",
    "pooling.numerics",
    "pooling.parameters.model",
    "pooling.population",
    "pooling.schemes",
    "pooling.state",
    "pooling.year",
)
"""Rooms that a scheme's year passes through."""


def main() -> None:
    """Compile and run; any array of another shape or kind than its annotation is an error."""
    jax.config.update("jax_numpy_rank_promotion", "raise")
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    with install_import_hook(CHECKED, "beartype.beartype"):
        import jax.numpy as jnp

        from example_country import EXAMPLE, SEED, open_country
        from pooling.drivers.economy import draw
        from pooling.parameters.model import in_year
        from pooling.schemes.registry import SCHEMES, module_of
        from pooling.year import given_in_year, tables_in
    config, opening = open_country(EXAMPLE.with_name("example_all.toml"))
    model, state = opening.model, opening.state
    drivers = draw(model.levers.economy, SEED, jnp.int32(0))
    stocks, found = list(state.schemes), {}
    for elapsed in map(jnp.int32, range(2)):
        driven = jax.tree.map(lambda leaf, t=elapsed: leaf[t], drivers)
        tables = jax.jit(tables_in)(model, elapsed)
        given = jax.jit(given_in_year)(model, tables, state, driven, state.reference_wage, elapsed)
        covered = None
        for place, (fund, levers) in enumerate(
            zip(config.funds, model.levers.schemes, strict=True)
        ):
            scheme, rules = module_of(levers), in_year(levers, elapsed)
            laid = jax.jit(scheme.tables)(rules, model.levers.economy, model.rings, elapsed)
            after = jax.jit(scheme.advance)(rules, laid, given, covered, stocks[place])
            stocks[place], covered = after.stocks, after.covered
            sums = [float(jnp.sum(leaf)) for leaf in jax.tree.leaves(after.flows)]
            found[fund.key] = {"module": fund.module, "flows": sums}
    kinds = {leaf.dtype.name for leaf in jax.tree.leaves((stocks, state.persons))}
    met = {type(levers) for levers in model.levers.schemes}
    missed = [levers.__name__ for levers in SCHEMES if levers not in met]
    json.dump({"funds": found, "kinds": sorted(kinds), "missed": missed}, sys.stdout)


if __name__ == "__main__":
    main()
