"""Write Python, as a formatter would."""

import sys
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from migration_guide.kit.translate.given import Code
from migration_guide.kit.translate.secrets import as_text
from migration_guide.kit.translate.stock import StockCall
from migration_guide.kit.translate.tls import CONTEXT

WIDTH = 88
_INDENT = "    "
_ENGINE = "create_async_engine"
_SOCKET_CONSTANTS = {
    "keepalives": "socket.SOL_SOCKET, socket.SO_KEEPALIVE",
    "keepalives_idle": "socket.IPPROTO_TCP, socket.TCP_KEEPIDLE",
    "keepalives_interval": "socket.IPPROTO_TCP, socket.TCP_KEEPINTVL",
    "keepalives_count": "socket.IPPROTO_TCP, socket.TCP_KEEPCNT",
    "tcp_user_timeout": "socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT",
}


def literal(value: Any, depth: int = 0, taken: int = 0) -> str:
    """The value as Python, on several lines where one is too short.

    Args:
        depth: how far the lines after the first are indented.
        taken: how much of the first line is taken already.

    """
    if isinstance(value, Code):
        return value.text
    if isinstance(value, str):
        return _quoted(value)
    if not isinstance(value, (Mapping, list, tuple)) or not value:
        return repr(dict(value)) if isinstance(value, Mapping) else repr(value)
    items, ends = _items(value, depth), ("{}" if isinstance(value, Mapping) else "[]")
    if isinstance(value, tuple):
        ends = "()"
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    line = f"{ends[0]}{', '.join(items)}{comma}{ends[1]}"
    if "\n" not in line and len(line) + taken + depth * len(_INDENT) < WIDTH:
        return line
    inner = _INDENT * (depth + 1)
    return "\n".join([ends[0], *(f"{inner}{item}," for item in items), _INDENT * depth + ends[1]])


def _items(value: Any, depth: int) -> list[str]:
    if not isinstance(value, Mapping):
        return [literal(item, depth + 1) for item in value]
    pairs = ((f"{literal(key)}: ", item) for key, item in value.items())
    return [key + literal(item, depth + 1, len(key)) for key, item in pairs]


def _quoted(text: str) -> str:
    """In double quotes, unless there are some in it."""
    single = repr(text)
    if single.startswith("'") and '"' not in text and "\\'" not in single:
        return f'"{single[1:-1]}"'
    return single


def assignment(name: str, value: Any) -> str:
    return f"{name} = {literal(value, taken=len(name) + 3)}"


def call(function: str, arguments: Iterable[str]) -> str:
    """A call, an argument a line."""
    return "\n".join([f"{function}(", *(f"{_INDENT}{argument}," for argument in arguments), ")"])


def block(stock: StockCall) -> str:
    """All of it: imports, what comes before, the engine."""
    before: list[str] = []
    connect_args = dict(stock.connect_args)
    if stock.tls.statements:
        before.append("\n".join(stock.tls.statements))
        connect_args["ssl"] = Code(CONTEXT)
    if stock.socket_options:
        before.append(_connect(stock.socket_options))
    if stock.creator is not None:
        before.append(_creator(stock, connect_args))
        arguments = [_quoted(stock.url.drivername + "://"), "async_creator=async_creator"]
    else:
        if stock.socket_options:
            connect_args["async_creator_fn"] = Code("connect")
        arguments = [_quoted(as_text(stock.url))]
        if connect_args:
            arguments.append(f"connect_args={literal(connect_args, 1, len('connect_args='))}")
    arguments += [
        f"{name}={literal(value, 1, len(name) + 1)}" for name, value in stock.options.items()
    ]
    engine = f"engine = {call(_ENGINE, arguments)}"
    # Functions stand apart, as a formatter would have it.
    parts = [_imports(stock), *before, engine]
    text = parts[0]
    for previous, part in pairwise(parts):
        apart = any(one.startswith("async def") for one in (previous, part))
        text += ("\n\n\n" if apart else "\n\n") + part
    return text


def _connect(options: Mapping[str, int]) -> str:
    lines = [
        "async def connect(**arguments):",
        "    connection = await asyncpg.connect(**arguments)",
        "    # asyncpg has no public way to its socket.",
        '    sock = connection._transport.get_extra_info("socket")',
        "    if sock.family in (socket.AF_INET, socket.AF_INET6):",
        *(
            f"        sock.setsockopt({_SOCKET_CONSTANTS[name]}, {value})"
            for name, value in options.items()
        ),
        "    return connection",
    ]
    return "\n".join(lines)


def _creator(stock: StockCall, connect_args: Mapping[str, Any]) -> str:
    """With the URL's parts; what the team's own does besides is for them to add."""
    url = stock.url
    parts = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "database": url.database,
    }
    arguments = {name: value for name, value in parts.items() if value is not None}
    arguments |= {
        name: value for name, value in connect_args.items() if not name.startswith("prepared_")
    }
    function = "connect" if stock.socket_options else "asyncpg.connect"
    said = [f"{name}={literal(value, 2, len(name) + 1)}" for name, value in arguments.items()]
    lines = [
        "async def async_creator():",
        f"    # In place of {stock.creator.text if stock.creator else 'creator'}.",
        f"    return await {function}(",
        *(f"        {argument}," for argument in said),
        "    )",
    ]
    return "\n".join(lines)


def _imports(stock: StockCall) -> str:
    own = list(codes([stock.options, stock.connect_args]))
    statements = {statement for code in own for statement in code.imports}
    statements.add(f"from sqlalchemy.ext.asyncio import {_ENGINE}")
    if stock.tls.statements:
        statements.add("import ssl")
    if stock.socket_options:
        statements |= {"import socket", "import asyncpg"}
    if stock.creator is not None:
        statements.add("import asyncpg")
    return imports(statements)


def imports(statements: Iterable[str]) -> str:
    """Sorted: the standard library, other packages."""
    groups: dict[bool, list[str]] = {True: [], False: []}
    for statement in sorted(statements, key=lambda said: (said.startswith("from"), said)):
        groups[_is_standard(statement)].append(statement)
    return "\n\n".join("\n".join(group) for group in groups.values() if group)


def _is_standard(statement: str) -> bool:
    return statement.split()[1].partition(".")[0] in sys.stdlib_module_names


def codes(value: Any) -> Iterable[Code]:
    """All that are not written as literals."""
    if isinstance(value, Code):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from codes(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from codes(item)
