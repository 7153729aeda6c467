"""The connection breaks at COMMIT: before it, and after it but before the answer."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable

from migration_guide.kit.lab.faults.base import WHY_IN_FLIGHT, Claim, Fault, claims
from migration_guide.kit.lab.proxy import FaultProxy
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied
from migration_guide.kit.lab.waiting import wait_until

DEADLINE_S = 5.0
COMMIT = re.compile(rb"COMMIT;?\0")
"""The end of psycopg2's message, and of asyncpg's; not READ COMMITTED."""

REPEATED = Claim(
    "the two orders fail, and are there once after their repetition",
    lambda m: m.failed_during >= 2 and m.failed_after == m.hung == 0 and m.repeated_writes == 2,
)


def sprung(proxy: FaultProxy) -> Callable[[], bool]:
    before = proxy.cuts
    return lambda: proxy.cuts > before


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    with target.way.healing("cut_at") as proxy:
        for forwarded in (False, True):
            proxy.cut_at(COMMIT, forwarded=forwarded)
            await wait_until(sprung(proxy), deadline_s=DEADLINE_S, what="a COMMIT to come by")
    yield


FAULT = Fault(
    name="killed-at-commit",
    summary="RST once before COMMIT reaches the server, once after it but before its answer",
    models=(
        "any of the other faults, at the one moment at which the client cannot know what became of"
        " its order; why POST /orders takes an Idempotency-Key"
        " (IETF draft-ietf-httpapi-idempotency-key-header)"
    ),
    topology=DIRECT,
    inject=inject,
    under_load=True,
    claims=claims(
        bare=REPEATED, same_settings=REPEATED, flask_hardened=REPEATED, quart_hardened=REPEATED
    ),
    notes=WHY_IN_FLIGHT,
)
