"""The picture of the page in the README: what the page shows of an upgrade, and whether it still shows that.

Below the picture stands ``<!-- picture of #upgrade/OLD/NEW: DIGEST -->``. If the
page would say something else of this upgrade, or look different, the digest is
another one; not if only runs are newer.
"""

import hashlib
import re
import tempfile
from pathlib import Path

import msgspec

from meta_tests.support.browser import launched
from reports import releases
from reports.render.matrix.matrix import matrix
from reports.render.site.content import site
from reports.render.site.pages import ASSETS, write_matrix

_PICTURE = re.compile(r"(!\[[^\]]*\]\(([^)]+)\)\n<!-- picture of (#upgrade/([\d.]+)/([\d.]+)\S*)): (\w*) -->")
_SIZE = {"width": 1000, "height": 900}


def digests(text: str) -> list[tuple[str, str]]:
    """Of each picture of a page the digest that stands there, and the one that it should be."""
    return [(found[6], _digest(found[4], found[5])) for found in _PICTURE.finditer(text)]


def renewed(text: str, folder: Path) -> str:
    """A page with its stale pictures taken anew; browser.Missing where there is no Chromium."""

    def anew(found: "re.Match[str]") -> str:
        digest = _digest(found[4], found[5])
        if digest != found[6]:
            _take(found[3], folder / found[2])
        return f"{found[1]}: {digest} -->"

    return _PICTURE.sub(anew, text)


def _digest(old: str, new: str) -> str:
    content = site(matrix([releases.report_of(old), releases.report_of(new)]))
    said = msgspec.json.encode(msgspec.structs.replace(content, releases=(), states=[], properties=[]))
    form = (path.read_bytes() for path in sorted(ASSETS.iterdir()))
    return hashlib.sha256(b"".join((said, *form))).hexdigest()[:16]


def _take(address: str, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        written, *_ = write_matrix([releases.report_of(release) for release in releases.releases()], Path(folder))
        shown = browser.new_page(viewport=_SIZE)
        shown.goto(f"{written.as_uri()}{address}")
        shown.locator(".entry").first.wait_for()
        shown.screenshot(path=path)
