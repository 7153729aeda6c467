"""The load of a team's own service: its probes, in turn."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import aiohttp

from migration_guide.kit.lab.open_loop import OpenLoop, Request
from migration_guide.kit.lab.own.config import Probe


@dataclass
class Probing(OpenLoop):
    """A client that asks what the file says: *probes*, by name."""

    probes: Mapping[str, Probe]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._names = cycle(self.probes)

    def next_request(self) -> Request:
        return Request(next(self._names), time.monotonic())

    def call(self, request: Request) -> Any:
        probe = self.probes[request.kind]
        return self._session.request(
            probe.method,
            probe.path,
            json=probe.json_,
            headers=dict(probe.headers),
            allow_redirects=False,  # an answer like others, and perhaps to somebody else's host
        )

    async def judge(self, request: Request, response: aiohttp.ClientResponse) -> None:
        await response.read()
        if self.probes[request.kind].is_right(response.status):
            request.outcome = "ok"
        else:
            request.outcome = "failed"
            request.cause = f"{response.status} {response.reason or ''}".strip()
