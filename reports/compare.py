"""Two reports side by side: for each property a verdict, and what it means for an upgrade."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from packaging.version import InvalidVersion, Version

from properties.findings import Finding, finding_like, finding_of
from properties.support import runtime
from properties.support.raising import shape
from reports.digests.digest import of_code
from reports.model import HUNT, Environment, Property, Report, headed
from reports.vocabulary import EFFECTS, FAILURES, NOT_RUN, Effect, Outcome, Verdict


@dataclass(frozen=True)
class ObservedChange:
    """An observation with its value on each side; None where there is none."""

    name: str
    old: Any
    new: Any

    @property
    def raises(self) -> bool:
        """Whether NEW raises where OLD did not: observations record an exception by its name."""
        is_exception = isinstance(self.new, str) and re.fullmatch(r"[A-Z]\w*", self.new) is not None
        return self.old == _NO_EXCEPTION and is_exception


_BY_THE_FUNCTION = "Give the pure dict of an old checkpoint to this function before you restore it."
# How a property records that nothing is raised.
_NO_EXCEPTION = "no exception"


@dataclass(frozen=True)
class Comparison:
    """One property on both sides, with whatever tells a user why."""

    id: str
    verdict: Verdict
    effect: Effect
    statement: str
    old: Property | None = None
    new: Property | None = None
    changes: tuple[ObservedChange, ...] = ()
    # What a replay, an attribution or an exchange of checkpoints adds.
    notes: tuple[str, ...] = ()
    # What it concerns where no finding says so; any topic if empty.
    topics: tuple[str, ...] = ()
    # The reason for which a user has accepted it.
    allowed: str | None = None
    # The source of a function to paste, which was tried.
    function: str | None = None

    @property
    def feature(self) -> str | None:
        """What a generated program uses."""
        found = self.new or self.old
        return found.feature if found else None

    @property
    def advice(self) -> str | None:
        """What a user should do about it."""
        if self.function:
            return _BY_THE_FUNCTION
        return self.new.advice if self.new is not None and self.verdict is Verdict.DRIFTED else None

    @property
    def reason(self) -> str | None:
        """Why NEW does not support it or crashes; of a known failure, what a user notices."""
        return self.new.reason if self.new else None

    @property
    def reworded(self) -> bool:
        """Whether it fails on both sides with another message."""
        return self.verdict is Verdict.STILL_FAILING and not _same_failure(self.old, self.new)

    @property
    def raises(self) -> bool:
        """Whether a recorded value is an exception on NEW, and none on OLD."""
        return any(change.raises for change in self.changes)

    def only(self, changes: tuple[ObservedChange, ...]) -> "Comparison":
        """The same property with some of the values that changed, and what these mean."""
        found = replace(self, changes=changes)
        return found if self.effect is Effect.SAFE else replace(found, effect=_effect_of_drift(found))

    def noted(self, *notes: str) -> "Comparison":
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def judged(self, verdict: Verdict, *notes: str) -> "Comparison":
        """The same property with another verdict, and why."""
        return replace(self, verdict=verdict, effect=EFFECTS[verdict], notes=(*self.notes, *notes))


def _effect_of_drift(found: Comparison) -> Effect:
    """Code that meets an exception where there was none breaks; any other value is drift."""
    return Effect.REGRESSION if found.raises else EFFECTS[Verdict.DRIFTED]


def compare(old: Report, new: Report) -> list[Comparison]:
    """A comparison for each property of either report, which must be comparable; in the order of their ids."""
    before, after = old.by_id, new.by_id
    found = (comparison(before.get(name), after.get(name)) for name in sorted({*before, *after}))
    return [_reworded(one, old.environment.flax, new.environment.flax) for one in found]


def _reworded(found: Comparison, old: str, new: str) -> Comparison:
    """Still failing where one finding explains both sides, and only the message is another."""
    if found.verdict is not Verdict.FAILURE_CHANGED or not _same_exception(found):
        return found
    before, after = finding_behind(found.old, old), finding_behind(found.new, new)
    return found.judged(Verdict.STILL_FAILING) if before and before is after else found


def finding_behind(side: Property | None, release: str) -> Finding | None:
    """The finding because of which a property fails there: what is not known to fail must fail as the finding says."""
    if side is None or side.failure is None:
        return None
    if side.outcome == Outcome.KNOWN_FAILURE:
        return finding_of(side.id, release)
    failure = side.failure
    return finding_like(side.id, release, failure.exception, failure.message, feature=side.feature)


def _same_exception(found: Comparison) -> bool:
    raised = [side.failure.exception if side and side.failure else None for side in (found.old, found.new)]
    return raised[0] == raised[1]


def comparison(old: Property | None, new: Property | None) -> Comparison:
    """One property on both sides, absent (None) on at most one of them."""
    found = new or old
    if found is None:
        raise ValueError("a property must be on one of the two sides")
    reached = verdict(old, new)
    effect = EFFECTS.get(reached)
    if effect is None:  # NEW: no code for OLD uses what OLD does not support; what OLD did not run may have held there
        doubted = (Outcome.CRASHED,) if old else (*FAILURES, Outcome.CRASHED)
        effect = Effect.UNCLEAR if new is not None and new.outcome in doubted else Effect.SAFE
    changes = _changes(old, new) if reached is Verdict.DRIFTED else ()
    statement = headed(found.statement, found.feature) or found.id
    made = Comparison(found.id, reached, effect, statement, old, new, changes)
    return replace(made, effect=_effect_of_drift(made)) if changes else made


def verdict(old: Property | None, new: Property | None) -> Verdict:
    """The verdict for every pair of outcomes but (not run, not run), which raises ValueError."""
    match _weighed(old), _weighed(new):
        case "not run", "not run":
            raise ValueError("a property must be on one of the two sides")
        case _, "not run":  # a property that is not there is never a pass, whatever it was
            return Verdict.REMOVED
        case "not run", _:
            return Verdict.NEW
        case "crashed", _:  # nothing to compare with: a process that died on OLD says nothing of it
            return Verdict.INCOMPARABLE
        case "unsupported", ("passed" | "observed" | "failed" | "crashed"):  # nobody could rely on it before
            return Verdict.NEW
        case "failed", "crashed":  # it did not hold before, and now its process dies
            return Verdict.FAILURE_CHANGED
        case _, "crashed":  # it ran on OLD, and on NEW its process dies
            return Verdict.REGRESSED
        case "failed", "failed":
            return Verdict.STILL_FAILING if _same_failure(old, new) else Verdict.FAILURE_CHANGED
        case "failed", "unsupported":  # not fixed but removed
            return Verdict.REMOVED
        case "failed", ("passed" | "observed"):
            return Verdict.FIXED
        case (("passed" | "observed"), "failed"):
            return Verdict.REGRESSED
        case (("passed" | "observed"), "unsupported"):  # code that relied on it has nothing to call any more
            return Verdict.REMOVED
        case "passed", "passed" if _tried_nothing(old, new):
            return Verdict.INCOMPARABLE
        case ("unsupported", "unsupported") | ("passed", "passed"):
            return Verdict.SAME
        case "observed", "observed":
            return Verdict.DRIFTED if _changes(old, new) else Verdict.SAME
        case ("passed", "observed") | ("observed", "passed"):  # one side judged and the other did not: not one suite
            return Verdict.INCOMPARABLE
        case outcomes:
            raise AssertionError(f"no verdict for {outcomes}")


def _tried_nothing(old: Property | None, new: Property | None) -> bool:
    """Whether one side passed without an example where the other had some: what tried nothing says nothing."""
    tried = [side.examples.valid for side in (old, new) if side]
    return min(tried) == 0 < max(tried)


def _weighed(found: Property | None) -> str:
    # That a failure is known changes nothing for the code that meets it.
    outcome = found.outcome if found else NOT_RUN
    return Outcome.FAILED if outcome == Outcome.KNOWN_FAILURE else outcome


def _same_failure(old: Property | None, new: Property | None) -> bool:
    shapes = [
        (side.failure.exception, shape(side.failure.message)) if side and side.failure else None for side in (old, new)
    ]
    return shapes[0] == shapes[1]


def _changes(old: Property | None, new: Property | None) -> tuple[ObservedChange, ...]:
    before = old.observations if old else {}
    after = new.observations if new else {}
    names = sorted({*before, *after})
    # Compared as they are written, so that 1 and 1.0, or 1 and true, are told apart.
    return tuple(
        ObservedChange(name, before.get(name), after.get(name))
        for name in names
        if (name in before, _written(before.get(name))) != (name in after, _written(after.get(name)))
    )


def _written(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")


# The packages that decide which inputs are tried.
_DRIVER = "hypothesis"


def incomparable(old: Report, new: Report) -> list[str]:
    """Each reason for which these two runs did not try the same things; none if they are comparable."""
    return [*_unfinished("OLD", old), *_unfinished("NEW", new), *differences(old, new)]


def differences(old: Report, new: Report) -> Iterable[str]:
    """Why two runs cannot be compared, even if both are whole."""
    yield from asked_differently(old, new)
    if HUNT in (old.suite.profile, new.suite.profile):
        yield f"the profile {HUNT} tries other inputs at each run; use gate"


def asked_differently(old: Report, new: Report) -> Iterable[str]:
    """In what two runs were asked for different things."""
    pairs = {
        "profile": (old.suite.profile, new.suite.profile),
        "selection of properties": (old.suite.selection, new.suite.selection),
        "Hypothesis version": (old.environment.packages.get(_DRIVER), new.environment.packages.get(_DRIVER)),
        "implementation": (old.implementation, new.implementation),
        "subjects": (old.subjects, new.subjects),
        "models": (old.models, new.models),
        "backend": (old.environment.backend, new.environment.backend),
        "number of devices": (len(old.environment.devices), len(new.environment.devices)),
        "settings": tuple(" ".join(settings(report.environment)) for report in (old, new)),
    }
    for what, (one, other) in pairs.items():
        if one != other:
            yield f"the {what} differs: {one or 'none'} on OLD, {other or 'none'} on NEW"
    if others := _otherwise(old, new):
        one = others[0] if len(others) == 1 else f"{others[0]} and {len(others) - 1} more"
        yield f"the suite differs: {one} had other code on OLD than on NEW"


def _otherwise(old: Report, new: Report) -> list[str]:
    """The properties that try something else, or judge it otherwise, on one side."""
    before, after = old.suite.digest, new.suite.digest
    return sorted(name for name in before.keys() & after.keys() if of_code(before[name]) != of_code(after[name]))


def settings(environment: Environment) -> list[str]:
    """The settings in force there that are not the suite's own, such as NNX_GRAPH_MODE=0, in order."""
    own: dict[str, str] = {}
    runtime.prepare(own)
    # A worker's threads, and how many devices there are, which is compared by itself.
    usual = ("--xla_force_host_platform_device_count=", "--xla_cpu_multi_thread_eigen=")
    xla = [flag for flag in environment.flags.get("XLA_FLAGS", "").split() if not flag.startswith(usual)]
    own["XLA_FLAGS"] = environment.flags.get("XLA_FLAGS", "")
    others = (f"{name}={value}" for name, value in environment.flags.items() if own.get(name) != value)
    return sorted([*others, *xla])


def _is_version(text: str | None) -> bool:
    try:
        return bool(text and Version(text))
    except InvalidVersion:
        return False


def _unfinished(side: str, report: Report) -> Iterable[str]:
    if not _is_version(report.environment.packages.get("flax")):
        yield f"{side} names no version of Flax"
    if not report.complete:
        yield f"the run of {side} was cut short"
    if report.shards.missing:
        numbers = ", ".join(map(str, report.shards.missing))
        yield f"{side} lacks shard {numbers} of {report.shards.of}; merge all of them"
