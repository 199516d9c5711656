"""A pytest plugin: with ``--example`` a property is tried on that example alone."""

import inspect
from typing import Any

import pytest

from impl import flax_api
from reports.plugin import examples, trial


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse an example that a property which is to run does not take."""
    try:
        given = trial.values(config.option.example)
    except examples.BadExample as error:
        raise pytest.UsageError(f"{examples.OPTION}: {error}; give name=value as a failure shows it") from None
    for item in items:
        wanted = _drawn(item)
        if given.keys() != wanted:
            raise pytest.UsageError(
                f"{examples.OPTION} has {_listed(given)}, and {item.name} takes {_listed(wanted)}; "
                "name the one property that it is for"
            )


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Try the example in place of the property's search."""
    feature: Any = pyfuncitem.funcargs.get("feature")
    # Excused: A release that lacks what the property needs is `unsupported`.
    if missing := flax_api.missing(feature.needs) if feature else "":
        pytest.skip(missing)
    trial.run(pyfuncitem, trial.values(pyfuncitem.config.option.example))
    return True


def _drawn(item: pytest.Item) -> set[str]:
    """The arguments that are neither fixtures nor parameters."""
    return inspect.signature(trial.test_of(item)).parameters.keys() - {*getattr(item, "fixturenames", ())}


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "nothing"
