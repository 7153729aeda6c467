"""What there is to say of engine options."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from migration_guide.kit.chapters import Chapter
from migration_guide.kit.translate.expressions import POOLS
from migration_guide.kit.translate.notes import BOTH, Note

DROPPED: Mapping[str, Note] = MappingProxyType(
    {
        "executemany_mode": Note(
            "no-equivalent",
            "executemany_mode",
            "leave it out: asyncpg always sends batches in one go",
            Chapter.URL,
        ),
        "executemany_batch_page_size": Note(
            "no-equivalent",
            "executemany_batch_page_size",
            "leave it out: asyncpg chooses the size of its batches",
            Chapter.URL,
            BOTH,
        ),
        "use_native_hstore": Note(
            "no-equivalent",
            "use_native_hstore",
            "leave it out, and give such columns the type sqlalchemy.dialects.postgresql.HSTORE",
            Chapter.SQL,
            BOTH,
        ),
        "client_encoding": Note(
            "no-equivalent",
            "client_encoding",
            "leave it out: asyncpg always speaks UTF-8 with the server, and text is str here",
            Chapter.URL,
        ),
        "server_side_cursors": Note(
            "no-equivalent",
            "server_side_cursors",
            "leave it out, and stream where it matters: await session.stream(…)",
            Chapter.URL,
            BOTH,
        ),
        "paramstyle": Note(
            "no-equivalent",
            "paramstyle",
            "leave it out: asyncpg has $1, $2; in exec_driver_sql write those for %s",
            Chapter.SQL,
            BOTH,
        ),
        "module": Note(
            "no-equivalent",
            "module",
            "leave it out: it is psycopg2's module",
            Chapter.URL,
            BOTH,
        ),
        "pool": Note(
            "dangerous",
            "pool",
            "is left out, and with it what its connections were made with: give poolclass and the"
            " pool's arguments one by one",
            Chapter.URL,
            BOTH,
        ),
        "creator": Note(
            "dangerous",
            "creator",
            "gave connections of psycopg2; what it does besides connecting is not seen here: do it"
            " in async_creator, for asyncpg.connect()",
            Chapter.URL,
            BOTH,
        ),
    }
)
"""Those that go; with the kit's dialect too, where the note concerns both."""

_WITH_1_4 = "went with SQLAlchemy 2.0: leave it out"
GONE: Mapping[str, str] = MappingProxyType(
    {
        "convert_unicode": _WITH_1_4,
        "encoding": _WITH_1_4,
        "use_native_unicode": _WITH_1_4,
        "case_sensitive": _WITH_1_4,
        "empty_in_strategy": _WITH_1_4,
        "strategy": _WITH_1_4,
        "pool_threadlocal": _WITH_1_4,
        "executemany_values_page_size": f"{_WITH_1_4}; its name is insertmanyvalues_page_size now",
    }
)

ABOUT: Mapping[str, tuple[Note, ...]] = MappingProxyType(
    {
        "pool_size": (
            Note(
                "changes",
                "pool_size",
                "threads open at most one connection each; one burst of requests on asyncio opens"
                " pool_size + max_overflow in each worker: count them against max_connections",
                Chapter.DEPLOYMENT,
                BOTH,
                Chapter.SEVERAL_MACHINES,
            ),
        ),
        "json_serializer": (
            Note(
                "changes",
                "json_serializer",
                "has to return str, not bytes: asyncpg encodes it by itself",
                Chapter.SQL,
                BOTH,
            ),
        ),
        "pool_events": (
            Note(
                "changes",
                "pool_events",
                "the functions get SQLAlchemy's adapter; asyncpg's connection is its"
                " driver_connection, whose methods are coroutines",
                Chapter.URL,
                BOTH,
            ),
        ),
    }
)

_HANGS = Note(
    "dangerous",
    "pool_pre_ping",
    "asyncpg's ping is three round trips, and has no deadline: on a connection that went silent it"
    " hangs, as psycopg2's does without TCP settings",
    Chapter.WHAT_THE_SETTINGS_DO,
)
_SLOW_END = Note(
    "changes",
    "pool_recycle",
    "replacing a connection that went silent takes 2 s each, as it gets a goodbye first",
    Chapter.WHAT_THE_SETTINGS_DO,
)


def _named(name: str) -> Callable[[Any], bool]:
    return lambda value: getattr(value, "name", None) == name


def _is_level(level: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value.replace("_", " ").upper() == level


PREDICATES: Mapping[str, tuple[tuple[Callable[[Any], bool], Note], ...]] = MappingProxyType(
    {
        "pool_pre_ping": ((bool, _HANGS),),
        "pool_recycle": ((lambda value: value != -1, _SLOW_END),),
        "isolation_level": (
            (
                _is_level("READ UNCOMMITTED"),
                Note(
                    "changes",
                    "isolation_level",
                    "asyncpg's dialect has no READ UNCOMMITTED; PostgreSQL treats it as READ"
                    " COMMITTED, which is written instead",
                    Chapter.URL,
                ),
            ),
            (
                _is_level("AUTOCOMMIT"),
                Note(
                    "changes",
                    "isolation_level",
                    "in AUTOCOMMIT asyncpg makes no server-side cursor: stream in a transaction",
                    Chapter.URL,
                    BOTH,
                ),
            ),
        ),
        "poolclass": (
            (
                _named("QueuePool"),
                Note(
                    "changes",
                    "poolclass",
                    "QueuePool is refused by an asyncio engine; AsyncAdaptedQueuePool is the like,"
                    " and the default",
                    Chapter.URL,
                ),
            ),
            (
                _named("SingletonThreadPool"),
                Note(
                    "no-equivalent",
                    "poolclass",
                    "SingletonThreadPool has a connection for each thread, and asyncio has one"
                    " thread; AsyncAdaptedQueuePool is written instead",
                    Chapter.URL,
                    BOTH,
                ),
            ),
            (
                _named("StaticPool"),
                Note(
                    "dangerous",
                    "poolclass",
                    "StaticPool gives one connection to everybody: two tasks at once end in"
                    " InterfaceError, another operation is in progress",
                    Chapter.URL,
                    BOTH,
                ),
            ),
            (
                _named("NullPool"),
                Note(
                    "changes",
                    "poolclass",
                    "as with psycopg2, neither pool_pre_ping nor pool_recycle does anything under"
                    " NullPool",
                    Chapter.URL,
                    BOTH,
                ),
            ),
            (
                lambda value: value is not None and value.name not in POOLS,
                Note(
                    "changes",
                    "poolclass",
                    "a pool class of your own has to be derived from AsyncAdaptedQueuePool",
                    Chapter.URL,
                    BOTH,
                ),
            ),
        ),
    }
)
