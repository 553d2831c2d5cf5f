"""Readers on request: each finds the number, the Chinese names, the codes, what is missing and the attributes."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from other_programs import XARRAY, answer, xarray_says
from pooling import netcdf

pytestmark = pytest.mark.slow

CODES = [110000, 440100, 440300]


def test_nccopy_to_classic(saved: Path, tmp_path: Path):
    """The file in the format of 1989, in which nothing of HDF5 is left, holds the same."""
    classic = tmp_path / "classic.nc"
    answer("nccopy", "-k", "classic", str(saved), str(classic))
    assert classic.read_bytes()[:4] == b"CDF\x01"
    with netcdf.open(classic) as found, netcdf.open(saved) as original:
        assert list(found.variables) == list(original.variables)
        for name in original.variables:
            np.testing.assert_array_equal(found[name], original[name], err_msg=str(name))
            assert str(found[name].attrs) == str(original[name].attrs), name
        assert list(found["province_name_zh"].values) == ["北京市", "广东省"]
        assert str(found.attrs) == str(original.attrs)


def test_h5dump(saved: Path, expected: float):
    def dump(*options: str) -> str:
        return answer("h5dump", *options, str(saved))

    cell = dump("-m", "%.17g", "-d", "/contributions", "-s", "1,2,3,1", "-c", "1,1,1,1")
    assert re.search(r"\(1,2,3,1\): (\S+)", cell)[1] == f"{expected:.17g}"
    assert '(0): "CNY"' in dump("-a", "/contributions/currency")
    assert _data(dump("-d", "/municipality")) == [f"(0): {', '.join(map(str, CODES))}"]
    # Bytes beyond ASCII as negative numbers of 32 bits, in octal.
    letters = re.findall(r'"\\([0-7]+)"', dump("-d", "/province_name_zh").split("ATTRIBUTE")[0])
    assert bytes(int(each, 8) & 0xFF for each in letters).decode("utf-8") == "北京市广东省"
    fill = re.search(r"\(0\): (\S+)", dump("-m", "%.17g", "-a", "/levy_rate/_FillValue"))[1]
    levy = _data(dump("-m", "%.17g", "-w", "0", "-d", "/levy_rate"))
    assert [line.count(fill) for line in levy] == [3, 0]


def _data(text: str) -> list[str]:
    """The rows of numbers of a dump."""
    inside = text.split("DATA {", 1)[1].split("}", 1)[0]
    return [line.strip() for line in inside.splitlines() if line.strip()]


def test_nco(saved: Path, expected: float, tmp_path: Path):
    def text(name: str, *options: str) -> str:
        return answer("ncks", "-H", "-C", "-v", name, *options, str(saved)).strip()

    cell = ("-d", "scheme,1", "-d", "path_fund,2", "-d", "realization,3", "-d", "year,1")
    assert float(text("contributions", "-s", "%.17g ", *cell)) == expected
    assert text("municipality", "-s", "%d ").split() == [str(code) for code in CODES]
    assert '"data": ["北京市", "广东省"]' in text("province_name_zh", "--json")
    assert set(text("levy_rate", "-d", "scheme,0", "-s", "%f ").split()) == {"_"}
    # Arithmetic of the operators keeps labels, attributes and what is missing.
    doubled = tmp_path / "sum.nc"
    answer("ncbo", "--op_typ=add", str(saved), str(saved), str(doubled))
    with netcdf.open(doubled) as found:
        cell = found["contributions"].values[1, 2, 3, 1]
        assert cell == 2 * expected and found["contributions"].attrs["currency"] == "CNY"
        assert np.isnan(found["levy_rate"].values[0]).all()


def test_r_rnetcdf(saved: Path, expected: float):
    script = f"""
        library(RNetCDF)
        file <- open.nc("{saved}")
        cat(sprintf("%.17g\\n", var.get.nc(file, "contributions")[2, 4, 3, 2]))
        cat(var.get.nc(file, "province_name_zh"), "\\n")
        cat(var.get.nc(file, "municipality"), "\\n")
        cat(is.na(var.get.nc(file, "levy_rate")[, 1]), "\\n")
        cat(att.get.nc(file, "contributions", "currency"), "\\n")
    """
    lines = answer("Rscript", "-e", script).splitlines()
    assert float(lines[0]) == expected
    assert lines[1].split() == ["北京市", "广东省"]
    assert lines[2].split() == [str(code) for code in CODES]
    assert lines[3].split() == ["TRUE"] * 3
    assert lines[4].strip() == "CNY"


def test_fortran(saved: Path, expected: float, tmp_path: Path):
    """Compiled against netCDF-Fortran, whose axes run the other way round."""
    source, program = tmp_path / "reader.f90", tmp_path / "reader"
    source.write_text(FORTRAN)
    libraries = answer("nf-config", "--fflags", "--flibs").split()
    answer("gfortran", str(source), "-o", str(program), *libraries)
    lines = [line.strip() for line in answer(str(program), str(saved)).splitlines()]
    assert float(lines[0]) == expected
    assert lines[1] == "北京市 广东省"
    assert [int(each) for each in lines[2].split()] == CODES
    assert lines[3] == "T F"
    assert lines[4] == "CNY"


def test_an_older_xarray(saved: Path, expected: float):
    """The one of the system, years older than ours, with its own netCDF library."""
    system = "/usr/bin/python3"
    if Path(sys.prefix) == Path("/usr"):
        pytest.skip("the tests run on the system's Python: there is no other")
    clean = {"PYTHONPATH": "", "PYTHONNOUSERSITE": "1"}
    said = answer(system, "-c", XARRAY, str(saved), "netcdf4", environment=clean)
    assert said.splitlines() == xarray_says(expected)


FORTRAN = """
program reader
  use netcdf
  implicit none
  character(len=1024) :: path
  character(len=3) :: currency
  character(len=:), allocatable :: names(:)
  integer :: file, variable, dims(2), letters, places, k
  integer :: codes(3)
  double precision :: cell(1), levy(3, 2), fill
  call get_command_argument(1, path)
  call check(nf90_open(trim(path), nf90_nowrite, file))
  call check(nf90_inq_varid(file, "contributions", variable))
  call check(nf90_get_var(file, variable, cell, start=[2, 4, 3, 2], count=[1, 1, 1, 1]))
  write (*, "(es25.17e3)") cell(1)
  call check(nf90_get_att(file, variable, "currency", currency))
  call check(nf90_inq_varid(file, "province_name_zh", variable))
  call check(nf90_inquire_variable(file, variable, dimids=dims))
  call check(nf90_inquire_dimension(file, dims(1), len=letters))
  call check(nf90_inquire_dimension(file, dims(2), len=places))
  allocate (character(len=letters) :: names(places))
  call check(nf90_get_var(file, variable, names))
  write (*, "(*(a))") (names(k), " ", k = 1, places)
  call check(nf90_inq_varid(file, "municipality", variable))
  call check(nf90_get_var(file, variable, codes))
  write (*, "(3(i0, 1x))") codes
  call check(nf90_inq_varid(file, "levy_rate", variable))
  call check(nf90_get_var(file, variable, levy))
  call check(nf90_get_att(file, variable, "_FillValue", fill))
  write (*, "(l1, 1x, l1)") all(levy(:, 1) == fill), any(levy(:, 2) == fill)
  write (*, "(a)") currency
contains
  subroutine check(status)
    integer, intent(in) :: status
    if (status /= nf90_noerr) then
      write (0, "(a)") trim(nf90_strerror(status))
      stop 1
    end if
  end subroutine check
end program reader
"""
