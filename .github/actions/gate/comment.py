"""``python comment.py ANSWER.md``: the answer as one comment on the pull request, updated by later runs.

The variables GITHUB_REPOSITORY, GITHUB_WORKFLOW and GITHUB_JOB are those of a workflow; PULL_REQUEST is a number.
``gh`` takes its token from GH_TOKEN. Exit code 1: there is no comment, and a warning says why.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

# GitHub takes 65536 characters.
_MOST = 60_000
_CUT = "\n\n… The rest is on the summary page of the run.\n"


def main() -> int:
    """Write the comment, or say in a warning of the workflow why it cannot be written."""
    comments = f"repos/{os.environ['GITHUB_REPOSITORY']}/issues"
    try:
        number = _commented(f"{comments}/{int(os.environ['PULL_REQUEST'])}/comments")
        if number is None:
            _gh("POST", f"{comments}/{int(os.environ['PULL_REQUEST'])}/comments", _body())
        else:
            _gh("PATCH", f"{comments}/comments/{number}", _body())
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split())[:500] or f"gh ends with {error.returncode}"
        print(f"::warning::no comment on the pull request: {said}; give the job `pull-requests: write`")
        return 1
    return 0


def _mark() -> str:
    """Begins the comments of this job, and shows nowhere."""
    job = re.sub(r"[^\w ./]", "", f"{os.environ['GITHUB_WORKFLOW']}/{os.environ['GITHUB_JOB']}", flags=re.ASCII)
    return f"<!-- nnx-bridge gate: {job} -->"


def _body() -> str:
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    return f"{_mark()}\n{text if len(text) < _MOST else text[:_MOST] + _CUT}"


def _commented(comments: str) -> int | None:
    """The number of the first comment of this job."""
    pages = _gh("GET", f"{comments}?per_page=100", None, "--paginate", "--slurp")
    written = (one for page in json.loads(pages) for one in page if one["body"].startswith(_mark()))
    return next((int(one["id"]) for one in written), None)


def _gh(method: str, address: str, body: str | None, *options: str) -> str:
    """What ``gh api`` prints; the body goes by its standard input."""
    given = ["--input", "-"] if body is not None else []
    done = subprocess.run(
        ["gh", "api", "--method", method, *options, *given, address],
        input=json.dumps({"body": body}) if body is not None else "",
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
