"""A finding as text, at most 80 columns wide but for its programs."""

import difflib
from collections.abc import Iterable, Iterator
from itertools import groupby

from properties.findings import Cause, Fails, Finding, all_findings
from reports import releases
from reports.diffs import diff_of
from reports.errors import BadInput
from reports.program import program
from reports.render.text import from_to, wrapped
from reports.sanitize import visible

# How users write the modules of a symbol.
_SHORT = {"flax.nnx.bridge.": "bridge.", "flax.nnx.": "nnx.", "flax.linen.": "nn."}


def as_text(name: str) -> str:
    """All about the finding of this name, or the list of those that mention it; BadInput where there is none."""
    found = {one.name for one in all_findings()}
    if name not in found and (matches := mentioning(name)):
        return in_lines(matches)
    return "\n".join(visible(line).rstrip() for line in _lines(named(name))) + "\n"


def named(name: str) -> Finding:
    """The finding of this name; BadInput where there is none."""
    found = {one.name: one for one in all_findings()}
    if name not in found:
        close = [one.name for one in mentioning(name)] or difflib.get_close_matches(name, found, 1)
        meant = f"; did you mean {' or '.join(close)}?" if close else f"; `{program()} finding` lists all"
        raise BadInput(f"no finding {name!r}{meant}")
    return found[name]


def mentioning(text: str) -> list[Finding]:
    """The findings that hold a text in their name, title, symbols or errors, in any case of letters."""
    wanted = _shortened(text).casefold()
    return [one for one in all_findings() if wanted in _shortened(" ".join(_searched(one))).casefold()]


def _searched(one: Finding) -> Iterator[str]:
    yield from (one.name, one.title, *one.symbols)
    yield from (part for fails in one.fails for part in (fails.exception, fails.message))


def _shortened(text: str) -> str:
    for long, short in _SHORT.items():
        text = text.replace(long, short)
    return text


def witness(name: str) -> str:
    """The program that shows the finding of this name; BadInput where there is none."""
    found = named(name)
    if not found.witness:
        raise BadInput(f"{name}: nothing fails, so no program shows it")
    return f"{found.witness.strip()}\n"


def remedied(name: str) -> str:
    """The same program after the remedy; BadInput where there is none."""
    found = named(name)
    if not found.remedy:
        raise BadInput(f"{name}: no program shows a remedy; read the finding")
    return f"{found.remedied().strip()}\n"


def in_lines(found: Iterable[Finding]) -> str:
    """The names of findings, each with its title."""
    return "".join(f"{one.name}\n    {one.title}\n" for one in found)


def _lines(found: Finding) -> Iterator[str]:
    yield from wrapped(found.title)
    yield ""
    yield from wrapped(found.symptom)
    yield from wrapped(f"Do: {found.do}", "", "    ")
    yield from (f"    {line}" for line in diff_of(found).splitlines())
    if found.fails:
        yield from wrapped(f"The program below fails on {', '.join(spans(found.fails))}.", "", "    ")
    for exception, on in spans_by_exception(found.fails):
        # What a program asserts is no exception of the user's.
        if exception != "AssertionError":
            yield from wrapped(f"Raised on {', '.join(on)}: {exception}", "", "    ")
    if found.changes:
        yield from wrapped(
            f"Changes with: {', '.join(dict.fromkeys(one.release for one in found.changes))}", "", "    "
        )
    yield f"Topics: {', '.join(found.topics)}"
    yield from wrapped(f"Symbols: {', '.join(found.symbols)}", "", "    ")
    for cause in found.causes:
        yield from wrapped(f"{_role(found, cause)} ({cause.release}): {cause.what}", "", "    ")
        yield f"    {cause.link}"
    yield from wrapped(f"In the source: {found.where}" if found.where else "", "", "    ")
    yield from wrapped(f"Suggested fix in Flax: {found.suggested}" if found.suggested else "", "", "    ")
    yield from (f"    {line}" for line in found.fix.strip().splitlines())
    shown_by = dict.fromkeys(name for one in found.fails for name in one.shown_by)
    shown_by |= dict.fromkeys(name for one in found.changes for name in one.shown_by)
    yield from wrapped(f"Shown by: {', '.join(shown_by)}", "", "    ")
    if found.witness:
        yield from ("", "This program shows it:", "", *found.witness.strip().splitlines())


def _role(found: Finding, cause: Cause) -> str:
    """What a change in the source is to a finding."""
    known = releases.releases()
    before = known[known.index(cause.release) - 1 :][:1] if cause.release in known[1:] else []
    failed, fails = any(map(found.covers, before)), found.covers(cause.release)
    if failed:
        return "Later change of the failure" if fails else "Fixed by"
    return "Cause"


def spans_by_exception(fails: Iterable[Fails]) -> Iterator[tuple[str, list[str]]]:
    """Each exception with the releases that raise it, in words."""
    found = list(fails)
    for exception in dict.fromkeys(one.exception for one in found):
        yield exception, spans([one for one in found if one.exception == exception])


def spans(fails: Iterable[Fails]) -> list[str]:
    """The releases that fail, each row of them in words."""
    found, known = list(fails), releases.releases()
    rows = groupby(known, lambda release: any(one.covers(release) for one in found))
    failing = [[*row] for fail, row in rows if fail]
    return [_span(row, row[-1] == known[-1] and any(one.last is None for one in found)) for row in failing]


def _span(row: list[str], is_open: bool) -> str:
    return f"{row[0]} and later" if is_open else from_to(row)
