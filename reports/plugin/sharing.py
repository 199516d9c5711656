"""Whether a hunt shares the examples that fail with hunts on other machines, and with which of them."""

import hashlib
import os
from importlib.metadata import version
from pathlib import Path

import pytest

from reports.model import HUNT

# The address of a Redis server, as in redis://host:6379/0.
VARIABLE = "HYPOTHESIS_DATABASE_URL"


def share(config: pytest.Config, is_worker: bool) -> None:
    """Have a hunt share them if the user names a server; pytest.UsageError where that cannot be."""
    option, url = config.option, os.environ.get(VARIABLE)
    if url is None or option.hypothesis_profile != HUNT:
        return
    try:
        from reports.plugin import shared_examples
    except ModuleNotFoundError as error:
        raise pytest.UsageError(
            f"{VARIABLE}: {error.name} is not installed here; install it, or unset {VARIABLE}"
        ) from None
    if option.hypothesis_seed is not None:
        raise pytest.UsageError(
            f"Hypothesis asks no database where it is given a seed: leave out --hypothesis-seed, or unset {VARIABLE}"
        )
    try:
        tested = [version("flax").encode(), *map(_text, (option.impl, option.subjects, option.models))]
        sharing = shared_examples.Sharing(url, HUNT, hashlib.sha256(b"\0".join(tested)).hexdigest()[:16])
        if not is_worker:
            sharing.check()
    except shared_examples.BadDatabase as error:
        raise pytest.UsageError(f"{VARIABLE}: {error}") from None
    config.pluginmanager.register(sharing, "conformance-sharing")


def _text(named: str | None) -> bytes:
    """What a file of the user's says, which has another path on another machine; else the name of the module."""
    path = Path(named or "")
    return path.read_bytes() if path.is_file() else str(path).encode()
