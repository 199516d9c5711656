"""What becomes of checkpoints over several releases follows from what became of them on neighbours."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from reports import releases
from reports.errors import BadInput
from reports.gate.checkpoints import cross
from reports.gate.environments import Installation
from reports.paths import REFERENCE
from reports.releases import checkpoints
from reports.releases.checkpoints import Crossing
from reports.releases.rows import rows
from reports.render import words

SAFE = Crossing("0.10.0", "0.10.1", 12, True, {}, [])


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three releases: the first names a path otherwise than the second, and the second otherwise than the third."""
    monkeypatch.setattr(releases, "releases", lambda: ["1.0", "1.1", "1.2", "1.10"])
    monkeypatch.setattr(checkpoints, "FILE", tmp_path / "checkpoints.jsonl")
    monkeypatch.setattr(checkpoints, "digest_of_module", lambda module: "now")
    checkpoints._crossings.cache_clear()
    checkpoints.keep(Crossing("1.0", "1.1", 12, True, {"a/w": "b/w", "count": None}, []))
    checkpoints.keep(Crossing("1.1", "1.2", 12, False, {"b/w": "c/w", "key": "seed"}, []))
    checkpoints.keep(Crossing("1.1", "1.0", 12, True, {"b/w": "a/w"}, ["msgpack: no saved array fits count"]))
    checkpoints.keep(Crossing("1.2", "1.1", 12, True, {"c/w": "b/w"}, []))


def test_paths_are_followed_over_the_way(history: None) -> None:
    """A path that moves twice has moved once; one step within the bound is enough to lose the last bits."""
    found = checkpoints.over("1.0", "1.2")
    assert found
    assert found.renamed == {"a/w": "c/w", "count": None, "key": "seed"}
    assert not found.bitwise


def test_problem_says_between_which_releases(history: None) -> None:
    """What one release of the way cannot restore is a problem of the whole way."""
    found = checkpoints.over("1.2", "1.0")
    assert found
    assert found.problems == ["1.1 → 1.0: msgpack: no saved array fits count"]


def test_path_that_moves_back_has_not_moved(history: None) -> None:
    """Only what differs at the end is listed."""
    checkpoints.keep(Crossing("1.2", "1.10", 12, True, {"c/w": "a/w", "seed": "key"}, []))
    found = checkpoints.over("1.0", "1.10")
    assert found
    assert found.renamed == {"count": None}


@pytest.mark.parametrize(("old", "new"), [("1.2", "1.10"), ("1.0", "1.10"), ("1.0", "1.0"), ("1.0", "2.0")])
def test_way_that_was_not_tried_has_no_answer(history: None, old: str, new: str) -> None:
    """A gap in the way, no way at all, and a release without evidence."""
    assert checkpoints.over(old, new) is None


def test_what_was_tried_with_another_program_is_missing(history: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """So are neighbours that were never tried."""
    assert checkpoints.missing() == [("1.2", "1.10"), ("1.10", "1.2")]
    monkeypatch.setattr(checkpoints, "digest_of_module", lambda module: "later")
    assert len(checkpoints.missing()) == 6


def test_no_release_is_refused(history: None) -> None:
    """Evidence is of releases."""
    with pytest.raises(BadInput, match=r"1\.0 and main are not both releases"):
        checkpoints.keep(msgspec.structs.replace(SAFE, saved_by="1.0", restored_by="main"))


def test_damaged_file_is_named(history: None) -> None:
    """In one line, with what to do."""
    checkpoints.FILE.write_text("{}\n")
    checkpoints._crossings.cache_clear()
    with pytest.raises(BadInput, match="damaged"):
        checkpoints.over("1.0", "1.1")


@pytest.mark.timeout(600)
def test_what_follows_from_the_neighbours_is_what_the_ends_give(python: Callable[[str], Path]) -> None:
    """Tried with the oldest and the newest release, in both directions."""
    names = [rows().names[0], python("newest").parts[-3].removeprefix("flax")]
    ends = [Installation(name, python(age), {}) for name, age in zip(names, ("oldest", "newest"), strict=True)]
    for old, new in (ends, ends[::-1]):
        tried, followed = cross(old, new, REFERENCE), checkpoints.over(old.label, new.label)
        assert followed
        assert tried == msgspec.structs.replace(followed, digest="")


def test_committed_crossings_are_of_all_neighbours_and_of_the_present_program() -> None:
    """In both directions."""
    checkpoints._crossings.cache_clear()
    assert checkpoints.missing() == []


def test_both_directions_are_told_once_where_one_is_the_way_back() -> None:
    """Else each by itself, with what was not restored first."""
    there, back = Crossing("1", "2", 12, True, {"a": "b"}, []), Crossing("2", "1", 12, True, {"b": "a"}, [])
    both = "1 ↔ 2: params restored after renaming, outputs equal bit for bit"
    assert list(words.checkpoints([there, back])) == [(both, ["a ↔ b"])]
    lost = msgspec.structs.replace(back, problems=["orbax: no saved array fits a"], renamed={"b": None})
    assert list(words.checkpoints([there, lost])) == [
        ("1 → 2: params restored after renaming, outputs equal bit for bit", ["a → b"]),
        ("2 → 1: 1 not restored", ["orbax: no saved array fits a", "b: removed"]),
    ]
    deep = Crossing(
        "1", "2", 12, True, {"a/rngs/key": "a/to_nnx__rngs/key", "a/rngs/count": "a/to_nnx__rngs/count"}, []
    )
    assert list(deep.paths("→")) == ["RNG keys and counts: a/rngs → a/to_nnx__rngs"], "one move is listed once"
    assert deep.result.endswith("bit for bit; a whole `nnx.state` has other paths")
    near = msgspec.structs.replace(SAFE, bitwise=False)
    assert next(words.checkpoints([near]))[0].endswith("restored, outputs equal within the derived bound")
