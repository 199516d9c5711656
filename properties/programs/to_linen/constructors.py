"""How a `ToLinen` module is constructed: each function sets ``linen`` and is a feature."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import Draft
from properties.programs.to_linen.features import Kind, feature

making = feature(Kind.MAKING)
around = feature(Kind.AROUND)


@making
def to_linen(draft: Draft) -> None:
    """`bridge.to_linen` with positional constructor arguments."""
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values()])})"


@making
def keyword_arguments(draft: Draft) -> None:
    """`bridge.to_linen` with constructor arguments by keyword."""
    _offset(draft)
    named = (f"{name}={value}" for name, value in draft.arguments.items())
    draft.linen = f"bridge.to_linen({', '.join(['Block', *named])})"


@making
def to_linen_fields(draft: Draft) -> None:
    """`bridge.ToLinen` with constructor arguments in `args` or `kwargs`."""
    _offset(draft)
    if draft.draw(st.booleans()):
        draft.has("no hash")  # as a dictionary
        given = "kwargs={" + ", ".join(f'"{name}": {value}' for name, value in draft.arguments.items()) + "}"
    else:
        given = f"args=({', '.join(draft.arguments.values())},)"
    draft.linen = f"bridge.ToLinen(Block, {given})"


@making
def factory_function(draft: Draft) -> None:
    """`bridge.to_linen` of a function that builds the NNX module."""
    values = draft.values("**kwargs")
    draft.surround(f"def make(**kwargs):\n    return Block({values})")
    draft.linen = "bridge.to_linen(make)"
    draft.has("factory")


@feature(Kind.AROUND, tried_with="counter")
def skip_rng(draft: Draft) -> None:
    """`bridge.ToLinen` with `skip_rng=True`, of a constructor without `rngs`."""
    draft.seeded = False
    draft.linen = f"bridge.ToLinen(Block, {_args(draft)}skip_rng=True)"


@feature(Kind.AROUND, tried_with="counter", needs="nnx.bridge.to_linen(skip_rng)")
def to_linen_skip_rng(draft: Draft) -> None:
    """`bridge.to_linen` with `skip_rng=True`, of a constructor without `rngs`."""
    draft.seeded = False
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values(), 'skip_rng=True'])})"


@feature(Kind.AROUND, tried_with="counter", needs="nnx.bridge.wrappers.to_linen_class")
def to_linen_class_without_rngs(draft: Draft) -> None:
    """A subclass of `to_linen_class` with `base_skip_rng=True`."""
    draft.seeded = False
    named = ", ".join(f"{name}={value}" for name, value in draft.arguments.items())
    draft.surround(_subclass("base_skip_rng=True"))
    draft.linen = f"Wrapped({named})"


@feature(Kind.MAKING, "sharded", needs="nnx.bridge.to_linen(metadata_fn)")
def without_boxes(draft: Draft) -> None:
    """`bridge.to_linen` with `metadata_fn=None`."""
    _weight_without_box(draft)
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values(), 'metadata_fn=None'])})"


@feature(Kind.MAKING, "sharded", "container", "plain array", needs="nnx.bridge.to_linen(metadata_fn)")
def custom_metadata_fn(draft: Draft) -> None:
    """`bridge.to_linen` with a user-defined `metadata_fn`."""
    draft.surround("def boxed(variable):\n    return nn.Partitioned(variable.value, names=())")
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values(), 'metadata_fn=boxed'])})"
    draft.steps.append(
        "boxes = jax.tree.leaves(variables, is_leaf=lambda leaf: isinstance(leaf, nn.Partitioned))\n"
        "assert {type(box) for box in boxes} == {nn.Partitioned}"
    )


# It came with `to_linen_class`.
@feature(Kind.MAKING, needs="nnx.bridge.wrappers.to_linen_class")
def constructor_arguments_as_attributes(draft: Draft) -> None:
    """Constructor arguments read as attributes of the `ToLinen` module."""
    _offset(draft)
    draft.linen = f"bridge.to_linen(Block, {', '.join(f'{name}={value}' for name, value in draft.arguments.items())})"
    draft.steps.append("assert linen.offset == 1.0")


@feature(Kind.MAKING, needs="nnx.bridge.to_linen(abstract_init)")
def abstract_init(draft: Draft) -> None:
    """`bridge.to_linen` with `abstract_init=True` or `abstract_init=False`."""
    abstract = draft.draw(st.booleans())
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values(), f'abstract_init={abstract}'])})"


@feature(Kind.MAKING, needs="nnx.bridge.wrappers.to_linen_class")
def to_linen_class(draft: Draft) -> None:
    """A Linen class from `to_linen_class`."""
    _offset(draft)
    named = ", ".join(f"{name}={value}" for name, value in draft.arguments.items())
    draft.linen = f"bridge.wrappers.to_linen_class(Block)({named})"


@feature(Kind.MAKING, needs="nnx.bridge.wrappers.to_linen_class")
def subclass_of_to_linen_class(draft: Draft) -> None:
    """A subclass of `to_linen_class` with constructor arguments of the class and of the instance."""
    _offset(draft)
    named = ", ".join(f"{name}={value}" for name, value in draft.arguments.items())
    at_class, at_instance = draft.draw(
        st.sampled_from([("", named), (named, ""), (named.replace("offset=1.0", "offset=5.0"), "offset=1.0")])
    )
    draft.surround(_subclass(at_class))
    draft.linen = f"Wrapped({at_instance})"


@feature(Kind.MAKING, needs="nnx.bridge.wrappers.to_linen_class")
def to_linen_class_with_args(draft: Draft) -> None:
    """A subclass of `to_linen_class` with constructor arguments in `args`."""
    _offset(draft)
    draft.surround(_subclass(""))
    draft.linen = f"Wrapped(args=({', '.join(draft.arguments.values())},))"


@feature(Kind.MAKING, "sharded", needs="nnx.bridge.wrappers.to_linen_class")
def to_linen_class_without_boxes(draft: Draft) -> None:
    """A subclass of `to_linen_class` with a `base_metadata_fn` that returns plain values."""
    _weight_without_box(draft)
    draft.surround("def opened(variable):\n    return variable.value")
    draft.surround(_subclass("base_metadata_fn=opened"))
    named = ", ".join(f"{name}={value}" for name, value in draft.arguments.items())
    draft.linen = f"Wrapped({named})"


@around
def remat(draft: Draft) -> None:
    """`nn.remat` of `bridge.ToLinen`."""
    _lifted(draft, "nn.remat")


@around
def lifted_jit(draft: Draft) -> None:
    """`nn.jit` of `bridge.ToLinen`."""
    _lifted(draft, "nn.jit")
    draft.direct = "nnx.jit(lambda block, x: block{method}(x))(block, {arguments})"


@around
def compact_linen_parent(draft: Draft) -> None:
    """A `ToLinen` module in a compact Linen module, with and without a name."""
    name = draft.draw(st.sampled_from(["", "inner"]))
    made = ", ".join(["Block", *draft.arguments.values(), *([f'name="{name}"'] if name else [])])
    draft.surround(
        "class Linen(nn.Module):\n"
        "    @nn.compact\n"
        "    def __call__(self, x):\n"
        f"        return bridge.to_linen({made})(x)"
    )
    _twin(draft, [name or "ToLinen_0"], [f"return self.{name or 'ToLinen_0'}(x)"])


@around
def setup_linen_parent(draft: Draft) -> None:
    """A `ToLinen` module in the `setup` of a Linen module."""
    made = ", ".join(["Block", *draft.arguments.values()])
    draft.surround(
        "class Linen(nn.Module):\n"
        "    def setup(self):\n"
        f"        self.inner = bridge.to_linen({made})\n"
        '        self.scale = self.param("scale", nn.initializers.constant(3.0), ())\n\n'
        "    def __call__(self, x):\n"
        "        return self.inner(x) * self.scale"
    )
    _twin(draft, ["inner"], ["return self.inner(x) * self.scale[...]"], ["self.scale = nnx.Param(jnp.zeros(()))"])


@around
def two_in_a_linen_parent(draft: Draft) -> None:
    """Two `ToLinen` modules in a Linen module."""
    made = ", ".join(["Block", *draft.arguments.values()])
    draft.surround(
        "class Linen(nn.Module):\n"
        "    @nn.compact\n"
        "    def __call__(self, x):\n"
        f"        return bridge.to_linen({made})(x), bridge.to_linen({made})(x)"
    )
    _twin(draft, ["ToLinen_0", "ToLinen_1"], ["return self.ToLinen_0(x), self.ToLinen_1(x)"])


@around
def shared_in_a_linen_parent(draft: Draft) -> None:
    """A `ToLinen` module that a Linen module calls twice."""
    made = ", ".join(["Block", *draft.arguments.values()])
    draft.surround(
        "class Linen(nn.Module):\n"
        "    def setup(self):\n"
        f"        self.inner = bridge.to_linen({made})\n\n"
        "    def __call__(self, x):\n"
        "        return self.inner(x), self.inner(-x)"
    )
    _twin(draft, ["inner"], ["return self.inner(x), self.inner(-x)"])


def _offset(draft: Draft) -> None:
    """A constructor argument that the module adds to x."""
    name = draft.argument("offset", "1.0")
    draft.body.append(f"x = x + {draft.attribute(name, name)}")


def _weight_without_box(draft: Draft) -> None:
    """A parameter with metadata, which Linen gets as a plain array and not in a box."""
    name = draft.fresh("w")
    draft.body.append(f"x = x * {draft.attribute(name, f'nnx.Param(jnp.full({draft.width}, 2.0), note=1)')}[...]")
    draft.steps.append(f"assert type(variables['params']['{name}']) is type(jnp.zeros(()))")


def _twin(draft: Draft, names: list[str], body: list[str], more: list[str] | None = None) -> None:
    """The Linen parent that was written last, as an NNX module."""
    block = f"Block({draft.values('rngs=rngs')})"
    lines = [*(f"self.{name} = {block}" for name in names), *(more or [])]
    draft.surround(
        "class NNX(nnx.Module):\n"
        "    def __init__(self, rngs):\n"
        + "".join(f"        {line}\n" for line in lines)
        + "\n    def __call__(self, x):\n"
        + "\n".join(f"        {line}" for line in body)
    )
    draft.oracle, draft.linen = "NNX", "Linen()"
    draft.keys_are_known = False


def _subclass(arguments: str) -> str:
    """``Wrapped``, a subclass of `to_linen_class`."""
    given = ", ".join(["Block", *([arguments] if arguments else [])])
    return f"class Wrapped(bridge.wrappers.to_linen_class({given})):\n    pass"


def _lifted(draft: Draft, transform: str) -> None:
    draft.keys_are_known = False
    args = f", args=({', '.join(draft.arguments.values())},)" if draft.arguments else ""
    draft.linen = f"{transform}(bridge.ToLinen)(Block{args})"


def _args(draft: Draft) -> str:
    return f"args=({', '.join(draft.arguments.values())},), " if draft.arguments else ""
