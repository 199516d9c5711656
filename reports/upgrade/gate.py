"""The upgrade gate: two environments in, one answer out."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from reports.compare import Effect, Finding, Verdict, compare, incomparable
from reports.errors import BadInput, CannotTell
from reports.model import OWN_SUBJECTS, REFERENCE_IMPLEMENTATION, Report, selected_by
from reports.places import REFERENCE
from reports.reading import read
from reports.releases.keeping import fitting
from reports.upgrade.allowed import Entry, with_allowed
from reports.upgrade.attribution import attributed
from reports.upgrade.crossing import crossings
from reports.upgrade.environments import CannotBuild, Environment, build, find_python, resolve, resolved_again
from reports.upgrade.replay import replayed
from reports.upgrade.running import DidNotRun, Killed, Options, run_properties
from reports.upgrade.specification import Pins, ReportFile, specification

Tell = Callable[[str, int, int], None]  # a side's label, how many of its properties are done, and of how many


@dataclass(frozen=True)
class Side:
    """One of the two environments, as far as the gate got with it."""

    label: str
    report: Report | None = None
    environment: Environment | None = None
    # The report is the committed one, and was not made anew.
    committed: bool = False
    # Why there is no report.
    problem: str | None = None
    # Flax was installed, so a user of this environment would meet the problem too.
    installed: bool = False


@dataclass(frozen=True)
class Request:
    """What a user asks of the gate."""

    old: str
    new: str
    options: Options
    python: str | None = None
    attribute: bool = False
    # Run the programs that a report of NEW holds; those of a run that this call makes are run in any case.
    replay: bool = False
    allowed: tuple[Entry, ...] = ()
    allowed_from: Path | None = None


@dataclass(frozen=True)
class Answer:
    """What the gate found, or the ``doubts`` for which the two sides cannot be compared."""

    old: Side
    new: Side
    findings: Sequence[Finding]
    doubts: Sequence[str] = ()

    @property
    def effect(self) -> Effect:
        """The greatest of all: a regression that is proven outweighs what could not be told."""
        doubtful = [Effect.UNCLEAR] if self.doubts else []
        return max([Effect.SAFE, *doubtful, *(found.effect for found in self.findings)])

    @property
    def only_known(self) -> bool:
        """Whether it is a regression for nothing but what NEW is known to do wrong."""
        grave = [found for found in self.findings if found.effect in (Effect.UNCLEAR, Effect.REGRESSION)]
        return not self.doubts and bool(grave) and all(found.new and found.new.outcome == "known" for found in grave)


def gate(request: Request, tell: Tell) -> Answer:
    """The answer; BadInput where the request cannot be understood, CannotTell where this machine cannot try it."""
    prepared = [_prepared(text, request) for text in (request.old, request.new)]
    if request.attribute:
        _check_attributable(prepared)
    if any(side.environment for side in prepared):
        _check_made_alike(prepared, request.options)
    baseline = _baseline(prepared[0], request)
    known = replace(prepared[0], report=baseline, committed=True) if baseline else prepared[0]
    old, new = _run_all([known, prepared[1]], request, tell)
    if baseline and new.report and incomparable(baseline, new.report):
        (old,) = _run_all(prepared[:1], request, tell)
    return _answer(old, new, request)


def gate_reports(old: Report, new: Report) -> Answer:
    """The answer that two runs give by themselves, without any environment."""
    names = (f"flax {report.environment.flax}" for report in (old, new))
    sides = [Side(name, report) for name, report in zip(names, (old, new), strict=True)]
    doubts = incomparable(old, new)
    return Answer(sides[0], sides[1], [] if doubts else compare(old, new), doubts)


def _prepared(text: str, request: Request) -> Side:
    wanted = specification(text)
    if isinstance(wanted, ReportFile):
        return Side(text, read(wanted.path))
    try:
        return Side(text, environment=build(resolve(text, wanted, find_python(request.python))))
    except CannotBuild as error:
        return Side(text, problem=str(error))


def _check_attributable(sides: Iterable[Side]) -> None:
    for side in sides:
        if side.environment and not {"flax", "jax"} <= side.environment.packages.keys():
            raise BadInput(
                f"{side.label}: --attribute exchanges releases of Flax and jax, and this holds a source tree"
            )


def _check_made_alike(sides: Iterable[Side], options: Options) -> None:
    """A report was asked what the other side will be asked; else there is no use in running that."""
    will = _asked(options.profile, selected_by(options.selection), options)
    for side in sides:
        was = _asked(side.report.suite.profile, side.report.suite.selection, side.report) if side.report else will
        if was != will:
            raise BadInput(f"{side.label} was made with {was}, the other side would be with {will}: ask for the same")


def _asked(profile: str, selection: str, whose: Options | Report) -> str:
    """The options that decide what a run tries."""
    named = {
        "--impl": (whose.implementation, REFERENCE_IMPLEMENTATION),
        "--subjects": (whose.subjects, OWN_SUBJECTS),
    }
    given = (f"{option} {value}" for option, (value, default) in named.items() if value not in (None, default))
    return " ".join([f"--profile {profile}", *filter(None, [selection]), *given])


def _baseline(old: Side, request: Request) -> Report | None:
    """The committed report of a release, where a run of OLD would give the same."""
    wanted, options = specification(request.old), request.options
    chosen = options.implementation or options.subjects or options.selection
    if old.environment is None or not isinstance(wanted, Pins) or chosen:
        return None
    return fitting(old.environment.packages, old.environment.minor, options.profile)


def _run_all(sides: Sequence[Side], request: Request, tell: Tell) -> list[Side]:
    if any(side.problem for side in sides):  # there will be no answer, so there is nothing to wait for
        return list(sides)
    waiting = [side for side in sides if side.environment and not side.report]
    # Side by side, as far as cores allow: each run has its own workers.
    options = replace(request.options, workers=max(1, (os.cpu_count() or 1) // max(1, len(waiting))))

    def run(side: Side) -> Side:
        if side.environment is None or side.report is not None:
            return side
        try:
            report = run_properties(side.environment, options, lambda done, of: tell(side.label, done, of))
            return replace(side, report=_died_again(report, side.environment, options))
        except Killed as error:
            return replace(side, problem=str(error))
        except DidNotRun as error:
            return replace(side, problem=str(error), installed=True)

    with ThreadPoolExecutor(len(sides)) as threads:
        return list(threads.map(run, sides))


def _died_again(report: Report, environment: Environment, options: Options) -> Report:
    """The report after each property whose process died was tried again alone, where memory does not run out."""
    died = [found.nodeid for found in report.properties if found.outcome == "broken"]
    if not died:
        return report
    again = run_properties(environment, replace(options, workers=1), lambda done, of: None, died).by_id
    return msgspec.structs.replace(report, properties=[again.get(found.id, found) for found in report.properties])


def _answer(old: Side, new: Side, request: Request) -> Answer:
    if old.report is None or new.report is None:
        return Answer(old, new, [_did_not_run(old, new)])
    doubts = incomparable(old.report, new.report)
    if doubts:
        return Answer(old, new, [], doubts)
    found = compare(old.report, new.report)
    found = list(
        _replayed(found, old, request.options) if new.environment or request.replay else map(_not_replayed, found)
    )
    if old.environment and new.environment:
        found += crossings(old.environment, new.environment, request.options.implementation or REFERENCE)
    if request.attribute:
        found = attributed(found, old.report, new.report, request.options, request.python)
    return Answer(old, new, with_allowed(found, request.allowed, request.allowed_from))


def _did_not_run(old: Side, new: Side) -> Finding:
    statement = "The properties run in both environments."
    problems = tuple(side.problem for side in (old, new) if side.problem)
    if old.report is not None and new.installed:  # OLD works, and what was installed for NEW does not
        return Finding("environment.runs", Verdict.REGRESSED, Effect.REGRESSION, statement, notes=problems)
    return Finding("environment.runs", Verdict.BROKEN, Effect.UNCLEAR, statement, notes=problems)


def _not_replayed(found: Finding) -> Finding:
    """A report is data: what stands in one is not run unless the user asks for it."""
    if found.verdict is not Verdict.REGRESSED:
        return found
    return found.noted("not replayed on OLD: --replay runs the example in the report of NEW")


def _replayed(findings: Iterable[Finding], old: Side, options: Options) -> Iterable[Finding]:
    """The findings, each regression tried on OLD, which is built again where it came as a report."""
    environment = old.environment
    for found in findings:
        if found.verdict is not Verdict.REGRESSED:
            yield found
            continue
        try:
            assert old.report is not None
            environment = environment or build(resolved_again(old.label, old.report.environment))
        except CannotTell as error:
            yield found.noted(f"not replayed on OLD: {error}")
            continue
        yield replayed(found, environment, options)
