"""What both stacks did under load, for every report."""

from collections.abc import Iterator, Sequence

from migration_guide.kit.lab.load_results import LoadRatio, LoadStep, compare, summarise
from migration_guide.kit.lab.stage import SCENARIOS

TITLES = {scenario.name: scenario.title for scenario in SCENARIOS}
FIGURES = ("offered/s", "answers/s", "median", "p90", "p99", "shed", "failed", "hung")

RATIOS = {"per_second": "answers a second", "p99_ms": "99th percentile"}
"""What is told in words, of the figures that are compared."""

EXPLAINED = (
    "Each client wants one request a second and sends it whatever became of the last one; times"
    " count from when a request was due (an open loop), so that what waited is not left out."
    " answers: with success. shed: refused with Retry-After, as too many wait already. hung: no"
    " answer within the client's deadline."
)
DOUBTFUL = (
    "*: the process that asks, the proxy or other programs of this machine may have been the limit,"
    " not the service."
)


def scenarios(steps: Sequence[LoadStep]) -> list[LoadStep]:
    """The first step of each."""
    first: dict[str, LoadStep] = {}
    for step in steps:
        first.setdefault(step.scenario, step)
    return list(first.values())


def title(step: LoadStep) -> str:
    """Of the scenario of a step, with its fault."""
    text = TITLES.get(step.scenario, step.scenario)
    return f"{text}; {step.fault} in the middle" if step.fault else text


def rows(steps: Sequence[LoadStep], scenario: str) -> Iterator[tuple[str, ...]]:
    """Clients, stack, profile and `FIGURES`, of each step with all its rounds."""
    for one in summarise([step for step in steps if step.scenario == scenario]):
        mark = " *" if one.doubtful else ""
        yield (
            *(f"{one.clients:,}", one.stack, one.profile),
            *(f"{one.offered_per_second:,.0f}", _number(one.per_second) + mark),
            *(_milliseconds(time) for time in (one.p50_ms, one.p90_ms, one.p99_ms)),
            *(str(count) for count in (one.shed, one.failed, one.hung)),
        )


def sentences(steps: Sequence[LoadStep]) -> Iterator[str]:
    """How each service does at the most clients of a scenario, against one of them.

    What differs by no more than the noise is not told.
    """
    most: dict[str, int] = {}
    for step in steps:
        most[step.scenario] = max(most.get(step.scenario, 0), step.clients)
    told: dict[str, list[LoadRatio]] = {}
    for ratio in compare(steps):
        if ratio.clients == most[ratio.scenario] and ratio.figure in RATIOS:
            about = f"{ratio.scenario}, {ratio.clients:,} clients: {ratio.stack} {ratio.profile}"
            told.setdefault(about, []).append(ratio)
    for about, ratios in told.items():
        if apart := [_tell(ratio) for ratio in ratios if _differs(ratio)]:
            against = f"{ratios[0].against_stack} {ratios[0].against_profile}"
            yield f"{about}: {', '.join(apart)} of {against}."
    if any(one.doubtful for one in summarise(steps)):
        yield DOUBTFUL


def _differs(ratio: LoadRatio) -> bool:
    return ratio.differs is not False and f"{ratio.median:.2f}" != "1.00"


def _tell(ratio: LoadRatio) -> str:
    text = f"{RATIOS[ratio.figure]} x {ratio.median:.2f}"
    if ratio.differs is None:
        return f"{text} (one round: no telling how much of it is noise)"
    return f"{text} ({ratio.least:.2f} to {ratio.most:.2f})"


def _number(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:,.0f}"


def _milliseconds(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:,.0f} ms"
