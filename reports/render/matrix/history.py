"""What became of a property over the releases, in words."""

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby, pairwise

from reports.compare import comparison
from reports.model import Property
from reports.vocabulary import Outcome, Verdict

_VERBS = {
    Outcome.PASSED: "holds",
    Outcome.OBSERVED: "is observed",
    Outcome.UNSUPPORTED: "is unsupported",
    Outcome.KNOWN_FAILURE: "is known to fail",
    Outcome.FAILED: "fails",
    Outcome.CRASHED: "crashes",
}


def history(found: Mapping[str, Property | None]) -> str:
    """One clause for each stretch of one outcome, such as "fails on 0.9.0 to 0.10.4, holds from 0.10.5".

    ``found``: what became of one property on each release, in the order of
    releases; None where it was not run.
    """
    ran = {release: one for release, one in found.items() if one is not None}
    if not ran:
        return "never run"
    stretches = [list(stretch) for _, stretch in groupby(ran, key=lambda release: ran[release].outcome)]
    clauses = [_clause(ran[stretch[0]].outcome, stretch, list(found), list(ran)) for stretch in stretches]
    changes = [new for old, new in pairwise(ran) if comparison(ran[old], ran[new]).verdict is Verdict.DRIFTED]
    if changes:
        clauses.append(f"what it shows changes with {_listed(changes)}")
    if len(ran) < len(found):
        clauses.append(f"never run on {in_words(found, found.keys() - ran.keys())}")
    return ", ".join(clauses)


def _clause(outcome: Outcome, stretch: list[str], releases: list[str], ran: list[str]) -> str:
    if stretch == releases and len(releases) > 1:
        when = "on every release"
    elif stretch[-1] == releases[-1] and stretch != ran:
        when = f"from {stretch[0]}"
    else:
        when = f"on {in_words(ran, stretch)}"
    return f"{_VERBS[outcome]} {when}"


def in_words(releases: Iterable[str], chosen: Collection[str]) -> str:
    """Those of ``releases`` that are chosen, at least one: "0.9.0, 0.10.1 to 0.10.3 and 0.12.0"."""
    parts: list[str] = []
    for is_chosen, stretch in groupby(releases, key=lambda release: release in chosen):
        names = list(stretch)
        if is_chosen:
            parts += names if len(names) < 3 else [f"{names[0]} to {names[-1]}"]
    return _listed(parts)


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
