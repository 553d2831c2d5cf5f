"""The census carried forward: a year worked by hand and the ways of closing it."""

from datetime import date

import numpy as np
import pytest

from pooling.axes import AGES
from pooling.errors import OpeningError
from pooling.opening.roll_forward import (
    NO_CLOSING,
    OPEN_ACCOUNT,
    Account,
    LocalRates,
    close,
    live,
    roll_forward,
    settle,
)

NAN = np.nan


def rates(survival=0.9, net=0.0):
    """Two municipalities; women of 30 bear 0.1 children a year, those of 31 none; 60 boys to 40 girls."""
    fertility = np.zeros((AGES, 2))
    fertility[30] = 0.1
    return LocalRates(
        survival=np.full((2, AGES, 2), survival),
        fertility=fertility,
        male_share=0.6,
        net_migration=np.full((2, AGES), net),
    )


def people():
    """Women of 30 here and 29 there, men of 70 in both, one woman of 99 and one of 100+."""
    stock = np.zeros((2, AGES, 2))
    stock[1, 30, 0], stock[1, 29, 1] = 1000, 2000
    stock[0, 70] = 500, 100
    stock[1, 99, 0], stock[1, 100, 0] = 10, 10
    return stock


def test_a_year_by_hand():
    year = live(people(), rates(), 1.0)
    assert year.survivors[1, 31, 0] == pytest.approx(900)
    assert year.survivors[1, 30, 1] == pytest.approx(1800)
    assert year.survivors[1, 100, 0] == pytest.approx(18)
    assert year.survivors.sum() == pytest.approx(0.9 * people().sum())
    assert year.deaths[0, 71].tolist() == pytest.approx([50, 10])
    # Here 1000 women are 30 at the start and none at the end; there none at the start and 1800 at the end.
    assert year.births.tolist() == pytest.approx([50, 90])


def test_part_of_a_year_by_hand():
    year = live(people(), rates(0.81), 0.5)
    # Half turn a year older, all survive with 0.81 to the power of a half.
    assert year.survivors[1, 30:32, 0].tolist() == pytest.approx([450, 450])
    assert year.survivors[1, 99:, 0].tolist() == pytest.approx([4.5, 13.5])
    assert year.births[0] == pytest.approx(0.5 * 0.1 * (1000 + 450) / 2)


def test_two_halves_survive_like_a_year():
    one = live(people(), rates(0.81), 1.0)
    half = live(people(), rates(0.81), 0.5)
    assert live(half.survivors, rates(0.81), 0.5).survivors.sum() == pytest.approx(
        one.survivors.sum()
    )


def test_the_newborn_are_split_and_survive():
    year = live(people(), rates(), 1.0)
    after = settle(year, rates(), np.zeros((2, AGES)), NO_CLOSING)
    np.testing.assert_allclose(after[:, 0], [[0.6 * 0.9 * 50, 0.6 * 0.9 * 90], [18, 32.4]])


# Model: births 140 (126 alive), deaths 362 without infants, 62 of them at 65+; 3384 people at the end.
@pytest.mark.parametrize(
    ("account", "births", "deaths", "residual"),
    [
        (OPEN_ACCOUNT, 1, 1, 0),
        (Account(NAN, 70, NAN), 0.5, 1, 0),
        # 14 infant deaths and 300 below 65 leave 31 of 345.
        (Account(NAN, NAN, 345), 1, 0.5, 0),
        # Births halved: 7 infant deaths.
        (Account(NAN, 70, 338), 0.5, 0.5, 0),
        (Account(3384 + 18.8, NAN, NAN), 1.1, 0.9, 0),
        (Account(3384 + 6.2 - 12.6, 126, NAN), 0.9, 0.9, 0),
        (Account(3384 + 6.2 - 12.6, NAN, 369.8), 0.9, 0.9, 0),
        (Account(3384 + 1, 140, 376), 1, 1, 1),
    ],
)
def test_the_account_is_met(account, births, deaths, residual):
    year = live(people(), rates(), 1.0)
    closing = close(year, rates(), 0.0, account)
    assert closing == pytest.approx((births, deaths, residual), abs=1e-12)
    after = settle(year, rates(), np.zeros((2, AGES)), closing)
    if np.isfinite(account.population):
        assert after.sum() == pytest.approx(account.population, rel=1e-13)


def test_migrants_go_where_people_of_their_age_are():
    stock = np.ones((2, AGES, 2))
    stock[..., 0] = 3
    year = live(stock, rates(1.0), 1.0)
    net = np.full((2, AGES), 8.0)
    after = settle(year, rates(1.0), net, NO_CLOSING)
    np.testing.assert_allclose(after[:, 2:99, 0], 3 + 6)
    np.testing.assert_allclose(after[:, 2:99, 1], 1 + 2)


def test_the_chain_meets_every_published_total_and_names_who_is_outside():
    totals = [4000.0, 3770.0, 3520.0]
    accounts = [Account(total, NAN, NAN) for total in totals]
    result = roll_forward(people(), date(2020, 12, 31), [rates()] * 3, accounts)
    assert result.outside == pytest.approx(4000 - people().sum())
    assert result.closings[0] == NO_CLOSING
    np.testing.assert_allclose(result.residents.sum(axis=1) + result.outside, totals, rtol=1e-13)
    np.testing.assert_allclose(result.persons.sum(axis=(0, 1)), result.residents[-1])


def test_the_census_date_sets_the_first_part():
    late = roll_forward(people(), date(2020, 10, 31), [rates()], [OPEN_ACCOUNT])
    part = 61 / 366
    expected = live(people(), rates(), part)
    assert late.persons[:, 1:].sum() == pytest.approx(expected.survivors[:, 1:].sum())
    # Published births and deaths of the year count for the part.
    published = roll_forward(people(), date(2020, 10, 31), [rates()], [Account(NAN, 120, NAN)])
    born = 120 * part * 0.9
    assert published.persons[:, 0].sum() == pytest.approx(expected.survivors[:, 0].sum() + born)


def test_a_complete_account_replaces_the_migration_of_the_table():
    moving = rates(net=1.0)
    complete = [OPEN_ACCOUNT, Account(3400, 140, 376)]
    result = roll_forward(people(), date(2020, 12, 31), [moving] * 2, complete)
    assert result.closings[1].residual == pytest.approx(3400 - 3384)
    assert result.persons.sum() == pytest.approx(3400)


def test_an_account_that_no_factor_meets_is_an_error():
    with pytest.raises(OpeningError, match="both factors must be above zero"):
        roll_forward(
            people(), date(2020, 12, 31), [rates()] * 2, [OPEN_ACCOUNT, Account(9000, NAN, NAN)]
        )
