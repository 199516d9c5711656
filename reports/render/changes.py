"""What changed from release to release: a heading for each release, a bullet for each finding, in GitHub's Markdown.

Below a release there is a heading for each kind of change. A bullet reads ``Title. Old → new. Do X. (links)``.
Long advice that many bullets give stands once, above the releases.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from properties.findings import Cause, Finding, all_findings, finding_of, findings_of_change
from reports import advice, releases
from reports.answer import EntryKind, Upgrade, upgrade
from reports.between import Between
from reports.compare import Comparison, compare
from reports.diffs import diff_of
from reports.markdown import code, escaped, fenced, prose, sentence
from reports.model import Property, Report
from reports.render import words
from reports.render.matrix.table import in_order
from reports.vocabulary import Outcome, Verdict

# Where the files of findings are, from the page that shows the list.
_FINDINGS = "../../properties/findings"
# The kind of what only NEW can be asked, where it works.
_NEW = "new"
# Advice stands once where it has at least as many words and as many bullets give it.
_WORDS, _BULLETS = 12, 4


@dataclass(frozen=True)
class _Shown:
    """A finding, or a property that none explains, and what shows it."""

    kind: str
    finding: Finding | None
    properties: list[Comparison]


def as_markdown(reports: Iterable[Report]) -> str:
    """What each release but the first changed, the newest first."""
    ordered = sorted(reports, key=lambda report: in_order(report.environment.flax))
    text = "\n\n".join(_section(upgrade(old, new)) for old, new in [*pairwise(ordered)][::-1]) + "\n"
    return _with_shared_advice(text)


def _with_shared_advice(text: str) -> str:
    """The text, in which long advice that many bullets give is a link to one definition above it."""
    definitions = []
    for finding in {one.do: one for one in all_findings() if diff_of(one)}.values():
        given, label = f" {prose(finding.do)} (", finding.do.partition(",")[0]
        if len(finding.do.split()) >= _WORDS and text.count(given) >= _BULLETS:
            text = text.replace(given, f" [{prose(label)}](#{_anchor(label)}). (")
            definitions.append(f"### {prose(label)}\n\n{prose(finding.do)}\n\n{fenced(diff_of(finding), 'diff')}\n\n")
    return "".join([*definitions, text])


def _anchor(heading: str) -> str:
    """How GitHub names a heading in an address."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _section(found: Upgrade) -> str:
    old, new = (report.environment.flax for report in (found.old, found.new))
    said = [f"- not comparable: {escaped(doubt)}" for doubt in found.doubts] or [*_kinds(found)] or ["No changes."]
    return "\n\n".join([f"## {escaped(new)}", f"Compared with {escaped(old)}, {escaped(words.jax(found))}.", *said])


def _kinds(found: Upgrade) -> Iterator[str]:
    """A heading for each kind of change that there is, the gravest first, and below it the bullets."""
    bullets = [*_bullets(found)]
    for title in (*(kind.value for kind in EntryKind), _NEW):
        of_kind = [bullet for kind, bullet in bullets if kind == title]
        if of_kind:
            yield f"### {title.capitalize()}"
            yield "\n".join(of_kind)


def _bullets(found: Upgrade) -> Iterator[tuple[str, str]]:
    """One for each finding, under its gravest kind; last those of what OLD cannot be asked."""
    shown: dict[str, _Shown] = {}
    for kind, finding, one in [*_of_answer(found), *_of_new(found)]:
        shown.setdefault(finding.name if finding else one.id, _Shown(kind, finding, [])).properties.append(one)
    for each in shown.values():
        said = _of_finding(each.finding, each, found) if each.finding else _unexplained(each.properties[0])
        yield each.kind, f"- {said}"


def _of_answer(found: Upgrade) -> Iterator[tuple[str, Finding | None, Comparison]]:
    every = ((entry.kind.value, entry.finding, one) for entry in found.entries for one in entry.shown_by)
    yield from ((kind, finding, one) for kind, finding, one in every if one.verdict is not Verdict.NEW)


def _of_new(found: Upgrade) -> Iterator[tuple[str, Finding, Comparison]]:
    """What OLD lacks is no part of an upgrade, but of what a release brings."""
    release = found.new.environment.flax
    for one in compare(found.old, found.new):
        if one.verdict is Verdict.NEW:
            failing = finding_of(one.id, release)
            if failing:
                yield EntryKind.NEW.value, failing, one
            else:
                yield from ((_NEW, each, one) for each in findings_of_change(one.id, release))


def _of_finding(finding: Finding, shown: _Shown, found: Upgrade) -> str:
    """``Title. What changed. Do X. (links)``."""
    old, new = found.old.environment.flax, found.new.environment.flax
    causes = [cause for cause in finding.causes if cause.release in releases.between(old, new)]
    links = [f"[finding]({_FINDINGS}/{finding.name}.toml)", *map(_source, causes)]
    fixed = all(one.verdict is Verdict.FIXED for one in shown.properties)
    ended = finding.covers(old) and not finding.covers(new)
    title = f"Up to {old}: {finding.title}" if ended else finding.title
    failing = [one for one in shown.properties if one.new and one.new.failure]
    between = Between(old, new)
    symptom, do = " ".join(advice.symptoms(finding, between)), advice.do(finding, between)
    if fixed:
        said = [title] if ended else [f"Partly fixed: {title}", symptom, do]
    elif failing:
        said = [f"{title}{_raised(finding, failing, old)}{_replaced(finding, failing, old)}", do]
        if shown.kind == EntryKind.MORE_CASES.value:
            said = [f"In more cases: {said[0]}", symptom, do]
        elif shown.kind == EntryKind.NEW.value:
            said = [*(one for one in _arrows(causes) if not _say_the_same(title, one)), *said]
    else:
        said = [title, *(one for one in _differences(shown, causes) if not _say_the_same(title, one)), do]
    said = [*map(sentence, said)]
    return f"{' '.join(map(prose, said))} ({', '.join(links)})"


def _source(cause: Cause) -> str:
    if cause.is_commit:
        return f"[source]({cause.link})"
    return f"commit not identified: [all of {escaped(cause.release)}]({cause.link})"


def _raised(finding: Finding, failing: Sequence[Comparison], old: str) -> str:
    """``: raises `ValueError```, where the title does not say it."""
    raised = _exceptions(one.new for one in failing)
    was = _exceptions(one.old for one in failing if finding_of(one.id, old) is finding)
    if raised in (was, "") or raised in finding.title:
        return f". Up to {old}, it raises {was}" if was and not raised else ""
    return f": {'' if ' raise' in finding.title else 'raises '}{f'{was} → ' if was else ''}{raised}"


def _replaced(finding: Finding, failing: Sequence[Comparison], old: str) -> str:
    """`` (before: another title)``: what failed in its place."""
    before = [finding_of(one.id, old) for one in failing if one.old and one.old.failure]
    titles = dict.fromkeys(other.title for other in before if other and other is not finding)
    return f" (before: {'; '.join(titles)})" if titles else ""


def _exceptions(sides: Iterable[Property | None]) -> str:
    """What is raised, in backticks and joined by "or"; an assertion says nothing that the title does not."""
    found = {side.failure.exception for side in sides if side and side.failure} - {"AssertionError"}
    return " or ".join(f"`{name}`" for name in sorted(found))


def _differences(shown: _Shown, causes: Iterable[Cause]) -> list[str]:
    """What differs: the arrow of a cause, else the first value that is observed."""
    changes = (change for one in shown.properties for change in one.changes)
    return _arrows(causes) or [words.change_in_a_line(change, whole=True) for change in changes][:1]


def _arrows(causes: Iterable[Cause]) -> list[str]:
    """What changed in the source: a cause without an arrow says less than a value that differs."""
    return [cause.what for cause in causes if "→" in cause.what]


def _say_the_same(title: str, what: str) -> bool:
    """Whether both say that something becomes the same: one arrow each, and most words before it."""
    sides = [[{*re.findall(r"\w+", side)} - {"and"} for side in text.split("→")] for text in (title, what)]
    if [*map(len, sides)] != [2, 2]:
        return False
    (of_title, becomes), (of_what, turns_into) = sides
    return becomes == turns_into and 2 * len(of_title & of_what) > len(of_title)


def _unexplained(one: Comparison) -> str:
    """A property that changes and belongs to no finding."""
    differs = one.verdict is Verdict.DRIFTED
    values = [words.change_in_a_line(change, whole=True) for change in one.changes]
    said = "; ".join(values) if differs else f"{_state(one.old)} → {_state(one.new)}"
    about = " ".join(filter(None, [one.statement, one.advice]))
    return f"{code(one.id)}: {prose(sentence(said))} {prose(about)}"


def _state(side: Property | None) -> str:
    """How a property behaves, in a word or two."""
    if side is None or side.outcome == Outcome.UNSUPPORTED:
        return "missing"
    if side.outcome in (Outcome.PASSED, Outcome.OBSERVED):
        return "works"
    return f"raises {raised}" if (raised := _exceptions([side])) else "fails"
