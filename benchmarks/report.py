"""Print the figures and keep them, for people and for programs."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.section import Section

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Circumstances:
    """Where and from what the figures come."""

    date: str
    device: str
    """JAX backend and device."""
    processor: str
    commit: str
    """The commit, or that this is a draft."""
    source_digest: str
    """Digest of package and assumptions before the start."""
    changed: bool
    """Whether they changed while the suite ran; in drafts only."""
    packages: dict[str, str]
    load_before: float
    """Average load of the minute before the suite started."""
    busy: bool
    quick: bool
    draft: bool
    seconds: float
    """Duration of the suite."""


def markdown(about: Circumstances, sections: Sequence[Section]) -> str:
    """The report as text."""
    packages = ", ".join(f"{name} {number}" for name, number in about.packages.items())
    kind = ("draft" if about.draft else "published") + (", quick" if about.quick else "")
    lines = [
        f"# Benchmarks, {about.date} ({kind})",
        "",
        f"- device: {about.device}; processor: {about.processor}",
        f"- commit: {about.commit}; digest of sources and assumptions: {about.source_digest}",
        f"- packages: {packages}",
        f"- load before the start: {about.load_before:.2f}; the suite took {about.seconds:.0f} s",
        "",
        *_warnings(about),
        "Quote ratios within one table; seconds belong to this machine and day.",
        "",
    ]
    return "\n".join(lines) + "\n" + "\n".join(section.markdown() for section in sections)


def _warnings(about: Circumstances) -> list[str]:
    busy = "**The machine was busy with other work: absolute times are too long.**"
    changed = "**The sources changed while the suite ran: tables may belong to different states.**"
    said = [*_if(busy, about.busy), *_if(changed, about.changed)]
    return [line for warning in said for line in (warning, "")]


def store(about: Circumstances, sections: Sequence[Section], folder: Path = RESULTS) -> Path:
    """Write the report as Markdown and as JSON; returns the Markdown file."""
    folder.mkdir(parents=True, exist_ok=True)
    marks = [
        about.date,
        _slug(about.device),
        *_if("quick", about.quick),
        *_if("draft", about.draft),
    ]
    path = folder / ("-".join(marks) + ".md")
    path.write_text(markdown(about, sections), encoding="utf-8")
    content = {**asdict(about), "sections": [asdict(section) for section in sections]}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return path


def _slug(name: str) -> str:
    """A device's name as part of a file name, each word once: ``cpu: cpu`` → ``cpu``."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return "-".join(dict.fromkeys(words))


def _if(mark: str, wanted: bool) -> list[str]:
    return [mark] if wanted else []
