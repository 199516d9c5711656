"""``python annotate.py ANSWER.json ANSWER.md PATH…``: the lines of a user's source that the gated upgrade changes.

They become annotations, and are added to the Markdown. USES are the topics that count, all if it is empty. Exit code 1:
nothing is known of this upgrade, and a warning says why; else 0, because it is the gate that blocks.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

_BAD_INPUT = 2


def main() -> int:
    """Annotate, and add to the Markdown."""
    answer, markdown, *paths = sys.argv[1:]
    said = json.loads(Path(answer).read_text("utf-8"))
    ran = [environment for end in ("old", "new") if (environment := said[end]["environment"])]
    if len(ran) < 2:
        return _unknown("a side of the gate did not run")
    old, new = (str(environment["packages"]["flax"]) for environment in ran)
    annotations = _upgrade(old, new, "github", paths)
    if annotations.returncode == _BAD_INPUT:
        return _unknown(annotations.stderr)
    print(annotations.stdout, end="")
    with Path(markdown).open("a", encoding="utf-8") as file:
        file.write(f"\n### Your code\n\n````text\n{_upgrade(old, new, 'text', paths).stdout}````\n")
    return 0


def _upgrade(old: str, new: str, form: str, paths: list[str]) -> "subprocess.CompletedProcess[str]":
    code = [text for path in paths for text in ("--code", path)]
    uses = ["--uses", os.environ["USES"]] if os.environ.get("USES") else []
    command = [str(Path(sys.executable).with_name("nnx-bridge")), "upgrade", old, new, *code, *uses, "--format", form]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def _unknown(reason: str) -> int:
    print(f"::warning::your code was not compared with the upgrade: {' '.join(reason.split())}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
