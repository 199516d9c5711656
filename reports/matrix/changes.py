"""What changed from release to release, and what a user should do about it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from reports.compare import Comparison, compare, incomparable
from reports.markdown import code, escaped, prose, sentence, without_link
from reports.matrix.causes import Cause, causes_between
from reports.matrix.table import in_order
from reports.model import Property, Report
from reports.render.text import first_few, shortened
from reports.vocabulary import FAILURES, Outcome, Verdict

# What a user notices, the gravest first; another verdict is no change.
_NOTICED = [
    Verdict.REGRESSED,
    Verdict.REMOVED,
    Verdict.FAILURE_CHANGED,
    Verdict.DRIFTED,
    Verdict.FIXED,
    Verdict.NEW,
]
_LONGEST_VALUE = 120
_LONGEST_FAILURE = 80


@dataclass(frozen=True)
class Change:
    """What one release did to one property, or to several that say the same of it."""

    release: str
    what: str
    properties: tuple[str, ...]
    # What a user can tell them by: of programs their features, else the sentence of the property.
    about: str
    # What was before and what is now, where it can be said in a line.
    values: tuple[str, ...]
    advice: str
    causes: tuple[Cause, ...]


def changes(reports: Iterable[Report]) -> list[Change]:
    """The changes between each release and the one before it, in the order of the releases."""
    return [change for old, new in pairwise(_ordered(reports)) for change in _between(old, new)]


def markdown(reports: Iterable[Report]) -> str:
    """A heading for each release, the newest first, and a bullet for each change, in the Markdown of GitHub."""
    sections = [_section(old, new) for old, new in pairwise(_ordered(reports))]
    return "\n\n".join(sections[::-1]) + "\n"


def _ordered(reports: Iterable[Report]) -> list[Report]:
    return sorted(reports, key=lambda report: in_order(report.environment.flax))


def _section(old: Report, new: Report) -> str:
    doubts, found = incomparable(old, new), list(_between(old, new))
    before, after = (escaped(str(report.environment.packages.get("jax"))) for report in (old, new))
    jax = f"jax {before} on both sides" if before == after else f"jax {before} → {after}"
    causes = list(dict.fromkeys(_source(cause) for change in found for cause in change.causes))
    parts = [f"## {escaped(new.environment.flax)}", f"Compared with {escaped(old.environment.flax)}, {jax}."]
    if doubts:
        return "\n\n".join([*parts, "\n".join(f"- not comparable: {escaped(doubt)}" for doubt in doubts)])
    if causes:
        numbered = (f"{number}. {prose(what)} ([source]({link}))" for number, (what, link) in enumerate(causes, 1))
        parts += ["What changed in the source:", "\n".join(numbered), "What a user notices:"]
    return "\n\n".join([*parts, "\n".join(_bullet(change, causes) for change in found) or "Nothing."])


def _bullet(change: Change, causes: Sequence[tuple[str, str]]) -> str:
    values = f"{'; '.join(change.values)}." if change.values else ""
    about, advice = prose(change.about), prose(change.advice)
    first, more = first_few(change.properties)
    numbers = ", ".join(dict.fromkeys(str(causes.index(_source(cause)) + 1) for cause in change.causes))
    parts = [
        f"**{escaped(change.what)}**:",
        *(
            [about, values, advice]
            if change.what == Verdict.DRIFTED
            else [advice, advice and "Seen with:", about, values]
        ),
        f"Cause: {numbers}." if numbers else "",
        f"({', '.join(map(code, first))}{f' and {more} more' if more else ''})",
    ]
    return f"- {' '.join(filter(None, parts))}"


def _source(cause: Cause) -> tuple[str, str]:
    """What a cause says, and where it can be read; several entries may be of one."""
    return cause.what, cause.link


def _between(old: Report, new: Report) -> Iterable[Change]:
    """One change for all findings of which the same is to be said."""
    joined: dict[tuple[str, str], list[Comparison]] = {}
    # A chapter that one of them did not run says nothing of Flax.
    ran = {found.chapter for found in old.properties} & {found.chapter for found in new.properties}
    noticed = [one for one in compare(old, new) if one.verdict in _NOTICED and one.id.partition(".")[0] in ran]
    for found in sorted(noticed, key=lambda found: _NOTICED.index(found.verdict)):
        joined.setdefault((_what(found), _advice(found, old) or found.statement), []).append(found)
    for (what, _), findings in joined.items():
        names = tuple(found.id for found in findings)
        causes = tuple(
            dict.fromkeys(
                cause for name in names for cause in causes_between(old.environment.flax, new.environment.flax, name)
            )
        )
        values = tuple(_values(findings[0]))
        yield Change(new.environment.flax, what, names, _about(findings), values, _advice(findings[0], old), causes)


def _what(found: Comparison) -> str:
    fails = found.verdict is Verdict.NEW and found.new and found.new.outcome in FAILURES
    return f"{found.verdict}, and fails" if fails else found.verdict


def _about(findings: Iterable[Comparison]) -> str:
    first, more = first_few(list(dict.fromkeys(sentence(found.feature or found.statement) for found in findings)))
    return " ".join(first) + (f" And {more} more." if more else "")


def _values(found: Comparison) -> Iterable[str]:
    """What was before and what is now, in Markdown: values that fit into a line, or the two failures."""
    for change in found.changes:
        old, new = (json.dumps(value, sort_keys=True) for value in (change.old, change.new))
        if max(len(old), len(new)) <= _LONGEST_VALUE:
            yield f"{escaped(change.name)}: {code(old)} → {code(new)}"
    if found.verdict is Verdict.FAILURE_CHANGED:
        failures = [_failure(side) for side in (found.old, found.new)]
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*failures, strict=False)))
        # Long messages often differ at their end alone.
        from_here = max(0, same - _LONGEST_FAILURE // 4) if same > _LONGEST_FAILURE // 2 else 0
        yield " → ".join(
            code(shortened(f"{'…' if from_here else ''}{text[from_here:]}", _LONGEST_FAILURE)) for text in failures
        )


def _failure(found: Property | None) -> str:
    if found is None or found.failure is None:
        return "its process died"
    return f"{found.failure.exception}: {found.failure.message.partition(chr(10))[0]}"


def _advice(found: Comparison, old: Report) -> str:
    match found.verdict:
        case Verdict.DRIFTED:
            return found.advice or ""
        case Verdict.FIXED:  # what a user had to do until then
            reason = found.old.reason if found.old else None
            return f"On {old.environment.flax}: {without_link(reason)}" if reason else ""
        case Verdict.NEW if found.new and found.new.outcome in (Outcome.PASSED, Outcome.OBSERVED):
            return ""
        case _:  # a known failure says it, and so does what is unsupported
            return sentence(without_link((found.new.reason if found.new else None) or ""))
