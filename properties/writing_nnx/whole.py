"""Programs that are written down whole: lifted transforms, calls that Linen refuses, round trips, and bridge.Module."""

from textwrap import dedent

from hypothesis import strategies as st

from properties.writing_nnx.draft import Draft
from properties.writing_nnx.features import Kind, feature

program = feature(Kind.PROGRAM)
of_bridge_module = feature(Kind.PROGRAM, needs="nnx.bridge.interop")

_SCALED = """
    class Block(nnx.Module):
        def __init__(self, *, rngs):
            self.w = nnx.Param(jax.random.normal(rngs.params(), (3,)))
            self.mean = nnx.BatchStat(jnp.zeros(()))

        def __call__(self, x):
            self.mean.value = 0.5 * self.mean[...] + x.max()
            return x * self.w[...] + self.mean[...]

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
"""
_LAYER = """
    class Block(nnx.Module):
        def __init__(self, *, rngs):
            self.layer = nnx.Linear(3, 4, rngs=rngs)

        def __call__(self, x):
            return self.layer(x)

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = bridge.to_linen(Block)
    variables = linen.init(jax.random.key(0), x)
"""


def _write(draft: Draft, *texts: str) -> None:
    draft.whole = "\n\n".join(dedent(text).strip("\n") for text in texts) + "\n"


# Lifted transforms, with parameters of their own for each element or step.


@program
def lifted_vmap(draft: Draft) -> None:
    """The lifted nn.vmap over it, with parameters and statistics of its own for each element of the batch."""
    _write(
        draft,
        _SCALED,
        """
        axes = {"params": 0, "batch_stats": 0, "nnx": None}
        linen = nn.vmap(bridge.ToLinen, variable_axes=axes, split_rngs={"params": True})(Block)
        variables = linen.init(jax.random.key(0), x)
        y, updates = linen.apply(variables, x, mutable=["batch_stats"])

        block = Block(rngs=nnx.Rngs(0))
        assert not jnp.array_equal(*unboxed(variables)["params"]["w"])
        for n in range(2):
            set_variables(block, jax.tree.map(lambda leaf: leaf[n], unboxed(variables)))
            assert_same(y[n], block(x[n]))
            assert_same(jax.tree.map(lambda leaf: leaf[n], unboxed(updates)), variables_of(block, "batch_stats"))
        """,
    )


@program
def lifted_scan(draft: Draft) -> None:
    """The lifted nn.scan over it, with parameters and statistics of its own for each step."""
    _write(
        draft,
        _SCALED,
        """
        class Step(nn.Module):
            @nn.compact
            def __call__(self, x, _):
                return bridge.to_linen(Block, name="inner")(x), None

        kinds = {"variable_axes": {"params": 0, "batch_stats": 0}, "variable_broadcast": "nnx"}
        linen = nn.scan(Step, **kinds, split_rngs={"params": True}, length=2)()
        variables = linen.init(jax.random.key(0), x, None)
        (y, _), updates = linen.apply(variables, x, None, mutable=["batch_stats"])

        block = Block(rngs=nnx.Rngs(0))
        expected = x
        for n in range(2):
            step = jax.tree.map(lambda leaf: leaf[n], unboxed(variables))
            set_variables(block, {name: tree["inner"] for name, tree in step.items()})
            expected = nnx.jit(lambda block, x: block(x))(block, expected)
        np.testing.assert_allclose(y, expected, rtol=1e-6)
        assert jax.tree.map(jnp.shape, unboxed(updates)) == {"batch_stats": {"inner": {"mean": (2,)}}}
        """,
    )


@program
def lifted_grad(draft: Draft) -> None:
    """nn.vjp inside a Linen module, by the parameters of it and by the input."""
    _write(
        draft,
        _LAYER,
        """
        class Linen(nn.Module):
            @nn.compact
            def __call__(self, x):
                inner = bridge.to_linen(Block, name="inner")
                value, gradients = nn.vjp(lambda inner, x: (inner(x) ** 2).sum(), inner, x)
                return value, gradients(jnp.ones(()))

        linen = Linen()
        variables = linen.init(jax.random.key(0), x)
        value, (of_variables, of_x) = linen.apply(variables, x)

        block = Block(rngs=nnx.Rngs(0))
        set_variables(block, {"params": unboxed(variables)["params"]["inner"]})
        expected, gradients = nnx.value_and_grad(lambda block: (block(x) ** 2).sum())(block)
        assert_same(value, expected)
        assert_same(unboxed({"params": of_variables["params"]}), variables_of(gradients))
        assert_same(of_x, jax.grad(lambda x: (block(x) ** 2).sum())(x))
        """,
    )


@program
def variables_of_numpy_are_left_alone(draft: Draft) -> None:
    """A call with variables that are arrays of NumPy, as restored ones are, does not write into the caller's arrays."""
    mutable = draft.draw(st.sampled_from(["", ', mutable=["batch_stats"]']))
    _write(
        draft,
        f"""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(nnx.BatchNorm, 3)
        variables = jax.tree.map(np.array, linen.init(jax.random.key(0), x))
        before = jax.tree.map(np.array, variables)
        linen.apply(variables, x{mutable})
        assert_same(variables, before)
        """,
    )


# What Linen refuses.


@program
def missing_parameter_is_refused(draft: Draft) -> None:
    """A call without one of the parameters, which plain Linen refuses."""
    _write(
        draft,
        _LAYER,
        f"""
        del variables["params"]["layer"]{draft.draw(st.sampled_from(['["bias"]', '["kernel"]', ""]))}
        assert raised(lambda: linen.apply(variables, x)) is not None, "it is not refused"
        """,
    )


@program
def missing_collection_is_refused(draft: Draft) -> None:
    """A call without the collection of the parameters, which plain Linen refuses."""
    _write(
        draft,
        _LAYER,
        """
        del variables["params"]
        assert raised(lambda: linen.apply(variables, x)) is not None, "it is not refused"
        """,
    )


@program
def misshapen_parameter_is_refused(draft: Draft) -> None:
    """A call with a parameter of another shape, which plain Linen refuses."""
    _write(
        draft,
        _LAYER,
        f"""
        kernel = jnp.ones({draft.draw(st.sampled_from(["(3, 5)", "(3, 1)", "(2, 4)"]))})
        variables["params"]["layer"]["kernel"] = jax.tree.map(lambda _: kernel, variables["params"]["layer"]["kernel"])
        assert raised(lambda: linen.apply(variables, x)) is not None, "it is not refused"
        """,
    )


@feature(Kind.PROGRAM, needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def unknown_method_is_refused(draft: Draft) -> None:
    """A call by the name of a method that there is not, or of an attribute that is no method."""
    method = draft.draw(st.sampled_from(["nothing", "size"]))
    _write(
        draft,
        _LAYER,
        f"""
        Block.size = 3
        assert raised(lambda: linen.apply(variables, x, nnx_method="{method}")) in (AttributeError, TypeError)
        """,
    )


@program
def wrong_width_is_refused(draft: Draft) -> None:
    """A call with an input of another width, which NNX refuses."""
    _write(
        draft,
        _LAYER,
        """
        assert raised(lambda: linen.apply(variables, x[:, :2])) is not None, "it is not refused"
        """,
    )


# There and back.


@program
def linen_to_nnx_to_linen(draft: Draft) -> None:
    """A Linen module in ToNNX in ToLinen is the Linen module: its variables, and its outputs."""
    _write(
        draft,
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.Dense(4)(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        """,
        _BETWEEN,
        """
        assert_same(linen.apply(variables, x), Block().apply(expected, x))
        """,
    )


@program
def counter_there_and_back(draft: Draft) -> None:
    """A Linen module in ToNNX in ToLinen changes the collections that the outermost call says are mutable."""
    _write(
        draft,
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                calls = self.variable("counter", "calls", jnp.zeros, ())
                calls.value += 1
                return x + calls.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        """,
        _BETWEEN,
        """
        for _ in range(2):
            y, updates = linen.apply(variables, x, mutable=["counter"])
            wanted, changed = Block().apply(expected, x, mutable=["counter"])
            assert_same(y, wanted)
            assert_same({name: tree["layer"] for name, tree in unboxed(updates).items()}, changed)
            variables, expected = {**variables, **updates}, {**expected, **changed}
        """,
    )


_BETWEEN = """
    class Between(nnx.Module):
        def __init__(self, *, rngs):
            self.layer = bridge.ToNNX(Block(), rngs=rngs)
            with keys_handed_to_linen() as keys:
                bridge.lazy_init(self.layer, x)
            handed.update(keys)

        def __call__(self, x):
            return self.layer(x)

    handed = {}
    linen = bridge.to_linen(Between)
    variables = linen.init(jax.random.key(0), x)
    expected = Block().init(handed, x)
    assert_same({name: tree["layer"] for name, tree in unboxed(variables).items()}, expected)
"""


@program
def nnx_to_linen_to_nnx(draft: Draft) -> None:
    """An NNX module in ToLinen in ToNNX is the NNX module: its variables, and its outputs."""
    _write(
        draft,
        _LAYER,
        """
        layer = bridge.ToNNX(bridge.to_linen(Block), rngs=nnx.Rngs(0))
        with keys_handed_to_nnx() as keys:
            bridge.lazy_init(layer, x)

        block = Block(rngs=nnx.Rngs(**keys))
        assert_same(unboxed(linen_variables(layer)), variables_of(block))
        assert_same(layer(x), block(x))
        """,
    )


@program
def statistics_there_and_back(draft: Draft) -> None:
    """An NNX module in ToLinen in ToNNX changes its statistics as the NNX module does."""
    _write(
        draft,
        _SCALED,
        """
        layer = bridge.ToNNX(bridge.to_linen(Block), rngs=nnx.Rngs(0))
        with keys_handed_to_nnx() as keys:
            bridge.lazy_init(layer, x)

        block = Block(rngs=nnx.Rngs(**keys))
        set_variables(block, linen_variables(layer))
        for _ in range(2):
            assert_same(layer(x, mutable=["batch_stats"]), block(x))
            assert_same(unboxed(linen_variables(layer)), variables_of(block))
        """,
    )


# bridge.Module, whose calls read as Linen's.

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


@of_bridge_module
def linen_in_a_bridge_module(draft: Draft) -> None:
    """A Linen layer in a bridge.Module, compact or in setup."""
    compact = draft.draw(st.booleans())
    name = "Dense_0" if compact else "inner"
    made = "bridge.linen_in_bridge_mdl(nn.Dense(4))"
    _write(
        draft,
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


@of_bridge_module
def nnx_in_a_bridge_module(draft: Draft) -> None:
    """An NNX layer in a bridge.Module, compact or in setup."""
    compact = draft.draw(st.booleans())
    name = "Linear_0" if compact else "inner"
    made = "bridge.nnx_in_bridge_mdl(lambda rngs: nnx.Linear(3, 4, rngs=rngs))"
    _write(
        draft,
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
    _write(
        draft,
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


@of_bridge_module
def updates_of_a_bridge_module(draft: Draft) -> None:
    """A mutable call of a bridge.Module gives back the mutable collections and no other, as Linen does."""
    _write(
        draft,
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.BatchNorm(use_running_average=False))(x)"),
        """
        _, updates = model.apply(variables, x, mutable=["batch_stats"])
        assert updates.keys() == {"batch_stats"}, f"updates of {sorted(updates)}"
        """,
    )


@of_bridge_module
def statistics_in_a_bridge_module(draft: Draft) -> None:
    """A Linen BatchNorm in a bridge.Module, which a mutable call changes."""
    _write(
        draft,
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


@of_bridge_module
def bridge_module_in_a_bridge_module(draft: Draft) -> None:
    """A bridge.Module in a bridge.Module, with a Linen and an NNX layer in it."""
    _write(
        draft,
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


@of_bridge_module
def bridge_module_split_and_merged(draft: Draft) -> None:
    """A bridge.Module that was split and merged as the NNX module that it is."""
    _write(
        draft,
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        """
        model = nnx.merge(*nnx.split(model))
        expected = nn.Dense(4).apply({"params": unboxed(variables)["params"]["Dense_0"]}, x)
        assert_same(model.apply(variables, x), expected)
        """,
    )


@of_bridge_module
def dropout_in_a_bridge_module(draft: Draft) -> None:
    """A Linen Dropout in a bridge.Module draws from the keys of the call: equal ones give equal outputs."""
    _write(
        draft,
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dropout(0.5, deterministic=False))(x)"),
        """
        one, again = (model.apply(variables, x, rngs={"dropout": jax.random.key(1)}) for _ in range(2))
        others = [model.apply(variables, x, rngs={"dropout": jax.random.key(seed)}) for seed in range(2, 8)]
        assert_same(one, again)
        assert not all(jnp.array_equal(one, other) for other in others)
        assert all(bool(jnp.isin(y, jnp.stack([0 * x, 2 * x])).all()) for y in others)
        """,
    )


@of_bridge_module
def bridge_module_under_jit(draft: Draft) -> None:
    """A bridge.Module's init and apply under jax.jit."""
    _write(
        draft,
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        """
        assert_same(unboxed(jax.jit(lambda key: model.init(key, x))(jax.random.key(0))), unboxed(variables))
        apply = jax.jit(lambda variables: model.apply(variables, x))
        plain = jax.jit(lambda variables: nn.Dense(4).apply(variables, x))
        assert_same(apply(variables), plain({"params": unboxed(variables)["params"]["Dense_0"]}))
        """,
    )


@of_bridge_module
def gradients_in_a_bridge_module(draft: Draft) -> None:
    """Gradients by the parameters of a bridge.Module."""
    _write(
        draft,
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        """
        dense = {"params": unboxed(variables)["params"]["Dense_0"]}
        gradients = jax.grad(lambda variables: (model.apply(variables, x) ** 2).sum())(variables)
        expected = jax.grad(lambda variables: (nn.Dense(4).apply(variables, x) ** 2).sum())(dense)
        assert_same(unboxed(gradients)["params"]["Dense_0"], expected["params"])
        """,
    )


@of_bridge_module
def missing_parameter_of_a_bridge_module_is_refused(draft: Draft) -> None:
    """A call of a bridge.Module without one of its parameters."""
    name = draft.draw(st.sampled_from(["kernel", "bias"]))
    _write(
        draft,
        _COMPACT.replace("{body}", "x = bridge.linen_in_bridge_mdl(nn.Dense(4))(x)"),
        f"""
        del variables["params"]["Dense_0"]["{name}"]
        assert raised(lambda: model.apply(variables, x)) is not None, "it is not refused"
        """,
    )
