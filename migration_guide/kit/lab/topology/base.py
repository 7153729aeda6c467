"""What a topology is: what the machine needs for it, and how it is set up."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Generic

from typing_extensions import TypeVar  # with a default, as of Python 3.13

from migration_guide.kit.lab.proxy import FaultProxy, Toxic
from migration_guide.kit.lab.server import Server
from migration_guide.kit.lab.stacks import Settings
from migration_guide.kit.lab.waiting import wait_until


@dataclass(frozen=True, kw_only=True)
class Way:
    """One service's way to its database.

    Attributes:
        url: of the database, as the service is told it.
        prefix: what is put before the service's command line.
        environment: what the service needs to be told besides.

    """

    url: str
    prefix: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Proxied(Way):
    """By way of a proxy of its own."""

    proxy: FaultProxy

    @contextlib.contextmanager
    def healing(self, toxic: Toxic) -> Iterator[FaultProxy]:
        """Heal the proxy of *toxic* at the end of the block."""
        try:
            yield self.proxy
        finally:
            self.proxy.heal(toxic)

    @contextlib.asynccontextmanager
    async def disconnecting(self) -> AsyncIterator[None]:
        """At the end of the block, wait until the connections of its beginning have ended."""
        ended = self.proxy.watch()
        yield
        await wait_until(ended, deadline_s=5, what="the service's connections to end")


W = TypeVar("W", bound=Way, default=Proxied)
W_co = TypeVar("W_co", bound=Way, covariant=True)


class Site(ABC, Generic[W_co]):
    """A topology that stands.

    Attributes:
        server: where the databases are.

    """

    def __init__(self, server: Server) -> None:
        self.server = server

    def adapt(self, settings: Settings) -> Settings:
        """What a service needs to be told where it is here, and else would not know."""
        return settings

    @abstractmethod
    def way(self, database: str) -> AbstractAsyncContextManager[W_co]:
        """For one service, as long as the block runs."""


@dataclass(frozen=True)
class Topology(Generic[W_co]):
    """What stands between a service and its database.

    Attributes:
        name: in a word.
        between: what it is, in a few.
        missing: what this machine lacks for it and how to get it; None where nothing is missing.
        stand_up: sets it up for the time of a block, with the server of the comparison or one of
            its own.
        own_server: whether it is one of its own.

    """

    name: str
    between: str
    missing: Callable[[], str | None]
    stand_up: Callable[[Server], AbstractAsyncContextManager[Site[W_co]]]
    own_server: bool = False
