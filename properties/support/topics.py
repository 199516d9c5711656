"""What a finding concerns, as a user would say it. No package is needed to read this."""

from collections.abc import Collection

TOPICS = {
    "sharding": "Axis names, partition specs and meshes.",
    "checkpoints": "Saving and restoring variables, and where they are stored.",
    "randomness": "`nnx.Rngs`, seeds, keys and RNG streams.",
    "mutable state": "Collections that a call changes, `mutable` and `sow`.",
    "initialization": "Lazy init, `init` and constructors.",
    "names": "Names of variables, submodules, attributes, arguments and public functions.",
    "transforms": "`jit`, `grad`, `vmap`, `scan` and pytrees of NNX and JAX.",
    "pytree values": "Variables that hold a dict, tuple, dataclass or None instead of one array.",
    "metadata": "AxisMetadata boxes and the metadata of `nnx.Variable`.",
    "debugging tools": "`nnx.tabulate`, intermediates, exceptions and messages.",
    "ToLinen": "An NNX module inside Linen.",
    "bridge.Module": "A Linen-style module that is written in NNX.",
}
# Topics that are modules of their own: who does not name one has none.
MODULES = ("ToLinen", "bridge.Module")

# Other words that users have for them.
WORDS = {
    "mesh": "sharding",
    "partitioned": "sharding",
    "orbax": "checkpoints",
    "msgpack": "checkpoints",
    "rngs": "randomness",
    "dropout": "randomness",
    "batchnorm": "mutable state",
    "sow": "mutable state",
    "jit": "transforms",
    "grad": "transforms",
    "vmap": "transforms",
    "scan": "transforms",
}


def concern(topics: Collection[str], uses: Collection[str]) -> bool:
    """Whether a finding with these topics concerns who uses those.

    One of its topics is used, and if it is about ``MODULES``, one of them is. A finding without topics, and what no
    finding explains, may concern anyone.
    """
    about = [topic for topic in MODULES if topic in topics]
    return not topics or any(topic in uses for topic in about or topics)
