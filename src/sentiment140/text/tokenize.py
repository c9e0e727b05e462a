"""Turn tweets into tokens, in one pass.

A tweet is first split at whitespace into token candidates, and each distinct candidate is tokenized only once: 1.44
million tweets contain 19 million candidates, but less than a million distinct ones. A token never contains whitespace,
so this saves time and changes no token.
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

# The token types are named as in the GloVe Twitter vectors, which have a vector for most of them:
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
  | (?P<symbol>  [^\s\w\x00-\x7f] )                     # an emoji, a musical note, a heart: one token each
  | (?P<sign>    (?P<one> [!-/:-@\[-^`{-~] ) (?!(?P=one)) )  # repeated signs count once, the last: "::)" is a smile
  | (?P<end>     \n )                                   # of a candidate
    """,
    re.VERBOSE | re.IGNORECASE,
)
_REPLACEMENTS = {name: f"<{name}>" for name in ("url", "user", "hashtag", "heart", "lolface", "smile", "sadface")}
_REPLACEMENTS |= {"neutralface": "<neutralface>", "number": "<number>", "dots": "..."}
# With the setting `punctuation = false` a member ignores these tokens. One sign adds little, but all of them together
# add 0.4 percentage points of accuracy.
SIGNS = frozenset(string.punctuation) - {"!", "?"} | {ALL_CAPITALS}
_ELONGATION = re.compile(r"(.)\1{2,}")
_PLAIN_CHARACTERS = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "…": "...", "İ": "I", "\ufe0f": None, "\u200d": None}
)


@dataclass(frozen=True)
class Tokens(Ragged):
    """Tokenized tweets, stored as rows of token ids. Every tweet has at least one token.

    Attributes:
        words: the distinct tokens, by token id. `words[0]` is `UNKNOWN`, the others are in order of first appearance.
            Some of them may not occur in these tweets.

    Example:
        >>> tokens = tokenize(["so good", "so so"])
        >>> tokens.words, tokens.flat.tolist(), tokens.offsets.tolist()
        (['<unknown>', 'so', 'good'], [1, 2, 1, 1], [0, 2, 4])
    """

    words: list[str]

    def tweet(self, row: int) -> list[str]:
        """Return the tokens of one tweet."""
        return [self.words[token_id] for token_id in self.flat[self.offsets[row] : self.offsets[row + 1]]]

    def without(self, removed: frozenset[str]) -> "Tokens":
        """Remove these tokens from the tweets; a tweet that is left empty becomes one `UNKNOWN`."""
        is_kept = np.array([word not in removed for word in self.words], bool)
        return self.where(is_kept[self.flat]).fill_empty(0)


def _token(match: re.Match[str]) -> str:
    """The token that a match stands for; empty if the matched text is dropped."""
    token_type, text = str(match.lastgroup), match.group().lower()
    if token_type == "symbol":
        # Emoji are in the Unicode categories S*. Other characters beyond ASCII are punctuation or control characters.
        return text if unicodedata.category(text).startswith("S") else ""
    if token_type == "word":
        return _ELONGATION.sub(r"\1\1", text)
    if token_type == "marks":
        return "".join(sorted(set(text))) * (2 if len(text) > 1 and len(set(text)) == 1 else 1)
    return _REPLACEMENTS.get(token_type, text)


def repair(text: str) -> str:
    """Repair UTF-8 text that was decoded as Latin-1, and return any other text unchanged.

    Example:
        >>> repair("donâ\\x80\\x99t")
        'don’t'
    """
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def tokenize(texts: Iterable[str]) -> Tokens:
    """Split each tweet into tokens.

    - Text is lowercased. After a word in capitals comes the token `<allcaps>`.
    - Mentions, links, numbers and emoticons become `<user>`, `<url>`, `<number>`, `<smile>` and so on.
    - A hashtag becomes `<hashtag>` and its word.
    - Three or more of the same letter become two: "sooooo" and "sooo" are both "soo", which differs from "so".
    - A contraction such as "don't" is one token.
    - Every ASCII punctuation sign except `_` is a token.

    Args:
        texts: the tweets.

    Returns:
        The tokens of each tweet, in order. A tweet without any token gets one `UNKNOWN`.

    Example:
        >>> tokens = tokenize(["LOVE it sooooo much :)", "@bob don't!! #fail"])
        >>> tokens.tweet(0)
        ['love', '<allcaps>', 'it', 'soo', 'much', '<smile>']
        >>> tokens.tweet(1)
        ['<user>', "don't", '!!', '<hashtag>', 'fail']
    """
    return Tokenizer()(texts)


class Tokenizer:
    """Tokenize tweets that arrive in batches, as `tokenize` does, and remember the token candidates it has seen.

    Several threads may share one tokenizer.

    Args:
        max_candidates: once more candidates than this are remembered, all are forgotten before the next batch, so that
            memory does not grow with the number of tweets.

    Example:
        >>> tokenizer = Tokenizer()
        >>> tokenizer(["so good"]).tweet(0)
        ['so', 'good']
        >>> tokenizer(["so bad"]).words  # including those of the first batch
        ['<unknown>', 'so', 'good', 'bad']
    """

    def __init__(self, max_candidates: int = 100_000) -> None:
        self._max_candidates = max_candidates
        self._lock = threading.Lock()
        self._reset()

    def __call__(self, texts: Iterable[str]) -> Tokens:
        """Tokenize a batch of tweets. `words` of the result also holds the words of earlier batches."""
        with self._lock:
            if len(self._candidates) > self._max_candidates:
                self._reset()
            try:
                return self._tokenize(texts)
            except BaseException:
                self._reset()  # some candidates may have a number already, but no tokens yet
                raise

    def _reset(self) -> None:
        self._candidates: defaultdict[str, int] = defaultdict()  # the number of each candidate
        self._token_ids = {UNKNOWN: 0}
        # Most tokens are words that were seen before: the token ids of each spelling, such as "LOVE".
        self._spellings: dict[str, tuple[int, ...]] = {}
        # The token ids of each candidate, stored as in `Ragged`. A candidate may have no token at all.
        self._flat, self._offsets = array("i"), array("q", [0])

    def _tokenize(self, texts: Iterable[str]) -> Tokens:
        candidate_counts, known_candidates = array("i"), len(self._candidates)

        def split(text: str) -> list[str]:
            candidates = (text if text.isascii() else repair(text)).split()
            candidate_counts.append(len(candidates))
            return candidates

        self._candidates.default_factory = self._candidates.__len__  # a new candidate gets the next number
        try:
            numbers = np.fromiter(map(self._candidates.__getitem__, chain.from_iterable(map(split, texts))), np.int32)
        finally:
            self._candidates.default_factory = None  # it is a reference cycle, which would keep the memory allocated
        self._scan(islice(self._candidates, known_candidates, None))
        tokens = Ragged(np.array(self._flat, np.int32), np.array(self._offsets, np.int64)).take(numbers)
        tweet_ends = np.concatenate(([0], np.cumsum(np.array(candidate_counts, np.int64))))
        return Tokens(tokens.flat, tokens.offsets[tweet_ends], list(self._token_ids)).fill_empty(0)

    def _scan(self, candidates: Iterable[str]) -> None:
        """Find the tokens of new candidates and append them to those of the known candidates."""
        token_ids, spellings, flat, offsets = self._token_ids, self._spellings, self._flat, self._offsets
        end, word = _TOKEN.groupindex["end"], _TOKEN.groupindex["word"]
        for match in _TOKEN.finditer("".join([f"{_normalize(candidate)}\n" for candidate in candidates])):
            if match.lastindex == end:
                offsets.append(len(flat))
            elif match.lastindex == word:
                spelling = match.group()
                known = spellings.get(spelling)
                if known is None:
                    tokens = (_token(match), ALL_CAPITALS) if _is_all_capitals(spelling) else (_token(match),)
                    known = tuple(token_ids.setdefault(token, len(token_ids)) for token in tokens)
                    spellings[spelling] = known
                flat.extend(known)
            elif token := _token(match):
                flat.append(token_ids.setdefault(token, len(token_ids)))


def _is_all_capitals(word: str) -> bool:
    """Whether a word of at least two letters is written in capitals."""
    return word.isupper() and sum(map(str.isalpha, word)) > 1


def _normalize(candidate: str) -> str:
    """The candidate on one line, with HTML entities decoded and typographic variants replaced by plain characters."""
    if "&" in candidate:
        with suppress(ValueError):  # a numeric entity may have more digits than Python converts to an integer
            # Old tweets are often escaped twice: "&amp;lt;3" is a heart.
            candidate = html.unescape(html.unescape(candidate)).replace("\n", " ")
    if candidate.isascii():
        return candidate.replace("`", "'")
    return unicodedata.normalize("NFC", candidate).translate(_PLAIN_CHARACTERS)
