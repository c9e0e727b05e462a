"""Every message that a user can meet, read from the code: `python tests/support/messages.py` lists them."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "sentiment140"
_ERRORS = {"UserError", "DownloadError", "MirrorError", "TransientError", "HTTPException", "ArgumentTypeError"}
_PROGRAMMING = {"ValueError", "TypeError", "AttributeError", "RuntimeError"}
_LOG = {"info", "warning"}


@dataclass(frozen=True)
class Message:
    """One message: where it is raised or printed, what kind it is, and its text with `{...}` for values."""

    place: str
    kind: str
    text: str


def messages() -> Iterator[Message]:
    """Errors, log lines, printed lines and help texts of the package, in the order of the files."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (kind := _kind(node)):
                around = [scope for scope in functions if scope.lineno <= node.lineno <= (scope.end_lineno or 0)]
                texts = _assigned(tree.body) | _assigned(list(ast.walk(around[-1])) if around else [])
                given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in ("remedy", "help"))]
                parts = [texts.get(part.id, "") if isinstance(part, ast.Name) else _text(part) for part in given]
                text = " | ".join(part for part in parts if any(sign.isalpha() for sign in part))
                if text:
                    yield Message(f"{path.relative_to(PACKAGE)}:{node.lineno}", kind, text)


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """The texts that names stand for, all of a name joined by a slash."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
            if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(node.targets[0].elts, node.value.elts, strict=True))
            for target, value in pairs:
                if isinstance(target, ast.Name) and (text := _text(value)):
                    found[target.id] = f"{found[target.id]} / {text}" if target.id in found else text
    return found


def _kind(call: ast.Call) -> str:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in _ERRORS | _PROGRAMMING:
        return "error" if name in _ERRORS else "programming error"
    if name in _LOG and isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "log":
        return "log"
    return {"print": "print", "add_argument": "help"}.get(name, "")


def _text(node: ast.expr) -> str:
    """The text that an expression makes, `{...}` where a value stands."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else ast.unparse(part)[2:-1] for part in node.values
        )
    if isinstance(node, ast.BinOp):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.IfExp):
        return f"{_text(node.body)} / {_text(node.orelse)}"
    if isinstance(node, ast.Call) and node.args:
        return f"{ast.unparse(node.func)}({', '.join(filter(None, map(_text, node.args)))})"
    return ""


if __name__ == "__main__":
    for message in messages():
        print(f"{message.place:40} {message.kind:18} {message.text}")
