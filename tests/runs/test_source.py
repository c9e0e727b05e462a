"""Reading the package's own code: what a function needs, whatever the layout."""

import ast

import pytest

from sentiment140.runs import source
from sentiment140.runs.source import SourceFile, digest, keyword_defaults

CODE = '''
"""The module."""
import numpy as np
from math import cos, sin

FACTOR = 2
"""The factor."""


def _helper(x):
    return FACTOR * sin(x)


def first(x, *, size: int = 3, names: tuple = ("a", "b")):
    """Say something."""
    for function in (1, 2):
        x += function
    return _helper(x)


def second(x, *, size: int = 4):
    return np.abs(cos(x))


def check(x):
    return x > 0


ALL = {function.__name__: function for function in (first, second)}
'''


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Reads this code, with a part of it replaced."""
    monkeypatch.setattr(source, "PACKAGE", tmp_path)

    def read(old="", new=""):
        assert old in CODE
        (tmp_path / "code.py").write_text(CODE.replace(old, new))
        return SourceFile("code.py")

    return read


def of_first(file):
    return digest(file.needed_by(["first"]))


def of_rest(file):
    return digest(file.without(file.registered("ALL"), "ALL"))


def test_the_functions_of_a_registry_are_found_with_their_defaults(read):
    found = {name: keyword_defaults(function) for name, function in read().registered("ALL").items()}
    assert found == {"first": {"size": 3, "names": ("a", "b")}, "second": {"size": 4}}


def test_a_function_needs_its_helpers_constants_and_imports_and_nothing_else(read):
    shown = [ast.unparse(statement).splitlines()[0] for statement in read().needed_by(["first"])]
    assert [line.partition("(")[0] for line in shown] == [
        "from math import sin", "FACTOR = 2", "def _helper", "def first",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""The module."""', '"""Another text."""'),
        ('    """Say something."""\n', ""),
        ('"""The factor."""', ""),
        ("    return _helper(x)", "    # a comment\n\n    return _helper( x )"),
        ("from math import cos, sin", "from math import cos, sin, tan"),
        ("np.abs(cos(x))", "np.abs(x)"),
        ("(first, second)", "(first, second, third)"),
        ("def check(x):", "def third(x):\n    return tan(x)\n\n\ndef check(x):"),
    ],
    ids=[
        "docstring of the module", "docstring", "docstring of a constant", "comment", "import", "another function",
        "registry", "new function",
    ],
)  # fmt: skip
def test_comments_docstrings_and_other_functions_do_not_matter(read, old, new):
    before = of_first(read())
    assert of_first(read(old, new)) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FACTOR = 2", "FACTOR = 3"),
        ("sin(x)", "sin(-x)"),
        ("import cos, sin", "import cos\nfrom cmath import sin"),
        ("size: int = 3", "size: int = 5"),
        ("x += function", "x -= function"),
    ],
)
def test_a_change_of_what_a_function_needs_matters(read, old, new):
    before = of_first(read())
    assert of_first(read(old, new)) != before


def test_what_belongs_to_no_function_of_the_registry_is_the_rest(read):
    before = of_rest(read())
    assert of_rest(read("sin(x)", "sin(-x)")) == before
    assert of_rest(read("(first, second)", "(first, check)")) != before  # `second` is no architecture any more
    assert of_rest(read("x > 0", "x >= 0")) != before
