"""Features of modules: parameters and variables in boxes that carry metadata."""

from hypothesis import strategies as st

from properties.writing import steps
from properties.writing.draft import Draft
from properties.writing.features import Kind, add, part, program

_MESH = 'with mesh(["data"]):'
_MESH_AND_RULES = f'{_MESH[:-1]}, nn.logical_axis_rules([("embed", "data")]):'
_PARTITIONED = 'nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))'
_LOGICALLY = 'nn.with_logical_partitioning(nn.initializers.lecun_normal(), (None, "embed"))'
_MESH_OF_OLD = 'with jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",)):'
_WITH_ITS_MESH = (
    'nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"), '
    'mesh=jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",)))'
)
_WITH_ITS_MADE_MESH = 'nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"), mesh=made_mesh(["data"]))'
_UNNAMED = "nn.with_partitioning(nn.initializers.lecun_normal(), (None, None))"

_BOXES = {
    "partitioned": ("nn.Partitioned, without a mesh", _PARTITIONED, ""),
    "partitioned_in_a_mesh": ("nn.Partitioned, with a mesh", _PARTITIONED, _MESH),
    "partitioned_in_a_mesh_of_old": ("nn.Partitioned, with a mesh as a context of its own", _PARTITIONED, _MESH_OF_OLD),
    "partitioned_with_its_mesh": ("nn.Partitioned that holds its mesh", _WITH_ITS_MESH, ""),
    "partitioned_with_its_made_mesh": ("nn.Partitioned that holds a mesh of jax.make_mesh", _WITH_ITS_MADE_MESH, ""),
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
    draft.has("own box")
    draft.use(_OWN_BOX.strip())
    name = draft.block.fresh("a")
    value = draft.block.define(name, f'self.param("{name}", lambda key: Box(jnp.ones(1), "note"))')
    draft.block.write(f"x = x + {value}")


@part()
def box_that_is_changed(draft: Draft) -> None:
    """A variable in a box of a class of one's own that every mutable call changes."""
    draft.has("own box")
    draft.use(_OWN_BOX.strip())
    draft.changes("counter")
    name = draft.block.fresh("count")
    value = draft.block.define(name, f'self.variable("counter", "{name}", lambda: Box(jnp.zeros(()), "note"))')
    draft.block.write(f"""
        if self.is_mutable_collection("counter"):
            {value}.value = {value}.value + 1
        x = x + {value}.value
    """)


@program()
def partition_spec_of_a_box(draft: Draft) -> None:
    """The partition specs of a layer's state, as nnx.get_partition_spec tells them, are those that its boxes name."""
    box, rules = draft.draw(
        st.sampled_from(
            [("partitioning", ""), ("logical_partitioning", ', nn.logical_axis_rules([("embed", "data")])')]
        )
    )
    axis = "embed" if rules else "data"
    draft.whole(f"""
        kernel_init = nn.with_{box}(nn.initializers.lecun_normal(), (None, "{axis}"))
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        with mesh(["data"]){rules}:
            layer = bridge.ToNNX(nn.Dense(4, kernel_init=kernel_init), rngs=nnx.Rngs(0)).lazy_init(x)
            specs = nnx.get_partition_spec(nnx.state(layer, nnx.Param))
        found = jax.tree.leaves(specs, is_leaf=lambda leaf: isinstance(leaf, jax.sharding.PartitionSpec))
        assert jax.sharding.PartitionSpec(None, "data") in found, f"partition specs {{found}}"
    """)


def _users_box(draft: Draft, box: str, rules: str = "") -> None:
    draft.whole(f"""
        devices = jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",))
        sharding = jax.sharding.NamedSharding(devices, jax.sharding.PartitionSpec("data"))
        BOX = nn.{box}(jax.device_put(jnp.ones(3), sharding), ("data",))

        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return x + self.param("w", lambda key: BOX)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        with mesh(["data"]){rules}:
            layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
            assert getattr(BOX, "names", None) == ("data",), "the box has lost its names"
            layer.lazy_init(x)
    """)


@program()
def box_that_is_the_users(draft: Draft) -> None:
    """An nn.Partitioned that the user holds, and that an initializer returns, is unchanged after lazy_init."""
    _users_box(draft, "Partitioned")


@program()
def logical_box_that_is_the_users(draft: Draft) -> None:
    """An nn.LogicallyPartitioned that the user holds, and that an initializer returns, is unchanged after lazy_init."""
    _users_box(draft, "LogicallyPartitioned", ', nn.logical_axis_rules([("data", "data")])')


@program()
def box_with_a_field_named_sharding(draft: Draft) -> None:
    """A parameter in a user-defined box with a field named ``sharding``, which Flax gives no meaning."""
    draft.has("own box")
    draft.use(_OWN_BOX.replace("note:", "sharding:").strip())
    draft.open(has_setup=False)
    draft.block.write('x = x + self.param("a", lambda key: Box(jnp.ones(1), "note"))')
    steps.init(draft)
    steps.call(draft)


@program()
def traces_in_a_mesh_of_old(draft: Draft) -> None:
    """nnx.jit of a layer with an nn.Partitioned kernel traces once with a mesh as a context of its own."""
    draft.whole(f"""
        traces = []

        @nnx.jit
        def call(layer, x):
            traces.append(1)
            return layer(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        {_MESH_OF_OLD}
            layer = bridge.ToNNX(nn.Dense(3, kernel_init={_PARTITIONED}), rngs=nnx.Rngs(0)).lazy_init(x)
            for _ in range(3):
                call(layer, x)
        assert len(traces) == 1, f"{{len(traces)}} traces"
    """)


@program(needs="nnx.bridge.variables")
def box_under_vmap(draft: Draft) -> None:
    """A layer made by nnx.vmap with an axis name, which the boxes of its parameters then name too."""
    draft.whole("""
        kernel_init = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        with mesh(["layers", "data"]):
            @nnx.vmap(in_axes=0, out_axes=0, transform_metadata={nnx.PARTITION_NAME: "layers"})
            def make(key):
                return bridge.ToNNX(nn.Dense(4, kernel_init=kernel_init), rngs=nnx.Rngs(key)).lazy_init(x)

            layers = make(jax.random.split(jax.random.key(0), 2))
            kernel = linen_variables(layers)["params"]["kernel"]
        assert kernel.names == ("layers", None, "data"), f"the axes are named {kernel.names}"
    """)
