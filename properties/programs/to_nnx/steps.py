"""Steps of a script: each is taken with the layer and in plain Linen, and asserts that both match.

Throughout, ``layer`` is the bridged module, and ``variables`` what plain Linen has for its state.
"""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import step

OUTPUT = "assert_same(y, expected)"
STATE = "assert_same(linen_variables(layer), variables)"


def init(builder: LinenProgramBuilder) -> None:
    """The first step of every script."""
    builder.both("layer.lazy_init(x)", "variables = linen.init(keys, x)", STATE, keys=True)


@step()
def call(builder: LinenProgramBuilder) -> None:
    """A call that changes nothing."""
    call_with(builder, "x")


def call_with(builder: LinenProgramBuilder, arguments: str) -> None:
    """A call with these arguments, which changes nothing."""
    draws = builder.has_any({"random"})
    rngs = ", rngs=keys" if draws else ""
    builder.both(
        f"y = layer({arguments})", f"expected = linen.apply(variables, {arguments}{rngs})", OUTPUT, STATE, keys=draws
    )


@step(tried_with="counter")
def mutable_call(builder: LinenProgramBuilder) -> None:
    """A call with all collections mutable that the module changes."""
    mutable_call_with(builder, repr(builder.mutable).replace("'", '"'))


def mutable_call_with(builder: LinenProgramBuilder, mutable: str, options: str = "") -> None:
    """A call with this for ``mutable``, and with these options."""
    draws = builder.has_any({"random"})
    rngs = ", rngs=keys" if draws else ""
    builder.both(
        f"y = layer(x, mutable={mutable}{options})",
        f"""
        expected, updates = linen.apply(variables, x, mutable={mutable}{options}{rngs})
        variables = {{**variables, **updates}}
        """,
        OUTPUT,
        STATE,
        keys=draws,
    )


@step(tried_with="counter")
def mutable_true(builder: LinenProgramBuilder) -> None:
    """A call with `mutable=True`."""
    mutable_call_with(builder, "True")


@step(tried_with="counter")
def mutable_string(builder: LinenProgramBuilder) -> None:
    """A call with the name of one collection for `mutable`."""
    mutable_call_with(builder, f'"{builder.draw(st.sampled_from(builder.mutable or ["cache"]))}"')


@step(tried_with="counter")
def mutable_deny_list(builder: LinenProgramBuilder) -> None:
    """A call with a `DenyList` for `mutable` that contains only `params`."""
    mutable_call_with(builder, 'flax.core.DenyList("params")')


@step()
def mutable_empty(builder: LinenProgramBuilder) -> None:
    """A call with `mutable=[]`."""
    mutable_call_with(builder, "[]")


@step()
def mutable_false(builder: LinenProgramBuilder) -> None:
    """A call with `mutable=False`."""
    call_with(builder, "x, mutable=False")


# jax.jit converts a number to an array, and its exception for a string names the argument.
@step("random", "no array")
def nnx_jit(builder: LinenProgramBuilder) -> None:
    """A call inside `nnx.jit`."""
    builder.both(
        "y = nnx.jit(lambda layer, x: layer(x))(layer, x)",
        "expected = jax.jit(linen.apply)(variables, x)",
        OUTPUT,
        STATE,
    )


@step("random", "no array", tried_with="counter")
def nnx_jit_of_a_mutable_call(builder: LinenProgramBuilder) -> None:
    """A mutable call inside `nnx.jit`."""
    mutable = repr(builder.mutable or ["cache"]).replace("'", '"')
    builder.both(
        f"y = nnx.jit(lambda layer, x: layer(x, mutable={mutable}))(layer, x)",
        f"""
        expected, updates = jax.jit(lambda variables, x: linen.apply(variables, x, mutable={mutable}))(variables, x)
        variables = {{**variables, **updates}}
        """,
        OUTPUT,
        STATE,
    )


@step("random", "no array")
def jax_jit_of_a_split_layer(builder: LinenProgramBuilder) -> None:
    """A call inside `jax.jit` of a layer that is split outside and merged inside."""
    builder.both(
        """
        graphdef, state = nnx.split(layer)
        y = jax.jit(lambda state, x: nnx.merge(graphdef, state)(x))(state, x)
        """,
        "expected = jax.jit(linen.apply)(variables, x)",
        OUTPUT,
        STATE,
    )


_GRADIENTS = """
    loss = lambda params: (linen.apply({**variables, "params": params}, x) ** 2).sum()
    variables = {**variables, "params": jax.grad(loss)(variables["params"])}
"""


@step("random")
def nnx_grad(builder: LinenProgramBuilder) -> None:
    """Gradients by `nnx.grad` with respect to the parameters."""
    builder.both("nnx.update(layer, nnx.grad(lambda layer: (layer(x) ** 2).sum())(layer))", _GRADIENTS, STATE)


@step("random")
def jax_grad_of_a_split_layer(builder: LinenProgramBuilder) -> None:
    """Gradients by `jax.grad` with respect to the parameters of a split layer."""
    builder.both(
        """
        graphdef, params, rest = nnx.split(layer, nnx.Param, ...)
        nnx.update(layer, jax.grad(lambda params: (nnx.merge(graphdef, params, rest)(x) ** 2).sum())(params))
        """,
        _GRADIENTS,
        STATE,
    )


@step(needs="nnx.to_pure_dict")
def save_and_restore(builder: LinenProgramBuilder) -> None:
    """The state of a layer saved as msgpack and restored into another layer."""
    builder.both(
        f"""
        data = saved(layer)
        layer = bridge.ToNNX({builder.made}, rngs={builder.rngs_from(7)}).lazy_init(x)
        restore(layer, data)
        """,
        """
        data = flax.serialization.to_bytes(jax.tree.map(np.asarray, variables))
        variables = jax.tree.map(jnp.asarray, flax.serialization.from_bytes(linen.init(keys, x), data))
        """,
        STATE,
        keys=True,
    )
    call(builder)


@step()
def split_and_merge(builder: LinenProgramBuilder) -> None:
    """A layer after `nnx.split` and `nnx.merge`."""
    builder.step(f"""
        layer = nnx.merge(*nnx.split(layer))
        {STATE}
    """)
    call(builder)


@step()
def clone(builder: LinenProgramBuilder) -> None:
    """A layer copied by `nnx.clone`."""
    builder.step(f"""
        layer = nnx.clone(layer)
        {STATE}
    """)
    call(builder)


@step()
def deepcopy(builder: LinenProgramBuilder) -> None:
    """A layer copied by `copy.deepcopy`."""
    builder.use("import copy")
    builder.both("layer = copy.deepcopy(layer)", "variables = copy.deepcopy(variables)", STATE)
    call(builder)


@step()
def nnx_update(builder: LinenProgramBuilder) -> None:
    """`nnx.update` of the parameters with new values."""
    call(builder)
    builder.both(
        "nnx.update(layer, jax.tree.map(lambda leaf: leaf + 1, nnx.state(layer, nnx.Param)))",
        'variables = {**variables, "params": jax.tree.map(lambda leaf: leaf + 1, variables["params"])}',
        STATE,
    )
    call(builder)


@step()
def numpy_params(builder: LinenProgramBuilder) -> None:
    """Parameters that are NumPy arrays, as after a restore."""
    builder.both(
        """
        given = jax.tree.map(np.array, nnx.state(layer, nnx.Param))
        before = jax.tree.map(np.array, given)
        nnx.update(layer, given)
        """,
        'variables = {**variables, "params": jax.tree.map(np.array, variables["params"])}',
        STATE,
    )
    (mutable_call if builder.mutable else call)(builder)
    builder.step("assert_same(given, before)")


@step("random", "no array", needs="nnx.Pytree")
def jax_jit_of_the_layer(builder: LinenProgramBuilder) -> None:
    """A call inside `jax.jit` of a layer passed as a pytree."""
    builder.both(
        "y = jax.jit(lambda layer, x: layer(x))(layer, x)",
        "expected = jax.jit(linen.apply)(variables, x)",
        OUTPUT,
        STATE,
    )


@step("container", "boxes", "custom box")
def nnx_update_with_a_dict(builder: LinenProgramBuilder) -> None:
    """`nnx.update` with a dict of `nnx.Param` objects."""
    builder.both(
        'nnx.update(layer, jax.tree.map(lambda leaf: nnx.Param(leaf + 1), variables["params"]))',
        'variables = {**variables, "params": jax.tree.map(lambda leaf: leaf + 1, variables["params"])}',
        """
        values = jax.tree.leaves(linen_variables(layer))
        assert not any(isinstance(value, nnx.Variable) for value in values), "a variable in a variable"
        """,
        STATE,
    )
    call(builder)


@step(tried_with="make_rng")
def rngs_at_the_call(builder: LinenProgramBuilder) -> None:
    """A call with an `nnx.Rngs` for `rngs`."""
    streams = ", ".join(["1", *(f"{name}=2" for name in builder.streams)])
    builder.both(
        f"y = layer(x, rngs=nnx.Rngs({streams}))",
        "expected = linen.apply(variables, x, rngs=keys)",
        OUTPUT,
        STATE,
        keys=True,
    )


@step()
def method_by_name(builder: LinenProgramBuilder) -> None:
    """A call of another method by its name."""
    with_double(builder)
    call_with(builder, 'x, method="double"')


@step()
def method_by_function(builder: LinenProgramBuilder) -> None:
    """A call of another method by its function, as in `method=Block.double`."""
    with_double(builder)
    call_with(builder, "x, method=Block.double")


@step()
def method_by_lambda(builder: LinenProgramBuilder) -> None:
    """A call with a function of the module for `method`."""
    call_with(builder, "x, method=lambda module, x: 2 * module(x)")


@step("random", needs="nnx.bridge.ToNNX.__getattr__")
def method_as_attribute(builder: LinenProgramBuilder) -> None:
    """A call of another method as an attribute of the layer, as in `layer.double(x)`."""
    with_double(builder)
    builder.both("y = layer.double(x)", 'expected = linen.apply(variables, x, method="double")', OUTPUT, STATE)


@step("perturbed", tried_with="sow")
def pop(builder: LinenProgramBuilder) -> None:
    """Sown intermediates removed from the layer by `nnx.pop`."""
    mutable_call(builder)
    builder.step(f"""
        nnx.pop(layer, nnx.Intermediate)
        variables = {{name: tree for name, tree in variables.items() if name != "intermediates"}}
        {STATE}
    """)


@step("random")
def capture_intermediates(builder: LinenProgramBuilder) -> None:
    """Two calls with `capture_intermediates=True`, each followed by a plain call."""
    builder.has("sown")
    for _ in range(2):
        mutable_call_with(builder, '["intermediates"]', ", capture_intermediates=True")
        call(builder)


def with_double(builder: LinenProgramBuilder) -> None:
    """Give the outermost module another method."""
    builder.blocks[-1].add_method("def double(self, x):\n    return 2 * self(x)")
