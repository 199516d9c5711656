"""The gate's answer as text, at most 80 columns wide but for programs."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from reports.gate.gate import GateResult
from reports.render import gate_words
from reports.render.text import wrapped
from reports.render.upgrade_text import lines, written
from reports.vocabulary import Effect

_STYLES = {Effect.SAFE: "green", Effect.DRIFT: "yellow", Effect.UNCLEAR: "magenta", Effect.REGRESSION: "red"}


def as_text(answer: GateResult) -> str:
    """The answer, both sides, and what changes."""
    return _head(answer) + written(_rest(answer))


def terminal(answer: GateResult) -> None:
    """Print it, the answer in colour where there is a terminal."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(_head(answer), style=f"bold {_STYLES[answer.effect]}"), end="")
    console.print(Text(written(_rest(answer))), end="")


def _head(answer: GateResult) -> str:
    return written(wrapped(gate_words.sentence(answer)))


def _rest(answer: GateResult) -> Iterator[str]:
    for name, about, outcomes in gate_words.sides(answer):
        yield from wrapped(about, f"{name}  ", "     ")
        yield from wrapped(outcomes, "     ")
    for line in gate_words.quiet(answer):
        yield from wrapped(line, "", "     ")
    yield from lines(answer.changes)
