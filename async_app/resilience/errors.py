"""What psycopg2 makes of the server's errors: their classes and their fields."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Self

import asyncpg

SQLSTATE_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "08": "OperationalError",
        "0A": "NotSupportedError",
        "20": "ProgrammingError",
        "21": "ProgrammingError",
        "22": "DataError",
        "23": "IntegrityError",
        "23001": "RestrictViolationError",
        "23502": "NotNullViolationError",
        "23503": "ForeignKeyViolationError",
        "23505": "UniqueViolationError",
        "23514": "CheckViolationError",
        "23P01": "ExclusionViolationError",
        "24": "InternalError",
        "25": "InternalError",
        "26": "OperationalError",
        "27": "OperationalError",
        "28": "OperationalError",
        "2B": "InternalError",
        "2D": "InternalError",
        "2F": "InternalError",
        "34": "OperationalError",
        "38": "InternalError",
        "39": "InternalError",
        "3B": "InternalError",
        "3D": "ProgrammingError",
        "3F": "ProgrammingError",
        "40": "OperationalError",
        "42": "ProgrammingError",
        "44": "ProgrammingError",
        "53": "OperationalError",
        "54": "OperationalError",
        "55": "OperationalError",
        "57": "OperationalError",
        "58": "OperationalError",
        "F0": "InternalError",
        "HV": "OperationalError",
        "P0": "InternalError",
        "XX": "InternalError",
        "XX000": "InternalServerError",
    }
)
"""SQLSTATE, or its class, to the DBAPI class that psycopg2 raises: `psycopg2.errors.lookup`. What
is not here is a DatabaseError. The finer ones are the stock dialect's subclasses."""


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What the server said of an error: ``orig.diag``, with psycopg2's names. All text or None."""

    severity: str | None = None
    severity_nonlocalized: str | None = None
    sqlstate: str | None = None
    message_primary: str | None = None
    message_detail: str | None = None
    message_hint: str | None = None
    statement_position: str | None = None
    internal_position: str | None = None
    internal_query: str | None = None
    context: str | None = None
    schema_name: str | None = None
    table_name: str | None = None
    column_name: str | None = None
    datatype_name: str | None = None
    constraint_name: str | None = None
    source_file: str | None = None
    source_line: str | None = None
    source_function: str | None = None

    @classmethod
    def of(cls, error: BaseException | None) -> Self:
        """Read them from an asyncpg error; from any other, all are None."""
        if not isinstance(error, asyncpg.PostgresError):
            return cls()
        return cls(
            **{
                field.name: getattr(error, _ASYNCPG_FIELDS.get(field.name, field.name), None)
                for field in fields(cls)
            }
        )


_ASYNCPG_FIELDS = MappingProxyType(
    {
        "severity_nonlocalized": "severity_en",
        "message_primary": "message",
        "message_detail": "detail",
        "message_hint": "hint",
        "statement_position": "position",
        "datatype_name": "data_type_name",
        "source_file": "server_source_filename",
        "source_line": "server_source_line",
        "source_function": "server_source_function",
    }
)
