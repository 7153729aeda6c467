"""Connection parameters are understood as libpq understands them, or refused by name."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import async_engine_from_config, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool, QueuePool

from async_app.resilience import libpq
from async_app.resilience.dialect import ResilientDialect
from async_app.resilience.parameters import PARAMETERS, Kind
from async_app.resilience.pool import ResilientQueuePool

NO_ENVIRONMENT: dict[str, str] = {}


def read(environ: Mapping[str, str] = NO_ENVIRONMENT, /, **given: Any) -> libpq.Target:
    return libpq.read(given, environ)


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_each_sslmode_is_passed_on_with_its_files(mode: str, tmp_path: Path) -> None:
    root = tmp_path / "a root.crt"
    root.touch()
    target = read(sslmode=mode, sslrootcert=root, sslcert="c", sslkey="k")
    assert target.arguments["dsn"] == (
        f"postgresql://?sslmode={mode}&sslrootcert={quote(str(root), safe='')}&sslcert=c&sslkey=k"
    )


def test_the_certificates_of_the_system_are_asyncpgs_default_context() -> None:
    assert read(sslmode="verify-full", sslrootcert="system").arguments == {"ssl": True}
    with pytest.raises(ArgumentError, match="goes with sslmode=verify-full alone"):
        read(sslmode="require", sslrootcert="system")


def test_a_socket_folder_has_no_tls() -> None:
    target = read(host="/run/postgresql", sslmode="verify-full")
    assert target.hosts == (("/run/postgresql", None),)
    assert target.arguments == {}


def test_what_the_server_is_told() -> None:
    target = read(application_name="desk", options="-c statement_timeout=5s", server_settings={})
    assert target.arguments == {
        "server_settings": {"application_name": "desk", "options": "-c statement_timeout=5s"}
    }


def test_a_fallback_name_gives_way_to_a_name() -> None:
    settings = {"fallback_application_name": "fallback"}
    assert read(**settings).arguments["server_settings"] == {"application_name": "fallback"}
    named = read({"PGAPPNAME": "named"}, **settings)
    assert named.arguments["server_settings"] == {"application_name": "named"}


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({}, 60.0),
        ({"connect_timeout": "3"}, 3.0),
        ({"connect_timeout": 0}, None),
        ({"timeout": 2.5}, 2.5),
    ],
)
def test_the_connect_timeout(given: dict[str, Any], seconds: float | None) -> None:
    assert read(**given).timeout_s == seconds


def test_keepalives_are_on_unless_refused() -> None:
    on = ("keepalives", socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    assert read().socket_options == (on,)
    assert read(keepalives="0", keepalives_idle="9").socket_options == ()


def test_socket_options_have_libpqs_units() -> None:
    target = read(
        keepalives_idle=5, keepalives_interval="2", keepalives_count=3, tcp_user_timeout="4000"
    )
    tcp = socket.IPPROTO_TCP
    assert target.socket_options[1:] == (
        ("keepalives_idle", tcp, socket.TCP_KEEPIDLE, 5),
        ("keepalives_interval", tcp, socket.TCP_KEEPINTVL, 2),
        ("keepalives_count", tcp, socket.TCP_KEEPCNT, 3),
        ("tcp_user_timeout", tcp, socket.TCP_USER_TIMEOUT, 4000),  # milliseconds
    )


@pytest.mark.parametrize(
    ("given", "hosts"),
    [
        ({}, ((None, None),)),
        ({"host": "a"}, (("a", None),)),
        ({"host": "a,b", "port": "1,2"}, (("a", 1), ("b", 2))),
        ({"host": "a,b", "port": 3}, (("a", 3), ("b", 3))),
        ({"host": ["a", "b"], "port": [1, None]}, (("a", 1), ("b", None))),
        ({"host": "a,", "port": "1,2"}, (("a", 1), (None, 2))),
        ({"host": "name", "hostaddr": "10.0.0.1"}, (("10.0.0.1", None),)),
    ],
)
def test_the_servers_to_try(
    given: dict[str, Any], hosts: tuple[tuple[str | None, ...], ...]
) -> None:
    assert read(**given).hosts == hosts


def test_load_balancing_changes_the_order_alone() -> None:
    names = [str(number) for number in range(64)]
    hosts = read(host=",".join(names), load_balance_hosts="random").hosts
    assert [host for host, _ in hosts] != names
    assert {host for host, _ in hosts} == set(names)


def test_the_environment_is_read_for_what_is_not_given() -> None:
    environ = {"PGHOST": "a,b", "PGPORT": "5", "PGCONNECT_TIMEOUT": "7", "PGTZ": "UTC"}
    target = read(environ, connect_timeout=1)
    assert target.hosts == (("a", 5), ("b", 5))
    assert target.timeout_s == 1
    assert target.arguments == {"server_settings": {"TimeZone": "UTC"}}


def test_a_service_stands_between_what_is_given_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "services"
    file.write_text("[desk]\nhost=a\nport=1\nuser=x\npassword=50%\napplication_name=desk\n")
    environ = {"PGSERVICEFILE": str(file), "PGSERVICE": "desk", "PGPORT": "2"}
    target = read(environ, user="y")
    assert target.hosts == (("a", 1),)
    assert target.arguments["user"] == "y"
    assert target.arguments["password"] == "50%"
    assert target.arguments["server_settings"] == {"application_name": "desk"}
    with pytest.raises(ArgumentError, match="There is no service 'other' in"):
        read(environ, service="other")
    with pytest.raises(ArgumentError, match="cannot be read: No such file"):
        read({"PGSERVICE": "desk"}, servicefile=str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"client_encoding": "latin1"}, "client_encoding=latin1 cannot .* always speaks UTF-8"),
        ({"channel_binding": "require"}, "channel_binding=require cannot .*sslmode=verify-full"),
        ({"gssencmode": "require"}, "gssencmode=require cannot .* encrypt by TLS"),
        ({"sslsni": "0"}, "sslsni=0 cannot .* leave it out, or write 1"),
        ({"replication": "database"}, "'replication' cannot .* psycopg2's replication connection"),
        ({"cursor_factory": object()}, "'cursor_factory' cannot .* row._mapping"),
        ({"sslmod": "require"}, "'sslmod' is known neither .* Did you mean 'sslmode'"),
        ({"ping_timeout": 1}, "'ping_timeout' is known neither .* beside pool_pre_ping"),
        ({"sslmode": "no"}, "sslmode=no is none of disable, allow"),
        ({"sslmode": "require", "ssl": True}, "'ssl' and 'sslmode' say the same thing twice"),
        ({"dbname": "a", "database": "a"}, "'dbname' is given twice, once as database"),
        ({"keepalives_idle": "soon"}, "keepalives_idle=soon is not a number"),
        ({"statement_cache_size": "many"}, "'statement_cache_size' is not a number: 'many'"),
        ({"target_session_attrs": "best"}, "target_session_attrs=best is none of any, read-write"),
        ({"host": "a,b,c", "port": "1,2"}, "lists 2 ports for 3 hosts"),
        ({"server_settings": "jit=off"}, "'server_settings' is a dict in connect_args"),
        (
            {"host": "a", "hostaddr": "10.0.0.1", "sslmode": "verify-full"},
            "'hostaddr' cannot .* Leave hostaddr out",
        ),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        read(**given)


@pytest.mark.parametrize(
    ("name", "value"),
    [(p.name, value) for p in PARAMETERS.values() for value in p.accepted],
)
def test_what_asks_for_nothing_else_is_accepted(name: str, value: str) -> None:
    assert read(**{name: value}) == read()


def test_each_parameter_is_honoured_or_says_what_to_do() -> None:
    for parameter in PARAMETERS.values():
        if parameter.kind is Kind.REFUSED:
            assert parameter.way_out, parameter.name
        elif parameter.kind is Kind.CHECKED:
            assert parameter.accepted, parameter.name


def libpq_knows(name: str) -> bool:
    try:
        return bool(parse_dsn(f"{name}=x") == {name: "x"})
    except psycopg2.ProgrammingError:  # invalid connection option
        return False


def test_the_table_has_libpqs_own_names() -> None:
    """As the libpq of psycopg2 knows them."""
    unknown = {name for name in PARAMETERS if not libpq_knows(name)}
    of_psycopg2 = {"dsn", "cursor_factory", "connection_factory", "async", "async_"}
    of_another_libpq = {"requiressl", "servicefile", "min_protocol_version", "max_protocol_version"}
    of_another_libpq |= {"scram_client_key", "scram_server_key", "sslkeylogfile"}
    assert of_psycopg2 <= unknown <= of_psycopg2 | of_another_libpq


def test_a_refused_environment_variable_is_named() -> None:
    with pytest.raises(ArgumentError, match="from the environment variable PGCHANNELBINDING"):
        read({"PGCHANNELBINDING": "require"})


def test_a_value_is_not_told_where_it_may_be_secret() -> None:
    with pytest.raises(ArgumentError) as caught:
        read(scram_client_key="hunter2")
    assert "hunter2" not in str(caught.value)


def connect_args(url: str, **options: Any) -> dict[str, Any]:
    _, parameters = ResilientDialect(**options).create_connect_args(
        make_url(f"postgresql+resilient_asyncpg://{url}")
    )
    return dict(parameters)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "me:p%40ss@db:5433/desk?sslmode=require",
            {
                "user": "me",
                "password": "p@ss",
                "host": "db",
                "port": 5433,
                "database": "desk",
                "sslmode": "require",
            },
        ),
        ("/desk?host=a:1&host=b:2", {"database": "desk", "host": ["a", "b"], "port": [1, 2]}),
        ("/desk?host=/run/postgresql", {"database": "desk", "host": ["/run/postgresql"]}),
    ],
)
def test_the_url(url: str, expected: dict[str, Any]) -> None:
    assert connect_args(url) == expected


def test_connect_args_come_before_the_url() -> None:
    found = connect_args("db/desk?application_name=url", connect_args={"application_name": "args"})
    assert found["application_name"] == "args"


def test_an_engine_with_a_wrong_parameter_is_not_made() -> None:
    with pytest.raises(ArgumentError, match="channel_binding=require"):
        create_async_engine("postgresql+resilient_asyncpg://db/desk?channel_binding=require")
    with pytest.raises(ArgumentError, match="'cursor_factory'"):
        create_async_engine(
            "postgresql+resilient_asyncpg://db/desk", connect_args={"cursor_factory": object}
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ping_timeout": 0}, "ping_timeout is 0; give seconds above 0"),
        ({"command_timeout": -1}, "command_timeout is -1"),
        ({"close_timeout": 0}, "close_timeout is 0"),
        ({"ping_bypass": -1}, "ping_bypass is -1"),
        ({"ping_timeout": None}, "ping_timeout is None"),
        ({"close_timeout": float("nan")}, "close_timeout is nan"),
        ({"executemany_batch_page_size": 100}, "executemany_batch_page_size cannot be honoured"),
        ({"use_native_hstore": False}, "use_native_hstore cannot be honoured"),
        ({"pool_recycle_jitter": 2}, "pool_recycle_jitter is 2; it is a share"),
        ({"executemany_mode": "fast"}, "executemany_mode=fast"),
        ({"client_encoding": "latin1"}, "client_encoding=latin1 cannot"),
    ],
)
def test_a_wrong_engine_option_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        create_async_engine("postgresql+resilient_asyncpg://db/desk", **options)


def test_options_may_come_as_text_from_a_file_of_settings() -> None:
    engine = async_engine_from_config(
        {
            "sqlalchemy.url": "postgresql+resilient_asyncpg://db/desk",
            "sqlalchemy.pool_pre_ping": "true",
            "sqlalchemy.ping_timeout": "1.5",
            "sqlalchemy.transaction_pooler": "yes",
            "sqlalchemy.pool_recycle_jitter": "0.5",
        }
    )
    dialect: Any = engine.dialect
    assert dialect.state.ping_timeout == 1.5
    assert dialect.state.transaction_pooler is True


@pytest.mark.parametrize("poolclass", [QueuePool, AsyncAdaptedQueuePool])
def test_a_queue_pool_becomes_the_dialects_own(poolclass: type[Pool]) -> None:
    engine = create_async_engine("postgresql+resilient_asyncpg://db/desk", poolclass=poolclass)
    assert isinstance(engine.pool, ResilientQueuePool)


def test_a_database_in_connect_args_comes_before_the_one_in_the_url() -> None:
    found = connect_args("db/desk", connect_args={"dbname": "other"})
    assert libpq.read(found, NO_ENVIRONMENT).arguments["database"] == "other"


def test_options_of_psycopg2_that_ask_for_nothing_else_are_accepted() -> None:
    create_async_engine(
        "postgresql+resilient_asyncpg://db/desk",
        client_encoding="utf8",
        executemany_mode="values_plus_batch",
    )
