"""Whole programs: walks and modes of a model that holds a layer, as of the same model with an NNX layer instead."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

HEAD = """
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
SAME = """
    assert_same(linen_variables(model.first), variables_of(plain_model.first))
    assert_same(variables_of(model.last), variables_of(plain_model.last))
    assert_same(model(x), plain_model(x))
"""


def both(builder: LinenProgramBuilder, *texts: str) -> None:
    """A program on ``model``, which holds a layer, and on ``plain_model``, which holds an `nnx.Linear` instead."""
    builder.write_program(HEAD, *texts, SAME)


def _walk(builder: LinenProgramBuilder, function: str, *more: str) -> None:
    both(
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
    both(
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
    both(
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
    both(
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
    both(
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
