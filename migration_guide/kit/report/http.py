"""What both services answer over HTTP, as ``port-kit bench --http`` tells it."""

from typing import Any

from rich.table import Table

from migration_guide.kit.report.bench import SpeedReport, as_ratio
from migration_guide.kit.report.console import make_table

COLUMNS = (*("answers/s", "median", "p99", "with retries", "shed", "failed", "hung", "processor"),)

SENTENCES = {
    "read": "Reads: hardened Quart serves {} of what Flask serves.",
    "read_naive": "Reads: Quart with the two settings alone serves {} of what Flask serves.",
    "write": "Orders: hardened Quart serves {} of what Flask serves.",
    "read_delayed": "Reads, 10 ms from the database, pools of 15: {} of Flask's.",
    "read_delayed_small_pool": "Reads, 10 ms from the database, pools of 5: {} of Flask's.",
    "crowd": "1,000 clients on the report: hardened Quart gives {} of Flask's answers,",
    "crowd_p99": "each of them, at the 99th percentile, in {} of Flask's time.",
    "burst": "A burst of 2,000 clients is served at {} of the steady pace.",
}
"""By the ratio's name; the ratio is against Flask, but for the last."""

TIMES = (
    "Medians of {} interleaved rounds; of each ratio, its median, least and most. Only answers with"
    " success count; times are theirs."
)
REFUSALS = (
    "with retries: the 99th percentile from the first attempt on, of clients that were refused and"
    " came back when they were told to (Retry-After). shed: the share of such refusals in all"
    " requests. processor: of the process that answers, for each answer."
)


class HttpReport(SpeedReport):
    """A status line while it measures, then the tables and what they mean."""

    def show(self, document: dict[str, Any]) -> None:
        out = self._results
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for one in document["results"]:
            key = one["title"], one["clients"], one["delay_ms"], one["pool"], one["scenario"]
            groups.setdefault(key, []).append(one)
        for key, rows in groups.items():
            out.print(f"\n[bold]{_title(*key)}[/]", highlight=False)
            out.print(_table(rows))
        if document["memory"]:
            out.print("\n[bold]Memory[/] of a worker, in MB")
            out.print(_memory(document["memory"]))
        out.print()
        by_name = {ratio["name"]: as_ratio(ratio) for ratio in document["ratios"]}
        for name, text in SENTENCES.items():
            if name in by_name:
                out.print(text.format(by_name[name]), highlight=False)
        for sentence in _footnotes(document):
            out.print(sentence, highlight=False)


def _title(title: str, clients: int, delay_ms: float, pool: int, scenario: str) -> str:
    network = f", {delay_ms:g} ms from the database" if delay_ms else ""
    where = "" if scenario == "live" else f"{network}, pool of {pool}"
    how = "a burst of " if scenario == "burst" else ""
    return f"{title}: {how}{clients:,} clients{where}"


def _table(rows: list[dict[str, Any]]) -> Table:
    table = make_table([""], COLUMNS)
    for row in rows:
        table.add_row(
            row["service"],
            _number(row["per_second"], ""),
            _number(row["median_ms"], " ms"),
            _number(row["p99_ms"], " ms"),
            _number(row["p99_with_retries_ms"], " ms") if row["shed"] else "-",
            f"{row['shed_share'] or 0:.0%}" if row["shed"] else "-",
            str(row["failed"]),
            str(row["hung"]),
            _number(row["processor_us"], " us"),
        )
    return table


def _number(figure: float | None, unit: str) -> str:
    return "-" if figure is None else f"{figure:,.0f}{unit}"


def _memory(rows: list[dict[str, Any]]) -> Table:
    table = make_table([""], ["after reads", "1,000 waiting clients add"])
    for row in rows:
        table.add_row(
            row["service"],
            f"{row['worker_mb']:.0f}",
            "-" if row["waiting_mb_per_1000"] is None else f"{row['waiting_mb_per_1000']:.0f}",
        )
    return table


def _footnotes(document: dict[str, Any]) -> list[str]:
    run, rows = document["run"], document["results"]
    notes = [TIMES.format(run["rounds"]), REFUSALS]
    if limited := [f"{row['service']} ({row['scenario']})" for row in rows if row["load_limited"]]:
        notes.append("The load process itself was the limit of: " + "; ".join(limited) + ".")
    if busy := [row["proxy_busy"] for row in rows if row["proxy_busy"] is not None]:
        notes.append(
            f"The making of the delay took up to {max(busy):.0%} of one of the"
            f" {run['machine']['cpus']} processors that all share."
        )
    if run["quick"]:
        notes.append("A quick run shows that it works; its figures say nothing.")
    if run["interrupted"]:
        notes.append("Interrupted: the last figures are missing.")
    return notes
