"""Whole programs: what holds layers, beside a model: lists, dicts, sequences, pytrees and dataclasses of NNX."""

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

_HELD = """
    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    layers = [bridge.ToNNX(nn.Dense(3)).lazy_init(x, rngs=nnx.Rngs(seed)) for seed in range(3)]
    plains = [nnx.Linear(3, 3, rngs=nnx.Rngs(seed)) for seed in range(3)]
    for layer, linear in zip(layers, plains):
        set_variables(linear, linen_variables(layer))
    model, plain_model = {model.format("layers")}, {model.format("plains")}
    loss = lambda model, x: (called(model, x) ** 2).sum()
"""
_TRAINED = """
    for one in (model, plain_model):
        grads = nnx.jit(nnx.grad(loss))(one, x)
        nnx.update(one, jax.tree.map(lambda leaf, grad: leaf - grad, nnx.state(one, nnx.Param), grads))
    for layer, linear in zip(layers, plains):
        assert_same(linen_variables(layer), variables_of(linear))
    model, plain_model = nnx.merge(*nnx.split(model)), nnx.merge(*nnx.split(plain_model))
    assert_same(called(model, x), called(plain_model, x))
"""


def _held(builder: LinenProgramBuilder, model: str, *texts: str) -> None:
    text = _HELD.replace('{model.format("layers")}', model.format("layers"))
    builder.write_program(text.replace('{model.format("plains")}', model.format("plains")), *texts, _TRAINED)


_EACH = """
    def called(model, x):
        for one in {}:
            x = jnp.sin(one(x))
        return x
"""


@program(needs="nnx.List")
def list_of_layers(builder: LinenProgramBuilder) -> None:
    """An `nnx.List` of layers: trained, split and merged."""
    _held(builder, "nnx.List({})", _EACH.format("model"))


@program(needs="nnx.Dict")
def dict_of_layers(builder: LinenProgramBuilder) -> None:
    """An `nnx.Dict` of layers: trained, split and merged."""
    _held(builder, 'nnx.Dict(dict(zip("cab", {})))', _EACH.format('(model[name] for name in "abc")'))


@program()
def sequential_of_layers(builder: LinenProgramBuilder) -> None:
    """An `nnx.Sequential` of layers: trained, split and merged."""
    _held(builder, "nnx.Sequential(*{})", "called = lambda model, x: model(x)")


_HELD_BY = """
    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    layer = bridge.ToNNX(nn.Dense(4)).lazy_init(x, rngs=nnx.Rngs(0))
    linear = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
    set_variables(linear, linen_variables(layer))
"""
_TRAINED_AS = """
    loss = lambda model, x: (model(x) ** 2).sum()
    for one in (model, plain_model):
        grads = nnx.jit(nnx.grad(loss))(one, x)
        nnx.update(one, jax.tree.map(lambda leaf, by: leaf - by, nnx.state(one, nnx.Param), grads))
    assert_same(jax.tree.leaves(nnx.state(model)), jax.tree.leaves(nnx.state(plain_model)))
    assert_same(linen_variables(layer), variables_of(linear))
    assert_same(model(x), plain_model(x))
    copies = [nnx.merge(*nnx.split(one)) for one in (model, plain_model)]
    assert_same(copies[0](x), copies[1](x))
"""


def _held_by(builder: LinenProgramBuilder, definition: str, model: str, *texts: str) -> None:
    made = f"model, plain_model = {model.format('layer')}, {model.format('linear')}"
    builder.write_program(definition, _HELD_BY, made, *texts, _TRAINED_AS)


@program(needs="nnx.Pytree")
def pytree_of_a_layer(builder: LinenProgramBuilder) -> None:
    """An `nnx.Pytree` that holds a layer, among the arguments of `jax.grad` and `jax.jit`."""
    _held_by(
        builder,
        """
        class Holder(nnx.Pytree):
            def __init__(self, first):
                self.first = first
                self.size = 3

            def __call__(self, x):
                return self.size * self.first(x)
        """,
        "Holder({})",
        """
        of_model, of_plain = (jax.jit(jax.grad(lambda one: (one(x) ** 2).sum()))(one) for one in (model, plain_model))
        assert_same(jax.tree.leaves(of_model), jax.tree.leaves(of_plain))
        assert type(of_model) is Holder and type(of_model.first) is bridge.ToNNX
        assert of_model.size == 3
        """,
    )


@program(needs="nnx.dataclass(weakref_slot)")
def dataclass_of_layers(builder: LinenProgramBuilder) -> None:
    """An `nnx.dataclass` with `nnx.Data` and `nnx.Static` annotations that holds a list of layers."""
    _held_by(
        builder,
        """
        @nnx.dataclass
        class Holder(nnx.Module):
            layers: nnx.Data[list]
            size: nnx.Static[int] = 3

            def __call__(self, x):
                return self.size * self.layers[0](x)
        """,
        "Holder([{}])",
        """
        assert len(jax.tree.leaves(nnx.state(model))) == 2
        assert nnx.graphdef(model) != nnx.graphdef(Holder([layer], size=4))
        """,
    )


@program(needs="nnx.dataclass")
def dataclass_of_a_layer(builder: LinenProgramBuilder) -> None:
    """An `nnx.dataclass` with a field made by `nnx.static` that holds a layer."""
    _held_by(
        builder,
        """
        @nnx.dataclass
        class Holder(nnx.Module):
            first: nnx.Module
            size: int = nnx.static(default=3)

            def __call__(self, x):
                return self.size * self.first(x)
        """,
        "Holder({})",
        """
        assert len(jax.tree.leaves(nnx.state(model))) == 2
        assert nnx.graphdef(model) != nnx.graphdef(Holder(layer, size=4))
        """,
    )


@program(needs="nnx.data")
def data_of_a_layer(builder: LinenProgramBuilder) -> None:
    """`nnx.data` of a dict of layers, in a model."""
    _held_by(
        builder,
        """
        class Model(nnx.Module):
            def __init__(self, first):
                self.layers = nnx.data({"first": [first]})
                self.note = "text"

            def __call__(self, x):
                return self.layers["first"][0](x)
        """,
        "Model({})",
        """
        assert len(jax.tree.leaves(nnx.state(model))) == 2
        assert model.layers["first"][0] is layer
        """,
    )


@program(needs="nnx.static(value)")
def static_next_to_a_layer(builder: LinenProgramBuilder) -> None:
    """`nnx.static` of a number, next to `nnx.data` of one, in a model that holds a layer."""
    _held_by(
        builder,
        """
        class Model(nnx.Module):
            def __init__(self, first):
                self.first = first
                self.size, self.scale = nnx.static(3), nnx.data(2.0)

            def __call__(self, x):
                return self.scale * self.size * self.first(x)
        """,
        "Model({})",
        """
        assert 3 not in [leaf for leaf in jax.tree.leaves(nnx.state(model)) if not isinstance(leaf, jax.Array)]
        before = nnx.graphdef(model)
        model.size = plain_model.size = 4
        assert nnx.graphdef(model) != before
        """,
    )


@program(needs="nnx.register_data_type")
def registered_data_type_in_a_layer(builder: LinenProgramBuilder) -> None:
    """`nnx.register_data_type`: an attribute of that type, on a layer and on an `nnx.Linear`."""
    builder.write_program(
        """
        class Note:
            pass

        nnx.register_data_type(Note)
        """,
        _HELD_BY,
        """
        note, before = Note(), layer(x)
        leaves = []
        for each in (layer, linear):
            each.note = note
            leaves.append(jax.tree.leaves(nnx.state(each)))
            assert nnx.merge(*nnx.split(each)).note is note
            del each.note
        assert [type(one) for one in leaves[0]] == [type(one) for one in leaves[1]]
        assert_same(layer(x), before)
        assert_same(linen_variables(layer), variables_of(linear))
        """,
    )


@program(needs="nnx.is_data")
def is_data(builder: LinenProgramBuilder) -> None:
    """`nnx.is_data` of a layer, of its attributes, and of containers of it."""
    builder.write_program(
        _HELD_BY,
        """
        for value in ("{}", "[{}]", "{}.kernel", "{}.kernel[...]", "{}.__call__"):
            values = [eval(value.format(name)) for name in ("layer", "linear")]
            assert nnx.is_data(values[0]) == nnx.is_data(values[1]), value
        assert nnx.is_data(layer)
        assert not nnx.is_data(layer.to_nnx__module)
        assert_same(linen_variables(layer), variables_of(linear))
        """,
    )


@program(needs="nnx.has_data")
def has_data(builder: LinenProgramBuilder) -> None:
    """`nnx.has_data` of containers of a layer, which the layer keeps as data when they are assigned."""
    builder.write_program(
        _HELD_BY,
        """
        found = nnx.has_data(["text", layer, {"a": jnp.ones(3), "b": 4}])
        assert len(found) == 2 and found[0] is layer
        assert nnx.has_data(("text", 3)) == [] == nnx.has_data(layer.to_nnx__module)
        layer.extra = {"a": [jnp.ones(3)], "b": "text"}
        assert len(jax.tree.leaves(nnx.state(layer))) == 3
        nnx.check_pytree(layer)
        del layer.extra
        assert_same(linen_variables(layer), variables_of(linear))
        assert_same(layer(x), nn.Dense(4).apply(linen_variables(layer), x))
        """,
    )
