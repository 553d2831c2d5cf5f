"""The files of an assumption set: found, parsed and kept as documents until overlays have changed them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pooling.assumptions.files import Reader, listed, nearest
from pooling.assumptions.schemas import TableEntry
from pooling.assumptions.tables import REGISTRY, TABLE_FOLDERS
from pooling.assumptions.toml_text import Document, complain, read_toml
from pooling.assumptions.validation import validate

SINGLE_FILES = (
    "set.toml",
    "sources.toml",
    "provinces.csv",
    "municipalities.csv",
    "economy/economy.toml",
    "pooling/arrangements.toml",
)
OPEN_FOLDERS = ("schemes", "overlays")
"""Folders that hold any number of TOML files."""

UNREAD_DATA = {".xlsx", ".xls", ".ods", ".tsv", ".json", ".yaml", ".yml", ".parquet", ".nc"}
"""Kinds of data files that no set reads: one lying there is more likely a mistake than a note."""


@dataclass(frozen=True)
class Documents:
    """The TOML files of a set.

    Attributes:
        info: ``set.toml``.
        sources: ``sources.toml``.
        economy: ``economy/economy.toml``.
        arrangements: ``pooling/arrangements.toml``.
        schemes: file stem → law or fund.
        entries: ``folder/stem`` → entry of a CSV file in its ``tables.toml``.
        listings: folder → its ``tables.toml``.
    """

    info: Document | None
    sources: Document | None
    economy: Document | None
    arrangements: Document | None
    schemes: dict[str, Document]
    entries: dict[str, TableEntry]
    listings: dict[str, Document]

    @property
    def laws(self) -> list[str]:
        """Stems of the files of ``schemes/`` that are laws; the others are funds."""
        return [stem for stem, document in self.schemes.items() if is_law(document)]

    @property
    def funds(self) -> list[str]:
        """Names of the files of funds, readable ones and others."""
        return [stem for stem, document in self.schemes.items() if not is_law(document)]


def is_law(document: Document) -> bool:
    """Whether a file of ``schemes/`` is a law: it has rules."""
    return "rules" in document.data or "retirement_groups" in document.data


def open_documents(reader: Reader) -> Documents:
    """Parse every TOML file of a set but the overlays, and report files that no set holds."""
    files = sorted(_files(reader.root))
    _report_strangers(reader, files)
    schemes = {
        Path(file).stem: document
        for file in files
        if _is_scheme(file) and (document := read_toml(reader, file)) is not None
    }
    listings = {
        folder: document
        for folder in TABLE_FOLDERS
        if (document := read_toml(reader, f"{folder}/tables.toml")) is not None
    }
    single = {file: read_toml(reader, file) for file in SINGLE_FILES if file.endswith(".toml")}
    entries = {k: e for folder, d in listings.items() for k, e in _entries(reader, folder, d)}
    documents = Documents(
        info=single["set.toml"],
        sources=single["sources.toml"],
        economy=single["economy/economy.toml"],
        arrangements=single["pooling/arrangements.toml"],
        schemes=schemes,
        entries=entries,
        listings=listings,
    )
    _match_listings(reader, documents, files)
    return documents


def _files(root: Path) -> Iterator[str]:
    """Paths below a folder, hidden ones left out; links to folders are not followed."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        # A folder that is named like a file stands where one should: it is read, and that fails with its place.
        named = [name for name in folders if Path(name).suffix in (".toml", ".csv")]
        for name in (*names, *named):
            if not name.startswith("."):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _is_scheme(file: str) -> bool:
    path = Path(file)
    return path.parent.as_posix() == "schemes" and path.suffix == ".toml" and path.stem != "tables"


def _report_strangers(reader: Reader, files: list[str]) -> None:
    known = [*SINGLE_FILES, *(f"{folder}/tables.toml" for folder in TABLE_FOLDERS)]
    for file in files:
        folder, suffix = Path(file).parent.as_posix(), Path(file).suffix.lower()
        read = file in known or (
            (suffix == ".toml" and folder in OPEN_FOLDERS)
            or (suffix == ".csv" and folder in TABLE_FOLDERS)
        )
        if not read and suffix in {".toml", ".csv", *UNREAD_DATA}:
            reader.report(
                file,
                "",
                "a file that no set reads",
                "CSV files listed in a tables.toml, and the TOML files of a set",
                nearest=nearest(file, known),
            )


def _entries(reader: Reader, folder: str, document: Document) -> Iterator[tuple[str, TableEntry]]:
    for stem, data in document.data.items():
        entry = validate(reader, document, TableEntry, data, (stem,))
        if entry is not None:
            yield f"{folder}/{stem}", entry


def _match_listings(reader: Reader, documents: Documents, files: list[str]) -> None:
    """Report CSV files without an entry, entries without a file, and tables that the model does not know."""
    present = {file.removesuffix(".csv") for file in files if _is_table(file)}
    named = {f"{folder}/{stem}" for folder, d in documents.listings.items() for stem in d.data}
    for name in sorted(present - named):
        folder, _, stem = name.partition("/")
        if folder not in documents.listings:
            continue
        stems = documents.listings[folder].data
        allowed = f"the tables of {folder}/tables.toml: {listed(stems, 20)}"
        found = "a table without an entry in tables.toml"
        reader.report(f"{name}.csv", "", found, allowed, nearest=nearest(stem, stems))
    for name in sorted(named - present):
        found = f"an entry without the file {name}.csv"
        _report_entry(reader, documents, name, found, "a file for every entry")
    known = set(REGISTRY) | partition_files(documents.arrangements)
    if documents.arrangements is None:
        # Which tables are partitions is not known.
        known |= {name for name in named if name.startswith("pooling/")}
    for name in sorted((named & present) - known):
        found, close = f"the unknown table {name!r}", nearest(name, REGISTRY)
        _report_entry(reader, documents, name, found, "the tables of the model", close)
    for name, spec in REGISTRY.items():
        if spec.required and name not in named | present:
            reader.report(f"{name}.csv", "", "no such table", "every required table")


def _is_table(file: str) -> bool:
    return file.endswith(".csv") and Path(file).parent.as_posix() in TABLE_FOLDERS


def _report_entry(
    reader: Reader, documents: Documents, name: str, found: str, allowed: str, close: str = ""
) -> None:
    folder, _, stem = name.partition("/")
    complain(reader, documents.listings[folder], (stem,), found, allowed, close)


def partition_files(arrangements: Document | None) -> set[str]:
    """Tables (``pooling/regions``) that arrangements, or changes of one, name as their partition."""
    paths = []
    for entry in _tables(arrangements.get(("arrangement",)) if arrangements else None):
        paths += [each.get("partition") for each in (entry, *_tables(entry.get("change")))]
    return {p.removesuffix(".csv") for p in paths if isinstance(p, str) and p.endswith(".csv")}


def _tables(entries: object) -> list[dict]:
    """The tables of a list; what is of another kind is reported elsewhere."""
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
