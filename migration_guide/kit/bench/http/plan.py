"""What is measured, as data: the services, and what is asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from migration_guide.kit.lab.generator.order import Kind
from migration_guide.kit.lab.stacks import POOL_SIZE, SETTINGS, Profile, Settings, Stack

Runner = Literal["stack's", "uvloop", "uvicorn"]


@dataclass(frozen=True)
class Served:
    """A service with one worker.

    Attributes:
        name: unique, as it is shown.
        runner: what serves it: the stack's server; or instead of the event loop of Python, uvloop;
            or uvicorn, with uvloop and httptools.

    """

    name: str
    stack: Stack
    profile: Profile
    runner: Runner = "stack's"

    def settings(self, pool: int) -> Settings:
        """With *pool* connections, none of them in overflow."""
        settings = SETTINGS[self.stack, self.profile]
        options = {**settings.engine_options, "pool_size": pool, "max_overflow": 0}
        return replace(settings, engine_options=options)


FLASK = Served("flask, same-settings", "flask", "same-settings")
NAIVE = Served("quart, same-settings", "quart", "same-settings")
HARDENED = Served("quart, hardened", "quart", "hardened")
ON_UVLOOP = Served("quart, hardened, on uvloop", "quart", "hardened", "uvloop")
ON_UVICORN = Served("quart, hardened, on uvicorn", "quart", "hardened", "uvicorn")

THREE = (FLASK, NAIVE, HARDENED)
ALL = (*THREE, ON_UVLOOP, ON_UVICORN)


@dataclass(frozen=True)
class Scenario:
    """Requests of one kind.

    Attributes:
        name: unique among those of a setting.
        title: what is asked.
        warm_up_s: seconds that do not count.
        seconds: that do.
        burst: see `Order`.

    """

    name: str
    title: str
    kind: Kind
    clients: int
    services: Sequence[Served]
    warm_up_s: float = 1.0
    seconds: float = 3.0
    burst: bool = False

    def quick(self) -> "Scenario":
        return replace(
            self, clients=min(self.clients, QUICK_CLIENTS), warm_up_s=0.1, seconds=QUICK_SECONDS
        )


QUICK_CLIENTS = 100
QUICK_SECONDS = 0.3


@dataclass(frozen=True)
class Setting:
    """Services that run side by side, and what is asked of them in turn."""

    delay_ms: float
    pool: int
    scenarios: Sequence[Scenario]


READ = Scenario("read", "GET /products/<id>", "product", 32, ALL)
DELAYED_READ = replace(READ, services=THREE)
STEADY = Scenario("steady", "GET /reports/sales, which takes 50 ms", "report", 64, THREE)
CROWD = replace(STEADY, name="crowd", clients=1000, warm_up_s=4.0, seconds=8.0)
BURST = replace(STEADY, name="burst", clients=2000, burst=True)

SETTINGS_MEASURED = (
    Setting(
        0.0,
        POOL_SIZE,
        (
            Scenario("live", "GET /health/live, without the database", "live", 32, ALL),
            READ,
            Scenario("write", "POST /orders", "order", 32, THREE),
            STEADY,
            CROWD,
            BURST,
        ),
    ),
    Setting(10.0, POOL_SIZE, (DELAYED_READ,)),
    Setting(10.0, 5, (DELAYED_READ,)),
)
"""A pool of 15 is what both stacks may have by default, 5 what SQLAlchemy keeps of it."""
