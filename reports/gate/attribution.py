"""Which of Flax and jax changed a property: old Flax with new jax, and new Flax with old jax, are tried too."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from packaging.requirements import Requirement

from reports.compare import Comparison
from reports.errors import CannotTell
from reports.gate.environments import build, find_python, resolve
from reports.gate.nodeids import nodeid
from reports.gate.running import DidNotRun, Options, run_properties, silent
from reports.gate.target import Pins
from reports.model import Property, Report
from reports.vocabulary import Effect, Verdict

# What a property did in a mixed environment, or why that is not known.
Tried = dict[str, Property] | str


def attributed(
    compared: Sequence[Comparison], old: Report, new: Report, options: Options, python: str | None
) -> list[Comparison]:
    """The comparisons, each regression and drift of a property with a note that says which package caused it."""
    changed = [found for found in compared if found.old and found.new and found.effect is not Effect.SAFE]
    if not changed:
        return list(compared)
    flax = [str(report.environment.packages.get("flax")) for report in (old, new)]
    jax = [str(report.environment.packages.get("jax")) for report in (old, new)]
    if flax[0] == flax[1] or jax[0] == jax[1]:
        only = "jax, for Flax is the same" if flax[0] == flax[1] else "flax, for jax is the same"
        return [found.noted(f"changed by {only} on both sides") if found in changed else found for found in compared]
    # Not as a report says: pytest runs whatever file it is given.
    nodeids = [nodeid(found.id) for found in changed]

    def tried(pair: tuple[str, str]) -> Tried:
        return _tried(*pair, nodeids, replace(options, workers=1), python)

    with ThreadPoolExecutor(2) as threads:
        new_jax, new_flax = threads.map(tried, [(flax[0], jax[1]), (flax[1], jax[0])])
    return [found.noted(_cause(found, new_jax, new_flax)) if found in changed else found for found in compared]


def _tried(flax: str, jax: str, nodeids: Sequence[str], options: Options, python: str | None) -> Tried:
    label = f"flax=={flax},jax=={jax}"
    pins = Pins((Requirement(f"flax=={flax}"), Requirement(f"jax=={jax}")))
    try:
        environment = build(resolve(label, pins, find_python(python)))
        return run_properties(environment, replace(options, selection=None), silent, nodeids).by_id
    except (CannotTell, DidNotRun) as error:
        return str(error)


def _cause(found: Comparison, new_jax: Tried, new_flax: Tried) -> str:
    by_jax, by_flax = _changed(found, new_jax), _changed(found, new_flax)
    unknown = "; ".join(tried for tried in (new_jax, new_flax) if isinstance(tried, str))
    match by_jax, by_flax:
        case True, False:
            return "changed by jax: the new jax changes it under the old Flax, the new Flax under the old jax does not"
        case False, True:
            return "changed by flax: the new Flax changes it under the old jax, the new jax under the old Flax does not"
        case True, True:
            return "changed by flax and by jax: each of the two changes it alone"
        case False, False:
            return "changed by flax and jax together: neither changes it alone"
        case True, None:
            return f"changed by jax, and perhaps by flax too ({unknown})"
        case None, True:
            return f"changed by flax, and perhaps by jax too ({unknown})"
        case False, None:
            return f"changed by flax, or by both together: not by jax alone ({unknown})"
        case None, False:
            return f"changed by jax, or by both together: not by flax alone ({unknown})"
        case _:
            return f"not attributed ({unknown})"


def _changed(found: Comparison, tried: Tried) -> bool | None:
    """Whether the property does there what it did not do on OLD; None where that is not known."""
    there = None if isinstance(tried, str) else tried.get(found.id)
    if there is None or found.old is None:
        return None
    if found.verdict is Verdict.DRIFTED:
        return any(there.observations.get(change.name) != change.old for change in found.changes)
    return there.outcome != found.old.outcome
