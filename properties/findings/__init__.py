"""The findings: what a user of the bridge notices, one file each. Neither jax nor flax is needed to read them."""

import ast
import difflib
import importlib.metadata
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
from packaging.version import Version

from properties.support.sentences import AdviceStep, Sentence, Span
from properties.support.topics import TOPICS

_T = TypeVar("_T")

FOLDER = Path(__file__).parent
# Changes in the source of Flax or JAX, which findings name: one of them may explain many.
CAUSES = FOLDER / "causes.toml"


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change in the source of Flax or JAX."""

    # The first release that has it.
    release: str
    what: str
    link: str

    @property
    def is_commit(self) -> bool:
        """Whether the link shows the change, and not all changes of the release because nobody knows which it is."""
        return "/compare/" not in self.link


class Fails(Span, frozen=True, kw_only=True):
    """Releases on which properties fail in one way; without a last one the newest fails too."""

    first: str
    exception: str
    # A pattern that is found in what the exception says.
    message: str
    # Ids of properties; a * stands for any text inside the brackets.
    shown_by: tuple[str, ...]

    def shows(self, property_id: str) -> bool:
        """Whether this property fails on these releases."""
        return any(matches(pattern, property_id) for pattern in self.shown_by)


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A release with which properties observe something else, or can be asked for the first or last time."""

    release: str
    shown_by: tuple[str, ...]
    # The names of the recorded values that change because of the finding; all of them if empty.
    observations: tuple[str, ...] = ()

    def shows(self, property_id: str) -> bool:
        """Whether this property changes with the release."""
        return any(matches(pattern, property_id) for pattern in self.shown_by)


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a user's source shows that the finding concerns it, as patterns of ``reports.code.patterns``."""

    # Each expression of one of these is a hit ...
    at: tuple[str, ...]
    # ... if the file has one of each of these ...
    near: tuple[str, ...] = ()
    # ... and none of these.
    unless: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a user of the bridge notices."""

    # The stem of its file.
    name: str
    title: str
    topics: tuple[str, ...]
    # Public names that a user may search for.
    symbols: tuple[str, ...]
    # What a user notices, the most important first, and does about it.
    symptoms: tuple[Sentence, ...]
    steps: tuple[AdviceStep, ...]
    # A whole program of a user, which raises on the releases that fail and on no other; none if no release fails.
    witness: str
    # The advice as code: by what each text in the witness is replaced.
    remedy: dict[str, str]
    # The first release on which the remedy works, where it does not on all.
    remedy_since: str | None
    # The advice as two lines of a diff, where the witness has no remedy.
    diff: str
    # For upstream: where in the source it comes from, and how to fix it, as a diff where that is a few lines.
    where: str
    suggested: str
    fix: str
    fails: tuple[Fails, ...]
    # Id or pattern -> the arguments with which the property must fail, as Python with the names of its chapter.
    examples: dict[str, str]
    changes: tuple[Change, ...]
    causes: tuple[Cause, ...]
    # A symbol that a release lacks needs no pattern.
    code: tuple[Code, ...] = ()

    @property
    def symptom(self) -> str:
        """What a user notices, on all releases."""
        return " ".join(one.whole for one in self.symptoms)

    @property
    def do(self) -> str:
        """What a user does about it, on all releases."""
        return " ".join(one.whole for one in self.steps)

    @property
    def summary(self) -> str:
        """The title and what to do, as reports say it."""
        return f"{self.title}. {self.do}"

    def failure(self, property_id: str, release: str) -> Fails | None:
        """How this property fails on a release because of the finding, if it does."""
        found = (fails for fails in self.fails if fails.covers(release) and fails.shows(property_id))
        return next(found, None)

    def example(self, property_id: str) -> str:
        """The arguments with which this property must fail on every release that fails."""
        return next(example for pattern, example in self.examples.items() if matches(pattern, property_id))

    def covers(self, release: str) -> bool:
        """Whether any property fails on a release because of the finding."""
        return any(fails.covers(release) for fails in self.fails)

    def changes_of(self, property_id: str) -> frozenset[str]:
        """The releases with which this property changes because of the finding."""
        return frozenset(change.release for change in self.changes if change.shows(property_id))

    def explains(self, property_id: str, observation: str) -> bool:
        """Whether this property records another value of this name because of the finding."""
        changes = (change for change in self.changes if change.shows(property_id))
        return any(not change.observations or observation in change.observations for change in changes)

    def is_remedied(self, release: str) -> bool:
        """Whether the remedy works on a release."""
        since = self.remedy_since
        return bool(self.remedy) and (since is None or Span(first=since).covers(release))

    def remedied(self) -> str:
        """The witness after the remedy, which does not raise."""
        text = self.witness
        for old, new in self.remedy.items():
            text = text.replace(old, new)
        return text

    def advice(self) -> str:
        """What to do as lines of a diff, where code says it: of the witness and its remedy, or as it is written."""
        if not self.remedy:
            return self.diff
        before, after = self.witness.splitlines(), self.remedied().splitlines()
        lines = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
        return "\n".join(f"{line[0]} {line[1:]}".rstrip() for line in lines if not line.startswith("@@"))


class BadFinding(ValueError):
    """A file of a finding that cannot be used; the message names the file."""


def all_findings() -> tuple[Finding, ...]:
    """Every finding, in the order of the names."""
    return _read(FOLDER, CAUSES)


@cache
def failure_of(property_id: str, release: str) -> tuple[Finding, Fails] | None:
    """The finding because of which this property fails on a release, and how it does."""
    return next(((one, fails) for one, fails in _failures_of(property_id) if fails.covers(release)), None)


@cache
def _failures_of(property_id: str) -> tuple[tuple[Finding, Fails], ...]:
    """Each way in which this property fails on some release."""
    return tuple((one, fails) for one in all_findings() for fails in one.fails if fails.shows(property_id))


@cache
def finding_of(property_id: str, release: str) -> Finding | None:
    """The finding because of which this property fails on a release."""
    found = failure_of(property_id, release)
    return found[0] if found else None


def finding_like(
    property_id: str, release: str, exception: str, message: str, *, feature: str | None = None
) -> Finding | None:
    """The finding because of which a property failed on a release, if it failed as the finding says.

    A property without a ``feature`` may have been asked of a user's module: if any other module fails the same property
    in the same way because of one finding alone, that is the finding of this one too.
    """

    def alike(candidates: Iterable[tuple[Finding, Fails]]) -> dict[str, Finding]:
        return {
            finding.name: finding
            for finding, fails in candidates
            if fails.covers(release) and fails.exception == exception and re.search(fails.message, message)
        }

    found = alike(_failures_of(property_id))
    if not found and not feature:
        of_any = f"{property_id.partition('[')[0]}[*"
        every = ((one, fails) for one in all_findings() for fails in one.fails)
        found = alike((one, fails) for one, fails in every if any(matches(of_any, shown) for shown in fails.shown_by))
    return next(iter(found.values())) if len(found) == 1 else None


def covers(property_id: str, release: str) -> bool:
    """Whether a finding says that this property fails on a release."""
    return finding_of(property_id, release) is not None


def failing_parameters(function: str, parameters: Iterable[str]) -> frozenset[str]:
    """Those of the parameters with which ``function``, a property's id without them, fails on the installed release."""
    release = importlib.metadata.version("flax")
    spans = [fails for one in all_findings() for fails in one.fails if fails.covers(release)]
    return frozenset(name for name in parameters if any(fails.shows(f"{function}[{name}]") for fails in spans))


@cache
def findings_of_change(property_id: str, release: str) -> tuple[Finding, ...]:
    """The findings that say that this property changes with a release without failing."""
    return tuple(one for one, with_releases in _changes_of(property_id) if release in with_releases)


@cache
def _changes_of(property_id: str) -> tuple[tuple[Finding, frozenset[str]], ...]:
    """The findings because of which this property changes without failing, each with the releases that it names."""
    return tuple((one, with_releases) for one in all_findings() if (with_releases := one.changes_of(property_id)))


@cache
def version(release: str) -> Version:
    """A release, as one that can be compared with others."""
    return Version(release)


def matches(pattern: str, property_id: str) -> bool:
    """Whether a pattern, in which * stands for any text, is that of a property."""
    return pattern == property_id or ("*" in pattern and _compiled(pattern).fullmatch(property_id) is not None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))))


def expanded(patterns: Iterable[str], property_ids: Iterable[str]) -> list[str]:
    """Those of the ids that one of the patterns is for, in their order."""
    wanted = tuple(patterns)
    return [name for name in property_ids if any(matches(pattern, name) for pattern in wanted)]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file as it is written."""

    title: str
    topics: tuple[str, ...]
    symbols: tuple[str, ...]
    # Texts are of all releases.
    symptom: str | Sentence | tuple[str | Sentence, ...]
    do: str | AdviceStep | tuple[str | AdviceStep, ...]
    witness: str = ""
    remedy: dict[str, str] = {}
    remedy_since: str | None = None
    diff: str = ""
    where: str = ""
    suggested: str = ""
    fix: str = ""
    # Names in the file of causes.
    causes: tuple[str, ...] = ()
    fails: tuple[Fails, ...] = ()
    examples: dict[str, str] = {}
    changes: tuple[Change, ...] = ()
    code: tuple[Code, ...] = ()

    @property
    def symptoms(self) -> tuple[Sentence, ...]:
        found = self.symptom if isinstance(self.symptom, tuple) else (self.symptom,)
        return tuple(Sentence(text=one) if isinstance(one, str) else one for one in found)

    @property
    def steps(self) -> tuple[AdviceStep, ...]:
        found = self.do if isinstance(self.do, tuple) else (self.do,)
        return tuple(AdviceStep(text=one) if isinstance(one, str) else one for one in found)


@cache
def _read(folder: Path, causes: Path) -> tuple[Finding, ...]:
    known = _converted(causes, dict[str, Cause])
    paths = (path for path in sorted(folder.glob("*.toml")) if path.name != causes.name)
    return tuple(_finding(path, known) for path in paths)


def _finding(path: Path, known: dict[str, Cause]) -> Finding:
    file = _converted(path, _File)
    for complaint in _complaints(file, known):
        raise BadFinding(f"{path.name}: {complaint}")
    fields = {**msgspec.structs.asdict(file), "causes": tuple(known[name] for name in file.causes)}
    del fields["symptom"], fields["do"]
    return Finding(name=path.stem, symptoms=file.symptoms, steps=file.steps, **fields)


def _converted(path: Path, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), kind)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise BadFinding(f"{path.name}: {error}") from error


def _complaints(file: _File, causes: dict[str, Cause]) -> Iterable[str]:
    """What is wrong with a file beyond its structure."""
    if not file.topics or not set(file.topics) <= TOPICS.keys():
        yield f"topics are {list(file.topics)}, and can be {list(TOPICS)}"
    if not file.fails and not file.changes:
        yield "neither fails nor changes: no property shows it"
    for name in file.causes:
        if name not in causes:
            yield f"no cause {name!r} in {CAUSES.name}"
    spans: tuple[Span, ...] = (*file.fails, *file.symptoms, *file.steps)
    for span in spans:
        if span.first is not None and span.last is not None and version(span.last) < version(span.first):
            yield f"the span {span.first} to {span.last} ends before it begins"
    if not all(one.text or one.upgrade for one in file.steps):
        yield "a step of do has neither a text nor an upgrade"
    for fails in file.fails:
        try:
            re.compile(fails.message)
        except re.error as error:
            yield f"the message {fails.message!r} is no pattern: {error}"
    for pattern in (one for code in file.code for one in (*code.at, *code.near, *code.unless)):
        try:
            ast.parse(pattern, mode="eval")
        except SyntaxError as error:
            yield f"the pattern {pattern!r} is no expression: {error.msg}"
    failing = [pattern for fails in file.fails for pattern in fails.shown_by]
    for pattern in failing:
        if len([example for example in file.examples if matches(example, pattern)]) != 1:
            yield f"no one example of {pattern!r}, which fails"
    for example in file.examples:
        if not any(matches(example, pattern) for pattern in failing):
            yield f"the example of {example!r} is of nothing that fails"
    changing = [pattern for change in file.changes for pattern in change.shown_by]
    for pattern in (*failing, *changing):
        if not re.fullmatch(r"\w+\.\w+(\[[^][]+\])?", pattern):
            yield f"{pattern!r} is no id of a property, or has a * outside of brackets"
