"""How Linen gets the NNX module: each way says what ``linen`` is, and its name is that of the feature."""

from hypothesis import strategies as st

from properties.writing_nnx.draft import Draft
from properties.writing_nnx.features import Kind, feature

making = feature(Kind.MAKING)
around = feature(Kind.AROUND)


@making
def to_linen(draft: Draft) -> None:
    """The function, with the constructor's arguments."""
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values()])})"


@making
def keyword_arguments(draft: Draft) -> None:
    """The constructor's arguments by name."""
    _offset(draft)
    named = (f"{name}={value}" for name, value in draft.arguments.items())
    draft.linen = f"bridge.to_linen({', '.join(['Block', *named])})"


@making
def fields(draft: Draft) -> None:
    """The class, with the constructor's arguments as its fields."""
    _offset(draft)
    if draft.draw(st.booleans()):
        draft.has("no hash")  # as a dictionary
        given = "kwargs={" + ", ".join(f'"{name}": {value}' for name, value in draft.arguments.items()) + "}"
    else:
        given = f"args=({', '.join(draft.arguments.values())},)"
    draft.linen = f"bridge.ToLinen(Block, {given})"


@making
def factory(draft: Draft) -> None:
    """A function that makes the module, in place of its class."""
    values = draft.values("**kwargs")
    draft.surround(f"def make(**kwargs):\n    return Block({values})")
    draft.linen = "bridge.to_linen(make)"
    draft.has("factory")


@feature(Kind.AROUND, beside="counter")
def skip_rng(draft: Draft) -> None:
    """A module whose constructor takes no rngs."""
    draft.seeded = False
    draft.linen = f"bridge.ToLinen(Block, {_args(draft)}skip_rng=True)"


@feature(Kind.AROUND, beside="counter", needs="nnx.bridge.to_linen(skip_rng)")
def to_linen_without_rngs(draft: Draft) -> None:
    """The function, told that the constructor takes no rngs."""
    draft.seeded = False
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values(), 'skip_rng=True'])})"


@feature(Kind.AROUND, beside="counter", needs="nnx.bridge.wrappers.to_linen_class")
def class_without_rngs(draft: Draft) -> None:
    """A subclass of that class, made from an NNX class whose constructor takes no rngs."""
    draft.seeded = False
    named = ", ".join(f"{name}={value}" for name, value in draft.arguments.items())
    draft.surround(_subclass("base_skip_rng=True"))
    draft.linen = f"Wrapped({named})"


@feature(Kind.MAKING, "sharded", needs="nnx.bridge.to_linen(metadata_fn)")
def without_boxes(draft: Draft) -> None:
    """Variables that are never boxed."""
    _weight_without_box(draft)
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values(), 'metadata_fn=None'])})"


@feature(Kind.MAKING, "sharded", "container", "plain array", needs="nnx.bridge.to_linen(metadata_fn)")
def boxes_of_ones_own(draft: Draft) -> None:
    """Variables in boxes that a function of one's own makes."""
    draft.surround("def boxed(variable):\n    return nn.Partitioned(variable.value, names=())")
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values(), 'metadata_fn=boxed'])})"
    draft.steps.append(
        "boxes = jax.tree.leaves(variables, is_leaf=lambda leaf: isinstance(leaf, nn.Partitioned))\n"
        "assert {type(box) for box in boxes} == {nn.Partitioned}"
    )


# It came with that class.
@feature(Kind.MAKING, needs="nnx.bridge.wrappers.to_linen_class")
def arguments_as_attributes(draft: Draft) -> None:
    """The constructor's arguments by name, read from the Linen module as attributes."""
    _offset(draft)
    draft.linen = f"bridge.to_linen(Block, {', '.join(f'{name}={value}' for name, value in draft.arguments.items())})"
    draft.steps.append("assert linen.offset == 1.0")


@feature(Kind.MAKING, needs="nnx.bridge.to_linen(abstract_init)")
def concrete_init(draft: Draft) -> None:
    """A module that is built, or traced, before its state is set."""
    abstract = draft.draw(st.booleans())
    draft.linen = f"bridge.to_linen({', '.join(['Block', *draft.arguments.values(), f'abstract_init={abstract}'])})"


@feature(Kind.MAKING, needs="nnx.bridge.wrappers.to_linen_class")
def to_linen_class(draft: Draft) -> None:
    """A Linen class made from the NNX class, with its arguments by name."""
    _offset(draft)
    named = ", ".join(f"{name}={value}" for name, value in draft.arguments.items())
    draft.linen = f"bridge.wrappers.to_linen_class(Block)({named})"


@feature(Kind.MAKING, needs="nnx.bridge.wrappers.to_linen_class")
def subclass_of_to_linen_class(draft: Draft) -> None:
    """A subclass of that class, where an argument of the class may be overridden."""
    _offset(draft)
    named = ", ".join(f"{name}={value}" for name, value in draft.arguments.items())
    at_class, at_instance = draft.draw(
        st.sampled_from([("", named), (named, ""), (named.replace("offset=1.0", "offset=5.0"), "offset=1.0")])
    )
    draft.surround(_subclass(at_class))
    draft.linen = f"Wrapped({at_instance})"


@feature(Kind.MAKING, needs="nnx.bridge.wrappers.to_linen_class")
def arguments_of_the_class(draft: Draft) -> None:
    """A subclass of that class, with the arguments of the constructor as one field."""
    _offset(draft)
    draft.surround(_subclass(""))
    draft.linen = f"Wrapped(args=({', '.join(draft.arguments.values())},))"


@feature(Kind.MAKING, "sharded", needs="nnx.bridge.wrappers.to_linen_class")
def class_without_boxes(draft: Draft) -> None:
    """A subclass of that class, whose variables are never boxed."""
    _weight_without_box(draft)
    draft.surround("def opened(variable):\n    return variable.value")
    draft.surround(_subclass("base_metadata_fn=opened"))
    named = ", ".join(f"{name}={value}" for name, value in draft.arguments.items())
    draft.linen = f"Wrapped({named})"


@around
def remat(draft: Draft) -> None:
    """The lifted nn.remat over it."""
    _lifted(draft, "nn.remat")


@around
def jitted(draft: Draft) -> None:
    """The lifted nn.jit over it."""
    _lifted(draft, "nn.jit")
    draft.direct = "nnx.jit(lambda block, x: block{method}(x))(block, {arguments})"


@around
def compact_parent(draft: Draft) -> None:
    """A compact Linen module that uses it, by a name or by none."""
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
def setup_parent(draft: Draft) -> None:
    """A Linen module that makes it in setup and uses it between parameters of its own."""
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
def two_in_a_parent(draft: Draft) -> None:
    """A Linen module that uses two of them."""
    made = ", ".join(["Block", *draft.arguments.values()])
    draft.surround(
        "class Linen(nn.Module):\n"
        "    @nn.compact\n"
        "    def __call__(self, x):\n"
        f"        return bridge.to_linen({made})(x), bridge.to_linen({made})(x)"
    )
    _twin(draft, ["ToLinen_0", "ToLinen_1"], ["return self.ToLinen_0(x), self.ToLinen_1(x)"])


@around
def shared_in_a_parent(draft: Draft) -> None:
    """A Linen module that calls one of them twice."""
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
    """An argument of the constructor, which the module adds."""
    name = draft.argument("offset", "1.0")
    draft.body.append(f"x = x + {draft.attribute(name, name)}")


def _weight_without_box(draft: Draft) -> None:
    """A parameter with metadata, which would be boxed, and which comes to Linen as the array that it is."""
    name = draft.fresh("w")
    draft.body.append(f"x = x * {draft.attribute(name, f'nnx.Param(jnp.full({draft.width}, 2.0), note=1)')}[...]")
    draft.steps.append(f"assert type(variables['params']['{name}']) is type(jnp.zeros(()))")


def _twin(draft: Draft, names: list[str], body: list[str], more: list[str] | None = None) -> None:
    """The Linen parent that stands before it, written as an NNX module."""
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
    """``Wrapped``, a subclass of the class that to_linen_class makes."""
    given = ", ".join(["Block", *([arguments] if arguments else [])])
    return f"class Wrapped(bridge.wrappers.to_linen_class({given})):\n    pass"


def _lifted(draft: Draft, transform: str) -> None:
    draft.keys_are_known = False
    args = f", args=({', '.join(draft.arguments.values())},)" if draft.arguments else ""
    draft.linen = f"{transform}(bridge.ToLinen)(Block{args})"


def _args(draft: Draft) -> str:
    return f"args=({', '.join(draft.arguments.values())},), " if draft.arguments else ""
