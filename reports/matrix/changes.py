"""What changed from release to release, and what a user should do about it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from reports.compare import Finding, Verdict, compare
from reports.markdown import Markup, escaped, table
from reports.matrix.causes import Cause, causes_of
from reports.matrix.table import first_few, in_order, named
from reports.model import Report

# How a verdict reads; what is not here is no change that a user would notice.
_CHANGES = {
    Verdict.REGRESSED: "broken",
    Verdict.FAILURE_CHANGED: "fails otherwise",
    Verdict.FIXED: "mended",
    Verdict.NEW: "supported",
    Verdict.LOST: "gone",
    Verdict.DRIFTED: "drifted",
}


@dataclass(frozen=True)
class Change:
    """What one release did to one property, or to several that say the same of it."""

    release: str
    what: str
    properties: tuple[str, ...]
    # What a user can tell them by: of programs their features, else the sentence of the property.
    about: str
    advice: str
    causes: tuple[Cause, ...]


def changes(reports: Iterable[Report]) -> list[Change]:
    """The changes between each release and the one before it, in the order of the releases."""
    ordered = sorted(reports, key=lambda report: in_order(report.environment.flax))
    return [change for old, new in pairwise(ordered) for change in _between(old, new)]


def markdown(found: Sequence[Change]) -> str:
    """A table in the Markdown of GitHub."""
    rows: list[list[str]] = []
    for release, of_release in groupby(found, key=lambda change: change.release):
        for number, change in enumerate(of_release):
            cells = [f"{change.what}: {change.about}", change.advice, _why(change.causes), named(change.properties)]
            rows.append(["" if number else release, *cells])
    return table(["flax", "what changed", "what to do", "why", "seen by"], rows) + "\n"


def _between(old: Report, new: Report) -> Iterable[Change]:
    """One change for all findings of which the same is to be said."""
    joined: dict[tuple[str, str], list[Finding]] = {}
    # A chapter that one of them did not run says nothing of Flax.
    ran = {found.chapter for found in old.properties} & {found.chapter for found in new.properties}
    for found in compare(old, new):
        if found.verdict in _CHANGES and found.id.partition(".")[0] in ran:
            advice = _advice(found)
            joined.setdefault((_what(found), advice or found.statement), []).append(found)
    for (what, _), findings in joined.items():
        names = tuple(found.id for found in findings)
        causes = tuple(dict.fromkeys(cause for name in names for cause in causes_of(new.environment.flax, name)))
        yield Change(new.environment.flax, what, names, _about(findings), _advice(findings[0]), causes)


def _what(found: Finding) -> str:
    if found.verdict is Verdict.NEW and found.new and found.new.outcome in ("failed", "known"):
        return "new, and fails"
    return _CHANGES[found.verdict]


def _about(findings: Iterable[Finding]) -> str:
    first, more = first_few(list(dict.fromkeys(found.feature or found.statement for found in findings)))
    return " ".join(first) + (f" And {more} more." if more else "")


def _why(causes: Iterable[Cause]) -> Markup:
    return Markup(" ".join(f"{escaped(cause.what)} ([source]({cause.link}))" for cause in causes))


def _advice(found: Finding) -> str:
    match found.verdict:
        case Verdict.DRIFTED:
            return found.advice or ""
        case Verdict.FIXED:  # what a user had to do until then
            return f"Until then: {_in_words(found.old.reason)}" if found.old and found.old.reason else ""
        case Verdict.NEW if found.new and found.new.outcome in ("passed", "observed"):
            return ""
        case _:  # a known failure says it, and so does what is unsupported
            return _in_words((found.new.reason if found.new else None) or "")


def _in_words(reason: str) -> str:
    """The reason without the link at its end: where a change comes from is told by its causes."""
    return re.sub(r" https://\S+$", "", reason)
