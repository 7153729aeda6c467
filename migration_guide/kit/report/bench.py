"""The times and round trips of ``port-kit bench``, as tables and in words."""

import sys
from typing import Any

from rich.table import Table

from migration_guide.kit.report.console import make_console


class BenchReport:
    """Progress on stderr, the results on stdout or, where that has the JSON, on stderr."""

    def __init__(self, *, results_to_stderr: bool = False) -> None:
        self._results = make_console(sys.stderr if results_to_stderr else sys.stdout)
        self._progress = make_console(sys.stderr)
        self._status = self._progress.status("Starting PostgreSQL")
        if self._progress.is_terminal:
            self._status.start()

    def tell(self, text: str) -> None:
        self._status.update(text)

    def close(self) -> None:
        self._status.stop()

    def show(self, document: dict[str, Any]) -> None:
        out = self._results
        out.print("[bold]Round trips[/], counted by a proxy, of a hot connection")
        out.print(_round_trips(document["round_trips"]))
        for delay, tasks in _settings(document):
            out.print(f"\n[bold]{_title(document, delay, tasks)}[/]", highlight=False)
            out.print(_times(document, delay, tasks))
            for sentence in _sentences(document["ratios"], delay, tasks):
                out.print(sentence, highlight=False)
        run = document["run"]
        out.print(
            f"\nMedians and quartiles of {run['rounds']} interleaved rounds; the ratio of each"
            f" round, then their median, least and most. With several tasks, the elapsed time over"
            f" the number of operations. Event loop: {run['loop']}.",
            highlight=False,
        )


def _settings(document: dict[str, Any]) -> list[tuple[float, int]]:
    return list(dict.fromkeys((time["delay_ms"], time["tasks"]) for time in document["times"]))


def _title(document: dict[str, Any], delay: float, tasks: int) -> str:
    network = f"{delay:g} ms of network delay" if delay else "no network delay"
    trip = next(trip["us"] for trip in document["run"]["network"] if trip["delay_ms"] == delay)
    who = "One connection" if tasks == 1 else f"{tasks} tasks"
    return f"{who}, {network} (a round trip took {trip:.0f} us): microseconds each"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _round_trips(counts: dict[str, dict[str, int]]) -> Table:
    table = _table("", "checkout", "read", "write")
    for name, by_operation in counts.items():
        table.add_row(name, *map(str, by_operation.values()))
    return table


def _times(document: dict[str, Any], delay: float, tasks: int) -> Table:
    times = {
        (time["variant"], time["operation"]): time
        for time in document["times"]
        if (time["delay_ms"], time["tasks"]) == (delay, tasks)
    }
    baseline = times[document["run"]["baseline"], "read"]["median_us"]
    table = _table("", "checkout", "read", "quartiles", "write", "reads/s", "of the naive port")
    for name in dict.fromkeys(name for name, _ in times):
        read = times[name, "read"]
        low, high = read["quartiles_us"]
        table.add_row(
            name,
            f"{times[name, 'checkout']['median_us']:.0f}",
            f"{read['median_us']:.0f}",
            f"{low:.0f}-{high:.0f}",
            f"{times[name, 'write']['median_us']:.0f}",
            f"{read['per_second']:.0f}",
            f"x {baseline / read['median_us']:.2f}",
        )
    return table


def _sentences(ratios: list[dict[str, Any]], delay: float, tasks: int) -> list[str]:
    """Which part of the gain comes from what."""
    by_name = {
        ratio["name"]: f"x {ratio['median']:.2f} ({ratio['least']:.2f} to {ratio['most']:.2f})"
        for ratio in ratios
        if (ratio["delay_ms"], ratio["tasks"]) == (delay, tasks)
    }
    return [
        f"Reads per second, resilient in AUTOCOMMIT against the naive port: {by_name['whole']}.",
        f"Of that, the engine: {by_name['engine']}, in a transaction on both sides.",
        f"AUTOCOMMIT on top of the engine: {by_name['autocommit']}.",
        f"AUTOCOMMIT alone, on the stock dialect: {by_name['autocommit_alone']}.",
        f"Resilient in AUTOCOMMIT against psycopg2 with the two settings: {by_name['psycopg2']}.",
        f"A raw asyncpg.Pool against resilient in AUTOCOMMIT: {by_name['raw_pool']}.",
    ]
