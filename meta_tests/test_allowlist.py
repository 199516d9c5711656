"""Accepted findings: for a reason, until a day, and only what is there."""

from datetime import date
from pathlib import Path

import pytest

from meta_tests.support.sample_reports import failing, observing, passing
from reports.compare import comparison
from reports.errors import BadInput
from reports.gate.allowlist import read_allowed, with_allowed
from reports.vocabulary import Effect, Verdict

TODAY = date(2026, 11, 23)
DRIFT = comparison(observing("determinism.weights", {"x": 1}), observing("determinism.weights", {"x": 2}))
REGRESSION = comparison(passing("affine.zeros"), failing("affine.zeros"))
UNCLEAR = comparison(passing("jit.dies", outcome="crashed", reason="died"), passing("jit.dies"))


def _file(folder: Path, **changes: str) -> Path:
    fields = {
        "id": '"determinism.*"',
        "verdict": '"drifted"',
        "reason": '"we restore"',
        "until": "2026-11-23",
    } | changes
    path = folder / "allowed.toml"
    path.write_text("[[allow]]\n" + "\n".join(f"{name} = {value}" for name, value in fields.items() if value))
    return path


def test_accepted_finding_is_safe_and_says_why(tmp_path: Path) -> None:
    """An entry makes what it matches safe, and nothing else, up to and on its last day."""
    path = _file(tmp_path)
    found = with_allowed([DRIFT, REGRESSION], read_allowed(path, TODAY), path)
    assert [one.effect for one in found] == [Effect.SAFE, Effect.REGRESSION]
    assert found[0].allowed == "we restore"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"until": "2026-11-22"}, "expired on 2026-11-22"),
        ({"reason": '" "'}, "gives no reason"),
        ({"reason": ""}, "missing required field `reason`"),
        ({"until": ""}, "missing required field `until`"),
        ({"until": '"never"'}, "until"),
        ({"verdict": '"drifting"'}, "drifting"),
        ({"note": '"more"'}, "unknown field `note`"),
        ({"id": "[["}, "allowed.toml"),
    ],
)
def test_wrong_file_is_refused_in_one_line(changes: dict[str, str], problem: str, tmp_path: Path) -> None:
    """An entry that has expired, gives no reason or no day, or is not understood, is an error."""
    with pytest.raises(BadInput, match=r"allowed\.toml") as raised:
        read_allowed(_file(tmp_path, **changes), TODAY)
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that is not there is an error, not an empty list."""
    with pytest.raises(BadInput, match=r"none\.toml"):
        read_allowed(tmp_path / "none.toml", TODAY)


@pytest.mark.parametrize("changes", [{"id": '"jit.*"'}, {"verdict": '"removed"'}])
def test_entry_that_matches_nothing_is_an_error(changes: dict[str, str], tmp_path: Path) -> None:
    """An entry outlives neither its finding nor a change of its verdict."""
    path = _file(tmp_path, **changes)
    with pytest.raises(BadInput, match="nothing matches"):
        with_allowed([DRIFT], read_allowed(path, TODAY), path)


def test_what_was_not_told_cannot_be_accepted(tmp_path: Path) -> None:
    """A property that could not be judged stays unclear, whatever the file says."""
    path = _file(tmp_path, id='"jit.dies"', verdict='"incomparable"')
    (found,) = with_allowed([UNCLEAR], read_allowed(path, TODAY), path)
    assert found.effect is Effect.UNCLEAR


def test_id_with_parameters_stands_for_itself(tmp_path: Path) -> None:
    """An id as the gate prints it matches its finding, though its brackets are a pattern."""
    path = _file(tmp_path, id='"to_linen.program_agrees[sharding_metadata]"', verdict='"regressed"')
    found = comparison(
        passing("to_linen.program_agrees[sharding_metadata]"), failing("to_linen.program_agrees[sharding_metadata]")
    )
    (accepted,) = with_allowed([found], read_allowed(path, TODAY), path)
    assert (accepted.effect, accepted.verdict) == (Effect.SAFE, Verdict.REGRESSED)
