"""Services of the tests' own, started as they are deployed."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
import pytest

from migration_guide.kit.lab import demo
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.service import Service
from migration_guide.kit.lab.stacks import SETTINGS, Profile, Stack

Serve = Callable[..., AbstractAsyncContextManager[Service]]


@pytest.fixture
async def database(server: Server, empty_database: str) -> str:
    await demo.set_up(server.url(empty_database))
    return empty_database


@pytest.fixture
def serve(server: Server, database: str, tmp_path: Path) -> Serve:
    @contextlib.asynccontextmanager
    async def serve(
        profile: Profile = "hardened",
        *,
        stack: Stack = "quart",
        workers: int = 1,
        url: str | None = None,
        options: Mapping[str, Any] = MappingProxyType({}),
        **environment: str,
    ) -> AsyncIterator[Service]:
        async with Service(
            stack,
            url or server.url(database),
            profile=profile,
            engine_options={**SETTINGS[stack, profile].engine_options, **options},
            workers=workers,
            folder=tmp_path,
            environment=environment,
        ) as service:
            yield service

    return serve


def workers_of(service: Service) -> list[psutil.Process]:
    """The processes that answer requests; hypercorn's have helpers beside them."""
    found = []
    for child in psutil.Process(service.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended, or is a zombie
            if "resource_tracker" not in " ".join(child.cmdline()):
                found.append(child)
    return found
