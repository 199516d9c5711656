"""One of the suite's own subjects as a statement of a reproducer, which has what the program asks of it."""

import ast
from collections.abc import Collection, Mapping

from reports.plugin.reproducers.bundler import CannotPaste, Module

Description = Mapping[str, ast.expr]


def description(module: Module, name: str) -> Description:
    """What the module says of a subject, by key."""
    match module.definitions.get("SUBJECTS"):
        case ast.AnnAssign(value=ast.Dict() as listed):
            match _items(listed).get(name):
                case ast.Dict() as found:
                    return _items(found)
    raise CannotPaste(f"{module.name} has no subject {name!r}")


def made(subject: Description, keeps_still: bool, used: Collection[str]) -> str:
    """The statement that makes a subject with the attributes that are used.

    One that ``keeps_still`` changes nothing in a call outside of training.
    """
    attributes = _attributes(subject, keeps_still)
    unknown = set(used) - attributes.keys()
    if unknown:
        raise CannotPaste(f"nothing tells the {', '.join(sorted(unknown))} of a subject")
    chosen = [f"{name}={text}" for name, text in attributes.items() if name in used]
    return f"subject = SimpleNamespace({', '.join(chosen)})"


def _attributes(subject: Description, keeps_still: bool) -> dict[str, str]:
    kwargs, train = _items(subject.get("kwargs")), _items(subject.get("train"))
    mutable = _items(_expression(f"{{'mutable': {ast.unparse(subject['mutable'])}}}")) if "mutable" in subject else {}
    streams = _text(subject.get("streams"), "[]")
    seeded = ", ".join(f"{name}=seed + {n}" for n, name in enumerate(ast.literal_eval(streams), 1))
    args = ast.unparse(subject["args"])
    first_args = _text(subject.get("init_args"), args)
    first_kwargs = _text(subject.get("init_kwargs"), _dictionary(kwargs))
    module = ast.unparse(subject["module"])
    methods = {name: _method(one) for name, one in _items(subject.get("methods")).items()}
    return {
        "linen": f"lambda: {module}",
        "rngs": f"lambda seed: nnx.Rngs(params=seed{', ' + seeded if seeded else ''})",
        "args": args,
        "first_args": first_args,
        "kwargs": _dictionary(kwargs),
        "first_kwargs": first_kwargs,
        "plain_call": _dictionary(kwargs | ({} if train and keeps_still else mutable)),
        "training_call": _dictionary(kwargs | train | mutable),
        "streams": f"({streams[1:-1]},)" if streams != "[]" else "()",
        "mutable": _text(subject.get("mutable"), "[]"),
        "shapes": f"jax.eval_shape(lambda: {module}.init(jax.random.key(0), *{first_args}, **{first_kwargs}))",
        "methods": "{" + ", ".join(f"{name!r}: {text}" for name, text in methods.items()) + "}",
    }


def _method(node: ast.expr) -> str:
    if not isinstance(node, ast.Dict):
        return f"SimpleNamespace(args={ast.unparse(node)}, call={{}})"
    said = _items(node)
    call = _items(said.get("kwargs")) | ({"mutable": said["mutable"]} if "mutable" in said else {})
    return f"SimpleNamespace(args={ast.unparse(said['args'])}, call={_dictionary(call)})"


def _items(node: ast.expr | None) -> dict[str, ast.expr]:
    if not isinstance(node, ast.Dict):
        return {}
    return {ast.literal_eval(key): one for key, one in zip(node.keys, node.values, strict=True) if key}


def _dictionary(items: Mapping[str, ast.expr]) -> str:
    return "{" + ", ".join(f"{name!r}: {ast.unparse(one)}" for name, one in items.items()) + "}"


def _text(node: ast.expr | None, otherwise: str) -> str:
    return otherwise if node is None else ast.unparse(node)


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
