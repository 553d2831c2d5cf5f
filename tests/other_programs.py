"""Other people's programs, asked about a file from outside."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping

import pytest

ABSENT = re.compile(
    r"there is no package called|package netcdf could not be found|No module named", re.I
)
"""What R, Octave and Python say where the program is there and its package is not."""

XARRAY = """
import importlib
import sys

import xarray as xr

path, engine = sys.argv[1:]
importlib.import_module("netCDF4" if engine == "netcdf4" else engine)
with xr.open_dataset(path, engine=engine) as file:
    names, missing = file["province_name_zh"].values, file["levy_rate"].isnull().values
    print(repr(file["contributions"].values[1, 2, 3, 1].item()))
    print(*(each if isinstance(each, str) else each.decode() for each in names))
    print(*file["municipality"].values)
    print(missing[0].all(), missing[1].any())
    print(file["contributions"].attrs["currency"])
"""
"""For a Python with any xarray: the path and the engine → the lines of :func:`xarray_says`."""


def xarray_says(contributions: float) -> list[str]:
    """Lines of the program above for the small run with its first levy rate missing."""
    return [repr(contributions), "北京市 广东省", "110000 440100 440300", "True False", "CNY"]


def answer(program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """Output of another program; the test is skipped where the program or its package is absent.

    Args:
        program: its name on the path, or where it lies.
        arguments: its command line.
        environment: variables beside those of this process.
    """
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    # R and Octave print texts in the encoding of the locale.
    done = subprocess.run(
        [program, *arguments],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
    )
    if absent := ABSENT.search(done.stderr):
        pytest.skip(f"{program}: {absent.group()}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
