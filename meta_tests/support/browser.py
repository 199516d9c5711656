"""Chromium and axe-core: ``python -m meta_tests.support.browser`` installs them, and tests of the page use them.

Chromium is the system's, or Debian's package where one may install it; axe-core
is npm's. What cannot be installed is named in one line, and the exit code is 2.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meta_tests.support import debian
from meta_tests.support.debian import ProgramMissing

_FOLDER = Path(__file__).parent.parent.parent / ".cache" / "site"
_VERSION = "4.14.1"
AXE = _FOLDER / "node_modules" / "axe-core" / "axe.min.js"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# A machine of CI has no display, and often no user but root; and the page asks nobody for anything.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def install() -> None:
    """Install what is missing; ProgramMissing."""
    packages = [*([] if _chromium() else ["chromium"]), *([] if shutil.which("npm") else ["npm"])]
    if packages:
        debian.install(packages)
    if not AXE.exists() or f'"version": "{_VERSION}"' not in AXE.with_name("package.json").read_text(encoding="utf-8"):
        _FOLDER.mkdir(parents=True, exist_ok=True)
        debian.run(["npm", "install", "--prefix", str(_FOLDER), "--no-audit", "--no-fund", f"axe-core@{_VERSION}"])


@contextmanager
def launched() -> Iterator[Any]:
    """A running Chromium; ProgramMissing."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        raise ProgramMissing("playwright is not installed; tox run -e site installs it") from error
    path = _chromium()
    if path is None:
        raise ProgramMissing("Chromium is not installed; tox run -e site installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        browser.close()


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


if __name__ == "__main__":
    try:
        install()
    except ProgramMissing as missing:
        sys.stderr.write(f"{missing}\n")
        sys.exit(2)
