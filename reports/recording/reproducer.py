"""A failing property as one Python file that stands alone: no test framework and nothing of this suite.

The file is made from source text: what the property and its helpers say, what
they reach, the implementation under test, and the arguments that fail.
"""

import ast
import importlib.util
import os
import re
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from reports.places import REFERENCE
from reports.recording.standalone.linking import Linker, Substitutes, Target
from reports.recording.standalone.sources import External, Module, Sources, Symbol, Unlinkable
from reports.recording.standalone.subjects import SUBJECT, take_subject

ENTRY = "linen_inside_nnx"
MODEL = "MyNNXWithLinen"
WIDTH = 110

_IMPLEMENTATION = "impl.implementation"
_STAND_INS = "reports.recording.standalone.stand_ins"
_DEVICES = "properties.devices"
_PROGRAMS = "properties.programs"
_TRANSFORMED = "properties.transformed_calls"
_MAIN = "__main__"
_OURS = ("impl", "properties", "reports", _MAIN)

_PRECISION = 'os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "highest")'
_EIGHT_DEVICES = 'os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=8")'

# Python reads it before the program does; a process that the program starts has one of its own.
_HASH_SEED = """
if __name__ == "__main__" and os.environ.get("PYTHONHASHSEED") != "{seed}":
    os.execve(sys.executable, [sys.executable, *sys.argv], {{**os.environ, "PYTHONHASHSEED": "{seed}"}})
"""


def reproducer(
    root: Path,
    test_file: Path,
    function_name: str,
    arguments: str,
    implementation: str | None,
    versions: str,
    subject: tuple[str, str] | None = None,
) -> str:
    """The text of a Python file that exits with status 1 where the property fails, and with 0 where it holds.

    ``arguments`` is what fails, ``name=value`` a line; ``implementation`` is
    what ``--impl`` was given, None for the reference; ``versions`` says on what
    it failed; ``subject`` is the module or path of subjects, and the name of
    the one that failed. Where no such file can be made, the text is one that says why
    and exits with status 2. Nothing is raised.
    """
    try:
        return _linked(root, test_file, function_name, arguments, implementation, versions, subject)
    except Exception as error:  # a report must not be lost because its reproducer is
        reason = str(error) if isinstance(error, Unlinkable) else f"{type(error).__name__}: {error}"
        message = f"{test_file.stem}::{function_name} cannot be made to stand alone: {reason}"
        return f"import sys\n\nprint({message!r})\nsys.exit(2)\n"


def _linked(
    root: Path,
    test_file: Path,
    function_name: str,
    arguments: str,
    implementation: str | None,
    versions: str,
    subject: tuple[str, str] | None,
) -> str:
    sources = Sources(root)
    test = f"properties.{test_file.stem}"
    module = sources.add(test, test_file.read_text("utf-8"))
    sentence, parameters = _bare(module, function_name)
    _methods_as_functions(sources.module(_IMPLEMENTATION), "Implementation")

    tested = _Tested(sources, implementation)
    linker = Linker(
        sources,
        Substitutes(tested.meaning, _short_helpers() if implementation is None else {}, {"pytest": _STAND_INS}),
        ours=lambda name: name.split(".")[0] in _OURS and name != tested.module,
    )
    if (inlined := sources.module(tested.module)) is not None:
        linker.take_effects(inlined)
    fixtures = [name for name in parameters if name in ("observe", "other_process")]
    given = {"impl", *fixtures, *re.findall(r"^(\w+)=", arguments, flags=re.MULTILINE)}
    imported, remark = "", tested.remark
    if subject is not None:
        module_of_subject, remark = take_subject(sources, *subject)
        imported = f"from {module_of_subject} import {SUBJECT} as subject"
        fixtures, given = [*fixtures, "subject"], {*given, "subject"}
    if "program" in given:  # which says all that the other arguments led to
        given = {*given, *parameters}
    if missing := [name for name in parameters if name not in given]:
        raise Unlinkable(f"nothing tells which {', '.join(missing)} fails")
    main = sources.add(_MAIN, _main(imported, test, function_name, arguments, fixtures, _names(sources)))
    linker.take_statement(main, main.body[-1])
    imports, statements = linker.result([tested.module, _STAND_INS, _MAIN])
    uses_devices = linker.reaches(_DEVICES) or "jax.devices(" in statements[-1]
    return _text(sentence, versions, imports, statements, uses_devices, remark)


def _bare(module: Module, name: str) -> tuple[str, list[str]]:
    """Take the decorators off a property; its sentence and the names of its parameters."""
    definition = next((node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == name), None)
    if definition is None:
        raise Unlinkable(f"no function {name} is at the top of its file")
    definition.decorator_list = []
    docstring = ast.get_docstring(definition) or name
    return " ".join(docstring.split("\n\n")[0].split()), [argument.arg for argument in definition.args.args]


def _methods_as_functions(module: Module | None, class_name: str) -> None:
    """Take the class of implementations apart, because there is but one: its methods become functions of it."""
    assert module is not None
    place = next(i for i, node in enumerate(module.body) if isinstance(node, ast.ClassDef) and node.name == class_name)
    definition = module.body[place]
    assert isinstance(definition, ast.ClassDef)
    functions: list[ast.stmt] = []
    for member in definition.body:
        match member:
            case ast.FunctionDef():
                for node in ast.walk(member):
                    if isinstance(node, ast.Name) and node.id == "self":
                        node.id = "impl"
                    elif isinstance(node, ast.arg) and node.arg == "self":
                        node.arg = "impl"
                functions += _evaluated(member)
            case ast.AnnAssign(target=ast.Name() as target, value=ast.Call(keywords=keywords)):
                made = next(keyword.value for keyword in keywords if keyword.arg == "default_factory")
                assert isinstance(made, ast.Lambda)
                functions.append(ast.copy_location(ast.Assign([target], made.body), member))
    module.body[place : place + 1] = functions


def _evaluated(method: ast.FunctionDef) -> list[ast.stmt]:
    """A method as a function; a cached property as a function and its value."""
    if not any(isinstance(one, ast.Name) and one.id == "cached_property" for one in method.decorator_list):
        return [method]
    name, method.name, method.decorator_list = method.name, f"_{method.name}", []
    value = ast.parse(f"{name} = {method.name}()").body[0]
    return [method, ast.copy_location(value, method)]


def _short_helpers() -> dict[Symbol, Symbol]:
    """What the stand-ins have for the reference."""
    long = ((_IMPLEMENTATION, "parameters"), (_IMPLEMENTATION, "parameters_of"), ("impl.flax_api", "params"))
    return {Symbol(module, name): Symbol(_STAND_INS, name) for module, name in long}


class _Tested:
    """The implementation under test: where its source is, and what its attributes mean."""

    def __init__(self, sources: Sources, implementation: str | None) -> None:
        self.module = implementation or REFERENCE
        self.remark = ""
        self._name = self.module
        self._sources = sources
        if self.module.endswith(".py") or "/" in self.module:
            path = Path(self.module)
            self.module = path.stem if sources.module(path.stem) is None else f"implementation.{path.stem}"
            sources.add(self.module, path.read_text("utf-8"))
        elif sources.module(self.module) is None:
            self.remark = f"It needs the module {self.module}, the implementation under test."
        self._has_model = self._binds_model()

    def _binds_model(self) -> bool:
        module = self._sources.module(self.module)
        if module is None:
            found = importlib.util.find_spec(self.module)
            if found is None or found.origin is None:
                raise Unlinkable(f"the source of {self.module} is not found")
            module = Module(self.module, ast.parse(Path(found.origin).read_text("utf-8")).body)
        return MODEL in module.definitions or MODEL in module.imports

    def meaning(self, attribute: str) -> Target | str | None:
        """What ``impl.attribute`` means in a property."""
        if attribute == "name":
            return self._name
        if attribute == "model_class":
            return self._own(MODEL) if self._has_model else None
        return self._own(ENTRY) if attribute == "entry" else Symbol(_IMPLEMENTATION, attribute)

    def _own(self, name: str) -> Target:
        module = self._sources.module(self.module)
        if module is None:
            return External(f"{self.module}.{name}", name)
        found = self._sources.find(module, name)
        if not isinstance(found, Symbol | External):
            raise Unlinkable(f"{self.module} has no {name}")
        return found


def _main(
    imported: str, test: str, function_name: str, arguments: str, fixtures: Iterable[str], names: Iterable[str]
) -> str:
    """The program that makes the call, or that is what was drawn."""
    given = [f"{name}={name}" for name in fixtures]
    drawn = re.sub(r"\n(?=\w+=)", ",\n", arguments.strip())
    made = ast.parse(f"{function_name}({', '.join([*given, drawn])})")
    written = _written(made, names)
    call = "run()" if written else ast.unparse(_Arguments().visit(made))
    if transform := re.search(r"\bTransform\(make=(\w+)", drawn):
        imported += f"\nfrom {_TRANSFORMED} import Transform, {transform[1]}"
    if "subject" in fixtures:
        call = f"with subject.in_mesh(): {call}"
    return (
        textwrap.dedent(f"""
            from math import inf, nan
            import jax
            import jax.numpy as jnp
            import numpy as np
            from properties.strategies import Call
            from {_STAND_INS} import observe, other_process
            from {test} import {function_name}
        """)
        + f"{imported}\n"
        + written
        + textwrap.dedent(f"""
            if __name__ == "__main__":
                print(__doc__)
                {call}
                print("holds")
        """)
    )


def _names(sources: Sources) -> list[str]:
    """What a program may use without importing it, as the suite says where it runs one."""
    module = sources.module(_PROGRAMS)
    assert module is not None
    (definition,) = module.definitions["NAMES"]
    assert isinstance(definition, ast.Assign) and isinstance(definition.value, ast.Dict)
    return [str(ast.literal_eval(key)) for key in definition.value.keys if key is not None]


def _written(made: ast.Module, names: Iterable[str]) -> str:
    """The function ``run`` whose body is the program that was drawn, with ``names`` for it to use, or nothing."""
    programs = [node for node in ast.walk(made) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Program"]
    if not programs:
        return ""
    source = ast.literal_eval(programs[0].args[0])
    return f"from {_PROGRAMS} import {', '.join(names)}\ndef run():\n{textwrap.indent(source.strip(), '    ')}\n"


class _Arguments(ast.NodeTransformer):
    """Makes expressions of what Hypothesis shows of the arguments."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        keywords = {keyword.arg: keyword for keyword in node.keywords}
        if name == "Call" and isinstance(keywords["x"].value, ast.List | ast.BinOp):
            keywords["x"].value = _array("float32", keywords["x"].value)
        elif name == "Array":
            return _array(ast.unparse(keywords["dtype"].value), node.args[0])
        elif name == "float32":  # Hypothesis shows the call that made it where that is shorter
            return _array(name, node.args[0])
        elif name.endswith("Device"):
            platform = name.removesuffix("Device").lower()
            return _expression(f"jax.devices({platform!r})[{ast.unparse(keywords['id'].value)}]")
        return node


def _array(dtype: str, values: ast.expr) -> ast.expr:
    return _expression(f"jnp.{dtype}({ast.unparse(values)})")


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _text(
    sentence: str, versions: str, imports: list[str], statements: list[str], uses_devices: bool, remark: str
) -> str:
    seed = _hash_seed()
    remarks = [remark] if remark else []
    if seed is None:
        remarks.append("PYTHONHASHSEED was not set there, so a failure that hangs on it need not show again.")
    docstring = textwrap.fill(" ".join([f"It failed on {versions}.", *remarks]), WIDTH)
    standard = [line for line in imports if _is_standard(line)]
    settings = [_PRECISION, *([_EIGHT_DEVICES] if uses_devices else [])]
    if seed is not None:
        standard.append("import sys")
        settings.insert(0, _HASH_SEED.strip().format(seed=seed))
    head = [
        f'"""{sentence}\n\n{docstring}\n"""'.replace("\\", "\\\\"),
        "\n".join(sorted({"import os", *standard})),
        "\n".join(settings),
        "\n".join(line for line in imports if line not in standard),
    ]
    return "\n\n".join([*head, *_spaced(statements)]) + "\n"


def _hash_seed() -> str | None:
    """The PYTHONHASHSEED of this process, in which the property failed; None where Python drew one."""
    seed = os.environ.get("PYTHONHASHSEED", "random")
    # Where the suite has set it for its workers, this process may have started without.
    is_drawn = seed == "random" or (seed == "0" and sys.flags.hash_randomization)
    return None if is_drawn else seed


def _is_standard(line: str) -> bool:
    return line.split()[1].split(".")[0] in sys.stdlib_module_names


def _spaced(statements: list[str]) -> list[str]:
    """Paragraphs: assignments stand together."""
    paragraphs: list[str] = []
    for statement in map(_folded, statements):
        simple = "\n" not in statement and not statement.startswith("@")
        if simple and paragraphs and "\n    " not in paragraphs[-1]:
            paragraphs[-1] += f"\n{statement}"
        else:
            paragraphs.append(statement)
    return paragraphs


def _folded(statement: str) -> str:
    """A statement whose long lists of numbers are broken into lines."""
    lines = []
    for line in statement.splitlines():
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
