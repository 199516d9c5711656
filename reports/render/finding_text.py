"""A finding as text, at most 80 columns wide but for its program."""

import difflib
from collections.abc import Iterator

from properties.findings import Fails, Finding, all_findings
from reports.errors import BadInput
from reports.render.text import wrapped
from reports.sanitize import visible


def as_text(name: str) -> str:
    """All about the finding of this name; BadInput where there is none."""
    return "\n".join(visible(line).rstrip() for line in _lines(named(name))) + "\n"


def named(name: str) -> Finding:
    """The finding of this name; BadInput where there is none."""
    found = {one.name: one for one in all_findings()}
    if name not in found:
        close = difflib.get_close_matches(name, found, 1)
        meant = f"; did you mean {close[0]}?" if close else "; nnx-bridge finding lists all"
        raise BadInput(f"no finding {name!r}{meant}")
    return found[name]


def all_in_lines() -> str:
    """The name of every finding, with its title."""
    return "".join(f"{one.name}\n    {one.title}\n" for one in all_findings())


def _lines(found: Finding) -> Iterator[str]:
    yield from wrapped(found.title)
    yield ""
    yield from wrapped(found.symptom)
    yield from wrapped(f"Do: {found.do}", "", "    ")
    for fails in found.fails:
        yield from wrapped(f"Fails on {span(fails)}: {fails.exception}", "", "    ")
    for change in found.changes:
        yield from wrapped(f"Changes with {change.release}", "", "    ")
    yield f"Topics: {', '.join(found.topics)}"
    yield from wrapped(f"Symbols: {', '.join(found.symbols)}", "", "    ")
    for cause in found.causes:
        yield from wrapped(f"Cause ({cause.release}): {cause.what}", "", "    ")
        yield f"    {cause.link}"
    shown_by = dict.fromkeys([name for one in found.fails for name in one.shown_by])
    shown_by |= dict.fromkeys([name for one in found.changes for name in one.shown_by])
    yield from wrapped(f"Shown by: {', '.join(shown_by)}", "", "    ")
    if found.witness:
        yield from ("", "This program shows it:", "", *found.witness.strip().splitlines())
    for old, new in found.remedy.items():
        yield from (
            "",
            "Remedy:",
            *(f"-{line}" for line in old.splitlines()),
            *(f"+{line}" for line in new.splitlines()),
        )


def span(fails: Fails) -> str:
    """The releases that fail, in words."""
    if fails.last == fails.first:
        return fails.first
    return f"{fails.first} to {fails.last}" if fails.last else f"{fails.first} and later"
