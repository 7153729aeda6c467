"""The results as Markdown, for a ticket or a merge request."""

from collections.abc import Iterable, Iterator, Sequence

from migration_guide.kit.report import load
from migration_guide.kit.report.scores import tell_recovery
from migration_guide.kit.report.summary import Results, Summary
from migration_guide.kit.report.words import (
    duration,
    errors,
    stories,
    tell_claims,
    verdict,
)


def document(results: Results) -> str:
    """Of a run that has started."""
    summary = Summary(results)
    return (
        "\n".join(
            [*_head(results, summary), *_faults(results), *_load(results), *_made_with(results)]
        )
        + "\n"
    )


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _head(results: Results, summary: Summary) -> Iterator[str]:
    yield f"# {' and '.join(summary.stacks)}: the same faults"
    yield ""
    yield f"**{summary.verdict}**"
    yield ""
    yield f"Claims: {tell_claims(results.cells)}."
    yield ""
    yield from table(
        ("profile", "stack", "got over", "lost", "hung", "worst recovery"),
        (
            (
                *(score.profile, score.stack, f"{score.survived} of {score.faults}"),
                *(str(score.lost), str(score.hung), tell_recovery(score)),
            )
            for score in summary.scores
        ),
    )
    for title, lines in (
        ("Side by side", summary.comparisons()),
        ("What to watch", summary.watch()),
    ):
        if found := [f"- {line}" for line in lines]:
            yield from ("", f"## {title}", "", *found)


def _faults(results: Results) -> Iterator[str]:
    faults = results.run.faults if results.run else {}
    yield from ("", "## The faults")
    for story in stories(faults, results.cells):
        yield from ("", f"### {story.fault}", "", f"Injected: {story.info.summary}.")
        yield from ("", *(f"- {told.profile}: {told.sentence}" for told in story.told), "")
        yield from table(
            ("profile", "stack", "sent", "failed", "hung", "slowest", "recovered in", "claim"),
            (
                (
                    *(cell.profile, cell.stack),
                    *(str(n) for n in (m.sent, m.failed, m.hung)),
                    *(duration(m.slowest_s), duration(m.recovery_s), verdict(cell)),
                )
                for cell in results.cells
                if cell.fault == story.fault and (m := cell.measured)
            ),
        )
        if story.info.page:
            yield from ("", f"More: `{story.info.page}`")
    if found := errors(results.cells):
        yield from ("", "## What failed requests were told", "")
        rows = ((cause, str(n), ", ".join(stacks)) for cause, n, stacks in found)
        yield from table(("cause", "times", "stacks"), rows)


def _load(results: Results) -> Iterator[str]:
    steps = results.load
    for first in load.scenarios(steps):
        yield from ("", f"## Under load: {load.title(first)}", "")
        titles = ("clients", "stack", "profile", *load.FIGURES)
        yield from table(titles, load.rows(steps, first.scenario))
    for line in (load.EXPLAINED, *load.sentences(steps)) if steps else ():
        yield from ("", line)


def _made_with(results: Results) -> Iterator[str]:
    if (run := results.run) is None:
        return
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    yield from ("", f"Made at {run.started} with the seed {run.seed}: {versions};")
    yield f"{run.machine.get('system')}, {run.machine.get('cpus')} processors."
