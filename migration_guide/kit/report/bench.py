"""The times and round trips of ``port-kit bench``, as tables and in words."""

from typing import Any

from rich.table import Table

from migration_guide.kit.report.console import Report, make_table

OPERATIONS = ("checkout", "read", "write")

SENTENCES = {
    "whole": "Reads per second, resilient in AUTOCOMMIT against the naive port: {}.",
    "engine": "Of that, the engine: {}, in a transaction on both sides.",
    "autocommit": "AUTOCOMMIT on top of the engine: {}.",
    "autocommit_alone": "AUTOCOMMIT alone, on the stock dialect: {}.",
    "psycopg2": "Resilient in AUTOCOMMIT against psycopg2 with the two settings: {}.",
    "raw_pool": "A raw asyncpg.Pool against resilient in AUTOCOMMIT: {}.",
}
"""Which part of the gain comes from what, by the ratio's name."""


class SpeedReport(Report):
    """A status line while it measures."""

    def tell(self, text: str) -> None:
        self._status.update(text)


class BenchReport(SpeedReport):
    """Then the tables and what they mean."""

    def show(self, document: dict[str, Any]) -> None:
        out = self._results
        if document["round_trips"]:
            out.print("[bold]Round trips[/], counted by a proxy, of a hot connection")
            out.print(_round_trips(document["round_trips"]))
        for delay, tasks in _settings(document):
            out.print(f"\n[bold]{_title(document, delay, tasks)}[/]", highlight=False)
            out.print(_times(document, delay, tasks))
            for sentence in _sentences(document["ratios"], delay, tasks):
                out.print(sentence, highlight=False)
        for sentence in _footnotes(document):
            out.print(sentence, highlight=False)


def _footnotes(document: dict[str, Any]) -> list[str]:
    run = document["run"]
    notes = []
    if document["times"]:
        notes.append(
            f"\nMedians and quartiles of {run['rounds']} interleaved rounds; the ratio of each"
            " round, then their median, least and most. With several tasks, the elapsed time over"
            f" the number of operations. Event loop: {run['loop']}."
        )
    if any(delay for delay, _ in _settings(document)):
        notes.append(
            "proxy: of a processor, what the making of the delay took. Near 100 % it, and not the"
            " driver, sets the pace; on a busy machine it takes from the driver before that."
        )
    if run["interrupted"]:
        notes.append("Interrupted: the last rounds are missing.")
    return notes


def _settings(document: dict[str, Any]) -> list[tuple[float, int]]:
    return list(dict.fromkeys((time["delay_ms"], time["tasks"]) for time in document["times"]))


def _title(document: dict[str, Any], delay: float, tasks: int) -> str:
    network = f"{delay:g} ms of network delay" if delay else "no network delay"
    trip = next(trip["us"] for trip in document["run"]["network"] if trip["delay_ms"] == delay)
    who = "One connection" if tasks == 1 else f"{tasks} tasks"
    return f"{who}, {network} (a round trip took {trip:.0f} us): microseconds each"


def _round_trips(counts: dict[str, dict[str, int]]) -> Table:
    table = make_table([""], OPERATIONS)
    for name, by_operation in counts.items():
        table.add_row(name, *map(str, by_operation.values()))
    return table


def _times(document: dict[str, Any], delay: float, tasks: int) -> Table:
    times = {
        (time["variant"], time["operation"]): time
        for time in document["times"]
        if (time["delay_ms"], time["tasks"]) == (delay, tasks)
    }
    columns = ["checkout", "read", "quartiles", "write", "reads/s", "of the naive port"]
    table = make_table([""], columns + (["proxy"] if delay else []))
    baseline = times.get((document["run"]["baseline"], "read"))
    for name in dict.fromkeys(name for name, _ in times):
        checkout, read, write = (times.get((name, each)) for each in OPERATIONS)
        figures = [_median(checkout), _median(read), "-", _median(write), "-", "-"]
        if read:
            figures[2] = "{:.0f}-{:.0f}".format(*read["quartiles_us"])
            figures[4] = f"{read['per_second']:.0f}"
        if read and baseline:
            figures[5] = f"x {baseline['median_us'] / read['median_us']:.2f}"
        if delay:
            figures.append(f"{read['proxy_busy'] * 100:.0f} %" if read else "-")
        table.add_row(name, *figures)
    return table


def _median(time: dict[str, Any] | None) -> str:
    """Of a run that was interrupted, a figure may be missing."""
    return f"{time['median_us']:.0f}" if time else "-"


def _sentences(ratios: list[dict[str, Any]], delay: float, tasks: int) -> list[str]:
    by_name = {
        ratio["name"]: as_ratio(ratio)
        for ratio in ratios
        if (ratio["delay_ms"], ratio["tasks"]) == (delay, tasks)
    }
    return [text.format(by_name[name]) for name, text in SENTENCES.items() if name in by_name]


def as_ratio(ratio: dict[str, Any]) -> str:
    return f"x {ratio['median']:.2f} ({ratio['least']:.2f} to {ratio['most']:.2f})"
