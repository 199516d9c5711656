"""Features of modules: what a variable can hold."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import LinenFeatureKind, add

# By name: a description, an expression that creates it, and the expression that is added to x.
_LEAVES = {
    "python_int": ("a Python `int`", "2", "{}"),
    "python_float": ("a Python `float`", "0.5", "{}"),
    "python_bool": ("a Python `bool`", "True", "{}"),
    "scalar_array": ("a scalar array", "jnp.ones(())", "{}"),
    "int_array": ("an integer array", "jnp.arange(1)", "{}"),
    "bool_array": ("a Boolean array", "jnp.ones(1, bool)", "{}"),
    "bfloat16_array": ("a bfloat16 array", "jnp.ones(1, jnp.bfloat16)", "{}"),
    "empty_array": ("an empty array", "jnp.ones(0)", "{}.sum()"),
    "numpy_array": ("a NumPy array", "np.ones(1, np.float32)", "{}"),
    "numpy_scalar": ("a NumPy scalar", "np.float32(1)", "{}"),
    "prng_key": ("a typed PRNG key", "jax.random.key(3)", "jax.random.normal({}, (1,))"),
    "tuple": ("a tuple of arrays", "(jnp.zeros(1), jnp.ones(1))", "{}[1]"),
    "empty_tuple": ("an empty tuple", "()", "len({})"),
    "list": ("a list of arrays", "[jnp.zeros(1), jnp.ones(1)]", "{}[1]"),
    "dict": ("a dict of arrays", '{{"u": jnp.ones(1), "v": jnp.zeros(1)}}', '{}["u"]'),
    "dict_with_int_keys": ("a dict with integer keys", "{{0: jnp.ones(1), 1: jnp.zeros(1)}}", "{}[0]"),
    "nested_dict": ("a dict in a dict", '{{"u": {{"v": jnp.ones(1)}}}}', '{}["u"]["v"]'),
    "empty_dict": ("an empty dict", "{{}}", "len({})"),
    "frozen_dict": ("a `FrozenDict`", 'flax.core.freeze({{"u": jnp.ones(1)}})', '{}["u"]'),
    "tuple_in_a_dict": ("a tuple in a dict", '{{"u": (jnp.ones(1), jnp.zeros(1))}}', '{}["u"][0]'),
    "dict_in_a_tuple": ("a dict in a tuple", '({{"u": jnp.ones(1)}}, jnp.zeros(1))', '{}[0]["u"]'),
    "named_tuple": ("a named tuple", "Pair(jnp.ones(1), jnp.zeros(1))", "{}.u"),
    "struct_dataclass": ("a `flax.struct.dataclass`", "Struct(jnp.ones(1), jnp.zeros(1))", "{}.u"),
    "none": ("`None`", "None", "({} is None)"),
    "string": ("a string", '"label"', "len({})"),
}

_HELPERS = {
    "named_tuple": ("import collections", 'Pair = collections.namedtuple("Pair", "u v")'),
    "struct_dataclass": ("@flax.struct.dataclass\nclass Struct:\n    u: jax.Array\n    v: jax.Array",),
}

# Linen traces the initializer of a parameter, which returns only arrays.
_NO_PARAMETER = {"string", "none"}
_CONTAINERS = {
    "tuple",
    "empty_tuple",
    "list",
    "dict",
    "dict_with_int_keys",
    "nested_dict",
    "empty_dict",
    "frozen_dict",
    "tuple_in_a_dict",
    "dict_in_a_tuple",
    "named_tuple",
    "struct_dataclass",
}
_NO_ARRAYS = {"python_int", "python_float", "python_bool", "string"}


def _add(leaf: str) -> None:
    described, made, used = _LEAVES[leaf]
    made = made.format()

    def constant(builder: LinenProgramBuilder) -> None:
        name = builder.block.fresh("c")
        value = builder.block.define(name, f'self.variable("constants", "{name}", lambda: {made})')
        builder.block.write(f"x = x + {used.format(f'{value}.value')}")

    def parameter(builder: LinenProgramBuilder) -> None:
        if leaf in _CONTAINERS:
            builder.has("container")
        name = builder.block.fresh("a")
        value = builder.block.define(name, f'self.param("{name}", lambda key: {made})')
        builder.block.write(f"x = x + {used.format(value)}")

    def written_again(builder: LinenProgramBuilder) -> None:
        builder.changes("cache")
        name = builder.block.fresh("c")
        value = builder.block.define(name, f'self.variable("cache", "{name}", lambda: {made})')
        builder.block.write(f"""
            if self.is_mutable_collection("cache"):
                {value}.value = {made}
            x = x + {used.format(f"{value}.value")}
        """)

    def write(builder: LinenProgramBuilder) -> None:
        if leaf in _NO_ARRAYS:
            builder.has("no array")
        builder.use(*_HELPERS.get(leaf, ()))
        ways = [constant, written_again] if leaf in _NO_PARAMETER else [constant, parameter, written_again]
        builder.draw(st.sampled_from(ways))(builder)

    add(f"value_{leaf}", f"A variable or parameter that holds {described}.", LinenFeatureKind.PART, write)


for _leaf in _LEAVES:
    _add(_leaf)
