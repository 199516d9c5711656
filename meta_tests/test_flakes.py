"""Repetitions: what varies between two, what counts as a false alarm, and how many there may be."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from meta_tests.flakes import __main__ as command
from meta_tests.flakes import counts, page, plugin
from meta_tests.flakes.bound import upper_bound
from meta_tests.flakes.counts import Count, Repetition, counted
from meta_tests.flakes.pressure import under
from meta_tests.flakes.repeating import alarm
from meta_tests.flakes.variation import Pressure, variation
from meta_tests.support.sample_reports import failing, observing, passing


@pytest.mark.parametrize(
    ("alarms", "runs", "bound"),
    [(0, 300, 0.0099), (0, 1, 0.95), (1, 10, 0.3942), (2, 20, 0.2826), (5, 5, 1), (0, 0, 1)],
)
def test_bound_is_that_of_the_tables(alarms: int, runs: int, bound: float) -> None:
    """Of Clopper and Pearson, one-sided, with 95 % confidence."""
    assert upper_bound(alarms, runs) == pytest.approx(bound, abs=1e-4)


def test_variation_is_the_same_each_time_and_meets_everything() -> None:
    """A repetition can be repeated; a hundred of them have every value of every field."""
    drawn = [variation(number) for number in range(100)]
    assert drawn == [variation(number) for number in range(100)]
    assert len({one.seed for one in drawn}) == 100
    assert {one.pressure for one in drawn} == {*Pressure}
    assert [len({getattr(one, field) for one in drawn}) for field in ("workers", "dist", "threads", "clock_jumps")] == [
        *(4, 4, 3, 2)
    ]


def test_alarm_is_another_outcome_than_that_of_the_evidence() -> None:
    """A known failure that fails is none; a new property, a failure and another observation are."""
    held, broke = passing("jit.a"), failing("jit.a")
    assert alarm(held, held) is None
    assert alarm(broke, broke) is None
    assert alarm(held, broke) == "passed → failed: output[0] is 0.5, expected 0.25"
    assert alarm(broke, held) == "failed → passed: "
    assert alarm(None, held) == "not run → passed: "
    assert alarm(observing("jit.a", {"x": 1}), observing("jit.a", {"x": 2})) == "observes other values"


def test_counts_grow_and_start_again_with_another_code() -> None:
    """Alarms of older code say nothing about the new code."""
    once = counted({}, "1.0", 0, {"a": "x", "b": "x"}, {"a": "it failed"})
    twice = counted(once, "1.0", 1, {"a": "x"}, {})
    assert twice["1.0", "a"] == Count("1.0", "a", "x", 2, ((0, "it failed"),))
    assert twice["1.0", "b"].runs == 1
    assert counted(twice, "1.0", 2, {"a": "y"}, {})["1.0", "a"] == Count("1.0", "a", "y", 1)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A command that goes on finds all that came before."""
    found = counted({}, "1.0", 0, {"a": "x"}, {"a": "it failed"})
    one = Repetition("1.0", 0, "properties", 1, 5, variation(0))
    counts.write(found, [one], tmp_path)
    assert counts.read_counts(tmp_path / counts.COUNTS.name) == found
    assert counts.read_repetitions(tmp_path / counts.RUNS.name) == [one]


def test_page_shows_a_message_as_code() -> None:
    """No message is markup."""
    found = counted({}, "1.0", 0, {"a": "x", "b": "x"}, {"a": "<b>\n`# heading"})
    text = page.page(found, [Repetition("1.0", 0, "properties", 1, 5, variation(0))])
    assert "- `a`, 1 of 1, at most 1.000:\n  - 0: `<b> '# heading`" in text
    assert "| 1 | 2 | 1 | 1.000 |" in text


def test_committed_page_shows_the_committed_counts() -> None:
    """It is written with them."""
    assert page.FILE.read_text("utf-8") == page.page(counts.read_counts(), counts.read_repetitions())


def test_order_follows_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in each worker, another in the next repetition."""

    def order(number: int) -> list[Any]:
        monkeypatch.setenv(plugin.VARIABLE, json.dumps(variation(number).fields))
        items: list[Any] = list(range(50))
        plugin.pytest_collection_modifyitems(items)
        return items

    assert order(0) == order(0) != order(1)
    assert sorted(order(0)) == list(range(50))


def test_clock_jumps_back_and_forth() -> None:
    """By hours, in both directions."""
    clock = plugin.jumping(1)
    off = [clock() - time.time() for _ in range(20)]
    assert min(off) < -3600 < 3600 < max(off)


def _children() -> set[str]:
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {child for path in found for child in path.read_text().split()}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system has no /proc")
@pytest.mark.parametrize("kind", Pressure)
def test_pressure_ends_with_the_run(kind: Pressure) -> None:
    """Its processes are there inside the block, and not after it."""
    before = _children()
    with under(kind):
        assert bool(_children() - before) == (kind != Pressure.NONE)
    assert _children() == before


def test_release_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """In one line, with exit code 2."""
    assert command.main(["--release", "0.8.0"]) == 2
    assert capsys.readouterr().err.startswith("--release 0.8.0: no release of ")
