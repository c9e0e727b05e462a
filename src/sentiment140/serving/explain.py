"""Explain logits: how much each token of a tweet adds to the logit of positive.

The effect of a token is its Shapley value. Source: Lundberg and Lee, A Unified Approach to Interpreting Model
Predictions, 2017. The tokens of a tweet are revealed one after the other, in several orders; the effect of a token is
the mean change of the logit as it is revealed. Where several words say the same, as in "worst awful hate", each of them
is revealed first in some order: it has an effect, although the tweet stays negative without it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import permutations

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
    waiting: list[_Copies] = []
    count = 0
    for row in range(len(tokens)):
        waiting.append(_Copies(tokens.flat[tokens.offsets[row] : tokens.offsets[row + 1]][:MAXIMUM_TOKENS]))
        count += len(waiting[-1].rows)
        if count >= _BATCH or row == len(tokens) - 1:
            explained += _score(waiting, tokens, logits)
            waiting, count = [], 0
    return explained


class _Copies:
    """The copies of a tweet that are scored.

    Args:
        ids: int [tokens], the tweet; id 0 is the unknown word.

    Attributes:
        ids: the tweet.
        orders: int [orders, tokens], the order in which tokens are revealed, several times.
        rows: int [copies, tokens], the different copies.
        steps: int [orders, tokens + 1], the copy in which the first 0, 1, 2 ... tokens of an order are revealed.
    """

    def __init__(self, ids: np.ndarray) -> None:
        self.ids = ids
        self.orders = _orders(len(ids))
        rank = np.argsort(self.orders, axis=1)
        revealed = rank[:, None, :] < np.arange(len(ids) + 1)[:, None]
        packed = np.packbits(revealed.reshape(-1, len(ids)), axis=1)
        different, number = np.unique(packed, axis=0, return_inverse=True)
        self.rows = np.unpackbits(different, axis=1, count=len(ids)) * ids
        self.steps = number.reshape(len(self.orders), -1)

    def effects(self, logits: np.ndarray) -> np.ndarray:
        """Compute the effects of the tokens from the logits of the copies."""
        effects = np.empty(self.orders.shape)
        np.put_along_axis(effects, self.orders, np.diff(logits[self.steps], axis=1), axis=1)
        return effects.mean(axis=0)


@cache
def _orders(length: int) -> np.ndarray:
    if length <= _ALL_ORDERS:
        return np.array(list(permutations(range(length))))
    pairs = min(_ORDERS, MAXIMUM_COPIES // length) // 2
    random = np.random.default_rng(0)  # the same orders for every tweet of this length
    forward = [np.arange(length), *(random.permutation(length) for _ in range(pairs - 1))]
    return np.array([order for one in forward for order in (one, one[::-1])])


def _score(
    tweets: list[_Copies], tokens: Tokens, logits: Callable[[Tokens], np.ndarray]
) -> Iterator[list[tuple[str, float]]]:
    lengths = np.concatenate([np.full(len(tweet.rows), len(tweet.ids)) for tweet in tweets])
    flat = np.concatenate([tweet.rows.ravel() for tweet in tweets]).astype(np.int32)
    scored = logits(replace(tokens, flat=flat, offsets=np.concatenate(([0], np.cumsum(lengths)))))
    ends = np.cumsum([len(tweet.rows) for tweet in tweets])
    for tweet, of_copies in zip(tweets, np.split(scored, ends[:-1]), strict=True):
        words = [tokens.words[token_id] for token_id in tweet.ids]
        yield list(zip(words, tweet.effects(of_copies).tolist(), strict=True))
