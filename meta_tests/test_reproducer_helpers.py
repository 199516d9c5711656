"""The helpers that reproducers have agree with the suite's own, in what they accept and in what they say."""

import json
import subprocess
from pathlib import Path

from meta_tests.support.runs import ROOT, environment


def test_helpers_agree_with_the_suites_own(newest: Path) -> None:
    """Both accept and refuse the same, with the same words, and read the same variables and keys out of a layer."""
    run = [str(newest), "-m", "meta_tests.support.compared_helpers"]
    done = subprocess.run(run, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["asked"] > 1000
    assert answer["found"] == []
