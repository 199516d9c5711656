"""The Hypothesis profiles, every setting stated: what is left unsaid changes under CI and between versions."""

from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.internal.conjecture import providers

from reports.paths import cache

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
        "database": DirectoryBasedExampleDatabase(cache() / "hypothesis" / "examples"),
        "phases": (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    },
}


def register() -> None:
    """Register the profiles and load the default one; ``--hypothesis-profile`` then overrides it."""
    for name, profile in PROFILES.items():
        settings.register_profile(name, settings(**_COMMON, **profile))
    settings.load_profile(DEFAULT)
    draw_no_constants_of_modules()


def draw_no_constants_of_modules() -> None:
    """Have an input depend on its property alone: Hypothesis also draws constants of every local module that is loaded.

    No setting says so. The version of Hypothesis is pinned, and a name that is not there any more is an error.
    """
    assert callable(vars(providers)["is_local_module_file"])
    vars(providers)["is_local_module_file"] = lambda path: False
