"""How many properties have each outcome: chapters by releases, the one table that text and Markdown show."""

from collections.abc import Mapping, Sequence

from reports.model import Report
from reports.vocabulary import NOT_RUN, Outcome

SIGNS: Mapping[Outcome, str] = {
    Outcome.PASSED: ".",
    Outcome.OBSERVED: "o",
    Outcome.UNSUPPORTED: "u",
    Outcome.KNOWN_FAILURE: "k",
    Outcome.FAILED: "F",
    Outcome.CRASHED: "C",
}
ABSENT = "-"
LEGEND = (
    "A bare number counts what passed. Signs: "
    + ", ".join(f"{SIGNS[outcome]} {outcome}" for outcome in SIGNS)
    + f", {ABSENT} {NOT_RUN}"
)


def summary(columns: Sequence[tuple[str, Report | None]]) -> list[list[str]]:
    """A row for each chapter and one for all, below a head of three; a column for each release, run or not."""
    reports = [report for _, report in columns if report]
    chapters = sorted({found.chapter for report in reports for found in report.properties})
    return [
        ["flax", *(release for release, _ in columns)],
        ["jax", *(str(report.environment.packages.get("jax")) if report else "" for _, report in columns)],
        ["run", *(report.started[:10] if report else NOT_RUN.value for _, report in columns)],
        *([chapter, *(counts(report, chapter) if report else "" for _, report in columns)] for chapter in chapters),
        ["all", *(counts(report) if report else "" for _, report in columns)],
    ]


def counts(report: Report, chapter: str | None = None) -> str:
    """How many properties have each outcome, those that passed without a sign."""
    found = report.count(chapter)
    signs = {**SIGNS, Outcome.PASSED: ""}
    return " ".join(f"{found[outcome]}{signs[outcome]}" for outcome in Outcome if found[outcome]) or ABSENT
