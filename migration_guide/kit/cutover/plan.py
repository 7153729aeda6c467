"""What a drill does: how many customers, which shares, and what goes wrong on purpose."""

from dataclasses import dataclass
from typing import Literal

Fault = Literal["two-keys", "new-stack-down"]

APP = "migration_guide.cutover.app:create_app()"
SHARES = (0, 10, 50, 100, 0)


@dataclass(frozen=True)
class Plan:
    """A drill.

    Attributes:
        customers: their buckets are spread evenly, so that 10 % is two of twenty.
        rate: requests a second, of all of them together.
        seconds: that each share holds.
        app: the ASGI application, as hypercorn names it.
        fault: what goes wrong. ``two-keys``: the stacks do not have one SECRET_KEY.
            ``new-stack-down``: half-way through the share of 100 %, the new stack's database is
            gone, and it stays so.

    """

    fault: Fault | None = None
    quick: bool = False
    app: str = APP
    shares: tuple[int, ...] = SHARES
    customers: int = 20
    rate: float = 40.0
    workers: int = 2
    client_deadline_s: float = 5.0
    seed: int = 0

    @property
    def seconds(self) -> float:
        return 1.0 if self.quick else 8.0
