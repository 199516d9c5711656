"""Histories: programs with operations on several models in any order, compared with plain Linen after each.

A state machine writes them step by step and runs each when it is whole, so
that the steps that fail are a program as any other: shrunk, printed, and
turned into a file that stands alone.
"""

import inspect
import sys
import textwrap
from collections.abc import Callable
from functools import partial, wraps
from importlib.metadata import version
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from hypothesis.vendor.pretty import pretty

from impl import flax_api
from properties.findings import covers
from properties.programs.builder import taken_twice
from properties.programs.program import Program
from properties.support import memory, seeds

# All models of a history are of one kind, so that a defect of a feature shows only in its kind.
KINDS = {
    "parameters": """
        class Model(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.Dense(4, name="outer")(nn.Dense(3, name="inner")(x))

        mutable = []
    """,
    "counter": """
        class Model(nn.Module):
            @nn.compact
            def __call__(self, x):
                calls = self.variable("counter", "calls", lambda: jnp.zeros(()))
                if self.is_mutable_collection("counter"):
                    calls.value += 1
                return nn.Dense(4, name="inner")(x) + calls.value

        mutable = ["counter"]
    """,
    "statistics": """
        class Model(nn.Module):
            @nn.compact
            def __call__(self, x):
                training = self.is_mutable_collection("batch_stats")
                return nn.BatchNorm(use_running_average=not training, momentum=0.5)(nn.Dense(4)(x))

        mutable = ["batch_stats"]
    """,
    "intermediates": """
        class Model(nn.Module):
            @nn.compact
            def __call__(self, x):
                y = nn.Dense(4)(x)
                self.sow("intermediates", "y", y)
                return y

        mutable = ["intermediates"]
    """,
    "dropout": """
        class Model(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.Dropout(0.5, deterministic=False)(nn.Dense(4)(x))

        mutable = []
    """,
}

MOST_MODELS = 4
NAMES = "abcdefgh"
NAMED_STREAMS = ["0, dropout=1", "params=0, dropout=1"]
STREAMS = ["0", *NAMED_STREAMS]


def _lacks_default_stream() -> bool:
    return covers("generated.program_agrees[stream_falls_back_to_default]", version("flax"))


class History(RuleBasedStateMachine):
    """Writes a history of models of one kind that share one Rngs; for each, ``of_<name>`` holds Linen's variables."""

    bare = Bundle("bare")  # not initialised
    ready = Bundle("ready")

    def __init__(self, run: Callable[[Program], None], kind: str) -> None:
        super().__init__()
        self._run = run
        self._names: list[str] = []
        self._source = textwrap.dedent(KINDS[kind]).lstrip()
        self._defined: set[str] = set()

    def teardown(self) -> None:
        if sys.exception() is None:  # Hypothesis has not given the example up
            self._run(Program(self._source))

    def _few(self) -> bool:
        return len(self._names) < MOST_MODELS

    def _another(self) -> str:
        self._names.append(NAMES[len(self._names)])
        return self._names[-1]

    def _write(self, source: str) -> None:
        self._source += "\n" + textwrap.dedent(source).strip() + "\n"

    def _step(self, source: str) -> None:
        self._write(source)
        self._source += f"assert_same({self._all('linen_variables({})')}, {self._all('of_{}')})\n"

    def _both(self, bridged: str, plain: str, *after: str, keys: bool = False) -> None:
        """A step with a model and in plain Linen, with the keys that the bridge passes to Linen."""
        self._step(taken_twice(bridged, plain, *after, keys="capture_linen_rngs()" if keys else ""))

    def _refused(self, bridged: str, plain: str) -> None:
        """A step that must raise what plain Linen raises."""
        self._step(f"assert raised(lambda: {bridged}) is raised(lambda: {plain}) is not None")

    def _all(self, form: str) -> str:
        """The tuple of this of every model."""
        return f"({', '.join(form.format(name) for name in self._names)},)"

    def _define(self, source: str) -> None:
        if source not in self._defined:
            self._defined.add(source)
            self._write(source)

    # With a model to compare, however soon the history ends.
    @initialize(target=ready, streams=st.sampled_from(STREAMS))
    def start(self, streams: str) -> str:
        self._write(f"""
            x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
            rngs = nnx.Rngs({streams})
        """)
        model = self._built()
        self.initialise_again(model)
        return model

    @precondition(_few)
    @rule(target=bare)
    def build(self) -> str:
        return self._built()

    def _built(self) -> str:
        model = self._another()
        self._step(f"""
            {model}, of_{model} = bridge.ToNNX(Model(), rngs=rngs), {{}}
        """)
        return model

    @rule(target=ready, model=consumes(bare))
    def lazy_init(self, model: str) -> str:
        self.initialise_again(model)
        return model

    @rule(model=ready)
    def initialise_again(self, model: str) -> None:
        self._both(
            f"bridge.lazy_init({model}, x)", f"of_{model} = {{**of_{model}, **Model().init(keys, x)}}", keys=True
        )

    # Excused: Any exception counts; `lazy_init.exception_without_lazy_init` records which.
    @rule(model=bare)
    def call_too_early(self, model: str) -> None:
        self._step(f"assert raised(lambda: {model}(x)) is not None")

    @rule(model=ready)
    def call_with_a_wrong_shape(self, model: str) -> None:
        arguments = "jnp.ones((2, 5)), mutable=mutable"
        self._refused(f"{model}({arguments})", f"Model().apply(of_{model}, {arguments})")

    @rule(model=bare | ready)
    def initialise_with_a_wrong_shape(self, model: str) -> None:
        scalar = "jnp.float32(1.0)"
        self._refused(f"bridge.lazy_init({model}, {scalar})", f"Model().init(jax.random.key(0), {scalar})")

    @rule(model=ready)
    def call(self, model: str) -> None:
        self._write(f"graphdef = nnx.split({model})[0]")
        self._both(
            f"y = {model}(x)",
            f"expected = Model().apply(of_{model}, x, rngs=keys)",
            "assert_same(y, expected)",
            f"assert nnx.split({model})[0] == graphdef",
            keys=True,
        )

    @rule(model=ready)
    def call_that_changes(self, model: str) -> None:
        self._both(
            f"y = {model}(x, mutable=mutable)",
            f"""
            expected, updates = Model().apply(of_{model}, x, rngs=keys, mutable=mutable)
            of_{model} = {{**of_{model}, **updates}}
            """,
            "assert_same(y, expected)",
            keys=True,
        )

    @rule(model=ready)
    def call_jitted(self, model: str) -> None:
        self._define("""
            @nnx.jit
            def jitted(model, x):
                with capture_linen_rngs() as keys:
                    y = model(x, mutable=mutable)
                return y, keys


            @jax.jit
            def jitted_linen(variables, x, keys):
                return Model().apply(variables, x, rngs=keys, mutable=mutable)
        """)
        self._both(
            f"y, keys = jitted({model}, x)",
            f"""
            expected, updates = jitted_linen(of_{model}, x, keys)
            of_{model} = {{**of_{model}, **updates}}
            """,
            "assert_same(y, expected)",
        )

    @rule(model=ready)
    def train(self, model: str) -> None:
        self._define("""
            def loss(model):
                return (model(x) ** 2).sum()


            def descended(params, gradients):
                return jax.tree.map(lambda param, gradient: param - 0.125 * gradient, params, gradients)
        """)
        self._both(
            f"""
            gradients = nnx.grad(loss)({model})
            nnx.update({model}, descended(nnx.state({model}, nnx.Param), gradients))
            """,
            f"""
            gradients = jax.grad(lambda params: loss(
                lambda x: Model().apply({{**of_{model}, "params": params}}, x, rngs=keys)
            ))(of_{model}["params"])
            of_{model} = {{**of_{model}, "params": descended(of_{model}["params"], gradients)}}
            """,
            keys=True,
        )

    @rule(model=ready)
    def update(self, model: str) -> None:
        self._both(
            f"nnx.update({model}, jax.tree.map(lambda param: param + 1, nnx.state({model}, nnx.Param)))",
            f'of_{model} = {{**of_{model}, "params": jax.tree.map(lambda param: param + 1, of_{model}["params"])}}',
        )

    @rule(model=bare | ready)
    def split_and_merge(self, model: str) -> None:
        self._step(f"{model} = nnx.merge(*nnx.split({model}))")

    @precondition(_few)
    @rule(target=ready, model=ready)
    def clone(self, model: str) -> str:
        return self._copy(model, f"nnx.clone({model})")

    @precondition(_few)
    @rule(target=bare, model=bare)
    def clone_before_lazy_init(self, model: str) -> str:
        return self._copy(model, f"nnx.clone({model})")

    def _copy(self, model: str, made: str) -> str:
        copy = self._another()
        self._step(f"{copy}, of_{copy} = {made}, of_{model}")
        return copy

    # Excused: Flax 0.9.0 has no pure dicts of states.
    @precondition(lambda self: self._few() and flax_api.has_pure_dicts())
    @rule(target=ready, model=ready)
    def save_and_restore(self, model: str) -> str:
        copy = self._another()
        self._both(
            f"""
            {copy} = bridge.ToNNX(Model(), rngs=rngs)
            bridge.lazy_init({copy}, x)
            restore({copy}, saved({model}))
            """,
            f"""
            data = flax.serialization.to_bytes(jax.tree.map(np.asarray, of_{model}))
            of_{copy} = jax.tree.map(jnp.asarray, flax.serialization.from_bytes(Model().init(keys, x), data))
            """,
            keys=True,
        )
        return copy

    # All of them, and their streams too: what is committed to several devices cannot be jitted together.
    @rule(device=st.integers(0, 7))
    def move(self, device: int) -> None:
        self._write(f'device = jax.devices("cpu")[{device}]')
        self._both(
            f"""
            for model in {self._all("{}")}:
                nnx.update(model, jax.device_put(nnx.state(model), device))
            """,
            f"{self._all('of_{}')} = jax.device_put({self._all('of_{}')}, device)",
            f"found = [leaf.device for leaf in jax.tree.leaves({self._all('linen_variables({})')})]",
            "assert_same(found, [device] * len(found))",
        )


class HistoryOfKeys(History):
    """Writes a history without copies: a copy draws the same keys as its original."""

    clone = clone_before_lazy_init = split_and_merge = None  # type: ignore[assignment]

    # Excused: Where the default stream supplies no other stream, no key can be drawn twice;
    # `generated.program_agrees[stream_falls_back_to_default]` fails there.
    @initialize(
        target=History.ready,
        streams=st.deferred(lambda: st.sampled_from(NAMED_STREAMS if _lacks_default_stream() else STREAMS)),
    )
    def start(self, streams: str) -> Any:
        return super().start(streams)

    def _step(self, source: str) -> None:
        self._define(NEW)
        self._write(source)
        if "keys" in source:
            self._source += "assert are_new(keys), 'a key is reused'\n"


NEW = """
    seen = set()


    def are_new(keys):
        drawn = {jax.random.key_data(key).tobytes() for key in keys.values()}
        repeated = drawn & seen
        seen.update(drawn)
        return not repeated
"""


def histories(machine: Callable[..., History]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: search for a program, a history that ``machine`` writes, that fails the test."""

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        def run(program: Program, **arguments: Any) -> None:
            # Hypothesis's state machines are no tests of Hypothesis's, so nothing else does it between their examples.
            memory.make_room()
            try:
                test(program=program, **arguments)
            except Exception as error:
                # The first note is what a report takes, before Hypothesis's own that names the rules.
                shown = "".join(
                    f"\n    {name}={pretty(value)}," for name, value in (arguments | {"program": program}).items()
                )
                error.add_note(f"Falsifying example: {test.__name__}({shown}\n)")
                raise

        @wraps(test)
        def search(**arguments: Any) -> None:
            # A history has thirty steps, each compared: one is worth several examples of other properties.
            chosen = settings(max_examples=max(1, settings().max_examples // 8))
            written: Any = lambda: machine(partial(run, **arguments), **arguments)  # noqa: E731  (its type is a class)
            run_state_machine_as_test(seeds.seeded(written), settings=chosen)

        signature = inspect.signature(test)
        given = [parameter for name, parameter in signature.parameters.items() if name != "program"]
        search.__signature__ = signature.replace(parameters=given)  # type: ignore[attr-defined]
        return search

    return decorated
