"""Figures about the running service, in the format of Prometheus."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Count requests and texts.

    Args:
        model: the name of the model.
        data: "real" or "demo".
        cost: the current cost of all requests that are being scored, in tokens.
    """

    def __init__(self, model: str, data: str, cost: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "sentiment140_requests", "Requests that were answered", ["path", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "sentiment140_request_seconds",
            "Time from the header of a request to the end of its response",
            ["path"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._texts = Counter("sentiment140_texts", "Texts that were scored", registry=self._registry)
        self.active = Gauge("sentiment140_active_requests", "Requests without a response", registry=self._registry)
        Gauge(
            "sentiment140_active_tokens", "Cost of the requests that are being scored", registry=self._registry
        ).set_function(cost)
        Info("sentiment140_model", "The model that is served", registry=self._registry).info(
            {"name": model, "data": data}
        )

    def count_request(self, path: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            path: a path of the service, or "other": a client must not be able to add labels.
            status: the status of the response.
            seconds: how long it took.
        """
        self._requests.labels(path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def count_texts(self, texts: int) -> None:
        """Count texts that were scored."""
        self._texts.inc(texts)

    def text(self) -> bytes:
        """Return all figures as text."""
        return generate_latest(self._registry)
