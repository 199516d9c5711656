"""Reads a report and believes nothing in it: one exception for each way in which one can be wrong."""

import re
from pathlib import Path
from typing import Any

import msgspec

from reports.errors import BadInput
from reports.model import SCHEMA, Report
from reports.vocabulary import FAILURES, Outcome

# The report of a whole run takes 100 KB.
MOST_BYTES = 32 * 2**20


class ReportError(BadInput):
    """A report that cannot be used; the message is one line that names the file and the remedy."""


class UnreadableReportError(ReportError):
    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{path}: {error.strerror or error}; write one with: python -m pytest properties --report {path}"
        )


class TooLargeError(ReportError):
    def __init__(self, path: Path, size: int) -> None:
        super().__init__(
            f"{path}: {size / 2**20:.0f} MiB, and no report is larger than {MOST_BYTES // 2**20}; "
            "run the properties again"
        )


class NotJsonError(ReportError):
    def __init__(self, path: Path, error: Exception) -> None:
        super().__init__(f"{path}: not JSON, or cut short ({error}); run the properties again to write it whole")


class OtherSchemaError(ReportError):
    def __init__(self, path: Path, found: object) -> None:
        if found is None:
            problem = f"no report of this suite (schema {SCHEMA})"
        else:
            problem = f"{f'a report of schema {found!r}'[:80]}, and this reads schema {SCHEMA}"
        super().__init__(f"{path}: {problem}; run the properties again with this suite")


class MalformedError(ReportError):
    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem[:300]}; run the properties again to write a whole report")


class UnknownOutcomeError(MalformedError):
    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(path, f"{problem[:150]}: an outcome is one of {', '.join(Outcome)}")


class DuplicatePropertyError(MalformedError):
    def __init__(self, path: Path, property_id: str) -> None:
        super().__init__(path, f"property {property_id!r} is there twice")


class MissingEndError(MalformedError):
    def __init__(self, path: Path) -> None:
        super().__init__(path, "it calls itself complete and has no end")


class IncoherentError(MalformedError):
    """Fields that are right alone and contradict each other."""


def read(path: Path) -> Report:
    """The report in ``path``, or a `ReportError`."""
    return parse(path, _content(path))


def parse(path: Path, content: bytes) -> Report:
    """The report that ``content`` holds, or a `ReportError` that names ``path``."""
    try:
        top = msgspec.json.decode(content)
    # Apart from its own errors, the decoder meets nesting without end, and text that is not UTF-8.
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise NotJsonError(path, error) from error
    schema = _converted(top).get("schema") if isinstance(top, dict) else None
    if schema != SCHEMA:
        raise OtherSchemaError(path, schema)
    try:
        report = msgspec.convert(top, Report)
    except (msgspec.ValidationError, RecursionError) as error:
        problem = " ".join(str(error).split())
        kind = UnknownOutcomeError if re.search(r"\.outcome`$", problem) else MalformedError
        raise kind(path, problem) from error
    _check(path, report)
    return report


# The words that schema 4 had for two outcomes; all else is as it was.
_SINCE_4 = {"known": Outcome.KNOWN_FAILURE.value, "broken": Outcome.CRASHED.value}


def _converted(top: dict[str, Any]) -> dict[str, Any]:
    """A report of schema 4 with the words of this one, in place; any other as it is."""
    if top.get("schema") == 4:
        top["schema"] = SCHEMA
        properties = top.get("properties")
        for found in properties if isinstance(properties, list) else ():
            if isinstance(found, dict) and isinstance(found.get("outcome"), str):
                found["outcome"] = _SINCE_4.get(found["outcome"], found["outcome"])
    return top


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise TooLargeError(path, size)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableReportError(path, error) from error


def _check(path: Path, report: Report) -> None:
    seen = set()
    for found in report.properties:
        if found.id in seen:
            raise DuplicatePropertyError(path, found.id)
        seen.add(found.id)
        if (found.failure is not None) != (found.outcome in FAILURES):
            raise IncoherentError(path, f"property {found.id!r} is {found.outcome}, and its failure says otherwise")
        if not found.id.startswith(f"{found.chapter}."):
            raise IncoherentError(path, f"property {found.id!r} is not of its chapter {found.chapter!r}")
    if report.complete and report.ended is None:
        raise MissingEndError(path)
    if report.complete and len(report.properties) != report.collected:
        raise IncoherentError(
            path, f"it calls itself complete with {len(report.properties)} of {report.collected} properties"
        )
    if report.ended is not None and report.ended < report.started:
        raise IncoherentError(path, f"it ended ({report.ended}) before it started ({report.started})")
    present = report.shards.present
    if present != sorted(set(present)) or not present or present[-1] > report.shards.of:
        raise IncoherentError(path, f"its shards are {present} of {report.shards.of}")
