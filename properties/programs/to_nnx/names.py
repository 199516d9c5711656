"""Features of modules: names that Linen allows and that the bridge may use itself."""

import keyword

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import LinenFeatureKind, Style, add

IDENTIFIERS = ["w", "W", "_w", "__w__", "w1", "é", "λ", "名前", "x", "y", "rng", "value", "items", "update"]
NOT_IDENTIFIERS = ["w 1", "0", "w.b", "w-b", "class", "lambda", "[0]"]

# Written down, because which there are differs by release, and programs shall not.
METHODS_OF_NNX = ["train", "eval", "sow", "perturb", "iter_modules", "iter_children", "set_attributes"]
PRIVATE_IN_NNX = [
    "_setattr",
    "_check_value",
    "_check_valid_context",
    "_graph_node_flatten",
    "_graph_node_set_key",
    "_pytree__flatten",
]
STATE_OF_NNX = ["_pytree__state", "_pytree__nodes", "_object__state"]
METHODS_OF_LINEN = ["apply", "bind", "init", "param", "variable", "make_rng", "is_initializing"]
ATTRIBUTES_OF_LINEN = ["name", "parent", "scope", "path", "variables"]
OF_TO_NNX = ["module", "rngs"]
PRIVATE_IN_TO_NNX = ["to_nnx__module", "to_nnx__rngs", "linen_attributes", "linen_collections"]

_POOLS = {
    "an_identifier": ("whose name is an identifier", IDENTIFIERS),
    "a_non_identifier": ("whose name is not an identifier", NOT_IDENTIFIERS),
    "a_method_of_nnx": ("named like a method of `nnx.Module`", METHODS_OF_NNX),
    "a_private_method_of_nnx": ("named like a private method of `nnx.Module`", PRIVATE_IN_NNX),
    "a_state_attribute_of_nnx": ("named like an attribute that stores the state of `nnx.Module`", STATE_OF_NNX),
    "a_method_of_linen": ("named like a method of `nn.Module`", METHODS_OF_LINEN),
    "an_attribute_of_linen": ("named like an attribute of `nn.Module`", ATTRIBUTES_OF_LINEN),
    "lazy_init": ("named `lazy_init`", ["lazy_init"]),
    "an_attribute_of_to_nnx": ("named `module` or `rngs`", OF_TO_NNX),
    "a_private_attribute_of_to_nnx": ("named like a private attribute of `ToNNX`", PRIVATE_IN_TO_NNX),
    "a_reserved_prefix": ("named `to_nnx__x` or `_pytree__x`", ["to_nnx__x", "_pytree__x"]),
}


_OTHERS = frozenset(name for pool, (_, names) in _POOLS.items() if pool != "an_identifier" for name in names)
_ANY_IDENTIFIER = st.from_regex(r"[^\W\d]\w{0,7}", fullmatch=True).filter(
    lambda name: name.isidentifier() and not keyword.iskeyword(name) and name not in _OTHERS
)


def _name(builder: LinenProgramBuilder, pool: list[str]) -> str:
    names = st.sampled_from(pool)
    return builder.block.fresh(builder.draw(names | _ANY_IDENTIFIER if pool is IDENTIFIERS else names))


def _add(pool: str) -> None:
    described, names = _POOLS[pool]

    def param(builder: LinenProgramBuilder) -> None:
        builder.block.write(f'x = x + self.param("{_name(builder, names)}", nn.initializers.normal(), (1,))')

    def submodule(builder: LinenProgramBuilder) -> None:
        builder.block.write(f'x = nn.Dense(3, name="{_name(builder, names)}")(x)')

    def variable(builder: LinenProgramBuilder) -> None:
        builder.changes("counter")
        builder.block.write(f"""
            count = self.variable("counter", "{_name(builder, names)}", jnp.zeros, ())
            if self.is_mutable_collection("counter"):
                count.value += 1
            x = x + count.value
        """)

    for write in (param, submodule, variable):
        described_as = f"A {write.__name__} {described}."
        add(f"{write.__name__}_named_as_{pool}", described_as, LinenFeatureKind.PART, write, styles=(Style.COMPACT,))


for _pool in _POOLS:
    _add(_pool)
