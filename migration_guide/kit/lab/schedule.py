"""Random schedules: faults that overlap, drawn from a seed, as one long fault."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import psutil

from migration_guide.kit.lab.faults import (
    backend_killed,
    black_hole_all,
    black_hole_idle,
    client_abort,
    frozen_server,
    idle_terminated,
    killed_at_commit,
    killed_mid_query,
    killed_mid_transaction,
    latency,
    peer_closed,
    pool_exhausted,
    reset_peer,
    server_away,
    server_crash,
    server_restart,
    service_restart,
    slow_drip,
)
from migration_guide.kit.lab.faults.base import Claim, Fault, claims
from migration_guide.kit.lab.server import CONNECTION_ERRORS
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

LANES: tuple[tuple[Fault, ...], ...] = (
    (
        backend_killed.FAULT,
        frozen_server.FAULT,
        server_away.FAULT,
        server_crash.FAULT,
        server_restart.FAULT,
    ),
    (
        black_hole_all.FAULT,
        black_hole_idle.FAULT,
        latency.FAULT,
        peer_closed.FAULT,
        reset_peer.FAULT,
        slow_drip.FAULT,
    ),
    (
        client_abort.FAULT,
        idle_terminated.FAULT,
        killed_at_commit.FAULT,
        killed_mid_query.FAULT,
        killed_mid_transaction.FAULT,
        pool_exhausted.FAULT,
        service_restart.FAULT,
    ),
)
"""The server, the network, the sessions: faults of one lane exclude each other, those of different
lanes overlap."""

OUTAGE_S = (0.2, 4.0)
PAUSE_S = (0.5, 4.0)
AFTER_S = 5.0
"""Of load after the last of them, in which it shows whether the service is well again."""

SAFE = Claim(
    "each acknowledged order is there once, none by half; nothing leaks; all is well in the end",
    lambda _: True,
    compares=False,  # what overlaps with what differs by fractions of a second
)

# What an injection meets where another fault is in its way: a frozen server takes no sessions.
_IN_THE_WAY = (*CONNECTION_ERRORS, RuntimeError, psutil.Error)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Episode:
    """One fault of a schedule; seconds from its start."""

    lane: int
    fault: Fault
    at_s: float
    lasts_s: float

    def __str__(self) -> str:
        lasts = f" for {self.lasts_s:.1f} s" if self.lasts_s else ""
        return f"at {self.at_s:.1f} s {self.fault.name}{lasts}"


def draw(seed: int, seconds: float) -> list[Episode]:
    """A schedule of about so many seconds; the same for the same arguments."""
    episodes = []
    for lane, faults in enumerate(LANES):
        dice = random.Random(f"{seed}/{lane}")  # noqa: S311 -- reproducible, not secret
        at_s = dice.uniform(*PAUSE_S)
        while at_s < seconds:
            fault = dice.choice(faults)
            lasts_s = dice.uniform(*OUTAGE_S) if fault.outage_s else 0.0
            episodes.append(Episode(lane, fault, at_s, lasts_s))
            at_s += lasts_s + dice.uniform(*PAUSE_S)
    return sorted(episodes, key=lambda episode: episode.at_s)


def as_fault(seed: int, seconds: float) -> Fault[Proxied]:
    """The schedule of a seed, as a fault that `cell.measure` shows to a service."""
    episodes = draw(seed, seconds)

    @contextlib.asynccontextmanager
    async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
        start = time.monotonic()
        try:
            async with asyncio.TaskGroup() as lanes:
                for lane in range(len(LANES)):
                    mine = [episode for episode in episodes if episode.lane == lane]
                    lanes.create_task(_run(mine, target, start))
        finally:
            target.server.own.thaw()
            await target.server.own.start()
            target.way.proxy.heal()
        yield

    return Fault(
        name=f"random-{seed}",
        summary=f"{len(episodes)} faults in {seconds:g} s, drawn from the seed",
        models="; ".join(map(str, episodes)),
        topology=DIRECT,
        inject=inject,
        under_load=True,
        claims=claims(bare=SAFE, same_settings=SAFE, flask_hardened=SAFE, quart_hardened=SAFE),
        shared=True,
        owns_server=True,
    )


async def _run(episodes: list[Episode], target: Target[Any], start: float) -> None:
    for episode in episodes:
        await asyncio.sleep(max(0.0, start + episode.at_s - time.monotonic()))
        try:
            async with episode.fault.inject(target):
                await asyncio.sleep(episode.lasts_s)
        except _IN_THE_WAY as error:
            logger.info("%s: another fault was in the way: %s", episode, error)
