"""The trial with third-party modules: ``python -m meta_tests.thirdparty``.

Runs the generic properties for every module of ``subjects/`` on each release of ``locks/``, and writes ``RESULT.md``.

Exit codes: 0 done, 1 the result is another than before or is none, or ``alarms.toml`` does not say what an alarm is.
"""

import sys

from meta_tests.thirdparty.alarms import idle, unexplained
from meta_tests.thirdparty.result import RESULT, written
from meta_tests.thirdparty.trial import RELEASES, Died, tried
from reports.errors import CannotTell


def main() -> int:
    """Run the trial, and say what is wrong with its result or why there is none."""
    try:
        outcomes = [outcome for release in RELEASES for outcome in tried(release)]
    except (CannotTell, Died) as reason:
        print(reason)
        return 1
    before, after = RESULT.read_text("utf-8") if RESULT.exists() else "", written(outcomes)
    RESULT.write_text(after, "utf-8")
    wrong = [*unexplained(outcomes), *idle(outcomes)]
    if before != after:
        wrong.append(f"{RESULT.name} is another than before: see git diff")
    print(*wrong or ["the result is the committed one"], sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
