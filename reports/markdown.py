"""GitHub's Markdown, in which text stays itself: no markup, no HTML, no link, no mention."""

import re
from collections.abc import Iterable, Sequence

from reports.sanitize import visible

# An underscore inside a word is no markup; a cell that ends in a bar would end too early even behind a backslash.
_MARKUP = re.compile(r"[\\`*\[\]<>{}~$&#!|]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES = {"|": "&#124;", "<": "&lt;", ">": "&gt;", "&": "&amp;"}
# What GitHub links of its own accord, even where the character was escaped: mentions, issues, addresses.
_LINKS = re.compile(r"@(?=\w)|#(?=\w)|:(?=//)|\bwww(?=\.)", re.IGNORECASE)
_LIST = re.compile(r"^(\d*)([-+.)=])(?=\s|$|[-=])")
_NOTHING = "&#8203;"  # a space of no width


def escaped(text: str) -> str:
    """``text`` on one line, as itself: no markup, no HTML, no link, no mention, nothing invisible or reversed."""
    return _begun(_escaped(" ".join(text.split())))


def _begun(line: str) -> str:
    """A line that does not begin a list."""
    return _LIST.sub(r"\1\\\2", line)


def _escaped(line: str) -> str:
    unlinked = _LINKS.sub(lambda match: f"{match[0]}\0", visible(line))
    return _MARKUP.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), unlinked).replace("\0", _NOTHING)


class Markup(str):
    """A cell that is in Markdown already."""


def prose(text: str) -> Markup:
    """``text`` on one line, as itself, but that a word between two backticks is shown as code."""
    parts = " ".join(text.split()).split("`")
    if len(parts) % 2 == 0:  # one backtick has no other
        return Markup(escaped(text))
    return Markup(_begun("".join(code(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))))


def fenced(text: str, language: str = "python") -> str:
    """``text`` as a block of code, line by line as it is; no fence inside of it can end the block."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{visible(text)}\n{fence}"


def sentence(text: str) -> str:
    """``text`` with a period at its end, where it has none."""
    return text if not text or text.endswith((".", "!", "?", ":")) else f"{text}."


def code(text: str) -> Markup:
    """``text`` as code, or as itself where it holds what could end the code or the cell of a table."""
    line = visible(" ".join(text.split()))
    return Markup(f"`{line}`" if line and not re.search(r"[`|<>&@]", line) else escaped(text))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in the Markdown of GitHub, its cells as themselves but for ``Markup``."""
    cells_of = (list(map(_cell, row)) for row in rows)
    lines = [list(map(escaped, header)), ["---"] * len(header), *cells_of]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(text: str) -> str:
    return text if isinstance(text, Markup) else escaped(text)
