"""Before a failure is called a regression, its falsifying example is tried on OLD."""

from dataclasses import replace

from properties.support.raising import shape
from reports.compare import Comparison
from reports.errors import BadInput
from reports.gate.environments import Installation
from reports.gate.nodeids import nodeid
from reports.gate.running import DidNotRun, Options, run_properties, silent
from reports.model import Failure
from reports.vocabulary import Outcome, Verdict


def replayed(found: Comparison, old: Installation, options: Options) -> Comparison:
    """The comparison after the property was tried on OLD with the example alone on which it failed on NEW."""
    if found.new is None or found.new.failure is None:
        return found.noted("not replayed on OLD: nothing failed on NEW")
    failure = found.new.failure
    # A property that draws nothing has no example, and is tried as it is.
    asked = replace(options, workers=1, selection=None, example=failure.falsifying_example)
    try:
        # A report may come from somebody else: which file is run is said by this suite.
        report = run_properties(old, asked, silent, [nodeid(found.id)])
    except (DidNotRun, BadInput) as error:
        return found.noted(f"not replayed on OLD: {error}")
    there = report.by_id.get(found.id)
    if there is None or there.outcome in (Outcome.UNSUPPORTED, Outcome.CRASHED):
        return found.noted(f"not replayed on OLD: {there.reason if there else 'the property is not there'}")
    if there.failure is None:
        return found.noted("replayed: the falsifying example holds on OLD")
    if _alike(there.failure, failure):  # OLD tried other examples and missed it
        return found.judged(Verdict.STILL_FAILING, "replayed: the falsifying example fails on OLD too")
    otherwise = f"{there.failure.exception}: {there.failure.message}".split("\n")[0]
    return found.noted(f"replayed: the falsifying example fails on OLD too, in another way ({otherwise})")


def _alike(one: Failure, other: Failure) -> bool:
    """Whether both are the same exception with the same message, numbers aside."""
    return (one.exception, shape(one.message)) == (other.exception, shape(other.message))
