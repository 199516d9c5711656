"""Steps that are taken with the `ToLinen` module and with the NNX module; each is a feature."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import OUTPUT, STATE, Draft
from properties.programs.to_linen.features import Kind, feature

step = feature(Kind.STEP)
on_a_counter = feature(Kind.STEP, tried_with="counter")
deterministic = feature(Kind.STEP, "random")
other_methods = feature(Kind.STEP, needs="nnx.bridge.ToLinen.__call__(nnx_method)")
deterministic_methods = feature(Kind.STEP, "random", needs="nnx.bridge.ToLinen.__call__(nnx_method)")
on_parameters = feature(Kind.STEP, tried_with="linear")


@step
def call(draft: Draft) -> None:
    """A call with all collections mutable that the module changes."""
    draft.call()


@on_a_counter
def two_calls(draft: Draft) -> None:
    """Two successive calls with different keys."""
    draft.call()
    draft.call(seed=2)


# Excused: `ToLinen` drops the change silently; `change_of_an_immutable_collection_raises` asks for what plain
# Linen does.
@on_a_counter
def call_without_mutable(draft: Draft) -> None:
    """A call without `mutable`, after which Linen's variables are unchanged."""
    draft.call(mutable="")
    draft.call()


@on_a_counter
def mutable_true(draft: Draft) -> None:
    """A call with `mutable=True`."""
    draft.call(mutable="True")


@feature(Kind.STEP, "random", tried_with="counter")
def mutable_empty(draft: Draft) -> None:
    """A call with `mutable=[]`."""
    draft.both(
        "y, updates = linen.apply(variables, x, mutable=[])", "expected = block(x)", OUTPUT, "assert_same(updates, {})"
    )
    _forget(draft)


@deterministic
def init_with_output(draft: Draft) -> None:
    """`init_with_output` of the `ToLinen` module."""
    _init_with_output(draft, "x", "block(x)")


@step
def init_under_jit(draft: Draft) -> None:
    """`init` of the `ToLinen` module under `jax.jit`."""
    draft.both(
        f"variables = jax.jit(linen.init)({draft.keys(3)}, x)",
        f"jax.jit(lambda: nnx.state({draft.made('nnx.Rngs(0)')}))()",
        "set_variables(block, variables)",
        STATE,
    )
    draft.call()


@step
def eval_shape(draft: Draft) -> None:
    """`jax.eval_shape` of `init`."""
    draft.both(
        f"shapes = unboxed(jax.eval_shape(linen.init, {draft.keys(3)}, x))",
        f"jax.eval_shape(lambda: nnx.state({draft.made('nnx.Rngs(0)')}))",
        "assert_same(jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes),\n"
        "            jax.tree.map(jnp.zeros_like, variables_of(block)))",
    )


@feature(Kind.STEP, "random", "not traced")
def jit(draft: Draft) -> None:
    """A call under `jax.jit`."""
    kept = f", mutable={draft.mutable}".replace("'", '"') if draft.mutable else ""
    draft.both(
        f"{'y, updates' if kept else 'y'} = jax.jit(lambda variables: linen.apply(variables, x{kept}))(variables)",
        "expected = nnx.jit(lambda block: block(x))(block)",
        OUTPUT,
        *(["variables = {**variables, **updates}", STATE] if kept else []),
    )


@feature(Kind.STEP, "random", tried_with="linear")
def grad(draft: Draft) -> None:
    """Gradients by `jax.grad` with respect to the parameters."""
    draft.both(
        """
        loss = lambda params: jnp.sum(linen.apply({**variables, "params": params}, x) ** 2)
        grads = jax.grad(loss)(variables["params"])
        """,
        "expected = nnx.grad(lambda block: jnp.sum(block(x) ** 2))(block)",
        'assert_same(unboxed({"params": grads}), variables_of(expected, "params"))',
    )
    _forget(draft)


@step
def serialization(draft: Draft) -> None:
    """Variables written and read by `flax.serialization`, as bytes or msgpack."""
    ways = [("from_bytes({target}, flax.serialization.to_bytes({given}))", "variables")]
    if not draft.has_any({"plain array"}):  # which are not among Linen's variables
        ways.append(("msgpack_restore(flax.serialization.msgpack_serialize({given}))", "unboxed(variables)"))
    through, given = draft.draw(st.sampled_from(ways))
    restored = through.format(target=f"linen.init({draft.keys(7)}, x)", given=given)
    expected = through.format(target="variables_of(block)", given="variables_of(block)")
    # Restored variables are NumPy arrays, which `numpy_params` tests.
    draft.both(
        f"variables = jax.tree.map(jnp.asarray, flax.serialization.{restored})",
        f"jax.tree.map(jnp.asarray, flax.serialization.{expected})",
        STATE,
    )
    draft.call()


@step
def frozen_dict(draft: Draft) -> None:
    """Variables in a `FrozenDict`."""
    draft.steps.append("variables = flax.core.freeze(variables)")
    draft.call()
    draft.steps.append("variables = flax.core.unfreeze(variables)")


@on_parameters
def numpy_params(draft: Draft) -> None:
    """Parameters that are NumPy arrays."""
    draft.steps.append('variables = {**variables, **jax.tree.map(np.asarray, {"params": variables["params"]})}')
    draft.call()


@deterministic
def unknown_variable(draft: Draft) -> None:
    """A call with a variable that the module does not have."""
    draft.both(
        """
        more = {**variables, "params": {**variables.get("params", {}), "unknown": jnp.ones(3)}}
        y = linen.apply(more, x)
        """,
        "expected = block(x)",
        OUTPUT,
    )
    _forget(draft)


@deterministic_methods
def nnx_method(draft: Draft) -> None:
    """Another method, called by the argument `nnx_method`."""
    draft.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    way = draft.draw(
        st.sampled_from(
            ['linen.apply(variables, x, nnx_method="doubled")', "linen.apply(variables, x, nnx_method=Block.doubled)"]
        )
    )
    draft.both(f"y = {way}", "expected = block.doubled(x)", OUTPUT)
    _forget(draft)


@deterministic_methods
def init_with_nnx_method(draft: Draft) -> None:
    """`init_with_output` with the argument `nnx_method`."""
    draft.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    _init_with_output(draft, 'x, nnx_method="doubled"', "block.doubled(x)")


@feature(Kind.STEP, "random", "factory", needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def method_of_the_bound_module(draft: Draft) -> None:
    """Another method, called on the bound `ToLinen` module."""
    draft.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    draft.both("y = linen.bind(variables).doubled(x)", "expected = block.doubled(x)", OUTPUT)
    _forget(draft)


@feature(Kind.STEP, "random", "factory", needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def linen_method_argument(draft: Draft) -> None:
    """Another method, called by the argument `method` of `apply`."""
    draft.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    draft.both('y = linen.apply(variables, x, method="doubled")', "expected = block.doubled(x)", OUTPUT)
    _forget(draft)


@feature(Kind.STEP, "random", "factory", needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def method_called_by_a_linen_parent(draft: Draft) -> None:
    """Another method of a `ToLinen` module, called by its Linen parent."""
    draft.methods.append("def doubled(self, x):\n    return 2 * self(x)")
    draft.surround(
        "class Linen(nn.Module):\n"
        "    def setup(self):\n"
        f"        self.inner = {draft.linen}\n\n"
        "    def __call__(self, x):\n"
        "        return self.inner.doubled(x)"
    )
    draft.steps.append("parent = Linen()\nof_parent = parent.init(jax.random.key(0), x)")
    draft.both(
        "y = parent.apply(of_parent, x)",
        """
        set_variables(block, {name: tree["inner"] for name, tree in unboxed(of_parent).items()})
        expected = block.doubled(x)
        """,
        OUTPUT,
        "set_variables(block, variables)",
    )


@other_methods
def call_arguments(draft: Draft) -> None:
    """Additional positional and keyword arguments of a call."""
    draft.methods.append("def shifted(self, x, by, *, times=1):\n    return self(x) + by * times")
    given = draft.draw(st.sampled_from(["x, 2.0", "x, by=2.0", "x, 2.0, times=3"]))
    draft.call(given, method="shifted")


@feature(Kind.STEP, "random", "not traced", "no hash")
def static_argument(draft: Draft) -> None:
    """The `ToLinen` module as a static argument of `jax.jit`."""
    draft.steps.append(
        "assert linen == linen.clone()\n"
        "apply = jax.jit(lambda linen, variables: linen.apply(variables, x), static_argnums=0)\n"
        "assert_same(apply(linen, variables), jax.jit(lambda variables: linen.apply(variables, x))(variables))"
    )


@deterministic
def bind(draft: Draft) -> None:
    """A call of the `ToLinen` module bound to its variables."""
    draft.both("y = linen.bind(variables)(x)", "expected = block(x)", OUTPUT)
    _forget(draft)


def _init_with_output(draft: Draft, arguments: str, expected: str) -> None:
    draft.both(
        f"y, variables = linen.init_with_output({draft.keys(3)}, {arguments})",
        f"""
        block = {draft.made("nnx.Rngs(**keys)")}
        made = variables_of(block)
        expected = {expected}
        """,
        "assert_same(unboxed(variables), made)",
        OUTPUT,
        "set_variables(block, variables)",
        keys=True,
    )


def _forget(draft: Draft) -> None:
    """Undo what an immutable call changed in the NNX module."""
    if draft.mutable:
        draft.steps.append("set_variables(block, variables)")
