"""Employees among the members of the pension funds: whom unemployment and work injury insurance cover."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from pooling.numerics import add, ratio, total
from pooling.schemes.calendar import Leaf
from pooling.schemes.scheme import Covered, Given


class Employed(eqx.Module):
    """Standard employees insured by a scheme in a year, by cell of the working ring; all of them pay."""

    insured: tuple[Leaf, ...]
    """Person-years by registration class."""
    wages: Leaf
    """Mean contribution base of the pension scheme; currency a year."""

    @property
    def everyone(self) -> Leaf:
        """Person-years of all classes."""
        return add(self.insured)

    @property
    def elsewhere(self) -> Float[Array, " m"]:
        """Person-years of people registered in another province."""
        last = total(self.insured[-1])
        return last if len(self.insured) > 1 else jnp.zeros_like(last)


def employed(covered: Covered | None, given: Given, coverage: Float[Array, " m"]) -> Employed:
    """Members of the pension funds who are no flexible workers, in the share that the scheme insures.

    Headcounts are the mean of those before and after the year's deaths; who retires in the year counts as insured in all
    of it, here and in the opening that the share is calibrated to.

    Args:
        covered: who is in the employee track; every run has an employee pension fund.
        given: of the year.
        coverage: insured over standard employees.
    """
    if covered is None:
        raise ValueError("Expected a fund of the employee pension scheme before this one.")
    flexible = ratio(covered.flexible, covered.paying)
    standard = jnp.where(covered.paying > 0, 1 - flexible, 0)
    living = given.place.geography.to_municipalities(given.dates.living)
    share = coverage[:, None] * standard * (0.5 * (1 + living))
    return Employed(
        tuple(share * heads for heads in covered.active), ratio(covered.base, covered.paying)
    )
