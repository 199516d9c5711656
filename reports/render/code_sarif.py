"""What of an upgrade concerns a user's source, as SARIF 2.1.0."""

import os
from pathlib import Path
from urllib.parse import quote

import msgspec

from reports.answer import Entry
from reports.code.hits import CodeAnswer, Hit
from reports.program import program
from reports.render import code_words, words
from reports.render.encoding import json_text

_VERSION = "2.1.0"
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class _Part(msgspec.Struct, frozen=True, rename="camel"):
    """A part of the file; SARIF writes its names in camel case."""


class Message(_Part, frozen=True):
    """A text."""

    text: str


class Rule(_Part, frozen=True):
    """A finding."""

    id: str
    short_description: Message
    full_description: Message
    help: Message


class Region(_Part, frozen=True):
    """Lines and columns from 1; the last column is excluded."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


class ArtifactLocation(_Part, frozen=True):
    """A file: relative to where the command ran, or absolute."""

    uri: str


class PhysicalLocation(_Part, frozen=True):
    """A place in a file."""

    artifact_location: ArtifactLocation
    region: Region


class Location(_Part, frozen=True):
    """A place."""

    physical_location: PhysicalLocation


class Result(_Part, frozen=True):
    """A hit."""

    rule_id: str
    rule_index: int
    level: str
    message: Message
    locations: list[Location]


class Driver(_Part, frozen=True):
    """This program."""

    name: str
    rules: list[Rule]


class Tool(_Part, frozen=True):
    """What made the file."""

    driver: Driver


class Notification(_Part, frozen=True):
    """What the program could not look at."""

    level: str
    message: Message


class Invocation(_Part, frozen=True):
    """How the run ended."""

    execution_successful: bool
    tool_execution_notifications: list[Notification]


class Run(_Part, frozen=True):
    """One run of the program."""

    tool: Tool
    invocations: list[Invocation]
    column_kind: str
    results: list[Result]


class Log(_Part, frozen=True):
    """The whole file."""

    schema: str = msgspec.field(name="$schema")
    version: str
    runs: list[Run]


def as_sarif(answer: CodeAnswer) -> str:
    """Each finding of a hit is a rule, each hit a result; what was not looked at is a notification."""
    rules = [_rule(entry) for entry in answer.entries]
    index = {rule.id: at for at, rule in enumerate(rules)}
    failed = [*answer.changes.doubts, *answer.files.unread]
    told = [
        *(Notification("error", Message(said)) for said in failed),
        *(Notification("note", Message(said)) for said in code_words.left_out(answer)),
    ]
    run = Run(
        Tool(Driver("nnx-bridge", rules)),
        [Invocation(not answer.changes.doubts, told)],
        "unicodeCodePoints",
        [_result(hit, index[hit.entry.name]) for hit in answer.hits],
    )
    return json_text(Log(_SCHEMA, _VERSION, [run]))


def _rule(entry: Entry) -> Rule:
    asked = f"{program()} finding {entry.name}"
    text = "\n".join(filter(None, [words.advice(entry), entry.diff, f"More: {asked}"]))
    return Rule(entry.name, Message(entry.title), Message(entry.symptom or entry.title), Message(text))


def _result(hit: Hit, index: int) -> Result:
    place = hit.place
    region = Region(place.line, place.column, place.end_line, place.end_column)
    path = Path(place.path)
    uri = path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
    location = Location(PhysicalLocation(ArtifactLocation(uri), region))
    return Result(hit.entry.name, index, code_words.level(hit.entry), Message(code_words.what(hit)), [location])
