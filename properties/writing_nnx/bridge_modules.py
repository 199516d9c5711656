"""Programs that are written down whole: ``bridge.Module``, whose calls read as Linen's."""

from hypothesis import strategies as st

from properties.writing_nnx.draft import Draft
from properties.writing_nnx.features import Kind, feature

# 0.10.4 has the class, and no layers of others in it.
of_bridge_module = feature(Kind.PROGRAM, needs="nnx.bridge.with_partitioning")
with_other_layers = feature(Kind.PROGRAM, needs="nnx.bridge.interop")

_COMPACT = """
    class Block(bridge.Module):
        @bridge.compact
        def __call__(self, x):
            {body}
            return x

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    model = Block()
    variables = model.init(jax.random.key(0), x)
"""


@with_other_layers
def linen_in_a_bridge_module(draft: Draft) -> None:
    """A Linen layer in a bridge.Module, compact or in setup."""
    compact = draft.draw(st.booleans())
    name = "Dense_0" if compact else "inner"
    made = "bridge.linen_in_bridge_mdl(nn.Dense(4))"
    draft.write(
        _COMPACT.replace("{body}", f"x = {made}(x)") if compact else _setup(made),
        f"""
        assert unboxed(variables)["params"].keys() == {{"{name}"}}
        expected = nn.Dense(4).apply({{"params": unboxed(variables)["params"]["{name}"]}}, x)
        assert_same(model.apply(variables, x), expected)
        """,
    )


def _setup(made: str) -> str:
    text = _COMPACT.replace("        @bridge.compact\n", "").replace("{body}", "x = self.inner(x)")
    return text.replace(
        "        def __call__", f"        def setup(self):\n            self.inner = {made}\n\n        def __call__"
    )


@with_other_layers
def nnx_in_a_bridge_module(draft: Draft) -> None:
    """An NNX layer in a bridge.Module, compact or in setup."""
    compact = draft.draw(st.booleans())
    name = "Linear_0" if compact else "inner"
    made = "bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Linear(3, 4, rngs=rngs))"
    draft.write(
        _COMPACT.replace("{body}", f"x = {made}(x)") if compact else _setup(made),
        f"""
        layer = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
        set_variables(layer, {{"params": unboxed(variables)["params"]["{name}"]}})
        assert_same(model.apply(variables, x), layer(x))
        """,
    )


@of_bridge_module
def param_of_a_bridge_module(draft: Draft) -> None:
    """A parameter and a variable of a bridge.Module's own, which a mutable call changes."""
    draft.write(
        _COMPACT.replace(
            "{body}",
            """x = x + self.param("w", nn.initializers.normal(), (3,))
            count = self.variable("counter", "count", jnp.zeros, ())
            count.value = count.value + 1
            x = x + count.value""",
        ),
        """
        params, count = unboxed(variables)["params"], unboxed(variables)["counter"]["count"]
        for _ in range(2):
            y, updates = model.apply(variables, x, mutable=["counter"])
            count = count + 1
            assert_same(y, x + params["w"] + count)
            assert_same(unboxed(updates)["counter"], {"count": count})
            variables = {**variables, **updates}
        """,
    )


@with_other_layers
def updates_of_a_bridge_module(draft: Draft) -> None:
    """A mutable call of a bridge.Module gives back the mutable collections and no other, as Linen does."""
    draft.write(
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.BatchNorm(use_running_average=False))(x)"),
        """
        _, updates = model.apply(variables, x, mutable=["batch_stats"])
        assert updates.keys() == {"batch_stats"}, f"updates of {sorted(updates)}"
        """,
    )


@with_other_layers
def statistics_in_a_bridge_module(draft: Draft) -> None:
    """A Linen BatchNorm in a bridge.Module, which a mutable call changes."""
    draft.write(
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.BatchNorm(use_running_average=False))(x)"),
        """
        norm = nn.BatchNorm(use_running_average=False)
        own = {name: tree["BatchNorm_0"] for name, tree in unboxed(variables).items()}
        for _ in range(2):
            y, updates = model.apply(variables, x, mutable=["batch_stats"])
            expected, changed = norm.apply(own, x, mutable=["batch_stats"])
            assert_same(y, expected)
            assert_same(unboxed(updates)["batch_stats"]["BatchNorm_0"], changed["batch_stats"])
            variables, own = {**variables, **updates}, {**own, **changed}
        """,
    )


@with_other_layers
def bridge_module_in_a_bridge_module(draft: Draft) -> None:
    """A bridge.Module in a bridge.Module, with a Linen and an NNX layer in it."""
    draft.write(
        """
        class Inner(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)
                return bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Linear(4, 3, rngs=rngs))(x)
        """,
        _COMPACT.replace("{body}", "x = Inner()(x)"),
        """
        inner = unboxed(variables)["params"]["Inner_0"]
        layer = nnx.Linear(4, 3, rngs=nnx.Rngs(0))
        set_variables(layer, {"params": inner["Linear_0"]})
        assert_same(model.apply(variables, x), layer(nn.Dense(4).apply({"params": inner["Dense_0"]}, x)))
        """,
    )


@with_other_layers
def bridge_module_split_and_merged(draft: Draft) -> None:
    """A bridge.Module that was split and merged as the NNX module that it is."""
    draft.write(
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        """
        model = nnx.merge(*nnx.split(model))
        expected = nn.Dense(4).apply({"params": unboxed(variables)["params"]["Dense_0"]}, x)
        assert_same(model.apply(variables, x), expected)
        """,
    )


@with_other_layers
def dropout_in_a_bridge_module(draft: Draft) -> None:
    """A Linen Dropout in a bridge.Module draws from the keys of the call: equal ones give equal outputs."""
    draft.write(
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dropout(0.5, deterministic=False))(x)"),
        """
        one, again = (model.apply(variables, x, rngs={"dropout": jax.random.key(1)}) for _ in range(2))
        others = [model.apply(variables, x, rngs={"dropout": jax.random.key(seed)}) for seed in range(2, 8)]
        assert_same(one, again)
        assert not all(jnp.array_equal(one, other) for other in others)
        assert all(bool(jnp.isin(y, jnp.stack([0 * x, 2 * x])).all()) for y in others)
        """,
    )


@with_other_layers
def bridge_module_under_jit(draft: Draft) -> None:
    """A bridge.Module's init and apply under jax.jit."""
    draft.write(
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        """
        assert_same(unboxed(jax.jit(lambda key: model.init(key, x))(jax.random.key(0))), unboxed(variables))
        apply = jax.jit(lambda variables: model.apply(variables, x))
        plain = jax.jit(lambda variables: nn.Dense(4).apply(variables, x))
        assert_same(apply(variables), plain({"params": unboxed(variables)["params"]["Dense_0"]}))
        """,
    )


@with_other_layers
def gradients_in_a_bridge_module(draft: Draft) -> None:
    """Gradients by the parameters of a bridge.Module."""
    draft.write(
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        """
        dense = {"params": unboxed(variables)["params"]["Dense_0"]}
        gradients = jax.grad(lambda variables: (model.apply(variables, x) ** 2).sum())(variables)
        expected = jax.grad(lambda variables: (nn.Dense(4).apply(variables, x) ** 2).sum())(dense)
        assert_same(unboxed(gradients)["params"]["Dense_0"], expected["params"])
        """,
    )


@with_other_layers
def missing_parameter_of_a_bridge_module_is_refused(draft: Draft) -> None:
    """A call of a bridge.Module without one of its parameters."""
    name = draft.draw(st.sampled_from(["kernel", "bias"]))
    draft.write(
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        f"""
        del variables["params"]["Dense_0"]["{name}"]
        assert raised(lambda: model.apply(variables, x)) is not None, "it is not refused"
        """,
    )


@of_bridge_module
def sow_in_a_bridge_module(draft: Draft) -> None:
    """A value that a bridge.Module sows, which a mutable call gives back as Linen's does."""
    draft.write(
        _COMPACT.replace("{body}", 'self.sow("intermediates", "h", x)'),
        """
        y, updates = model.apply({}, x, mutable=["intermediates"])
        assert_same(y, x)
        assert_same(unboxed(updates)["intermediates"], {"h": (x,)})
        """,
    )


@of_bridge_module
def names_in_a_bridge_module(draft: Draft) -> None:
    """Modules in the list of a bridge.Module, which have the names that they are given."""
    names = draft.draw(st.sampled_from([("first", "second"), ("layers_0", "layers_1"), ("b", "a")]))
    draft.write(
        f"""
        class Scale(bridge.Module):
            size: int

            @bridge.compact
            def __call__(self, x):
                return x * self.param("w", nn.initializers.normal(), (self.size,))

        class Block(bridge.Module):
            def setup(self):
                self.layers = [Scale(3, name=name) for name in {names}]

            def __call__(self, x):
                for layer in self.layers:
                    x = layer(x)
                return x

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        model = Block()
        params = unboxed(model.init(jax.random.key(0), x))["params"]
        """,
        f"""
        assert sorted(params) == {sorted(names)}
        first, second = (params[name]["w"] for name in {names})
        assert_same(model.apply({{"params": params}}, x), x * first * second)
        """,
    )


@of_bridge_module
def keys_in_a_bridge_module(draft: Draft) -> None:
    """A key that a bridge.Module draws: equal keys of the call give equal outputs, and others give others."""
    draft.write(
        _COMPACT.replace("{body}", 'x = x + jax.random.normal(self.make_rng("noise"), x.shape)'),
        """
        one, again, other = (model.apply({}, x, rngs={"noise": jax.random.key(seed)}) for seed in (1, 1, 2))
        assert_same(one, again)
        assert not jnp.array_equal(one, other)
        """,
    )


@of_bridge_module
def method_of_a_bridge_module(draft: Draft) -> None:
    """Another method of a bridge.Module, by its name or as a function, and its init with the output."""
    method = draft.draw(st.sampled_from(['"doubled"', "Block.doubled"]))
    draft.write(
        """
        class Block(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return x * self.param("w", nn.initializers.normal(), (3,))

            def doubled(self, x):
                return 2 * self(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        model = Block()
        y, variables = model.init_with_output(jax.random.key(0), x)
        """,
        f"""
        w = unboxed(variables)["params"]["w"]
        assert_same(y, x * w)
        assert_same(model.apply(variables, x, method={method}), 2 * (x * w))
        """,
    )
