"""What a scheme is opened from, and what an opened scheme offers: the two sides of an opener."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pooling.assumptions import Config
from pooling.assumptions.funds import Fund
from pooling.opening.accounts import Accounts, OpeningAccounts
from pooling.opening.municipal import Split
from pooling.parameters.model import SchemeLevers
from pooling.schemes.calendar import Rings

Array = NDArray[np.float64]


class SchemeOpening(Protocol):
    """A fund opened on the valuation date."""

    @property
    def fund(self) -> Fund:
        """What was declared of it."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Its accounts of the valuation year by province."""
        ...

    def ages(self) -> tuple[int, int, int] | None:
        """Youngest entry age, youngest and oldest age on 1 January of an award; None where nobody is awarded."""
        ...

    def reserve_key(self) -> Array:
        """What the reserves of a province are spread over its municipalities by [municipality]."""
        ...

    def levers(self, context: "Context", rings: Rings) -> SchemeLevers:
        """Levers of the projection."""
        ...

    def stocks(self, rings: Rings, policies: int) -> Any:
        """Stocks on 1 January of the first year."""
        ...


@dataclass(frozen=True)
class Context:
    """What openers may use."""

    config: Config
    persons: Array
    """Opening population [class, sex, age, municipality]."""
    accounts: OpeningAccounts
    """Of the employee pension scheme."""
    split: Split
    """Shares of the municipalities."""
    survival: Array
    """Of the valuation year, by sex and age at the end of the year [sex, age]."""
    years: NDArray[np.int_]
    """Projection years."""
    earlier: tuple[SchemeOpening, ...]
    """The funds before this one, in order."""

    @property
    def province(self) -> NDArray[np.int_]:
        """Province of every municipality."""
        return self.config.assumptions.municipalities.province_index

    @property
    def wage(self) -> Array:
        """Average wage that the bases of the valuation year used [province]; currency a year."""
        return self.accounts.wage
