"""What is measured, as data: the libraries, each as a team would set it up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import URL, make_url

from migration_guide.kit.lab.stacks import (
    PSYCOPG2,
    RESILIENT,
    SETTINGS,
    STOCK,
    TWO_SETTINGS,
    driver_url,
)

Operation = Literal["checkout", "read", "write"]

OPERATIONS: tuple[Operation, ...] = ("checkout", "read", "write")
AUTOCOMMIT: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT"}

PSYCOPG3 = "postgresql+psycopg"


@dataclass(frozen=True)
class Variant:
    """A library with its settings.

    Attributes:
        name: unique, as it is shown.
        driver: SQLAlchemy's; None: a pool of asyncpg itself.
        options: of the engine.
        timed: False where the round trips alone are of interest.

    """

    name: str
    driver: str | None
    options: Mapping[str, Any] = field(default_factory=dict)
    timed: bool = True

    @property
    def synchronous(self) -> bool:
        return self.driver == PSYCOPG2

    def engine_url(self, url: str) -> URL:
        """Put the driver into *url*; there has to be one."""
        assert self.driver is not None  # noqa: S101 -- of a raw pool it is not asked
        return make_url(driver_url(self.driver, url))


NAIVE_PORT = "asyncpg, same-settings"
"""The baseline: SQLAlchemy's dialect for asyncpg with the two settings, each read in a
transaction, as one gets by changing the driver and nothing else."""
STOCK_AUTOCOMMIT = "asyncpg, AUTOCOMMIT"
IN_TRANSACTION = "resilient, transaction"
IN_AUTOCOMMIT = "resilient, AUTOCOMMIT"
RAW_POOL = "asyncpg.Pool, no SQLAlchemy"

VARIANTS = (
    Variant("psycopg2, bare", PSYCOPG2),
    Variant("psycopg2, same-settings", PSYCOPG2, TWO_SETTINGS),
    Variant("psycopg2, hardened", PSYCOPG2, SETTINGS["flask", "hardened"].engine_options),
    Variant("psycopg2, AUTOCOMMIT", PSYCOPG2, {**TWO_SETTINGS, **AUTOCOMMIT}),
    Variant("psycopg 3 async, same-settings", PSYCOPG3, TWO_SETTINGS),
    Variant("asyncpg, bare", STOCK),
    Variant(NAIVE_PORT, STOCK, TWO_SETTINGS),
    Variant(STOCK_AUTOCOMMIT, STOCK, {**TWO_SETTINGS, **AUTOCOMMIT}),
    Variant(IN_TRANSACTION, RESILIENT, TWO_SETTINGS),
    Variant(IN_AUTOCOMMIT, RESILIENT, {**TWO_SETTINGS, **AUTOCOMMIT}),
    Variant(RAW_POOL, None),
    Variant(
        "resilient, transaction, idle longer than the bypass",
        RESILIENT,
        {**TWO_SETTINGS, "ping_bypass": 0},
        timed=False,
    ),
    Variant(
        "resilient, AUTOCOMMIT, idle longer than the bypass",
        RESILIENT,
        {**TWO_SETTINGS, **AUTOCOMMIT, "ping_bypass": 0},
        timed=False,
    ),
    Variant(
        "resilient, AUTOCOMMIT, transaction_pooler",
        RESILIENT,
        {**TWO_SETTINGS, **AUTOCOMMIT, "transaction_pooler": True},
        timed=False,
    ),
    Variant(
        "resilient, transaction, transaction_pooler",
        RESILIENT,
        {**TWO_SETTINGS, "transaction_pooler": True},
        timed=False,
    ),
)

BY_NAME = {variant.name: variant for variant in VARIANTS}
