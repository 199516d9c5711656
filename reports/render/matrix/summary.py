"""How many properties have each outcome: chapters by releases, the one table that text and Markdown show."""

from collections.abc import Sequence

from reports.model import Report
from reports.vocabulary import NOT_RUN, Outcome

ABSENT = "-"
LEGEND = (
    "A bare number counts what passed. Signs: "
    + ", ".join(f"{outcome.sign} {outcome}" for outcome in Outcome)
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
    shown = [outcome for outcome in Outcome if found[outcome]]
    return " ".join(f"{found[one]}{one.sign if one is not Outcome.PASSED else ''}" for one in shown) or ABSENT
