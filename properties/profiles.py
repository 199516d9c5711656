"""The Hypothesis profiles, every setting stated: what is left unsaid changes under CI and between versions."""

from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.database import DirectoryBasedExampleDatabase

DEFAULT = "gate"

_COMMON: dict[str, Any] = {
    # A first example compiles, the next ones do not: a deadline would judge the compiler.
    "deadline": None,
    "stateful_step_count": 30,
    "verbosity": Verbosity.normal,
    "print_blob": False,
    "report_multiple_bugs": False,
    "suppress_health_check": [HealthCheck.too_slow],
    "backend": "hypothesis",
}
_SEARCH = (Phase.explicit, Phase.generate, Phase.shrink)

PROFILES: dict[str, dict[str, Any]] = {
    "quick": {"max_examples": 10, "derandomize": True, "database": None, "phases": _SEARCH},
    "gate": {"max_examples": 100, "derandomize": True, "database": None, "phases": _SEARCH},
    "hunt": {
        "max_examples": 1000,
        "derandomize": False,
        "database": DirectoryBasedExampleDatabase(".cache/hypothesis"),
        "phases": (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    },
}


def register() -> None:
    """Register the profiles and load the default one; ``--hypothesis-profile`` then overrides it."""
    for name, profile in PROFILES.items():
        settings.register_profile(name, settings(**_COMMON, **profile))
    settings.load_profile(DEFAULT)
