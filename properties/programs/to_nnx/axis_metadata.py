"""Features of modules: parameters and variables in `AxisMetadata` boxes."""

from hypothesis import strategies as st

from properties.programs.to_nnx import steps
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import LinenFeatureKind, add, part, program

_MESH = 'with mesh(["data"]):'
_MESH_AND_RULES = f'{_MESH[:-1]}, nn.logical_axis_rules([("embed", "data")]):'
_PARTITIONED = 'nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))'
_LOGICALLY = 'nn.with_logical_partitioning(nn.initializers.lecun_normal(), (None, "embed"))'
_LEGACY_MESH_CONTEXT = 'with jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",)):'
_WITH_MESH = (
    'nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"), '
    'mesh=jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",)))'
)
_WITH_MAKE_MESH = 'nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"), mesh=made_mesh(["data"]))'
_UNNAMED = "nn.with_partitioning(nn.initializers.lecun_normal(), (None, None))"

_BOXES = {
    "partitioned": ("`nn.Partitioned` without a mesh context", _PARTITIONED, ""),
    "partitioned_in_mesh": ("`nn.Partitioned` in a mesh context", _PARTITIONED, _MESH),
    "partitioned_in_legacy_mesh_context": ("`nn.Partitioned` under `with mesh:`", _PARTITIONED, _LEGACY_MESH_CONTEXT),
    "partitioned_with_mesh_argument": ("`nn.Partitioned` that holds a mesh", _WITH_MESH, ""),
    "partitioned_with_make_mesh_argument": ("`nn.Partitioned` that holds a `jax.make_mesh`", _WITH_MAKE_MESH, ""),
    "partitioned_without_axis_names": ("`nn.Partitioned` without axis names", _UNNAMED, ""),
    "logically_partitioned": ("`nn.LogicallyPartitioned` without a mesh context", _LOGICALLY, ""),
    "logically_partitioned_in_mesh": (
        "`nn.LogicallyPartitioned` with mesh and axis rules",
        _LOGICALLY,
        _MESH_AND_RULES,
    ),
}


def _add(box: str) -> None:
    described, initializer, context = _BOXES[box]

    def write(builder: LinenProgramBuilder) -> None:
        builder.context = context
        builder.has("boxes")
        layer = builder.block.submodule(f"nn.Dense(3, kernel_init={initializer})", "dense")
        builder.block.write(f"x = {layer}(x)")

    # One context holds for the whole program.
    add(box, f"A kernel in {described}.", LinenFeatureKind.PART, write, unless=frozenset({"boxes"}))


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
def custom_axis_metadata(builder: LinenProgramBuilder) -> None:
    """A parameter in a user-defined `AxisMetadata` box with an extra field."""
    builder.has("custom box")
    builder.use(_OWN_BOX.strip())
    name = builder.block.fresh("a")
    value = builder.block.define(name, f'self.param("{name}", lambda key: Box(jnp.ones(1), "note"))')
    builder.block.write(f"x = x + {value}")


@part()
def mutable_custom_axis_metadata(builder: LinenProgramBuilder) -> None:
    """A variable in a user-defined `AxisMetadata` box, which each mutable call changes."""
    builder.has("custom box")
    builder.use(_OWN_BOX.strip())
    builder.changes("counter")
    name = builder.block.fresh("count")
    value = builder.block.define(name, f'self.variable("counter", "{name}", lambda: Box(jnp.zeros(()), "note"))')
    builder.block.write(f"""
        if self.is_mutable_collection("counter"):
            {value}.value = {value}.value + 1
        x = x + {value}.value
    """)


@program()
def get_partition_spec(builder: LinenProgramBuilder) -> None:
    """`nnx.get_partition_spec` of a layer whose kernel is in a partitioned box."""
    box, rules = builder.draw(
        st.sampled_from(
            [("partitioning", ""), ("logical_partitioning", ', nn.logical_axis_rules([("embed", "data")])')]
        )
    )
    axis = "embed" if rules else "data"
    builder.write_program(f"""
        kernel_init = nn.with_{box}(nn.initializers.lecun_normal(), (None, "{axis}"))
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        with mesh(["data"]){rules}:
            layer = bridge.ToNNX(nn.Dense(4, kernel_init=kernel_init), rngs=nnx.Rngs(0)).lazy_init(x)
            specs = nnx.get_partition_spec(nnx.state(layer, nnx.Param))
        found = jax.tree.leaves(specs, is_leaf=lambda leaf: isinstance(leaf, jax.sharding.PartitionSpec))
        assert jax.sharding.PartitionSpec(None, "data") in found, f"partition specs {{found}}"
    """)


def _kept_box(builder: LinenProgramBuilder, box: str, rules: str = "") -> None:
    builder.write_program(f"""
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
            assert getattr(BOX, "names", None) == ("data",), "the box lost its axis names"
            layer.lazy_init(x)
    """)


@program()
def partitioned_kept_by_the_user(builder: LinenProgramBuilder) -> None:
    """An `nn.Partitioned` box that an initializer returns and the user keeps."""
    _kept_box(builder, "Partitioned")


@program()
def logically_partitioned_kept_by_the_user(builder: LinenProgramBuilder) -> None:
    """An `nn.LogicallyPartitioned` box that an initializer returns and the user keeps."""
    _kept_box(builder, "LogicallyPartitioned", ', nn.logical_axis_rules([("data", "data")])')


@program()
def axis_metadata_with_sharding_field(builder: LinenProgramBuilder) -> None:
    """A parameter in a user-defined `AxisMetadata` box with a field named `sharding`."""
    builder.has("custom box")
    builder.use(_OWN_BOX.replace("note:", "sharding:").strip())
    builder.open(has_setup=False)
    builder.block.write('x = x + self.param("a", lambda key: Box(jnp.ones(1), "note"))')
    steps.init(builder)
    steps.call(builder)


@program()
def traces_in_legacy_mesh_context(builder: LinenProgramBuilder) -> None:
    """`nnx.jit` of a layer with an `nn.Partitioned` kernel under `with mesh:`, traced once."""
    builder.write_program(f"""
        traces = []

        @nnx.jit
        def call(layer, x):
            traces.append(1)
            return layer(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        {_LEGACY_MESH_CONTEXT}
            layer = bridge.ToNNX(nn.Dense(3, kernel_init={_PARTITIONED}), rngs=nnx.Rngs(0)).lazy_init(x)
            for _ in range(3):
                call(layer, x)
        assert len(traces) == 1, f"{{len(traces)}} traces"
    """)


@program(needs="nnx.bridge.variables")
def partitioned_under_nnx_vmap(builder: LinenProgramBuilder) -> None:
    """`nn.Partitioned` kernels of layers that `nnx.vmap` creates with an axis name."""
    builder.write_program("""
        kernel_init = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        with mesh(["layers", "data"]):
            @nnx.vmap(in_axes=0, out_axes=0, transform_metadata={nnx.PARTITION_NAME: "layers"})
            def make(key):
                return bridge.ToNNX(nn.Dense(4, kernel_init=kernel_init), rngs=nnx.Rngs(key)).lazy_init(x)

            layers = make(jax.random.split(jax.random.key(0), 2))
            kernel = linen_variables(layers)["params"]["kernel"]
        assert kernel.names == ("layers", None, "data"), f"axis names {kernel.names}"
    """)
