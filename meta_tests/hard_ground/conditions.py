"""The table: each condition under which the suite is tried, and what it does there on the newest release."""

from collections.abc import Iterator

from meta_tests.hard_ground import programs
from meta_tests.hard_ground.condition import Condition, Differs, Expected, Refused, Same
from meta_tests.hard_ground.trying import SELECTION

_SAME = Same()
_WARNINGS = Refused("warnings are errors here, which fails what Flax only warns of: leave out -W error")
_NO_FLAXLIB = Refused("setting FLAX_USE_FLAXLIB=1 needs flaxlib, which is not installed: unset FLAX_USE_FLAXLIB")
_FIRST_WEIGHTS = {"determinism.first_weights": "observed"}
_OTHER_KEYS = Differs(_FIRST_WEIGHTS, "JAX makes another key of a negative seed.", programs.KEY_OF_A_NEGATIVE_SEED)
_OTHER_BITS = Differs(_FIRST_WEIGHTS, "JAX draws other random numbers.", programs.PREFIX_OF_RANDOM_NUMBERS)
_OTHER_PATHS = Differs(_FIRST_WEIGHTS, "Linen makes other keys from paths.", programs.KEYS_OF_PATHS)
_NO_PYTREES = Differs(
    {"state.mutable_call_under[nnx.while_loop-graph=False]": "failed"},
    "`nnx.Module` is no pytree. A known failure of tree mode passes.",
    programs.MODULE_IS_A_PYTREE,
)
_NOT_SHARDED = Differs(
    {"generated.program_agrees[eager_sharding]": "failed"},
    "`nnx.Variable` is not sharded when it is created.",
    programs.VARIABLE_IS_SHARDED,
)
_UPDATES_LOST = Differs(
    {"subjects.jit[BatchNorm]": "failed"},
    "`nnx.jit` loses mutable `ToNNX` calls (`mutable_call_is_lost_in_tree_mode`).",
    programs.MUTABLE_CALL_IN_JIT,
    of_the_bridge=True,
)
_FROZEN = Differs(
    {name: "failed" for name in SELECTION if not name.startswith("to_linen.")},
    "`bridge.lazy_init` raises `IndexError`, because `init` returns a `FrozenDict` "
    "(`return_frozendict_breaks_lazy_init`).",
    programs.LAZY_INIT,
    of_the_bridge=True,
)
_WITHOUT_HIJAX = (
    *("generated.program_agrees[tabulate]", "lazy_init.paths_of_the_state", "state.immutable_call_under[nnx.switch]"),
    *("subjects.init[Attention]", "subjects.msgpack[WeightNorm]", "surface.metadata"),
)
_HIJAX = Differs(
    {name: "failed" for name in SELECTION if name not in _WITHOUT_HIJAX} | {"surface.sown_values": "observed"},
    "The bridge does not know `HijaxVariable`: reading `variables` raises `ValueError` (`hijax_variables_raise`).",
    programs.VARIABLES_OF_A_LAYER,
    of_the_bridge=True,
)

# By flag of Flax: its default, another value, and what is expected with that. An empty default cannot be set.
FLAGS: dict[str, tuple[str, str, Expected]] = {
    "FLAX_FILTER_FRAMES": ("1", "0", _SAME),
    "FLAX_PROFILE": ("1", "0", _SAME),
    "FLAX_USE_ORBAX_CHECKPOINTING": ("1", "0", _SAME),
    "FLAX_PRESERVE_ADOPTED_NAMES": ("0", "1", _SAME),
    "FLAX_RETURN_FROZENDICT": ("0", "1", _FROZEN),
    "FLAX_FIX_RNG_SEPARATOR": ("0", "1", _OTHER_PATHS),
    "FLAX_USE_FLAXLIB": ("0", "1", _NO_FLAXLIB),
    "FLAX_ARRAY_REF": ("0", "1", _SAME),
    "FLAX_PYTREE_MODULE": ("1", "0", _NO_PYTREES),
    "FLAX_MAX_REPR_DEPTH": ("", "1", _SAME),
    "FLAX_ALWAYS_SHARD_VARIABLE": ("1", "0", _NOT_SHARDED),
    "FLAX_HIJAX_VARIABLE": ("0", "1", _HIJAX),
    "NNX_GRAPH_MODE": ("1", "0", _UPDATES_LOST),
    "NNX_GRAPH_UPDATES": ("1", "0", _UPDATES_LOST),
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
        ("JAX_CHECK_TRACER_LEAKS", "1", "searches the whole process for tracers, longer than a property may take"),
        ("JAX_DISABLE_JIT", "1", "compiles nothing, which fails properties of compiled calls"),
        ("JAX_DEBUG_NANS", "1", "raises for the NaN that properties pass"),
        ("JAX_NUMPY_RANK_PROMOTION", "raise", "raises in modules that add a vector to a matrix, bridged or not"),
        ("JAX_NUMPY_DTYPE_PROMOTION", "strict", "raises in modules that mix dtypes, bridged or not"),
    ):
        yield _setting(name, value, Refused(f"setting {name}={value} {why}: unset {name}"), quick=True)
    yield _setting("JAX_THREEFRY_PARTITIONABLE", "1")
    yield _setting("JAX_THREEFRY_PARTITIONABLE", "0", _OTHER_BITS)


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


CONDITIONS = (Condition("nothing is changed", quick=True), *_shell(), *_jax(), *_flags(), *_places(), *_pythons())
