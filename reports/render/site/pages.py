"""Writes the matrix: ``index.html`` for people, ``matrix.md`` for a pull request, ``matrix.json`` for machines."""

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.atomic_write import write_whole
from reports.model import Report
from reports.render.matrix.matrix import Matrix, matrix
from reports.render.matrix.matrix_json import matrix_json
from reports.render.matrix.matrix_markdown import matrix_markdown
from reports.render.site import charts
from reports.render.site.content import site
from reports.render.site.origin import Origin, origin
from reports.sanitize import visible
from reports.vocabulary import NOT_RUN, Outcome

ASSETS = Path(__file__).with_name("assets")
# One program, in the order in which the parts are read.
_SCRIPTS = ("elements.js", "address.js", "upgrade.js", "properties.js", "page.js")


def write_matrix(reports: Sequence[Report], directory: Path) -> list[Path]:
    """Write the three files of at least one report into ``directory``; their paths."""
    found = matrix(reports)
    texts = {
        "index.html": page(found, origin()),
        "matrix.md": matrix_markdown(found),
        "matrix.json": matrix_json(found),
    }
    for name, text in texts.items():
        write_whole(directory / name, text)
    return [directory / name for name in texts]


def page(found: Matrix, origin: Origin) -> str:
    """The whole of ``index.html``: it asks for no other file, and runs no script but its own."""
    style = _asset("style.css")
    script = "\n".join(map(_asset, _SCRIPTS))
    content = site(found)
    return _TEMPLATES.get_template("index.html.j2").render(
        matrix=found,
        site=content,
        origin=origin,
        outcomes=list(Outcome),
        shown=[*Outcome, NOT_RUN],
        charts=charts,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        content=_embedded(content),
    )


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _shown(value: Any) -> Any:
    """What the template prints: markup is ours alone, and every other text a report's."""
    return visible(value) if type(value) is str else value


def _address(label: str) -> str:
    return quote(visible(label), safe="")


def _total(report: Report, outcome: str) -> int:
    return report.count()[Outcome(outcome)]


def _hash(text: str) -> str:
    """The source under which a Content-Security-Policy allows this one text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _embedded(content: object) -> Markup:
    """JSON that ends no element, whatever is in it."""

    def harmless(match: re.Match[str]) -> str:
        character = match[0]
        return f"\\u{ord(character):04x}" if character in "<>&" else visible(character).replace("\\", "\\\\")

    return Markup(re.sub(r"[<>&]|[^ -~]", harmless, msgspec.json.encode(content).decode()))


_TEMPLATES = Environment(
    loader=FileSystemLoader(ASSETS),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_shown,
)
_TEMPLATES.filters |= {"address": _address, "total": _total}
