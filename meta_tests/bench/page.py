"""``RESULT.md``: the last measurement of each part, and the figures of all."""

from collections.abc import Iterator, Sequence

from meta_tests.bench.history import Line, last

NAME = "RESULT.md"
_HEAD = """# What a run costs

`tox run -e bench` writes this page from [`history.jsonl`](history.jsonl). [Speed](../README.md#speed) says how.
"""


def page(lines: Sequence[Line]) -> str:
    """The whole page."""
    newest = [line for part in dict.fromkeys(one.part for one in lines) if (line := last(lines, part))]
    return "\n".join([_HEAD, *(text for line in newest for text in _measured(line)), *_figures(lines)])


def _measured(line: Line) -> Iterator[str]:
    tables = "\n\n".join(line.measured.tables)
    verdicts = "\n".join(map(str, line.measured.verdicts))
    yield f"## {line.part.capitalize()}\n\n{line.day}: {line.where}\n\n```\n{tables}\n\n{verdicts}\n```\n"


def _figures(lines: Sequence[Line]) -> Iterator[str]:
    yield "## History\n\n| day | figure | measured |\n| --- | --- | --- |"
    for line in reversed(lines):
        for verdict in line.measured.verdicts:
            yield f"| {line.day} | {verdict.target} | {verdict.measured:.2f} |"
    yield ""
