"""Stress test: invalid input for each reader. The reader must return valid data, or refuse the input in one line."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks.stress import Outcome
from sentiment140.data.files import DataFile
from sentiment140.data.read import read_tweets
from sentiment140.errors import UserError
from sentiment140.runs.files import loads_checked
from sentiment140.serving.manifest import NAME, Manifest
from sentiment140.text.tokenize import tokenize
from sentiment140.text.vectors import read_vectors

_BATCH = 5000
_DIMENSION = 3
_WORDS = b'" "" , { } [ : nan inf -1e999 null true 0 2 4 99999999999999999999 NO_QUERY ../'
_INSERTED = [*_WORDS.split(), b"", b"\n", b"\r", b"\0", b" ", b"\t", b"\xff", b"\xc3", b"\xc3\xa9", b"\xef\xbb\xbf"]
_TRICKY = "aZpdDxXoO8123 \t'’-^:;=()[]{}/\\|<>@#.,!?&_é♥\ufe0f\u200d\u0301\x85\xa0👍"


def fuzz(folder: Path, model: Path, cases: int, seconds: float) -> list[Outcome]:
    """Give invalid input to each reader, until the inputs or the time are used up.

    Args:
        folder: an empty folder for the files.
        model: a model folder, whose manifest is used.
        cases: maximum number of inputs for each reader.
        seconds: maximum time for each reader.

    Returns:
        One outcome per reader.
    """
    tweets, manifest = folder / "tweets.csv", (model / NAME).read_bytes()
    undamaged = loads_checked(manifest.decode())
    copy = folder / NAME
    for path in model.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())

    def read_table(content: bytes) -> None:
        tweets.write_bytes(content)
        with one_line_refusals():
            table, problems = read_tweets(DataFile(tweets))
            assert problems.rows >= len(table)
            assert table["id"].is_unique
            assert set(table["label"]) == {0, 1}
            assert (table["text"] != "").all()

    def read_word_vectors(content: bytes) -> None:
        with one_line_refusals():
            found, _ = read_vectors(io.BytesIO(content), {"the", "a b", "é", ""}, _DIMENSION, "vectors")
            assert all(vector.shape == (_DIMENSION,) and np.isfinite(vector).all() for vector in found.values())

    def tokenize_text(text: str) -> None:
        tokens, again = tokenize([text, "and", text]), tokenize([text]).tweet(0)
        assert tokens.tweet(0) == tokens.tweet(2) == again
        assert all(token and not token.isspace() for token in again)

    def read_manifest(content: bytes) -> None:
        copy.write_bytes(content)
        with one_line_refusals():
            Manifest.read(folder)
            assert loads_checked(content.decode()) == undamaged  # only whitespace may differ

    row = b'"0","1","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","me","not my day"\n'
    table = row + row.replace(b'"0"', b'"4"').replace(b'"1"', b'"2"') * 3
    lines = "the 0.1 0.2 0.3\na b 1 2 3\né -1 -2 -3\n".encode()
    texts = st.text() | st.text(st.characters(categories=["Cs"]) | st.characters()) | st.text(st.sampled_from(_TRICKY))
    return [
        _fuzzed("the reader of tweets", read_table, mutated(table), cases, seconds),
        _fuzzed("the reader of vectors", read_word_vectors, mutated(lines), cases, seconds),
        _fuzzed("the tokenizer", tokenize_text, texts, cases, seconds),
        _fuzzed("the reader of a model's manifest", read_manifest, mutated(manifest), cases, seconds),
    ]


def mutated(valid: bytes) -> st.SearchStrategy[bytes]:
    """Generate valid files with up to eight places deleted, doubled or overwritten, and arbitrary bytes."""
    return st.binary(max_size=32).map(lambda program: _mutate(valid, program)) | st.binary(max_size=100)


def _mutate(content: bytes, program: bytes) -> bytes:
    """Apply one change per four bytes of the program: position (2 bytes), length to delete, bytes to insert."""
    for high, low, cut, choice in zip(*[iter(program)] * 4, strict=False):
        start = (256 * high + low) % (len(content) + 1)
        end = start + (0, 0, 1, 1, 2, 5, 40)[cut % 7]
        inserted = _INSERTED[choice] if choice < len(_INSERTED) else bytes([choice])
        content = content[:start] + (content[start:end] * 2 if choice == 255 else inserted) + content[end:]
    return content


@contextmanager
def one_line_refusals() -> Iterator[None]:
    """Accept a refusal whose message is one line.

    Raises:
        ValueError: the message has several lines.
    """
    try:
        yield
    except UserError as error:
        if len(str(error).splitlines()) != 1:
            raise ValueError("the message of a refusal has several lines") from error


def _fuzzed(what: str, check: Callable[[Any], None], inputs: Any, cases: int, seconds: float) -> Outcome:
    outcome = Outcome(f"invalid input for {what}")
    until = time.monotonic() + seconds
    while outcome.tried < cases and time.monotonic() < until and not outcome.lost:
        count = 0

        def counted(case: Any) -> None:
            nonlocal count
            count += 1
            check(case)

        chosen = settings(
            max_examples=min(_BATCH, cases - outcome.tried),
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        try:
            seed(outcome.tried)(chosen(given(inputs)(counted)))()  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - any exception is a finding
            outcome.lost.append(f"{error!r} {' '.join(getattr(error, '__notes__', []))}")
        outcome.tried += count
    return outcome
