"""The gate's answer for a test runner's view."""

from xml.etree import ElementTree

from reports.answer import Entry
from reports.gate.gate import GateResult
from reports.render import words
from reports.sanitize import visible
from reports.vocabulary import Effect

_BAD = {Effect.REGRESSION: "failure", Effect.UNCLEAR: "error"}


def as_junit(answer: GateResult) -> str:
    """A change is a test case, which fails where it breaks something in use; properties that say the same are one."""
    suite = ElementTree.Element("testsuite", name="nnx-bridge-conformance gate")
    for entry in answer.changes.entries:
        _add(suite, entry, _BAD.get(entry.effect))
    for entry in answer.changes.unused:
        _add(suite, entry, None)
    for doubt in answer.changes.doubts:
        case = ElementTree.SubElement(suite, "testcase", classname="gate", name="the runs can be compared")
        ElementTree.SubElement(case, "error", message=visible(doubt))
    if answer.changes.same:
        name = f"{answer.changes.same} of {answer.changes.of} properties did not change"
        ElementTree.SubElement(suite, "testcase", classname="gate", name=name)
    suite.set("tests", str(len(suite)))
    for bad in _BAD.values():
        suite.set(f"{bad}s", str(len(suite.findall(f"testcase/{bad}"))))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _add(suite: ElementTree.Element, entry: Entry, bad: str | None) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=entry.kind.value, name=visible(entry.name))
    text = visible("\n".join(words.in_lines(entry)))
    if bad:
        ElementTree.SubElement(case, bad, message=entry.kind.value).text = text
    else:
        ElementTree.SubElement(case, "system-out").text = text
