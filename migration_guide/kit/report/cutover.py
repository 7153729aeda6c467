"""What ``port-kit cutover`` has seen: the phases, who has answered, the claims, the verdict."""

from typing import Any

from rich.table import Table

from migration_guide.kit.report.bench import SpeedReport
from migration_guide.kit.report.console import make_table

FIGURES = ("sent", "failed", "hung", "acknowledged", "lost", "doubled", "logged_out")
COLUMNS = ("observed", "sent", "failed", "hung", "orders", "lost", "doubled", "logged out")
ANSWERS = ("by flask", "median", "p99", "by quart", "median", "p99")
LEGEND = (
    "orders: acknowledged. logged out: answered with a 401. by flask, by quart: with success."
    " observed: the new stack's share in all answers. What was under way when the share changed may"
    " have met either stack, and is left out of these."
)
STRUCK = "*: meanwhile the new stack's database went away, on purpose."
MARKS = {True: "held", False: "FAILED", None: "no verdict"}
STYLES = {True: "bold green", False: "bold red", None: "bold yellow"}


class CutoverReport(SpeedReport):
    """A status line during the drill, then the tables."""

    def show(self, document: dict[str, Any]) -> None:
        run, phases = document["run"], document["phases"]
        self._tell(
            f"{run['customers']} customers, {run['rate']:g} requests a second,"
            f" {run['seconds']:g} s each share, {run['workers']} workers with both stacks each"
        )
        if phases:
            self._results.print(_phases(phases))
            self._results.print(_answers(phases))
            self._tell(LEGEND)
        if any(phase["fault"] for phase in phases):
            self._tell(STRUCK)
        for phase in phases:
            for cause, times in phase["causes"].items():
                self._tell(f"At {phase['share']} %, {times} failed requests were told: {cause}")
        for claim in document["claims"]:
            self._tell(f"{MARKS[claim['held']]}: {claim['text']}: {claim['seen']}.")
        self._tell(document["verdict"], STYLES[document["held"]])

    def _tell(self, line: str, style: str | None = None) -> None:
        self._results.print(line, style=style, highlight=False, markup=False)


def _phases(phases: list[dict[str, Any]]) -> Table:
    table = make_table(["share"], COLUMNS)
    for phase in phases:
        observed = phase["observed_share"]
        table.add_row(
            f"{_share(phase)}{' *' if phase['fault'] else ''}",
            "-" if observed is None else f"{observed:g} %",
            *("-" if phase[name] is None else str(phase[name]) for name in FIGURES),
        )
    return table


def _answers(phases: list[dict[str, Any]]) -> Table:
    table = make_table(["share"], ANSWERS)
    for phase in phases:
        figures: list[str] = []
        for stack in phase["stacks"].values():
            times = (stack["median_ms"], stack["p99_ms"])
            figures += [str(stack["answered"])]
            figures += ["-" if time is None else f"{time:.0f} ms" for time in times]
        table.add_row(_share(phase), *figures)
    return table


def _share(phase: dict[str, Any]) -> str:
    return f"{phase['share']} %"
