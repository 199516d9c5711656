"""Whole programs: copies of a layer that train on as the original does, and what trains a layer or averages it."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import LinenFeatureKind, add, program

_LAYER = """
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            average = not self.is_mutable_collection("batch_stats")
            x = nn.BatchNorm(use_running_average=average, name="norm")(nn.Dense(4, name="dense")(x))
            return nn.Dropout(0.5, deterministic=False)(x)

    x = jnp.linspace(-1.0, 1.0, 12).reshape(4, 3)

    def made(seed):
        return bridge.ToNNX(Block(), rngs=nnx.Rngs(params=seed, dropout=seed + 1)).lazy_init(x)
"""
_MODEL = """
    class Model(nnx.Module):
        def __init__(self, rngs):
            self.before = nnx.Linear(3, 3, rngs=rngs)
            self.layer = bridge.ToNNX(Block(), rngs=rngs)
            self.after = nnx.Dropout(0.5, deterministic=False, rngs=rngs)

        def __call__(self, x, **options):
            return self.after(self.layer(self.before(x), **options))

    def made(seed):
        return bridge.lazy_init(Model(nnx.Rngs(params=seed, dropout=seed + 1)), x)
"""
_STEPS = """
    def steps(model):
        kept = []
        for _ in range(2):
            model(x, mutable=["batch_stats"])
            grads = nnx.grad(lambda model: (model(x) ** 2).sum())(model)
            params = nnx.state(model, nnx.Param)
            nnx.update(model, jax.tree.map(lambda leaf, grad: leaf - 0.1 * grad, params, grads))
            kept.append((model(x), jax.tree.leaves(nnx.state(model))))
        return kept

    model, twin = made(0), made(0)
    for one in (model, twin):
        steps(one)
"""
_EXPECTED = """
    expected = steps(twin)
    assert_same(steps(copied), expected)
"""
# A copy that shares nothing with the model leaves it as it is.
_INDEPENDENT = """
    assert_same(steps(model), expected)
"""
_STORED = """
    def is_key(leaf):
        return jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)

    def stored(leaf):
        return np.asarray(jax.random.key_data(leaf) if is_key(leaf) else leaf)

    def loaded(leaf, data):
        return jax.random.wrap_key_data(jnp.asarray(data)) if is_key(leaf) else jnp.asarray(data)
"""


def _add(name: str, sentence: str, copied: str, *before: str, shares: bool = False, needs: str = "") -> None:
    def write(builder: LinenProgramBuilder) -> None:
        is_model = builder.draw(st.booleans())
        layer = _LAYER.split("    def made")[0] if is_model else _LAYER
        imports = [text for text in before if text.lstrip().startswith(("import", "from"))]
        others = [text for text in before if text not in imports]
        held = [_MODEL] if is_model else []
        builder.write_program(
            *imports, layer, *held, *others, _STEPS, copied, _EXPECTED, *([] if shares else [_INDEPENDENT])
        )

    add(name, sentence, LinenFeatureKind.PROGRAM, write, needs=needs)


_add("training_of_a_clone", "`nnx.clone` of a model that trains on.", "copied = nnx.clone(model)")
_add(
    "training_of_a_deepcopy",
    "`copy.deepcopy` of a model that trains on.",
    "copied = copy.deepcopy(model)",
    "import copy",
)
_add(
    "training_of_a_merged_model",
    "`nnx.merge` of the state of a model that trains on.",
    "copied = nnx.merge(*nnx.split(model))",
    shares=True,
)
_add(
    "training_of_a_merged_copy",
    "`nnx.merge` with `copy=True` of the state of a model that trains on.",
    "copied = nnx.merge(*nnx.split(model), copy=True)",
    needs="nnx.merge(copy)",
)
_add(
    "training_of_an_updated_model",
    "`nnx.update` of another model with the whole state of a model that trains on.",
    """
    copied = made(5)
    nnx.update(copied, nnx.state(model))
    """,
)
_add(
    "training_of_a_filled_abstract_model",
    "`nnx.eval_shape` of the construction, filled with the state of a model that trains on.",
    """
    copied = nnx.eval_shape(lambda: made(5))
    nnx.update(copied, nnx.state(model))
    """,
)
_add(
    "training_of_a_merged_abstract_model",
    "`nnx.eval_shape` of the construction, whose `nnx.GraphDef` is merged with the state of a model that trains on.",
    """
    graphdef, _ = nnx.split(nnx.eval_shape(lambda: made(5)))
    copied = nnx.merge(graphdef, nnx.state(model))
    """,
    shares=True,
)
_add(
    "training_after_pure_dicts",
    "`nnx.to_pure_dict` and `nnx.replace_by_pure_dict` of a model that trains on.",
    """
    graphdef, state = nnx.split(nnx.eval_shape(lambda: made(5)))
    nnx.replace_by_pure_dict(state, nnx.to_pure_dict(nnx.state(model)))
    copied = nnx.merge(graphdef, state)
    """,
    needs="nnx.replace_by_pure_dict",
)
_add(
    "training_after_flat_states",
    "`nnx.to_flat_state` and `nnx.from_flat_state` of a model that trains on.",
    """
    copied = made(5)
    nnx.update(copied, nnx.from_flat_state(dict(nnx.to_flat_state(nnx.state(model)))))
    """,
    needs="nnx.to_flat_state",
)
_add(
    "training_after_msgpack",
    "`flax.serialization` of the whole state of a model that trains on.",
    """
    pure = nnx.to_pure_dict(nnx.state(model))
    data = flax.serialization.msgpack_serialize(jax.tree.map(stored, pure))
    copied = made(5)
    state = nnx.state(copied)
    restored = flax.serialization.msgpack_restore(data)
    nnx.replace_by_pure_dict(state, jax.tree.map(loaded, nnx.to_pure_dict(state), restored))
    nnx.update(copied, state)
    """,
    _STORED,
    needs="nnx.replace_by_pure_dict",
)
_add(
    "training_after_orbax",
    "An Orbax checkpoint of the whole state of a model that trains on.",
    """
    state = nnx.state(copied := made(5))
    with tempfile.TemporaryDirectory() as folder, ocp.StandardCheckpointer() as checkpointer:
        pure = jax.tree.map(stored, nnx.to_pure_dict(nnx.state(model)))
        checkpointer.save(f"{folder}/state", pure)
        checkpointer.wait_until_finished()
        restored = checkpointer.restore(f"{folder}/state", jax.tree.map(np.zeros_like, pure))
    nnx.replace_by_pure_dict(state, jax.tree.map(loaded, nnx.to_pure_dict(state), restored))
    nnx.update(copied, state)
    """,
    "import tempfile\n\nimport orbax.checkpoint as ocp",
    _STORED,
    needs="nnx.replace_by_pure_dict",
)
_add(
    "training_from_numpy_leaves",
    "NumPy arrays as parameters and statistics of a model that trains on.",
    """
    copied = made(5)
    nnx.update(copied, nnx.state(model, nnx.RngState))
    nnx.update(copied, jax.tree.map(np.array, nnx.state(model, nnx.Not(nnx.RngState))))
    """,
)
_add(
    "training_on_another_device",
    "`jax.device_put` of the whole state of a model that trains on.",
    """
    copied = made(5)
    device = jax.devices()[-1]
    nnx.update(copied, jax.device_put(nnx.state(model), device))
    """,
)
_add(
    "training_of_a_clone_made_under_jit",
    "`nnx.clone` under `nnx.jit` of a model that trains on.",
    "copied = nnx.jit(nnx.clone)(model)",
)


_TRAINED = """
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.Dropout(0.5, deterministic=False)(nn.Dense(4)(x))

    x = jnp.linspace(-1.0, 1.0, 12).reshape(4, 3)
    tx = {tx}
"""
_TX = ["optax.sgd(0.1, momentum=0.5)", "optax.adam(0.1)"]


@program()
def train_state(builder: LinenProgramBuilder) -> None:
    """An `nnx.TrainState` of a split layer, in two steps of an optimizer."""
    builder.write_program(
        "import optax",
        _TRAINED.replace("{tx}", builder.draw(st.sampled_from(_TX))),
        """
        layer = bridge.ToNNX(Block()).lazy_init(x, rngs=nnx.Rngs(params=0, dropout=1))
        graphdef, params = nnx.split(layer)
        state = nnx.TrainState.create(graphdef, params=params, tx=tx)
        expected = linen_variables(layer)["params"]
        expected_state = tx.init(expected)
        for seed in range(2):
            key = nnx.Rngs(dropout=seed).dropout()

            def loss(params):
                y, _ = state.apply(params)(x, rngs=nnx.Rngs(dropout=seed))
                return (y**2).sum()

            def linen_loss(params):
                return (Block().apply({"params": params}, x, rngs={"dropout": key}) ** 2).sum()

            state = state.apply_gradients(jax.grad(loss)(state.params))
            updates, expected_state = tx.update(jax.grad(linen_loss)(expected), expected_state, expected)
            expected = optax.apply_updates(expected, updates)
            y, _ = state.apply("params")(x, rngs=nnx.Rngs(dropout=seed))
            assert_same(linen_variables(nnx.merge(state.graphdef, state.params))["params"], expected)
            assert_same(jax.tree.leaves(state.opt_state), jax.tree.leaves(expected_state))
            assert_same(y, Block().apply({"params": expected}, x, rngs={"dropout": key}))
            assert state.step == seed + 1
        """,
    )


@program(needs="nnx.ModelAndOptimizer")
def model_and_optimizer(builder: LinenProgramBuilder) -> None:
    """An `nnx.ModelAndOptimizer` of a layer, in two steps."""
    builder.write_program(
        "import optax",
        _TRAINED.replace("{tx}", builder.draw(st.sampled_from(_TX))),
        """
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(params=0, dropout=1)).lazy_init(x)
        optimizer = nnx.ModelAndOptimizer(layer, tx, wrt=nnx.Param)
        assert optimizer.model is layer
        expected = linen_variables(layer)["params"]
        expected_state = tx.init(expected)
        for step in range(2):
            with bridged(), capture_linen_rngs() as keys:
                optimizer.update(nnx.grad(lambda layer: (layer(x) ** 2).sum())(optimizer.model))
            with plain():
                loss = lambda params: (Block().apply({"params": params}, x, rngs=given) ** 2).sum()
                given = dict(keys)
                updates, expected_state = tx.update(jax.grad(loss)(expected), expected_state, expected)
                expected = optax.apply_updates(expected, updates)
            assert_same(linen_variables(layer)["params"], expected)
            assert_same(jax.tree.leaves(nnx.state(optimizer.opt_state)), jax.tree.leaves(expected_state))
            assert optimizer.step.value == step + 1
        """,
    )


@program(needs="nnx.EMA")
def ema(builder: LinenProgramBuilder) -> None:
    """An `nnx.EMA` of the parameters of a layer, and the layer that `apply_to` makes of it."""
    builder.write_program(
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.BatchNorm(use_running_average=False)(nn.Dense(4)(x))

        x = jnp.linspace(-1.0, 1.0, 12).reshape(4, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
        average = nnx.EMA(layer, decay=0.75, only=nnx.Param)
        averaged = average.apply_to(layer)
        expected = linen_variables(layer)
        for _ in range(2):
            nnx.update(layer, jax.tree.map(lambda leaf: leaf + 1, nnx.state(layer, nnx.Param)))
            layer(x, mutable=["batch_stats"])
            average.update(layer)
            trained = linen_variables(layer)
            mean = jax.tree.map(lambda old, new: 0.75 * old + 0.25 * new, expected["params"], trained["params"])
            expected = {**trained, "params": mean}
            assert_same(linen_variables(averaged)["params"], mean)
            assert_same(linen_variables(average.apply_to(layer)), expected)
            y, _ = Block().apply(expected, x, mutable=["batch_stats"])
            assert_same(averaged(x, mutable=["batch_stats"]), y)
            assert_same(linen_variables(layer), trained)
        """
    )
