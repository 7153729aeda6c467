"""A measurement from its start to its report, for commands that keep no folder of the run."""

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Protocol

import psutil
from sqlalchemy.exc import SQLAlchemyError

from migration_guide.kit import interrupts
from migration_guide.kit.failures import EnvironmentFailure
from migration_guide.kit.lab import server as servers
from migration_guide.kit.lab.measuring import MeasuringError
from migration_guide.kit.lab.postgres import PostgresError
from migration_guide.kit.lab.service import ServiceError
from migration_guide.kit.report.json import write

ENVIRONMENT_ERRORS = (
    *(PostgresError, servers.ServerError, ServiceError, MeasuringError),
    *servers.CONNECTION_ERRORS,
    SQLAlchemyError,
    psutil.Error,  # a service that is gone
)


class Shows(Protocol):
    def show(self, document: dict[str, Any]) -> None: ...

    def close(self) -> None: ...


class Collects(Protocol):
    """A `document` may be had at any time after `run` is known."""

    run: dict[str, Any] | None

    def document(self) -> dict[str, Any]: ...


def carry_out(
    work: Coroutine[Any, Any, None], report: Shows, results: Collects, json_file: Path | None
) -> int:
    """Measure and report; the exit code. What an interrupted run has measured is reported too.

    Raises:
        click.ClickException: an environment in which it cannot run (code 2).

    """
    try:
        interrupts.run(work)
    except interrupts.InterruptedRunError as interruption:
        return interruption.exit_code
    except ENVIRONMENT_ERRORS as error:
        raise EnvironmentFailure(str(error) or type(error).__name__) from None
    finally:
        report.close()
        if results.run is not None:
            report.show(results.document())
            if json_file is not None:
                write(results.document(), json_file)
    return 0
