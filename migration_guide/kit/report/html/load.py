"""What each stack answers under load: throughput, latency, and a fault in the middle of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from migration_guide.kit.lab.load_results import LoadStep, LoadSummary, summarise
from migration_guide.kit.report.html.chart import KEY, Line, chart, linear, logarithmic
from migration_guide.kit.report.html.profiles import in_order
from migration_guide.kit.report.load import title as in_words

QUANTILES = ("p50_ms", "p90_ms", "p99_ms")
DRAWN = ("p50_ms", "p99_ms")
"""Solid, and dashed; no other line is dashed."""

OFFERED, ANSWERED = "requests offered a second", "answers a second"
CLIENTS, LATENCY = "clients", "milliseconds"


COLUMNS = (
    *(CLIENTS, "offered/s", "answers/s", "shed", "failed", "hung"),
    *(name.removesuffix("_ms") for name in QUANTILES),
    *("longest", "memory", "rounds"),
)


@dataclass(frozen=True)
class Chart:
    """*keys* are the classes of a line, the path data of its point, and what it is."""

    caption: str
    picture: Markup
    keys: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Service:
    """Its rows of the table, one of each number of clients."""

    profile: str
    stack: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """One scenario.

    Attributes:
        titles: of the columns of the services' rows.
        moments: of a timeline, the answers a second of each service; the first row has titles.

    """

    title: str
    charts: tuple[Chart, ...]
    titles: tuple[str, ...]
    services: tuple[Service, ...]
    moments: tuple[tuple[str, ...], ...]


class _Scenario:
    """The steps of one scenario, by service and number of clients."""

    def __init__(self, number: int, steps: Sequence[LoadStep], stacks: Sequence[str]) -> None:
        self.number, self.steps = number, steps
        there = {step.stack for step in steps}
        self.stacks = [stack for stack in stacks if stack in there]
        self.profiles = in_order(step.profile for step in steps)
        title = in_words(steps[0])
        self.title = title[:1].upper() + title[1:]
        self._places = {stack: number for number, stack in enumerate(stacks)}

    def services(self) -> Iterator[tuple[str, str]]:
        there = {(step.profile, step.stack) for step in self.steps}
        for profile in self.profiles:
            yield from ((profile, stack) for stack in self.stacks if (profile, stack) in there)

    def points(self, profile: str, stack: str) -> list[LoadSummary]:
        mine = (step for step in self.steps if (step.profile, step.stack) == (profile, stack))
        return sorted(summarise(mine), key=lambda point: point.clients)

    def first_round(self) -> dict[tuple[str, str], LoadStep]:
        """The step with a timeline of each service, of which one round is shown."""
        there = [step for step in self.steps if step.timeline]
        first = min((step.round for step in there), default=0)
        found = {(step.profile, step.stack): step for step in there if step.round == first}
        return {service: found[service] for service in self.services() if service in found}

    def kind(self, stack: str, dash: int = 0) -> str:
        return f"s{self._places[stack] % 4} d{dash}"


def parts(steps: Sequence[LoadStep], stacks: Sequence[str]) -> list[Part]:
    """One of each scenario that was measured; *stacks* are those of the run, in order."""
    known = list(dict.fromkeys([*stacks, *(step.stack for step in steps)]))
    found: dict[str, list[LoadStep]] = {}
    for step in steps:
        found.setdefault(step.scenario, []).append(step)
    return [_part(_Scenario(number, mine, known)) for number, mine in enumerate(found.values())]


def _part(scenario: _Scenario) -> Part:
    under_fault = any(step.timeline for step in scenario.steps)
    drawn = _through_a_fault(scenario) if under_fault else _against_clients(scenario)
    return Part(
        scenario.title,
        tuple(drawn),
        COLUMNS,
        tuple(_services(scenario)),
        tuple(_moments(scenario)) if under_fault else (),
    )


def _against_clients(scenario: _Scenario) -> Iterator[Chart]:
    yield from _throughput(scenario)
    quantiles = [
        value
        for step in scenario.steps
        for name in DRAWN
        if (value := getattr(step, name)) is not None
    ]
    x = linear(CLIENTS, [step.clients for step in scenario.steps])
    y = logarithmic(LATENCY, quantiles)
    for place, profile in enumerate(scenario.profiles):
        lines = [
            Line(
                f"{stack} {name.removesuffix('_ms')}",
                scenario.kind(stack, dash),
                tuple(
                    (point.clients, value)
                    for point in scenario.points(profile, stack)
                    if (value := getattr(point, name)) is not None
                ),
            )
            for stack in scenario.stacks
            for dash, name in enumerate(DRAWN)
        ]
        title = f"{scenario.title}, {profile}: latency under load"
        name = f"load{scenario.number}-{place}"
        yield _chart(f"latency, {profile}", chart(name, title, lines, x, y), lines)


def _chart(caption: str, picture: Markup, lines: Sequence[Line]) -> Chart:
    return Chart(
        caption, picture, tuple((line.kind, line.spots([KEY]), line.label) for line in lines)
    )


def _throughput(scenario: _Scenario) -> Iterator[Chart]:
    """One of each profile, on the same axes."""
    points = {
        service: tuple(
            (point.offered_per_second, point.per_second)
            for point in scenario.points(*service)
            if point.per_second is not None
        )
        for service in scenario.services()
    }
    most = max((x for line in points.values() for x, _ in line), default=0.0)
    everything = Line("all that was offered", "plain", ((0.0, 0.0), (most, most)))
    answers = [y for line in points.values() for _, y in line]
    x, y = linear(OFFERED, [most]), linear(ANSWERED, [most, *answers])
    for place, profile in enumerate(scenario.profiles):
        lines = [
            Line(stack, scenario.kind(stack), points[profile, stack])
            for stack in scenario.stacks
            if (profile, stack) in points
        ]
        title = f"{scenario.title}, {profile}: answers against requests"
        picture = chart(f"load{scenario.number}-all{place}", title, [everything, *lines], x, y)
        yield _chart(f"throughput, {profile}", picture, [*lines, everything])


def _through_a_fault(scenario: _Scenario) -> Iterator[Chart]:
    """Of the first round: how many answers came while the fault went on, and how late.

    Each service by itself, on the same axes: the lines would cover each other.
    """
    first = scenario.first_round()
    for number, (what, title, axis, figures) in enumerate(
        (
            ("answers", ANSWERED, linear, _rates),
            ("longest wait", LATENCY, logarithmic, _waits),
        )
    ):
        points = {service: figures(step) for service, step in first.items()}
        x = linear("seconds", [at for line in points.values() for at, _ in line])
        y = axis(title, [value for line in points.values() for _, value in line])
        for place, ((profile, stack), step) in enumerate(first.items()):
            line = Line(stack, f"{scenario.kind(stack)} thin", points[profile, stack])
            struck = None if step.fault_at_s is None else (step.fault_at_s, step.fault or "fault")
            name = f"load{scenario.number}-{number}-{place}"
            heading = f"{scenario.title}, {profile}, {stack}: {what} while it went on"
            yield Chart(
                f"{what}, {profile}, {stack}", chart(name, heading, [line], x, y, at=struck), ()
            )


def _moments(scenario: _Scenario) -> Iterator[tuple[str, ...]]:
    found = {
        f"{profile}, {stack}": dict(_rates(step))
        for (profile, stack), step in scenario.first_round().items()
    }
    yield ("seconds", *found)
    for moment in sorted({moment for rates in found.values() for moment in rates}):
        yield (f"{moment:g}", *(_number(rates.get(moment)) for rates in found.values()))


def _rates(step: LoadStep) -> tuple[tuple[float, float], ...]:
    slices = step.timeline or ()
    width_s = slices[1].at_s - slices[0].at_s if len(slices) > 1 else 1.0
    return tuple((one.at_s, one.ok / width_s) for one in slices)


def _waits(step: LoadStep) -> tuple[tuple[float, float], ...]:
    """The longest of each moment, where there was one."""
    return tuple(
        (one.at_s, one.worst_ms) for one in step.timeline or () if one.worst_ms is not None
    )


def _services(scenario: _Scenario) -> Iterator[Service]:
    for profile, stack in scenario.services():
        rows = tuple(_row(point) for point in scenario.points(profile, stack))
        yield Service(profile, stack, rows)


def _row(point: LoadSummary) -> tuple[str, ...]:
    return (
        *(f"{point.clients:,}", _number(point.offered_per_second)),
        _number(point.per_second) + (" *" if point.doubtful else ""),
        *(f"{count:,}" for count in (point.shed, point.failed, point.hung)),
        *(_milliseconds(getattr(point, name)) for name in (*QUANTILES, "max_ms")),
        *(_number(point.memory_peak_mb, " MB"), str(point.rounds)),
    )


def _number(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:,.0f}{unit}"


def _milliseconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"
