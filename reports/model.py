"""What a report says: the types of schema 5, from which ``reports/schema.json`` is printed.

A report is one JSON object, one run of the properties in one environment. It
is checked against these types when it is written and again when it is read.
"""

import hashlib
from collections import Counter
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from reports.vocabulary import Outcome

SCHEMA = 5
MOST_TEXT = 10_000
# The profile that tries other inputs in each run.
HUNT = "hunt"
# What a report calls the implementation, the subjects and the models where the user names none.
REFERENCE_IMPLEMENTATION, OWN_SUBJECTS, OWN_MODELS = "reference", "own", "own"

Count: TypeAlias = Annotated[int, Meta(ge=0)]
Text: TypeAlias = Annotated[str, Meta(max_length=MOST_TEXT)]
Time: TypeAlias = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\+00:00)?$", description="UTC")]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object with the fields given and no others."""


class Environment(Record, frozen=True):
    """Where the run took place."""

    python: Text
    platform: Text
    # Distribution -> version, null where it is not installed.
    packages: dict[str, Text | None]
    # The default backend of jax and the kind of each of its devices; null where jax could not start.
    backend: Text | None
    devices: list[Text]
    # The variables of JAX, XLA, Flax and NumPy in force, but for those that name a folder.
    flags: dict[str, Text]

    @property
    def flax(self) -> str:
        return self.packages.get("flax") or "no flax"


class Suite(Record, frozen=True):
    """What was asked: two runs tried the same inputs if these agree, and Hypothesis's version."""

    # Property -> a digest of whatever can change what it tries and how that is judged.
    digest: dict[str, Text]
    profile: Text
    # pytest's -k and -m and the files named, empty for all properties.
    selection: Text = ""
    # A digest of all code of the suite, the same in each shard of a run; empty in committed evidence.
    state: Text = ""
    # Of a hunt: each search that is here, by its shard and its seed, or what stands for one that nobody gave.
    searches: list[Text] = []


class Shards(Record, frozen=True):
    """Which parts of the run are here, numbered from 1."""

    of: Annotated[int, Meta(ge=1, le=10_000)]
    present: list[Annotated[int, Meta(ge=1)]]

    @property
    def missing(self) -> list[int]:
        return sorted(set(range(1, self.of + 1)) - set(self.present))


class Examples(Record, frozen=True):
    valid: Count
    invalid: Count


class Failure(Record, frozen=True):
    """Why a property failed."""

    exception: Text
    message: Text
    # Arguments as Python expressions, a line each.
    falsifying_example: Text | None
    # What shows the failure again, typed in the repository.
    command: Text
    # A Python file that needs jax, flax and numpy alone, and exits 1 where the defect is.
    reproducer: Annotated[str, Meta(max_length=10 * MOST_TEXT)] | None


def headed(statement: str, feature: str | None) -> str:
    """A sentence of the contract after the feature that it is about: ``An `nn.Dense`: outputs match plain Linen.``"""
    return f"{feature.removesuffix('.')}: {statement[:1].lower()}{statement[1:]}" if feature else statement


class Property(Record, frozen=True):
    """What became of one property."""

    id: Annotated[str, Meta(pattern=r"^\w+\.\S.*$", max_length=300)]
    chapter: Text
    # The sentence of the contract.
    statement: Text
    # What a generated program uses; null for any other property.
    feature: Text | None
    # What a user should do when the observations of this property drift.
    advice: Text | None
    nodeid: Text
    outcome: Outcome
    # Why it is unsupported or crashed; of a known failure, what a user notices of it.
    reason: Text | None
    # Null in a committed report, where timings would change for no reason.
    seconds: Annotated[float, Meta(ge=0)] | None
    examples: Examples
    events: dict[str, Count]
    observations: dict[str, Any]
    failure: Failure | None


class Report(Record, frozen=True):
    """One run."""

    schema: Literal[5]
    environment: Environment
    suite: Suite
    implementation: Text
    # Whose Linen modules the generic properties were asked of.
    subjects: Text
    started: Time
    # Null where the run was cut short.
    ended: Time | None
    # Every property that was to run has an outcome.
    complete: bool
    # How many properties were to run here.
    collected: Count
    shards: Shards
    properties: list[Property]
    # Whose NNX models the generic properties were asked of.
    models: Text = OWN_MODELS

    @property
    def by_id(self) -> dict[str, Property]:
        return {found.id: found for found in self.properties}

    def count(self, chapter: str | None = None) -> Counter[Outcome]:
        """How many properties have each outcome, of one chapter or of all."""
        return Counter(found.outcome for found in self.properties if chapter in (None, found.chapter))


def selected_by(expression: str | None) -> str:
    """How a report tells pytest's ``-k``; nothing where there is none."""
    return f"-k {expression!r}" if expression else ""


def bounded(text: str) -> str:
    """A text that a report can hold: of a longer one the beginning, and a digest by which two differ if they do."""
    if len(text) <= MOST_TEXT:
        return text
    return f"{text[: MOST_TEXT - 100]}… ({len(text)} characters, SHA-256 {hashlib.sha256(text.encode()).hexdigest()})"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a report."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Report)}


def text_of(report: Report) -> str:
    """The report as it is written: fields in order, a property a line, so that two reports differ in few lines."""
    top = msgspec.to_builtins(report)
    properties = [_line(found) for found in sorted(top.pop("properties"), key=lambda found: str(found["id"]))]
    head = ",\n".join(f'"{name}": {_line(value)}' for name, value in top.items())
    return f'{{{head},\n"properties": [\n' + ",\n".join(properties) + "\n]}\n"


def _line(value: object) -> str:
    return msgspec.json.encode(value).decode()
