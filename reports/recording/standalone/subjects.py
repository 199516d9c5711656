"""The one subject that a property failed on, out of the file that lists them."""

import ast
from pathlib import Path

from reports.recording.standalone.sources import Sources, Unlinkable

SUBJECTS = "SUBJECTS"
SUBJECT = "SUBJECT"
_TUPLES = ("streams", "mutable", "mesh")


def take_subject(sources: Sources, target: str, name: str) -> tuple[str, str]:
    """Bind ``SUBJECT`` in the module that ``target`` names; the module's name, and a remark on what is still needed."""
    module, remark = target, ""
    if target.endswith(".py") or "/" in target:
        path = Path(target)
        module = f"subjects.{path.stem}"
        sources.add(module, path.read_text("utf-8"))
    elif sources.module(target) is None:
        module, remark = f"subjects.{target}", f"It needs the module {target}, which has the subject."
        sources.add(module, f"from {target} import {SUBJECTS}")
    found = sources.module(module)
    assert found is not None
    if SUBJECTS not in {*found.definitions, *found.imports}:
        raise Unlinkable(f"{target} has no {SUBJECTS}")
    made = f"from impl.subject import Subject\n{SUBJECT} = Subject({name!r}, {_description(found.body, name)})"
    sources.add(module, f"{ast.unparse(ast.Module(found.body, []))}\n{made}")
    return module, remark


def _description(body: list[ast.stmt], name: str) -> str:
    """The keyword arguments of the subject: those that are written down, or what the dictionary has for its name."""
    for statement in body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="SUBJECTS")], value=ast.Dict() as all_of_them)
                | ast.AnnAssign(target=ast.Name(id="SUBJECTS"), value=ast.Dict() as all_of_them)
            ):
                for key, value in zip(all_of_them.keys, all_of_them.values, strict=True):
                    match key, value:
                        case ast.Constant(value=found), ast.Dict(keys=keys) if found == name and all(keys):
                            return ", ".join(map(_argument, keys, value.values))
    return f"**{SUBJECTS}[{name!r}]"


def _argument(key: ast.expr | None, value: ast.expr) -> str:
    assert isinstance(key, ast.Constant)
    if key.value in _TUPLES and isinstance(value, ast.List):
        value = ast.Tuple(value.elts, ast.Load())
    return f"{ast.literal_eval(key)}={ast.unparse(value)}"
