"""A Chromium, the page of the committed evidence, and a visit that must be silent."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from meta_tests.site.visiting import Visit
from meta_tests.support.browser import launched
from reports import releases
from reports.model import Report
from reports.render.site.pages import write_matrix


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with launched() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the committed evidence."""
    folder = tmp_path_factory.mktemp("site")
    write_matrix([releases.report_of(release) for release in releases.releases()], folder)
    return folder / "index.html"


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Visit]:
    """``visit(page or reports, address="", **context)`` opens a page; at the end it must have been silent and alone."""
    heard: list[str] = []
    asked: set[str] = set()
    opened: set[str] = set()
    contexts = []

    def of(shown: Path | Sequence[Report], address: str = "", **options: Any) -> Any:
        file = shown if isinstance(shown, Path) else write_matrix(shown, tmp_path)[0]
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: asked.add(request.url.partition("#")[0]))
        opened.add(file.as_uri())
        page.goto(f"{file.as_uri()}{address}")
        return page

    yield of
    for context in contexts:
        context.close()
    assert heard == []
    assert asked == opened
