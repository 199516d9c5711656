"""Whole programs: tools of NNX on a model that holds a layer, and on the same model with an NNX layer in its place."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

_HEAD = """
    class Model(nnx.Module):
        def __init__(self, first):
            self.first = first
            self.drop = nnx.Dropout(0.5, deterministic=True, rngs=nnx.Rngs(2))
            self.norm = nnx.BatchNorm(4, use_running_average=True, rngs=nnx.Rngs(1))
            self.last = nnx.Linear(4, 2, rngs=nnx.Rngs(1))

        def __call__(self, x):
            return self.last(self.norm(self.drop(self.first(x))))

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    model = Model(bridge.ToNNX(nn.Dense(4)).lazy_init(x, rngs=nnx.Rngs(0)))
    plain_model = Model(nnx.Linear(3, 4, rngs=nnx.Rngs(0)))
    set_variables(plain_model.first, jax.tree.map(jnp.copy, linen_variables(model.first)))
"""
_SAME = """
    assert_same(linen_variables(model.first), variables_of(plain_model.first))
    assert_same(variables_of(model.last), variables_of(plain_model.last))
    assert_same(model(x), plain_model(x))
"""


def _both(builder: LinenProgramBuilder, *texts: str) -> None:
    """A program on ``model``, which holds a layer, and on ``plain_model``, which holds an `nnx.Linear` instead."""
    builder.write_program(_HEAD, *texts, _SAME)


def _walk(builder: LinenProgramBuilder, function: str, *more: str) -> None:
    _both(
        builder,
        f"""
        kind = lambda one: "first" if one is model.first or one is plain_model.first else type(one).__name__
        walked = [(path, kind(one)) for path, one in {function.format("model")}]
        assert walked == [(path, kind(one)) for path, one in {function.format("plain_model")}]
        assert "first" in dict(walked).values()
        """,
        *more,
    )


@program()
def iter_modules_of_the_model(builder: LinenProgramBuilder) -> None:
    """`nnx.Module.iter_modules` of a model that holds a layer."""
    _walk(
        builder, "{}.iter_modules()", "layer = model.first\nassert [one for _, one in layer.iter_modules()] == [layer]"
    )


@program()
def iter_children_of_the_model(builder: LinenProgramBuilder) -> None:
    """`nnx.Module.iter_children` of a model that holds a layer."""
    _walk(
        builder,
        "{}.iter_children()",
        """
        layer = model.first
        assert not [one for _, one in layer.iter_children() if isinstance(one, nnx.Module)]
        """,
    )


@program(needs="nnx.iter_modules")
def iter_modules(builder: LinenProgramBuilder) -> None:
    """`nnx.iter_modules` of a model that holds a layer."""
    _walk(builder, "nnx.iter_modules({})", "assert [one for _, one in nnx.iter_modules(model.first)] == [model.first]")


@program(needs="nnx.iter_children")
def iter_children(builder: LinenProgramBuilder) -> None:
    """`nnx.iter_children` of a model that holds a layer, and of the layer."""
    _walk(
        builder,
        "nnx.iter_children({})",
        """
        kinds = lambda one: [(name, type(value)) for name, value in nnx.iter_children(one)]
        assert kinds(model.first) == kinds(plain_model.first)
        """,
    )


@program(needs="nnx.iter_module_children")
def iter_module_children(builder: LinenProgramBuilder) -> None:
    """`nnx.iter_module_children` of a model that holds a layer, and of the layer."""
    graph = builder.draw(st.booleans())
    _walk(
        builder,
        f"nnx.iter_module_children({{}}, graph={graph})",
        f"assert not list(nnx.iter_module_children(model.first, graph={graph}))",
    )


@program()
def train_and_eval(builder: LinenProgramBuilder) -> None:
    """`nnx.Module.train` and `nnx.Module.eval` of a model that holds a layer."""
    _both(
        builder,
        """
        modes = lambda one: (one.drop.deterministic, one.norm.use_running_average)
        before = set(vars(model.first))
        model.train(), plain_model.train()
        assert modes(model) == modes(plain_model) == (False, False)
        assert_same(model(x), plain_model(x))
        assert_same(variables_of(model.norm), variables_of(plain_model.norm))
        model.eval(), plain_model.eval()
        assert modes(model) == modes(plain_model) == (True, True)
        assert set(vars(model.first)) == before
        """,
    )


@program()
def train_and_eval_of_a_linen_batch_norm(builder: LinenProgramBuilder) -> None:
    """`nnx.Module.train` and `nnx.Module.eval` of a layer whose Linen module has `use_running_average`."""
    average = builder.draw(st.booleans())
    builder.write_program(f"""
        linen = nn.BatchNorm(use_running_average={average})
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(linen).lazy_init(x, rngs=nnx.Rngs(0))
        variables = linen.init(jax.random.key(0), x)
        before = set(vars(layer))
        for change in (layer.train, layer.eval):
            change()
            assert set(vars(layer)) == before
            expected, updates = linen.apply(variables, x, mutable=["batch_stats"])
            assert_same(layer(x, mutable=["batch_stats"]), expected)
            variables = {{**variables, **updates}}
            assert_same(linen_variables(layer), variables)
    """)


@program()
def set_attributes(builder: LinenProgramBuilder) -> None:
    """`nnx.Module.set_attributes` of a layer, found by type, by path and by attribute."""
    chosen = builder.draw(st.sampled_from(["{}, ", 'nnx.PathContains("first"), ', '({}, "x"), ', ""]))
    of_model, of_plain = (chosen.format(text) for text in ("bridge.ToNNX", 'nnx.PathContains("first")'))
    _both(
        builder,
        f"""
        for each in (model, plain_model):
            each.first.note, each.last.note = "before", "before"
        model.set_attributes({of_model}note="after")
        plain_model.set_attributes({of_plain}note="after")
        assert model.first.note == plain_model.first.note == "after"
        assert model.last.note == plain_model.last.note
        for each in (model, plain_model):
            assert raised(lambda: each.set_attributes(nothing=1)) is ValueError
            each.set_attributes(nothing=1, raise_if_not_found=False)
            assert not hasattr(each.first, "nothing")
            del each.first.note, each.last.note
        """,
    )


@program(needs="nnx.view")
def view(builder: LinenProgramBuilder) -> None:
    """`nnx.view` of a model that holds a layer: other modes, the same `nnx.Variable` objects."""
    _both(
        builder,
        """
        seen = lambda one: nnx.view(one, deterministic=False, use_running_average=False)
        viewed, plain_view = seen(model), seen(plain_model)
        assert viewed.first is not model.first and viewed.first.kernel is model.first.kernel
        assert viewed.first.bias is model.first.bias
        assert_same(viewed(x), plain_view(x))
        assert_same(variables_of(model.norm), variables_of(plain_model.norm))
        assert model.drop.deterministic and not viewed.drop.deterministic
        assert raised(lambda: nnx.view(model.first, deterministic=False)) is ValueError
        """,
    )


@program(needs="nnx.view_info")
def view_info(builder: LinenProgramBuilder) -> None:
    """`nnx.view_info` of a model that holds a layer."""
    _both(
        builder,
        """
        assert nnx.view_info(model) == nnx.view_info(plain_model)
        assert nnx.view_info(model, only=nnx.BatchNorm) != nnx.view_info(model)
        assert nnx.view_info(model.first) == ""
        """,
    )


@program(needs="nnx.Module.perturb")
def perturb_in_the_model(builder: LinenProgramBuilder) -> None:
    """`nnx.Module.perturb` of the output of a layer: its gradient."""
    builder.write_program("""
        class Model(nnx.Module):
            def __init__(self, first):
                self.first = first

            def __call__(self, x):
                return jnp.sin(self.perturb("delta", self.first(x)))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        model = Model(bridge.ToNNX(nn.Dense(4)).lazy_init(x, rngs=nnx.Rngs(0)))
        y = nn.Dense(4).apply(linen_variables(model.first), x)
        assert_same(model(x), jnp.sin(y))
        grads = nnx.grad(lambda one: (one(x) ** 2).sum(), argnums=nnx.DiffState(0, nnx.Perturbation))(model)
        assert_same(jax.tree.leaves(grads), [jax.grad(lambda y: (jnp.sin(y) ** 2).sum())(y)])
    """)


_PARTS = {
    "by_path": ("a path", 'nnx.All(nnx.Param, nnx.PathContains("first"))'),
    "by_a_function": ("a function of paths", 'lambda path, leaf: "first" in path'),
    "by_type": ("a type", "nnx.Param"),
    "by_leaf_name": ("the name of a parameter", 'nnx.PathContains("kernel")'),
    "of_the_other_layers": ("the path of other layers", 'nnx.All(nnx.Param, nnx.Not(nnx.PathContains("first")))'),
}


def _add_part(name: str) -> None:
    described, chosen = _PARTS[name]

    def write(builder: LinenProgramBuilder) -> None:
        _both(
            builder,
            f"""
            wrt = {chosen}
            def train(model):
                grads = nnx.grad(lambda model: (model(x) ** 2).sum(), argnums=nnx.DiffState(0, wrt))(model)
                step = jax.tree.map(lambda leaf, grad: leaf - 0.5 * grad, nnx.state(model, wrt), grads)
                nnx.update(model, step)
                return jax.tree.leaves(grads)

            assert_same(train(model), train(plain_model))
            assert_same(nnx.jit(train)(model), nnx.jit(train)(plain_model))
            """,
        )

    write.__name__ = f"gradients_{name}"
    write.__doc__ = f"Gradients and updates by `nnx.DiffState` of the parameters chosen by {described}."
    program()(write)


for _name in _PARTS:
    _add_part(_name)


@program()
def cast_part(builder: LinenProgramBuilder) -> None:
    """The parameters of a layer cast by `nnx.update`, next to others that are not."""
    dtype = builder.draw(st.sampled_from(["bfloat16", "float16"]))
    _both(
        builder,
        f"""
        for each in (model, plain_model):
            part = nnx.state(each, nnx.All(nnx.Param, nnx.PathContains("first")))
            nnx.update(each, jax.tree.map(lambda leaf: leaf.astype("{dtype}"), part))
        assert {{leaf.dtype.name for leaf in jax.tree.leaves(linen_variables(model.first))}} == {{"{dtype}"}}
        assert_same(model.first(x.astype("{dtype}")), plain_model.first(x.astype("{dtype}")))
        """,
    )


@program()
def replaced_layer(builder: LinenProgramBuilder) -> None:
    """A layer in a model replaced by another one, and by an `nnx.Linear`."""
    back = builder.draw(st.booleans())
    restored = """
        model.first = bridge.ToNNX(nn.Dense(4)).lazy_init(x, rngs=nnx.Rngs(6))
        plain_model.first = nnx.Linear(3, 4, rngs=nnx.Rngs(6))
        set_variables(plain_model.first, linen_variables(model.first))
    """
    builder.write_program(
        _HEAD,
        """
        old = nnx.state(model)
        model.first = bridge.ToNNX(nn.Dense(4, use_bias=False)).lazy_init(x, rngs=nnx.Rngs(5))
        plain_model.first = nnx.Linear(3, 4, use_bias=False, rngs=nnx.Rngs(5))
        set_variables(plain_model.first, linen_variables(model.first))
        assert len(jax.tree.leaves(nnx.state(model))) == len(jax.tree.leaves(old)) - 1
        assert_same(model(x), plain_model(x))
        """,
        restored if back else "",
        """
        model, plain_model = nnx.clone(model), nnx.clone(plain_model)
        """,
        _SAME if back else "assert_same(model(x), plain_model(x))",
    )


@program()
def shared_layer(builder: LinenProgramBuilder) -> None:
    """One layer under two names of a model: one state, and the sum of both gradients."""
    builder.write_program("""
        class Model(nnx.Module):
            def __init__(self, layer):
                self.first = self.second = layer

            def __call__(self, x):
                return self.second(jnp.sin(self.first(x)))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        model = Model(bridge.ToNNX(nn.Dense(3)).lazy_init(x, rngs=nnx.Rngs(0)))
        plain_model = Model(nnx.Linear(3, 3, rngs=nnx.Rngs(0)))
        set_variables(plain_model.first, linen_variables(model.first))
        loss = lambda model, x: (model(x) ** 2).sum()
        for transform in (nnx.value_and_grad, lambda f: nnx.jit(nnx.value_and_grad(f))):
            (value, grads), (expected, of_plain) = (transform(loss)(one, x) for one in (model, plain_model))
            assert_same(value, expected)
            assert_same(jax.tree.leaves(grads), jax.tree.leaves(of_plain))
            assert len(jax.tree.leaves(grads)) == 2
            for one, grad in ((model, grads), (plain_model, of_plain)):
                nnx.update(one, jax.tree.map(lambda leaf, by: leaf - by, nnx.state(one, nnx.Param), grad))
        copies = [nnx.clone(model), nnx.merge(*nnx.split(model))]
        assert all(one.first is one.second is not model.first for one in copies)
        assert_same(linen_variables(model.second), variables_of(plain_model.second))
    """)


@program(needs="nnx.variables")
def shared_variable(builder: LinenProgramBuilder) -> None:
    """The kernel of a layer that an NNX layer shares."""
    builder.write_program("""
        class Model(nnx.Module):
            def __init__(self, first):
                self.first = first
                self.second = nnx.Linear(3, 3, rngs=nnx.Rngs(1))
                self.second.kernel = self.first.kernel

            def __call__(self, x):
                return self.second(jnp.sin(self.first(x)))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        model = Model(bridge.ToNNX(nn.Dense(3)).lazy_init(x, rngs=nnx.Rngs(0)))
        first = nnx.Linear(3, 3, rngs=nnx.Rngs(0))
        set_variables(first, linen_variables(model.first))
        plain_model = Model(first)
        for each in (model, plain_model):
            grads = nnx.grad(lambda each: (each(x) ** 2).sum())(each)
            nnx.update(each, jax.tree.map(lambda leaf, by: leaf - by, nnx.state(each, nnx.Param), grads))
            assert each.first.kernel is each.second.kernel
            assert len(jax.tree.leaves(grads)) == 3
        assert_same(linen_variables(model.first), variables_of(plain_model.first))
        assert_same(model(x), plain_model(x))
        copy = nnx.clone(model)
        assert copy.first.kernel is copy.second.kernel
    """)


@program()
def donated_model(builder: LinenProgramBuilder) -> None:
    """A model that holds a layer, donated to `nnx.jit`."""
    _both(
        builder,
        """
        @nnx.jit(donate_argnums=0)
        def train(model, x):
            grads = nnx.grad(lambda model: (model(x) ** 2).sum())(model)
            nnx.update(model, jax.tree.map(lambda leaf, grad: leaf - grad, nnx.state(model, nnx.Param), grads))

        held, plain_held = (jax.tree.leaves(nnx.state(one, nnx.Param)) for one in (model, plain_model))
        train(model, x), train(plain_model, x)
        assert [one.is_deleted() for one in held] == [one.is_deleted() for one in plain_held]
        assert not any(one.is_deleted() for one in jax.tree.leaves(nnx.state(model, nnx.Param)))
        """,
    )


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
