"""How cohorts are laid out in memory; nothing outside this module knows it.

A cohort keeps its column for as long as it stays in an age window, so ageing moves no memory: the tables, stored in age
order, are aligned to the cohorts once a year by one contiguous slice of a doubled table. A leaf has shape
``[municipality, 2 * size]``; the people aged ``age`` on 1 January, ``elapsed`` years after the opening, are in slot
``(age - elapsed) % size``. Slots lie in blocks of 25, men before women in each:
column ``slot // 25 * 50 + sex * 25 + slot % 25``. Half of a ring is thus half of the columns.

Every ring has 100, 50 or 25 slots, so a cohort's slot in a ring is its slot in a larger one modulo the smaller size:
rights, pensions in payment, awards and people of one cohort meet column by column, without moving anything.

Municipalities come first because migration sums and expands over provinces: with whole rows to add and to copy a leaf
took 0.12 ms, with municipalities last 0.35 ms (341 municipalities, 100 columns, double, one core).
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int, Shaped

FULL = 100
HALF = 50
BLOCK = 25
"""Slots that lie side by side; every ring is one, two or four such blocks."""


class Turn(eqx.Module):
    """Where the ages of a ring are in one year; made for all years at once, before the first path."""

    leaving: Bool[Array, " row"]
    """The cohorts that turn ``last + 1`` at the end of the year."""
    oldest: Int[Array, ""]
    """Their slot."""
    upper: Bool[Array, " row"]
    """Whether a cohort is in the upper half of a ring of twice the size."""


class Ring(eqx.Module):
    """The age window ``first`` … ``first + size - 1`` of cohorts that stay in place."""

    first: int = eqx.field(static=True)
    size: int = eqx.field(static=True)

    @property
    def last(self) -> int:
        """Oldest age of the window."""
        return self.first + self.size - 1

    def ages(self, elapsed: Int[Array, ""]) -> Int[Array, " slot"]:
        """Age on 1 January of every slot, ``elapsed`` years after the opening."""
        slots = jnp.arange(self.size, dtype=elapsed.dtype)
        return self.first + (slots + elapsed - self.first) % self.size

    def turn(self, elapsed: Int[Array, ""]) -> Turn:
        """The ring ``elapsed`` years after the opening."""
        ages = self.ages(elapsed)
        return Turn(
            leaving=_columns(jnp.stack([ages == self.last] * 2)),
            oldest=(self.last - elapsed) % self.size,
            upper=_columns(jnp.stack([(ages - elapsed) % (2 * self.size) >= self.size] * 2)),
        )

    @jax.jit
    def align(
        self, table: Float[Array, "*m 2 a"], elapsed: Int[Array, ""]
    ) -> Float[Array, "*m row"]:
        """Bring a table in age order (the ages of this window) onto the cohorts, ``elapsed`` years after the opening."""
        doubled = jnp.concatenate([table, table], axis=-1)
        start = (elapsed - self.first) % self.size
        return _columns(lax.dynamic_slice_in_dim(doubled, start, self.size, axis=-1))

    def from_ages(self, stock: Float[Array, "*m 2 a"]) -> Float[Array, "*m row"]:
        """Lay a stock given in age order on the ring at the opening."""
        return self.align(stock, jnp.zeros((), jnp.int32))

    def by_age(self, leaf: Float[Array, "m row"], elapsed: Int[Array, ""]) -> Float[Array, "m 2 a"]:
        """A leaf in age order (for reading results, not for the yearly step)."""
        ages = jnp.arange(self.first, self.last + 1, dtype=elapsed.dtype)
        slots = (ages - elapsed) % self.size
        return _by_sex(leaf)[:, :, slots]

    def cut(self, outer: "Ring", table: Float[Array, "*m 2 b"]) -> Float[Array, "*m 2 a"]:
        """The ages of this window of a table in age order over the ages of a wider one."""
        return table[..., self.first - outer.first : self.last + 1 - outer.first]

    def within(
        self, outer: "Ring", leaf: Float[Array, "m wide"], turn: Turn
    ) -> Float[Array, "m row"]:
        """The cohorts of this window of a leaf on a ring of the same size or twice it.

        Args:
            outer: ring of the leaf, whose ages hold those of this window.
            leaf: any stock of it.
            turn: of this ring.
        """
        if self.size == outer.size:
            return leaf
        lower, upper = jnp.split(leaf, 2, axis=1)
        return jnp.where(turn.upper[None], upper, lower)

    def onto(
        self, outer: "Ring", leaf: Float[Array, "m row"], turn: Turn
    ) -> Float[Array, "m wide"]:
        """A leaf of this window laid on a ring of the same size or twice it, zero elsewhere: undoes :meth:`within`."""
        if self.size == outer.size:
            return leaf
        halves = jnp.stack([~turn.upper, turn.upper])
        # Not a concatenation: a loop that joins two arrays is not vectorised.
        return jnp.where(halves[None], leaf[:, None], 0).reshape(leaf.shape[0], -1)


def _columns(slots: Shaped[Array, "*m 2 slot"]) -> Shaped[Array, "*m row"]:
    """Slots by sex laid side by side, block by block."""
    blocks = slots.reshape(*slots.shape[:-1], -1, BLOCK)
    return jnp.moveaxis(blocks, -3, -2).reshape(*slots.shape[:-2], -1)


def _by_sex(leaf: Float[Array, "m row"]) -> Float[Array, "m 2 slot"]:
    """Undoes :func:`_columns`."""
    blocks = leaf.reshape(leaf.shape[0], -1, 2, BLOCK)
    return jnp.moveaxis(blocks, 1, 2).reshape(leaf.shape[0], 2, -1)


def leavers(leaf: Float[Array, "m row"], turn: Turn) -> Float[Array, "m 2"]:
    """The people who leave the window at the end of the year."""
    blocks = leaf.reshape(leaf.shape[0], -1, 2, BLOCK)
    block = lax.dynamic_index_in_dim(blocks, turn.oldest // BLOCK, axis=1, keepdims=False)
    return lax.dynamic_index_in_dim(block, turn.oldest % BLOCK, axis=2, keepdims=False)


def renew(
    leaf: Float[Array, "m row"], turn: Turn, entrants: Float[Array, "m 2"]
) -> Float[Array, "m row"]:
    """Replace the people who leave the window by the cohort that enters it."""
    newest = _columns(jnp.repeat(entrants[:, :, None], leaf.shape[1] // 2, axis=2))
    return jnp.where(turn.leaving[None], newest, leaf)


def empty(leaf: Float[Array, "m row"], turn: Turn) -> Float[Array, "m row"]:
    """Take out the people who leave the window."""
    return jnp.where(turn.leaving[None], 0, leaf)


LIFE = Ring(0, FULL)
"""All people of 0…99; the open group 100+ is a leaf of its own, fed by the cohort that turns 100."""


def rings_of(first_entry: int, first_award: int, last_award: int) -> tuple[Ring, Ring, Ring]:
    """The rings of rights, of pensions in payment and of the ages at which pensions are awarded.

    Args:
        first_entry: youngest age on 1 January of a member.
        first_award: youngest age on 1 January of the year in which a pension can be awarded.
        last_award: oldest such age; every member has been awarded by then.

    Returns:
        Two rings of equal size, 50 slots where the ages fit, else 100; the third has half as many where they fit.
    """
    fits = last_award - first_entry < HALF and first_award >= HALF - 1
    work, pension = (Ring(first_entry, HALF), Ring(HALF, HALF)) if fits else (LIFE, LIFE)
    half = work.size // 2
    first = min(first_award, work.last + 1 - half)
    return work, pension, Ring(first, half) if last_award < first + half else work
