"""Readers that are given what nobody meant: what they read must be sound, or refused in one line."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ..corpus.read import read_tweets
from ..corpus.sources import DATASETS, Located
from ..disk import unsealed
from ..errors import UserError
from ..serving.manifest import NAME, Manifest
from ..text.tokenise import tokenise
from ..text.vectors import read_vectors
from . import Outcome

_AT_A_TIME = 5000
_DIMENSION = 3
_WORDS = b'" "" , { } [ : nan inf -1e999 null true 0 2 4 99999999999999999999 NO_QUERY ../'
_PIECES = [*_WORDS.split(), b"", b"\n", b"\r", b"\0", b" ", b"\t", b"\xff", b"\xc3", b"\xc3\xa9", b"\xef\xbb\xbf"]
_TRICKY = "aZpdDxXoO8123 \t'’-^:;=()[]{}/\\|<>@#.,!?&_é♥\ufe0f\u200d\u0301\x85\xa0👍"


def fuzz(folder: Path, model: Path, cases: int, seconds: float) -> list[Outcome]:
    """Each reader, until it had so many cases or so much time.

    Args:
        folder: for files to be read.
        model: a model folder, for its manifest.
        cases: of each reader.
        seconds: of each reader.
    """
    tweets, manifest = folder / "tweets.csv", (model / NAME).read_bytes()
    sound = unsealed(manifest.decode())
    copy = folder / NAME
    for path in model.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())

    def read_a_table(content: bytes) -> None:
        tweets.write_bytes(content)
        with refusing():
            table, problems = read_tweets(Located(tweets), DATASETS["sentiment140"])
            assert problems.rows >= len(table)
            assert table["id"].is_unique
            assert set(table["label"]) == {0, 1}
            assert (table["text"] != "").all()

    def read_some_vectors(content: bytes) -> None:
        with refusing():
            found, _ = read_vectors(io.BytesIO(content), {"the", "a b", "é", ""}, _DIMENSION)
            assert all(vector.shape == (_DIMENSION,) and np.isfinite(vector).all() for vector in found.values())

    def tokenise_a_text(text: str) -> None:
        tokens, again = tokenise([text, "and", text]), tokenise([text]).tweet(0)
        assert tokens.tweet(0) == tokens.tweet(2) == again
        assert all(token and not token.isspace() for token in again)

    def read_a_manifest(content: bytes) -> None:
        copy.write_bytes(content)
        with refusing():
            Manifest.read(folder)
            assert unsealed(content.decode()) == sound  # only blanks may differ

    row = b'"0","1","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","me","not my day"\n'
    table = row + row.replace(b'"0"', b'"4"').replace(b'"1"', b'"2"') * 3
    lines = "the 0.1 0.2 0.3\na b 1 2 3\né -1 -2 -3\n".encode()
    texts = st.text() | st.text(st.characters(categories=["Cs"]) | st.characters()) | st.text(st.sampled_from(_TRICKY))
    return [
        _fuzzed("the reader of tweets", read_a_table, mutated(table), cases, seconds),
        _fuzzed("the reader of vectors", read_some_vectors, mutated(lines), cases, seconds),
        _fuzzed("the tokeniser", tokenise_a_text, texts, cases, seconds),
        _fuzzed("the reader of a model's manifest", read_a_manifest, mutated(manifest), cases, seconds),
    ]


def mutated(sound: bytes) -> st.SearchStrategy[bytes]:
    """A sound file with up to eight places cut out, doubled or overwritten; or just any bytes."""
    return st.binary(max_size=32).map(lambda program: _mutate(sound, program)) | st.binary(max_size=100)


def _mutate(content: bytes, program: bytes) -> bytes:
    """Four bytes of the program are a change: where (two), how much goes, what comes instead."""
    for high, low, cut, piece in zip(*[iter(program)] * 4, strict=False):
        begin = (256 * high + low) % (len(content) + 1)
        end = begin + (0, 0, 1, 1, 2, 5, 40)[cut % 7]
        instead = _PIECES[piece] if piece < len(_PIECES) else bytes([piece])
        content = content[:begin] + (content[begin:end] * 2 if piece == 255 else instead) + content[end:]
    return content


@contextmanager
def refusing() -> Iterator[None]:
    """Lets a refusal pass that is one line.

    Raises:
        ValueError: it is not.
    """
    try:
        yield
    except UserError as error:
        if len(str(error).splitlines()) != 1:
            raise ValueError("a refusal of several lines") from error


def _fuzzed(what: str, check: Callable[[Any], None], inputs: Any, cases: int, seconds: float) -> Outcome:
    outcome = Outcome(f"rubbish for {what}")
    until = time.monotonic() + seconds
    while outcome.tried < cases and time.monotonic() < until and not outcome.lost:
        count = 0

        def counted(case: Any) -> None:
            nonlocal count
            count += 1
            check(case)

        chosen = settings(
            max_examples=min(_AT_A_TIME, cases - outcome.tried),
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        try:
            seed(outcome.tried)(chosen(given(inputs)(counted)))()  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - whatever it is, it was found
            outcome.lost.append(f"{error!r} {' '.join(getattr(error, '__notes__', []))}")
        outcome.tried += count
    return outcome
