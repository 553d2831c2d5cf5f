"""The movement as a fused C program: two passes over every leaf a year."""

import ctypes
from ctypes import POINTER, c_double, c_int

import numpy as np

from benchmarks.kernel.problem import AWARD, CREDIT, GAIN, RISE, Array, Problem, Stocks
from benchmarks.native import library

SIZES = ("years", "cities", "provinces", "funds", "stocks", "life", "work")
RATES = (
    *("leaving", "within", "local", "elsewhere_settled", "elsewhere_far", "home_share"),
    *("arrival_share", "multiplier"),
)
LAWS = {"gain": GAIN, "credit": CREDIT, "award": AWARD}
BY_YEAR = (
    *("lived", "lived_oldest", "newborn", "bearing", "bearing_after", "people", "oldest", "stay"),
    *("hazard", "rights", "lived_pension", "lived_pension_oldest"),
)


class _Problem(ctypes.Structure):
    """``Problem`` of movement.c, field by field."""

    _fields_ = (
        *((name, c_int) for name in SIZES),
        ("province", POINTER(c_int)),
        *((name, POINTER(c_double)) for name in (*RATES, *LAWS)),
        *((name, c_double) for name in ("back", "changed", "rise")),
        *((name, POINTER(c_double)) for name in BY_YEAR),
        *((name, POINTER(c_int)) for name in ("life_leavers", "pension_leavers")),
    )


class Movement:
    """The C program for one problem; several threads may run paths of it.

    Args:
        problem: which is kept alive with it.
    """

    def __init__(self, problem: Problem, program: ctypes.CDLL) -> None:
        self._problem, self._run = problem, program.movement
        self._run.restype = None
        stocks = problem.stocks
        given: dict[str, object] = {
            **{name: _doubles(getattr(problem, name)) for name in (*RATES, *BY_YEAR)},
            **{name: _doubles(values) for name, values in LAWS.items()},
            **{
                name: getattr(problem, name).ctypes.data_as(POINTER(c_int))
                for name in ("province", "life_leavers", "pension_leavers")
            },
            "back": problem.back,
            "changed": problem.changed,
            "rise": RISE,
        }
        sizes = dict(
            zip(
                SIZES,
                (
                    problem.years,
                    len(problem.province),
                    len(problem.within),
                    len(stocks.rights),
                    len(AWARD),
                    stocks.young.shape[-1],
                    stocks.rights.shape[-1],
                ),
                strict=True,
            )
        )
        self._given = _Problem(**sizes, **given)
        # Leavers of four rights and three classes, arrivals, and those who do not return.
        self._scratch = 20 * len(problem.within) * (stocks.young.shape[-1] + 2)

    def path(self) -> Stocks:
        """A path, in copies of the opening stocks."""
        arrays = [array.copy() for array in self._problem.stocks.arrays()]
        scratch = np.empty(self._scratch)
        self._run(ctypes.byref(self._given), *(_doubles(x) for x in (*arrays, scratch)))
        return Stocks(*arrays)


def movement_in_c(problem: Problem) -> Movement | None:
    """The C program; None without a compiler."""
    program = library("kernel/movement.c")
    return None if program is None else Movement(problem, program)


def _doubles(values: Array) -> object:
    return values.ctypes.data_as(POINTER(c_double))
