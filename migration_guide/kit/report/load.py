"""What both stacks did under load, for every report."""

from collections.abc import Iterator, Sequence

from migration_guide.kit.lab.load_results import LoadRatio, LoadStep, compare, summarise
from migration_guide.kit.lab.stage import SCENARIOS

TITLES = {scenario.name: scenario.title for scenario in SCENARIOS}
FIGURES = ("offered/s", "answers/s", "median", "p90", "p99", "shed", "failed", "hung")

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
    """How the stack after the move does at the most clients, against the one before it."""
    if not steps:
        return
    most = {step.scenario: 0 for step in steps}
    for step in steps:
        most[step.scenario] = max(most[step.scenario], step.clients)
    for ratio in compare(steps):
        if ratio.figure in ("per_second", "p99_ms") and ratio.clients == most[ratio.scenario]:
            yield _tell(ratio)
    if any(one.doubtful for one in summarise(steps)):
        yield DOUBTFUL


def _tell(ratio: LoadRatio) -> str:
    what = {"per_second": "answers a second", "p99_ms": "99th percentile"}[ratio.figure]
    about = f"{ratio.scenario}, {ratio.clients:,} clients: {ratio.stack} {ratio.profile}: {what}"
    text = f"{about} x {ratio.median:.2f} of {ratio.against_stack} {ratio.against_profile}"
    if ratio.differs is None:
        return f"{text} (one round: no telling how much of it is noise)."
    noise = "" if ratio.differs else ": no more than the noise"
    return f"{text} ({ratio.least:.2f} to {ratio.most:.2f}){noise}."


def _number(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:,.0f}"


def _milliseconds(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:,.0f} ms"
