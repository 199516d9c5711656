"""A finding as a text for Flax's issue tracker, in the Markdown of GitHub."""

from collections.abc import Iterator

from properties.findings import Finding
from reports import releases
from reports.errors import BadInput
from reports.markdown import code, escaped, fenced, prose
from reports.model import Environment
from reports.render.finding_text import named, spans


def as_issue(name: str) -> str:
    """The text for the finding of this name; BadInput where there is none, or the newest release does not fail."""
    found, environment = named(name), releases.report_of(releases.releases()[-1]).environment
    if not found.covers(environment.flax):
        raise BadInput(f"the finding {name} does not fail on flax {environment.flax}, so there is nothing to report")
    return "\n\n".join(_paragraphs(found, environment)) + "\n"


def _paragraphs(found: Finding, environment: Environment) -> Iterator[str]:
    current = [fails for fails in found.fails if fails.covers(environment.flax)]
    jax, python = environment.packages.get("jax"), environment.python
    yield f"# {prose(found.title)}"
    yield prose(found.symptom)
    yield fenced(found.witness.strip())
    yield (
        "The program ends by asserting what is expected. "
        f"It raises with {escaped(f'Flax {environment.flax}, jax {jax} and Python {python}')}. "
        f"Releases that fail: {escaped(', '.join(spans(found.fails)))}."
    )
    yield f"Cause: {prose(found.where)}"
    yield f"Suggested fix: {prose(found.suggested)}"
    if found.fix:
        yield fenced(found.fix.strip(), "diff")
    yield f"Until then: {prose(found.do)}"
    for cause in found.causes:
        yield f"Changed in {escaped(cause.release)}: {prose(cause.what)} ([source]({cause.link}))"
    yield f"Shown by: {', '.join(code(name) for fails in current for name in fails.shown_by)}"
