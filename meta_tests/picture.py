"""The picture of the page in the README: what the page shows of two reports, and whether it still shows that.

Below the picture stands ``<!-- picture of OLD NEW: DIGEST -->``, with two releases. A
page that would be another has another digest.
"""

import hashlib
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from reports.matrix.matrix import matrix
from reports.matrix.pages import page, write_matrix
from reports.releases import report_of

_PICTURE = re.compile(r"(!\[[^\]]*\]\(([^)]+)\)\n<!-- picture of (\S+) (\S+)): (\w*) -->")
_SIZE = {"width": 1000, "height": 560}


class NoBrowser(Exception):
    """There is no Chromium, which a stale picture needs; the message is one line."""


def digests(text: str) -> list[tuple[str, str]]:
    """Of each picture of a page the digest that stands there, and the one that it should be."""
    return [(found[5], _digest(found[3], found[4])) for found in _PICTURE.finditer(text)]


def renewed(text: str, folder: Path) -> str:
    """A page with its stale pictures taken anew; NoBrowser."""

    def anew(found: "re.Match[str]") -> str:
        digest = _digest(found[3], found[4])
        if digest != found[5]:
            _take(found[3], found[4], folder / found[2])
        return f"{found[1]}: {digest} -->"

    return _PICTURE.sub(anew, text)


def _digest(*releases: str) -> str:
    return hashlib.sha256(page(matrix([*map(report_of, releases)])).encode()).hexdigest()[:16]


def launched(playwright: Any) -> Any:
    """A running Chromium: the system's, or Playwright's own where the system has none; NoBrowser."""
    system = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        return playwright.chromium.launch(executable_path=system)
    except Exception as error:
        raise NoBrowser(f"no Chromium can be started: {str(error).splitlines()[0]}") from error


def _take(old: str, new: str, path: Path) -> None:
    from playwright.sync_api import sync_playwright

    address = f"#compare/{old}/{new}"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        write_matrix([report_of(old), report_of(new)], Path(folder))
        browser = launched(playwright)
        shown = browser.new_page(viewport=_SIZE)
        shown.goto(f"{(Path(folder) / 'index.html').as_uri()}{address}")
        shown.locator(".finding").first.wait_for()
        shown.screenshot(path=path)
        browser.close()
