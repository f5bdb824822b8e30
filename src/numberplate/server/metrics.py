"""Metrics for Prometheus."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from numberplate.reading import Report

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of one server, in a registry of their own.

    `accepted`: how many pictures are being read or wait. `places`: how many there may be.
    """

    def __init__(self, accepted: Callable[[], int], places: int):
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._requests = Counter(
            "numberplate_requests", "Requests by route, method and status.", ("route", "method", "status"),
            registry=registry,
        )  # fmt: skip
        self._request_seconds = Histogram(
            "numberplate_request_seconds", "From a request's head to its reply's end.", ("route",),
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._read_seconds = Histogram(
            "numberplate_read_seconds", "Reading one picture, without waiting.",
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._plates = Counter("numberplate_plates", "Plates that were read.", registry=registry)
        self.unreadable = Counter(
            "numberplate_unreadable_pictures", "Pictures that could not be read.", registry=registry
        )
        Gauge(
            "numberplate_accepted_pictures", "Pictures that are being read or wait.", registry=registry
        ).set_function(accepted)
        Gauge("numberplate_places", "Pictures that may be read or wait.", registry=registry).set(places)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request. `route`: its pattern, so that there are few."""
        self._requests.labels(route, method, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def read(self, report: Report) -> None:
        """Counts a picture that was read."""
        self._read_seconds.observe(report.milliseconds / 1000)
        self._plates.inc(len(report.plates))

    def text(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self._registry)
