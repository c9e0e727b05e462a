"""Every message that a user can meet, read from the code: `python tests/support/messages.py` lists them."""

import ast
from collections.abc import Iterator
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
        names = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (kind := _kind(node)):
                given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in ("remedy", "help"))]
                parts = [_text(names.get(part.id, part) if isinstance(part, ast.Name) else part) for part in given]
                text = " | ".join(part for part in parts if any(sign.isalpha() for sign in part))
                if text:
                    yield Message(f"{path.relative_to(PACKAGE)}:{node.lineno}", kind, text)


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
            part.value if isinstance(part, ast.Constant) else "{" + ast.unparse(part.value) + "}"  # type: ignore[attr-defined]
            for part in node.values
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
