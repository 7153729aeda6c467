"""What `/metrics` tells, in Prometheus's terms.

With several worker processes, ``PROMETHEUS_MULTIPROC_DIR`` has to name a folder that they share;
then each of them answers for all. `python -m async_app` sets it.
"""

import os
import re
import time
from dataclasses import dataclass
from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.pool import QueuePool

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
NO_ROUTE = "unmatched"
SHED_EARLY = "shed"
"""In the place of the route, of a request that was refused before its route was known."""
SAMPLE_EVERY_S = 1.0

REGISTRY = CollectorRegistry()
"""Of the service's own, with what is known of its process."""

ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
disable_created_metrics()  # type: ignore[no-untyped-call]

REQUESTS = Counter(
    "http_requests",
    "Requests that were answered.",
    ["method", "route", "status"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "http_request_duration_seconds",
    "From the request's headers to the end of its answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
SHED = Counter(
    "http_requests_shed",
    "Requests refused, as too many waited for a connection.",
    registry=REGISTRY,
)
POOL_SIZE = Gauge(
    "db_pool_size", "Connections that are kept.", multiprocess_mode="livesum", registry=REGISTRY
)
POOL_CHECKED_OUT = Gauge(
    "db_pool_checked_out", "Connections in use.", multiprocess_mode="livesum", registry=REGISTRY
)
POOL_OVERFLOW = Gauge(
    "db_pool_overflow",
    "Connections beyond the kept ones.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
POOL_WAITING = Gauge(
    "db_pool_waiting",
    "Requests that wait for a connection.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
EVENTS = Counter(
    "db_connection_events",
    "What happened to connections; the names are those of resilience.Counters.",
    ["event"],
    registry=REGISTRY,
)


@cache
def route_of(rule: str) -> str:
    """The rule as the OpenAPI document writes it: ``/products/{product_id}``."""
    return re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", rule)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request. What clients can invent does not become a label."""
    method = method if method in METHODS else "OTHER"
    REQUESTS.labels(method, route, status).inc()
    SECONDS.labels(method, route).observe(seconds)


@dataclass
class PoolSampler:
    """Reads a pool's state: once a second while there are requests, and for each scrape."""

    _next: float = 0.0
    _counted: dict[str, int] | None = None

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._next

    def sample(self, pool: QueuePool, waiting: int, events: dict[str, int]) -> None:
        self._next = time.monotonic() + SAMPLE_EVERY_S
        POOL_SIZE.set(pool.size())
        POOL_CHECKED_OUT.set(pool.checkedout())
        POOL_OVERFLOW.set(max(0, pool.overflow()))
        POOL_WAITING.set(waiting)
        counted = self._counted or {}
        for name, count in events.items():
            EVENTS.labels(name).inc(count - counted.get(name, 0))
        self._counted = events


def exposition() -> bytes:
    """The metrics of this process, or of all workers, in Prometheus's text format."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
