"""What must agree between the funds of a set, their laws and tables."""

from collections.abc import Iterable, Mapping
from datetime import date

from pooling.assumptions.files import Reader, listed
from pooling.assumptions.folder import Documents
from pooling.assumptions.funds import (
    SHARE_TOLERANCE,
    EmployeePensionFund,
    Fund,
    ResidentPensionFund,
)
from pooling.assumptions.model import AssumptionSet, SchemeRules
from pooling.assumptions.registry import NEEDS
from pooling.assumptions.schemas import Strict
from pooling.assumptions.toml_text import Document, Path, complain, unknown


def _check_start(
    reader: Reader, document: Document, fund: ResidentPensionFund, valuation: date
) -> None:
    """Who draws at the opening has paid before: the scheme began by the valuation year."""
    if fund.members.scheme_start >= valuation.year + 1:
        path, allowed = ("members", "scheme_start"), f"a year before {valuation.year + 1}"
        complain(reader, document, path, f"{fund.members.scheme_start:g}", allowed)


def check_funds(reader: Reader, documents: Documents, assumptions: AssumptionSet) -> None:
    """Funds belong to a scheme with a law, have codes of their own and share the scheme out."""
    by_module: dict[str, list[Fund]] = {}
    codes = [fund.code for fund in assumptions.funds]
    for fund in assumptions.funds:
        document = documents.schemes[fund.key]
        by_module.setdefault(fund.module, []).append(fund)
        if codes.count(fund.code) > 1:
            allowed = "a code that no other fund has"
            complain(reader, document, ("code",), str(fund.code), allowed)
        law = assumptions.scheme_rules.get(fund.module)
        if law is not None and isinstance(fund, EmployeePensionFund):
            _check_fund(reader, document, fund, law)
        elif (
            law is None
            and fund.module not in documents.laws
            and not _unread(reader, documents, fund.module)
        ):
            unknown(reader, document, ("module",), "law", fund.module, documents.laws)
        if isinstance(fund, ResidentPensionFund):
            _check_start(reader, document, fund, assumptions.info.valuation_date)
        _check_range(reader, document, fund)
        _check_needs(reader, documents, fund, assumptions)
    if set(documents.schemes) == set(documents.laws):
        reader.report("schemes", "", "no fund", "at least one schemes/<fund>.toml")
    pensions = [fund for fund in assumptions.funds if isinstance(fund, EmployeePensionFund)]
    if pensions:
        _check_split(reader, documents, pensions)
    for module, funds in by_module.items():
        _check_single(reader, documents, module, funds)


def _unread(reader: Reader, documents: Documents, module: str) -> bool:
    """Whether a law is there that cannot be parsed: that has been reported."""
    return module not in documents.schemes and reader.exists(f"schemes/{module}.toml")


def _check_fund(
    reader: Reader, document: Document, fund: EmployeePensionFund, law: SchemeRules
) -> None:
    """A fund's groups are its law's, their shares sum to one, its ranges are of its figures."""
    if fund.split.residual == (fund.revenue is not None):
        found = f"{'a' if fund.revenue else 'no'} [revenue] table"
        allowed = "[revenue] in the funds with residual = false, and in no other"
        complain(reader, document, ("split", "residual"), found, allowed)
    sexes = {group.key: group.sex for group in law.retirement_groups}
    _check_groups(reader, document, ("groups",), fund.groups, sexes)
    _check_groups(reader, document, ("awards",), fund.awards.groups, sexes)
    for sex in ("male", "female"):
        shares = [share for key, share in fund.groups.items() if sexes.get(key) == sex]
        _check_one(reader, document, ("groups",), shares, f"{sex} groups")
    _check_one(reader, document, ("awards",), fund.awards.groups.values(), "groups")


def _check_range(reader: Reader, document: Document, fund: Fund) -> None:
    """Declared ranges are of the fund's own figures."""
    parts = [getattr(fund, name) for name in type(fund).model_fields]
    names = {name for part in parts if isinstance(part, Strict) for name in type(part).model_fields}
    for key in fund.range:
        if key not in names:
            unknown(reader, document, ("range", key), "figure", key, sorted(names))


def _check_needs(
    reader: Reader, documents: Documents, fund: Fund, assumptions: AssumptionSet
) -> None:
    """The tables that a fund of the module is opened from are there."""
    for name in NEEDS[fund.module]:
        if name not in assumptions.tables and name not in documents.entries:
            document = documents.schemes[fund.key]
            found, allowed = f"no table {name}", f"a set with {name}.csv, which {fund.module} needs"
            complain(reader, document, ("module",), found, allowed)


def _check_single(reader: Reader, documents: Documents, module: str, funds: list[Fund]) -> None:
    """Only the employee pension scheme has more than one fund."""
    if module == "employee_pension" or len(funds) == 1:
        return
    names = listed(fund.key for fund in funds)
    document = documents.schemes[funds[-1].key]
    complain(reader, document, ("module",), f"{module} again: {names}", "one fund of this scheme")


def _check_groups(
    reader: Reader,
    document: Document,
    path: Path,
    shares: Mapping[str, float],
    groups: Mapping[str, str],
) -> None:
    """Shares are of the law's groups, of each of them."""
    for key in shares:
        if key not in groups:
            unknown(reader, document, (*path, key), "group", key, groups)
    for key in groups:
        if key not in shares:
            complain(reader, document, path, f"no share of {key!r}", listed(groups))


def _check_one(
    reader: Reader, document: Document, path: Path, shares: Iterable[float], what: str
) -> None:
    total = sum(shares)
    if abs(total - 1) > SHARE_TOLERANCE:
        found = f"shares of {what} that sum to {total:g}"
        complain(reader, document, path, found, "shares that sum to 1")


def _check_split(reader: Reader, documents: Documents, funds: list[EmployeePensionFund]) -> None:
    """Over the funds of a scheme each share sums to one, and one fund takes the rest."""
    document = documents.schemes[funds[0].key]
    for column in ("expenditure", "balance", "active", "retirees"):
        shares = {fund.key: getattr(fund.split, column) for fund in funds}
        total = sum(shares.values())
        if abs(total - 1) > SHARE_TOLERANCE:
            given = " + ".join(f"{share:g} ({key})" for key, share in shares.items())
            allowed = "shares that sum to 1 over the funds of the scheme"
            complain(reader, document, ("split", column), f"{given} = {total:g}", allowed)
    residual = [fund.key for fund in funds if fund.split.residual]
    if len(residual) != 1:
        found = f"residual funds: {listed(residual) or 'none'}"
        complain(reader, document, ("split", "residual"), found, "one residual fund a scheme")
