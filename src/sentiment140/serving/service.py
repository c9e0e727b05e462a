"""Serve a model over HTTP: an endpoint for batches of texts, a health check, and a page to type tweets into.

Every request is answered or refused quickly: one that is too large, arrives too slowly, or exceeds the number of active
requests gets an HTTP error.
"""

import asyncio
import json
import logging
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sentiment140.errors import UserError, unknown_name
from sentiment140.serving.formats.table import as_values
from sentiment140.serving.predictor import Predictor

log = logging.getLogger(__name__)

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_KEYS = ("texts", "abstain", "explain")  # of a request


@dataclass(frozen=True)
class Limits:
    """The limits of the service; what exceeds one is refused.

    Attributes:
        body_bytes: maximum size of a request's body.
        texts: maximum number of texts in a request.
        explained_texts: maximum number of texts in a request with explanations, where each is scored up to 256 times.
        characters: maximum length of a text.
        active_requests: maximum number of requests that are scored or wait for it; others get the status 503.
        seconds: maximum time for a request's body to arrive.
    """

    body_bytes: int = 2**20
    texts: int = 1000
    explained_texts: int = 20
    characters: int = 5000
    active_requests: int = 32
    seconds: float = 10.0


def application(predictor: Predictor, name: str, limits: Limits) -> Starlette:
    """Create the web application (ASGI) for one model.

    - `POST /predict` takes a JSON object such as `{"texts": ["I love it"], "abstain": 0.2, "explain": true}`; `abstain`
      and `explain` are optional. It returns `{"model": ..., "predictions": [...]}` with the `sentiment`, `probability`
      and, if `explain` is true, `explanation` of each text.
    - `GET /health` returns the status, the name of the model, its training data ("real" or "demo"), its scores, and the
      number of active requests.
    - `GET /` returns the page.

    An error is returned as `{"error": message}` with the status 400, 408, 413 or 503.

    Args:
        predictor: the model.
        name: the name of the model in responses.
        limits: what is refused.
    """
    page = resources.files(__package__).joinpath("page.html").read_text("utf-8")
    scores = {part: asdict(of_part) for part, of_part in predictor.manifest.scores.items()}
    active_requests = 0

    async def show_page(request: Request) -> Response:
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    async def health(request: Request) -> Response:
        model = {"model": name, "data": predictor.manifest.data, "scores": scores}
        return JSONResponse({"status": "ok", **model, "requests": active_requests})

    def check_capacity() -> None:
        if active_requests >= limits.active_requests:
            raise HTTPException(503, "too many requests at once: try again in one second", {"Retry-After": "1"})

    async def predict(request: Request) -> Response:
        nonlocal active_requests
        check_capacity()  # before the body is read, to refuse quickly
        predict_request = _parse(await _read_body(request, limits), limits)
        check_capacity()
        active_requests += 1  # only now, so that slow requests do not block complete ones
        try:
            predictions = await anyio.to_thread.run_sync(_predictions, predictor, predict_request)
        finally:
            active_requests -= 1
        return JSONResponse({"model": name, "predictions": predictions})

    return Starlette(
        routes=[Route("/", show_page), Route("/health", health), Route("/predict", predict, methods=["POST"])],
        exception_handlers={HTTPException: _error_response},
    )


def serve(predictor: Predictor, name: str, host: str, port: int) -> None:
    """Serve a model until the process is stopped.

    Args:
        predictor: the model.
        name: the name of the model in responses.
        host: the address to listen on.
        port: the port to listen on; 0 for any free one.

    Raises:
        UserError: the address is in use or not allowed.
    """
    limits = Limits()
    try:
        listening = socket.create_server((host, port))
    except (OSError, OverflowError) as error:
        what, where = f"cannot listen on this address ({error})", f"--host {host} --port {port}"
        raise UserError(what, where, "choose another port, or --port 0 for any free one") from error
    log.info("open http://%s:%d", host, listening.getsockname()[1])
    config = uvicorn.Config(
        application(predictor, name, limits),
        limit_concurrency=8 * limits.active_requests,  # connections, including idle ones
        timeout_keep_alive=5,
        log_level="warning",
        server_header=False,
    )
    uvicorn.Server(config).run([listening])


@dataclass(frozen=True)
class _PredictRequest:
    texts: list[str]
    abstain: float
    explain: bool


async def _read_body(request: Request, limits: Limits) -> bytes:
    """Read the body of a request, at most up to the limit."""
    body = bytearray()
    try:
        async with asyncio.timeout(limits.seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body_bytes:
                    raise HTTPException(413, f"the body is larger than {limits.body_bytes:,} bytes: send fewer texts")
    except TimeoutError as error:
        raise HTTPException(408, f"the body did not arrive within {limits.seconds:g} seconds") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "the client disconnected before the body was complete") from error
    return bytes(body)


def _parse(body: bytes, limits: Limits) -> _PredictRequest:
    expected = 'expected a JSON object such as {"texts": ["I love it"]}'
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, expected) from error
    if not isinstance(content, Mapping) or not isinstance(content.get("texts"), list):
        raise HTTPException(400, expected)
    if unknown := sorted(set(content) - set(_KEYS)):
        key = unknown[0][:100].encode("utf-8", "replace").decode()  # a lone surrogate cannot be sent back
        raise HTTPException(400, unknown_name("key", key, _KEYS))
    texts, abstain, explain = content["texts"], content.get("abstain", 0.0), content.get("explain", False)
    if not all(isinstance(text, str) for text in texts):
        raise HTTPException(400, "every text must be a string")
    if not isinstance(explain, bool):
        raise HTTPException(400, "explain must be true or false")
    if isinstance(abstain, bool) or not isinstance(abstain, int | float) or not 0 <= abstain <= 0.5:
        raise HTTPException(400, "abstain must be a number from 0 to 0.5")
    maximum = limits.explained_texts if explain else limits.texts
    if len(texts) > maximum:
        allowed = f"a request may have at most {maximum:,} texts{' with explanations' * explain}"
        raise HTTPException(413, f"{allowed}, but this one has {len(texts):,}")
    for position, text in enumerate(texts):
        if len(text) > limits.characters:
            allowed = f"a text may have at most {limits.characters:,} characters"
            raise HTTPException(413, f"{allowed}, but texts[{position}] has {len(text):,}")
    return _PredictRequest(texts, float(abstain), explain)


def _predictions(predictor: Predictor, predict_request: _PredictRequest) -> list[dict[str, Any]]:
    scores = predictor.scores(predict_request.texts)
    cells = zip(
        scores.sentiments(predict_request.abstain),
        as_values(scores.probability),
        as_values(scores.known_words),
        as_values(scores.truncated),
        strict=True,
    )
    names = ("sentiment", "probability", "known_words", "truncated")
    predictions: list[dict[str, Any]] = [dict(zip(names, values, strict=True)) for values in cells]
    if predict_request.explain:
        for prediction, effects in zip(predictions, predictor.explain(predict_request.texts), strict=True):
            prediction["explanation"] = [{"word": word, "effect": round(effect, 6)} for word, effect in effects]
    return predictions


async def _error_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)
