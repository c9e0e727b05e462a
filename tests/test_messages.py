"""The words of the project: no term that the style rules replaced, and messages of one line."""

import re

import pytest

from support import REPOSITORY
from support.messages import messages

# Words that say nothing to a reader who knows scikit-learn and Keras, and British spellings, but for that of a flag.
REPLACED = re.compile(
    r"\b(begun|anew|commonest|made-up|set aside|torture|sureness|surest|log.odds|patiently|hand-labelled"
    r"|(?<!--)labelled|licence|colour"
    r"|tokenis\w+|normalis\w+|optimis(?!m\b|tic)\w+|summaris\w+|centre|neighbour|per cent"
    r"|can be believed)\b"
    r"|\b(a|an) [a-z]+ (a|an) (tweet|row|fold|file|member|text|line|epoch)\b",
    re.IGNORECASE,
)
PLACES = ("src", "scripts", "benchmarks", "docs", ".github", "README.md", "CONTRIBUTING.md", "submissions/README.md")
FILES = sorted(
    path
    for place in PLACES
    for path in ([REPOSITORY / place] if (REPOSITORY / place).is_file() else (REPOSITORY / place).rglob("*"))
    if path.suffix in {".py", ".md", ".html", ".toml", ".sh", ".yaml", ".yml"} and "egg-info" not in str(path)
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_replaced_word_is_used(path):
    lines = path.read_text().splitlines()
    assert [f"{number}: {line}" for number, line in enumerate(lines, 1) if REPLACED.search(line)] == []


def test_every_error_is_one_line_and_names_no_internal():
    found = [message for message in messages() if message.kind == "error"]
    assert len(found) > 100
    assert [message for message in found if "\n" in message.text] == []


def test_the_list_of_messages_has_errors_help_and_log_lines():
    kinds = [message.kind for message in messages()]
    assert min(kinds.count(kind) for kind in ("error", "help", "log", "print")) >= 5
