"""Writes the matrix: ``index.html`` for people, ``matrix.md`` for a pull request, ``matrix.json`` for machines."""

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.escaping import visible
from reports.files import write_whole
from reports.matrix import charts, details
from reports.matrix.machine import matrix_json
from reports.matrix.markdown import matrix_markdown
from reports.matrix.matrix import SIGN_OF, Matrix, folded, matrix
from reports.matrix.pairs import pairs
from reports.model import Report
from reports.vocabulary import Effect

_SITE = Path(__file__).with_name("site")


def write_matrix(reports: Sequence[Report], directory: Path) -> list[Path]:
    """Write the three files of at least one report into ``directory``; their paths."""
    found = matrix(reports)
    texts = {"index.html": page(found), "matrix.md": matrix_markdown(found), "matrix.json": matrix_json(found)}
    for name, text in texts.items():
        write_whole(directory / name, text)
    return [directory / name for name in texts]


def page(found: Matrix) -> str:
    """The whole of ``index.html``: it asks for no other file, and runs no script but its own."""
    style, script = ((_SITE / name).read_text(encoding="utf-8") for name in ("style.css", "page.js"))
    return _TEMPLATES.get_template("index.html.j2").render(
        matrix=found,
        outcomes=SIGN_OF,
        charts=charts,
        details=details,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        comparison=_embedded(
            {"headlines": [(effect.word, effect.meaning) for effect in Effect], **msgspec.to_builtins(pairs(found))}
        ),
    )


def _shown(value: Any) -> Any:
    """What the template prints: markup is ours alone, and every other text a report's."""
    return visible(value) if type(value) is str else value


def _address(property_id: str) -> str:
    return quote(visible(property_id), safe="")


def _stretches(values: Iterable[str]) -> list[tuple[str, int]]:
    """Each value with how many neighbours share it."""
    return [(value, len(list(same))) for value, same in groupby(values)]


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
    loader=FileSystemLoader(_SITE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_shown,
)
_TEMPLATES.filters |= {"address": _address, "folded": folded, "stretches": _stretches}
