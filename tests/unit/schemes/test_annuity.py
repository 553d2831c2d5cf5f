import numpy as np
import pytest

from pooling.schemes.annuity import AnnuityDivisors
from rules import DIVISORS


def test_every_whole_age_of_the_decree(divisors: AnnuityDivisors):
    ages, months = DIVISORS
    assert len(ages) == 31
    np.testing.assert_array_equal(divisors.at(ages * 12), months)


@pytest.mark.parametrize(
    ("years", "months", "divisor"),
    [
        (60, 3, 137.3),  # 137.25, half up; approval cases of 2025
        (60, 2, 137.8),  # approval cases of 2025
        (50, 1, 194.6),  # approval cases of 2025
        (59, 1, 144.5),  # published table by month
        (59, 11, 139.5),
        (51, 9, 186.3),  # 186.25, half up
        (69, 6, 60.5),
    ],
)
def test_ages_between(divisors: AnnuityDivisors, years: int, months: int, divisor: float):
    assert divisors.at(12 * years + months) == divisor


def test_divisors_fall_with_age(divisors: AnnuityDivisors):
    assert np.all(np.diff(divisors.at(np.arange(480, 841))) < 0)


@pytest.mark.parametrize("age_months", [479, 841])
def test_unlisted_ages_are_refused(divisors: AnnuityDivisors, age_months: int):
    with pytest.raises(ValueError, match="listed 480…840"):
        divisors.at(age_months)


@pytest.mark.parametrize("ages", [[60, 62], [61, 60], [], [60]])
def test_ages_must_be_complete(ages: list[int]):
    with pytest.raises(ValueError, match="divisor"):
        AnnuityDivisors(np.array(ages), np.array([139.0, 132.0]))


def test_decimals_are_data():
    whole = AnnuityDivisors(np.array([60, 61]), np.array([139.0, 132.0]), decimals=0)
    assert whole.at(726) == 136  # 135.5, half up
