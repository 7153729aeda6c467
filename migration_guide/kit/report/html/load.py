"""What each stack answers under load: throughput, latency, and a fault in the middle of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from migration_guide.kit.lab.load_results import LoadStep, LoadSummary, summarise
from migration_guide.kit.report.html.chart import Line, chart, linear, logarithmic
from migration_guide.kit.report.html.profiles import in_order
from migration_guide.kit.report.load import title as in_words

QUANTILES = ("p50_ms", "p90_ms", "p99_ms")
DRAWN = ("p50_ms", "p99_ms")
"""Solid, and dashed."""

OFFERED, ANSWERED = "requests offered a second", "answers a second"
CLIENTS, LATENCY = "clients", "milliseconds"


COLUMNS = (
    *(CLIENTS, "offered/s", "answers/s", "shed", "failed", "hung"),
    *(name.removesuffix("_ms") for name in QUANTILES),
    *("longest", "memory", "rounds"),
)


@dataclass(frozen=True)
class Chart:
    """*keys* are what a line is drawn with, and what it is."""

    caption: str
    picture: Markup
    keys: tuple[tuple[str, str], ...]


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

    def first_round(self) -> list[LoadStep]:
        """The steps with a timeline, of which one round is shown."""
        there = [step for step in self.steps if step.timeline]
        return [step for step in there if step.round == min(one.round for one in there)]

    def kind(self, stack: str, dash: int = 0) -> str:
        return f"s{self._places[stack] % 4} d{dash % 4}"


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
    yield _throughput(scenario)
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
    return Chart(caption, picture, tuple((line.kind, line.label) for line in lines))


def _throughput(scenario: _Scenario) -> Chart:
    lines = []
    for profile, stack in scenario.services():
        points = tuple(
            (point.offered_per_second, point.per_second)
            for point in scenario.points(profile, stack)
            if point.per_second is not None
        )
        dash = scenario.profiles.index(profile)
        lines.append(Line(f"{stack}, {profile}", scenario.kind(stack, dash), points))
    most = max((x for line in lines for x, _ in line.points), default=0.0)
    everything = Line("all that was offered", "plain", ((0.0, 0.0), (most, most)))
    answers = [y for line in lines for _, y in line.points]
    x, y = linear(OFFERED, [most]), linear(ANSWERED, [most, *answers])
    title = f"{scenario.title}: answers against requests"
    picture = chart(f"load{scenario.number}-all", title, [everything, *lines], x, y)
    return _chart("throughput", picture, [*lines, everything])


def _through_a_fault(scenario: _Scenario) -> Iterator[Chart]:
    """Of the first round: how many answers came while the fault went on."""
    first = scenario.first_round()
    rates = {(step.profile, step.stack): _rates(step) for step in first}
    x = linear("seconds", [at for points in rates.values() for at, _ in points])
    y = linear(ANSWERED, [rate for points in rates.values() for _, rate in points])
    for place, profile in enumerate(scenario.profiles):
        lines = [
            Line(stack, f"{scenario.kind(stack)} thin", rates[profile, stack])
            for stack in scenario.stacks
            if (profile, stack) in rates
        ]
        if lines:
            struck = [step.fault_at_s for step in first if step.profile == profile]
            title = f"{scenario.title}, {profile}: answers while it went on"
            name = f"load{scenario.number}-{place}"
            yield _chart(profile, chart(name, title, lines, x, y, at=struck[0]), lines)


def _moments(scenario: _Scenario) -> Iterator[tuple[str, ...]]:
    first = {(step.profile, step.stack): step for step in scenario.first_round()}
    found = {
        f"{profile}, {stack}": dict(_rates(first[profile, stack]))
        for profile, stack in scenario.services()
        if (profile, stack) in first
    }
    yield ("seconds", *found)
    for moment in sorted({moment for rates in found.values() for moment in rates}):
        yield (f"{moment:g}", *(_number(rates.get(moment)) for rates in found.values()))


def _rates(step: LoadStep) -> tuple[tuple[float, float], ...]:
    slices = step.timeline or ()
    width_s = slices[1].at_s - slices[0].at_s if len(slices) > 1 else 1.0
    return tuple((one.at_s, one.ok / width_s) for one in slices)


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
