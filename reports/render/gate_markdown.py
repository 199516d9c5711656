"""The gate's answer in the Markdown of GitHub, for a pull request or a run's summary page."""

from reports.gate.gate import GateResult
from reports.markdown import escaped
from reports.render import gate_words
from reports.render.upgrade_markdown import lines


def as_markdown(answer: GateResult) -> str:
    """The answer, both sides, and what changes."""
    said = [*(f"{about}: {outcomes}" for _, about, outcomes in gate_words.sides(answer)), *gate_words.quiet(answer)]
    head = [f"### {escaped(gate_words.headline(answer))}", "", *(f"- {escaped(line)}" for line in said), ""]
    return "\n".join([*head, *lines(answer.changes)]) + "\n"
