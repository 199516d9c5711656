"""What a report says, and each way in which one can be wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

SCHEMA = 1
OUTCOMES = ("passed", "observed", "unsupported", "failed", "broken")

T = TypeVar("T")


class ReportError(Exception):
    """A report that cannot be read; the message is one line that names the file and what to do."""


class UnreadableReportError(ReportError):
    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{path}: {error.strerror or error}; write one with: python -m pytest properties --report {path}"
        )


class NotJsonError(ReportError):
    def __init__(self, path: Path, error: ValueError) -> None:
        super().__init__(f"{path}: not JSON ({error}); give a report, or write it again with pytest's --report")


class OtherSchemaError(ReportError):
    def __init__(self, path: Path, found: object) -> None:
        what = "no report" if found is None else f"a report of schema {found!r}"
        super().__init__(f"{path}: {what}, and this reads schema {SCHEMA}; run the properties again with this suite")


class MalformedError(ReportError):
    def __init__(self, path: Path, where: str, problem: str) -> None:
        super().__init__(f"{path}: {where} {problem}; run the properties again to write a whole report")


@dataclass(frozen=True)
class Failure:
    exception: str
    message: str
    falsifying_example: str | None
    command: str


@dataclass(frozen=True)
class Property:
    id: str
    chapter: str
    statement: str
    nodeid: str
    outcome: str
    reason: str | None
    seconds: float
    examples: Mapping[str, int]
    events: Mapping[str, int]
    observations: Mapping[str, Any]
    failure: Failure | None


@dataclass(frozen=True)
class Report:
    path: Path
    environment: Mapping[str, Any]
    digest: str
    profile: str
    implementation: str
    started: str
    ended: str
    complete: bool
    properties: Mapping[str, Property]

    @property
    def flax(self) -> str:
        return str(self.environment.get("flax") or "no flax")


def read(path: Path) -> Report:
    """The report in ``path``, or a `ReportError`."""
    try:
        top = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableReportError(path, error) from error
    except (ValueError, RecursionError) as error:
        raise NotJsonError(path, ValueError(str(error))) from error
    schema = top.get("schema") if isinstance(top, dict) else None
    if schema != SCHEMA or isinstance(schema, bool):
        raise OtherSchemaError(path, schema)
    return _report(path, _Fields(path, "the report", top))


class _Fields:
    """A JSON object whose fields are taken with the type they must have."""

    def __init__(self, path: Path, where: str, content: Mapping[str, Any]) -> None:
        self.path, self.where, self.content = path, where, content

    def take(self, name: str, kind: type[T]) -> T:
        value = self.content.get(name)
        # JSON writes 1.0 as 1 as it likes, and Python takes True for a number.
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind):
            problem = f"has {name!r} of type {type(value).__name__}" if name in self.content else f"lacks {name!r}"
            raise MalformedError(self.path, self.where, problem)
        return value

    def text_or_none(self, name: str) -> str | None:
        return None if self.content.get(name) is None else self.take(name, str)

    def inside(self, name: str, where: str) -> "_Fields":
        return _Fields(self.path, where, self.take(name, dict))


def _report(path: Path, fields: _Fields) -> Report:
    suite = fields.inside("suite", "'suite'")
    properties: dict[str, Property] = {}
    for number, content in enumerate(fields.take("properties", list)):
        if not isinstance(content, dict):
            raise MalformedError(path, f"property {number}", f"is of type {type(content).__name__}")
        found = _property(_Fields(path, f"property {content.get('id', number)!r}", content))
        if found.id in properties:
            raise MalformedError(path, f"property {found.id!r}", "is there twice")
        properties[found.id] = found
    return Report(
        path=path,
        environment=fields.take("environment", dict),
        digest=suite.take("digest", str),
        profile=suite.take("profile", str),
        implementation=fields.take("implementation", str),
        started=fields.take("started", str),
        ended=fields.take("ended", str),
        complete=fields.take("complete", bool),
        properties=properties,
    )


def _property(fields: _Fields) -> Property:
    outcome = fields.take("outcome", str)
    if outcome not in OUTCOMES:
        raise MalformedError(fields.path, fields.where, f"has the outcome {outcome!r}, none of {', '.join(OUTCOMES)}")
    return Property(
        id=fields.take("id", str),
        chapter=fields.take("chapter", str),
        statement=fields.take("statement", str),
        nodeid=fields.take("nodeid", str),
        outcome=outcome,
        reason=fields.text_or_none("reason"),
        seconds=fields.take("seconds", float),
        examples=fields.take("examples", dict),
        events=fields.take("events", dict),
        observations=fields.take("observations", dict),
        failure=_failure(fields),
    )


def _failure(fields: _Fields) -> Failure | None:
    if fields.content.get("failure") is None:
        return None
    failure = fields.inside("failure", f"the failure of {fields.where}")
    return Failure(
        exception=failure.take("exception", str),
        message=failure.take("message", str),
        falsifying_example=failure.text_or_none("falsifying_example"),
        command=failure.take("command", str),
    )
