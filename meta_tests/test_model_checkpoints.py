"""Checkpoints of models: what becomes of each over several releases, and what the gate says of it."""

from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from properties.checkpoints.fate import Fate
from reports import releases
from reports.answer import upgrade
from reports.errors import BadInput, CannotTell
from reports.gate import model_checkpoints as crossing
from reports.gate.environments import Installation
from reports.gate.model_checkpoints import Fates, model_crossings
from reports.gate.running import Options
from reports.releases import model_checkpoints
from reports.releases.model_checkpoints import ModelCrossing
from reports.render import words
from reports.vocabulary import Effect

SAFE = Fate(checkpoints=6, bitwise=True)
MOVED = Fate(checkpoints=6, bitwise=True, renamed={"a/w": "b/w"}, function="def migrate(state): ...\n")
ROUNDED = Fate(checkpoints=6)
LOST = Fate(checkpoints=6, problem="trained: output 0 differs by 1, and rounding explains 1e-06")
UNSAVED = Fate(not_saved="ValueError: no mesh")


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four releases; on the last step nothing was tried."""
    monkeypatch.setattr(releases, "releases", lambda: ["1.0", "1.1", "1.2", "1.10"])
    monkeypatch.setattr(model_checkpoints, "FILE", tmp_path / "model_checkpoints.jsonl")
    monkeypatch.setattr(model_checkpoints, "digest_of_module", lambda module: "now")
    model_checkpoints._crossings.cache_clear()
    model_checkpoints.keep(ModelCrossing("1.0", "1.1", {"One": MOVED, "Two": SAFE, "Three": UNSAVED}))
    second = {"One": msgspec.structs.replace(ROUNDED, renamed={"b/w": "c/w"}), "Two": LOST, "Three": SAFE}
    model_checkpoints.keep(ModelCrossing("1.1", "1.2", second))
    model_checkpoints.keep(ModelCrossing("1.1", "1.0", {"One": SAFE, "Two": SAFE, "Three": LOST}))


def test_models_are_followed_over_the_way(history: None) -> None:
    """A path that moves twice has moved once; what one step cannot restore is not restored, and it says where."""
    found = model_checkpoints.over("1.0", "1.2")
    assert found
    assert found.models["One"] == Fate(checkpoints=6, bitwise=False, renamed={"a/w": "c/w"})
    assert found.models["Two"].problem == LOST.problem
    assert found.models["Three"] == UNSAVED
    assert found.first_between == {"Two": ("1.1", "1.2")}


def test_step_that_loses_a_model_says_more_than_one_that_draws_otherwise(history: None) -> None:
    """Whichever comes first."""
    drawn = msgspec.structs.replace(LOST, is_drawn=True, renamed={"a/w": "b/w"})
    model_checkpoints.keep(ModelCrossing("1.0", "1.1", {"One": drawn, "Two": drawn}))
    found = model_checkpoints.over("1.0", "1.2")
    assert found
    assert (found.models["One"].is_drawn, found.models["One"].renamed) == (True, {"a/w": "c/w"})
    assert not found.models["Two"].is_drawn
    assert found.first_between == {"One": ("1.0", "1.1"), "Two": ("1.1", "1.2")}


@pytest.mark.parametrize(("old", "new"), [("1.2", "1.10"), ("1.2", "1.1"), ("1.0", "1.0"), ("1.0", "2.0")])
def test_way_that_was_not_tried_has_no_answer(history: None, old: str, new: str) -> None:
    """A gap in the way, no way at all, and a release without evidence."""
    assert model_checkpoints.over(old, new) is None


def test_functions_are_not_kept(history: None) -> None:
    """They follow from the paths, and evidence is small."""
    found = model_checkpoints.over("1.0", "1.1")
    assert found
    assert found.models["One"] == msgspec.structs.replace(MOVED, function="")
    assert "migrate" not in model_checkpoints.FILE.read_text()


def test_what_was_tried_with_other_code_is_missing(history: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """So are neighbours that were never tried."""
    assert model_checkpoints.missing() == [("1.2", "1.10"), ("1.10", "1.2"), ("1.2", "1.1")]
    monkeypatch.setattr(model_checkpoints, "digest_of_module", lambda module: "later")
    assert len(model_checkpoints.missing()) == 6


def test_bad_evidence_is_refused_in_a_line(history: None) -> None:
    """A side that is no release, and a damaged file."""
    with pytest.raises(BadInput, match=r"1\.0 and main are not both releases"):
        model_checkpoints.keep(ModelCrossing("1.0", "main", {}))
    model_checkpoints.FILE.write_text("{}\n")
    model_checkpoints._crossings.cache_clear()
    with pytest.raises(BadInput, match="damaged"):
        model_checkpoints.over("1.0", "1.1")


def test_committed_crossings_are_of_all_neighbours_and_of_the_present_program() -> None:
    """In both directions, of all models, and small."""
    model_checkpoints._crossings.cache_clear()
    assert model_checkpoints.missing() == []
    assert model_checkpoints.FILE.stat().st_size < 100_000


def test_committed_models_cross_wherever_they_run() -> None:
    """All six between all neighbours; only random numbers may be others."""
    model_checkpoints._crossings.cache_clear()
    known = releases.releases()
    for old, new in pairwise(known):
        for way in (model_checkpoints.over(old, new), model_checkpoints.over(new, old)):
            assert way
            assert len(way.models) == 6
            assert [name for name, fate in way.models.items() if not fate.is_restored] == [], (old, new)


def test_line_of_models() -> None:
    """How many are restored, of those that were saved; which are not, and since when; and the same the other way."""
    there = ModelCrossing("1", "2", {"One": SAFE, "Two": LOST, "Three": UNSAVED}, {"Two": ("1.1", "1.2")})
    back = ModelCrossing("2", "1", {"One": ROUNDED, "Two": SAFE, "Three": SAFE})
    said = "The suite's NNX models: 1 of 2 restored (not Two (1.1 to 1.2)); from NEW to OLD 3 of 3 restored"
    assert words.models([there, back]) == said
    assert words.models([]) == ""


def test_line_of_models_names_those_with_other_random_numbers() -> None:
    """In each direction: one that differs on the way back, too, is no clean way back."""
    drawn = {"One": msgspec.structs.replace(LOST, is_drawn=True), "Two": SAFE}
    there, back = (ModelCrossing(*way, drawn, {"One": ("1.1", "1.2")}) for way in (("1", "2"), ("2", "1")))
    differs = "2 of 2 restored; random numbers differ in One (1.1 to 1.2)"
    assert words.models([there, back]) == f"The suite's NNX models, in both directions: {differs}"
    safe = ModelCrossing("1", "2", {"One": SAFE, "Two": SAFE})
    assert words.models([safe, back]) == f"The suite's NNX models: 2 of 2 restored; from NEW to OLD {differs}"
    committed = upgrade(releases.report_of("0.10.7"), releases.report_of("0.12.12"))
    assert words.models(committed.models).endswith("; random numbers differ in AttentionBlock (0.10.7 to 0.11.0)")
    assert " in both directions: 6 of 6 restored (paths renamed or removed); " in words.models(committed.models)
    assert " 6 of 6 restored (paths renamed); " in words.models(committed.models[:1])


# The gate.

OLD, NEW = Installation("old", Path("old"), {}), Installation("new", Path("new"), {})


def _gated(monkeypatch: pytest.MonkeyPatch, there: Fates, back: Fates) -> dict[str, tuple[str, Effect]]:
    monkeypatch.setattr(crossing, "cross_both", lambda *_: [there, back])
    found = model_crossings(OLD, NEW, Options(models="my_models.py"))
    return {one.id.removeprefix("checkpoints."): (str(one.verdict), one.effect) for one in found}


@pytest.mark.parametrize(
    ("fate", "there", "back"),
    [
        (MOVED, ("drifted", Effect.DRIFT), ("drifted", Effect.DRIFT)),
        (LOST, ("regressed", Effect.REGRESSION), ("drifted", Effect.DRIFT)),
        (msgspec.structs.replace(LOST, is_drawn=True), ("drifted", Effect.DRIFT), ("drifted", Effect.DRIFT)),
        (UNSAVED, ("new", Effect.SAFE), ("new", Effect.SAFE)),
        (msgspec.structs.replace(UNSAVED, refused=True), ("same", Effect.SAFE), ("same", Effect.SAFE)),
    ],
)
def test_verdict_on_a_model(
    fate: Fate, there: tuple[str, Effect], back: tuple[str, Effect], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what OLD saved and restored, and NEW does not, breaks; the way back at most differs."""
    found = _gated(monkeypatch, {"model One": fate}, {"model One": fate})
    assert found == {"model One from OLD to NEW": there, "model One from NEW to OLD": back}


def test_what_crosses_as_it_is_takes_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for those that are the same bit for bit, and one for the others."""
    fates = {"model One": SAFE, "subject Two": SAFE, "model Three": ROUNDED}
    monkeypatch.setattr(crossing, "cross_both", lambda *_: [fates, fates])
    (found, _) = model_crossings(OLD, NEW, Options(models="my_models.py"))
    assert (found.id, str(found.verdict)) == ("checkpoints.yours from OLD to NEW", "same")
    assert found.notes == (
        "model One, subject Two: restored, outputs and training equal bit for bit",
        "model Three: restored, outputs and training equal within the measured bound",
    )


def test_function_is_shown_where_paths_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the paths, and what to do with it."""
    monkeypatch.setattr(crossing, "cross_both", lambda *_: [{"model One": MOVED}, {}])
    (found,) = model_crossings(OLD, NEW, Options(models="my_models.py"))
    assert found.function == MOVED.function
    assert "this function" in (found.advice or "")
    assert "a → b" in found.notes[1]


def test_nothing_is_crossed_where_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite's own models are of the committed evidence."""
    monkeypatch.delattr(crossing, "cross_both")
    assert model_crossings(OLD, NEW, Options()) == []


def test_process_that_dies_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a line that says which and why."""

    def died(*_: object) -> None:
        raise CannotTell("old cannot save checkpoints: ended by SIGSEGV")

    monkeypatch.setattr(crossing, "cross_both", died)
    (found,) = model_crossings(OLD, NEW, Options(subjects="my_subjects.py"))
    assert (str(found.verdict), found.effect) == ("incomparable", Effect.UNCLEAR)
    assert found.notes == ("old cannot save checkpoints: ended by SIGSEGV",)
