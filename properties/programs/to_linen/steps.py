"""Steps that are taken with the `ToLinen` module and with the NNX module; each is a feature."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import OUTPUT, STATE, NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

step = feature(NnxFeatureKind.STEP)
on_a_counter = feature(NnxFeatureKind.STEP, tried_with="counter")
deterministic = feature(NnxFeatureKind.STEP, "random")
other_methods = feature(NnxFeatureKind.STEP, needs="nnx.bridge.ToLinen.__call__(nnx_method)")
deterministic_methods = feature(NnxFeatureKind.STEP, "random", needs="nnx.bridge.ToLinen.__call__(nnx_method)")
on_parameters = feature(NnxFeatureKind.STEP, tried_with="linear")


@step
def call(builder: NnxProgramBuilder) -> None:
    """A call with all collections mutable that the module changes."""
    builder.call()


@on_a_counter
def two_calls(builder: NnxProgramBuilder) -> None:
    """Two successive calls with different keys."""
    builder.call()
    builder.call(seed=2)


# Excused: `ToLinen` drops the change silently; `change_of_an_immutable_collection_raises` asks for what plain
# Linen does.
@on_a_counter
def call_without_mutable(builder: NnxProgramBuilder) -> None:
    """A call without `mutable`, after which Linen's variables are unchanged."""
    builder.call(mutable="")
    builder.call()


@on_a_counter
def mutable_true(builder: NnxProgramBuilder) -> None:
    """A call with `mutable=True`."""
    builder.call(mutable="True")


@feature(NnxFeatureKind.STEP, "random", tried_with="counter")
def mutable_empty(builder: NnxProgramBuilder) -> None:
    """A call with `mutable=[]`."""
    builder.both(
        "y, updates = linen.apply(variables, x, mutable=[])", "expected = block(x)", OUTPUT, "assert_same(updates, {})"
    )
    _forget(builder)


@deterministic
def init_with_output(builder: NnxProgramBuilder) -> None:
    """`init_with_output` of the `ToLinen` module."""
    _init_with_output(builder, "x", "block(x)")


@step
def init_under_jit(builder: NnxProgramBuilder) -> None:
    """`init` of the `ToLinen` module under `jax.jit`."""
    builder.both(
        f"variables = jax.jit(linen.init)({builder.keys(3)}, x)",
        f"jax.jit(lambda: nnx.state({builder.made('nnx.Rngs(0)')}))()",
        "set_variables(block, variables)",
        STATE,
    )
    builder.call()


@step
def eval_shape(builder: NnxProgramBuilder) -> None:
    """`jax.eval_shape` of `init`."""
    builder.both(
        f"shapes = unboxed(jax.eval_shape(linen.init, {builder.keys(3)}, x))",
        f"jax.eval_shape(lambda: nnx.state({builder.made('nnx.Rngs(0)')}))",
        "assert_same(jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes),\n"
        "            jax.tree.map(jnp.zeros_like, variables_of(block)))",
    )


@feature(NnxFeatureKind.STEP, "random", "not traced")
def jit(builder: NnxProgramBuilder) -> None:
    """A call under `jax.jit`."""
    kept = f", mutable={builder.mutable}".replace("'", '"') if builder.mutable else ""
    builder.both(
        f"{'y, updates' if kept else 'y'} = jax.jit(lambda variables: linen.apply(variables, x{kept}))(variables)",
        "expected = nnx.jit(lambda block: block(x))(block)",
        OUTPUT,
        *(["variables = {**variables, **updates}", STATE] if kept else []),
    )


@feature(NnxFeatureKind.STEP, "random", tried_with="linear")
def grad(builder: NnxProgramBuilder) -> None:
    """Gradients by `jax.grad` with respect to the parameters."""
    builder.both(
        """
        loss = lambda params: jnp.sum(linen.apply({**variables, "params": params}, x) ** 2)
        grads = jax.grad(loss)(variables["params"])
        """,
        "expected = nnx.grad(lambda block: jnp.sum(block(x) ** 2))(block)",
        'assert_same(unboxed({"params": grads}), variables_of(expected, "params"))',
    )
    _forget(builder)


@step
def serialization(builder: NnxProgramBuilder) -> None:
    """Variables written and read by `flax.serialization`, as bytes or msgpack."""
    ways = [("from_bytes({target}, flax.serialization.to_bytes({given}))", "variables")]
    if not builder.has_any({"plain array"}):  # which are not among Linen's variables
        ways.append(("msgpack_restore(flax.serialization.msgpack_serialize({given}))", "unboxed(variables)"))
    through, given = builder.draw(st.sampled_from(ways))
    restored = through.format(target=f"linen.init({builder.keys(7)}, x)", given=given)
    expected = through.format(target="variables_of(block)", given="variables_of(block)")
    # Restored variables are NumPy arrays, which `numpy_params` tests.
    builder.both(
        f"variables = jax.tree.map(jnp.asarray, flax.serialization.{restored})",
        f"jax.tree.map(jnp.asarray, flax.serialization.{expected})",
        STATE,
    )
    builder.call()


@step
def frozen_dict(builder: NnxProgramBuilder) -> None:
    """Variables in a `FrozenDict`."""
    builder.steps.append("variables = flax.core.freeze(variables)")
    builder.call()
    builder.steps.append("variables = flax.core.unfreeze(variables)")


@on_parameters
def numpy_params(builder: NnxProgramBuilder) -> None:
    """Parameters that are NumPy arrays."""
    builder.steps.append(
        'variables = {**variables, **jax.tree.map(np.asarray, {"params": variables["params"]})}\n'
        "set_variables(block, variables)"
    )
    builder.call()


@deterministic
def unknown_variable(builder: NnxProgramBuilder) -> None:
    """A call with a variable that the module does not have."""
    builder.both(
        """
        more = {**variables, "params": {**variables.get("params", {}), "unknown": jnp.ones(3)}}
        y = linen.apply(more, x)
        """,
        "expected = block(x)",
        OUTPUT,
    )
    _forget(builder)


@deterministic_methods
def nnx_method(builder: NnxProgramBuilder) -> None:
    """Another method, called by the argument `nnx_method`."""
    builder.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    way = builder.draw(
        st.sampled_from(
            ['linen.apply(variables, x, nnx_method="doubled")', "linen.apply(variables, x, nnx_method=Block.doubled)"]
        )
    )
    builder.both(f"y = {way}", "expected = block.doubled(x)", OUTPUT)
    _forget(builder)


@deterministic_methods
def init_with_nnx_method(builder: NnxProgramBuilder) -> None:
    """`init_with_output` with the argument `nnx_method`."""
    builder.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    _init_with_output(builder, 'x, nnx_method="doubled"', "block.doubled(x)")


@feature(NnxFeatureKind.STEP, "random", "factory", needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def method_of_the_bound_module(builder: NnxProgramBuilder) -> None:
    """Another method, called on the bound `ToLinen` module."""
    builder.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    builder.both("y = linen.bind(variables).doubled(x)", "expected = block.doubled(x)", OUTPUT)
    _forget(builder)


@feature(NnxFeatureKind.STEP, "random", "factory", needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def linen_method_argument(builder: NnxProgramBuilder) -> None:
    """Another method, called by the argument `method` of `apply`."""
    builder.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    builder.both('y = linen.apply(variables, x, method="doubled")', "expected = block.doubled(x)", OUTPUT)
    _forget(builder)


@feature(NnxFeatureKind.STEP, "random", "factory", needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def method_called_by_a_linen_parent(builder: NnxProgramBuilder) -> None:
    """Another method of a `ToLinen` module, called by its Linen parent."""
    builder.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    builder.surround(
        "class Linen(nn.Module):\n"
        "    def setup(self):\n"
        f"        self.inner = {builder.linen}\n\n"
        "    def __call__(self, x):\n"
        "        return self.inner.doubled(x)"
    )
    builder.steps.append("parent = Linen()\nof_parent = parent.init(jax.random.key(0), x)")
    builder.both(
        "y = parent.apply(of_parent, x)",
        """
        set_variables(block, {name: tree["inner"] for name, tree in unboxed(of_parent).items()})
        expected = block.doubled(x)
        """,
        OUTPUT,
        "set_variables(block, variables)",
    )


@other_methods
def call_arguments(builder: NnxProgramBuilder) -> None:
    """Additional positional and keyword arguments of a call."""
    builder.methods.append("def shifted(self, x, by, *, times=1):\n    return self(x) + by * times")
    given = builder.draw(st.sampled_from(["x, 2.0", "x, by=2.0", "x, 2.0, times=3"]))
    builder.call(given, method="shifted")


@feature(NnxFeatureKind.STEP, "random", "not traced", "no hash")
def static_argument(builder: NnxProgramBuilder) -> None:
    """The `ToLinen` module as a static argument of `jax.jit`."""
    builder.steps.append(
        "assert linen == linen.clone()\n"
        "apply = jax.jit(lambda linen, variables: linen.apply(variables, x), static_argnums=0)\n"
        "assert_same(apply(linen, variables), jax.jit(lambda variables: linen.apply(variables, x))(variables))"
    )


@deterministic
def bind(builder: NnxProgramBuilder) -> None:
    """A call of the `ToLinen` module bound to its variables."""
    builder.both("y = linen.bind(variables)(x)", "expected = block(x)", OUTPUT)
    _forget(builder)


def _init_with_output(builder: NnxProgramBuilder, arguments: str, expected: str) -> None:
    builder.both(
        f"y, variables = linen.init_with_output({builder.keys(3)}, {arguments})",
        f"""
        block = {builder.made("nnx.Rngs(**keys)")}
        made = variables_of(block)
        expected = {expected}
        """,
        "assert_same(unboxed(variables), made)",
        OUTPUT,
        "set_variables(block, variables)",
        keys=True,
    )


def _forget(builder: NnxProgramBuilder) -> None:
    """Undo what an immutable call changed in the NNX module."""
    if builder.mutable:
        builder.steps.append("set_variables(block, variables)")
