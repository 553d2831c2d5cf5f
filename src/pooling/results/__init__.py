"""A projected path → the named arrays of the vocabulary, the year axis last.

Runs inside the compiled program, so that only what is written leaves it. One module a family of quantities.
"""

from collections.abc import Sequence

from pooling.measures.registry import Registered
from pooling.results.arrangements import arrangements
from pooling.results.family import Named, local_flows
from pooling.results.financing import financing
from pooling.results.funds import accounts
from pooling.results.horizons import over_horizons
from pooling.results.ledger import ledger
from pooling.results.mobility import mobility
from pooling.results.regions import regions
from pooling.results.subsidies import subsidies
from pooling.results.transfers import transfers
from pooling.year import Model, YearResult

__all__ = ["Named", "of_path"]


def of_path(model: Model, path: YearResult, measures: Sequence[Registered] = ()) -> Named:
    """Every quantity of one path: ``[scheme, fund, year]``, ``[scheme, municipality, year]`` and so on.

    Args:
        model: of the run.
        path: its years.
        measures: of one's own; given, not looked up, because JAX remembers what it traced by what it was given.
    """
    local = local_flows(model, path)
    between = transfers(model, path, local)
    named = {
        **accounts(model, path),
        **regions(model, path),
        **between,
        **subsidies(model, path, local),
        **mobility(path),
        **ledger(model, path, between["net_transfer_province"]),
        **arrangements(model, path, local, between),
        **financing(model, path, local, between["net_transfer_cash_province"]),
        **over_horizons(model, path, between["deficit_borne_province"]),
    }
    return named | {each.name: each.function(named) for each in measures}
