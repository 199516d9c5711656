"""A pytest plugin that gives a user's file one second instead of a minute: ``-p meta_tests.support.impatient``."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    from impl import loading

    loading.SECONDS = 1
