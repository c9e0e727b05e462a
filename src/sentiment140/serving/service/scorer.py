"""Score the texts of many requests at a time: small steps, each request in turn, a limited cost.

A request is scored in steps of a limited cost. A step also takes the next steps of other requests as long as they are
small, so that many small requests cost little more than a large one, and wait for no more than a step of each other
request. A request that the client no longer waits for is not continued.
"""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from msgspec import UNSET, UnsetType

from sentiment140.serving.explain import Copies, explanation_cost
from sentiment140.serving.formats.table import as_values
from sentiment140.serving.predictor import Predictor
from sentiment140.serving.scores import logit_of_positive
from sentiment140.serving.service.limits import Limits, Refusal
from sentiment140.serving.service.messages import Effect, Prediction, PredictRequest
from sentiment140.text.tokenize import Tokens, tokenize

_STEP_TOKENS = 2048  # larger batches are not faster, and take memory: 100 ms for an ensemble of ten networks
_STEP_CHARACTERS = 16_384  # that are tokenized at a time: 5 ms
_TEXT_COST = 8  # of a text without tokens; the width of the shortest texts


class Scorer:
    """Score the texts of requests.

    Args:
        predictor: the model with its terms.
        limits: what is refused.
        workers: number of steps that are computed at a time; None for the number of cores.

    Attributes:
        tokens: the cost of all requests that are being scored.
    """

    def __init__(self, predictor: Predictor, limits: Limits, workers: int | None = None) -> None:
        self.tokens = 0
        self._predictor = predictor
        self._limits = limits
        self._longest = max(member.text.max_length for member in predictor.manifest.members)
        self._batches = Batches(predictor.logits, _STEP_TOKENS, workers or os.cpu_count() or 1)

    @property
    def is_ready(self) -> bool:
        """Whether a request of the maximum cost would be accepted."""
        return self.tokens + self._limits.tokens <= self._limits.all_tokens

    async def predictions(
        self, asked: PredictRequest, is_disconnected: Callable[[], Awaitable[bool]]
    ) -> list[Prediction]:
        """Score the texts of a request.

        Args:
            asked: the request.
            is_disconnected: whether the client has left, asked before each step.

        Raises:
            Refusal: the texts cost more than a request may, the capacity is used up, or the client has left.
        """
        texts = asked.all_texts()
        chunks = [await _tokenized(chunk, is_disconnected) for chunk in _chunks(texts)]
        cost = self._cost(chunks, asked.explain)
        with self._reserved(cost):
            predictions: list[Prediction] = []
            for tokens in chunks:
                predictions += await self._predictions(tokens, asked, is_disconnected)
            return predictions

    def _cost(self, chunks: Sequence[Tokens], explain: bool) -> int:
        """Compute the cost of a request, and refuse one that costs too much."""
        cost, limit = 0, self._limits.tokens
        for tokens in chunks:
            cost += int(np.minimum(tokens.lengths, self._longest).sum()) + _TEXT_COST * len(tokens)
            cost += explanation_cost(tokens) if explain else 0
        if cost > limit:
            remedy = "explain fewer or shorter texts" if explain else "send fewer or shorter texts"
            what = f"the model would read {cost:,} tokens{' in all copies that explain these texts' * explain}"
            raise Refusal(413, "too_costly", f"{what}, but at most {limit:,} in a request: {remedy}", cost, limit)
        return cost

    @contextmanager
    def _reserved(self, cost: int) -> Iterator[None]:
        if self.tokens + cost > self._limits.all_tokens:
            raise Refusal(503, "busy", "too many requests at once: try again in one second")
        self.tokens += cost
        try:
            yield
        finally:
            self.tokens -= cost

    async def _predictions(
        self, tokens: Tokens, asked: PredictRequest, is_disconnected: Callable[[], Awaitable[bool]]
    ) -> list[Prediction]:
        logits = await self._logits(tokens, is_disconnected)
        scores = self._predictor.scores_of(tokens, logits)
        explanations: list[list[Effect] | UnsetType] = [UNSET] * len(tokens)
        if asked.explain:
            copies = Copies(tokens)
            effects = copies.effects(logit_of_positive(await self._logits(copies.tokens, is_disconnected)))
            explanations = [[Effect(word, round(effect, 6)) for word, effect in of_text] for of_text in effects]
        others: list[Sequence[Any]] = [[UNSET] * len(tokens)] * 2  # the probabilities of negative and neutral
        if logits.ndim > 1:
            others = [as_values(of_class) for of_class in scores.probabilities.T[:-1]]
        cells = zip(
            scores.sentiments(asked.abstain),
            *map(as_values, (scores.probability, scores.known_words, scores.truncated)),
            explanations,
            *others,
            strict=True,
        )
        return [Prediction(*of_text) for of_text in cells]

    async def _logits(self, tokens: Tokens, is_disconnected: Callable[[], Awaitable[bool]]) -> np.ndarray:
        scored = [self._predictor.decision_function([])]
        for step in _steps(tokens, self._longest):
            await _check(is_disconnected)
            scored.append(await self._batches.score(step))
        return np.concatenate(scored)


class Batches:
    """Compute the logits for several tasks in shared batches, first come, first served.

    Args:
        logits: the model, called in threads.
        size: maximum number of tokens in a batch, unless a single task asks for more.
        workers: number of batches that are computed at a time.
    """

    def __init__(self, logits: Callable[[Tokens], np.ndarray], size: int, workers: int) -> None:
        self._logits = logits
        self._size = size
        self._threads = ThreadPoolExecutor(workers, "scorer")
        self._waiting: deque[tuple[Tokens, asyncio.Future[np.ndarray]]] = deque()
        self._idle_workers = workers
        self._tasks: set[asyncio.Task[None]] = set()  # a task without a reference may disappear

    async def score(self, tokens: Tokens) -> np.ndarray:
        """Compute the logits of positive, float64 [texts]."""
        scored: asyncio.Future[np.ndarray] = asyncio.get_running_loop().create_future()
        self._waiting.append((tokens, scored))
        if self._idle_workers:
            self._idle_workers -= 1
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await scored

    async def _work(self) -> None:
        """Compute batches until nothing waits."""
        loop = asyncio.get_running_loop()
        while batch := self._next():
            done = loop.run_in_executor(self._threads, self._compute, [tokens for tokens, _ in batch])
            await asyncio.wait([done])
            error, start = done.exception(), 0
            for tokens, scored in batch:
                end = start + len(tokens)
                if scored.done():  # the request was canceled
                    pass
                elif error:
                    scored.set_exception(error)
                else:
                    scored.set_result(done.result()[start:end])
                start = end
        self._idle_workers += 1

    def _compute(self, parts: Sequence[Tokens]) -> np.ndarray:
        return self._logits(_joined(parts))

    def _next(self) -> list[tuple[Tokens, "asyncio.Future[np.ndarray]"]]:
        batch: list[tuple[Tokens, asyncio.Future[np.ndarray]]] = []
        size = 0
        while self._waiting and (not batch or size + len(self._waiting[0][0].flat) <= self._size):
            tokens, scored = self._waiting.popleft()
            if not scored.done():
                batch.append((tokens, scored))
                size += len(tokens.flat)
        return batch


async def _tokenized(texts: Sequence[str], is_disconnected: Callable[[], Awaitable[bool]]) -> Tokens:
    """Tokenize a few texts, after other requests had their turn.

    Not with the tokenizer of the model, which remembers the words of all texts: a stranger's words would cost time and
    memory in every later request.
    """
    await asyncio.sleep(0)
    await _check(is_disconnected)
    return tokenize(texts)


async def _check(is_disconnected: Callable[[], Awaitable[bool]]) -> None:
    if await is_disconnected():
        raise Refusal(499, "client_left", "the client closed the connection before it was answered")


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the texts, several at a time with a limited number of characters."""
    yield from (texts[start:end] for start, end in _ranges(np.array([len(text) for text in texts]), _STEP_CHARACTERS))


def _steps(tokens: Tokens, longest: int) -> Iterator[Tokens]:
    """Yield the tweets, several at a time with a limited number of tokens, of which the model reads `longest`."""
    for start, end in _ranges(np.minimum(tokens.lengths, longest), _STEP_TOKENS):
        yield tokens.take(np.arange(start, end))


def _ranges(sizes: np.ndarray, limit: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of consecutive rows with a sum of at most `limit`, or of one row.

    Example:
        >>> list(_ranges(np.array([4, 4, 9, 1, 1]), 8))
        [(0, 2), (2, 3), (3, 5)]
    """
    sums, start = np.cumsum(sizes), 0
    while start < len(sizes):
        before = sums[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(sums, before + limit, "right")))
        yield start, end
        start = end


def _joined(parts: Sequence[Tokens]) -> Tokens:
    """Put the tweets of several requests one after the other; a word may then have several token ids."""
    if len(parts) == 1:
        return parts[0]
    first_ids = np.cumsum([0, *(len(part.words) for part in parts[:-1])])
    flat = np.concatenate([part.flat + first_id for part, first_id in zip(parts, first_ids, strict=True)])
    lengths = np.concatenate([part.lengths for part in parts])
    words = [word for part in parts for word in part.words]
    return replace(parts[0], flat=flat.astype(np.int32), offsets=np.concatenate(([0], np.cumsum(lengths))), words=words)
