"""In which order a page shows the profiles, and what it says of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from migration_guide.kit.lab.results import RunInfo
from migration_guide.kit.report.words import listed

FIRST, CONTROLS = ("hardened", "own", "same-settings"), ("ping-only", "bare")
"""What a team would run comes first, the controls last; others stand in between."""


def in_order(profiles: Iterable[str]) -> list[str]:
    order = list(dict.fromkeys(profiles))
    places = {name: number for number, name in enumerate(FIRST)}
    places |= {name: len(FIRST) + 1 + number for number, name in enumerate(CONTROLS)}
    return sorted(order, key=lambda name: places.get(name, len(FIRST)))


def is_control(profile: str) -> bool:
    return profile in CONTROLS


def about(profile: str, run: RunInfo | None) -> str:
    """The settings in a few words."""
    if profile == "own":
        return "as these services are set up"
    settings: Mapping[str, Mapping[str, Mapping[str, Any]]] = run.settings if run else {}
    given = [dict(of[profile]) for of in settings.values() if profile in of]
    if not given:
        return ""
    if any(one != given[0] for one in given):
        text = "with all that helps, which differs by stack"
    elif given[0]:
        text = f"with {listed(list(given[0]))} alone"
    else:
        text = "without any setting"
    return f"{text}: a control" if is_control(profile) else text
