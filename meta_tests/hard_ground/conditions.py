"""The table: each condition under which the suite is tried, and what it does there on the newest release."""

from collections.abc import Iterator

from meta_tests.hard_ground.condition import Condition, Differs, Expected, Refused, Same

_SAME = Same()
_WARNINGS = Refused("warnings are errors here, which fails what Flax only warns of: leave out -W error")
_OTHER_KEYS = Differs(
    {"determinism.first_weights": "observed"},
    "JAX makes another key of a negative seed.",
    "import jax\nassert jax.random.key_data(jax.random.key(-1))[0] == 0",
)

# By flag of Flax: its default, another value, and what is expected with that. An empty default cannot be set.
FLAGS: dict[str, tuple[str, str, Expected]] = {
    "FLAX_FILTER_FRAMES": ("1", "0", _SAME),
    "FLAX_PROFILE": ("1", "0", _SAME),
    "FLAX_USE_ORBAX_CHECKPOINTING": ("1", "0", _SAME),
    "FLAX_PRESERVE_ADOPTED_NAMES": ("0", "1", _SAME),
    "FLAX_RETURN_FROZENDICT": ("0", "1", _SAME),
    "FLAX_FIX_RNG_SEPARATOR": ("0", "1", _SAME),
    "FLAX_USE_FLAXLIB": ("0", "1", _SAME),
    "FLAX_ARRAY_REF": ("0", "1", _SAME),
    "FLAX_PYTREE_MODULE": ("1", "0", _SAME),
    "FLAX_MAX_REPR_DEPTH": ("", "1", _SAME),
    "FLAX_ALWAYS_SHARD_VARIABLE": ("1", "0", _SAME),
    "FLAX_HIJAX_VARIABLE": ("0", "1", _SAME),
    "NNX_GRAPH_MODE": ("1", "0", _SAME),
    "NNX_GRAPH_UPDATES": ("1", "0", _SAME),
    "NNX_SOW_CAPTURE_NOOP": ("0", "1", _SAME),
}


def _setting(name: str, value: str, expected: Expected = _SAME, quick: bool = False) -> Condition:
    return Condition(f"`{name}={value}`", expected, {name: value}, quick=quick)


def _shell() -> Iterator[Condition]:
    yield Condition("`-W error`", _WARNINGS, options=("-W", "error"), quick=True)
    yield _setting("PYTHONWARNINGS", "error", _WARNINGS)
    yield _setting("PYTHONHASHSEED", "random", quick=True)
    yield Condition("no `HOME`", variables={"HOME": None, "USER": None, "LOGNAME": None})
    yield _setting("HOME", "/nonexistent", quick=True)
    ascii_only = {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    yield Condition("a locale without UTF-8", variables=ascii_only, quick=True)


def _jax() -> Iterator[Condition]:
    yield _setting("JAX_ENABLE_X64", "1", _OTHER_KEYS)
    for name, value, why in (
        ("JAX_DEBUG_NANS", "1", "raises for the NaN that properties pass"),
        ("JAX_NUMPY_RANK_PROMOTION", "raise", "raises in modules that add a vector to a matrix, bridged or not"),
        ("JAX_NUMPY_DTYPE_PROMOTION", "strict", "raises in modules that mix dtypes, bridged or not"),
    ):
        yield _setting(name, value, Refused(f"setting {name}={value} {why}: unset {name}"), quick=True)
    yield _setting("JAX_CHECK_TRACER_LEAKS", "1")
    yield _setting("JAX_DISABLE_JIT", "1")
    yield _setting("JAX_THREEFRY_PARTITIONABLE", "1")
    yield _setting("JAX_THREEFRY_PARTITIONABLE", "0")


def _flags() -> Iterator[Condition]:
    defaults = {name: default for name, (default, _, _) in FLAGS.items() if default}
    yield Condition("each `FLAX_` and `NNX_` flag set to its default", variables=defaults)
    for name, (_, value, expected) in FLAGS.items():
        yield _setting(name, value, expected)


def _places() -> Iterator[Condition]:
    yield Condition("a read-only checkout, and no other place for the cache", place="read_only", quick=True)
    yield Condition("a full disk below the cache", place="full_disk", quick=True)
    unwritten = Refused("{place}/report.json: No space left on device; the report is not written")
    report = ("--report", "{place}/report.json", "-k", "sown_values")
    yield Condition("a full disk below `--report`", unwritten, options=report, place="full_disk", quick=True)
    yield Condition("a path with spaces, quotes and letters outside ASCII", place="odd_path", quick=True)
    yield Condition("no network, and a filled cache", place="offline", quick=True)


def _pythons() -> Iterator[Condition]:
    for version in ("3.11", "3.12", "3.13", "3.14"):
        yield Condition(f"Python {version}", python=version)


CONDITIONS = (*_shell(), *_jax(), *_flags(), *_places(), *_pythons())
