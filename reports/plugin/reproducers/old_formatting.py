"""Before Python 3.12 an f-string holds neither its own quotes nor a line break, and ast.unparse now writes both."""

import ast


class OldFormatting(ast.NodeTransformer):
    """Makes a call of str.format of every f-string that has a string or a brace in one of its expressions."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                part.value = self.visit(part.value)
        values: list[ast.expr] = []
        template = _template(node, values)
        if not any(_needs_format(value) for value in values):
            return node
        call = ast.Call(ast.Attribute(ast.Constant(template), "format", ast.Load()), values, [])
        return ast.copy_location(call, node)


def _template(node: ast.JoinedStr, values: list[ast.expr]) -> str:
    """The f-string with its expressions taken out into ``values``, in the order in which str.format asks for them."""
    text = ""
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            values.append(part.value)
            conversion = f"!{chr(part.conversion)}" if part.conversion >= 0 else ""
            width = f":{_template(part.format_spec, values)}" if isinstance(part.format_spec, ast.JoinedStr) else ""
            text += f"{{{conversion}{width}}}"
        elif isinstance(part, ast.Constant):
            text += str(part.value).replace("{", "{{").replace("}", "}}")
    return text


def _needs_format(value: ast.expr) -> bool:
    return any(
        isinstance(node, ast.JoinedStr | ast.Set | ast.Dict | ast.SetComp | ast.DictComp)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        for node in ast.walk(value)
    )
