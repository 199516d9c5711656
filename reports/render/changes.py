"""What changed from release to release: a heading for each release, a bullet for each finding, in GitHub's Markdown.

A bullet reads ``Symbol: old → new. Do X. (link)``.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from properties.findings import Finding, finding_of, findings_of_change
from reports import releases
from reports.answer import Upgrade, upgrade
from reports.compare import Comparison, compare
from reports.markdown import code, escaped, prose, sentence
from reports.model import Property, Report
from reports.render import words
from reports.render.matrix.table import in_order
from reports.vocabulary import Outcome, Verdict

# Where the files of findings are, from the page that shows the list.
_FINDINGS = "../../properties/findings"
# How users write the modules of a symbol.
_SHORT = {"flax.nnx.bridge.To": "To", "flax.nnx.bridge.": "bridge.", "flax.nnx.": "nnx.", "flax.linen.": "nn."}


def as_markdown(reports: Iterable[Report]) -> str:
    """What each release but the first changed, the newest first."""
    ordered = sorted(reports, key=lambda report: in_order(report.environment.flax))
    return "\n\n".join(_section(upgrade(old, new)) for old, new in [*pairwise(ordered)][::-1]) + "\n"


def _section(found: Upgrade) -> str:
    old, new = (report.environment.flax for report in (found.old, found.new))
    lines = [f"- not comparable: {escaped(doubt)}" for doubt in found.doubts] or [*_bullets(found)]
    parts = [f"## {escaped(new)}", f"Compared with {escaped(old)}, {escaped(words.jax(found))}."]
    return "\n\n".join([*parts, "\n".join(lines) or "Nothing."])


def _bullets(found: Upgrade) -> Iterator[str]:
    """One for each finding, in the order of the answer; last those of what OLD cannot be asked."""
    shown: dict[str, tuple[Finding | None, list[Comparison]]] = {}
    for finding, one in [*_of_answer(found), *_of_new(found)]:
        shown.setdefault(finding.name if finding else one.id, (finding, []))[1].append(one)
    for finding, properties in shown.values():
        yield f"- {_of_finding(finding, properties, found) if finding else _unexplained(properties[0])}"


def _of_answer(found: Upgrade) -> Iterator[tuple[Finding | None, Comparison]]:
    every = ((entry.finding, one) for entry in found.entries for one in entry.shown_by)
    yield from ((finding, one) for finding, one in every if one.verdict is not Verdict.NEW)


def _of_new(found: Upgrade) -> Iterator[tuple[Finding, Comparison]]:
    """What OLD lacks is no part of an upgrade, but of what a release brings."""
    release = found.new.environment.flax
    for one in compare(found.old, found.new):
        if one.verdict is Verdict.NEW:
            failing = finding_of(one.id, release)
            yield from ((finding, one) for finding in ([failing] if failing else findings_of_change(one.id, release)))


def _of_finding(finding: Finding, properties: Sequence[Comparison], found: Upgrade) -> str:
    old, new = found.old.environment.flax, found.new.environment.flax
    between = releases.between(old, new)
    causes = [cause for cause in finding.causes if cause.release in between]
    turns = "; ".join(dict.fromkeys(_turn(one) for one in properties if one.verdict is not Verdict.DRIFTED))
    # A cause without an arrow, such as a rewrite, says less than a value that differs.
    arrows = [] if turns else [cause.what for cause in causes if "→" in cause.what]
    values = [sentence(words.change_in_a_line(change)) for one in properties for change in one.changes]
    fixed = all(one.verdict is Verdict.FIXED for one in properties)
    ended = fixed and not finding.covers(new)
    said = [
        *([f"`{_short(finding.symbols[0])}`: {turns}{' in part' if fixed and not ended else ''}."] if turns else []),
        *arrows,
        f"{f'Up to {old}: ' if ended else ''}{sentence(finding.title)}",
        *([] if turns or arrows else values[:1]),
        *([] if ended else [finding.do]),
    ]
    links = [f"[finding]({_FINDINGS}/{finding.name}.toml)", *(f"[source]({one.link})" for one in causes)]
    return f"{' '.join(map(prose, said))} ({', '.join(links)})"


def _unexplained(one: Comparison) -> str:
    """A property that changes and belongs to no finding."""
    differs = one.verdict is Verdict.DRIFTED
    said = "; ".join(map(words.change_in_a_line, one.changes)) if differs else _turn(one)
    about = " ".join(filter(None, [one.statement, one.advice]))
    return f"{code(one.id)}: {prose(sentence(said))} {prose(about)}"


def _turn(one: Comparison) -> str:
    """``works → raises `ValueError```."""
    old, new = _state(one.old), _state(one.new)
    return f"{old} → {new}" if old != new else f"{old} → {new} differently"


def _state(side: Property | None) -> str:
    """How a property behaves, in a word or two; an assertion of its own says nothing that its title does not."""
    if side is None or side.outcome == Outcome.UNSUPPORTED:
        return "missing"
    if side.outcome in (Outcome.PASSED, Outcome.OBSERVED):
        return "works"
    exception = side.failure.exception if side.failure else "AssertionError"
    return "fails" if exception == "AssertionError" else f"raises `{exception}`"


def _short(symbol: str) -> str:
    return next(
        (f"{to}{symbol.removeprefix(start)}" for start, to in _SHORT.items() if symbol.startswith(start)), symbol
    )
