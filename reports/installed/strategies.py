"""Strategies of Hypothesis's for a user's own properties of the bridge."""

import ast
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from hypothesis import strategies as st


class GivenSubject(Protocol):
    """A Linen module with example inputs."""

    @property
    def name(self) -> str: ...

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments of a call."""

    @property
    def plain_call(self) -> dict[str, Any]:
        """The keyword arguments of a call outside training, ``mutable`` included."""

    @property
    def training_call(self) -> dict[str, Any]:
        """The keyword arguments of a call in training, ``mutable`` included."""

    @property
    def first_args(self) -> tuple[Any, ...]:
        """The positional arguments of ``bridge.lazy_init`` and of Linen's ``init``."""

    @property
    def first_kwargs(self) -> dict[str, Any]:
        """The keyword arguments of ``bridge.lazy_init`` and of Linen's ``init``."""

    def linen(self) -> Any:
        """The Linen module."""

    def rngs(self, seed: int) -> Any:
        """An ``nnx.Rngs`` with a stream for the parameters and for each that the module draws from."""

    def in_mesh(self) -> AbstractContextManager[Any]:
        """The mesh context that the module needs; everything is done inside."""


class GivenModel(Protocol):
    """A maker of NNX models that hold bridged Linen layers, with example inputs."""

    @property
    def name(self) -> str: ...

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments of a call."""

    @property
    def plain_call(self) -> dict[str, Any]:
        """The keyword arguments of a call outside training."""

    @property
    def training_call(self) -> dict[str, Any]:
        """The keyword arguments of a call in training."""

    def initialised(self, seed: Any) -> Any:
        """A new model with its variables; ``seed`` is an int or a key."""

    def in_mesh(self) -> AbstractContextManager[Any]:
        """The mesh context that the model needs; everything is done inside."""


@dataclass(frozen=True)
class LinenProgram:
    """A generated Linen module, and steps that use it through the bridge and in plain Linen."""

    # Python; the names that it does not import are those of `nnx_bridge.suite.properties.programs.program.NAMES`.
    source: str

    def run(self) -> None:
        """Run the steps.

        Raises:
            AssertionError: The bridge and plain Linen differ. An exception of the bridge alone is raised as it is.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Flax deprecates
            _module("properties.programs.program").Program(self.source).run()

    @contextmanager
    def opened(self) -> "Iterator[Opened]":
        """The module without the steps, inside the mesh context and the flags of Flax that it needs."""
        flax_api, names = _module("impl.flax_api"), dict(_module("properties.programs.program").NAMES)
        definitions, contexts = _split(ast.parse(self.source))
        with ExitStack() as stack:
            stack.enter_context(flax_api.preserve_methods())
            stack.enter_context(flax_api.preserve_variable_registry())
            exec(compile(definitions, "<program>", "exec"), names)
            for context in contexts:
                stack.enter_context(eval(compile(ast.Expression(context), "<program>", "eval"), names))
            yield Opened(names["linen"], names["layer"], names["x"])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints: the source as it reads."""
        printer.text(f'LinenProgram("""\n{self.source}""")')


@dataclass(frozen=True)
class Opened:
    """A generated module, bridged and not, with an example input."""

    linen: Any
    # The same module in `bridge.ToNNX`, without variables.
    layer: Any
    # A float32 array with two axes.
    x: Any


def subjects() -> st.SearchStrategy[GivenSubject]:
    """The suite's subjects: Linen modules of every kind, each tiny. They are loaded at the first draw."""
    return st.deferred(lambda: st.sampled_from(_listed("subject")))


def models() -> st.SearchStrategy[GivenModel]:
    """The suite's models: NNX models of every kind that hold bridged layers. They are loaded at the first draw."""
    return st.deferred(lambda: st.sampled_from(_listed("model")))


def linen_programs() -> st.SearchStrategy[LinenProgram]:
    """Generated Linen modules of up to three levels, with steps; without what is known to fail on this Flax."""
    return st.deferred(_programs)


def _programs() -> st.SearchStrategy[LinenProgram]:
    generation = _module("properties.programs.to_nnx.generation")
    failing = _module("properties.findings").failing_parameters("generated.program_agrees", generation.FEATURES)
    programs: st.SearchStrategy[Any] = generation.mixed_programs(failing)
    return programs.map(lambda program: LinenProgram(program.source))


def _listed(kind: str) -> list[Any]:
    described: Mapping[str, Any] = getattr(_module(f"impl.{kind}s"), f"{kind}s".upper())
    read = getattr(_module(f"impl.{kind}_schema"), f"{kind}_of")
    return [read(name, description) for name, description in described.items()]


def _split(tree: ast.Module) -> tuple[ast.Module, list[ast.expr]]:
    """What defines `linen`, `layer` and `x`, and the contexts around the steps."""
    (place,) = (number for number, one in enumerate(tree.body) if isinstance(one, ast.Assign) and _is_made(one))
    steps = tree.body[place + 1]
    contexts = [item.context_expr for item in steps.items] if isinstance(steps, ast.With) else []
    is_step = any(isinstance(one, ast.Call) and ast.unparse(one.func) == "bridged" for one in contexts)
    return ast.Module(tree.body[: place + 1], []), [] if is_step else contexts


def _is_made(statement: ast.Assign) -> bool:
    return ast.unparse(statement.targets[0]) in ("linen, layer", "(linen, layer)")


def _module(name: str) -> Any:
    """A module of the suite."""
    return import_module(f"{__package__}.suite.{name}")
