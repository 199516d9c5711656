"""GitHub's Markdown, in which text stays itself: no markup, no HTML, no link, no mention."""

import re
from collections.abc import Iterable, Sequence

from reports.escaping import visible

# An underscore inside a word is no markup; a cell that ends in a bar would end too early even behind a backslash.
_MARKUP = re.compile(r"[\\`*\[\]<>{}~$&#!|]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES = {"|": "&#124;", "<": "&lt;", ">": "&gt;", "&": "&amp;"}
# What GitHub links of its own accord, even where the character was escaped: mentions, issues, addresses.
_LINKS = re.compile(r"@(?=\w)|#(?=\w)|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
_NOTHING = "&#8203;"  # a space of no width


def escaped(text: str) -> str:
    """``text`` on one line, as itself: no markup, no HTML, no link, no mention, nothing invisible or reversed."""
    line = _LINKS.sub(lambda match: f"{match[0]}\0", visible(" ".join(text.split())))
    return _MARKUP.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), line).replace("\0", _NOTHING)


class Markup(str):
    """A cell that is in Markdown already."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in the Markdown of GitHub, its cells as themselves but for ``Markup``."""
    cells_of = (list(map(_cell, row)) for row in rows)
    lines = [list(map(escaped, header)), ["---"] * len(header), *cells_of]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(text: str) -> str:
    return text if isinstance(text, Markup) else escaped(text)
