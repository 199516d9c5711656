"""The words and the order in which every writer shows an upgrade."""

from collections import Counter
from collections.abc import Mapping

from properties.findings import TOPICS
from reports.answer import Entry, Kind, Upgrade
from reports.releases.checkpoints import Crossing

# By kind: what the head counts (one, several), the title of the section and what it means.
COUNTED: Mapping[Kind, tuple[str, str]] = {
    Kind.BREAKS: ("breaks", "break"),
    Kind.DIFFERS: ("differs", "differ"),
    Kind.FAILS_DIFFERENTLY: ("fails differently", "fail differently"),
    Kind.WORKS_NOW: ("works now", "work now"),
}
MEANINGS: Mapping[Kind, str] = {
    Kind.BREAKS: "works on OLD, fails on NEW",
    Kind.DIFFERS: "works on both, with another result",
    Kind.FAILS_DIFFERENTLY: "fails on both, in another way",
    Kind.WORKS_NOW: "fails on OLD, works on NEW: delete your workaround",
}


# What the checkpoints are of.
CHECKPOINTS = "Checkpoints of an NNX model with a bridged `nn.Dense`, as Orbax and as msgpack"


def title(found: Upgrade) -> str:
    """``Flax 0.10.7 → 0.12.12``."""
    return f"Flax {found.old.environment.flax} → {found.new.environment.flax}"


def jax(found: Upgrade) -> str:
    """``jax 0.6.2 → 0.12.0.1``."""
    old, new = (report.environment.packages.get("jax") for report in (found.old, found.new))
    return f"jax {old}" if old == new else f"jax {old} → {new}"


def counts(found: Upgrade) -> str:
    """``9 break, 12 differ, 6 fail differently, 21 work now; 783 of 930 properties the same``."""
    parts = []
    for kind, (one, several) in COUNTED.items():
        number = len(found.of_kind(kind))
        parts.append(f"{number} {one if number == 1 else several}")
    return f"{', '.join(parts)}; {found.same} of {found.of} properties are the same"


def topics(found: Upgrade) -> dict[str, int]:
    """How many entries concern each topic, but for what works now."""
    numbers = Counter(topic for entry in found.entries if entry.kind is not Kind.WORKS_NOW for topic in entry.topics)
    return {topic: numbers[topic] for topic in TOPICS if numbers[topic]}


def checkpoints(way: Crossing) -> str:
    """What became of the checkpoints of one release on another, in a sentence."""
    pair = f"{way.saved_by} → {way.restored_by}"
    if way.problems:
        return f"{pair}: {len(way.problems)} not restored"
    how = "bit for bit" if way.bitwise else "within the derived bound"
    return f"{pair}: restored, outputs equal {how}" + (", after renaming paths" if way.renamed else "")


def renamed(way: Crossing) -> list[str]:
    """The paths that a checkpoint has and its new model has not: ``a → b``, or ``a: removed``."""
    return [f"{old} → {new}" if new else f"{old}: removed" for old, new in sorted(way.renamed.items())]


def since(entry: Entry) -> str:
    """``since 0.12.0``, or nothing where it is not known."""
    return f"since {' and '.join(entry.since)}" if entry.since else ""


def shown_by(entry: Entry) -> str:
    """``3 properties``, or ``1 property``."""
    number = len(entry.shown_by)
    return f"{number} {'property' if number == 1 else 'properties'}"
