"""Other people's programs read the same numbers and the same Chinese names."""

import json
import sys

import pytest

from other_programs import XARRAY, answer, xarray_says
from small_output import small_dataset

NAME = "contributions"


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


def test_gdal(saved, expected):
    def array(name: str) -> dict:
        return json.loads(answer("gdalmdiminfo", "-detailed", "-array", name, str(saved)))

    money = array(NAME)
    assert [each["name"] for each in money["dimensions"]] == list(small_dataset()[NAME].dims)
    # It prints sixteen digits.
    assert money["values"][1][2][3][1] == pytest.approx(expected, rel=1e-15)
    assert money["unit"] == "1" and money["attributes"]["currency"]["value"] == "CNY"
    assert array("province_name_zh")["values"] == ["北京市", "广东省"]
    assert array("municipality")["values"] == [110000, 440100, 440300]
    levy = array("levy_rate")
    assert levy["values"][0] == [levy["nodata_value"]] * 3
    assert levy["nodata_value"] not in levy["values"][1]


@pytest.mark.parametrize("engine", ["netcdf4", "h5netcdf"])
def test_xarray(saved, expected, engine):
    """In a process of its own: the two engines bring their own HDF5 libraries."""
    said = answer(sys.executable, "-c", XARRAY, str(saved), engine)
    assert said.splitlines() == xarray_says(expected)


@pytest.mark.slow
def test_compliance_checker(saved):
    """Version 6.1 finds nothing to say, in strict mode too; it takes a minute."""
    text = answer("compliance-checker", "--test=cf:1.11", "--criteria=strict", str(saved))
    assert "All tests passed!" in text
