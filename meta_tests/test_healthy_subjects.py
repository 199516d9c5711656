"""Healthy modules of kinds that users write raise no alarm, and no property passes without having tried them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meta_tests.support import settled
from meta_tests.support.environments import NEWEST
from meta_tests.support.runs import ROOT, Forks

NO_GRADIENT = "no output is a float or a complex number, so there is no gradient"
# What has nothing to compare, with the beginning of the reason that it gives.
NOT_CONCERNED = {
    "subjects.gradients[Choice]": NO_GRADIENT,
    "subjects.gradients_of_split_layers[Choice]": NO_GRADIENT,
    "subjects.training[Choice]": NO_GRADIENT,
    "subjects.remat[Choice]": NO_GRADIENT,
    "subjects.msgpack[KeyHolder]": "Flax cannot write plain Linen's variables as msgpack (TypeError: ",
}

HEALTHY = ROOT / "meta_tests" / "subjects" / "healthy.py"


@pytest.fixture
def records(newest: Path, forks: Callable[[str], Forks], tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What every property of subjects recorded of the healthy modules."""
    options = ("properties/test_subjects.py", "--subjects", str(HEALTHY), "--hypothesis-profile", "quick")
    return forks("newest").records(tmp_path, *options)


@pytest.mark.settled(settled.digest(settled.plugin_and_properties(), HEALTHY.read_text("utf-8"), NEWEST))
@pytest.mark.timeout(1200)
def test_healthy_modules_raise_no_alarm(records: dict[str, dict[str, Any]]) -> None:
    """Every property passes, except those that do not concern a module, each with its reason."""
    assert [(name, one["failure"]) for name, one in records.items() if one["outcome"] in ("failed", "crashed")] == []
    left_out = {name: record["reason"] for name, record in records.items() if record["outcome"] == "unsupported"}
    assert left_out.keys() == NOT_CONCERNED.keys()
    assert [name for name, reason in left_out.items() if not reason.startswith(NOT_CONCERNED[name])] == []
