"""The description of the service in the format OpenAPI, from the types of its requests and responses."""

from typing import Any

import msgspec

from sentiment140 import __version__
from sentiment140.serving.service.limits import Limits
from sentiment140.serving.service.messages import Health, PredictRequest, PredictResponse, Problem, Ready

_REFUSALS = {
    "400": "The body is not valid",
    "403": "A web page of another origin sent the request",
    "408": "The body arrived too slowly",
    "413": "The request is too large or costs too much",
    "421": "The header Host is not a name of the service",
    "503": "Too many requests at once",
}


def description(limits: Limits) -> bytes:
    """Describe the service.

    Args:
        limits: the limits, which the description states.

    Returns:
        A JSON object of OpenAPI 3.1.
    """
    types = (PredictRequest, PredictResponse, Health, Ready, Problem)
    references, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    request, response, health, ready, refusal = references
    refusals = {status: _response(why, refusal, "application/problem+json") for status, why in _REFUSALS.items()}
    content = {
        "openapi": "3.1.0",
        "info": {"title": "Sentiment of tweets", "version": __version__},
        "paths": {
            "/predict": {
                "post": {
                    "summary": "Score texts",
                    "description": f"At most {limits.texts:,} texts of {limits.characters:,} characters. The model may "
                    f"read {limits.tokens:,} tokens; to explain a text it reads up to 256 copies.",
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": request,
                                "example": {"texts": ["I love it"], "abstain": 0.2, "explain": True},
                            }
                        },
                    },
                    "responses": {"200": _response("One prediction for each text", response), **refusals},
                }
            },
            "/health": _get("Whether the service runs, and which model it serves", health),
            "/ready": _get("Whether the service has capacity for a request of any size", ready, refusals["503"]),
            "/metrics": {"get": {"summary": "Figures for Prometheus", "responses": {"200": _text("text/plain")}}},
            "/openapi.json": {"get": {"summary": "This description", "responses": {"200": _text("application/json")}}},
            "/": {"get": {"summary": "A page to type tweets into", "responses": {"200": _text("text/html")}}},
        },
        "components": {"schemas": components},
    }
    return msgspec.json.encode(content)


def _response(why: str, schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    return {"description": why, "content": {media_type: {"schema": schema}}}


def _get(summary: str, schema: dict[str, Any], busy: dict[str, Any] | None = None) -> dict[str, Any]:
    responses = {"200": _response(summary, schema)} | ({"503": busy} if busy else {})
    return {"get": {"summary": summary, "responses": responses}}


def _text(media_type: str) -> dict[str, Any]:
    return {"description": "OK", "content": {media_type: {}}}
