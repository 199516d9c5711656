"""Precision and recall of ``upgrade --code`` on a sample that is marked by hand; run it to print them.

A line ends with ``# expect: NAME, …`` if these findings change something for it. Who marks a line does not look at what
the command prints. A mark counts for each pair of releases between which the finding changes; ``NAME@OLD`` only from
OLD, where no other release runs the line.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from properties.findings import all_findings
from reports import releases
from reports.answer import upgrade
from reports.code.files import files_of
from reports.code.hits import CodeAnswer, changing, hits_of

SAMPLE = Path(__file__).parent.parent / "code_sample"
PAIRS = (("0.10.7", "0.12.12"), ("0.11.2", "0.12.9"), ("0.12.4", "0.12.12"))
_MARK = re.compile(r"# expect: (.*)")

# A file, a line and a finding.
Mark = tuple[str, int, str]


@dataclass(frozen=True)
class Score:
    """Hits and marks, of one pair."""

    hits: Counter[Mark]
    marks: Counter[Mark]

    @property
    def right(self) -> int:
        """How many hits are marked."""
        return len(self.hits.keys() & self.marks.keys())

    @property
    def precision(self) -> float:
        """The part of the hits that is marked."""
        return self.right / len(self.hits)

    @property
    def recall(self) -> float:
        """The part of the marks that is hit."""
        return self.right / len(self.marks)


def score(old: str, new: str) -> Score:
    """What the command finds in the sample between two releases, and what it should find."""
    answer = answered(old, new)
    names = {entry.name for entry in changing(answer.changes.entries)}
    hits = Counter((hit.place.path, hit.place.line, hit.entry.name) for hit in answer.hits)
    return Score(hits, Counter(mark for mark in marks(old) if mark[2] in names))


def answered(old: str, new: str) -> CodeAnswer:
    """What concerns the sample between two releases."""
    return hits_of(upgrade(releases.report_of(old), releases.report_of(new)), files_of([str(SAMPLE)]))


def marks(old: str) -> Iterator[Mark]:
    """The marks of an upgrade from OLD; ValueError for one that names no finding."""
    known = {finding.name for finding in all_findings()}
    for path in sorted(SAMPLE.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = _MARK.search(line)
            for name, _, only in (one.partition("@") for one in found[1].split(", ")) if found else ():
                if name not in known:
                    raise ValueError(f"{path.name}:{number}: no finding {name}")
                if only in ("", old):
                    yield str(path), number, name


def main() -> None:
    """Print the figures, and the lines that are wrong."""
    for old, new in PAIRS:
        found = score(old, new)
        print(f"{old} → {new}: precision {found.precision:.2f}, recall {found.recall:.2f}", end="")
        print(f" ({found.right} right of {len(found.hits)} hits and {len(found.marks)} marks)")
        for said, these in (("not marked", found.hits - found.marks), ("not found", found.marks - found.hits)):
            for path, line, name in sorted(these):
                print(f"  {said}: {Path(path).relative_to(SAMPLE)}:{line}: {name}")


if __name__ == "__main__":
    main()
