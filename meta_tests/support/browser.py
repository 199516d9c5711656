"""Chromium and axe-core: ``python -m meta_tests.support.browser`` installs them, and tests of the page use them.

Chromium is the system's, or Debian's package where one may install it; axe-core
is npm's. What cannot be installed is named in one line, and the exit code is 2.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


class BrowserMissing(Exception):
    """What the tests of the page need, and this machine has not got; the message is one line."""


def install() -> None:
    """Install what is missing; Missing."""
    packages = [*([] if _chromium() else ["chromium"]), *([] if shutil.which("npm") else ["npm"])]
    if packages:
        _apt(packages)
    if not AXE.exists() or f'"version": "{_VERSION}"' not in AXE.with_name("package.json").read_text(encoding="utf-8"):
        _FOLDER.mkdir(parents=True, exist_ok=True)
        _run(["npm", "install", "--prefix", str(_FOLDER), "--no-audit", "--no-fund", f"axe-core@{_VERSION}"])


@contextmanager
def launched() -> Iterator[Any]:
    """A running Chromium; Missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        raise BrowserMissing("playwright is not installed; tox run -e site installs it") from error
    path = _chromium()
    if path is None:
        raise BrowserMissing("Chromium is not installed; tox run -e site installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        yield browser
        browser.close()


def _chromium() -> str | None:
    return next(filter(None, map(shutil.which, _NAMES)), None)


def _apt(packages: Sequence[str]) -> None:
    named = " and ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise BrowserMissing(f"{named}: missing, and only root can install Debian's packages; apt-get install {named}")
    _run(["apt-get", "update", "--quiet"])
    _run(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages])


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise BrowserMissing(f"{' '.join(command)}: {said[-1]}")


if __name__ == "__main__":
    try:
        install()
    except BrowserMissing as missing:
        sys.stderr.write(f"{missing}\n")
        sys.exit(2)
