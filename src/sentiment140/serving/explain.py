"""Explain logits: how much each token of a tweet adds to the logit of positive.

The effect of a token is its Shapley value. Source: Lundberg and Lee, A Unified Approach to Interpreting Model
Predictions, 2017. The tokens of a tweet are revealed one after the other, in several orders; the effect of a token is
the mean change of the logit as it is revealed. Where several words say the same, as in "worst awful hate", each of them
is revealed first in some order: it has an effect, although the tweet stays negative without it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise, permutations

import numpy as np

from sentiment140.text.tokenize import Tokens

MAXIMUM_TOKENS = 128
MAXIMUM_COPIES = 256
_ALL_ORDERS = 5  # tokens: 120 orders, but only 32 different copies
_ORDERS = 4  # 8 halve the error of 0.07, and double the cost
_BATCH = 16_384  # copies scored at a time, so that memory does not grow with the number of tweets


def explain(tokens: Tokens, logits: Callable[[Tokens], np.ndarray]) -> list[list[tuple[str, float]]]:
    """Compute the effect of each token on the logit of positive.

    A tweet is scored in at most 256 copies, in each of which other tokens are replaced by the unknown word. Of a tweet
    of up to 5 tokens these are all the copies that there are, and the effects are exact. A longer tweet is scored in 4
    orders: from the first token to the last, from the last to the first, and in a random order and back; one of more
    than 64 tokens in the first two. Only the first 128 tokens of a tweet are explained, as a tweet of their own.

    Args:
        tokens: the tweets.
        logits: a function from tweets to float [tweets], their logits of positive.

    Returns:
        For each tweet a list of pairs (token, effect), in the order of the tokens. The effects of a tweet sum to its
        logit minus that of a tweet of as many unknown words.
    """
    explained: list[list[tuple[str, float]]] = []
    counts = np.cumsum([len(_plan(length).masks) for length in _explained_lengths(tokens).tolist()])
    start = 0
    while start < len(tokens):
        scored = counts[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(counts, scored + _BATCH, "right")))
        copies = Copies(tokens.take(np.arange(start, end)))
        explained += copies.effects(logits(copies.tokens))
        start = end
    return explained


def explanation_cost(tokens: Tokens) -> int:
    """Count the tokens of all copies that an explanation of these tweets scores, without making the copies."""
    return sum(_plan(length).masks.size for length in _explained_lengths(tokens).tolist())


def _explained_lengths(tokens: Tokens) -> np.ndarray:
    return np.minimum(tokens.lengths, MAXIMUM_TOKENS)


class Copies:
    """The copies of tweets that are scored to explain them; see `explain`.

    Args:
        tweets: the tweets.

    Attributes:
        tokens: the copies of all tweets, those of a tweet one after the other.
    """

    def __init__(self, tweets: Tokens) -> None:
        self._tweets = tweets.cut(MAXIMUM_TOKENS)
        self._plans = [_plan(length) for length in self._tweets.lengths.tolist()]
        rows = [self._tweets.flat[start:end] for start, end in pairwise(self._tweets.offsets)]
        flat = [(plan.masks * row).ravel() for plan, row in zip(self._plans, rows, strict=True)]
        lengths = [np.full(len(plan.masks), plan.masks.shape[1]) for plan in self._plans]
        offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), *lengths]))
        self.tokens = replace(tweets, flat=np.concatenate([np.empty(0, np.int32), *flat]), offsets=offsets)

    def effects(self, logits: np.ndarray) -> list[list[tuple[str, float]]]:
        """Compute the effects of the tokens.

        Args:
            logits: float [copies], the logits of `tokens`.

        Returns:
            As `explain`.
        """
        bounds = pairwise(np.cumsum([0, *(len(plan.masks) for plan in self._plans)]))
        found = [plan.effects(logits[start:end]) for plan, (start, end) in zip(self._plans, bounds, strict=True)]
        return [list(zip(self._tweets.tweet(row), effects.tolist(), strict=True)) for row, effects in enumerate(found)]


@dataclass(frozen=True)
class _Plan:
    """What explains a tweet of a given number of tokens.

    Attributes:
        orders: int [orders, tokens], the order in which tokens are revealed, several times.
        masks: int32 [copies, tokens], 1 for each token that is revealed in a copy; the copies differ.
        steps: int [orders, tokens + 1], the copy in which the first 0, 1, 2 ... tokens of an order are revealed.
    """

    orders: np.ndarray
    masks: np.ndarray
    steps: np.ndarray

    def effects(self, logits: np.ndarray) -> np.ndarray:
        """Compute the effects of the tokens from the logits of the copies."""
        effects = np.empty(self.orders.shape)
        np.put_along_axis(effects, self.orders, np.diff(logits[self.steps], axis=1), axis=1)
        return effects.mean(axis=0)


@cache
def _plan(length: int) -> _Plan:
    orders = _orders(length)
    rank = np.argsort(orders, axis=1)
    revealed = rank[:, None, :] < np.arange(length + 1)[:, None]
    packed = np.packbits(revealed.reshape(-1, length), axis=1)
    different, number = np.unique(packed, axis=0, return_inverse=True)
    masks = np.unpackbits(different, axis=1, count=length).astype(np.int32)
    return _Plan(orders, masks, number.reshape(len(orders), -1))


def _orders(length: int) -> np.ndarray:
    if length <= _ALL_ORDERS:
        return np.array(list(permutations(range(length))))
    pairs = min(_ORDERS, MAXIMUM_COPIES // length) // 2
    random = np.random.default_rng(0)  # the same orders for every tweet of this length
    forward = [np.arange(length), *(random.permutation(length) for _ in range(pairs - 1))]
    return np.array([order for one in forward for order in (one, one[::-1])])
