"""A pytest plugin that varies a run: ``-p meta_tests.flakes.plugin``, with a Variation in ``VARIATION`` as JSON."""

import json
import os
import random
import time
from collections.abc import Callable

import pytest

from meta_tests.flakes.variation import Variation
from properties.support import seeds

VARIABLE = "VARIATION"
_DAY = 86_400.0


def _asked() -> Variation:
    return Variation(**json.loads(os.environ[VARIABLE]))


def pytest_configure() -> None:
    """Draw inputs from another seed than the property's, and let the clock jump."""
    asked = _asked()
    running = seeds.running
    seeds.running = lambda property_id, test: running(f"{asked.seed} {property_id}", test)
    if asked.clock_jumps:
        time.time = jumping(asked.seed)


def jumping(seed: int) -> Callable[[], float]:
    """A clock that is off by up to a day, and each time by another amount; pytest's own durations are unaffected."""
    real, draw = time.time, random.Random(seed)
    return lambda: real() + draw.uniform(-_DAY, _DAY)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Another order of the properties, the same in each worker."""
    random.Random(_asked().seed).shuffle(items)
