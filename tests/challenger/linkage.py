"""Accounts of residents that the employee scheme receives (README section 5, "Linkage of 2014").

Everything happens on 31 December, where the people live and before they move: accounts are credited to those of the cell who
wait for their employee pension; for its pensioners they are a pension of their own from the next January on.
"""

from dataclasses import replace

import numpy as np

from challenger import employee_pension
from challenger.given import Array, Awarded
from challenger.people import age


def receive(
    fund: employee_pension.FundYear, handed: Array, inverse_divisor: float
) -> employee_pension.FundYear:
    """The year of the first employee fund with the accounts of residents.

    Args:
        fund: its year.
        handed: accounts by residence and age on 1 January, of those who live on 31 December [m c x a].
        inverse_divisor: 1 ÷ divisor of an account at the residents' pension age.
    """
    rights, awarded = fund.stocks.rights, fund.stocks.awarded
    older = age(handed)
    waiting = rights.members.sum(axis=1)
    everybody = waiting + awarded.heads
    share = np.divide(waiting, everybody, out=np.zeros_like(waiting), where=everybody > 0)
    # Where nobody of a registration class waits there is no account of it to credit.
    credited = np.where(rights.members > 0, older * share[:, None], 0)
    drawn = (older - credited).sum(axis=1)
    yearly = 12 * inverse_divisor * drawn
    stocks = employee_pension.Stocks(
        replace(rights, accounts=rights.accounts + credited),
        Awarded(
            awarded.heads,
            [pension + yearly for pension in awarded.pension],
            awarded.account_pension + yearly,
            awarded.accounts + drawn,
        ),
    )
    flows = replace(fund.flows, linked_accounts=handed.sum(axis=(1, 2, 3)))
    return replace(fund, stocks=stocks, flows=flows)
