"""Whole programs: metadata of variables in `ToLinen`, and in a round trip."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

program = feature(NnxFeatureKind.PROGRAM)
with_boxes = feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.variables.NNXMeta")
needs_with_partitioning = feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.with_partitioning")

_BLOCK = """
    class Block(nnx.Module):
        def __init__(self, *, rngs):
            self.w = nnx.Param(jnp.full(3, 2.0), power=2)

        def __call__(self, x):
            return x * self.w.value ** self.w.power

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = bridge.to_linen(Block)
    variables = linen.init(jax.random.key(0), x)
"""


@with_boxes
def nnx_meta_to_nnx_variable(builder: NnxProgramBuilder) -> None:
    """`to_nnx_variable` of the box of a parameter with metadata."""
    builder.write_program(
        _BLOCK,
        """
        variable = variables["params"]["w"].to_nnx_variable()
        assert isinstance(variable, nnx.Param)
        assert variable.power == 2
        assert_same(variable.value, jnp.full(3, 2.0))
        """,
    )


@with_boxes
def metadata_round_trip(builder: NnxProgramBuilder) -> None:
    """The metadata of a parameter of an NNX module in `ToLinen` in `ToNNX`."""
    builder.write_program(
        _BLOCK,
        """
        layer = bridge.ToNNX(linen, rngs=nnx.Rngs(0)).lazy_init(x)
        assert layer.w.power == 2
        assert_same(layer(x), x * 4.0)
        """,
    )


@with_boxes
def nnx_meta_contents(builder: NnxProgramBuilder) -> None:
    """The metadata in the box of a parameter, with only what the user set."""
    builder.write_program(
        _BLOCK,
        """
        metadata = variables["params"]["w"].metadata
        assert metadata == {"power": 2}, f"metadata {metadata}"
        """,
    )


@with_boxes
def replace_boxed(builder: NnxProgramBuilder) -> None:
    """Boxes under `nn.meta.unbox` and `nn.meta.replace_boxed`."""
    builder.write_program(
        _BLOCK,
        """
        more = jax.tree.map(lambda leaf: leaf + 1, nn.meta.unbox(variables))
        changed = nn.meta.replace_boxed(variables, more)
        assert type(changed["params"]["w"]) is type(variables["params"]["w"])
        assert_same(linen.apply(changed, x), x * 9.0)
        """,
    )


@with_boxes
def partition_specs_in_a_mesh(builder: NnxProgramBuilder) -> None:
    """`nn.get_partition_spec` of variables with axis names, in a mesh context."""
    builder.write_program(
        """
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                self.w = nnx.Param(jnp.full(3, 2.0), sharding=("data",))

            def __call__(self, x):
                return x * self.w.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        with mesh(["data"]):
            specs = nn.get_partition_spec(bridge.to_linen(Block).init(jax.random.key(0), x))
        spec = specs["params"]["w"]
        assert spec == jax.sharding.PartitionSpec("data"), f"partition spec {spec}"
        """
    )


@needs_with_partitioning
def with_partitioning(builder: NnxProgramBuilder) -> None:
    """The box of a kernel whose initializer is from `bridge.with_partitioning`."""
    given = builder.draw(st.sampled_from(["", ', jax.sharding.Mesh(np.array(jax.devices()[:1]), ("data",))']))
    builder.write_program(
        f"""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        kernel_init = bridge.with_partitioning(nnx.initializers.lecun_normal(), (None, "data"){given})
        linens = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"){given})
        with mesh(["data"]):
            variables = bridge.to_linen(nnx.Linear, 3, 4, kernel_init=kernel_init).init(jax.random.key(0), x)
            wanted = nn.Dense(4, kernel_init=linens).init(jax.random.key(0), x)
        box, other = variables["params"]["kernel"], wanted["params"]["kernel"]
        assert type(box) is type(other) is nn.Partitioned, f"{{type(box).__name__}}"
        assert (box.names, box.mesh) == (other.names, other.mesh), f"{{box.names}}, {{box.mesh}}"
        """
    )
