"""``python -m meta_tests.pairs WAY|FEATURE``: tries pairs of features; exit code 1 if one fails, 2 for another name."""

import json
import sys

from properties.support import runtime

runtime.prepare()

from meta_tests.pairs.trying import WAYS, tried, ways_of  # noqa: E402  jax reads its settings when it is imported


def main() -> int:
    """For each way one line of JSON with what came of it."""
    (name,) = sys.argv[1:] or [""]
    found = ways_of(name)
    if not found:
        print(f"{name or '(nothing)'}: neither a feature nor one of {', '.join(WAYS)}", file=sys.stderr)
        return 2
    answers = [tried(*one) for one in found]
    for answer in answers:
        print(json.dumps(answer._asdict()))
    return int(any(answer.failed for answer in answers))


if __name__ == "__main__":
    sys.exit(main())
