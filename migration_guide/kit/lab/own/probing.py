"""The load of a team's own service: its probes, in turn."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from migration_guide.kit.lab.open_loop import OpenLoop, Request
from migration_guide.kit.lab.own.config import Probe


@dataclass
class Probing(OpenLoop):
    """A client that asks what the file says."""

    probes: Sequence[Probe]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._by_name = {probe.name: probe for probe in self.probes}
        self._sent = 0

    def next_request(self) -> Request:
        probe = self.probes[self._sent % len(self.probes)]
        self._sent += 1
        return Request(probe.name, time.monotonic())

    def call(self, request: Request) -> Any:
        probe = self._by_name[request.kind]
        return self._session.request(
            probe.method, probe.path, json=probe.json_, headers=dict(probe.headers)
        )

    async def judge(self, request: Request, response: aiohttp.ClientResponse) -> None:
        await response.read()
        if self._by_name[request.kind].is_right(response.status):
            request.outcome = "ok"
        else:
            request.outcome = "failed"
            request.cause = f"{response.status} {response.reason or ''}".strip()
