"""How a `ToLinen` module is constructed: each function sets ``linen`` and is a feature."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

constructor = feature(NnxFeatureKind.CONSTRUCTOR)
around = feature(NnxFeatureKind.AROUND)


@constructor
def to_linen(builder: NnxProgramBuilder) -> None:
    """`bridge.to_linen` with positional constructor arguments."""
    builder.linen = f"bridge.to_linen({', '.join(['Block', *builder.arguments.values()])})"


@constructor
def keyword_arguments(builder: NnxProgramBuilder) -> None:
    """`bridge.to_linen` with constructor arguments by keyword."""
    _offset(builder)
    named = (f"{name}={value}" for name, value in builder.arguments.items())
    builder.linen = f"bridge.to_linen({', '.join(['Block', *named])})"


@constructor
def to_linen_fields(builder: NnxProgramBuilder) -> None:
    """`bridge.ToLinen` with constructor arguments in `args` or `kwargs`."""
    _offset(builder)
    if builder.draw(st.booleans()):
        builder.has("no hash")  # as a dictionary
        given = "kwargs={" + ", ".join(f'"{name}": {value}' for name, value in builder.arguments.items()) + "}"
    else:
        given = f"args=({', '.join(builder.arguments.values())},)"
    builder.linen = f"bridge.ToLinen(Block, {given})"


@constructor
def factory_function(builder: NnxProgramBuilder) -> None:
    """`bridge.to_linen` of a function that builds the NNX module."""
    values = builder.values("**kwargs")
    builder.surround(f"def make(**kwargs):\n    return Block({values})")
    builder.linen = "bridge.to_linen(make)"
    builder.has("factory")


@feature(NnxFeatureKind.AROUND, tried_with="counter")
def skip_rng(builder: NnxProgramBuilder) -> None:
    """`bridge.ToLinen` with `skip_rng=True`, of a constructor without `rngs`."""
    builder.seeded = False
    builder.linen = f"bridge.ToLinen(Block, {_args(builder)}skip_rng=True)"


@feature(NnxFeatureKind.AROUND, tried_with="counter", needs="nnx.bridge.to_linen(skip_rng)")
def to_linen_skip_rng(builder: NnxProgramBuilder) -> None:
    """`bridge.to_linen` with `skip_rng=True`, of a constructor without `rngs`."""
    builder.seeded = False
    builder.linen = f"bridge.to_linen({', '.join(['Block', *builder.arguments.values(), 'skip_rng=True'])})"


@feature(NnxFeatureKind.AROUND, tried_with="counter", needs="nnx.bridge.wrappers.to_linen_class")
def to_linen_class_without_rngs(builder: NnxProgramBuilder) -> None:
    """A subclass of `to_linen_class` with `base_skip_rng=True`."""
    builder.seeded = False
    named = ", ".join(f"{name}={value}" for name, value in builder.arguments.items())
    builder.surround(_subclass("base_skip_rng=True"))
    builder.linen = f"Wrapped({named})"


@feature(NnxFeatureKind.CONSTRUCTOR, "sharded", needs="nnx.bridge.to_linen(metadata_fn)")
def without_boxes(builder: NnxProgramBuilder) -> None:
    """`bridge.to_linen` with `metadata_fn=None`."""
    _weight_without_box(builder)
    builder.linen = f"bridge.to_linen({', '.join(['Block', *builder.arguments.values(), 'metadata_fn=None'])})"


@feature(NnxFeatureKind.CONSTRUCTOR, "sharded", "container", "plain array", needs="nnx.bridge.to_linen(metadata_fn)")
def custom_metadata_fn(builder: NnxProgramBuilder) -> None:
    """`bridge.to_linen` with a user-defined `metadata_fn`."""
    builder.surround("def boxed(variable):\n    return nn.Partitioned(variable.value, names=())")
    builder.linen = f"bridge.to_linen({', '.join(['Block', *builder.arguments.values(), 'metadata_fn=boxed'])})"
    builder.steps.append(
        "boxes = jax.tree.leaves(variables, is_leaf=lambda leaf: isinstance(leaf, nn.Partitioned))\n"
        "assert {type(box) for box in boxes} == {nn.Partitioned}"
    )


# It came with `to_linen_class`.
@feature(NnxFeatureKind.CONSTRUCTOR, needs="nnx.bridge.wrappers.to_linen_class")
def constructor_arguments_as_attributes(builder: NnxProgramBuilder) -> None:
    """Constructor arguments read as attributes of the `ToLinen` module."""
    _offset(builder)
    builder.linen = (
        f"bridge.to_linen(Block, {', '.join(f'{name}={value}' for name, value in builder.arguments.items())})"
    )
    builder.steps.append("assert linen.offset == 1.0")


@feature(NnxFeatureKind.CONSTRUCTOR, needs="nnx.bridge.to_linen(abstract_init)")
def abstract_init(builder: NnxProgramBuilder) -> None:
    """`bridge.to_linen` with `abstract_init=True` or `abstract_init=False`."""
    abstract = builder.draw(st.booleans())
    builder.linen = f"bridge.to_linen({', '.join(['Block', *builder.arguments.values(), f'abstract_init={abstract}'])})"


@feature(NnxFeatureKind.CONSTRUCTOR, needs="nnx.bridge.wrappers.to_linen_class")
def to_linen_class(builder: NnxProgramBuilder) -> None:
    """A Linen class from `to_linen_class`."""
    _offset(builder)
    named = ", ".join(f"{name}={value}" for name, value in builder.arguments.items())
    builder.linen = f"bridge.wrappers.to_linen_class(Block)({named})"


@feature(NnxFeatureKind.CONSTRUCTOR, needs="nnx.bridge.wrappers.to_linen_class")
def subclass_of_to_linen_class(builder: NnxProgramBuilder) -> None:
    """A subclass of `to_linen_class` with constructor arguments of the class and of the instance."""
    _offset(builder)
    named = ", ".join(f"{name}={value}" for name, value in builder.arguments.items())
    at_class, at_instance = builder.draw(
        st.sampled_from([("", named), (named, ""), (named.replace("offset=1.0", "offset=5.0"), "offset=1.0")])
    )
    builder.surround(_subclass(at_class))
    builder.linen = f"Wrapped({at_instance})"


@feature(NnxFeatureKind.CONSTRUCTOR, needs="nnx.bridge.wrappers.to_linen_class")
def to_linen_class_with_args(builder: NnxProgramBuilder) -> None:
    """A subclass of `to_linen_class` with constructor arguments in `args`."""
    _offset(builder)
    builder.surround(_subclass(""))
    builder.linen = f"Wrapped(args=({', '.join(builder.arguments.values())},))"


@feature(NnxFeatureKind.CONSTRUCTOR, "sharded", needs="nnx.bridge.wrappers.to_linen_class")
def to_linen_class_without_boxes(builder: NnxProgramBuilder) -> None:
    """A subclass of `to_linen_class` with a `base_metadata_fn` that returns plain values."""
    _weight_without_box(builder)
    builder.surround("def opened(variable):\n    return variable.value")
    builder.surround(_subclass("base_metadata_fn=opened"))
    named = ", ".join(f"{name}={value}" for name, value in builder.arguments.items())
    builder.linen = f"Wrapped({named})"


@around
def remat(builder: NnxProgramBuilder) -> None:
    """`nn.remat` of `bridge.ToLinen`."""
    _lifted(builder, "nn.remat")


@around
def lifted_jit(builder: NnxProgramBuilder) -> None:
    """`nn.jit` of `bridge.ToLinen`."""
    _lifted(builder, "nn.jit")
    builder.direct = "nnx.jit(lambda block, x: block{method}(x))(block, {arguments})"


@around
def compact_linen_parent(builder: NnxProgramBuilder) -> None:
    """A `ToLinen` module in a compact Linen module, with and without a name."""
    name = builder.draw(st.sampled_from(["", "inner"]))
    made = ", ".join(["Block", *builder.arguments.values(), *([f'name="{name}"'] if name else [])])
    builder.surround(
        "class Linen(nn.Module):\n"
        "    @nn.compact\n"
        "    def __call__(self, x):\n"
        f"        return bridge.to_linen({made})(x)"
    )
    _twin(builder, [name or "ToLinen_0"], [f"return self.{name or 'ToLinen_0'}(x)"])


@around
def setup_linen_parent(builder: NnxProgramBuilder) -> None:
    """A `ToLinen` module in the `setup` of a Linen module."""
    made = ", ".join(["Block", *builder.arguments.values()])
    builder.surround(
        "class Linen(nn.Module):\n"
        "    def setup(self):\n"
        f"        self.inner = bridge.to_linen({made})\n"
        '        self.scale = self.param("scale", nn.initializers.constant(3.0), ())\n\n'
        "    def __call__(self, x):\n"
        "        return self.inner(x) * self.scale"
    )
    _twin(builder, ["inner"], ["return self.inner(x) * self.scale[...]"], ["self.scale = nnx.Param(jnp.zeros(()))"])


@around
def two_in_a_linen_parent(builder: NnxProgramBuilder) -> None:
    """Two `ToLinen` modules in a Linen module."""
    made = ", ".join(["Block", *builder.arguments.values()])
    builder.surround(
        "class Linen(nn.Module):\n"
        "    @nn.compact\n"
        "    def __call__(self, x):\n"
        f"        return bridge.to_linen({made})(x), bridge.to_linen({made})(x)"
    )
    _twin(builder, ["ToLinen_0", "ToLinen_1"], ["return self.ToLinen_0(x), self.ToLinen_1(x)"])


@around
def shared_in_a_linen_parent(builder: NnxProgramBuilder) -> None:
    """A `ToLinen` module that a Linen module calls twice."""
    made = ", ".join(["Block", *builder.arguments.values()])
    builder.surround(
        "class Linen(nn.Module):\n"
        "    def setup(self):\n"
        f"        self.inner = bridge.to_linen({made})\n\n"
        "    def __call__(self, x):\n"
        "        return self.inner(x), self.inner(-x)"
    )
    _twin(builder, ["inner"], ["return self.inner(x), self.inner(-x)"])


def _offset(builder: NnxProgramBuilder) -> None:
    """A constructor argument that the module adds to x."""
    name = builder.argument("offset", "1.0")
    builder.body.append(f"x = x + {builder.attribute(name, name)}")


def _weight_without_box(builder: NnxProgramBuilder) -> None:
    """A parameter with metadata, which Linen gets as a plain array and not in a box."""
    name = builder.fresh("w")
    builder.body.append(f"x = x * {builder.attribute(name, f'nnx.Param(jnp.full({builder.width}, 2.0), note=1)')}[...]")
    builder.steps.append(f"assert type(variables['params']['{name}']) is type(jnp.zeros(()))")


def _twin(builder: NnxProgramBuilder, names: list[str], body: list[str], more: list[str] | None = None) -> None:
    """The Linen parent that was written last, as an NNX module."""
    block = f"Block({builder.values('rngs=rngs')})"
    lines = [*(f"self.{name} = {block}" for name in names), *(more or [])]
    builder.surround(
        "class NNX(nnx.Module):\n"
        "    def __init__(self, rngs):\n"
        + "".join(f"        {line}\n" for line in lines)
        + "\n    def __call__(self, x):\n"
        + "\n".join(f"        {line}" for line in body)
    )
    builder.oracle, builder.linen = "NNX", "Linen()"
    builder.keys_are_known = False


def _subclass(arguments: str) -> str:
    """``Wrapped``, a subclass of `to_linen_class`."""
    given = ", ".join(["Block", *([arguments] if arguments else [])])
    return f"class Wrapped(bridge.wrappers.to_linen_class({given})):\n    pass"


def _lifted(builder: NnxProgramBuilder, transform: str) -> None:
    builder.keys_are_known = False
    args = f", args=({', '.join(builder.arguments.values())},)" if builder.arguments else ""
    builder.linen = f"{transform}(bridge.ToLinen)(Block{args})"


def _args(builder: NnxProgramBuilder) -> str:
    return f"args=({', '.join(builder.arguments.values())},), " if builder.arguments else ""
