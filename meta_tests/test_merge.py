"""Shards joined into one report, and shards that do not belong together."""

from pathlib import Path

import msgspec
import pytest

from meta_tests.support.sample_reports import passing, report
from reports.__main__ import main
from reports.compare import incomparable
from reports.load import DuplicatePropertyError
from reports.merge import OtherRunError, ShardTwiceError, merge
from reports.model import Report, Shards, Suite, text_of


def shard(number: int, *names: str, of: int = 3, **fields: object) -> tuple[Path, Report]:
    """A shard of a run, and the path that it has."""
    whole = report("0.12.12", *map(passing, names), shards=Shards(of, [number]))
    return Path(f"shard{number}.json"), msgspec.structs.replace(whole, **fields)


ONE, TWO, THREE = shard(1, "a.one"), shard(2, "a.two", "b.two"), shard(3)


def test_all_shards_make_the_whole_run() -> None:
    """The merged report holds every property in order, and can be compared."""
    merged = merge([TWO, THREE, ONE])
    assert [found.id for found in merged.properties] == ["a.one", "a.two", "b.two"]
    assert merged.shards == Shards(3, [1, 2, 3])
    assert merged.complete
    assert merged.collected == 3
    assert not incomparable(merged, merged)


def test_missing_shard_is_named() -> None:
    """A merged report that lacks a shard says which, and is refused by the gate."""
    merged = merge([ONE, THREE])
    assert merged.shards.missing == [2]
    assert "lacks shard 2 of 3" in incomparable(merged, merged)[0]


def test_merged_shards_can_be_merged_further() -> None:
    """Merging in two steps gives what merging at once does."""
    first = Path("first.json"), merge([ONE, TWO])
    assert merge([first, THREE]) == merge([ONE, TWO, THREE])


def test_interrupted_shard_leaves_the_run_incomplete() -> None:
    """A run is complete only if each of its shards is."""
    merged = merge([ONE, TWO, shard(3, complete=False, ended=None)])
    assert not merged.complete
    assert merged.ended is None


def test_shard_given_twice_is_refused() -> None:
    """The same shard twice is a mistake, not a larger run."""
    with pytest.raises(ShardTwiceError, match="shard 2 is given twice"):
        merge([ONE, TWO, TWO])


def test_property_of_two_shards_is_refused() -> None:
    """A property that two shards ran was not split."""
    with pytest.raises(DuplicatePropertyError, match=r"a\.one"):
        merge([ONE, shard(2, "a.one")])


OTHER_FLAX = report("0.12.10", passing("a.two"), shards=Shards(3, [2]))


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (shard(2, suite=Suite({}, "gate", state="another")), "of another state of the suite"),
        (shard(2, suite=Suite({}, "quick")), "profile"),
        (shard(2, implementation="mine.py"), "implementation"),
        (shard(2, of=4), "of 4 shards"),
        ((Path("shard2.json"), OTHER_FLAX), "packages"),
    ],
)
def test_shards_of_different_runs_are_refused(other: tuple[Path, Report], reason: str) -> None:
    """What was not one run is not joined, and the line names both files."""
    with pytest.raises(OtherRunError, match=rf"shard2\.json: .*shard1\.json.*{reason}"):
        merge([ONE, other])


def test_missing_shard_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What there is is written, the line names the shards that are missing, and the exit code is that of no answer."""
    part = report("0.12.0", passing("affine.zeros"), shards=Shards(of=3, present=[2]))
    (tmp_path / "two.json").write_text(text_of(part))
    whole = tmp_path / "whole.json"
    assert main(["merge", str(tmp_path / "two.json"), "-o", str(whole)]) == 3
    assert "; still missing: 1, 3" in capsys.readouterr().out
    assert whole.exists()
