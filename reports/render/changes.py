"""What changed from release to release: a heading for each release, the newest first, and a bullet for each finding."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from properties.findings import Cause
from reports.answer import Entry, Upgrade, upgrade
from reports.markdown import code, escaped, prose, sentence
from reports.matrix.table import in_order
from reports.model import Report
from reports.render import words
from reports.render.upgrade_text import change_in_a_line

_MOST_NAMED = 3


def as_markdown(reports: Iterable[Report]) -> str:
    """The changes from each release to the next, in the Markdown of GitHub."""
    ordered = sorted(reports, key=lambda report: in_order(report.environment.flax))
    sections = ["\n\n".join(_section(upgrade(old, new))) for old, new in pairwise(ordered)]
    return "\n\n".join(sections[::-1]) + "\n"


def _section(found: Upgrade) -> Iterator[str]:
    old, new = (report.environment.flax for report in (found.old, found.new))
    yield f"## {escaped(new)}"
    yield f"Compared with {escaped(f'{old}, {words.jax(found)}')}."
    if found.doubts:
        yield "\n".join(f"- not comparable: {escaped(doubt)}" for doubt in found.doubts)
        return
    causes = list(dict.fromkeys(cause for entry in found.entries for cause in entry.causes))
    if causes:
        yield "What changed in the source:"
        yield "\n".join(f"{number}. {prose(one.what)} ([source]({one.link}))" for number, one in enumerate(causes, 1))
        yield "What a user notices:"
    yield "\n".join(_bullet(entry, causes) for entry in found.entries) or "Nothing."


def _bullet(entry: Entry, causes: Sequence[Cause]) -> str:
    named, more = entry.properties[:_MOST_NAMED], len(entry.properties[_MOST_NAMED:])
    numbers = ", ".join(str(causes.index(cause) + 1) for cause in entry.causes)
    parts = [
        f"**{entry.kind}**:",
        prose(sentence(entry.title)),
        prose(sentence(entry.do)) if entry.do else "",
        # A finding says in words what changes.
        *(prose(sentence(change_in_a_line(one))) for one in entry.changes if entry.finding is None),
        f"Cause: {numbers}." if numbers else "",
        f"({', '.join(map(code, named))}{f' and {more} more' if more else ''})",
    ]
    return f"- {' '.join(filter(None, parts))}"
