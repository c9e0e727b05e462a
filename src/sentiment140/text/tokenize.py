"""A tweet to its tokens, in one pass.

A tweet is split at blanks, and each distinct piece is scanned once: 1.44 million tweets hold 19 million pieces but less
than a million distinct ones. No token crosses a blank, so this changes nothing but the time.
"""

import html
import re
import string
import threading
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from sentiment140.text.ragged import Ragged

UNKNOWN = "<unknown>"
ALL_CAPITALS = "<allcaps>"

# The names of the classes of tokens are those of the GloVe Twitter vectors, which hold a vector for most of them:
# https://nlp.stanford.edu/projects/glove/preprocess-twitter.rb
_TOKEN = re.compile(
    r"""
    (?P<url>     https?://\S+ | www\.\S+
               | (?:[a-z0-9-]+\.)+ (?: (?:com|net|org|co\.uk|info)\b (?:/\S*)? | [a-z]{2,4}/\S+ ) )
  | (?P<user>    @\w+ )
  | (?P<hashtag> \# (?=\w*[^\W\d_]) )
  | (?P<heart>   <3+ )
  | (?P<lolface> (?:[:;=] | (?<!\w)[x8]) [-'o^]? p+ (?!\w) )
  | (?P<smile>   (?:[:;=] | (?<!\w)8) [-'o^]? [)\]}]+ | (?:[:;=] | (?<!\w)[x8]) [-'o^]? d+ (?!\w)
               | (?<!\w) [(\[{]+ [-'o^]? [:;=] )
  | (?P<sadface> [:;=] [-'o^]? [(\[{]+ | (?<!\w) [)\]}]+ [-'o^]? [:=] )
  | (?P<neutralface> [:;=] [-'o^]? [/\\|] (?!/) )
  | (?P<word>    \w* [^\W\d_] \w* (?:' \w+)* )
  | (?P<number>  \d+ (?:[.,:/] \d+)* )
  | (?P<dots>    \.{2,} )
  | (?P<marks>   [!?]+ )
  | (?P<symbol>  [^\s\w\x00-\x7f] )                     # an emoji, a note, a heart: each a token of its own
  | (?P<sign>    (?P<one> [!-/:-@\[-^`{-~] ) (?!(?P=one)) )  # of a row of the same only the last: "::)" is a smile
  | (?P<end>     \n )                                   # of a piece
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NAMED = {name: f"<{name}>" for name in ("url", "user", "hashtag", "heart", "lolface", "smile", "sadface")}
_NAMED |= {"neutralface": "<neutralface>", "number": "<number>", "dots": "..."}
# What some readers of tweets leave out: a sign carries little, but together they carry 0.4 points of accuracy.
SIGNS = frozenset(string.punctuation) - {"!", "?"} | {ALL_CAPITALS}
_ELONGATION = re.compile(r"(.)\1{2,}")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "…": "...", "İ": "I", "\ufe0f": None, "\u200d": None})


@dataclass(frozen=True)
class Tokens(Ragged):
    """Tweets as rows of numbers into a list of words; no tweet is empty.

    Attributes:
        words: every distinct token; `words[0]` is `UNKNOWN`, the rest in order of first appearance; there may be
            some that these tweets do not hold.
    """

    words: list[str]

    def tweet(self, row: int) -> list[str]:
        """The tokens of one tweet."""
        return [self.words[number] for number in self.flat[self.offsets[row] : self.offsets[row + 1]]]

    def without(self, left_out: frozenset[str]) -> "Tokens":
        """The tweets without these tokens; a tweet of nothing else becomes one `UNKNOWN`."""
        is_kept = np.array([word not in left_out for word in self.words], bool)
        return self.where(is_kept[self.flat]).fill_empty(0)


def _token(match: re.Match[str]) -> str:
    kind, text = str(match.lastgroup), match.group().lower()
    if kind == "symbol":
        # Emoji are symbols (S); what is left beyond ASCII is punctuation and control characters.
        return text if unicodedata.category(text).startswith("S") else ""
    if kind == "word":
        return _ELONGATION.sub(r"\1\1", text)
    if kind == "marks":
        return "".join(sorted(set(text))) * (2 if len(text) > 1 and len(set(text)) == 1 else 1)
    return _NAMED.get(kind, text)


def repair(text: str) -> str:
    """The text with UTF-8 read as latin-1 put right ("donâ\\x80\\x99t" to "don’t"); any other text unchanged."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def tokenize(texts: Iterable[str]) -> Tokens:
    """The tokens of each tweet, in order; a tweet without any gets one `UNKNOWN`.

    Lower-cased; mentions, links, numbers and emoticons become `<user>`, `<url>`, `<number>`, `<smile>` ...; a hashtag
    becomes `<hashtag>` and its word; three or more of a letter become two ("sooooo" and "sooo" both "soo", which is not
    "so"); a contraction stays one token ("don't"); every sign of ASCII's punctuation but `_` is a token, and after a
    word all in capitals comes `<allcaps>` ("LOVE it" gives "love", "<allcaps>", "it").
    """
    return Tokenizer()(texts)


class Tokenizer:
    """`tokenize` for tweets that come bit by bit: pieces met before are not scanned again. Safe from several threads.

    Args:
        remembered: pieces after which all are forgotten, so that memory does not grow with the tweets.
    """

    def __init__(self, remembered: int = 100_000) -> None:
        self._remembered = remembered
        self._lock = threading.Lock()
        self._forget()

    def __call__(self, texts: Iterable[str]) -> Tokens:
        """The tokens of each tweet, as `tokenize`; `words` holds those of earlier tweets as well."""
        with self._lock:
            if len(self._pieces) > self._remembered:
                self._forget()
            try:
                return self._tokens(texts)
            except BaseException:
                self._forget()  # pieces that were numbered may not be scanned yet
                raise

    def _forget(self) -> None:
        self._pieces: defaultdict[str, int] = defaultdict()
        self._words = {UNKNOWN: 0}
        self._spellings: dict[str, tuple[int, ...]] = {}  # most tokens are words, and most words were met before
        self._flat, self._offsets = array("i"), array("q", [0])  # of the pieces, as in `Tokens`; a piece may have none

    def _tokens(self, texts: Iterable[str]) -> Tokens:
        piece_counts, known = array("i"), len(self._pieces)

        def split(text: str) -> list[str]:
            pieces = (text if text.isascii() else repair(text)).split()
            piece_counts.append(len(pieces))
            return pieces

        self._pieces.default_factory = self._pieces.__len__
        try:
            numbers = np.fromiter(map(self._pieces.__getitem__, chain.from_iterable(map(split, texts))), np.int32)
        finally:
            self._pieces.default_factory = None  # it holds the pieces in its turn: they would never be freed
        self._scan(islice(self._pieces, known, None))
        tokens_of_pieces = Ragged(np.array(self._flat, np.int32), np.array(self._offsets, np.int64)).take(numbers)
        tweet_ends = np.concatenate(([0], np.cumsum(np.array(piece_counts, np.int64))))
        return Tokens(tokens_of_pieces.flat, tokens_of_pieces.offsets[tweet_ends], list(self._words)).fill_empty(0)

    def _scan(self, pieces: Iterable[str]) -> None:
        """Finds the tokens of pieces that are new."""
        numbers, spellings, flat, offsets = self._words, self._spellings, self._flat, self._offsets
        end, word = _TOKEN.groupindex["end"], _TOKEN.groupindex["word"]
        for match in _TOKEN.finditer("".join([f"{_plain(piece)}\n" for piece in pieces])):
            if match.lastindex == end:
                offsets.append(len(flat))
            elif match.lastindex == word:
                spelling = match.group()
                known = spellings.get(spelling)
                if known is None:
                    tokens = (_token(match), ALL_CAPITALS) if _is_shouted(spelling) else (_token(match),)
                    known = spellings[spelling] = tuple(numbers.setdefault(token, len(numbers)) for token in tokens)
                flat.extend(known)
            elif token := _token(match):
                flat.append(numbers.setdefault(token, len(numbers)))


def _is_shouted(word: str) -> bool:
    return word.isupper() and sum(map(str.isalpha, word)) > 1


def _plain(piece: str) -> str:
    """The piece without entities and typographic variants, on one line."""
    if "&" in piece:
        with suppress(ValueError):  # an entity of more digits than Python turns into a number
            # Old tweets are often escaped twice: "&amp;lt;3" is a heart.
            piece = html.unescape(html.unescape(piece)).replace("\n", " ")
    if piece.isascii():
        return piece.replace("`", "'")
    return unicodedata.normalize("NFC", piece).translate(_PLAIN)
