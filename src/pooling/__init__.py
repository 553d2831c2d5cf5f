"""Projections of social insurance under municipal, provincial and national pooling.

``load`` and ``run`` a configuration (``run_to_file`` if it is large), ``save`` and ``open`` the labelled results,
``select`` a part of them, ``compare`` two arrangements or runs, ``register`` a measure of one's own, take the ``gradient``
of one; ``self_test`` the installation.
Importing the package imports neither JAX nor xarray; the first call that needs them does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pooling._version import __version__

if TYPE_CHECKING:
    from pooling.assumptions import load_config as load
    from pooling.cohort_job import run_cohorts
    from pooling.comparison import compare
    from pooling.derivatives import Gradient, gradient
    from pooling.job import run, run_to_file
    from pooling.measures.registry import register, unregister
    from pooling.netcdf import open, save
    from pooling.proof.self_test import self_test
    from pooling.selection import select

_PUBLIC = {
    "load": ("pooling.assumptions", "load_config"),
    "run": ("pooling.job", "run"),
    "run_to_file": ("pooling.job", "run_to_file"),
    "open": ("pooling.netcdf", "open"),
    "save": ("pooling.netcdf", "save"),
    "select": ("pooling.selection", "select"),
    "compare": ("pooling.comparison", "compare"),
    "Gradient": ("pooling.derivatives", "Gradient"),
    "gradient": ("pooling.derivatives", "gradient"),
    "run_cohorts": ("pooling.cohort_job", "run_cohorts"),
    "register": ("pooling.measures.registry", "register"),
    "self_test": ("pooling.proof.self_test", "self_test"),
    "unregister": ("pooling.measures.registry", "unregister"),
}

__all__ = [
    "Gradient",
    "__version__",
    "compare",
    "gradient",
    "load",
    "open",
    "register",
    "run",
    "run_cohorts",
    "run_to_file",
    "save",
    "select",
    "self_test",
    "unregister",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'pooling' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    return getattr(import_module(module), attribute)
