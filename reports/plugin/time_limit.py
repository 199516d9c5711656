"""How long a property may take before its process is ended."""

import os

import pytest

from properties.support.profiles import DEFAULT, PROFILES


def give_time(config: pytest.Config) -> None:
    """What ``pyproject.toml`` says; in a hunt ten times as long, as it tries ten times as many examples.

    Who says it on the command line or in the environment, as pytest-timeout reads them, is obeyed.
    """
    if config.option.timeout is None and "PYTEST_TIMEOUT" not in os.environ:
        profile = PROFILES[config.option.hypothesis_profile or DEFAULT]
        times = max(1.0, profile["max_examples"] / PROFILES[DEFAULT]["max_examples"])
        config.option.timeout = times * float(config.getini("timeout"))
