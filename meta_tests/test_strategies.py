"""What the strategies name is reached, as the events in the committed evidence of the newest release say."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT, environment
from reports.model import Property

Events = dict[str, set[str]]

# Names are asked of the strategies themselves, so that a class that is added is looked for.
_ASK = """
import json
from properties.support import runtime
runtime.prepare()
from properties.support import strategies as s
from properties.support.devices import devices
print(json.dumps({
    "seed": list(s.SEED_CLASSES),
    "features": ["whole", "fractional"],
    "input": [*s.INPUT_CLASSES, *s.NON_FINITE_CLASSES, *s.ARRAY_CLASSES],
    "shape": [f"{length}x{features}, {label}" for (length, features), label in s.SHAPES.items()],
    "device shape": [f"{shape[0]}x{shape[1]}, {s.SHAPES[shape]}" for shape in s.DEVICE_SHAPES],
    "device": [str(device.id) for device in devices()],
}))
"""


@pytest.fixture(scope="module")
def named(newest: Path) -> dict[str, set[str]]:
    """What the strategies name, by the kind of the event."""
    printed = subprocess.run(
        [str(newest), "-c", _ASK], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True, check=True
    )
    return {kind: set(labels) for kind, labels in json.loads(printed.stdout).items()}


@pytest.fixture(scope="module")
def reached(reference: Callable[[str], dict[str, Property]]) -> dict[str, Events]:
    """For each property the labels of its events, by kind."""
    found: dict[str, Events] = {}
    for property_id, record in reference("newest").items():
        events = found.setdefault(property_id, {})
        for event in record.events:
            kind, separator, label = event.partition(": ")
            if separator:
                events.setdefault(kind, set()).add(label)
    return found


@pytest.mark.parametrize("kind", ["seed", "features", "input", "shape", "device"])
def test_every_class_is_reached(kind: str, named: Events, reached: dict[str, Events]) -> None:
    """Every class that the strategies name is met by some property."""
    assert not named[kind] - set().union(*(events.get(kind, set()) for events in reached.values()))


def test_every_chapter_meets_every_shape(named: Events, reached: dict[str, Events]) -> None:
    """Each chapter meets the whole pool of shapes; a single property of 100 examples may miss one or a few of it."""
    met: Events = {}
    for property_id, events in reached.items():
        met.setdefault(property_id.split(".")[0], set()).update(events.get("shape", set()))
    assert all(shapes >= named["shape"] for shapes in met.values()), met


def test_every_property_meets_most_shapes(named: Events, reached: dict[str, Events]) -> None:
    """A property that draws shapes meets at least ten of the sixteen, or all of those of the devices."""
    for property_id, events in reached.items():
        shapes = events.get("shape", named["shape"])
        assert len(shapes) >= 10 or shapes == named["device shape"], (property_id, sorted(shapes))


def test_every_property_meets_every_seed_and_device(named: Events, reached: dict[str, Events]) -> None:
    """A property that draws seeds or devices meets all of their classes."""
    missed = {
        (property_id, kind): sorted(named[kind] - events[kind])
        for property_id, events in reached.items()
        for kind in ("seed", "features", "device")
        if named[kind] - events.get(kind, named[kind])
    }
    assert not {one: labels for one, labels in missed.items() if labels}


def test_most_examples_are_valid(reference: Callable[[str], dict[str, Property]]) -> None:
    """No strategy throws away more than half of what it draws."""
    examples = {property_id: record.examples for property_id, record in reference("newest").items()}
    wasteful = {property_id: count for property_id, count in examples.items() if count.invalid > count.valid}
    assert not wasteful
