"""What the bits of a run depend on, field by field: an unfinished run is continued only if all of them agree.

Neither the threads nor the name of the output are among them; how many paths a file of the unfinished run holds is,
because they are found by it. Of a measure of one's own its code counts, not the
variables that the code takes from elsewhere.
"""

import hashlib
import marshal
import platform
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pooling import package
from pooling.assumptions import Config
from pooling.compute import Machine
from pooling.measures.registry import Registered, registered
from pooling.vocabulary import quantities

FREE = ("output.file",)
"""Settings that change no number; those of the machine count by what ``auto`` has become."""


def identity_of(config: Config, machine: Machine) -> dict[str, Any]:
    """Settings, inputs, program and device of a run by dotted name.

    Args:
        config: the run.
        machine: what it is computed with.
    """
    return {
        **_settings(config),
        **{f"input.{name}": digest for name, digest in _inputs(config).items()},
        **{f"version.{name}": found for name, found in package.versions().items()},
        **{f"measure.{each.name}": _digest_of_measure(each) for each in registered()},
        "program": package.digest(),
        "compute.precision": machine.precision,
        "compute.width": machine.width,
        "compute.chunk": machine.chunk,
        "device.backend": machine.backend,
        "device.kind": machine.device,
        "device.processor": _processor(),
    }


def _settings(config: Config) -> dict[str, Any]:
    """The run's file with the overrides in their places; those of the set stand beside it."""
    fields = dict(_flat(tomllib.loads(config.text)))
    for path, value in config.overrides.items():
        inside = [name for name in fields if name == path or name.startswith(f"{path}.")]
        for name in inside:
            del fields[name]
        fields |= dict(_flat(value, path))
    return {
        name: value
        for name, value in fields.items()
        if name not in FREE and not name.startswith("compute.")
    }


def _flat(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested tables by dotted name."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        yield path, [str(each) for each in value]
    else:
        yield path, value if isinstance(value, bool | int | float) else str(value)


def _inputs(config: Config) -> dict[str, str]:
    """Digests of all files but the run's own, whose fields are compared one by one."""
    own = f"{config.path.parent.resolve().name}/{config.path.name}"
    return {name: digest for name, digest in config.digests.items() if name != own}


def _digest_of_measure(measure: Registered) -> str:
    """Of what the vocabulary says of a measure and of the code of its function."""
    code = getattr(measure.function, "__code__", None)
    content = repr(quantities()[measure.name]).encode()
    return hashlib.sha256(content + (marshal.dumps(code) if code else b"")).hexdigest()


def _processor() -> str:
    """The compiler makes other code for other processors of one kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else f"{platform.machine()} {platform.processor()}".strip()
