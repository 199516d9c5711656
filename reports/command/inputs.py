"""What several commands are given: reports by their names, and topics."""

import argparse
import glob
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from properties.support.topics import TOPICS, WORDS

if TYPE_CHECKING:
    from reports.model import Report

_WHICH = "a report, a pattern such as runs/*.json, or a release with evidence, such as 0.12.10; all evidence if none"
_USES = (
    "only what concerns these topics, such as sharding,checkpoints (all are listed below), or those of a file that "
    "capture wrote; the rest, and what concerns ToLinen or bridge.Module unless you name them, is counted and "
    "does not block; repeatable"
)
# What only the gate takes.
_FOR_GATE = (".txt", ".in", ".toml", ".lock")


def add_reports(command: argparse.ArgumentParser) -> None:
    """Any number of reports."""
    command.add_argument("reports", nargs="*", metavar="REPORT", help=_WHICH)


def add_uses(command: argparse.ArgumentParser) -> None:
    """The topics that matter, and at the end of the help what there is to choose from."""
    command.add_argument("--uses", action="append", default=[], metavar="TOPIC,…", help=_USES)
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = "\n".join(_topics())


def _topics() -> Iterator[str]:
    yield "Topics of --uses:"
    for topic, meaning in TOPICS.items():
        words = ", ".join(word for word, meant in WORDS.items() if meant == topic)
        yield f"  {topic:<{max(map(len, TOPICS))}}  {meaning}"
        if words:
            yield f"  {'':<{max(map(len, TOPICS))}}  Also: {words}"


def report_named(name: str) -> "Report":
    """The report of this name, or the evidence of this release."""
    from reports import releases
    from reports.errors import BadInput
    from reports.load import read

    release = re.fullmatch(r"(?:flax==)?([0-9]+(?:\.[0-9]+)+)", name)
    if release:
        return releases.report_of(release[1])
    path = Path(name)
    if path.suffix in _FOR_GATE or (path.suffix != ".json" and not path.is_file()):
        raise BadInput(
            f"{name or '(nothing)'}: neither a release (such as {releases.releases()[-1]}) nor a report file; "
            "for pins and requirements files use `gate`"
        )
    return read(path)


def reports_named(patterns: Sequence[str], empty: bool = False) -> "list[Report]":
    """The reports of these names and patterns; the evidence of all releases where there are none."""
    from reports import releases
    from reports.errors import BadInput

    if not patterns:
        return [releases.report_of(release) for release in releases.releases()]
    reports = [report_named(str(path)) for path in paths_of(patterns)]
    if not reports and not empty:
        raise BadInput(f"no report matches {' '.join(patterns)}; run tox first")
    return reports


def paths_of(patterns: Sequence[str]) -> list[Path]:
    """The files of these names and patterns."""
    # tox runs commands without a shell, so patterns arrive as they were written.
    found = (sorted(glob.glob(pattern)) if "*" in pattern else [pattern] for pattern in patterns)
    return [Path(name) for names in found for name in names]
