"""Whole programs: layers of Linen and of NNX in a ``bridge.Module``."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

with_other_layers = feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.interop")

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


def compact(body: str) -> str:
    """A compact module with these statements in its call, and its ``variables`` for ``x``."""
    return _COMPACT.replace("{body}", body)


@with_other_layers
def linen_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A Linen layer in a `bridge.Module`, compact or in `setup`."""
    is_compact = builder.draw(st.booleans())
    name = "Dense_0" if is_compact else "inner"
    made = "bridge.linen_in_bridge_mdl(nn.Dense(4))"
    builder.write_program(
        compact(f"x = {made}(x)") if is_compact else _setup(made),
        f"""
        assert unboxed(variables)["params"].keys() == {{"{name}"}}
        expected = nn.Dense(4).apply({{"params": unboxed(variables)["params"]["{name}"]}}, x)
        assert_same(model.apply(variables, x), expected)
        """,
    )


def _setup(made: str) -> str:
    text = compact("x = self.inner(x)").replace("        @bridge.compact\n", "")
    return text.replace(
        "        def __call__", f"        def setup(self):\n            self.inner = {made}\n\n        def __call__"
    )


@with_other_layers
def nnx_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """An NNX layer in a `bridge.Module`, compact or in `setup`."""
    is_compact = builder.draw(st.booleans())
    name = "Linear_0" if is_compact else "inner"
    made = "bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Linear(3, 4, rngs=rngs))"
    builder.write_program(
        compact(f"x = {made}(x)") if is_compact else _setup(made),
        f"""
        layer = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
        set_variables(layer, {{"params": unboxed(variables)["params"]["{name}"]}})
        assert_same(model.apply(variables, x), layer(x))
        """,
    )


@with_other_layers
def updates_of_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """The collections that a mutable call of a `bridge.Module` returns."""
    builder.write_program(
        compact("x = bridge.linen_in_bridge_mdl(nn.BatchNorm(use_running_average=False))(x)"),
        """
        _, updates = model.apply(variables, x, mutable=["batch_stats"])
        assert updates.keys() == {"batch_stats"}, f"updates of {sorted(updates)}"
        """,
    )


@with_other_layers
def statistics_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """An `nn.BatchNorm` in a `bridge.Module`, in two mutable calls."""
    builder.write_program(
        compact("x = bridge.linen_in_bridge_mdl(nn.BatchNorm(use_running_average=False))(x)"),
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
def linen_that_sows_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A Linen layer that sows in a `bridge.Module`."""
    builder.write_program(
        """
        class Sowing(nn.Module):
            @nn.compact
            def __call__(self, x):
                self.sow("intermediates", "h", x)
                return x
        """,
        compact("x = bridge.linen_in_bridge_mdl(Sowing())(x)"),
        """
        _, updates = model.apply({}, x, mutable=["intermediates"])
        assert_same(unboxed(updates)["intermediates"], {"Sowing_0": {"h": (x,)}})
        """,
    )


@with_other_layers
def bridge_module_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A `bridge.Module` with a Linen and an NNX layer in another `bridge.Module`."""
    builder.write_program(
        """
        class Inner(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)
                return bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Linear(4, 3, rngs=rngs))(x)
        """,
        compact("x = Inner()(x)"),
        """
        inner = unboxed(variables)["params"]["Inner_0"]
        layer = nnx.Linear(4, 3, rngs=nnx.Rngs(0))
        set_variables(layer, {"params": inner["Linear_0"]})
        assert_same(model.apply(variables, x), layer(nn.Dense(4).apply({"params": inner["Dense_0"]}, x)))
        """,
    )


@with_other_layers
def bridge_module_split_and_merged(builder: NnxProgramBuilder) -> None:
    """A `bridge.Module` after `nnx.split` and `nnx.merge`."""
    builder.write_program(
        compact("x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        """
        model = nnx.merge(*nnx.split(model))
        expected = nn.Dense(4).apply({"params": unboxed(variables)["params"]["Dense_0"]}, x)
        assert_same(model.apply(variables, x), expected)
        """,
    )


@with_other_layers
def dropout_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """An `nn.Dropout` in a `bridge.Module`, with equal and with different keys."""
    builder.write_program(
        compact("x = bridge.linen_in_bridge_mdl(nn.Dropout(0.5, deterministic=False))(x)"),
        """
        one, again = (model.apply(variables, x, rngs={"dropout": jax.random.key(1)}) for _ in range(2))
        others = [model.apply(variables, x, rngs={"dropout": jax.random.key(seed)}) for seed in range(2, 8)]
        assert_same(one, again)
        assert not all(jnp.array_equal(one, other) for other in others)
        assert all(bool(jnp.isin(y, jnp.stack([0 * x, 2 * x])).all()) for y in others)
        """,
    )


@with_other_layers
def bridge_module_under_jit(builder: NnxProgramBuilder) -> None:
    """`init` and `apply` of a `bridge.Module` under `jax.jit`."""
    builder.write_program(
        # A uniform draw is not rounded, so a compiled one has the same bits.
        compact("x = bridge.linen_in_bridge_mdl(nn.Dense(4, kernel_init=nn.initializers.uniform(1.0)))(x)"),
        """
        assert_same(unboxed(jax.jit(lambda key: model.init(key, x))(jax.random.key(0))), unboxed(variables))
        apply = jax.jit(lambda variables: model.apply(variables, x))
        plain = jax.jit(lambda variables: nn.Dense(4).apply(variables, x))
        assert_same(apply(variables), plain({"params": unboxed(variables)["params"]["Dense_0"]}))
        """,
    )


@with_other_layers
def gradients_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """Gradients with respect to the parameters of a `bridge.Module`."""
    builder.write_program(
        compact("x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        """
        dense = {"params": unboxed(variables)["params"]["Dense_0"]}
        gradients = jax.grad(lambda variables: (model.apply(variables, x) ** 2).sum())(variables)
        expected = jax.grad(lambda variables: (nn.Dense(4).apply(variables, x) ** 2).sum())(dense)
        assert_same(unboxed(gradients)["params"]["Dense_0"], expected["params"])
        """,
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@with_other_layers
def missing_linen_parameter_in_a_bridge_module_raises(builder: NnxProgramBuilder) -> None:
    """A call of a `bridge.Module` without a parameter of its Linen layer."""
    name = builder.draw(st.sampled_from(["kernel", "bias"]))
    builder.write_program(
        compact("x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        f"""
        del variables["params"]["Dense_0"]["{name}"]
        assert raised(lambda: model.apply(variables, x)) is not None, "no exception"
        """,
    )


@with_other_layers
def layers_of_one_type_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """Layers of the same type in a compact `bridge.Module`, numbered in order."""
    made, kind = builder.draw(
        st.sampled_from(
            [
                ("bridge.linen_in_bridge_mdl(nn.Dense(3))", "Dense"),
                ("bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Linear(3, 3, rngs=rngs))", "Linear"),
            ]
        )
    )
    builder.write_program(
        compact(f"x = {made}({made}(x))"),
        f"""
        params = unboxed(variables)["params"]
        assert params.keys() == {{"{kind}_0", "{kind}_1"}}
        expected = x
        # The outer one is made first.
        for name in ("{kind}_1", "{kind}_0"):
            expected = nn.Dense(3).apply({{"params": params[name]}}, expected)
        assert_same(model.apply(variables, x), expected)
        """,
    )


@with_other_layers
def named_layer_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A layer with a given name in a compact `bridge.Module`."""
    made = builder.draw(
        st.sampled_from(
            [
                'bridge.linen_in_bridge_mdl(nn.Dense(4), name="first")',
                'bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Linear(3, 4, rngs=rngs), name="first")',
            ]
        )
    )
    builder.write_program(
        compact(f"x = {made}(x)"),
        """
        params = unboxed(variables)["params"]
        assert params.keys() == {"first"}
        assert_same(model.apply(variables, x), nn.Dense(4).apply({"params": params["first"]}, x))
        """,
    )


@with_other_layers
def initial_statistics_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """The initial statistics of an `nn.BatchNorm` in a `bridge.Module`."""
    builder.write_program(
        compact("x = bridge.linen_in_bridge_mdl(nn.BatchNorm(use_running_average=False))(x)"),
        """
        expected = nn.BatchNorm(use_running_average=False).init(jax.random.key(0), x)
        assert_same({name: tree["BatchNorm_0"] for name, tree in unboxed(variables).items()}, expected)
        """,
    )


@with_other_layers
def statistics_in_nested_bridge_modules(builder: NnxProgramBuilder) -> None:
    """An `nn.BatchNorm` in a `bridge.Module` in another `bridge.Module`."""
    builder.write_program(
        """
        class Inner(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return bridge.linen_in_bridge_mdl(nn.BatchNorm(use_running_average=False))(x)
        """,
        compact("x = Inner()(x)"),
        """
        norm = nn.BatchNorm(use_running_average=False)
        own = {name: tree["Inner_0"]["BatchNorm_0"] for name, tree in unboxed(variables).items()}
        y, updates = model.apply(variables, x, mutable=["batch_stats"])
        expected, changed = norm.apply(own, x, mutable=["batch_stats"])
        assert_same(y, expected)
        assert_same(unboxed(updates)["batch_stats"]["Inner_0"]["BatchNorm_0"], changed["batch_stats"])
        """,
    )


@with_other_layers
def setup_in_a_compact_bridge_module(builder: NnxProgramBuilder) -> None:
    """A `bridge.Module` with `setup` in a compact `bridge.Module`."""
    builder.write_program(
        """
        class Inner(bridge.Module):
            def setup(self):
                self.layer = bridge.linen_in_bridge_mdl(nn.Dense(4))

            def __call__(self, x):
                return self.layer(x)
        """,
        compact("x = Inner()(x)"),
        """
        own = {"params": unboxed(variables)["params"]["Inner_0"]["layer"]}
        assert_same(model.apply(variables, x), nn.Dense(4).apply(own, x))
        """,
    )


@with_other_layers
def setup_of_bridge_modules_runs_once(builder: NnxProgramBuilder) -> None:
    """The `setup` of nested `bridge.Module` objects, which runs once per `init`."""
    builder.write_program(
        """
        ran = []

        class Inner(bridge.Module):
            def setup(self):
                ran.append("inner")
                self.layer = bridge.linen_in_bridge_mdl(nn.Dense(3))

            def __call__(self, x):
                return self.layer(x)

        class Block(bridge.Module):
            def setup(self):
                ran.append("outer")
                self.inner = Inner()
                self.again = self.inner

            def __call__(self, x):
                return self.inner(self.again(x))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        variables = Block().init(jax.random.key(0), x)
        assert sorted(ran) == ["inner", "outer"], f"{ran}"
        """
    )


@with_other_layers
def partitioned_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """A Linen layer with an `nn.Partitioned` kernel in a `bridge.Module`."""
    builder.write_program(
        """
        kernel_init = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))

        class Block(bridge.Module):
            @bridge.compact
            def __call__(self, x):
                return bridge.linen_in_bridge_mdl(nn.Dense(4, kernel_init=kernel_init))(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        with mesh(["data"]):
            variables = Block().init(jax.random.key(0), x)
            kernel = variables["params"]["Dense_0"]["kernel"]
            assert isinstance(kernel, nn.Partitioned), f"{type(kernel).__name__}"
            assert kernel.names == (None, "data")
            own = {"params": unboxed(variables)["params"]["Dense_0"]}
            assert_same(Block().apply(variables, x), nn.Dense(4).apply(own, x))
        """
    )


@with_other_layers
def nnx_dropout_in_a_bridge_module(builder: NnxProgramBuilder) -> None:
    """An `nnx.Dropout` in a `bridge.Module`, with equal and with different keys."""
    builder.write_program(
        compact("x = bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Dropout(0.5, deterministic=False, rngs=rngs))(x)"),
        """
        one, again = (model.apply(variables, x, rngs={"dropout": jax.random.key(1)}) for _ in range(2))
        others = [model.apply(variables, x, rngs={"dropout": jax.random.key(seed)}) for seed in range(2, 8)]
        assert_same(one, again)
        assert not all(jnp.array_equal(one, other) for other in others)
        """,
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@with_other_layers
def missing_nnx_parameter_in_a_bridge_module_raises(builder: NnxProgramBuilder) -> None:
    """A call of a `bridge.Module` without a parameter of its NNX layer, but with keys."""
    builder.write_program(
        compact("x = bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Linear(3, 3, rngs=rngs))(x)"),
        """
        del variables["params"]["Linear_0"]["kernel"]
        keys = {"params": jax.random.key(1)}
        assert raised(lambda: model.apply(variables, x, rngs=keys)) is not None, "no exception"
        """,
    )
