"""Shards joined into one report, and shards that do not belong together."""

from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from meta_tests.support.sample_reports import failing, passing, report
from reports.__main__ import main
from reports.compare import incomparable
from reports.load import DuplicatePropertyError
from reports.merge import OtherRunError, SearchTwiceError, ShardTwiceError, merge
from reports.model import Examples, Property, Report, Shards, Suite, text_of
from reports.vocabulary import Outcome


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


def hunt(seed: str, *found: Property, number: int = 1, of: int = 1) -> tuple[Path, Report]:
    """A hunt, and the path that it has."""
    suite = Suite({}, "hunt", searches=[f"shard {number} of {of}, seed {seed}"])
    return Path(f"hunt{seed}.json"), report("0.12.12", *found, suite=suite, shards=Shards(of, [number]))


def tried(name: str, examples: int, outcome: Outcome = Outcome.PASSED, message: str = "other bits") -> Property:
    """A property after so many examples."""
    found = passing(name) if outcome is Outcome.PASSED else failing(name, message)
    failure = None if outcome is Outcome.CRASHED else found.failure
    return msgspec.structs.replace(
        found, outcome=outcome, failure=failure, examples=Examples(examples, 1), events={"long": examples}
    )


def test_hunts_are_one_longer_hunt() -> None:
    """Each tries examples of its own: their numbers add up, and what one of them found counts."""
    one = hunt("1", tried("a.one", 1000), tried("a.two", 1000))
    two = hunt("2", tried("a.one", 400, Outcome.FAILED), tried("a.two", 1000))
    merged = merge([one, two])
    first, second = merged.properties
    assert (first.outcome, first.examples, first.events) == (Outcome.FAILED, Examples(1400, 2), {"long": 1400})
    assert first.failure == two[1].by_id["a.one"].failure
    assert (second.outcome, second.examples) == (Outcome.PASSED, Examples(2000, 2))
    assert merged.suite.searches == ["shard 1 of 1, seed 1", "shard 1 of 1, seed 2"]
    assert (merged.collected, merged.shards) == (2, Shards(1, [1]))
    assert "the profile hunt tries other inputs" in incomparable(merged, merged)[0]


def test_order_of_hunts_does_not_matter() -> None:
    """Nor whether they are merged at once: of two failures one is kept, and an example says more than a death."""
    hunts = [
        hunt("10", tried("a.one", 10)),
        hunt("20", tried("a.one", 20, Outcome.FAILED, "b")),
        hunt("30", tried("a.one", 30, Outcome.CRASHED)),
        hunt("40", tried("a.one", 40, Outcome.FAILED, "a")),
    ]
    whole = merge(hunts)
    assert whole.properties[0].failure == hunts[3][1].properties[0].failure
    assert whole.properties[0].examples == Examples(100, 4)
    for order in permutations(hunts):
        assert merge(order) == whole
        assert merge([(Path("joined.json"), merge(order[:2])), *order[2:]]) == whole


def test_shards_of_hunts_are_merged() -> None:
    """A hunt that was split, beside one of which a part was run."""
    parts = [hunt("1", tried(f"a.{number}", 10), number=number, of=2) for number in (1, 2)]
    again = hunt("2", tried("a.2", 5), number=2, of=2)
    joined = Path("joined.json"), merge(parts)
    for merged in (merge([*parts, again]), merge([joined, again])):
        assert [one.examples.valid for one in merged.properties] == [10, 15]
        assert (merged.collected, merged.complete, merged.shards.missing) == (2, True, [])


def test_hunt_given_twice_is_refused() -> None:
    """By itself, or as a part of what was joined: its examples would be counted twice."""
    one, other = hunt("1", tried("a.one", 5)), hunt("2", tried("a.one", 6))
    joined = Path("joined.json"), merge([one, other])
    for given in ([one, one], [joined, one], [other, joined]):
        with pytest.raises(SearchTwiceError, match=r"this hunt \(shard 1 of 1, seed \d\) is given twice"):
            merge(given)
