"""The text of a program while it is being written: an NNX module, how Linen gets it, and what is done with both."""

from collections.abc import Callable
from textwrap import indent
from typing import Any

from properties.programs.builder import Names, ProgramBuilder, taken_twice
from properties.programs.program import Program

OUTPUT = "assert_same(y, expected)"
STATE = "assert_same(unboxed(variables), variables_of(block))"


class NnxProgramBuilder(ProgramBuilder):
    """A program on ``Block``, whose parts make of an ``x`` of shape (2, 3) another x.

    The script speaks of ``linen``, the module that the bridge made, and its ``variables``; of ``block``, the NNX
    module itself; and of ``x``.
    """

    def __init__(self, draw: Callable[..., Any]) -> None:
        super().__init__(draw)
        self.width = 3
        self.seeded = True
        self.init: list[str] = []
        self.body: list[str] = []
        self.methods: list[str] = []
        # Constructor's parameters and the text of their values.
        self.arguments: dict[str, str] = {}
        self.linen = ""
        self.oracle = "Block"
        # How the NNX module is called, where a compiler may reorder what it computes.
        self.direct = "block{method}({arguments})"
        # Whether the keys from which the bridge builds the module can be captured.
        self.keys_are_known = True
        self.steps: list[str] = []
        self._classes: list[str] = []
        self._around: list[str] = []
        self._mutable: list[str] = []
        self._streams: list[str] = []
        self._names = Names()

    def fresh(self, name: str) -> str:
        """This name, or one like it that nothing in the module has yet."""
        return self._names.fresh(name)

    def define(self, text: str) -> None:
        """Put this before the module, once."""
        if text not in self._classes:
            self._classes.append(text)

    def surround(self, text: str) -> None:
        """Put this after the module."""
        self._around.append(text)

    def attribute(self, name: str, value: str) -> str:
        """Give the module an attribute; the expression for it."""
        self.init.append(f"self.{name} = {value}")
        return f"self.{name}"

    def argument(self, name: str, value: str) -> str:
        """Give the constructor a parameter; its name."""
        name = self.fresh(name)
        self.arguments[name] = value
        return name

    def changes(self, collection: str) -> None:
        """Say that each call changes this collection."""
        if collection not in self._mutable:
            self._mutable.append(collection)

    def needs_stream(self, name: str) -> None:
        """Say that each call draws from this random stream."""
        self.has("random")
        if name not in self._streams:
            self._streams.append(name)

    @property
    def mutable(self) -> list[str]:
        """The collections that a call changes."""
        return self._mutable

    def values(self, *more: str) -> str:
        """The arguments of the constructor."""
        return ", ".join([*self.arguments.values(), *more])

    def made(self, rngs: str) -> str:
        """The NNX module, built from an Rngs."""
        if self.oracle != "Block":
            return f"{self.oracle}({rngs})"
        return f"Block({self.values(f'rngs={rngs}') if self.seeded else self.values()})"

    def keys(self, seed: int) -> str:
        """Keys for Linen to make variables from."""
        if not self._streams:
            return f"jax.random.key({seed})"
        return self._dictionary(["params", *self._streams], seed)

    def both(self, bridged: str, plain: str, *after: str, keys: bool = False) -> None:
        """Add a step that is taken with the Linen module and in plain NNX, and what is asserted after it.

        With ``keys``, plain NNX has those from which the bridge makes the module's Rngs.
        """
        self.steps.append(taken_twice(bridged, plain, *after, keys="capture_nnx_rngs()" if keys else ""))

    def call(self, arguments: str = "x", method: str = "", mutable: str | None = None, seed: int = 1) -> None:
        """Add a step: both are called, the outputs agree, and so does what Linen keeps.

        ``mutable`` is the text of that argument, by default the collections that a call changes.
        """
        kept = self._mutable if mutable is None else []
        asked = [arguments]
        asked += [f"rngs={self._dictionary(self._streams, seed)}"] if self._streams else []
        asked += [f"mutable={_listed(kept)}"] if kept else [f"mutable={mutable}"] if mutable else []
        called = f"linen.apply(variables, {', '.join(asked)}{', nnx_method=' + _quoted(method) if method else ''})"
        direct = self.direct.format(method=f".{method}" if method else "", arguments=arguments)
        returned = "y, updates" if kept or mutable else "y"
        plain = [f"expected = {direct}"]
        if self._streams:
            made = f"block = {self.made('nnx.Rngs(**keys)')}"
            plain = [made, "set_variables(block, variables)", "reseed(block, keys)", *plain]
        after = []
        if kept or mutable:
            only = "".join(f', "{name}"' for name in kept)
            after = [
                f"assert_same(unboxed(updates), variables_of(block{only}))",
                "variables = {**variables, **updates}",
            ]
        elif self._mutable:
            after = ["set_variables(block, variables)"]
        self.both(f"{returned} = {called}", "\n".join(plain), OUTPUT, *after, keys=bool(self._streams))

    def program(self) -> Program:
        """The program as it stands."""
        if self._text:
            return Program(self._text)
        x = "x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)"
        parts = [
            *self._classes,
            self._block(),
            *self._around,
            f"{x}\nlinen = {self.linen}\n" + self._start(),
            *self.steps,
        ]
        return Program("\n\n".join(parts) + "\n")

    def _start(self) -> str:
        keys = "capture_nnx_rngs()" if self.seeded and self.keys_are_known else ""
        made = self.made("nnx.Rngs(**keys)" if keys else "nnx.Rngs(0)")
        given = [] if keys else ["set_variables(block, variables)"]
        # Linen's init calls the module that it makes.
        return taken_twice(
            f"variables = linen.init({self.keys(0)}, x)", f"{made}(x)\nblock = {made}", *given, STATE, keys=keys
        )

    def _block(self) -> str:
        parameters = ["self", *self.arguments, *(["*", "rngs"] if self.seeded else [])]
        functions = [
            _function("__init__", ", ".join(parameters), self.init or ["pass"]),
            _function("__call__", "self, x", [*self.body, "return x"]),
            *self.methods,
        ]
        return "class Block(nnx.Module):\n" + indent("\n\n".join(functions), "    ")

    def _dictionary(self, streams: list[str], seed: int) -> str:
        return "{" + ", ".join(f'"{name}": jax.random.key({n})' for n, name in enumerate(streams, seed)) + "}"


def _function(name: str, parameters: str, lines: list[str]) -> str:
    return f"def {name}({parameters}):\n" + indent("\n".join(lines), "    ")


def _listed(names: list[str]) -> str:
    return "[" + ", ".join(map(_quoted, names)) + "]"


def _quoted(text: str) -> str:
    return f'"{text}"'
