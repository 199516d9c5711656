"""The public names of Flax in a program's files, and the topics that the program uses."""

import re
import warnings
from collections.abc import Iterable
from pathlib import Path

from properties.support.topics import TOPICS
from reports.capture.seen import Seen
from reports.code.expressions import Expressions

_OF_FLAX = re.compile(r"(nn|nnx|bridge|flax)\.\w")
# Names, in short, whose use is the use of a topic.
_NAMES = {
    "sharding": r"jax\.(sharding|set_mesh|make_mesh|shard_map|NamedSharding)"
    r"|(nn|nnx|bridge)\.(with_(logical_)?partitioning|with_(logical|sharding)_constraint|(Logically)?Partitioned"
    r"|get_(partition_spec|named_sharding|sharding)|logical_(axis_rules|to_mesh)|use_eager_sharding)",
    "checkpoints": r"orbax\.|flax\.(serialization|training\.(checkpoints|orbax_utils))"
    r"|nnx\.(to_pure_dict|replace_by_pure_dict|restore_int_paths)",
    "randomness": r"nnx\.(Rngs|RngStream|split_rngs|fork|reseed|backup_keys|restore_rngs)|(nn|nnx)\.Dropout",
    "mutable state": r"(nn|nnx)\.(BatchNorm|SpectralNorm)",
    "initialization": r"bridge\.lazy_init",
    "transforms": r"jax\.(jit|grad|value_and_grad|vmap|pmap|jacfwd|jacrev|hessian|checkpoint|remat|eval_shape|tree)"
    r"|jax\.lax\.(scan|cond|while_loop|fori_loop|map|switch)"
    r"|nnx\.(jit|grad|value_and_grad|vmap|pmap|scan|remat|cond|switch|while_loop|fori_loop|custom_vjp|eval_shape"
    r"|split|merge|cached_partial|shard_map)",
    "metadata": r"nnx\.(with_metadata|VariableMetadata)|bridge\.NNXMeta|nn\.meta\.",
    "debugging tools": r"(nn|nnx)\.(tabulate|display|pop|capture\w*|Intermediate)",
    "ToLinen": r"bridge\.(ToLinen|to_linen|to_linen_class)",
    "bridge.Module": r"bridge\.(Module|compact|Scope|current_\w+)",
}


def names_in(paths: Iterable[str]) -> set[str]:
    """The full names, in short, of what the files name; a file that cannot be read names nothing."""
    return {name for path in paths for name in _names_of(path)}


def _names_of(path: str) -> set[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source = Expressions(Path(path).read_bytes())
        return {name for node in source.expressions for name in source.names(node)}
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def of_flax(names: Iterable[str]) -> list[str]:
    """Those of Flax, sorted."""
    return sorted(name for name in names if _OF_FLAX.match(name))


def topics(seen: Seen, names: Iterable[str]) -> list[str]:
    """What calls show and what names say, in the order of the list of topics."""
    found = {"names", "initialization"} if seen.modules else set()
    found |= {topic for call in seen.calls for topic in call.topics}
    found |= {"mutable state" for call in seen.calls if call.mutable}
    found |= {"randomness" for call in seen.calls if call.streams}
    found |= {"sharding" for call in seen.calls if call.mesh}
    found |= {"transforms" for call in seen.calls if call.traced}
    found |= {topic for topic, pattern in _NAMES.items() if any(re.match(pattern, name) for name in names)}
    return [topic for topic in TOPICS if topic in found]
