"""The wheel of the suite, unpacked into a folder that can stand on a Python's path."""

import os
import subprocess
import zipfile
from pathlib import Path

from uv import find_uv_bin

from meta_tests.support.runs import ROOT, environment


def build_wheel(folder: Path) -> Path:
    """Build the wheel in this folder; its path."""
    command = [os.fsdecode(find_uv_bin()), "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT)]
    built = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def unpack_wheel(folder: Path) -> Path:
    """Build the wheel, and give the folder in ``folder`` that holds what it installs."""
    packages = folder / "packages"
    with zipfile.ZipFile(build_wheel(folder)) as archive:
        archive.extractall(packages)
    return packages
