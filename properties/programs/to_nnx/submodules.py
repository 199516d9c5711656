"""Features of programs: submodules and what they contain."""

from hypothesis import strategies as st

from properties.programs.to_nnx import layers, state, steps
from properties.programs.to_nnx.builder import Draft
from properties.programs.to_nnx.features import Kind, add, program


@program()
def nested(draft: Draft) -> None:
    """Parameters in modules nested three deep."""
    for _ in range(3):
        draft.open(has_setup=draft.draw(st.booleans()))
        draft.draw(st.sampled_from([layers.param, layers.dense]))(draft)
    steps.init(draft)
    steps.call(draft)


_CHANGING = {
    "counter": ("A counter", state.counter),
    "created_by_a_call": ("A variable that a mutable call creates", state.created_by_a_call),
    "sown_value": ("A sown value", state.sow),
}


def _add(name: str, with_params: bool) -> None:
    described, part = _CHANGING[name]

    def write(draft: Draft) -> None:
        draft.open(has_setup=False)
        if with_params:
            layers.param(draft)
        part(draft)
        for _ in range(draft.draw(st.integers(1, 2))):
            draft.open(has_setup=draft.draw(st.booleans()))
        steps.init(draft)
        for _ in range(draft.draw(st.integers(1, 2))):
            steps.mutable_call(draft)
        steps.call(draft)

    if with_params:
        add(
            f"{name}_next_to_a_param_in_a_submodule",
            f"{described} in a submodule with parameters.",
            Kind.PROGRAM,
            write,
        )
    else:
        add(f"{name}_alone_in_a_submodule", f"{described} in a submodule without parameters.", Kind.PROGRAM, write)


for _name in _CHANGING:
    _add(_name, with_params=True)
    _add(_name, with_params=False)


@program()
def batch_norm_in_a_submodule(draft: Draft) -> None:
    """An `nn.BatchNorm` in a submodule."""
    draft.open(has_setup=draft.draw(st.booleans()))
    state.batch_norm(draft)
    draft.open(has_setup=draft.draw(st.booleans()))
    steps.init(draft)
    steps.mutable_call(draft)
    steps.mutable_call(draft)
    steps.call(draft)


def _two_collections(draft: Draft) -> None:
    state.counter(draft)
    state.put_variable(draft)


def _one_at_a_time(draft: Draft) -> None:
    steps.init(draft)
    for collection in draft.draw(st.permutations(draft.mutable)):
        steps.mutable_call_with(draft, f'["{collection}"]')
    steps.call(draft)


@program()
def two_collections_one_at_a_time(draft: Draft) -> None:
    """Two collections of one module, each changed by a separate call."""
    draft.open(has_setup=draft.draw(st.booleans()))
    _two_collections(draft)
    _one_at_a_time(draft)


@program()
def two_collections_of_a_submodule_one_at_a_time(draft: Draft) -> None:
    """Two collections of one submodule, each changed by a separate call."""
    draft.open(has_setup=draft.draw(st.booleans()))
    _two_collections(draft)
    draft.open(has_setup=draft.draw(st.booleans()))
    _one_at_a_time(draft)


@program()
def counters_in_nested_modules(draft: Draft) -> None:
    """A counter in a module and another in its submodule, changed by the same calls."""
    for _ in range(2):
        draft.open(has_setup=draft.draw(st.booleans()))
        state.counter(draft)
    steps.init(draft)
    steps.mutable_call(draft)
    steps.call(draft)


@program()
def sow_and_call_again(draft: Draft) -> None:
    """A sown value in two successive mutable calls."""
    draft.open(has_setup=draft.draw(st.booleans()))
    state.sow(draft)
    steps.init(draft)
    steps.mutable_call(draft)
    steps.mutable_call(draft)


@program()
def lazy_init_with_mutable(draft: Draft) -> None:
    """`lazy_init` with the argument `mutable`."""
    draft.open(has_setup=draft.draw(st.booleans()))
    layers.dense(draft)
    state.put_variable(draft)
    draft.both(
        'layer.lazy_init(x, mutable=["params"])',
        'variables = linen.init(keys, x, mutable=["params"])',
        steps.STATE,
        keys=True,
    )


@program(needs="nnx.tabulate")
def tabulate(draft: Draft) -> None:
    """A layer shown by `nnx.tabulate` and then called."""
    draft.open(has_setup=draft.draw(st.booleans()))
    layers.dense(draft)
    steps.init(draft)
    draft.step('assert "kernel" in nnx.tabulate(layer, x)')
    steps.call(draft)


@program()
def same_name_in_two_collections(draft: Draft) -> None:
    """Variables of the same name in two collections of a module."""
    draft.open(has_setup=False)
    draft.block.write("""
        x = x + self.param("a", nn.initializers.normal(), (1,))
        x = x + self.variable("constants", "a", jnp.ones, (1,)).value
    """)
    steps.init(draft)
    steps.call(draft)
