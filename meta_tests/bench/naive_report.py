"""A pytest plugin that gives the naive suite, which runs without our conftest, our ``--report``."""

from pathlib import Path

import pytest

from reports.plugin import record


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--report", type=Path, required=True)


def pytest_configure(config: pytest.Config) -> None:
    suite = {"digest": {}, "profile": "naive", "selection": ""}
    config.pluginmanager.register(record, "conformance-record")
    asked = {"implementation": "naive", "subjects": "naive", "models": "naive"}
    config.pluginmanager.register(record.Recorder(config.option.report, suite, asked, config))
