"""The verdict for every pair of outcomes, and what keeps two runs from being compared."""

from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meta_tests.support.sample_reports import failing, observing, passing, report
from properties.findings import finding_like
from properties.support.raising import shape
from reports.compare import compare, comparison, finding_behind, incomparable
from reports.model import Examples, Property, Report, Shards, Suite
from reports.sanitize import placeless
from reports.vocabulary import Effect, Verdict

ID = "affine.zeros"
# What several findings raise, of different properties.
STALE = "[2]: entry (0,) is 0.0, expected 1.0; 8 differ"
# What `pop_of_variables_in_submodules` raises up to 0.11.0.
POPS = "Cannot pop key 'mean' from node of type dict"
SIDES: dict[str, Property | None] = {
    "passed": passing(ID),
    "observed": observing(ID, {"x": 1}),
    "other": observing(ID, {"x": 2}),
    "unsupported": passing(ID, outcome="unsupported", reason="no such method"),
    "known failure": failing(ID, outcome="known failure", reason="Use another layer."),
    "failed": failing(ID),
    "otherwise": failing(ID, "it raised TypeError"),
    "crashed": passing(ID, outcome="crashed", reason="its process died"),
    "absent": None,
}

_VERDICTS = {
    "=": Verdict.SAME,
    "+": Verdict.FIXED,
    "-": Verdict.REGRESSED,
    "R": Verdict.REMOVED,
    "S": Verdict.STILL_FAILING,
    "C": Verdict.FAILURE_CHANGED,
    "D": Verdict.DRIFTED,
    "N": Verdict.NEW,
    "?": Verdict.INCOMPARABLE,
}
# Rows: what OLD did. Columns, in the order of SIDES: what NEW does. Neither side has it: no verdict.
EXPECTED = {
    "passed": "= ? ? R - - - - R",
    "observed": "? = D R - - - - R",
    "other": "? D = R - - - - R",
    "unsupported": "N N N = N N N N R",
    "known failure": "+ + + R S S C C R",
    "failed": "+ + + R S S C C R",
    "otherwise": "+ + + R C C S C R",
    "crashed": "? ? ? ? ? ? ? ? R",
    "absent": "N N N N N N N N .",
}


@pytest.mark.parametrize(("old", "new"), product(SIDES, SIDES))
def test_verdict_of_every_pair(old: str, new: str) -> None:
    """Each pair of outcomes has the verdict of the table; a property on neither side has none."""
    wanted = dict(zip(SIDES, EXPECTED[old].split(), strict=True))[new]
    if wanted == ".":
        with pytest.raises(ValueError, match="one of the two sides"):
            comparison(SIDES[old], SIDES[new])
    else:
        assert comparison(SIDES[old], SIDES[new]).verdict is _VERDICTS[wanted]


@pytest.mark.parametrize(("old", "new"), product(SIDES, SIDES))
def test_nothing_that_fails_or_vanished_is_safe(old: str, new: str) -> None:
    """What vanished, died or fails anew is not, but for what OLD does not support, so that no code for OLD uses it."""
    if old == new == "absent":
        return
    found = comparison(SIDES[old], SIDES[new])
    if new in ("absent", "crashed"):
        assert found.effect >= Effect.DRIFT
    failures = ("known failure", "failed", "otherwise")
    if new in failures and old not in (*failures, "unsupported"):
        assert found.effect >= Effect.UNCLEAR


@pytest.mark.parametrize("new", SIDES)
def test_what_old_does_not_support_blocks_nothing(new: str) -> None:
    """Whether it holds or fails on NEW; where its process dies nothing is known."""
    unknown = {"crashed": Effect.UNCLEAR, "absent": Effect.REGRESSION}
    assert comparison(SIDES["unsupported"], SIDES[new]).effect is unknown.get(new, Effect.SAFE)


def test_numbers_in_a_message_do_not_make_another_failure() -> None:
    """Weights differ between releases, and with them the numbers of a message."""
    one, other = (failing(ID, f"output[{n}] is {n}.5e-07, expected -{n}.25") for n in (1, 23))
    assert comparison(one, other).verdict is Verdict.STILL_FAILING


def test_addresses_in_a_message_do_not_make_another_failure() -> None:
    """Objects have other addresses in each run, and in a committed report nowhere."""
    one, *others = (failing(ID, f"<lambda> at {at} is no array") for at in ("0x7fa277f41760", "0x7f15e3e863e0", "0x…"))
    assert {comparison(one, other).verdict for other in others} == {Verdict.STILL_FAILING}


@pytest.mark.parametrize(
    ("old", "new"), [({"x": 1}, {"x": 1.0}), ({"x": 1}, {"x": True}), ({"x": None}, {}), ({"x": 0.0}, {"x": -0.0})]
)
def test_values_are_compared_as_they_are_written(old: dict[str, object], new: dict[str, object]) -> None:
    """What Python calls equal and JSON writes otherwise is a drift."""
    found = comparison(observing(ID, old), observing(ID, new))
    assert found.verdict is Verdict.DRIFTED
    assert [change.name for change in found.changes] == ["x"]


def _with(whole: Report, **environment: object) -> Report:
    return msgspec.structs.replace(whole, environment=msgspec.structs.replace(whole.environment, **environment))


GOOD = report("0.12.10", passing(ID))


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (msgspec.structs.replace(GOOD, suite=Suite({ID: "d2"}, "gate")), f"the suite differs: {ID}"),
        (msgspec.structs.replace(GOOD, suite=Suite({ID: "d1"}, "quick")), "profile"),
        (msgspec.structs.replace(GOOD, suite=Suite({ID: "d1"}, "gate", "-k 'jit'")), "selection"),
        (msgspec.structs.replace(GOOD, implementation="mine.py"), "implementation"),
        (msgspec.structs.replace(GOOD, complete=False), "cut short"),
        (msgspec.structs.replace(GOOD, shards=Shards(3, [1, 3])), "lacks shard 2 of 3"),
        (_with(GOOD, packages=GOOD.environment.packages | {"hypothesis": "6.0.0"}), "Hypothesis version"),
        (_with(GOOD, backend="gpu"), "backend"),
        (_with(GOOD, devices=["cpu"]), "number of devices"),
        (_with(GOOD, flags={"JAX_ENABLE_X64": "1"}), "settings"),
    ],
)
def test_runs_that_tried_other_things_are_not_compared(other: Report, reason: str) -> None:
    """Each difference in what was tried is a reason, in both directions; two runs of one kind have none."""
    assert not incomparable(GOOD, GOOD)
    assert len(incomparable(GOOD, other)) == len(incomparable(other, GOOD)) == 1
    assert reason in incomparable(GOOD, other)[0]


def test_random_runs_are_not_compared() -> None:
    """Two runs of the hunt profile tried different inputs."""
    hunt = msgspec.structs.replace(GOOD, suite=Suite({ID: "d1"}, "hunt"))
    assert "hunt" in incomparable(hunt, hunt)[0]


def test_every_property_of_either_side_is_found() -> None:
    """A property that only one side has is not forgotten."""
    old, new = report("1", passing("a.one"), passing("a.two")), report("2", passing("a.two"), passing("a.three"))
    assert [(found.id, found.verdict.value) for found in compare(old, new)] == [
        ("a.one", "removed"),
        ("a.three", "new"),
        ("a.two", "same"),
    ]


def test_passing_without_an_example_is_no_pass() -> None:
    """Where one side tried nothing there is nothing to compare; what takes no examples takes none on both sides."""
    some, none = passing("jit.a"), passing("jit.a", examples=Examples(valid=0, invalid=100))
    for old, new in ((some, none), (none, some)):
        assert comparison(old, new).effect is Effect.UNCLEAR
    assert comparison(none, none).effect is Effect.SAFE


def test_report_without_a_flax_is_not_compared() -> None:
    """Nobody knows what it is about."""
    nameless = msgspec.structs.replace(GOOD, environment=msgspec.structs.replace(GOOD.environment, packages={}))
    assert "NEW names no version of Flax" in incomparable(GOOD, nameless)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("output[0] is 0.5, expected 1e-3", "output[0] is -12.25e+10, expected 7", True),
        ("<function f at 0x7f91ab>", "<function f at 0x…>", True),
        ("no attribute 'free'", "no attribute 'fr'", False),
        ("no key 'kee-y'", "no key 'key'", False),
        ("got a", "got b", False),
    ],
)
def test_messages_are_the_same_but_for_numbers(one: str, other: str, same: bool) -> None:
    """Weights and addresses differ from release to release; words do not."""
    assert (shape(one) == shape(other)) == same


def test_folder_of_an_environment_is_no_difference(tmp_path: Path) -> None:
    """A message with paths and addresses is the same in two environments, so the strict gate finds nothing."""
    sides = []
    for name in ("one", "other.venv"):
        module = tmp_path / name / "lib" / "python3.12" / "site-packages" / "flax" / "summary.py"
        module.parent.mkdir(parents=True)
        module.write_text("def table():\n    raise ValueError(f'{__file__}:2 cannot show {object()}')\n")
        scope: dict[str, Any] = {"__file__": str(module)}
        exec(compile(module.read_text(), module, "exec"), scope)
        with pytest.raises(ValueError, match="cannot show") as raised:
            scope["table"]()
        sides.append(report("0.12.12", failing(ID, placeless(str(raised.value)), outcome="known failure")))
    (found,) = compare(*sides)
    assert (found.verdict, found.effect) == (Verdict.STILL_FAILING, Effect.SAFE)


@pytest.mark.parametrize(
    ("property_id", "release", "exception", "message", "name"),
    [
        ("subjects.filters[Mine]", "0.11.0", "ValueError", POPS, "pop_of_variables_in_submodules"),
        ("subjects.filters[Dense]", "0.9.0", "ValueError", POPS, "pop_of_variables_in_submodules"),
        ("subjects.filters[Mine]", "0.11.1", "ValueError", POPS, None),
        ("subjects.filters[Mine]", "0.11.0", "KeyError", POPS, None),
        ("subjects.filters[Mine]", "0.11.0", "ValueError", "Cannot push", None),
        ("subjects.ensemble[Mine]", "0.11.0", "ValueError", POPS, None),
        ("state.view_sees_mutable_calls[Mine]", "0.12.12", "AssertionError", STALE, "copies_miss_mutable_calls"),
        # More than one finding says this of other transforms.
        ("state.aliases_see_mutable_calls_under[mine]", "0.12.12", "AssertionError", STALE, None),
    ],
)
def test_failure_of_a_users_module_has_the_finding_of_any_module(
    property_id: str, release: str, exception: str, message: str, name: str | None
) -> None:
    """If the same property fails in the same way on that release."""
    failed = failing(property_id)
    assert failed.failure is not None
    failure = msgspec.structs.replace(failed.failure, exception=exception, message=message)
    found = finding_behind(msgspec.structs.replace(failed, failure=failure), release)
    assert (found and found.name) == name


def test_failure_of_a_feature_has_the_finding_of_no_other_feature() -> None:
    """Programs of two features have nothing in common but their sentence."""
    raised = ("0.11.2", "InvalidRngError", 'None needs PRNG for "noise" (')
    assert finding_like("generated.program_agrees[mine]", *raised, feature="A stream.") is None
    known = finding_like("generated.program_agrees[stream_falls_back_to_default]", *raised, feature="A stream.")
    assert known is not None
    assert known.name == "default_stream_is_not_used"
