"""Reports that are wrong, each in one way, and 200 that are damaged by chance."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meta_tests.support.sample_reports import failing, gated, observing, passing, report
from reports import load
from reports.model import json_schema, text_of
from reports.paths import ROOT
from reports.vocabulary import Effect

OLD = report("0.11.2", *(passing(f"affine.p{n}") for n in range(6)), observing("affine.weights", {"seed 0": "0.5"}))
NEW = report(
    "0.12.0",
    *(passing(f"affine.p{n}") for n in range(5)),
    failing("affine.p5"),
    observing("affine.weights", {"seed 0": "0.25"}),
)
Json = dict[str, Any]


def _written(path: Path, change: Callable[[Json], object] | None = None) -> Path:
    content = json.loads(text_of(NEW))
    if change is not None:
        change(content)
    path.write_text(json.dumps(content))
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A report survives being written and read."""
    path = tmp_path / "report.json"
    path.write_text(text_of(NEW))
    assert load.read(path).by_id == NEW.by_id
    assert text_of(load.read(path)) == text_of(NEW)


def test_report_of_the_schema_before_is_read_in_the_words_of_this_one(tmp_path: Path) -> None:
    """Schema 4 called two outcomes by other words; nothing else of it differs, and an older schema is refused."""
    known = failing("affine.known", outcome="known failure", reason="It raises.")
    dead = passing("affine.dead", outcome="crashed", reason="It died.")
    now = report("0.12.0", dead, known, passing("affine.well"))
    before = text_of(now).replace('"schema": 5', '"schema": 4')
    before = before.replace('"outcome":"known failure"', '"outcome":"known"').replace('"crashed"', '"broken"')
    path = tmp_path / "report.json"
    path.write_text(before)
    assert text_of(load.read(path)) == text_of(now)
    path.write_text(before.replace('"schema": 4', '"schema": 5'))
    with pytest.raises(load.UnknownOutcomeError, match="known failure"):
        load.read(path)


# Each says what is wrong with it, and is refused by an exception of its own.
WRONG: dict[str, tuple[type[load.ReportError], Callable[[Json], object]]] = {
    "another schema": (load.OtherSchemaError, lambda r: r.update(schema=1)),
    "a schema of true": (load.OtherSchemaError, lambda r: r.update(schema=True)),
    "no schema": (load.OtherSchemaError, lambda r: r.pop("schema")),
    "a property twice": (load.DuplicatePropertyError, lambda r: r["properties"].append(r["properties"][0])),
    "an unknown outcome": (load.UnknownOutcomeError, lambda r: r["properties"][0].update(outcome="ok")),
    "no end": (load.MissingEndError, lambda r: r.update(ended=None)),
    "an end before its start": (load.IncoherentError, lambda r: r.update(ended="2020-01-01T00:00:00+00:00")),
    "a property too few": (load.IncoherentError, lambda r: r["properties"].pop()),
    "a pass with a failure": (load.IncoherentError, lambda r: r["properties"][5].update(outcome="passed")),
    "a failure without one": (load.IncoherentError, lambda r: r["properties"][0].update(outcome="failed")),
    "a property of another chapter": (load.IncoherentError, lambda r: r["properties"][0].update(chapter="jit")),
    "shards that do not exist": (load.IncoherentError, lambda r: r["shards"].update(present=[2])),
    "no shards": (load.IncoherentError, lambda r: r["shards"].update(present=[])),
    "a field too many": (load.MalformedError, lambda r: r.update(extra=1)),
    "a field too few": (load.MalformedError, lambda r: r.pop("suite")),
    "a number for a text": (load.MalformedError, lambda r: r["suite"].update(digest=7)),
    "a message of 20 KB": (
        load.MalformedError,
        lambda r: r["properties"][5]["failure"].update(message="x" * 20_000),
    ),
    "negative seconds": (load.MalformedError, lambda r: r["properties"][0].update(seconds=-1)),
    "a time in words": (load.MalformedError, lambda r: r.update(started="yesterday")),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_report_is_refused_by_its_own_exception(wrong: str, tmp_path: Path) -> None:
    """Each way to be wrong has its exception, of one line that names the file."""
    kind, change = WRONG[wrong]
    path = _written(tmp_path / "report.json", change)
    with pytest.raises(load.ReportError) as raised:
        load.read(path)
    assert raised.type is kind
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]" * 3, b"\xff\xfe", b"[" * 100_000, text_of(NEW).encode()[:-200], b"\0" * 50]
)
def test_what_is_not_json_is_refused(content: bytes, tmp_path: Path) -> None:
    """A file that was cut short, or was never JSON, is refused as such."""
    path = tmp_path / "report.json"
    path.write_bytes(content)
    with pytest.raises(load.NotJsonError):
        load.read(path)


def test_missing_and_unreadable_files_are_refused(tmp_path: Path) -> None:
    """A file that is not there, and a folder, are refused in one line."""
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(load.UnreadableReportError, match="write one with"):
            load.read(path)


def test_huge_report_is_refused_unread(tmp_path: Path) -> None:
    """A report of 200 MB is refused for its size, before it fills the memory."""
    path = tmp_path / "report.json"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(load.TooLargeError, match="200 MiB"):
        load.read(path)


def _damage(content: bytes, chance: random.Random) -> bytes:
    """Cut, flip, double or delete, in the bytes or in the tree."""
    if chance.random() < 0.4:
        at, kind = chance.randrange(len(content)), chance.randrange(4)
        if kind == 0:
            return content[:at]
        if kind == 1:
            return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]
        length = chance.randrange(1, 60)
        return content[:at] + content[at : at + length] * (2 * (kind == 2)) + content[at + length :]
    tree = json.loads(content)
    node: Any = tree
    while True:  # down to anything inside
        keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = chance.choice(keys)
        inside = node[key]
        if not isinstance(inside, dict | list) or not inside or chance.random() < 0.2:
            break
        node = inside
    values = [None, True, -1, 1.5, "", "passed", "failed", [], {}, [[]], "x" * 12_000, inside]
    if chance.random() < 0.3:
        del node[key]
    elif isinstance(node, list) and chance.random() < 0.5:
        node.append(inside)
    else:
        node[key] = chance.choice(values)
    return json.dumps(tree).encode()


def _loosened(content: bytes) -> bool:
    """Whether the damage took away the failure itself, in a way that leaves a report which never had one."""
    found = [one for one in json.loads(content)["properties"] if one["id"] == "affine.p5"]
    return bool(found) and found[0]["outcome"] != "failed"


@pytest.mark.parametrize("number", range(200))
def test_damaged_report_is_refused_or_read_and_never_called_safe(number: int, tmp_path: Path) -> None:
    """A damaged report of a regression is refused in one line, or compared; the gate does not call it safe."""
    path = tmp_path / "report.json"
    path.write_bytes(_damage(text_of(NEW).encode(), random.Random(number)))
    try:
        damaged = load.read(path)
    except load.ReportError as error:
        assert "\n" not in str(error)
        return
    assert not _loosened(path.read_bytes())
    assert gated(OLD, damaged).effect >= Effect.UNCLEAR


def test_damage_is_of_both_kinds(tmp_path: Path) -> None:
    """Of the 200, many are refused and some are read: the damage is neither crude nor void."""
    path, refused = tmp_path / "report.json", 0
    for number in range(200):
        path.write_bytes(_damage(text_of(NEW).encode(), random.Random(number)))
        try:
            load.read(path)
        except load.ReportError:
            refused += 1
    assert 100 < refused < 195


def test_published_schema_is_the_one_in_force() -> None:
    """``reports/schema.json`` is what ``python -m reports schema`` prints."""
    assert json.loads((ROOT / "reports" / "schema.json").read_text()) == json_schema()
