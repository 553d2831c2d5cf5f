"""Settings that every test runs under, and the data that several share."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import jax
import pytest

from pooling.compute import cache_folder
from pooling.schemes.annuity import AnnuityDivisors
from rules import DIVISORS

# Silent broadcasting and silent widening are the errors that cohort arrays invite.
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

# Compiling takes most of the time of the tests: the processes of a session share what takes longest, as runs do.
if (_cache := cache_folder()) is not None:
    jax.config.update("jax_compilation_cache_dir", str(_cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)

# The first example of a test compiles its program: no deadline can be told from that.
hypothesis.settings.register_profile("pooling", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.load_profile("pooling")


def pytest_configure(config: pytest.Config) -> None:
    """The quick part compiles without optimization, the commands that it starts too: compiling is most of its time.

    JAX reads the flags with its backend, before the first test; they are part of the cache's keys, so that no run of a user
    meets these programs. Optimized are the slow part, the self-test, README's examples and the first of its commands.
    """
    if config.option.markexpr == "not slow":
        given = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{given} --xla_backend_optimization_level=0".strip()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked ``gpu`` where JAX has no GPU, with that reason."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and jax.default_backend() != "gpu":
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="JAX sees no GPU"))


MOST_MAPS = 30_000
"""Memory maps of a process above which its compiled programs are let go. Linux allows 65,530, a compiled program of the
model takes hundreds and stays: a process that has run a thousand tests was aborted while it compiled one more."""


@pytest.fixture(scope="module", autouse=True)
def compiled_programs_do_not_pile_up() -> Iterator[None]:
    """Programs are shared by the modules of a session until they are too many."""
    yield
    maps = Path("/proc/self/maps")
    if maps.exists() and len(maps.read_bytes().splitlines()) > MOST_MAPS:
        jax.clear_caches()
        gc.collect()


@pytest.fixture(scope="session")
def divisors() -> AnnuityDivisors:
    """The decree's divisors for ages 40 to 70."""
    return AnnuityDivisors(*DIVISORS)
