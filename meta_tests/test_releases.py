"""The rows of the releases: what follows from them is up to date, and a release is added by one command."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from meta_tests.support.environments import NEWEST, OLDEST, STAND_IN
from reports import releases
from reports.errors import BadInput
from reports.releases import adding, rows, tox_ini
from reports.releases.rows import ReleaseRow, parsed, with_row

TEXT = """
# Above the rows.
floor = "0.10.0"

[releases]
"0.9.0" = { as_of = 2024-08-29, pythons = ["3.12", "3.11"] }
"0.10.0" = { as_of = 2024-10-18, pythons = ["3.12", "3.11", "3.13"] }
"0.10.2" = { as_of = 2024-11-21, pythons = ["3.12", "3.13"] }
"""
ROW = '"0.10.2" = { as_of = 2024-11-21, pythons = ["3.12", "3.13"] }\n'
TOX_INI = """\
[releases]
main = 0.0.0
early = 0.0.0
recent = 0.0.0

[testenv]
base_python =
    flax0.0.0: 3.12
pass_env = CI
commands_pre =
    first
    flax0.0.0: python -m reports.gate.install flax==0.0.0 --exclude-newer=2000-01-01
    last

[testenv:other]
base_python = 3.12, 3.13
"""


def test_tox_ini_follows_from_the_rows() -> None:
    """If not, ``python -m reports release`` writes it."""
    text = tox_ini.TOX_INI.read_text(encoding="utf-8")
    assert tox_ini.renewed(text, rows.rows()) == text


def test_tox_ini_has_all_that_a_row_says() -> None:
    """The lists, the Pythons of each release, and how it is installed; the rest stays."""
    found = parsed(TEXT)
    text = tox_ini.renewed(TOX_INI, found)
    assert "main = 0.10.0,0.10.2\nearly = 0.9.0\nrecent = 0.10.0,0.10.2\n" in text
    assert (
        "base_python =\n    flax0.9.0: 3.12, 3.11\n    flax0.10.2, bench, strength: 3.12, 3.13\n"
        "    !flax0.9.0-!flax0.10.2-!bench-!strength: 3.12, 3.11, 3.13\npass_env"
    ) in text
    assert (
        "    first\n    flax0.9.0: python -m reports.gate.install flax==0.9.0 --exclude-newer=2024-08-29\n"
        "    flax0.10.0: python -m reports.gate.install flax==0.10.0 --exclude-newer=2024-10-18\n"
        "    flax0.10.2, bench, strength: "
        "python -m reports.gate.install flax==0.10.2 --exclude-newer=2024-11-21\n    last\n"
    ) in text
    assert text.endswith("[testenv:other]\nbase_python = 3.12, 3.13\n")
    assert tox_ini.renewed(text, found) == text


def test_rows_say_which_releases_the_tests_take() -> None:
    """The oldest, the newest, and the newest that runs on Python 3.11."""
    assert (f"flax{releases.releases()[0]}", f"flax{releases.releases()[-1]}") == (OLDEST, NEWEST)
    found = parsed(TEXT)
    assert (found.early, found.recent, found.main) == (["0.9.0"], ["0.10.0", "0.10.2"], ["0.10.0", "0.10.2"])
    assert (found.newest(), found.newest("3.11")) == ("0.10.2", "0.10.0")
    assert STAND_IN.removeprefix("flax") in rows.rows().names


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("floor", "flor", "damaged"),
        ("2024-08-29", "soon", "damaged"),
        ('"0.9.0"', '"nine"', "damaged"),
        ('"3.12", "3.11"]', '"3.9"]', "0.9.0 runs on Python .*; choose from 3.12, 3.11, 3.13"),
        ('"0.9.0"', '"0.11.0"', "the releases are not in order"),
        ('floor = "0.10.0"', 'floor = "0.10.1"', "the floor 0.10.1 has no row"),
    ],
)
def test_damaged_rows_are_refused(old: str, new: str, what: str) -> None:
    """In a line that names the file and what is wrong."""
    assert old in TEXT
    with pytest.raises(BadInput, match=rf"^releases\.toml: {what}"):
        parsed(TEXT.replace(old, new, 1))


def test_row_goes_to_its_place() -> None:
    """What was taken away and is added again gives the same file, and the text above stays."""
    row = ReleaseRow(date(2024, 11, 21), ["3.12", "3.13"])
    assert ROW in TEXT
    assert with_row(TEXT.replace(ROW, ""), "0.10.2", row) == TEXT
    assert parsed(with_row(TEXT, "0.10.1", row)).names == ["0.9.0", "0.10.0", "0.10.1", "0.10.2"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout with three releases, of which there is no evidence."""
    for name, module, text in (("releases.toml", rows, TEXT), ("tox.ini", tox_ini, TOX_INI)):
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(module, "FILE" if module is rows else "TOX_INI", tmp_path / name)
    rows.rows.cache_clear()
    monkeypatch.setattr(releases, "releases", list)
    yield tmp_path
    rows.rows.cache_clear()


def test_release_is_added_by_one_command(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row is what the index says, tox.ini follows, and what is left to do is named."""
    row = ReleaseRow(date(2024, 11, 21), ["3.12", "3.13"])
    (checkout / "releases.toml").write_text(TEXT.replace(ROW, ""))
    rows.rows.cache_clear()
    monkeypatch.setattr(adding, "_row", lambda release: row)
    said = [*adding.add("0.10.2")]
    assert said[0] == "releases.toml: flax 0.10.2, packages as of 2024-11-21, Python 3.12, 3.13"
    assert "    tox run -e flax0.10.2" in said
    assert "    python -m reports keep reports/runs/flax0.10.2.json" in said
    assert (checkout / "releases.toml").read_text() == TEXT
    assert "flax==0.10.2 --exclude-newer=2024-11-21" in (checkout / "tox.ini").read_text()
    assert "releases.toml" not in "".join(adding.add("0.10.2"))


@pytest.mark.parametrize(
    ("release", "what"),
    [("ten", "'ten' is no version; give one such as 0.10.2"), ("0.10.9", "the package index has no flax 0.10.9")],
)
def test_release_that_is_none_is_refused(
    release: str, what: str, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a line, and nothing is written."""
    monkeypatch.setattr(adding, "find_python", lambda version: Path("python"))
    monkeypatch.setattr(adding, "versions_between", lambda *_: [])
    with pytest.raises(BadInput, match=what):
        [*adding.add(release)]
    assert (checkout / "releases.toml").read_text() == TEXT
    assert (checkout / "tox.ini").read_text() == TOX_INI


def test_installed_suite_adds_no_release(checkout: Path) -> None:
    """What follows from the rows is in a checkout alone."""
    (checkout / "tox.ini").unlink()
    with pytest.raises(BadInput, match="add a release in a checkout"):
        [*adding.add(None)]
