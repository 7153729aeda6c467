"""A migration changes a column while requests read it."""

import contextlib
from collections.abc import AsyncIterator

from migration_guide.kit.lab.faults.base import INTERRUPTED, QUICK, SURVIVES, Fault, claims, on_both
from migration_guide.kit.lab.target import Target
from migration_guide.kit.lab.topology.direct import DIRECT, Proxied

OUTDATED = (
    "psycopg2 prepares nothing that could be outdated; the stock dialect for asyncpg does, and the"
    " transaction that meets the change fails."
)
CHANGE = "ALTER TABLE products ALTER COLUMN name TYPE varchar({})"


@contextlib.asynccontextmanager
async def prepare(target: Target[Proxied]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await target.execute(CHANGE.format(100))


@contextlib.asynccontextmanager
async def inject(target: Target[Proxied]) -> AsyncIterator[None]:
    await target.execute(CHANGE.format(200))
    yield


FAULT = Fault(
    name="schema-change",
    summary="ALTER COLUMN ... TYPE under load",
    models=(
        "a migration during operation: plans that are cached for a prepared statement no longer"
        " fit (0A000; asyncpg's FAQ)"
    ),
    topology=DIRECT,
    prepare=prepare,
    inject=inject,
    under_load=True,
    outage_s=1.0,
    claims=claims(
        bare=SURVIVES,
        same_settings=SURVIVES,
        flask_hardened=SURVIVES,
        quart_hardened=QUICK,
        quart_bare=INTERRUPTED,
        quart_same_settings=INTERRUPTED,
    ),
    notes={
        **on_both("bare", OUTDATED),
        **on_both("same-settings", OUTDATED),
        ("flask", "hardened"): "psycopg2 prepares nothing that could be outdated.",
        ("quart", "hardened"): (
            "what a transaction begins with is repeated with a new plan; an order that has begun is"
            " answered with 503, once at most, and goes through when it is repeated."
        ),
    },
)
