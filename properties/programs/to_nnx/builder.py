"""The text of a program while it is being written: Linen modules, and the steps that are taken with them."""

from collections.abc import Callable
from textwrap import dedent, indent
from typing import Any

from properties.programs.builder import Names, ProgramBuilder, taken_twice
from properties.programs.program import Program

# Few shapes, so that what JAX compiles for one program serves the others.
SHAPES = [(2, 3), (2, 4), (1, 3)]


class ModuleText(Names):
    """One Linen module: compact, or with its parts made in ``setup``."""

    def __init__(self, name: str, has_setup: bool) -> None:
        super().__init__()
        self.name = name
        self.has_setup = has_setup
        self.setup: list[str] = []
        self.body: list[str] = []
        self.methods: list[str] = []

    def define(self, name: str, value: str) -> str:
        """Make something once per module; the expression that names it afterwards."""
        if self.has_setup:
            self.setup.append(f"self.{name} = {value}")
            return f"self.{name}"
        self.write(f"{name} = {value}")
        return name

    def submodule(self, constructor: str, name: str) -> str:
        """The expression for a submodule that is used once; Linen names it where it is compact."""
        return self.define(self.fresh(name), constructor) if self.has_setup else constructor

    def write(self, text: str) -> None:
        """Add to the body of ``__call__``, whose value is ``x`` throughout."""
        self.body.append(dedent(text).strip("\n"))

    def add_method(self, text: str) -> None:
        """Add a method, once."""
        if text not in self.methods:
            self.methods.append(text)

    def text(self) -> str:
        """The class."""
        parts = []
        if self.setup:
            parts.append("def setup(self):\n" + _indented(self.setup))
        call = "def __call__(self, x):\n" + _indented([*self.body, "return x"])
        parts += [call if self.has_setup else f"@nn.compact\n{call}", *self.methods]
        return f"class {self.name}(nn.Module):\n{_indented(parts, blank=True)}"


class LinenProgramBuilder(ProgramBuilder):
    """A program: the innermost module is written first, ``Block`` is the outermost."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        super().__init__(draw)
        self.blocks: list[ModuleText] = []
        self.imports: list[str] = []
        self.helpers: list[str] = []
        self.streams: list[str] = []
        self.rngs = ""
        self.context = ""
        self.shape = SHAPES[0]
        self.script: list[str] = []
        self._mutable: set[str] = set()

    def open(self, has_setup: bool) -> None:
        """Begin the next module outwards: it calls the one within, and is ``Block`` where it is the last."""
        inner = self.blocks[-1] if self.blocks else None
        if inner is not None:
            inner.name = "Inner" if len(self.blocks) == 1 else f"Inner{len(self.blocks)}"
        self.blocks.append(ModuleText("Block", has_setup))
        if inner is not None:
            self.block.write(f"x = {self.block.submodule(f'{inner.name}()', 'inner')}(x)")

    @property
    def block(self) -> ModuleText:
        """The module that is being written."""
        return self.blocks[-1]

    @property
    def mutable(self) -> list[str]:
        """The collections that a mutable call changes."""
        return sorted(self._mutable)

    def changes(self, collection: str) -> None:
        """Say that a mutable call changes this collection."""
        self._mutable.add(collection)

    def needs_stream(self, name: str) -> None:
        """Give the layer a random stream of this name; a call then needs its keys."""
        self.has("random")
        if name not in self.streams:
            self.streams.append(name)

    def use(self, *helpers: str) -> None:
        """Put these imports and definitions before the modules, unless they are there."""
        for helper in helpers:
            place = self.imports if helper.startswith("import ") else self.helpers
            if helper not in place:
                place.append(helper)

    def step(self, text: str) -> None:
        """Add a step to the script."""
        self.script.append(dedent(text).strip("\n"))

    def both(self, bridged: str, plain: str, *after: str, keys: bool = False) -> None:
        """Add a step that is taken with the layer and in plain Linen, and what is asserted after it.

        With ``keys``, plain Linen gets the keys that the bridge passes to Linen.
        """
        self.step(taken_twice(bridged, plain, *after, keys="capture_linen_rngs()" if keys else ""))

    @property
    def made(self) -> str:
        """How the Linen module is made."""
        return "Block()"

    @property
    def made_rngs(self) -> str:
        """How the Rngs of the layer is made."""
        return self.rngs or self.rngs_from(0)

    def rngs_from(self, seed: int) -> str:
        """An Rngs with the streams of the layer, from this seed on."""
        return f"nnx.Rngs({', '.join([str(seed), *(f'{name}={n}' for n, name in enumerate(self.streams, seed + 1))])})"

    def program(self) -> Program:
        """The program as it stands."""
        if self._text:
            return Program(self._text)
        size = self.shape[0] * self.shape[1]
        start = [
            f"x = jnp.linspace(-1.0, 1.0, {size}).reshape({self.shape[0]}, {self.shape[1]})",
            f"linen, layer = {self.made}, bridge.ToNNX({self.made}, rngs={self.made_rngs})",
        ]
        script = "\n\n".join(self.script)
        if self.context:
            script = f"{self.context}\n{indent(script, '    ')}"
        parts = [
            "\n".join(self.imports),
            *self.helpers,
            *(block.text() for block in self.blocks),
            "\n".join(start),
            script,
        ]
        return Program("\n\n".join(filter(None, parts)) + "\n")


def _indented(parts: list[str], blank: bool = False) -> str:
    functions = [part for part in parts if part.startswith(("def ", "@"))]
    if blank or functions == parts:
        return indent(_joined(parts), "    ")
    return indent("\n".join(parts) if not functions else _joined(parts), "    ")


def _joined(parts: list[str]) -> str:
    """Functions stand apart, other lines together."""
    text = ""
    for part in parts:
        separator = "\n\n" if part.startswith(("def ", "@")) else "\n"
        text += (separator if text else "") + part
    return text
