"""Features of programs: submodules and what they contain."""

from hypothesis import strategies as st

from properties.programs.to_nnx import layers, state, steps
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import LinenFeatureKind, add, program


@program()
def nested(builder: LinenProgramBuilder) -> None:
    """Parameters in modules nested three deep."""
    for _ in range(3):
        builder.open(has_setup=builder.draw(st.booleans()))
        builder.draw(st.sampled_from([layers.param, layers.dense]))(builder)
    steps.init(builder)
    steps.call(builder)


_CHANGING = {
    "counter": ("A counter", state.counter),
    "created_by_a_call": ("A variable that a mutable call creates", state.created_by_a_call),
    "sown_value": ("A sown value", state.sow),
}


def _add(name: str, with_params: bool) -> None:
    described, part = _CHANGING[name]

    def write(builder: LinenProgramBuilder) -> None:
        builder.open(has_setup=False)
        if with_params:
            layers.param(builder)
        part(builder)
        for _ in range(builder.draw(st.integers(1, 2))):
            builder.open(has_setup=builder.draw(st.booleans()))
        steps.init(builder)
        for _ in range(builder.draw(st.integers(1, 2))):
            steps.mutable_call(builder)
        steps.call(builder)

    if with_params:
        add(
            f"{name}_next_to_a_param_in_a_submodule",
            f"{described} in a submodule with parameters.",
            LinenFeatureKind.PROGRAM,
            write,
        )
    else:
        add(
            f"{name}_alone_in_a_submodule",
            f"{described} in a submodule without parameters.",
            LinenFeatureKind.PROGRAM,
            write,
        )


for _name in _CHANGING:
    _add(_name, with_params=True)
    _add(_name, with_params=False)


@program()
def batch_norm_in_a_submodule(builder: LinenProgramBuilder) -> None:
    """An `nn.BatchNorm` in a submodule."""
    builder.open(has_setup=builder.draw(st.booleans()))
    state.batch_norm(builder)
    builder.open(has_setup=builder.draw(st.booleans()))
    steps.init(builder)
    steps.mutable_call(builder)
    steps.mutable_call(builder)
    steps.call(builder)


def _two_collections(builder: LinenProgramBuilder) -> None:
    state.counter(builder)
    state.put_variable(builder)


def _one_at_a_time(builder: LinenProgramBuilder) -> None:
    steps.init(builder)
    for collection in builder.draw(st.permutations(builder.mutable)):
        steps.mutable_call_with(builder, f'["{collection}"]')
    steps.call(builder)


@program()
def two_collections_one_at_a_time(builder: LinenProgramBuilder) -> None:
    """Two collections of one module, each changed by a separate call."""
    builder.open(has_setup=builder.draw(st.booleans()))
    _two_collections(builder)
    _one_at_a_time(builder)


@program()
def two_collections_of_a_submodule_one_at_a_time(builder: LinenProgramBuilder) -> None:
    """Two collections of one submodule, each changed by a separate call."""
    builder.open(has_setup=builder.draw(st.booleans()))
    _two_collections(builder)
    builder.open(has_setup=builder.draw(st.booleans()))
    _one_at_a_time(builder)


@program()
def counters_in_nested_modules(builder: LinenProgramBuilder) -> None:
    """A counter in a module and another in its submodule, changed by the same calls."""
    for _ in range(2):
        builder.open(has_setup=builder.draw(st.booleans()))
        state.counter(builder)
    steps.init(builder)
    steps.mutable_call(builder)
    steps.call(builder)


@program()
def sow_and_call_again(builder: LinenProgramBuilder) -> None:
    """A sown value in two successive mutable calls."""
    builder.open(has_setup=builder.draw(st.booleans()))
    state.sow(builder)
    steps.init(builder)
    steps.mutable_call(builder)
    steps.mutable_call(builder)


@program()
def lazy_init_with_mutable(builder: LinenProgramBuilder) -> None:
    """`lazy_init` with the argument `mutable`."""
    builder.open(has_setup=builder.draw(st.booleans()))
    layers.dense(builder)
    state.put_variable(builder)
    builder.both(
        'layer.lazy_init(x, mutable=["params"])',
        'variables = linen.init(keys, x, mutable=["params"])',
        steps.STATE,
        keys=True,
    )


@program(needs="nnx.tabulate")
def tabulate(builder: LinenProgramBuilder) -> None:
    """A layer shown by `nnx.tabulate` and then called."""
    builder.open(has_setup=builder.draw(st.booleans()))
    layers.dense(builder)
    steps.init(builder)
    builder.step('assert "kernel" in nnx.tabulate(layer, x)')
    steps.call(builder)


@program()
def same_name_in_two_collections(builder: LinenProgramBuilder) -> None:
    """Variables of the same name in two collections of a module."""
    builder.open(has_setup=False)
    builder.block.write("""
        x = x + self.param("a", nn.initializers.normal(), (1,))
        x = x + self.variable("constants", "a", jnp.ones, (1,)).value
    """)
    steps.init(builder)
    steps.call(builder)
