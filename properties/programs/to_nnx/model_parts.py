"""Whole programs: parts of a model, trained, cast, replaced and shared as with an NNX layer in a layer's place."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program
from properties.programs.to_nnx.model_tools import HEAD, SAME, both

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
        both(
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
    both(
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
        HEAD,
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
        SAME if back else "assert_same(model(x), plain_model(x))",
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
    both(
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
