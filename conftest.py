"""Wires pytest: options, the process that jax will see, Hypothesis profiles, the implementation, the recorder."""

import hashlib
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from properties import profiles, runtime
from reports import record

if TYPE_CHECKING:
    from impl.implementation import Implementation

runtime.prepare()
profiles.register()

ROOT = Path(__file__).parent
_implementation = pytest.StashKey["Implementation"]()

observe = record.observe


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance")
    group.addoption(
        "--impl",
        default=os.environ.get("IMPL"),
        metavar="MODULE|FILE.py",
        help="the implementation to test (also: environment variable IMPL); the reference one by default",
    )
    group.addoption("--report", type=Path, metavar="FILE", help="write the run's report, a JSON file")


def pytest_configure(config: pytest.Config) -> None:
    _check_profile(config)
    is_worker = hasattr(config, "workerinput")
    # The controller of a parallel run loads what a user names, to refuse it in one line, and spares itself jax else.
    if config.option.impl is not None or not (is_worker or config.getoption("numprocesses", None)):
        _load_implementation(config)
    config.pluginmanager.register(record, "conformance-record")
    if config.option.report is not None and not is_worker:
        implementation = config.option.impl or "reference"
        config.pluginmanager.register(record.Recorder(config.option.report, _suite(), implementation))


def _check_profile(config: pytest.Config) -> None:
    chosen = config.option.hypothesis_profile
    if chosen is not None and chosen not in profiles.PROFILES:
        raise pytest.UsageError(f"no Hypothesis profile {chosen!r}: choose one of {', '.join(profiles.PROFILES)}")


def _load_implementation(config: pytest.Config) -> "Implementation":
    if _implementation not in config.stash:
        from impl.loading import REFERENCE, BadImplementation, load

        try:
            config.stash[_implementation] = load(config.option.impl or REFERENCE)
        except BadImplementation as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_implementation]


def _suite() -> dict[str, Any]:
    """The digest of whatever can change the inputs tried."""
    from hypothesis import settings

    digest = hashlib.sha256()
    for path in sorted([ROOT / "conftest.py", *(ROOT / "properties").glob("*.py")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return {"digest": digest.hexdigest()[:16], "profile": settings.get_current_profile_name()}


@pytest.fixture(scope="session")
def impl(pytestconfig: pytest.Config) -> "Implementation":
    """The implementation under test."""
    return _load_implementation(pytestconfig)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """A property about the model does not apply to an implementation that is only a function."""
    try:
        return (yield)
    except Exception as error:
        if type(error).__name__ == "NoModel":
            pytest.skip(str(error))
        raise


# A cache entry that a killed worker left half written is compiled again; a user need not hear of it.
warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation cache")
