"""What a finding says between two releases: of what a user notices, and of what to do on NEW."""

from properties.findings import Finding, version
from properties.support.sentences import AdviceStep
from reports.between import Between


def symptoms(finding: Finding, between: Between | None, more_cases: bool = False) -> tuple[str, ...]:
    """What a user notices on NEW, then on OLD alone; with the releases where not all of it is of NEW.

    ``more_cases``: whether OLD fails too, so that what is of NEW alone comes first.
    """
    if between is None:
        return tuple(one.whole for one in finding.symptoms)
    met = [one for one in finding.symptoms if one.covers(between.old) or one.covers(between.new)] or finding.symptoms
    of_new = [one for one in met if one.covers(between.new)]
    if more_cases:
        of_new.sort(key=lambda one: one.covers(between.old))
    if len(of_new) == len(met):
        return tuple(one.text for one in of_new)
    return tuple(one.whole for one in (*of_new, *(one for one in met if one not in of_new)))


def do(finding: Finding, between: Between | None) -> str:
    """What to do on NEW, without an upgrade that it includes; who goes back stays if nothing else helps."""
    if between is None:
        return finding.do
    said = (_step(one, between) for one in finding.steps if one.covers(between.new))
    return " ".join(filter(None, said)) or ("" if between.back else finding.do)


def workaround(finding: Finding, between: Between) -> str:
    """What OLD needs and NEW does not; "" where only an upgrade helps."""
    of_old = (one for one in finding.steps if one.covers(between.old))
    return " ".join(filter(None, (one.text for one in of_old)))


def do_of_new(finding: Finding, between: Between) -> str:
    """What to do on NEW that OLD does not need; "" where all advice is for OLD, or for both."""
    of_new = (one for one in finding.steps if one.covers(between.new) and not one.covers(between.old))
    return " ".join(filter(None, (one.text for one in of_new)))


def _step(step: AdviceStep, between: Between) -> str:
    if step.upgrade is None:
        return step.text
    if version(step.upgrade) > version(max(between.old, between.new, key=version)):
        return step.or_else(f"upgrade to {step.upgrade}")
    return step.text or (step.or_else(f"stay on {step.upgrade} or later") if between.back else "")
