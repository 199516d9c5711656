"""Lines of the reproducers of a report, by chapter: ``python -m meta_tests.support.reproducer_lines REPORT [FOLDER]``.

With ``-p meta_tests.support.all_failing`` a report has one for every property.
They are written to FOLDER where it is named.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median


def reproducers_of(report: Path) -> dict[str, str]:
    """Each reproducer by its property."""
    found = json.loads(report.read_text(encoding="utf-8"))["properties"]
    return {one["id"]: one["failure"]["reproducer"] for one in found if one["failure"]}


def table(reproducers: dict[str, str]) -> list[tuple[str, int, int, int]]:
    """Of each chapter, and of all: how many there are, the median of their lines and the most."""
    lines: dict[str, list[int]] = defaultdict(list)
    for name, text in reproducers.items():
        for chapter in (name.partition(".")[0], "all"):
            lines[chapter].append(len(text.splitlines()))
    rows = sorted(lines.items(), key=lambda row: (row[0] == "all", row[0]))
    return [(chapter, len(counts), round(median(counts)), max(counts)) for chapter, counts in rows]


def _main(report: Path, folder: Path | None = None) -> None:
    found = reproducers_of(report)
    for chapter, count, middle, most in table(found):
        print(f"{chapter:14} {count:5} reproducers, median {middle:4} lines, most {most:4}")
    for name, text in found.items() if folder else ():
        path = Path(str(folder)) / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _main(*map(Path, sys.argv[1:]))
