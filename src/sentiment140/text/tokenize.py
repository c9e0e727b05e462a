"""Turn tweets into tokens, in one pass.

A tweet is first split at whitespace into token candidates, and each distinct candidate is tokenized only once: 1.44
million tweets contain 19 million candidates, but less than a million distinct ones. A token never contains whitespace,
so this saves time and changes no token.
"""

import re
import string
import threading
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from sentiment140.text.characters import normalize, repair
from sentiment140.text.hashtags import split_hashtag
from sentiment140.text.ragged import Ragged

UNKNOWN = "<unknown>"
ALL_CAPITALS = "<allcaps>"

# Letters, digits, `_`, and the marks that belong to a letter, such as the vowel signs of Hindi and Thai: Python's `\w`
# has no marks. The ranges are those of the scripts in use that have marks.
_MARKS = "".join(
    chr(code)
    for code in chain(range(0x300, 0x3100), range(0xA66F, 0xABEE), range(0xFE20, 0xFE30))
    if unicodedata.category(chr(code)).startswith("M")
)
_W, _LETTER, _EYES = rf"[\w{_MARKS}]", r"[^\W\d_]", "[:;=][-'o^]?"
_OUTSIDE = rf"(?<!{_W}) (?<![)\]}}])"
_DOMAIN = "com|net|org|info|biz|edu|gov|mil|co|io|ly|tv|fm|uk|fr|jp|ca|eu|nl|au|nz|br|ru|ch"

# The token types are named as in the GloVe Twitter vectors, which have a vector for most of them:
# https://nlp.stanford.edu/projects/glove/preprocess-twitter.rb
#
# Every pattern takes time linear in the text, since a request may be a megabyte of the same character. A run of
# characters that one of the patterns scans is scanned once, from its start: that is what the lookbehinds are for.
_TOKEN = re.compile(
    rf"""
    (?P<email>   (?<![\w.+-]) \w [\w.+-]*+ @ (?:[a-z0-9-]++\.)+ (?:{_DOMAIN}|[a-z]{{2}}) (?![\w-]) )
  | (?P<url>     https?://\S+ | www\.\S+
               | (?<![a-z0-9-]) (?<![a-z0-9-]\.) (?:[a-z0-9-]++\.)+
                 (?: (?: (?:com?|net|org|edu|gov|ac)\.[a-z]{{2}} | {_DOMAIN} ) \b (?: :\d+ )? (?: /\S* | [?\#]\w\S* )?
                   | (?: [a-z]{{2}} | mobi | name ) /\S+ ) )
  | (?P<user>    @\w+ )
  | (?P<hashtag> \# [\d_]*+ {_LETTER} {_W}* (?:' {_W}+)* )
  | (?P<heart>   <3++ (?! \d | [.,]\d ) )
  # An emoticon is not in the middle of a word. A mouth that is a small letter is not at the end of one either ("re:d").
  | (?= [:;=x8()\[\]{{}}] ) (?:
      (?P<lolface> {_OUTSIDE} {_EYES} p+ (?!\w) | (?-i: {_EYES} P+ (?!\w) | (?<!\w) x [-'o^]? P+ (?!\w) ) )
    | (?P<smile>   {_OUTSIDE} {_EYES} [)\]}}]+ | {_EYES} [)\]}}]++ (?!\w) | (?<!\w) 8[-'o^] [)\]}}]+
                 | {_OUTSIDE} (?: {_EYES} | x [-'o^]? ) d+ (?!\w)
                 | (?-i: {_EYES} D+ (?!\w) | (?<!\w) 8 [-'o^]? D+ (?!\w) )
                 | (?<![\w(\[{{]) [(\[{{]++ [-'o^]? [:;=] | (?<![(\[{{]) [(\[{{]++ [-'o^]? [:;=] (?!\w) )
    | (?P<sadface> {_OUTSIDE} {_EYES} [(\[{{]+ | {_EYES} [(\[{{]++ (?!\w) | (?<![\w)\]}}]) [)\]}}]++ [-'o^]? [:=] )
    | (?P<neutralface> {_OUTSIDE} {_EYES} [/\\|] (?!/) | {_EYES} [/\\|] (?![/\w]) ) )
  | (?P<abbreviation> (?<![\w.]) (?: {_LETTER} (?: \.{_LETTER} ){{1,5}} | ph\.d | [bm]\.(?:sc|ed) ) (?! \.? {_W}) \.?
               | (?<!\w) {_LETTER}{{1,2}} & {_LETTER}{{1,2}} (?!{_W}) )
  | (?P<word>    (?: (?<![\d_]) [\d_]*+ )? {_LETTER} {_W}* (?:' {_W}+)* )
  | (?P<number>  \d+ (?:[.,:/] \d+)* )
  | (?P<dots>    \.{{2,}} )
  | (?P<marks>   [!?]+ )
  | (?P<symbol>  [^\s\w\x00-\x7f] )                     # an emoji, a musical note, a heart: one token each
  | (?P<sign>    (?P<one> [!-/:-@\[-^`{{-~] ) (?!(?P=one)) )  # repeated signs count once, the last: "::)" is a smile
    """,
    re.VERBOSE | re.IGNORECASE,
)
# The most frequent kinds of candidates: a mention or a word, perhaps with a mark behind it. A word with x may be "xd".
_PLAIN = re.compile(r"(@\w++|[a-wyz][a-z]*+(?:'[a-z]++)*+)([!?]++|\.++|[,:])?", re.ASCII | re.IGNORECASE)
_FACES = ("heart", "lolface", "smile", "sadface", "neutralface")
_REPLACEMENTS = {name: f"<{name}>" for name in ("email", "url", "user", "number", *_FACES)} | {"dots": "..."}
_REPLACEMENT_OF = {_TOKEN.groupindex[name]: token for name, token in _REPLACEMENTS.items()}
# With the setting `punctuation = false` a member ignores these tokens. One sign adds little, but all of them together
# add 0.4 percentage points of accuracy.
SIGNS = frozenset(string.punctuation) - {"!", "?"} | {ALL_CAPITALS}
NOT_WORDS = SIGNS | {UNKNOWN, "<email>", "<url>", "<user>", "<number>", "<hashtag>", "...", "!", "?", "!!", "??", "!?"}
"""Tokens that say little by themselves. Emoticons and emoji are not among them."""
_ELONGATION = re.compile(r"(.)\1{2,}")


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

    def look_up(self, value: Callable[[str], float], dtype: type = np.float64) -> np.ndarray:
        """Look up a value for each word that occurs in the tweets.

        A tokenizer knows many more words than the tweets of one batch have, and only those of the batch are looked up.

        Args:
            value: a function from a word to its value.
            dtype: the type of the values.

        Returns:
            [words], by token id; 0 for words that do not occur.

        Example:
            >>> tokenize(["so good"]).look_up(len).tolist()  # the unknown word does not occur
            [0.0, 2.0, 4.0]
        """
        occurs = np.zeros(len(self.words), bool)
        occurs[self.flat] = True
        values: np.ndarray = np.zeros(len(self.words), dtype)
        ids = np.flatnonzero(occurs)
        values[ids] = [value(self.words[token_id]) for token_id in ids.tolist()]
        return values

    def without(self, removed: frozenset[str]) -> "Tokens":
        """Remove these tokens from the tweets; a tweet that is left empty becomes one `UNKNOWN`."""
        is_kept = self.look_up(lambda word: word not in removed, bool)
        return self.where(is_kept[self.flat]).fill_empty(0)


def _words(text: str) -> tuple[str, ...]:
    """The token of a word, and `ALL_CAPITALS` if it is written in capitals."""
    word = _ELONGATION.sub(r"\1\1", text.lower())
    return (word, ALL_CAPITALS) if _is_all_capitals(text) else (word,)


def _is_all_capitals(word: str) -> bool:
    """Whether a word of at least two letters is written in capitals."""
    return word.isupper() and sum(map(str.isalpha, word)) > 1


def _tokens(match: re.Match[str]) -> tuple[str, ...]:
    """The tokens that a match stands for."""
    if replacement := _REPLACEMENT_OF.get(int(match.lastindex or 0)):
        return (replacement,)
    token_type, text = match.lastgroup, match.group().lower()
    if token_type == "word":
        return _words(match.group())
    if token_type == "hashtag":
        parts = split_hashtag(match.group()[1:])
        return ("<hashtag>", *chain.from_iterable(("<number>",) if part.isdigit() else _words(part) for part in parts))
    if token_type == "abbreviation":
        return (text if "&" in text or text.endswith(".") else f"{text}.",)
    if token_type == "marks":
        return ("".join(sorted(set(text))) * (2 if len(text) > 1 and len(set(text)) == 1 else 1),)
    # Emoji are in the Unicode categories S*. Other characters beyond ASCII are punctuation or control characters.
    return () if token_type == "symbol" and not unicodedata.category(text).startswith("S") else (text,)


def tokenize(texts: Iterable[str]) -> Tokens:
    """Split each tweet into tokens.

    - Text is lowercased. After a word in capitals comes the token `<allcaps>`.
    - Mentions, links, numbers and emoticons become `<user>`, `<url>`, `<number>`, `<smile>` and so on.
    - A hashtag becomes `<hashtag>` and its words, which are found by their capitals.
    - Three or more of the same letter become two: "sooooo" and "sooo" are both "soo", which differs from "so".
    - A contraction such as "don't" is one token, and so is an abbreviation such as "U.S." or "AT&T".
    - Before all this, wrongly decoded text is repaired, and typographic variants become plain characters
      (text/characters.py).
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

    def __init__(self, max_candidates: int = 200_000) -> None:
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
        # Most tokens were seen before: the token ids of each spelling of a word, such as "LOVE", and of each mark.
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
        spellings, flat, offsets = self._spellings, self._flat, self._offsets
        word = _TOKEN.groupindex["word"]
        for candidate in candidates:
            if plain := _PLAIN.fullmatch(candidate):
                for text in plain.groups():
                    if text:
                        flat.extend(spellings.get(text) or self._learn(_TOKEN.match(text)))
            else:
                for match in _TOKEN.finditer(normalize(candidate)):
                    if match.lastindex == word:
                        flat.extend(spellings.get(match.group()) or self._learn(match))
                    else:
                        flat.extend(self._ids(match))
            offsets.append(len(flat))

    def _learn(self, match: re.Match[str] | None) -> tuple[int, ...]:
        """Remember the token ids of a match that has the same tokens wherever its text is found."""
        assert match
        self._spellings[match.group()] = ids = self._ids(match)
        return ids

    def _ids(self, match: re.Match[str]) -> tuple[int, ...]:
        token_ids = self._token_ids
        return tuple(token_ids.setdefault(token, len(token_ids)) for token in _tokens(match))
