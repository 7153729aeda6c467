"""``port-kit cutover``: wires a server, the drill and the report together."""

from dataclasses import dataclass
from pathlib import Path

from migration_guide.kit.cutover import drill
from migration_guide.kit.cutover.plan import Plan
from migration_guide.kit.cutover.results import Results, held
from migration_guide.kit.lab import server as servers
from migration_guide.kit.measurement import carry_out
from migration_guide.kit.report.cutover import CutoverReport


@dataclass(frozen=True)
class Request:
    """The options of the command, as given."""

    plan: Plan
    json_file: Path | None = None
    server_url: str | None = None


def main(request: Request) -> int:
    """Drill and report; the exit code.

    Raises:
        click.ClickException: an environment in which it cannot run (code 2).

    """
    report = CutoverReport(results_to_stderr=request.json_file == Path("-"))
    results = Results()
    code = carry_out(_drill(request, report, results), report, results, request.json_file)
    return code or {True: 0, False: 1, None: 3}[held(results.claims())]


async def _drill(request: Request, report: CutoverReport, results: Results) -> None:
    async with servers.chosen(request.server_url) as server:
        await drill.run(request.plan, server, report.tell, results)
