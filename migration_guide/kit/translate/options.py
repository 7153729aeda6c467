"""The options of ``create_engine``: what psycopg2's dialect takes, and what asyncpg's does not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import sqlalchemy.pool
from sqlalchemy import util
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine.base import Engine

from async_app.resilience.parameters import PARAMETERS
from migration_guide.kit.chapters import Chapter
from migration_guide.kit.translate.about_options import ABOUT, DROPPED, GONE, PREDICATES
from migration_guide.kit.translate.given import Code, InputError
from migration_guide.kit.translate.notes import BOTH, Note

LEVELS = ("READ COMMITTED", "READ UNCOMMITTED", "REPEATABLE READ", "SERIALIZABLE", "AUTOCOMMIT")
ASYNC_POOLS = ("AsyncAdaptedQueuePool", "NullPool", "StaticPool", "AssertionPool")
SYNC_POOLS = ("QueuePool", "SingletonThreadPool")
_OWN = ("ping_timeout", "ping_bypass", "close_timeout", "pool_recycle_jitter", "transaction_pooler")
"""Of the kit's dialect."""

_POOL_NAMES = {
    name: name if name.startswith("pool_") else f"pool_{name}"
    for name in ("logging_name", "timeout", "recycle", "events", "pre_ping", "use_lifo")
} | {"echo": "echo_pool", "reset_on_return": "pool_reset_on_return"}
"""Under which name ``create_engine`` takes an argument of the pool."""


def _pool_options(name: str) -> frozenset[str]:
    names = util.get_cls_kwargs(getattr(sqlalchemy.pool, name))
    private = {"creator", "dialect", "_dispatch"}
    return frozenset(_POOL_NAMES.get(name, name) for name in names - private)


_ENGINE = {"execution_options", "echo", "hide_parameters", "logging_name", "query_cache_size"}
PSYCOPG2_OPTIONS = frozenset(
    {
        *(util.get_cls_kwargs(PGDialect_psycopg2) - {"dbapi"}),
        *(util.get_cls_kwargs(Engine) & _ENGINE),
        *_pool_options("QueuePool"),
        *("connect_args", "creator", "pool", "poolclass", "module", "future", "plugins"),
        "enable_from_linting",
    }
)
"""What ``create_engine("postgresql+psycopg2://…")`` takes."""

_WHOLE = {
    "pool_size": 0,
    "max_overflow": -1,
    "query_cache_size": 0,
    "insertmanyvalues_page_size": 1,
    "executemany_batch_page_size": 1,
}
_NUMBERS = {"pool_recycle": -1, "pool_timeout": 0}
_FLAGS = frozenset(
    {
        *("pool_pre_ping", "pool_use_lifo", "hide_parameters", "use_insertmanyvalues"),
        *("skip_autocommit_rollback", "use_native_hstore", "future", "enable_from_linting"),
        *("supports_native_boolean", "native_inet_types"),
    }
)
_TEXTS = frozenset({"logging_name", "pool_logging_name", "client_encoding"})
_CALLABLES = frozenset({"json_serializer", "json_deserializer", "creator", "poolclass"})
_CHOICES: dict[str, tuple[Any, ...]] = {
    "pool_reset_on_return": ("rollback", "commit", None, True, False),
    "executemany_mode": ("values_only", "values_plus_batch"),
    "echo": (True, False, None, "debug"),
    "echo_pool": (True, False, None, "debug"),
}


@dataclass
class EngineOptions:
    """The options, sorted.

    Attributes:
        resilient: those that go on to the kit's dialect, as they are.
        stock: those of ``create_async_engine`` for asyncpg, apart from the connection's.
        take_out: those that the kit's dialect does not take.

    """

    resilient: dict[str, Any] = field(default_factory=dict)
    stock: dict[str, Any] = field(default_factory=dict)
    take_out: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def translated(options: Mapping[str, Any]) -> EngineOptions:
    """Check the options and translate those that do not concern the connection.

    Raises:
        InputError: psycopg2's engine would not take them.

    """
    found = EngineOptions()
    for name, value in options.items():
        _check_name(name)
        value = _as_code(name, value)  # noqa: PLW2901
        _check(name, value)
        _sort(found, name, value)
        found.notes += _notes(name, value)
    _check_pool(options)
    return found


def _check_name(name: str) -> None:
    if name in PSYCOPG2_OPTIONS or name in GONE:
        return
    if name in _OWN or name == "command_timeout":
        raise InputError(
            f"The engine option {name!r} is of the kit's dialect, or asyncpg: give the options as"
            " they are before the move."
        )
    if name in PARAMETERS:
        raise InputError(
            f"The engine option {name!r} is a connection parameter: it stands in connect_args or"
            " in the URL."
        )
    near = get_close_matches(name, PSYCOPG2_OPTIONS, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"The engine option {name!r} is unknown to SQLAlchemy.{hint}")


def _as_code(name: str, value: Any) -> Any:
    """A class or function that JSON or TOML can only name."""
    if name not in _CALLABLES or not isinstance(value, str):
        return value
    module, _, last = value.rpartition(".")
    if not all(part.isidentifier() for part in value.split(".")):
        raise InputError(f"The engine option {name!r} is {value!r}, which is no dotted name.")
    if not module:
        unbound = () if name == "poolclass" else (last,)
        return Code(value, unbound=unbound)
    return Code(last, (f"from {module} import {last}",))


def _check(name: str, value: Any) -> None:
    if isinstance(value, Code):
        return
    problem = next(filter(None, (check(name, value) for check in _CHECKS)), None)
    if problem:
        raise InputError(f"The engine option {name!r} is {value!r}; {problem}.")


def _number(name: str, value: Any) -> str | None:
    least = _WHOLE.get(name, _NUMBERS.get(name))
    if least is None:
        return None
    kinds = (int,) if name in _WHOLE else (int, float)
    if isinstance(value, kinds) and not isinstance(value, bool) and value >= least:
        return None
    return f"give a {'whole ' if name in _WHOLE else ''}number, {least} or greater"


def _flag(name: str, value: Any) -> str | None:
    if name not in _FLAGS or isinstance(value, bool) or value in (0, 1, None):
        return None
    return "give True or False"


def _chosen(name: str, value: Any) -> str | None:
    if name == "isolation_level":
        level = value.replace("_", " ").upper() if isinstance(value, str) else value
        return None if level in LEVELS else f"give one of {', '.join(LEVELS)}"
    if name not in _CHOICES or value in _CHOICES[name]:
        return None
    return f"give one of {', '.join(map(repr, _CHOICES[name]))}"


def _kind(name: str, value: Any) -> str | None:
    if name in {"connect_args", "execution_options"} and not isinstance(value, Mapping):
        return "give a dict"
    if name in _TEXTS and not isinstance(value, (str, type(None))):
        return "give text"
    if name in _CALLABLES and value is not None:
        return "give a function or class, by its name"
    return None


_CHECKS: tuple[Callable[[str, Any], str | None], ...] = (_number, _flag, _chosen, _kind)


def _check_pool(options: Mapping[str, Any]) -> None:
    poolclass = options.get("poolclass")
    name = poolclass.name if isinstance(poolclass, Code) else str(poolclass).rpartition(".")[2]
    if poolclass is None or name not in (*ASYNC_POOLS, *SYNC_POOLS):
        return
    takes = _pool_options(name)
    for option in _pool_options("QueuePool") & options.keys():
        if option not in takes:
            raise InputError(
                f"The engine option {option!r} does not go with poolclass={name}: SQLAlchemy"
                " refuses them together."
            )


def _sort(found: EngineOptions, name: str, value: Any) -> None:
    if name in GONE:
        found.take_out.append(name)
    elif name in DROPPED:
        if DROPPED[name].concerns == BOTH or _other_encoding(name, value):
            found.take_out.append(name)
        else:
            found.resilient[name] = value
    elif name == "poolclass" and isinstance(value, Code):
        _sort_pool(found, value)
    elif name == "connect_args":
        pass  # of the connection
    elif name == "isolation_level":
        found.resilient[name] = value
        found.stock[name] = _level(value)
    elif name == "execution_options" and isinstance(value, Mapping):
        found.resilient[name] = dict(value)
        found.stock[name] = {
            key: _level(inner) if key == "isolation_level" else inner
            for key, inner in value.items()
        }
    else:
        found.resilient[name] = value
        found.stock[name] = value


def _other_encoding(name: str, value: Any) -> bool:
    accepted = PARAMETERS["client_encoding"].accepted
    return name == "client_encoding" and value is not None and value.lower() not in accepted


def _sort_pool(found: EngineOptions, value: Code) -> None:
    if value.name in {*ASYNC_POOLS, *SYNC_POOLS}:
        name = "AsyncAdaptedQueuePool" if value.name in SYNC_POOLS else value.name
        found.stock["poolclass"] = Code(name, (f"from sqlalchemy.pool import {name}",))
        if value.name == "SingletonThreadPool":
            found.take_out.append("poolclass")
        else:
            found.resilient["poolclass"] = Code(
                value.name, (f"from sqlalchemy.pool import {value.name}",), value=value.value
            )
    else:
        found.resilient["poolclass"] = found.stock["poolclass"] = value


def _level(value: Any) -> Any:
    """PostgreSQL's READ UNCOMMITTED is READ COMMITTED; the stock dialect has no name for it."""
    if isinstance(value, str) and value.replace("_", " ").upper() == "READ UNCOMMITTED":
        return "READ COMMITTED"
    return value


def _notes(name: str, value: Any) -> Iterator[Note]:
    if name in GONE:
        yield Note("no-equivalent", name, GONE[name], Chapter.URL, BOTH)
    elif name in DROPPED:
        yield DROPPED[name]
    for about in ABOUT.get(name, ()):
        yield about
    for predicate, about in PREDICATES.get(name, ()):
        if predicate(value):
            yield about
    if isinstance(value, Code) and value.unbound and name not in GONE.keys() | DROPPED.keys():
        yield Note(
            "changes",
            name,
            f"import {', '.join(value.unbound)} where the block goes: it was not found here",
            Chapter.URL,
            BOTH,
        )
