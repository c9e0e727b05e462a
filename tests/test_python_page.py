"""The code of docs/python.md runs, and prints what the page shows but for numbers and labels of another model."""

import contextlib
import io
import re
from typing import Any

from sentiment140.runs import places
from support import REPOSITORY

PAGE = (REPOSITORY / "docs" / "python.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)


def form(printed: str) -> str:
    """What is printed, without what depends on the model: numbers, labels, the run, and spaces that align columns."""
    printed = re.sub(r"\b(negative|positive|uncertain)\b", "LABEL", printed)
    printed = re.sub(r"(?<=run=)'.*?'|(?<=data=)'.*?'|(?<= on ).* tweets.*(?=>)", "NAME", printed)
    printed = re.sub(r"[-+]?(\d[\d,]*\.?\d*|\.\d+)(e-?\d+)?", "NUMBER", printed)
    return re.sub(r"\s+", "", printed)


def test_every_block_has_its_output():
    assert len(BLOCKS) == PAGE.count("```python") >= 6


def test_the_code_prints_what_the_page_shows(demo_run, monkeypatch, tmp_path):
    monkeypatch.setattr(places, "SUBMISSIONS", demo_run[0].folder / "submissions")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "notebook"}
    for code, shown in BLOCKS:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code.replace('"standard"', '"demo-tiny"'), names)
        assert form(printed.getvalue()) == form(shown)
