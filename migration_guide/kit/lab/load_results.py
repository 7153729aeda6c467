"""What a stage of load measures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class LoadStep:
    stack: str
    profile: str
    scenario: str
    clients: int
    round: int
    offered_per_second: float
    per_second: float
    ok: int
    shed: int
    failed: int
    hung: int
    causes: Mapping[str, int] = field(default_factory=dict)
    p50_ms: float | None = None
    p90_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
    histogram: tuple[Any, ...] = ()
    lateness_p99_ms: float | None = None
    load_limited: bool = False
    memory_mb: float | None = None
    memory_peak_mb: float | None = None
    processor_us: float | None = None
    timeline: tuple[Any, ...] = ()
