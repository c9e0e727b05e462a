"""The cost of requests is limited, each has its turn, and what nobody waits for is not computed."""

import asyncio
import threading
from dataclasses import replace

import numpy as np
import pytest

from sentiment140.serving.predictor import Predictor
from sentiment140.serving.service.limits import Limits, Refusal
from sentiment140.serving.service.messages import PredictRequest
from sentiment140.serving.service.scorer import Batches, Scorer
from sentiment140.text.tokenize import tokenize

LONG = "word " * 900


async def stays():
    return False


def predictions(scorer, *texts, explain=False, is_disconnected=stays):
    return asyncio.run(scorer.predictions(PredictRequest(texts=list(texts), explain=explain), is_disconnected))


@pytest.fixture
def reads(predictor, monkeypatch):
    """How many tokens the model was given, step by step."""
    sizes, logits = [], predictor.model.logits

    def watched(tokens):
        sizes.append(int(np.minimum(tokens.lengths, 280).sum()))
        return logits(tokens)

    monkeypatch.setattr(predictor.model, "logits", watched)
    return sizes


@pytest.mark.parametrize("lexicon", [False, True])
def test_the_scores_are_those_of_the_predictor_whatever_the_steps(predictor, lexicon):
    predictor = Predictor(predictor.model, lexicon=lexicon)
    texts = ["I love it", "", "not my day :(", *(f"{LONG} {n}" for n in range(20)), "I love it"]
    found = predictions(Scorer(predictor, Limits()), *texts)
    assert [text.probability for text in found] == pytest.approx(predictor.probability(texts), abs=2e-6)
    assert [text.truncated for text in found] == [False] * 3 + [True] * 20 + [False]


def test_explanations_are_those_of_the_predictor(predictor):
    texts = ["I love it", "", "not my day at all, but I love " + "this " * 200]
    found = predictions(Scorer(predictor, Limits()), *texts, explain=True)
    for text, expected in zip(found, predictor.explain(texts), strict=True):
        assert [effect.word for effect in text.explanation] == [word for word, _ in expected]
        assert [effect.effect for effect in text.explanation] == pytest.approx([e for _, e in expected], abs=2e-5)


@pytest.mark.parametrize(("texts", "explain"), [([LONG] * 3, True), ([LONG] * 300, False), (["love"] * 900, False)])
def test_every_step_is_small_and_the_cost_covers_what_the_model_reads(predictor, reads, texts, explain):
    scorer = Scorer(predictor, Limits())
    predictions(scorer, *texts, explain=explain)
    assert max(reads) <= 2048
    spent, reads[:] = sum(reads), []
    with pytest.raises(Refusal, match="at most 1,000 in a request") as refused:
        predictions(Scorer(predictor, Limits(tokens=1000)), *texts, explain=explain)
    assert reads == []  # refused before anything was scored
    assert spent <= refused.value.numbers["found"] <= 9 * spent
    assert scorer.tokens == 0


def test_a_refusal_for_its_cost_says_what_to_send(predictor):
    scorer = Scorer(predictor, Limits())
    with pytest.raises(
        Refusal, match=r"in all copies that explain these texts, .*: explain fewer or shorter texts"
    ) as no:
        predictions(scorer, *[LONG] * 20, explain=True)
    assert (no.value.status_code, no.value.code) == (413, "too_costly")
    with pytest.raises(Refusal, match="but at most 10 in a request: send fewer or shorter texts"):
        predictions(Scorer(predictor, Limits(tokens=10)), LONG)


def test_a_request_waits_for_capacity_only_if_it_costs_more_than_is_left(predictor):
    scorer = Scorer(predictor, Limits(tokens=1000, all_tokens=1500))
    assert scorer.is_ready
    scorer.tokens = 1000  # of other requests
    assert not scorer.is_ready
    assert len(predictions(scorer, "I love it")) == 1
    with pytest.raises(Refusal, match="try again") as busy:
        predictions(scorer, LONG, LONG)
    assert (busy.value.status_code, busy.value.headers) == (503, {"Retry-After": "1"})
    assert scorer.tokens == 1000


def test_the_cost_is_returned_when_scoring_fails(predictor, monkeypatch):
    monkeypatch.setattr(predictor.model, "logits", lambda tokens: 1 / 0)
    scorer = Scorer(predictor, Limits())
    with pytest.raises(ZeroDivisionError):
        predictions(scorer, "one")
    assert scorer.tokens == 0


@pytest.mark.parametrize("stays_for", [0, 1, 3])
def test_nothing_more_is_computed_when_the_client_has_left(predictor, reads, stays_for):
    asked = iter([False] * stays_for + [True])

    async def leaves():
        return next(asked)

    with pytest.raises(Refusal, match="closed the connection") as left:
        predictions(Scorer(predictor, Limits()), *[LONG] * 3, explain=True, is_disconnected=leaves)
    assert left.value.status_code == 499
    assert len(reads) == max(0, stays_for - 1)  # one question is before the tokens


def test_words_of_one_request_cost_nothing_in_the_next(predictor, monkeypatch):
    words, logits = [], predictor.model.logits

    def watched(tokens):
        words.append(len(tokens.words))
        return logits(tokens)

    monkeypatch.setattr(predictor.model, "logits", watched)
    scorer = Scorer(predictor, Limits())
    predictions(scorer, "this is a text of nine words or more")
    predictions(scorer, "I love it")
    assert words == [10, 4]  # with the unknown word


def in_batches(logits, size, *parts, workers=1):
    """The logits of each part, all asked for at the same time."""

    async def score():
        batches = Batches(logits, size, workers)
        return await asyncio.gather(*(batches.score(tokenize(part)) for part in parts), return_exceptions=True)

    return asyncio.run(score())


def lengths_of_words(tokens):
    return np.array([sum(map(len, tokens.tweet(row))) for row in range(len(tokens))], float)


def test_small_parts_share_a_batch_and_each_gets_its_own_scores():
    batches = []

    def logits(tokens):
        batches.append([tokens.tweet(row) for row in range(len(tokens))])
        return lengths_of_words(tokens)

    parts = (["a bb"], ["bb a dcc", ""], ["a b c d e f g h"], ["dd"])
    found = in_batches(logits, 8, *parts)
    assert [scores.tolist() for scores in found] == [[3], [6, 9], [8], [2]]
    assert batches == [
        [["a", "bb"], ["bb", "a", "dcc"], ["<unknown>"]],
        [["a", "b", "c", "d", "e", "f", "g", "h"]],
        [["dd"]],
    ]


def test_what_is_asked_for_while_a_batch_is_computed_shares_the_next_batch():
    batches, started, may_go_on = [], threading.Event(), threading.Event()

    def logits(tokens):
        batches.append(len(tokens))
        started.set()
        may_go_on.wait(60)
        return np.zeros(len(tokens))

    async def score():
        shared = Batches(logits, 10, 1)
        tasks = [asyncio.create_task(shared.score(tokenize(["first"])))]
        await asyncio.to_thread(started.wait, 60)
        for _ in range(3):
            tasks.append(asyncio.create_task(shared.score(tokenize(["next"]))))
            await asyncio.sleep(0)
        may_go_on.set()
        await asyncio.gather(*tasks)

    asyncio.run(score())
    assert batches == [1, 3]


def test_a_large_request_takes_turns_with_small_ones():
    order = []

    def logits(tokens):
        order.append(tokens.tweet(0)[0])
        return np.zeros(len(tokens))

    async def score():
        batches = Batches(logits, 1, 1)

        async def several(word, steps):
            for _ in range(steps):
                await batches.score(tokenize([word]))

        await asyncio.gather(several("large", 4), several("small", 2))

    asyncio.run(score())
    assert order == ["large", "small", "large", "small", "large", "large"]


def test_a_step_that_nobody_waits_for_is_not_computed():
    computed, may_go_on = [], threading.Event()

    def logits(tokens):
        may_go_on.wait(60)
        computed.append(tokens.tweet(0))
        return np.zeros(len(tokens))

    async def score():
        batches = Batches(logits, 1, 1)
        tasks = [asyncio.create_task(batches.score(tokenize([word]))) for word in ("first", "left", "last")]
        await asyncio.sleep(0)
        tasks[1].cancel()
        may_go_on.set()
        await asyncio.gather(tasks[0], tasks[2])

    asyncio.run(score())
    assert computed == [["first"], ["last"]]


def test_an_error_of_a_batch_reaches_each_of_its_requests_and_the_next_batch_is_computed():
    calls = []

    def logits(tokens):
        calls.append(1)
        if len(calls) == 1:
            raise MemoryError("full")
        return np.zeros(len(tokens))

    found = in_batches(logits, 2, ["a"], ["b"], ["c"])
    assert [type(one) for one in found] == [MemoryError, MemoryError, np.ndarray]


def test_at_most_as_many_batches_as_workers_are_computed_at_a_time():
    now, most, lock = [0], [0], threading.Lock()

    def logits(tokens):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.01)
        with lock:
            now[0] -= 1
        return np.zeros(len(tokens))

    in_batches(logits, 1, *(["a"] for _ in range(12)), workers=2)
    assert most[0] <= 2


def test_limits_leave_room_for_small_requests():
    limits = Limits()
    assert limits.all_tokens % limits.tokens >= 0.1 * limits.tokens
    assert replace(limits, texts=1).texts == 1
