"""The advice of a finding as lines of a diff that a reader can copy."""

import difflib
import textwrap
from collections.abc import Iterator, Sequence

from properties.findings import Finding

# A line and what becomes of it: removed, added, or as it was.
_Line = tuple[str, str]


def diff_of(finding: Finding) -> str:
    """What to do as lines of a diff, where code says it: of the witness and its remedy, or as it is written."""
    if not finding.remedy:
        return finding.diff
    before, after = finding.witness.splitlines(), finding.remedied().splitlines()
    return "\n".join(line for hunk in _hunks(before, after) for line in _written(hunk))


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[list[_Line]]:
    """Each row of lines that change; where it only adds or moves, with the lines between and the next one."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    changed = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    removed = {line.strip() for _, i, j, _, _ in changed for line in before[i:j]}
    moved = removed & {line.strip() for _, _, _, k, m in changed for line in after[k:m]} - {""}
    if moved:
        yield [
            (sign, line)
            for what, i, j, k, m in _from_first_to_last(matcher.get_opcodes())
            for sign, lines in _signed(what, before[i:j], after[k:m])
            for line in lines
        ]
        return
    for _, i, j, k, m in changed:
        added = _stripped(after[k:m])
        context = [(" ", before[i])] if i == j and i < len(before) and _is_context(added, before[i]) else []
        yield [*(("-", line) for line in _stripped(before[i:j])), *(("+", line) for line in added), *context]


def _from_first_to_last(
    codes: Sequence[tuple[str, int, int, int, int]],
) -> Sequence[tuple[str, int, int, int, int]]:
    """Without what is equal before the first and after the last change."""
    places = [place for place, code in enumerate(codes) if code[0] != "equal"]
    return codes[places[0] : places[-1] + 1]


def _signed(what: str, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    if what == "equal":
        yield " ", old
    else:
        yield from (("-", old), ("+", new))


def _is_context(added: Sequence[str], line: str) -> bool:
    """Whether a line shows where those before it belong: no import needs that, and the head of a block does not."""
    imports = all(one.startswith(("import ", "from ")) for one in added)
    return bool(line.strip()) and not imports and not line.rstrip().endswith(":")


def _stripped(lines: Sequence[str]) -> Sequence[str]:
    """Without empty lines at both ends."""
    full = [place for place, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else []


def _written(hunk: Sequence[_Line]) -> Iterator[str]:
    """As text, without the indentation that all lines have."""
    lines = textwrap.dedent("\n".join(line for _, line in hunk)).split("\n")
    yield from (f"{sign} {line}".rstrip() for (sign, _), line in zip(hunk, lines, strict=True))
