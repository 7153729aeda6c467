"""A process that measures, from outside: what it does takes no time from this one."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any, Protocol

from migration_guide.kit.lab.processes import Throwaway, end_group, launch
from migration_guide.kit.lab.waiting import finish

GENERATOR = "migration_guide.kit.lab.generator"


class MeasuringError(RuntimeError):
    """Something cannot be measured; the message names it."""


class AsJson(Protocol):
    def as_json(self) -> str: ...


class Measuring(Throwaway):
    """Runs from ``async with`` to its end, which leaves no process.

    Args:
        module: what is run. It reads orders from stdin, a JSON object in each line, and writes a
            JSON object for each message; one with ``error`` is its last. `GENERATOR` takes many
            lines.

    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: asyncio.subprocess.Process | None = None

    async def messages(
        self, orders: AsJson, *, last: str | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Give the orders, and iterate over what is measured.

        Until the process ends, or until the message *last*.

        Raises:
            MeasuringError: it did not come to its end.

        """
        process = self._process
        assert process is not None  # noqa: S101 -- in the block
        assert process.stdin is not None  # noqa: S101 -- PIPE
        assert process.stdout is not None  # noqa: S101 -- PIPE
        process.stdin.write(orders.as_json().encode() + b"\n")
        async for line in process.stdout:
            message = json.loads(line)
            if "error" in message:
                raise MeasuringError(message["error"])
            yield message
            if last in message:
                return
        if code := await process.wait():
            raise MeasuringError(
                f"The measuring process ended with exit code {code}; what it said stands above."
            )

    async def _start(self) -> None:
        await finish(self._launch())

    async def _launch(self) -> None:
        """Start the process and remember it, uninterrupted: one nobody knows would live on."""
        self._process = await launch(
            *(sys.executable, "-m", self._module),
            # libpq and asyncpg read PG*: it would change what is measured, or whether it connects.
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )

    async def _dispose(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await end_group(process, patience_s=0)  # it has nothing to finish
