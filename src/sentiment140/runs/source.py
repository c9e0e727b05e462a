"""Read the source code of the package, without comments and docstrings: what a function depends on. Imports none."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]


class SourceFile:
    """The top-level statements of a file of the package.

    Args:
        name: the path of the file, relative to the package.
    """

    def __init__(self, name: str) -> None:
        self._statements = _statements((PACKAGE / name).read_text("utf-8"))
        self._by_name: dict[str, list[ast.stmt]] = {}
        for statement in self._statements:
            for bound in _bound_names(statement):
                self._by_name.setdefault(bound, []).append(statement)

    def registered(self, registry: str) -> dict[str, ast.FunctionDef]:
        """Return the functions of this file that a registry holds, by name.

        Args:
            registry: the name of a dictionary of functions, such as `KERAS`.
        """
        functions = {node.name: node for node in self._statements if isinstance(node, ast.FunctionDef)}
        used = [name for statement in self._by_name[registry] for name in _used_names(statement)]
        return {name: functions[name] for name in used if name in functions}

    def needed_by(self, names: Iterable[str]) -> list[ast.stmt]:
        """Return the statements that define these names and everything that they use, in the order of the file."""
        waiting, seen = list(names), set[str]()
        needed: set[int] = set()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                for statement in self._by_name.get(name, []):
                    needed.add(id(statement))
                    waiting += _used_names(statement)
        return [statement for statement in self._statements if id(statement) in needed]

    def without(self, functions: Iterable[str], registry: str) -> list[ast.stmt]:
        """Return the statements that these functions do not need, but for their registry."""
        left_out = {id(statement) for statement in (*self.needed_by(functions), *self._by_name[registry])}
        return [statement for statement in self._statements if id(statement) not in left_out]

    @property
    def statements(self) -> list[ast.stmt]:
        """All statements."""
        return self._statements


def keyword_defaults(function: ast.FunctionDef) -> dict[str, Any]:
    """Return the default values of the keyword-only arguments of a function.

    Examples:
        >>> keyword_defaults(ast.parse("def f(x, *, sizes=(3, 5)): ...").body[0])
        {'sizes': (3, 5)}
    """
    arguments = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return {argument.arg: ast.literal_eval(default) for argument, default in arguments if default is not None}


def digest(statements: Iterable[ast.stmt]) -> str:
    """Compute a hash of statements, 12 hexadecimal digits; it does not depend on their layout.

    Examples:
        >>> digest(ast.parse("x = 1").body) == digest(ast.parse("x  =  1  # one").body)
        True
    """
    dumped = "\n".join(ast.dump(statement) for statement in statements)
    return hashlib.sha256(dumped.encode()).hexdigest()[:12]


@cache
def _statements(text: str) -> list[ast.stmt]:
    """Parse a module; leave out docstrings, and give every imported name a statement of its own."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [statement for statement in body if not _is_docstring(statement)]  # type: ignore[attr-defined]
    found: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            found += [ast.Import([alias]) for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            found += [ast.ImportFrom(statement.module, [alias], statement.level) for alias in statement.names]
        else:
            found.append(statement)
    return found


def _is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a string alone, which does nothing wherever it stands."""
    is_constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_constant and isinstance(statement.value.value, str)  # type: ignore[attr-defined]


def _bound_names(statement: ast.stmt) -> list[str]:
    """The names that a top-level statement defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return [statement.name]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in statement.names]
    parts = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", statement)]
    nodes = (node for part in parts for node in ast.walk(part))
    return [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def _used_names(statement: ast.stmt) -> list[str]:
    """The names that a statement uses, in the order in which they occur, each once."""
    return list(dict.fromkeys(node.id for node in ast.walk(statement) if isinstance(node, ast.Name)))
