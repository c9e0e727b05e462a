"""The model over HTTP: a batch endpoint, a health check, and a page where a person types a tweet.

What cannot be answered at once is refused at once: a request that is too large, too slow, or one too many.
"""

import asyncio
import json
import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sentiment140.errors import UserError
from sentiment140.labels import sentiments
from sentiment140.serving.predictor import Predictor

log = logging.getLogger(__name__)

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_KNOWN = {"texts", "abstain", "explain"}


@dataclass(frozen=True)
class Limits:
    """What is refused.

    Attributes:
        bytes: of a request's body, at most.
        texts: of a request, at most.
        explained: texts of a request with explanations, at most: each is scored once a word.
        characters: of a text, at most.
        waiting: requests that may be worked on or wait for it; one more is answered 503.
        seconds: for a request's body to arrive.
    """

    bytes: int = 2**20
    texts: int = 1000
    explained: int = 20
    characters: int = 5000
    waiting: int = 32
    seconds: float = 10.0


def application(predictor: Predictor, name: str, limits: Limits) -> Starlette:
    """The service of one model.

    `POST /predict` takes `{"texts": [...], "abstain": 0.2, "explain": true}`, the last two as one likes, and gives the
    model's name and for each text its `sentiment`, `probability` and, if asked for, `explanation`. `GET /health` says
    that it works, `GET /` gives the page.

    Args:
        predictor: of the model.
        name: that answers call the model by.
        limits: what is refused.
    """
    page = resources.files(__package__).joinpath("page.html").read_text("utf-8")
    at_work = 0

    async def show_page(request: Request) -> Response:
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "model": name, "data": predictor.manifest.data, "requests": at_work})

    def refuse_one_too_many() -> None:
        if at_work >= limits.waiting:
            raise HTTPException(503, "too many requests at a time, try again in a second", {"Retry-After": "1"})

    async def predict(request: Request) -> Response:
        nonlocal at_work
        refuse_one_too_many()  # before it has been read, where that is known already
        wanted = _read(await _body(request, limits), limits)
        refuse_one_too_many()
        at_work += 1  # a request that arrives slowly holds up none that is there
        try:
            answers = await anyio.to_thread.run_sync(_answer, predictor, wanted)
        finally:
            at_work -= 1
        return JSONResponse({"model": name, "predictions": answers})

    return Starlette(
        routes=[Route("/", show_page), Route("/health", health), Route("/predict", predict, methods=["POST"])],
        exception_handlers={HTTPException: _refusal},
    )


def serve(predictor: Predictor, name: str, host: str, port: int) -> None:
    """Answers requests until the process is told to stop.

    Raises:
        UserError: the address cannot be had.
    """
    limits = Limits()
    try:
        listening = socket.create_server((host, port))
    except (OSError, OverflowError) as error:
        raise UserError(
            f"cannot listen there ({error})", f"--host {host} --port {port}", "name another --port"
        ) from error
    log.info("open http://%s:%d", host, listening.getsockname()[1])
    config = uvicorn.Config(
        application(predictor, name, limits),
        limit_concurrency=8 * limits.waiting,  # connections, idle ones included
        timeout_keep_alive=5,
        log_level="warning",
        server_header=False,
    )
    uvicorn.Server(config).run([listening])


@dataclass(frozen=True)
class _Wanted:
    texts: list[str]
    abstain: float
    explain: bool


async def _body(request: Request, limits: Limits) -> bytes:
    """The request's body, read no further than it may be long."""
    body = bytearray()
    try:
        async with asyncio.timeout(limits.seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.bytes:
                    raise HTTPException(413, f"a request may have {limits.bytes:,} bytes")
    except TimeoutError as error:
        raise HTTPException(408, f"the request did not arrive within {limits.seconds:g} s") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "the request broke off") from error
    return bytes(body)


def _read(body: bytes, limits: Limits) -> _Wanted:
    form = 'a JSON object like {"texts": ["I love it"]} is expected'
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, form) from error
    if not isinstance(content, Mapping) or not isinstance(content.get("texts"), list):
        raise HTTPException(400, form)
    if unknown := set(content) - _KNOWN:
        raise HTTPException(400, f"unknown {', '.join(sorted(unknown))} (known: {', '.join(sorted(_KNOWN))})")
    texts, abstain, explain = content["texts"], content.get("abstain", 0.0), content.get("explain", False)
    if not all(isinstance(text, str) for text in texts):
        raise HTTPException(400, "every text must be a string")
    if not isinstance(explain, bool):
        raise HTTPException(400, "explain must be true or false")
    if isinstance(abstain, bool) or not isinstance(abstain, int | float) or not 0 <= abstain <= 0.5:
        raise HTTPException(400, "abstain must be a number from 0 to 0.5")
    most = limits.explained if explain else limits.texts
    if len(texts) > most:
        raise HTTPException(413, f"a request may have {most:,} texts{' with explanations' * explain}")
    if any(len(text) > limits.characters for text in texts):
        raise HTTPException(413, f"a text may have {limits.characters:,} characters")
    return _Wanted(texts, float(abstain), explain)


def _answer(predictor: Predictor, wanted: _Wanted) -> list[dict[str, Any]]:
    probability = predictor.probability(wanted.texts)
    answers: list[dict[str, Any]] = [
        {"sentiment": sentiment, "probability": round(float(p), 6)}
        for sentiment, p in zip(sentiments(probability, wanted.abstain), probability, strict=True)
    ]
    if wanted.explain:
        for answer, effects in zip(answers, predictor.explain(wanted.texts), strict=True):
            answer["explanation"] = [{"word": word, "effect": round(effect, 6)} for word, effect in effects]
    return answers


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)
