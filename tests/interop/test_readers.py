"""Other people's programs read the same numbers and the same Chinese names."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from pooling import netcdf
from small_output import small_dataset

NAME = "contributions"
CELL = {"scheme": 1, "path_fund": 2, "realization": 3, "year": 1}


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("interop") / "out.nc"
    dataset = small_dataset()
    dataset["levy_rate"][0] = np.nan
    netcdf.save(dataset, path)
    return path


@pytest.fixture(scope="module")
def expected() -> float:
    return small_dataset()[NAME].isel(CELL).item()


def answer(program: str, *arguments: str) -> str:
    """Output of another program; the test is skipped where the program is absent."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    # R and Octave print texts in the encoding of the locale.
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [program, *arguments],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env=environment,
    )
    if (
        "there is no package called" in done.stderr
        or "package netcdf could not be found" in done.stderr.lower()
    ):
        pytest.skip(f"{program} lacks its netCDF package")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ncdump(saved, expected):
    header = answer("ncdump", "-hs", str(saved))
    assert "double contributions(scheme, path_fund, realization, year)" in header
    assert ':_Format = "netCDF-4 classic model"' in header
    text = answer("ncdump", "-p", "9,17", "-v", NAME, str(saved))
    numbers = text.split(f"{NAME} =")[1].split(";")[0].replace("\n", " ").split(",")
    assert float(numbers[small_dataset()[NAME][0].size + 2 * 6 * 4 + 3 * 4 + 1]) == expected
    # ncdump 4.9 prints every byte beyond ASCII as an octal escape.
    octal = "".join(f"\\{byte:03o}" for byte in "广东省".encode())
    names = answer("ncdump", "-v", "province_name_zh", str(saved)).split("data:")[1]
    assert octal in names or "广东省" in names


def test_r_ncdf4(saved, expected):
    script = f"""
        library(ncdf4)
        file <- nc_open("{saved}")
        numbers <- ncvar_get(file, "{NAME}")
        cat(sprintf("%.17g\\n", numbers[2, 4, 3, 2]))
        cat(ncvar_get(file, "province_name_zh")[2], "\\n")
        cat(ncvar_get(file, "municipality"), "\\n")
        cat(is.na(ncvar_get(file, "levy_rate")[1]), "\\n")
        cat(ncatt_get(file, "{NAME}", "currency")$value, "\\n")
    """
    lines = answer("Rscript", "-e", script).splitlines()
    assert float(lines[0]) == expected
    assert lines[1].strip() == "广东省"
    assert lines[2].split() == ["110000", "440100", "440300"]
    assert lines[3].split() == ["TRUE"]
    assert lines[4].split() == ["CNY"]


def test_octave(saved, expected):
    script = f"""
        pkg load netcdf
        numbers = ncread('{saved}', '{NAME}');
        printf('%.17g\\n', numbers(2, 4, 3, 2));
        names = ncread('{saved}', 'province_name_zh');
        printf('%s\\n', names(:, 2));
        printf('%d ', ncread('{saved}', 'municipality'));
        printf('\\n%s\\n', ncreadatt('{saved}', '{NAME}', 'currency'));
    """
    lines = answer("octave-cli", "--no-init-file", "--eval", script).splitlines()
    assert float(lines[0]) == expected
    assert lines[1].rstrip("\0").strip() == "广东省"
    assert lines[2].split() == ["110000", "440100", "440300"]
    assert lines[3] == "CNY"


def test_compliance_checker(saved):
    """Version 6.1 finds nothing to say, in strict mode too."""
    text = answer("compliance-checker", "--test=cf:1.11", "--criteria=strict", str(saved))
    assert "All tests passed!" in text
