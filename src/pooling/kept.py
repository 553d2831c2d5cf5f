"""Traced programs that later processes find: who projects a country once more traces nothing.

JAX keeps what it has compiled, but looks for it by the whole program, which Python has to trace first: seconds. Here the
program itself is kept, as JAX exports it, under everything that tracing depends on: shapes, static fields, settings,
versions and the files of the package. A program that cannot be read or written is traced.
"""

import hashlib
import os
import platform
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import jax
from jax import export
from jax.export import Exported
from jax.extend.core import jaxpr_as_fun
from jax.stages import Traced
from jaxtyping import Array

from pooling import package
from pooling.compute import cache_folder
from pooling.measures.registry import registered

HEAD = hashlib.sha256().digest_size

ELSEWHERE = ("jax_compilation_cache_dir",)
"""Settings of JAX that are not those of a program."""


class Kept(NamedTuple):
    """A folder of traced programs, for a process in which nobody can have replaced a part of the package by another."""

    folder: Path
    since: float
    """When the process began; seconds since 1970. Files of the package that are newer may not be what it runs."""

    def find(self, key: str, names: Iterable[str]) -> dict[str, Exported] | None:
        """The programs of these names; None unless all of them are there and whole."""
        if not self._sure():
            return None
        try:
            return {name: _read(self._file(key, name)) for name in names}
        except (OSError, ValueError):
            return None

    def keep(self, key: str, name: str, program: Exported) -> None:
        """Write a program for later processes, where that is possible."""
        if not self._sure():
            return
        file = self._file(key, name)
        temporary = file.with_name(f"{file.name}.{os.getpid()}")
        with suppress(OSError):
            temporary.write_bytes(_content(file.name, program))
            temporary.replace(file)

    def _sure(self) -> bool:
        return not registered() and package.last_change() < self.since

    def _file(self, key: str, name: str) -> Path:
        return self.folder / f"{key}-{name}"


def kept_since(began: float) -> Kept | None:
    """The user's folder of traced programs; None where it cannot be written.

    Args:
        began: when this process did; seconds since 1970.
    """
    folder = cache_folder("traced")
    return None if folder is None else Kept(folder, began)


def key_of(shapes: Any, target: str) -> str:
    """What programs of arguments of these shapes are kept under.

    Args:
        shapes: trees of shapes, whose static fields are numbers, names and truths.
        target: platform that they are lowered for.
    """
    leaves, tree = jax.tree.flatten(shapes)
    settings = {name: each for name, each in jax.config.values.items() if name not in ELSEWHERE}
    parts = (
        target,
        tree,
        [(leaf.shape, leaf.dtype.str, leaf.weak_type) for leaf in leaves],
        sorted(settings.items()),
        sorted(package.versions().items()),
        platform.python_version(),
        package.digest(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def exported(traced: Traced, target: str) -> Exported:
    """A traced program as one that outlives its process, from leaves to leaves: classes of trees are not written.

    Args:
        traced: of any arguments; a dictionary of arrays that it returns stays one.
        target: platform to lower it for.
    """
    function, result = jaxpr_as_fun(traced.jaxpr), traced.out_info

    def on_leaves(*leaves: Array) -> Any:
        found = function(*leaves)
        return jax.tree.structure(result).unflatten(found) if type(result) is dict else found

    shapes = [jax.ShapeDtypeStruct(each.shape, each.dtype) for each in traced.jaxpr.in_avals]
    return export.export(jax.jit(on_leaves), platforms=[target])(*shapes)


def _content(name: str, program: Exported) -> bytes:
    serialized = bytes(program.serialize())
    return _digest(name, serialized) + serialized


def _read(file: Path) -> Exported:
    """
    Raises:
        OSError: it is not there, or cannot be read.
        ValueError: not what was written under this name.
    """
    content = file.read_bytes()
    serialized = content[HEAD:]
    if _digest(file.name, serialized) != content[:HEAD]:
        raise ValueError("cut off or changed")
    return export.deserialize(bytearray(serialized))


def _digest(name: str, serialized: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\0" + serialized).digest()
