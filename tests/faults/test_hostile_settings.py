"""Settings that are wrong, misplaced, without effect or hostile: refused with the place and a way out."""

import os

import pytest

from small_set import SetCopy, messages

RUN = "runs/example.toml"
ARRANGEMENTS = "pooling/arrangements.toml"
LAW = "schemes/employee_pension.toml"
FUND = "schemes/employee_pension_fund.toml"
TIERS = "pooling/tiers.csv"


# Each: file, what stands there, what is put there, a part of a message.
SETTINGS = {
    "key in another table": (
        RUN, "paths = 20", "paths = 20\ninterest = 0.025",
        "key projection.interest: found the unknown key 'interest'; allowed: first_year, last_year, paths, seed; "
        "it belongs to [options]",
    ),
    "key of the top inside a table": (
        RUN, "all_paths = false", 'all_paths = false\ntitle = "x"', "it belongs to the top of the file",
    ),
    "key with odd characters": (
        RUN, "all_paths = false", '"all paths" = false', "key output.all paths: found the unknown key 'all paths'",
    ),
    "key of a later table": (RUN, "[options]\n", "[option]\n", "did you mean 'options'?"),
    "law that is not TOML": (LAW, "[rules.accrual]", "[rules.accrual", f"example/{LAW}, line 96: found '[rules.accrual'"),
    "wide equals sign": (RUN, "paths = 20", "paths ＝ 20", "line 9: found 'paths ＝ 20'; allowed: TOML"),
    "curly quotes": (RUN, '"central"', "“central”", "found 'central_path = “central”'; allowed: TOML"),
    "thousand separators": (RUN, "seed = 20250101", "seed = 20,250,101", "allowed: TOML"),
    "leading zero": (RUN, "paths = 20", "paths = 020", "found 'paths = 020'; allowed: TOML"),
    "number without its zero": (RUN, "interest = 0.025", "interest = .025", "allowed: TOML"),
    "date that does not exist": (LAW, "2019-05-01", "2019-02-30", "found 'from = 2019-02-30'; allowed: TOML"),
    "date with a time": ("set.toml", "2024-12-31", "2024-12-31T00:00:00", "allowed: a date such as 2024-12-31"),
    "true as text": (RUN, "all_paths = false", 'all_paths = "false"', "found 'false'; allowed: true or false"),
    "number as truth": (RUN, "all_paths = false", "all_paths = 0", "found 0; allowed: true or false"),
    "truth as number": (RUN, "paths = 20", "paths = true", "found True; allowed: a whole number"),
    "number of thousands of digits": (
        RUN, "paths = 20", f"paths = {'9' * 5000}", "runs/example.toml: found a whole number of thousands of digits",
    ),
    "year of fifty digits": (RUN, "last_year = 2099", f"last_year = {'9' * 50}", "allowed: a year up to 2100, the last"),
    "code of fifty digits": (RUN, "province = 100000", f"province = {'9' * 50}", "allowed: a code of provinces.csv"),
    "fraction of five hundred digits": (RUN, "interest = 0.025", f"interest = {'9' * 500}", "key options.interest: found"),
    "zero threads": (RUN, 'threads = "auto"', "threads = 0", "key compute.threads: found 0"),
    "unknown device": (
        RUN, 'threads = "auto"', 'device = "cuda"', "key compute.device: found 'cuda'; allowed: 'auto', 'cpu' or 'gpu'",
    ),
    "unknown precision": (
        RUN, 'precision = "double"', 'precision = "single"',
        "key compute.precision: found 'single'; allowed: 'auto', 'double' or 'mixed'",
    ),
    "precision as bits": (RUN, 'precision = "double"', "precision = 64", "key compute.precision: found 64; allowed: 'auto'"),
    "launch of no paths": (RUN, 'threads = "auto"', "width = 0", "key compute.width: found 0; allowed: 'auto' or a number"),
    "half a path": (RUN, 'threads = "auto"', "width = 1.5", "key compute.width: found 1.5; allowed: 'auto' or a whole"),
    "width as text": (RUN, 'threads = "auto"', 'width = "8"', "key compute.width: found '8'; allowed: 'auto'"),
    "huge launch": (RUN, 'threads = "auto"', "width = 100000", "found 100000; allowed: 'auto' or a number up to 4096"),
    "chunk of no paths": (RUN, 'threads = "auto"', "chunk = -1", "key compute.chunk: found -1"),
    "unknown setting of the machine": (RUN, 'threads = "auto"', "widht = 4", "key compute.widht: found the unknown key"),
    "more paths than a run can have": (RUN, "paths = 20", "paths = 2000000", "allowed: a number up to 1e+06"),
    "negative seed": (RUN, "seed = 20250101", "seed = -1", "found -1; allowed: a number of 0 or more"),
    "phase upside down": (
        RUN, "[output]", "[subsidy_rule]\nbefore = 0.0\nafter = 1.0\nfrom = 2030\nto = 2026\n\n[output]",
        "key subsidy_rule.to: found 2026; allowed: a year from 2030 on",
    ),
    "first year before the base": (
        RUN, "first_year = 2025", "first_year = 2020", "key projection.first_year: found 2020; allowed: 2025",
    ),
    "change before the base": (
        ARRANGEMENTS, "from = 2028", "from = 2020", "stepwise.change.0.from: found 2020; allowed: a year after",
    ),
    "change after the horizon": (
        ARRANGEMENTS, "from = 2031", "from = 2131", "stepwise.change.1.from: found 2131; allowed: a year up to 2100",
    ),
    "rule after the horizon": (
        LAW, "from = 2019-05-01", "from = 2109-05-01",
        "key rules.employer_rate.values.1.from: found 2109-05-01; allowed: a date up to the set's horizon, 2100",
    ),
    "date beyond the calendar": (
        LAW, "from = 2019-05-01", "from = 9999-05-01", "found 9999-05-01; allowed: a date up to 2200-12-31",
    ),
    "valuation at the end of time": ("set.toml", "2024-12-31", "9999-12-31", "key valuation_date: found 9999-12-31"),
    "census on the leap day": (
        "set.toml", "horizon_first", "census_date = 2020-02-29\nhorizon_first", "allowed: a day that every year has",
    ),
    "retirement outside the divisors": (
        LAW, "original_age_months = 720", "original_age_months = 1080", "allowed: 480 to 840 months, the ages of",
    ),
    "levy that solves nothing": (
        ARRANGEMENTS, 'within = "nation"\nlevy', 'within = "province"\nlevy',
        "arrangement current: levy 'auto' is solved on the provinces of the nation: partition must be 'province'",
    ),
    "cap of the nation": (
        ARRANGEMENTS, 'cap = "province"', 'cap = "nation"',
        "key benefit_policy.province.cap: benefit policy province: cap must be the province's; got nation",
    ),
    "control characters in a title": (
        RUN, '"Exampleland', '"Ex\\u001b[2J', r"key title: found control characters in 'Ex\x1b[2J",
    ),
    "control characters in a key": (
        RUN, "all_paths = false", '"\\u001b[2J" = false', r"key output.\x1b[2J: found the unknown key",
    ),
    "zero byte in the set's name": (RUN, '"../example"', '"../exam\\u0000ple"', r"found '../exam\x00ple'"),
    "zero byte in the output": (RUN, '"example.nc"', '"exa\\u0000mple.nc"', "key output.file: found control characters"),
    "zero byte in a partition": (ARRANGEMENTS, "pooling/regions.csv", "pooling/re\\u0000.csv", "which is no file's name"),
    "endless name of a set": (RUN, '"../example"', f'"../{"e" * 5000}"', "allowed: a relative path to a folder"),
    "endless name of a partition": (ARRANGEMENTS, "pooling/regions.csv", "p" * 5000 + ".csv", "which is no file's name"),
    "variable of the environment": (RUN, '"../example"', '"$HOME/example"', "found '$HOME/example'; allowed: a relative"),
    "variable in braces": (RUN, '"../example"', '"${PWD}/../example"', "found '${PWD}/../example'; allowed: a relative"),
    "home folder": (RUN, '"../example"', '"~/example"', "found '~/example'; allowed: a relative path"),
    "address of the net": (RUN, '"../example"', '"https://example.org/set"', "found 'https://example.org/set'"),
    "absolute set": (RUN, '"../example"', '"/etc"', "found '/etc'; allowed: a relative path"),
    "partition from the net": (ARRANGEMENTS, "pooling/regions.csv", "http://x.org/p.csv", "found no file 'http://x.org/p.csv'"),
}  # fmt: skip


@pytest.mark.parametrize("case", SETTINGS)
def test_wrong_setting(copy: SetCopy, case: str) -> None:
    file, old, new, part = SETTINGS[case]
    copy.replace(file, old, new)
    found = messages(copy)
    assert any(part in message for message in found), found
    assert all(message.isprintable() and len(message) < 2000 for message in found)


OVERRIDES = {
    "zero byte in an overlay": ({"overlays": ["a\0b.toml"]}, "which is no file's name"),
    "endless name of an overlay": ({"overlays": ["a" * 5000 + ".toml"]}, "which is no file's name"),
    "overlay from the net": ({"overlays": ["http://x.org/o.toml"]}, "found no file 'http://x.org/o.toml'"),
    "history of a rule": (
        {"schemes.employee_pension.rules.indexation": 3.0},
        "--set schemes.employee_pension.rules.indexation: a value set from the valuation date on has no effect",
    ),
    "control characters": ({"title": "\x1b[2J"}, "--set title: found control characters"),
    "settlement of pools that span provinces": (
        {"pooling.arrangement.municipal.within": "province"},
        "key arrangement.municipal.within (set by the command line): found a value; allowed: nothing where settlement",
    ),
    "nothing": ({"": 1}, "found the unknown path ''"),
    "dots": ({"...": 1}, "found the unknown path '...'"),
}  # fmt: skip


@pytest.mark.parametrize("case", OVERRIDES)
def test_wrong_override(copy: SetCopy, case: str) -> None:
    changes, part = OVERRIDES[case]
    found = messages(copy, **changes)
    assert any(part in message for message in found), found


def test_pools_that_span_provinces_cannot_settle_within_one(copy: SetCopy) -> None:
    text = copy.path(ARRANGEMENTS).read_text(encoding="utf-8")
    regional = 'settlement = "levy_fill"\nwithin = "province"\nlevy = 0.5\nfill = 1.0\n'
    head, tail = text.split('partition = "pooling/regions.csv"\n')
    tail = tail.replace('settlement = "none"\n', regional, 1)
    copy.path(ARRANGEMENTS).write_text(
        f'{head}partition = "pooling/regions.csv"\n{tail}', encoding="utf-8"
    )
    copy.replace("pooling/regions.csv", "100100,1,West,西部", "100100,2,East,东部")
    (message,) = messages(copy, arrangements=["regional"])
    assert message.endswith(
        "pools of pooling/regions.csv cannot settle within a province: some span several"
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (RUN, ".".join(["a"] * 3000) + " = 1\n"),
        ("economy/economy.toml", "[" + ".".join(["a"] * 300_000) + "]\nvalue = 1\n"),
        ("set.toml", "a = " + "[" * 100 + "]" * 100 + "\n"),
        ("sources.toml", "a = " + "[" * 500_000 + "\n"),
        (LAW, "a = " + "{b=" * 3000 + "1" + "}" * 3000 + "\n"),
    ],
)
def test_nesting_without_end(copy: SetCopy, file: str, text: str) -> None:
    copy.path(file).write_text(text + copy.path(file).read_text(encoding="utf-8"), encoding="utf-8")
    assert any("nested too deeply; allowed: at most 20 levels" in each for each in messages(copy))


def test_settings_of_megabytes(copy: SetCopy) -> None:
    copy.path("sources.toml").write_text("# " + "x" * 2**20 + "\n")
    assert "allowed: at most 1,048,576 bytes" in messages(copy)[0]


def test_link_in_a_circle(copy: SetCopy) -> None:
    copy.path(TIERS).unlink()
    copy.path(TIERS).symlink_to("tiers.csv")
    (message,) = messages(copy)
    assert message.startswith(
        "example/pooling/tiers.csv: found 'pooling/tiers.csv', which is no file's name"
    )


@pytest.mark.parametrize(
    "target", ["/dev/zero", "/dev/stdin", "/proc/self/environ", "../../../elsewhere.csv"]
)
def test_link_to_a_device_or_outside(copy: SetCopy, target: str) -> None:
    copy.path(TIERS).unlink()
    copy.path(TIERS).symlink_to(target)
    assert "a link that leaves the folder" in messages(copy)[0]


def test_run_that_is_a_pipe_or_a_folder(copy: SetCopy) -> None:
    copy.run.unlink()
    os.mkfifo(copy.run)
    assert "found no such file" in messages(copy)[0]
    copy.run.unlink()
    copy.run.mkdir()
    assert "found no such file" in messages(copy)[0]


@pytest.mark.parametrize("name", [b"\xff.csv", b"\x1b[2J.csv", b"a\nb.csv", "甲.csv".encode()])
def test_names_of_files_that_a_terminal_must_not_see(copy: SetCopy, name: bytes) -> None:
    with open(os.fsencode(copy.path("economy")) + b"/" + name, "wb"):
        pass
    (message,) = messages(copy)
    assert "found a table without an entry in tables.toml" in message
    assert message.isprintable()
    message.encode("utf-8")


def test_a_law_that_cannot_be_read_is_one_problem(copy: SetCopy) -> None:
    """What refers to it is not wrong because of that."""
    copy.replace(LAW, "[rules.accrual]", "[rules.accrual")
    assert len(messages(copy)) == 1
    copy.replace(
        ARRANGEMENTS, '[[arrangement]]\nkey = "national"', '[[arrangement\nkey = "national"'
    )
    assert len(messages(copy)) == 2


def test_problems_are_the_same_each_time(copy: SetCopy) -> None:
    copy.replace(RUN, "paths = 20", "paths = -1")
    copy.replace(TIERS, "100000,0.1", "100001,x")
    copy.replace(FUND, "dormant_share = 0.1", 'dormant_share = "0.1"')
    assert messages(copy) == messages(copy)
