"""The gate's answer in words: for a terminal, a pull request, a test runner, GitHub's annotations, or a machine."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.compare import Effect, Finding, Verdict, settings
from reports.escaping import visible
from reports.markdown import code, escaped, fenced, prose
from reports.model import OWN_SUBJECTS, Report
from reports.releases.keeping import property_ids
from reports.upgrade.gate import Answer, Side
from reports.vocabulary import ANSWERS, OUTCOMES

_STYLES = {Effect.SAFE: "green", Effect.DRIFT: "yellow", Effect.UNCLEAR: "magenta", Effect.REGRESSION: "red"}


def headline(answer: Answer) -> str:
    """The answer in a sentence that names both sides."""
    return f"{answer.old.label} -> {answer.new.label}: {_sentence(answer)}"


def _sentence(answer: Answer) -> str:
    word, meaning = ANSWERS[answer.effect]
    scope = f" ({_scope(answer.new.report)})" if answer.old.report and answer.new.report else ""
    accepted = sum(found.allowed is not None for found in answer.findings)
    but = (
        f" {accepted} {'finding is' if accepted == 1 else 'findings are'} accepted and not counted." if accepted else ""
    )
    return f"{word}{scope}: {_count(answer) or meaning}{but}"


def _scope(report: Report) -> str:
    """What the answer is about: how many properties of how many were tried, and how."""
    tried, every = len(report.properties), len(property_ids())
    # With subjects of the user's own nobody knows how many there are.
    is_part = report.subjects == OWN_SUBJECTS and tried < every
    number = f"{tried} of {_properties(every)}" if is_part else _properties(tried)
    return ", ".join(filter(None, [number, f"profile {report.suite.profile}", report.suite.selection]))


def _count(answer: Answer) -> str:
    """How many properties make it a regression."""
    counts = Counter(found.verdict for found in answer.findings if found.old and found.effect is Effect.REGRESSION)
    failing, missing = counts[Verdict.REGRESSED], counts[Verdict.LOST]
    said = (
        [f"{_properties(failing)} that passed on OLD {'fails' if failing == 1 else 'fail'} on NEW"] if failing else []
    )
    said += [f"{_properties(missing)} of OLD {'is' if missing == 1 else 'are'} missing on NEW"] if missing else []
    return f"{', '.join(said)}." if said else ""


def _properties(number: int) -> str:
    return f"{number} {'property' if number == 1 else 'properties'}"


def worth_showing(answer: Answer) -> list[Finding]:
    """The findings that are not simply the same or known to be, the gravest first."""
    found = [one for one in answer.findings if (one.verdict is not Verdict.SAME or one.notes) and not _is_old_news(one)]
    return sorted(found, key=lambda one: (-one.effect, one.id))


def old_news(answer: Answer) -> list[str]:
    """A line on what both sides are known to do wrong, or none."""
    number = sum(map(_is_old_news, answer.findings))
    return [f"{_many(number, OUTCOMES['known'].word)} on both sides (not counted)"] if number else []


def _is_old_news(found: Finding) -> bool:
    sides = (found.old, found.new)
    return found.verdict is Verdict.STILL_FAILING and all(side and side.outcome == "known" for side in sides)


def sayings(found: Finding) -> list[str]:
    """What there is to say about a finding, a sentence each; its example is ``example``."""
    said = [found.statement, *([f"the feature: {found.feature}"] if found.feature else [])]
    failure = found.new.failure if found.new else None
    if failure and found.verdict is not Verdict.FIXED:
        said.append(f"{failure.exception}: {failure.message.splitlines()[0] if failure.message else ''}")
    said += [f"{change.name}: {_value(change.old)} -> {_value(change.new)}" for change in found.changes]
    said += found.notes
    if found.advice:
        said.append(f"what to do: {found.advice}")
    if found.allowed:
        said.append(f"accepted: {found.allowed}")
    return said


def example(found: Finding) -> str | None:
    """The falsifying example on NEW: values, or a program of several lines."""
    failure = found.new.failure if found.new else None
    return failure.falsifying_example if failure and found.verdict is not Verdict.FIXED else None


def details(found: Finding) -> list[str]:
    """All of it as lines of text, in which nothing is invisible and nothing moves a terminal's cursor."""
    lines = [visible(" ".join(said.split())) for said in sayings(found)]
    tried = visible(example(found) or "").splitlines()
    if len(tried) == 1:
        lines.append(f"falsifying example: {tried[0]}")
    elif tried:
        lines += ["falsifying example:", *(f"  {line}".rstrip() for line in tried)]
    return lines


def terminal(answer: Answer) -> None:
    """Print a table: in colour on a terminal, plain and unbroken elsewhere."""
    console = Console(soft_wrap=not sys.stdout.isatty(), highlight=False)
    console.print(Text(visible(_sentence(answer)), style=f"bold {_STYLES[answer.effect]}"))
    for name, side in (("OLD", answer.old), ("NEW", answer.new)):
        console.print(Text(visible(f"{name}  {_about(side)}\n     {_outcomes(side)}")))
    for line in (*(f"not comparable: {doubt}" for doubt in answer.doubts), *old_news(answer)):
        console.print(Text(visible(line)))
    found = worth_showing(answer)
    if not found:
        return
    if not sys.stdout.isatty():
        for one in found:
            heading = f"\n{one.verdict.value}: {visible(one.id)}"
            console.print(Text("\n".join([heading, *(f"    {line}" for line in details(one))])))
        return
    table = Table("verdict", "property", "what", show_lines=True)
    for one in found:
        table.add_row(
            Text(one.verdict.value, style=_STYLES[one.effect]), Text(visible(one.id)), Text("\n".join(details(one)))
        )
    console.print(table)


def as_markdown(answer: Answer) -> str:
    """For a pull request."""
    lines = [f"### {escaped(headline(answer))}", "", *(f"- not comparable: {escaped(d)}" for d in answer.doubts)]
    sides = (f"{_about(side)}: {_outcomes(side)}" for side in (answer.old, answer.new))
    lines += [f"- {escaped(line)}" for line in (*sides, *old_news(answer))]
    return "\n".join([*lines, *(line for one in worth_showing(answer) for line in _section(one))]) + "\n"


def _section(found: Finding) -> Iterator[str]:
    """A finding in Markdown: a heading, a bullet for each sentence, and the example as code that can be copied."""
    yield from ("", f"#### {found.verdict.value}: {code(found.id)}", "")
    yield from (f"- {prose(said)}" for said in sayings(found))
    if tried := example(found):
        yield from ("", "Falsifying example:", "", fenced(tried))


def as_json(answer: Answer) -> str:
    """For a machine: the effect, both sides, and every finding."""
    return (
        json.dumps(
            {
                "effect": answer.effect.name.lower(),
                "doubts": list(answer.doubts),
                "old": _side(answer.old),
                "new": _side(answer.new),
                "findings": [_finding(found) for found in answer.findings],
            },
            indent=1,
        )
        + "\n"
    )


def as_junit(answer: Answer) -> str:
    """For a test runner's view: a finding is a test case, which fails where it is a regression."""
    suite = ElementTree.Element("testsuite", name="nnx-bridge-conformance gate", tests=str(len(answer.findings)))
    bad = {Effect.REGRESSION: "failure", Effect.UNCLEAR: "error"}
    for effect, attribute in bad.items():
        suite.set(f"{attribute}s", str(sum(found.effect is effect for found in answer.findings)))
    for found in answer.findings:
        case = ElementTree.SubElement(
            suite, "testcase", classname=visible(found.id.split(".")[0]), name=visible(found.id)
        )
        text = "\n".join(details(found))
        if found.effect in bad:
            element = ElementTree.SubElement(case, bad[found.effect], message=found.verdict.value)
            element.text = visible(text)
        elif found.verdict is not Verdict.SAME:
            ElementTree.SubElement(case, "system-out").text = visible(f"{found.verdict.value}\n{text}")
    for doubt in answer.doubts:
        case = ElementTree.SubElement(suite, "testcase", classname="gate", name="the runs are comparable")
        ElementTree.SubElement(case, "error", message=visible(doubt))
    suite.set("tests", str(len(suite)))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def as_github(answer: Answer) -> str:
    """GitHub's annotations, a line each; what they say is text."""
    level = {Effect.REGRESSION: "error", Effect.UNCLEAR: "error", Effect.DRIFT: "warning", Effect.SAFE: "notice"}
    lines = [f"::{level[answer.effect]} title=gate::{_annotation(headline(answer))}"]
    lines += [f"::error title=not comparable::{_annotation(doubt)}" for doubt in answer.doubts]
    for found in worth_showing(answer):
        title = _annotation(f"{found.verdict.value} {found.id}").replace(",", "%2C").replace(":", "%3A")
        lines.append(f"::{level[found.effect]} title={title}::{_annotation(chr(10).join(details(found)))}")
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[Answer], str]] = {
    "json": as_json,
    "markdown": as_markdown,
    "junit": as_junit,
    "github": as_github,
}


def _about(side: Side) -> str:
    """What the side is, and the versions in it."""
    label = f"{side.label} (its committed report)" if side.committed else side.label
    if side.report is None:
        return label
    environment = side.report.environment
    versions = {name: environment.packages.get(name) for name in ("flax", "jax", "jaxlib", "numpy")}
    if versions["jaxlib"] == versions["jax"]:
        del versions["jaxlib"]
    said = [*(f"{name} {it}" for name, it in versions.items()), f"Python {environment.python}", *settings(environment)]
    return f"{label}: {', '.join(said)}"


def _outcomes(side: Side) -> str:
    """How many properties have each outcome there, or why there are none."""
    if side.report is None:
        return side.problem or "not run"
    counts = side.report.count()
    return ", ".join(_many(counts[outcome], word) for outcome, (word, _) in OUTCOMES.items() if counts[outcome])


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'s' if word.endswith('failure') and number != 1 else ''}"


def _side(side: Side) -> dict[str, Any]:
    environment = msgspec.to_builtins(side.report.environment) if side.report else None
    return {"label": side.label, "environment": environment, "problem": side.problem}


def _finding(found: Finding) -> dict[str, Any]:
    failure = found.new.failure if found.new else None
    return {
        "id": found.id,
        "verdict": found.verdict.value,
        "effect": found.effect.name.lower(),
        "statement": found.statement,
        "feature": found.feature,
        "old": found.old.outcome if found.old else None,
        "new": found.new.outcome if found.new else None,
        "changes": [{"name": change.name, "old": change.old, "new": change.new} for change in found.changes],
        "notes": list(found.notes),
        "advice": found.advice,
        "accepted": found.allowed,
        "failure": msgspec.to_builtins(failure) if failure else None,
    }


def _value(value: object, width: int = 90) -> str:
    text = "nothing" if value is None else json.dumps(value, sort_keys=True)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _annotation(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
