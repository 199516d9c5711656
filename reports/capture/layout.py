"""Long expressions over several lines."""

import ast
from collections.abc import Iterator

_WIDTH = 110


def laid_out(text: str, indent: int) -> str:
    """An expression, in lines that are not too long where it can be broken."""
    return _laid_out(ast.parse(text, mode="eval").body, indent)


def _laid_out(node: ast.expr, indent: int) -> str:
    text = ast.unparse(node)
    if len(text) + indent <= _WIDTH:
        return text
    inner = indent + 4
    parts = "".join(f"{' ' * inner}{part},\n" for part in _parts(node, inner))
    opening, closing = _brackets(node)
    return f"{opening}\n{parts}{' ' * indent}{closing}" if parts else text


def _parts(node: ast.expr, indent: int) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            yield f"{ast.unparse(key)}: {_laid_out(value, indent)}" if key else f"**{_laid_out(value, indent)}"
    elif isinstance(node, ast.Tuple | ast.List):
        yield from (_laid_out(one, indent) for one in node.elts)
    elif isinstance(node, ast.Call):
        yield from (_laid_out(one, indent) for one in node.args)
        yield from (f"{one.arg}={_laid_out(one.value, indent)}" for one in node.keywords)
    elif isinstance(node, ast.Lambda) and isinstance(node.body, ast.Call):
        yield from _parts(node.body, indent)


def _brackets(node: ast.expr) -> tuple[str, str]:
    if isinstance(node, ast.Lambda):
        opening, closing = _brackets(node.body)
        return f"lambda {ast.unparse(node.args)}: {opening}", closing
    if isinstance(node, ast.Call):
        return f"{ast.unparse(node.func)}(", ")"
    return {ast.Dict: ("{", "}"), ast.List: ("[", "]")}.get(type(node), ("(", ")"))
