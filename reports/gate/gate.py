"""The upgrade gate: two environments in, one answer out."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from reports.answer import Changes, Entry, EntryKind, counted, entries_of
from reports.compare import Comparison, compare, incomparable
from reports.errors import BadInput, CannotTell
from reports.gate.allowlist import Accepted, with_allowed
from reports.gate.attribution import attributed
from reports.gate.checkpoints import crossings
from reports.gate.environments import CannotBuild, Installation, build, find_python, resolve, resolved_again
from reports.gate.model_checkpoints import model_crossings
from reports.gate.replay import replayed
from reports.gate.running import DidNotRun, Killed, Options, run_properties, silent
from reports.gate.target import Evidence, Pins, ReportFile, specification
from reports.load import read
from reports.model import OWN_MODELS, OWN_SUBJECTS, REFERENCE_IMPLEMENTATION, Report, selected_by
from reports.paths import REFERENCE
from reports.releases import report_of
from reports.releases.keeping import fitting
from reports.vocabulary import Effect, Outcome, Verdict
from reports.workers import workers

Tell = Callable[[str, str, int, int], None]  # a side's label, a chapter, how many properties are done, of how many


@dataclass(frozen=True)
class Side:
    """One of the two environments, as far as the gate got with it."""

    label: str
    report: Report | None = None
    environment: Installation | None = None
    # The report is the committed one, and was not run again.
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
    allowed: tuple[Accepted, ...] = ()
    allowed_from: Path | None = None
    # The topics that matter to the user; all if empty.
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateResult:
    """What the gate found: every property on both sides, and what changes, grouped by finding."""

    old: Side
    new: Side
    comparisons: Sequence[Comparison]
    changes: Changes

    @property
    def effect(self) -> Effect:
        """The greatest of what is in use: a regression that is proven outweighs what could not be told."""
        doubtful = [Effect.UNCLEAR] if self.changes.doubts else []
        return max([Effect.SAFE, *doubtful, *(entry.effect for entry in self.changes.entries)])


def gate(request: Request, tell: Tell) -> GateResult:
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


def answered(old: Side, new: Side, found: Sequence[Comparison], uses: Sequence[str] = ()) -> GateResult:
    """The answer that comparisons of two sides give, of which those with a report name what changes."""
    if old.report and new.report:
        entries = tuple(entries_of(found, old.report, new.report))
    else:
        entries = tuple(
            Entry(EntryKind.BREAKS if one.effect is Effect.REGRESSION else EntryKind.UNCLEAR, None, (one,))
            for one in found
        )
    same, of = counted(found, entries)
    changes = Changes(entries, same, of)
    return GateResult(old, new, found, changes.using(uses) if uses else changes)


def _prepared(text: str, request: Request) -> Side:
    wanted = specification(text)
    if isinstance(wanted, ReportFile):
        return Side(text, read(wanted.path))
    if isinstance(wanted, Evidence):
        return Side(text, report_of(wanted.release))
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
        "--models": (whose.models, OWN_MODELS),
    }
    given = (f"{option} {value}" for option, (value, default) in named.items() if value not in (None, default))
    return " ".join([f"--profile {profile}", *filter(None, [selection]), *given])


def _baseline(old: Side, request: Request) -> Report | None:
    """The committed report of a release, where a run of OLD would give the same."""
    wanted, options = specification(request.old), request.options
    chosen = options.implementation or options.subjects or options.models or options.selection
    if old.environment is None or not isinstance(wanted, Pins) or chosen:
        return None
    return fitting(old.environment.packages, old.environment.minor, options.profile)


def _run_all(sides: Sequence[Side], request: Request, tell: Tell) -> list[Side]:
    if any(side.problem for side in sides):  # there will be no answer, so there is nothing to wait for
        return list(sides)
    waiting = [side for side in sides if side.environment and not side.report]
    # Side by side, as far as cores allow: each run has its own workers.
    options = replace(request.options, workers=max(1, workers() // max(1, len(waiting))))

    def run(side: Side) -> Side:
        if side.environment is None or side.report is not None:
            return side
        try:
            report = run_properties(side.environment, options, partial(tell, side.label))
            return replace(side, report=_died_again(report, side.environment, options))
        except Killed as error:
            return replace(side, problem=str(error))
        except DidNotRun as error:
            return replace(side, problem=str(error), installed=True)

    with ThreadPoolExecutor(len(sides)) as threads:
        return list(threads.map(run, sides))


def _died_again(report: Report, environment: Installation, options: Options) -> Report:
    """The report after each property whose process died was tried again alone, where memory does not run out."""
    died = [found.nodeid for found in report.properties if found.outcome == Outcome.CRASHED]
    if not died:
        return report
    again = run_properties(environment, replace(options, workers=1), silent, died).by_id
    return msgspec.structs.replace(report, properties=[again.get(found.id, found) for found in report.properties])


def _answer(old: Side, new: Side, request: Request) -> GateResult:
    if old.report is None or new.report is None:
        return answered(old, new, [_did_not_run(old, new)], request.uses)
    doubts = incomparable(old.report, new.report)
    if doubts:
        return GateResult(old, new, [], Changes(doubts=tuple(doubts), uses=request.uses))
    found = compare(old.report, new.report)
    found = list(
        _replayed(found, old, request.options) if new.environment or request.replay else map(_not_replayed, found)
    )
    if old.environment and new.environment:
        found += crossings(old.environment, new.environment, request.options.implementation or REFERENCE)
        found += model_crossings(old.environment, new.environment, request.options)
    if request.attribute:
        found = attributed(found, old.report, new.report, request.options, request.python)
    return answered(old, new, with_allowed(found, request.allowed, request.allowed_from), request.uses)


def _did_not_run(old: Side, new: Side) -> Comparison:
    statement = "The properties run in both environments."
    problems = tuple(side.problem for side in (old, new) if side.problem)
    if old.report is not None and new.installed:  # OLD works, and what was installed for NEW does not
        return Comparison("environment.runs", Verdict.REGRESSED, Effect.REGRESSION, statement, notes=problems)
    return Comparison("environment.runs", Verdict.INCOMPARABLE, Effect.UNCLEAR, statement, notes=problems)


def _not_replayed(found: Comparison) -> Comparison:
    """A report is data: what stands in one is not run unless the user asks for it."""
    # A known failure has a witness, which was tried on both releases.
    if found.verdict is not Verdict.REGRESSED or (found.new and found.new.outcome == Outcome.KNOWN_FAILURE):
        return found
    return found.noted("not replayed on OLD: --replay runs the example in the report of NEW")


def _replayed(compared: Iterable[Comparison], old: Side, options: Options) -> Iterable[Comparison]:
    """The comparisons, each regression tried on OLD, which is built again where it came as a report."""
    environment = old.environment
    for found in compared:
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
