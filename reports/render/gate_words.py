"""The words around the changes in every output of the gate: its answer, both sides, and what is quiet."""

from reports.answer import EntryKind
from reports.compare import settings
from reports.gate.gate import GateResult, Side
from reports.model import OWN_MODELS, OWN_SUBJECTS, Report
from reports.releases.keeping import property_ids
from reports.vocabulary import Effect, Outcome, Verdict, counted, several


def headline(answer: GateResult) -> str:
    """The answer in a sentence that names both sides."""
    return f"{answer.old.label} → {answer.new.label}: {sentence(answer)}"


def sentence(answer: GateResult) -> str:
    """The answer, what it is about, and how much of it is in use."""
    scope = f" ({_scope(answer.new.report)})" if answer.old.report and answer.new.report else ""
    parts = [_breaking(answer) or _in_use(answer) + answer.effect.meaning, _accepted(answer)]
    return f"{answer.effect.word}{scope}: {' '.join(filter(None, parts))}"


def _scope(report: Report) -> str:
    """How many properties of how many were tried, and how."""
    tried, every = len(report.properties), len(property_ids())
    # With subjects or models of the user's own nobody knows how many there are.
    is_part = (report.subjects, report.models) == (OWN_SUBJECTS, OWN_MODELS) and tried < every
    number = f"{tried} of {_properties(every)}" if is_part else _properties(tried)
    return ", ".join(filter(None, [number, f"profile {report.suite.profile}", report.suite.selection]))


def _properties(number: int) -> str:
    return several(number, "property", "properties")


_BREAKING = (EntryKind.BREAKS, EntryKind.LACKS)


def _breaking(answer: GateResult) -> str:
    """How many things break, and how many of them are in use; nothing where it is no regression."""
    if answer.effect is not Effect.REGRESSION:
        return ""
    changes = answer.changes
    used, rest = (
        len([one for one in entries if one.kind in _BREAKING and one.effect is Effect.REGRESSION])
        for entries in (changes.entries, changes.unused)
    )
    said = f"{several(used, 'thing')} {'works' if used == 1 else 'work'} on OLD, not on NEW"
    if cases := len([one for one in changes.entries if one.kind is EntryKind.MORE_CASES]):
        further = f"{several(cases, 'thing')} {'fails' if cases == 1 else 'fail'} on NEW in more cases"
        said = f"{said}, {further}" if used else further
    if not changes.uses:
        return f"{said}."
    more = f" {several(rest, 'thing')} more {'breaks' if rest == 1 else 'break'} outside of it." if rest else ""
    return f"{_in_use(answer)}{said}.{more}"


def _in_use(answer: GateResult) -> str:
    uses = answer.changes.uses
    return f"In what you use ({', '.join(uses)}): " if uses else ""


def _accepted(answer: GateResult) -> str:
    number = sum(one.allowed is not None for one in answer.comparisons)
    return f"{several(number, 'change')} {'is' if number == 1 else 'are'} accepted and not counted." if number else ""


def sides(answer: GateResult) -> list[tuple[str, str, str]]:
    """OLD and NEW: the name, the versions, how many properties have each outcome."""
    return [(name, _about(side), _outcomes(side)) for name, side in (("OLD", answer.old), ("NEW", answer.new))]


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
    numbers = side.report.count()
    return ", ".join(counted(numbers[outcome], outcome) for outcome in Outcome if numbers[outcome])


def quiet(answer: GateResult) -> list[str]:
    """What changes nothing and is worth a line: what was known before, and what was tried on top."""
    known = [one for one in answer.comparisons if one.verdict is Verdict.STILL_FAILING]
    reworded = sum(one.reworded for one in known)
    other = f", {reworded} with another message" if reworded else ""
    said = [f"{counted(len(known), Outcome.KNOWN_FAILURE)} on both sides{other} (not counted)"] if known else []
    shown = {name for entry in (*answer.changes.entries, *answer.changes.unused) for name in entry.properties}
    rest = (one for one in answer.comparisons if one.id not in shown)
    return said + [f"{one.verdict}: {one.id}: {note}" for one in rest for note in one.notes]
