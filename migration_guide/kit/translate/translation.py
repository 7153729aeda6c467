"""From what is given to both ways of having it on asyncpg."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL

from migration_guide.kit.translate import about_parameters, options
from migration_guide.kit.translate.code import block
from migration_guide.kit.translate.effective import Effective, effective
from migration_guide.kit.translate.given import Code, Given
from migration_guide.kit.translate.notes import Note, in_order
from migration_guide.kit.translate.stock import StockCall, stock_call

RESILIENT = "postgresql+resilient_asyncpg"


@dataclass(frozen=True)
class Translation:
    """Both ways.

    Attributes:
        resilient_url, resilient_options: with the kit's dialect.
        take_out: keys that its engine does not take, which are not in its options any more.
        stock: of the stock dialect's engine.

    """

    resilient_url: URL
    resilient_options: Mapping[str, Any]
    take_out: tuple[str, ...]
    stock: StockCall
    notes: tuple[Note, ...]

    @property
    def code(self) -> str:
        """The stock dialect's, to be run as it stands."""
        return block(self.stock)


def translate(given: Given, environ: Mapping[str, str] = os.environ) -> Translation:
    """Translate.

    Args:
        given: as `expanded` returned it.

    Raises:
        InputError: psycopg2 or its engine would not take what is given.

    """
    found = effective(given)
    engine = options.translated(given.options)
    stock = stock_call(found.parameters, engine.stock)
    creator = given.options.get("creator")
    if creator is not None:
        stock.creator = creator if isinstance(creator, Code) else Code(str(creator))
    url, resilient_options = _resilient(given, found, engine)
    return Translation(
        resilient_url=url,
        resilient_options=resilient_options,
        take_out=tuple(dict.fromkeys((*found.take_out, *engine.take_out))),
        stock=stock,
        notes=in_order(
            (
                *given.remarks,
                *found.notes,
                *engine.notes,
                *about_parameters.notes(found.parameters, stock, environ),
            )
        ),
    )


def _resilient(
    given: Given, found: Effective, engine: options.EngineOptions
) -> tuple[URL, dict[str, Any]]:
    """One word in the URL, and without what the dialect refuses."""
    gone = set(found.take_out)
    url = given.url.set(drivername=RESILIENT).difference_update_query(gone)
    url = url.update_query_dict(found.put_in) if found.put_in else url
    arguments = {
        name: value
        for name, value in (given.options.get("connect_args") or {}).items()
        if name not in gone
    }
    connect_args = {"connect_args": arguments} if arguments else {}
    return _all_ports(url), engine.resilient | connect_args


def _all_ports(url: URL) -> URL:
    """Write out the default ports of several servers.

    The dialect wants a port for each of them, or for none; to those without it gives the URL's own,
    where psycopg2's leaves them the default.
    """
    query = dict(url.query)
    hosts, ports = query.get("host"), query.get("port")
    apart = isinstance(hosts, tuple) and any(":" in host for host in hosts)
    if isinstance(hosts, tuple) and (apart or (url.port and not ports)):
        query["host"] = tuple(host if ":" in host else f"{host}:5432" for host in hosts)
    elif isinstance(ports, str) and "," in ports:
        query["port"] = ",".join(port or "5432" for port in ports.split(","))
    else:
        return url
    return url.set(query=query)
