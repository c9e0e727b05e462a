"""The endpoints of the service."""

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib import resources

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sentiment140.serving.estimator import ABSTAIN
from sentiment140.serving.predictor import Predictor
from sentiment140.serving.service.guard import Guard, Names, problem
from sentiment140.serving.service.limits import Limits, Refusal
from sentiment140.serving.service.messages import Health, PredictResponse, Ready, encode, parse
from sentiment140.serving.service.metrics import CONTENT_TYPE, Metrics
from sentiment140.serving.service.openapi import description
from sentiment140.serving.service.scorer import Scorer

PAGE = resources.files(__package__).joinpath("page.html").read_text("utf-8")


def _hashes(tag: str) -> str:
    """List the hashes of the page's scripts or styles, which are the only ones that a browser may run."""
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", PAGE, re.DOTALL)
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'" for part in found)


HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src {_hashes('style')}; script-src {_hashes('script')}; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # an address may contain a tweet
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""The headers of every response."""
RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


def application(predictor: Predictor, name: str, limits: Limits, names: Names | None = None) -> Guard:
    """Create the web application (ASGI) for one model.

    - `POST /predict` takes a JSON object such as `{"texts": ["I love it"], "abstain": 0.2, "explain": true}`; `abstain`
      and `explain` are optional, and `"text": "I love it"` is one text. It returns `{"model": ..., "predictions":
      [...]}` with the `sentiment`, `probability`, `known_words`, `truncated` and, if `explain` is true, `explanation`
      of each text.
      With three labels, a prediction also has `negative` and `neutral`, their probabilities.
    - `GET /health` returns the name of the model, its training data ("real" or "demo") and its scores, as long as the
      service runs.
    - `GET /ready` returns the status 200 if the service has capacity for a request of any size, else 503.
    - `GET /metrics` returns figures for Prometheus, `GET /openapi.json` a description of the service.
    - `GET /` returns the page.

    A refusal is `{"status": 413, "code": "too_many_texts", "detail": ...}` (RFC 9457), with the status 400, 403, 404,
    405, 408, 413, 421 or 503.

    Args:
        predictor: the model.
        name: the name of the model in responses.
        limits: what is refused.
        names: the names by which browsers may reach the service; None for those of this machine.
    """
    scorer = Scorer(predictor, limits)
    bodies = _Bodies(limits)
    about = predictor.manifest
    metrics = Metrics(name, about.data, lambda: scorer.tokens)
    labels = len(predictor.classes_)
    adapted = about.adaptation.describe() if about.adaptation else None
    health = encode(Health("ok", name, about.data, about.scores, predictor.lexicon, labels, adapted))

    async def show_page(request: Request) -> Response:
        return HTMLResponse(PAGE)

    async def show_health(request: Request) -> Response:
        return _json(health)

    async def show_ready(request: Request) -> Response:
        if not scorer.is_ready:
            raise Refusal(503, "busy", "no capacity for a large request now: try again in one second")
        return _json(encode(Ready("ready")))

    async def show_metrics(request: Request) -> Response:
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    async def show_description(request: Request) -> Response:
        return _json(description(limits))

    async def predict(request: Request) -> Response:
        async with bodies.read(request) as body:
            asked = parse(body, limits)
            if asked.abstain and labels > 2:
                raise Refusal(400, "invalid_request", ABSTAIN)
            predictions = await scorer.predictions(asked, request.is_disconnected)
        metrics.count_texts(len(predictions))
        return _json(encode(PredictResponse(name, predictions)))

    routes = [
        Route("/", show_page),
        Route("/predict", predict, methods=["POST"]),
        Route("/health", show_health),
        Route("/ready", show_ready),
        Route("/metrics", show_metrics),
        Route("/openapi.json", show_description),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refuse, Exception: _fail})
    app.router.redirect_slashes = False  # a redirect would contain the Host that the client has sent
    return Guard(app, names or Names(), metrics, {route.path for route in routes}, RAW_HEADERS)


class _Bodies:
    """Read the bodies of requests, up to a limit for each and for all together."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = 0

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """Read a body, which counts until the context ends."""
        limits, body = self._limits, bytearray()
        try:
            async with asyncio.timeout(limits.seconds):
                async for chunk in request.stream():
                    body += chunk
                    self._bytes += len(chunk)
                    if len(body) > limits.body_bytes:
                        detail = f"the body is larger than {limits.body_bytes:,} bytes: send fewer texts"
                        raise Refusal(413, "body_too_large", detail, len(body), limits.body_bytes)
                    if self._bytes > limits.all_bodies_bytes:
                        raise Refusal(503, "busy", "too many large requests at once: try again in one second")
            yield bytes(body)
        except TimeoutError as error:
            raise Refusal(408, "too_slow", f"the body did not arrive within {limits.seconds:g} seconds") from error
        except ClientDisconnect as error:
            raise Refusal(
                499, "client_left", "the client closed the connection before its body was complete"
            ) from error
        finally:
            self._bytes -= len(body)


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")


async def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, Refusal):
        return problem(error)
    assert isinstance(error, HTTPException)  # by Starlette: 404 or 405
    remedy = "send POST to /predict" if error.status_code == 405 else "see /openapi.json"
    refusal = Refusal(error.status_code, HTTPStatus(error.status_code).name.lower(), f"{error.detail}: {remedy}")
    response = problem(refusal)
    response.headers.update(error.headers or {})
    return response


async def _fail(request: Request, error: Exception) -> Response:
    return problem(Refusal(500, "internal_error", "a bug of the service: its log has the details"))
