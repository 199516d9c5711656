"""What changed from release to release, and what a user should do about it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from reports.compare import Finding, Verdict, compare
from reports.model import Property, Report
from reports.table import in_order

# How a verdict reads in the table; what is not here is no change that a user would notice.
_CHANGES = {
    Verdict.REGRESSED: "broken",
    Verdict.FAILURE_CHANGED: "fails otherwise",
    Verdict.FIXED: "mended",
    Verdict.NEW: "supported",
    Verdict.LOST: "gone",
    Verdict.DRIFTED: "other",
}


@dataclass(frozen=True)
class Change:
    """What one release did to one property, or to several of its parameters alike."""

    release: str
    what: str
    property_id: str
    parameters: tuple[str, ...]
    statement: str
    advice: str


def changes(reports: Iterable[Report]) -> list[Change]:
    """The changes between each release and the one before it, in the order of the releases."""
    ordered = sorted(reports, key=lambda report: in_order(report.environment.flax))
    return [
        change
        for old, new in pairwise(ordered)
        for change in _joined(new.environment.flax, _noticeable(compare(old, new)))
    ]


def markdown(found: Sequence[Change]) -> list[Sequence[str]]:
    """The rows of a table."""
    rows = []
    for release, of_release in groupby(found, key=lambda change: change.release):
        for number, change in enumerate(of_release):
            named = f"`{change.property_id}`"
            if change.parameters:
                named += f" ({', '.join(change.parameters)})"
            cells = (f"{change.what}: {change.statement} {named}", change.advice)
            rows.append(["" if number else release, *cells])
    return [["release", "what changed", "what to do"], *rows]


def _noticeable(findings: Iterable[Finding]) -> list[Finding]:
    return [found for found in findings if found.verdict in _CHANGES]


def _joined(release: str, findings: Sequence[Finding]) -> Iterable[Change]:
    """One change for all parameters of a property to which the same happened."""
    joined: dict[tuple[str, str, str, str], list[str]] = {}
    for found in findings:
        name, parameter = _parts(found.id)
        key = (_CHANGES[found.verdict], name, found.statement, _advice(found))
        joined.setdefault(key, []).extend([parameter] if parameter else [])
    for (what, name, statement, advice), parameters in joined.items():
        yield Change(release, what, name, tuple(parameters), statement, advice)


def _parts(property_id: str) -> tuple[str, str]:
    match = re.fullmatch(r"([^\[]+)(?:\[(.*)\])?", property_id)
    assert match is not None
    return match[1], match[2] or ""


def _advice(found: Finding) -> str:
    match found.verdict:
        case Verdict.DRIFTED:
            return found.advice or ""
        case Verdict.FIXED:
            return f"Before: {_reason(found.old)}" if _reason(found.old) else ""
        case Verdict.NEW:
            return ""
        case _:
            return _reason(found.new)


def _reason(found: Property | None) -> str:
    """What a known failure, or what is unsupported, says of itself."""
    return (found.reason if found else None) or ""
