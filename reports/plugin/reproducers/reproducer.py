"""A failing property as one Python file that stands alone: what is expected and what came, the program, its helpers."""

import ast
import os
import re
import sys
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from reports.paths import REFERENCE
from reports.plugin import examples
from reports.plugin.reproducers import shortened_program, subject_source
from reports.plugin.reproducers.bundler import HELPERS, CannotPaste, Module, Outside, Pasted, SuiteSource
from reports.plugin.reproducers.plain_values import is_plain

WIDTH = 110

_TRANSFORMED_CALLS = "properties.support.transformed_calls"
_PRECISION = 'os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "highest")'
_EIGHT_DEVICES = 'os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=8")'
# Python reads it before the program does; a process that the program starts has one of its own.
_HASH_SEED = """
if __name__ == "__main__" and os.environ.get("PYTHONHASHSEED") != "{seed}":
    os.execve(sys.executable, [sys.executable, *sys.argv], {{**os.environ, "PYTHONHASHSEED": "{seed}"}})
"""
_END = """
if __name__ == "__main__":
    print(__doc__)
    main()
    print("holds")
"""


class AskedModel(NamedTuple):
    """The model that a property failed on."""

    # The module or the path that lists it, and its name there.
    listed: str
    name: str


class Asked(NamedTuple):
    """The subject that a property failed on."""

    # The module or the path that lists it, and its name there.
    listed: str
    name: str
    # Whether a call outside of training changes no variable of it.
    keeps_still: bool = True


@dataclass(frozen=True)
class Shown:
    """A failure that a reproducer is made of."""

    test_file: Path
    function: str
    # The arguments that fail, ``name=value`` a line.
    arguments: str
    # On what it failed.
    versions: str
    # The sentence of the contract, and what it calls the feature.
    statement: str
    feature: str | None = None
    exception: str = ""
    message: str = ""
    # Where the program that was drawn failed, or else the property; None where it is unknown.
    place: shortened_program.SourcePosition | None = None
    # The title of the finding that explains it.
    finding: str | None = None
    # What ``--impl`` was given; None for the reference.
    implementation: str | None = None
    subject: Asked | None = None
    model: AskedModel | None = None


def reproducer(root: Path, shown: Shown) -> str:
    """The text of a Python file that exits with status 1 where the property fails, and with 0 where it holds.

    Where no such file can be made, the text is one that says why and exits with status 2. Nothing is raised.
    """
    try:
        short = _Reproducer(root, shown, has_plain_values=True)
        text = short.text()
        return text if short.is_enough else _Reproducer(root, shown, has_plain_values=False).text()
    except Exception as error:  # a report must not be lost because its reproducer is
        reason = str(error) if isinstance(error, CannotPaste) else f"{type(error).__name__}: {error}"
        message = f"{shown.test_file.stem}::{shown.function} cannot be made to stand alone: {reason}"
        return f"import sys\n\nprint({message!r})\nsys.exit(2)\n"


class _Reproducer:
    def __init__(self, root: Path, shown: Shown, has_plain_values: bool) -> None:
        self._shown = shown
        self._suite = SuiteSource(root, has_plain_values)
        self._remarks: list[str] = []
        self._main = ""
        self._before: list[str] = []
        self._is_reference = shown.implementation in (None, REFERENCE)
        self._pasted = Pasted(self._suite, self._changed)
        self._drawn = examples.arguments(shown.arguments) if shown.arguments.strip() else {}

    def text(self) -> str:
        program = self._drawn.get("program")
        main = self._of_program(program) if program is not None else self._of_property()
        self._main = main
        before = filter(None, [self._docstring(), self._head(main), "\n".join(self._imports())])
        helpers = _paragraphs([_folded(one) for one in self._pasted.helpers])
        return "\n\n".join([*before, main, *helpers]) + f"\n{_END}"

    @property
    def is_enough(self) -> bool:
        """Whether helpers for plain values serve what was put together."""
        classes = [one for one in self._pasted.helpers if re.match("(@.*\n)*class ", one)]
        asked = "\n".join([self._shown.feature or "", self._main, *classes])
        return is_plain(asked, self._shown.message)

    def _changed(self, node: ast.AST) -> ast.AST:
        """What a property or a helper says, in the terms of a reproducer."""
        node = _Spelled().visit(node)
        if self._shown.subject and self._is_own_subject:
            node = _Given(ast.unparse(self._drawn.get("seed", ast.Constant(None)))).visit(node)
        return _WithoutImplementation().visit(node) if self._is_reference else node

    @property
    def _is_own_subject(self) -> bool:
        return self._shown.subject is not None and self._suite.module(self._shown.subject.listed) is not None

    def _of_program(self, program: ast.expr) -> str:
        """The program that was drawn, as far as it ran."""
        assert isinstance(program, ast.Call)
        # Hypothesis prints it from a new line on.
        written = ast.literal_eval(program.args[0]).removeprefix("\n")
        source = shortened_program.short(written, self._shown.place, self._shown.message)
        main = f"def main():\n{textwrap.indent(source.strip(), '    ')}"
        self._pasted.take_for(self._suite.known("properties.programs.program"), main)
        return main

    def _of_property(self) -> str:
        """What the property does with its arguments."""
        name = f"properties.{self._shown.test_file.stem}"
        module = Module(name, self._shown.test_file.read_text("utf-8"))
        definition = module.definitions.get(self._shown.function)
        if not isinstance(definition, ast.FunctionDef):
            raise CannotPaste(f"no function {self._shown.function} is at the top of its file")
        parameters = [one.arg for one in definition.args.args]
        given = [f"{name} = {ast.unparse(examples.source(one))}" for name, one in self._drawn.items()]
        asked = {"subject": self._shown.subject, "model": self._shown.model}
        fixtures = {"observe", "other_process", "impl", *(name for name, one in asked.items() if one)}
        if missing := [one for one in parameters if one not in {*self._drawn, *fixtures}]:
            raise CannotPaste(f"nothing tells which {', '.join(missing)} fails")
        if "impl" in parameters and not self._is_reference:
            given.insert(0, self._implementation())
        numbers = {name for name, one in self._drawn.items() if isinstance(one, ast.Constant)}
        objects = frozenset(parameters) - numbers
        statements = shortened_program.short_body(definition.body[1:], self._shown.place, objects)
        body = ast.FunctionDef("main", ast.arguments([], [], None, [], [], None, []), statements, [], None)
        written = ast.unparse(ast.fix_missing_locations(body))
        head, *lines = self._pasted.plain(module, written).split("\n")
        lines = [*(f"    {one}" for one in given), *lines]
        arguments = "from math import inf, nan\nimport jax\nimport jax.numpy as jnp\nimport numpy as np\n"
        scope = Module(name, arguments)
        ours = {
            "Call": ("properties.support.strategies", "Call"),
            "Implementation": ("impl.implementation", "Implementation"),
            **self._names_of_the_transform(),
        }
        scope.imports.update(ours | module.imports)
        scope.definitions.update(module.definitions)
        self._suite.add(scope)
        bound = [f"    {name} = None" for name, one in asked.items() if one]
        self._pasted.take_for(scope, "\n".join([head, *bound, *lines]))
        if self._shown.subject:
            lines = self._with_subject(self._shown.subject, lines)
        if self._shown.model:
            lines = self._with_model(self._shown.model, lines)
        return _folded("\n".join([head, *lines]))

    def _names_of_the_transform(self) -> dict[str, tuple[str, str]]:
        """Where the names in the expression of a transform come from."""
        named = ast.walk(self._drawn.get("transform", ast.Constant(None)))
        return {one.id: (_TRANSFORMED_CALLS, one.id) for one in named if isinstance(one, ast.Name)}

    def _implementation(self) -> str:
        """The statement that makes the user's implementation."""
        target = str(self._shown.implementation)
        module = self._import_of(target, "the implementation under test")
        self._suite.outside["tested"] = Outside(f"import {module} as tested")
        for name in ("linen_inside_nnx", "MyNNXWithLinen"):
            self._suite.outside[name] = Outside(f"from {module} import {name}")
        return f"impl = Implementation.from_module({module!r}, tested)"

    def _with_subject(self, asked: Asked, lines: list[str]) -> list[str]:
        """The lines after the statement that makes the subject, in its mesh."""
        own = self._suite.module(asked.listed)
        if own is None:
            return [f"    {self._users_subject(asked)}", *lines]
        description = subject_source.description(own, asked.name)
        used = _attributes_of("subject", "\n".join(["def main():", *lines, *self._pasted.helpers]))
        statement, mesh = subject_source.made(description, asked.keeps_still, used), description.get("mesh")
        scope = Module(own.name, "")
        scope.imports.update(self._suite.known(HELPERS).imports | own.imports)
        scope.definitions.update(own.definitions)
        self._pasted.take_for(scope, statement if mesh is None else f"{statement}\nmesh")
        lines = [f"    {_folded(statement)}".replace("\n", "\n    "), *lines]
        if mesh is None:
            return lines
        return [f"    with mesh({ast.unparse(mesh)}):", textwrap.indent("\n".join(lines), "    ")]

    def _with_model(self, asked: AskedModel, lines: list[str]) -> list[str]:
        """The lines after the statement that makes the model of what its file says, in its mesh."""
        self._pasted.take_for(self._suite.known("impl.model"), "Model")
        named = self._import_of(asked.listed, "which has the model")
        self._pasted.imports.add(f"from {named} import MODELS")
        made = f"    model = Model({asked.name!r}, **MODELS[{asked.name!r}])"
        return [made, "    with model.in_mesh():", *(textwrap.indent(line, "    ") for line in lines)]

    def _users_subject(self, asked: Asked) -> str:
        self._pasted.take_for(self._suite.known(HELPERS), "Subject")
        named = self._import_of(asked.listed, "which has the subject")
        self._pasted.imports.add(f"from {named} import SUBJECTS")
        return f"subject = Subject(**SUBJECTS[{asked.name!r}]{'' if asked.keeps_still else ', keeps_still=False'})"

    def _import_of(self, target: str, what: str) -> str:
        """The name by which a file or module of the user's is imported."""
        self._remarks.append(f"It needs {'the file' if _is_path(target) else 'the module'} {target}, {what}.")
        if not _is_path(target):
            return target
        path = Path(target)
        self._before.append(f"sys.path.insert(0, {str(path.parent)!r})")
        return path.stem

    def _docstring(self) -> str:
        shown, seed = self._shown, _hash_seed()
        if seed is None:
            self._remarks.append("PYTHONHASHSEED was not set there, so a failure that hangs on it need not show again.")
        came = f"{shown.exception}: {shown.message}".split("\n")[0][: 3 * WIDTH] if shown.exception else ""
        paragraphs = [
            f"Feature: {shown.feature}" if shown.feature else "",
            f"Expected: {shown.statement}",
            f"Came: {came}" if came else "",
            f"Finding: {shown.finding}" if shown.finding else "",
            " ".join([f"It failed on {shown.versions}.", *self._remarks]),
        ]
        lines = [textwrap.fill(one, WIDTH, subsequent_indent="  ") for one in filter(None, paragraphs)]
        text = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        return f'"""{text}\n"""'

    def _head(self, main: str) -> str:
        everything = "\n".join([main, *self._pasted.helpers])
        seed = _hash_seed()
        settings = [_PRECISION]
        if "jax.devices(" in everything:
            settings.append(_EIGHT_DEVICES)
        if seed is not None:
            settings.insert(0, _HASH_SEED.strip().format(seed=seed))
        modules = ["os"] if seed is None and not self._before else ["os", "sys"]
        return "\n".join([*(f"import {one}" for one in modules), "", *settings, *self._before])

    def _imports(self) -> list[str]:
        found = self._pasted.imports - {"import os", "import sys"} | self._sys()
        return sorted(_merged(found), key=_import_order)

    def _sys(self) -> set[str]:
        """What the head has not imported."""
        has_sys = _hash_seed() is not None or bool(self._before)
        return {"import sys"} & self._pasted.imports if not has_sys else set()


# What attributes of an implementation are called where it is the reference.
_MEANING = {
    "entry": "linen_inside_nnx",
    "model": "initialised_model",
    "uninitialised_model": "uninitialised_model",
    "parameters": "entry_parameters",
    "parameters_of_the_model": "entry_parameters",
    "jax_configuration": "JAX_CONFIGURATION",
}


class _WithoutImplementation(ast.NodeTransformer):
    """Speaks of the reference by its own names: there is no object that holds it."""

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        node.args = [one for one in node.args if one.arg != "impl"]
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.args = [one for one in node.args if not (isinstance(one, ast.Name) and one.id == "impl")]
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if not (isinstance(node.value, ast.Name) and node.value.id == "impl"):
            return node
        if node.attr in _MEANING:
            return ast.copy_location(ast.Name(_MEANING[node.attr], node.ctx), node)
        # A reference does not compile its initialisation; all else that is asked of it is its name.
        return ast.copy_location(ast.Constant(REFERENCE if node.attr == "name" else False), node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        is_known = isinstance(node.test, ast.Constant) and node.test.value is False
        return node.orelse if is_known else node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        is_known = isinstance(node.test, ast.Constant) and node.test.value is False
        return node.orelse if is_known else node


class _Spelled(ast.NodeTransformer):
    """Says ``len(call.x)`` for ``call.length``, and as pytest does what an assertion without a message compared."""

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Assert(test=ast.Compare(left=left, ops=[operator], comparators=[right]), msg=None):
                sign = ast.unparse(ast.Compare(ast.Name("a"), [operator], [ast.Name("b")]))[1:-1]
                parts = [ast.Constant("assert "), _shown(left), ast.Constant(sign), _shown(right)]
                node.msg = ast.JoinedStr(parts)
            case ast.Assert(test=ast.UnaryOp(op=ast.Not(), operand=operand), msg=None):
                node.msg = ast.JoinedStr([ast.Constant("assert not "), _shown(operand)])
            case ast.Assert(test=test, msg=None):
                node.msg = ast.JoinedStr([ast.Constant("assert "), _shown(test)])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return _expression(f"len({ast.unparse(node.value)}.x)") if node.attr == "length" else node


def _shown(value: ast.expr) -> ast.FormattedValue:
    return ast.FormattedValue(value, ord("r"))


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


class _Given(ast.NodeTransformer):
    """Leaves out the copies of arguments: none of the suite's own subjects writes into what it is given.

    The seed 0 varies none either.
    """

    def __init__(self, seed: str) -> None:
        self._is_zero = seed == "0"

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="fresh")):
                return node.args[0]
            case ast.Call(func=ast.Name(id="inputs"), args=[given, ast.Name(id="seed")]) if self._is_zero:
                return given
        return node


def _attributes_of(name: str, text: str) -> set[str]:
    found = (one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Attribute))
    return {one.attr for one in found if isinstance(one.value, ast.Name) and one.value.id == name}


def _is_path(target: str) -> bool:
    return target.endswith(".py") or "/" in target


def _hash_seed() -> str | None:
    """The PYTHONHASHSEED of this process, in which the property failed; None where Python drew one."""
    seed = os.environ.get("PYTHONHASHSEED", "random")
    # Where the suite has set it for its workers, this process may have started without.
    is_drawn = seed == "random" or (seed == "0" and sys.flags.hash_randomization)
    return None if is_drawn else seed


def _import_order(line: str) -> tuple[bool, bool, str]:
    return line.split()[1].split(".")[0] not in sys.stdlib_module_names, line.startswith("from"), line


def _merged(lines: set[str]) -> list[str]:
    """One line for all names of a module."""
    named: dict[str, list[str]] = {}
    for line in sorted(lines):
        module, _, name = line.partition(" import ")
        named.setdefault(module, []).append(name)
    return [f"{module} import {', '.join(names)}" if names != [""] else module for module, names in named.items()]


def _paragraphs(statements: list[str]) -> list[str]:
    """Assignments stand together."""
    found: list[str] = []
    for statement in statements:
        simple = not statement.startswith(("def ", "class ", "@"))
        if simple and found and not found[-1].startswith(("def ", "class ", "@")):
            found[-1] += f"\n{statement}"
        else:
            found.append(statement)
    return found


@cache
def _folded(statement: str) -> str:
    """A statement whose long lines are broken where Python allows it."""
    lines = []
    for line in statement.splitlines():
        if "f'" in line or 'f"' in line:  # before Python 3.12 an f-string has no line break
            lines.append(line)
            continue
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        lines += textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    folded = "\n".join(lines)
    if folded == statement:
        return statement
    try:
        unchanged = ast.dump(ast.parse(folded)) == ast.dump(ast.parse(statement))
    except SyntaxError:
        unchanged = False
    return folded if unchanged else statement
