"""Features of modules: parameters and variables in boxes that carry metadata."""

from properties.writing.draft import Draft
from properties.writing.features import Kind, add, part

_MESH = 'with mesh(["data"]):'
_MESH_AND_RULES = f'{_MESH[:-1]}, nn.logical_axis_rules([("embed", "data")]):'
_PARTITIONED = 'nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))'
_LOGICALLY = 'nn.with_logical_partitioning(nn.initializers.lecun_normal(), (None, "embed"))'
_UNNAMED = "nn.with_partitioning(nn.initializers.lecun_normal(), (None, None))"

_BOXES = {
    "partitioned": ("nn.Partitioned, without a mesh", _PARTITIONED, ""),
    "partitioned_in_a_mesh": ("nn.Partitioned, with a mesh", _PARTITIONED, _MESH),
    "partitioned_without_names": ("nn.Partitioned that names no axis", _UNNAMED, ""),
    "logically_partitioned": ("nn.LogicallyPartitioned, without a mesh", _LOGICALLY, ""),
    "logically_partitioned_in_a_mesh": ("nn.LogicallyPartitioned, with a mesh and rules", _LOGICALLY, _MESH_AND_RULES),
}


def _add(box: str) -> None:
    described, initializer, context = _BOXES[box]

    def write(draft: Draft) -> None:
        draft.context = context
        draft.has("boxes")
        layer = draft.block.submodule(f"nn.Dense(3, kernel_init={initializer})", "dense")
        draft.block.write(f"x = {layer}(x)")

    # One context holds for the whole program.
    add(f"box_{box}", f"A kernel in {described}.", Kind.PART, write, unless=frozenset({"boxes"}))


for _box in _BOXES:
    _add(_box)

_OWN_BOX = """
@flax.struct.dataclass
class Box(flax.core.meta.AxisMetadata):
    value: jax.Array
    note: str = flax.struct.field(default="", pytree_node=False)

    def unbox(self):
        return self.value

    def replace_boxed(self, value):
        return self.replace(value=value)

    def add_axis(self, index, params):
        return self

    def remove_axis(self, index, params):
        return self
"""


@part()
def box_of_ones_own(draft: Draft) -> None:
    """A parameter in a box of a class of one's own, which has a field of its own."""
    draft.use(_OWN_BOX.strip())
    name = draft.block.fresh("a")
    value = draft.block.define(name, f'self.param("{name}", lambda key: Box(jnp.ones(1), "note"))')
    draft.block.write(f"x = x + {value}")


@part()
def box_that_is_changed(draft: Draft) -> None:
    """A variable in a box of a class of one's own that every mutable call changes."""
    draft.use(_OWN_BOX.strip())
    draft.changes("counter")
    name = draft.block.fresh("count")
    value = draft.block.define(name, f'self.variable("counter", "{name}", lambda: Box(jnp.zeros(()), "note"))')
    draft.block.write(f"""
        if self.is_mutable_collection("counter"):
            {value}.value = {value}.value + 1
        x = x + {value}.value
    """)
