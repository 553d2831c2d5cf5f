"""The benchmark suite runs: small, on the example, as a draft. Nothing here looks at a time."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.section import Section
from benchmarks.targets import targets

ROOT = Path(__file__).parents[2]


def benchmarks(*arguments: str) -> subprocess.CompletedProcess:
    """Run the suite as a user does."""
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def drafted(folder: Path, parts: str) -> dict:
    """What the quick suite keeps of some parts, on the example."""
    done = benchmarks(
        *("--quick", "--draft", "--sets", "example", "--only", parts, "--folder", str(folder))
    )
    assert done.returncode == 0, done.stderr
    (numbers,) = folder.glob("*.json")
    return json.loads(numbers.read_text(encoding="utf-8"))


def test_the_quick_suite_measures_and_keeps(tmp_path: Path):
    kept = drafted(tmp_path, "machine,kernel")
    (text,), (numbers,) = tmp_path.glob("*.md"), tmp_path.glob("*.json")
    assert text.stem == numbers.stem
    assert text.stem.endswith("-quick-draft")
    assert kept["draft"]
    assert kept["quick"]
    assert {"jax", "numpy", "python"} <= set(kept["packages"])
    rows = {section["title"]: section["rows"] for section in kept["sections"]}
    assert all(row["rate"] > 0 for row in rows["Ceilings of the machine"])
    movement = {row["implementation"] for row in rows["Movement of the stocks"]}
    assert movement == {"JAX", "NumPy", *(["C"] if shutil.which("gcc") else [])}
    assert "## Movement of the stocks" in text.read_text(encoding="utf-8")


@pytest.mark.slow
def test_bits_do_not_depend_on_what_runs_beside_a_path(tmp_path: Path):
    section, errors = drafted(tmp_path, "invariance")["sections"]
    assert [row["precision"] for row in section["rows"]] == ["double", "mixed"]
    for same in section["rows"]:
        assert {value for name, value in same.items() if name.startswith("bits")} == {1}
    (error,) = errors["rows"]
    assert 0 < float(error["fund balance"]) < 1e-5


def test_a_part_is_never_published_and_unknown_parts_are_refused():
    part = benchmarks("--only", "machine")
    assert part.returncode == 1
    assert "add --draft" in part.stderr
    unknown = benchmarks("--only", "machines")
    assert unknown.returncode == 2
    assert "choose of" in unknown.stderr


def test_targets_are_held_against_the_figures_of_the_suite():
    """20 paths cold in 40 s, warm 20 and 100 in 22 and 62 s: half a second a path, 200 paths in 40 + 180 / 2 = 130 s."""
    run = {"set": "china", "precision": "double", "peak MB": 1500.0}
    sections = [
        Section(
            "Whole runs",
            "",
            [
                {**run, "paths": 20, "cache": "cold", "wall s": 40.0},
                {**run, "paths": 20, "cache": "warm", "wall s": 22.0},
                {**run, "paths": 100, "cache": "warm", "wall s": 62.0},
                {**run, "paths": 100, "cache": "warm", "wall s": None, "peak MB": None},
            ],
        ),
        Section("Start-up", "", [{"what": "pooling --help", "min s": 0.5}]),
    ]
    rows = {row["what"]: row for row in targets(sections).rows}
    aim = rows["China, 200 paths, double, cold, s (extrapolated)"]
    assert (aim["target"], aim["measured"], aim["met"]) == ("≤ 90", 130.0, "no")
    assert rows["largest memory of a run, MB"]["measured"] == 1500
    assert rows["`pooling --help`, s"]["met"] == "yes"
    assert rows["`pooling check`, s"]["measured"] is None
    assert rows["`pooling check`, s"]["met"] == ""


def test_the_published_figures_give_the_table_of_the_readme():
    """README's short table is that of the newest published file."""
    newest = max((ROOT / "benchmarks" / "results").glob("*-cpu*.json"))
    kept = json.loads(newest.read_text(encoding="utf-8"))
    table = targets([Section(**each) for each in kept["sections"]]).markdown().split("\n\n")[-1]
    assert table.strip() in (ROOT / "README.md").read_text(encoding="utf-8")
