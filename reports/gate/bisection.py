"""The first release where a property's outcome, or an observation of it, changes."""

import difflib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from packaging.version import Version

from reports.errors import BadInput, CannotTell
from reports.gate.environments import build, find_python, resolve
from reports.gate.nodeids import nodeid
from reports.gate.pypi import versions_between
from reports.gate.running import DidNotRun, Options, run_properties, silent
from reports.gate.target import Evidence, Pins, Specification, specification
from reports.model import Property
from reports.progress import Course
from reports.releases.keeping import property_ids
from reports.vocabulary import Outcome

Say = Callable[[str], None]


@dataclass(frozen=True)
class BisectionState:
    """What a property does on a release."""

    release: str
    outcome: Outcome
    observations: dict[str, object]

    def __str__(self) -> str:
        values = "; ".join(f"{name}: {json.dumps(value)}" for name, value in sorted(self.observations.items()))
        return f"{self.outcome}; {values}" if values else str(self.outcome)

    def like(self, other: "BisectionState") -> bool:
        return (self.outcome, self.observations) == (other.outcome, other.observations)


@dataclass(frozen=True)
class Bisection:
    """The last release that does as OLD does, and the first that does not; ``None`` where nothing changes."""

    property_id: str
    package: str
    before: BisectionState
    after: BisectionState | None
    runs: int
    # Releases that were stepped over, and why.
    skipped: dict[str, str] = field(default_factory=dict)
    # How many releases there were to choose from.
    among: int = 0

    def __str__(self) -> str:
        lines = [f"{self.property_id} over {self.package}, {self.runs} runs (at most {self.most_runs}):"]
        if self.after is None:
            return "\n".join([*lines, f"  does not change: {self.before}"])
        lines += [f"  {self.package} {state.release}: {state}" for state in (self.before, self.after)]
        skipped = self.skipped.items()
        return "\n".join([*lines, *(f"  stepped over {self.package} {one}: {why}" for one, why in skipped)])

    @property
    def most_runs(self) -> int:
        """As many as a search by halves may take, both ends included."""
        return _most_runs(self.among)


def _most_runs(among: int) -> int:
    return math.ceil(math.log2(max(1, among))) + 2


def bisect(
    property_id: str, old: str, new: str, over: str, options: Options, python: str | None, say: Say
) -> Bisection:
    """Search by halves among the releases of ``over`` from OLD to NEW; BadInput, CannotTell."""
    found_at = nodeid(property_id)
    if options.subjects is None and options.models is None:
        _check_parameters(property_id)
    base, first, last = _ends(old, new, over)
    interpreter = find_python(python)
    versions = versions_between(over, Version(first), Version(last), interpreter)
    if Version(first) not in versions or Version(last) not in versions:
        missing = first if Version(first) not in versions else last
        raise BadInput(
            f"{over}=={missing} is not on the package index for {interpreter.name}; give two releases that are"
        )
    tried: dict[Version, BisectionState | str] = {}
    course = Course(property_id)

    def state(version: Version) -> BisectionState | str:
        if version not in tried:
            label = f"{over}=={version}"
            try:
                environment = build(resolve(label, base.with_pin(over, str(version)), interpreter))
                found = run_properties(environment, options, silent, [found_at]).by_id[property_id]
                tried[version] = _state(str(version), found)
            except (CannotTell, DidNotRun) as error:
                tried[version] = str(error)
            times = course.times(len(tried), _most_runs(len(versions)))
            say(f"{label}: {tried[version]} (run {len(tried)} of about {_most_runs(len(versions))}, {times})")
        return tried[version]

    before, after = (_end(state(version)) for version in (versions[0], versions[-1]))
    if not before.like(after):
        before, after = _narrowed(versions, before, after, state)
    skipped = {str(version): reason for version, reason in sorted(tried.items()) if isinstance(reason, str)}
    changed = None if before.like(after) else after
    return Bisection(property_id, over, before, changed, len(tried) - len(skipped), skipped, len(versions))


def _check_parameters(property_id: str) -> None:
    """Of a property that is known with parameters, these are among them; BadInput."""
    function = property_id.partition("[")[0]
    known = [name for name in property_ids() if name.partition("[")[0] == function]
    if known and property_id not in known:
        near = difflib.get_close_matches(property_id, known, n=3, cutoff=0) if len(known) > 1 else known
        raise BadInput(f"no evidence of a property {property_id!r}; nearest: {', '.join(near)}")


def _narrowed(
    versions: list[Version],
    before: BisectionState,
    after: BisectionState,
    state: Callable[[Version], BisectionState | str],
) -> tuple[BisectionState, BisectionState]:
    start = before
    low, high = 0, len(versions) - 1
    unknown: set[int] = set()
    while True:
        between = [number for number in range(low + 1, high) if number not in unknown]
        if not between:
            return before, after
        # The nearest to the middle that is not known to be impossible.
        middle = min(between, key=lambda number: abs(2 * number - low - high))
        found = state(versions[middle])
        if isinstance(found, str):
            unknown.add(middle)
        elif found.like(start):
            low, before = middle, found
        else:
            high, after = middle, found


def _ends(old: str, new: str, over: str) -> tuple[Pins, str, str]:
    """The pins that both sides share apart from ``over``, and its two versions."""
    sides = [_pins(text) for text in (old, new)]
    ends: list[str] = []
    for text, side in zip((old, new), sides, strict=True):
        version = side.version_of(over) if isinstance(side, Pins) else None
        if version is None or "*" in version:
            raise BadInput(f"{text}: bisection needs one release of {over}; give for example {over}==0.12.0")
        ends.append(version)
    shared = [{str(pin) for pin in side.requirements if pin.name != over} for side in sides if isinstance(side, Pins)]
    if shared[0] != shared[1]:
        raise BadInput(f"{old} and {new} differ in more than {over}; pin everything else alike")
    if Version(ends[0]) >= Version(ends[1]):
        raise BadInput(f"{over} {ends[0]} is not older than {ends[1]}; give the older side first")
    assert isinstance(sides[0], Pins)
    return sides[0], ends[0], ends[1]


def _pins(text: str) -> Specification:
    """A side, where a release of Flax is a pin."""
    wanted = specification(text)
    return specification(f"flax=={wanted.release}") if isinstance(wanted, Evidence) else wanted


def _state(release: str, found: Property) -> BisectionState:
    return BisectionState(release, found.outcome, dict(found.observations))


def _end(state: BisectionState | str) -> BisectionState:
    if isinstance(state, str):
        raise CannotTell(f"one end of the bisection does not run: {state}")
    return state
