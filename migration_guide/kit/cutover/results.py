"""What the customers of a drill saw, by phase; what was to be shown, and whether it was."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from migration_guide.kit.cutover.customers import Customer
from migration_guide.kit.lab.checker import Writes
from migration_guide.kit.lab.generator.asking import quantile_ms
from migration_guide.kit.lab.open_loop import Request
from migration_guide.kit.lab.stacks import STACKS

BUSY_S = 1.0
"""Where the load itself was later than that, a request that hung says nothing about the service."""


@dataclass
class Phase:
    """The time in which one share held; times are `time.monotonic` seconds.

    Attributes:
        fault_at: when the plan let something fail.
        writes: what became of the orders that were begun in it; None: not checked.

    """

    share: int
    begin: float
    end: float | None = None
    fault_at: float | None = None
    writes: Writes | None = None

    def holds(self, moment: float) -> bool:
        return self.begin <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True)
class Claim:
    """What the drill is to show; *held* is None where it can not tell."""

    name: str
    text: str
    held: bool | None
    seen: str


@dataclass
class Results:
    """Of a drill that goes on or is over."""

    run: dict[str, Any] | None = None
    customers: Sequence[Customer] = ()
    phases: list[Phase] = field(default_factory=list)
    stock_off_by: int | None = None
    interrupted: bool = True

    def end_phase(self) -> None:
        if self.phases:
            self.phases[-1].end = time.monotonic()

    def asked_in(self, phase: Phase) -> Iterator[tuple[Customer, Request]]:
        """What was sent in *phase*, repetitions included, and is over."""
        for customer in self.customers:
            for request in customer.history:
                if phase.holds(request.start) and request.outcome is not None:
                    yield customer, request

    def _all_asked(self) -> Iterator[tuple[Phase, Customer, Request]]:
        """The same of all phases."""
        for phase in self.phases:
            for customer, request in self.asked_in(phase):
                yield phase, customer, request

    def orders_of(self, phase: Phase) -> tuple[list[str], dict[str, int]]:
        """The references of the orders begun in *phase*, and the ids of those acknowledged."""
        sent: list[str] = []
        acknowledged: dict[str, int] = {}
        for customer in self.customers:
            told = customer.acknowledged
            for request in customer.requests:
                if request.order and phase.holds(request.start):
                    reference = request.order["reference"]
                    sent.append(reference)
                    if reference in told:
                        acknowledged[reference] = told[reference]
        return sent, acknowledged

    @property
    def acknowledged(self) -> int:
        """Orders."""
        return sum(len(self.orders_of(phase)[1]) for phase in self.phases)

    @property
    def late_s(self) -> float:
        return max((customer.late_s for customer in self.customers), default=0.0)

    def document(self) -> dict[str, Any]:
        """The results as JSON, described by ``report/cutover.schema.json``."""
        claims = self.claims()
        phases = [self._figures(phase) for phase in self.phases]
        return {
            "run": {**(self.run or {}), "interrupted": self.interrupted},
            "verdict": self.verdict(claims),
            "held": held(claims),
            "claims": [vars(claim) for claim in claims],
            "phases": phases,
            "stock_off_by": self.stock_off_by,
            "late_s": round(self.late_s, 3),
        }

    def _figures(self, phase: Phase) -> dict[str, Any]:
        asked = list(self.asked_in(phase))
        first = [request for _, request in asked if request.attempt == 1]
        # What was under way when the share changed may have met either, see `_is_astray`.
        within = [r for _, r in asked if r.served_by and r.end and phase.holds(r.end)]
        served = Counter(request.served_by for request in within)
        by_stack = {
            stack: [r for r in within if r.served_by == stack and r.outcome == "ok"]
            for stack in STACKS
        }
        sent, acknowledged = self.orders_of(phase)
        return {
            "share": phase.share,
            "observed_share": round(100 * served["quart"] / served.total(), 1) if served else None,
            "fault": phase.fault_at is not None,
            "sent": len(first),
            "failed": sum(request.outcome == "failed" for request in first),
            "hung": sum(request.outcome == "hung" for request in first),
            "logged_out": sum(request.status == 401 for _, request in asked),
            "wrong_stack": sum(_is_astray(phase, *one) for one in asked),
            "causes": dict(Counter(r.cause for r in first if r.outcome == "failed")),
            "stacks": {stack: _times(requests) for stack, requests in by_stack.items()},
            "orders": len(sent),
            "repeated": sum(request.attempt == 2 for _, request in asked),
            "acknowledged": len(acknowledged),
            "lost": phase.writes and phase.writes.lost,
            "doubled": phase.writes and phase.writes.doubled,
            "half": phase.writes and phase.writes.half,
        }

    def claims(self) -> list[Claim]:
        """All of them, in the order in which they are told; none of a drill that was cut short."""
        if self.interrupted:
            return []
        claims = [self._same_stack(), self._nobody_out(), self._answered(), self._orders()]
        return [*claims, self._way_back()] if self._fault() else claims

    def verdict(self, claims: list[Claim]) -> str:
        """One sentence."""
        if self.interrupted:
            return "No verdict: the drill did not come to its end."
        if wrong := [claim.seen for claim in claims if claim.held is False]:
            return f"The cut-over did not hold: {'; '.join(wrong)}."
        if unknown := [claim.seen for claim in claims if claim.held is None]:
            return f"No verdict: {'; '.join(unknown)}."
        told = f"of {self.acknowledged} orders none was lost or doubled, nobody was logged out"
        if self._fault():
            return f"The way back held, with the new stack broken: {told}."
        return f"The cut-over held, there and back: {told}."

    def _fault(self) -> Phase | None:
        return next((phase for phase in self.phases if phase.fault_at is not None), None)

    def _same_stack(self) -> Claim:
        text = "Every customer is served by the stack of its bucket"
        astray = sum(_is_astray(*one) for one in self._all_asked())
        if astray:
            seen = f"{astray} answers came from the other stack"
            return Claim("same-stack", text, held=False, seen=seen)
        for phase in self.phases:
            wanted = {customer.is_at_new_stack(phase.share) for customer in self.customers}
            asked = {customer.is_at_new_stack(phase.share) for customer, _ in self.asked_in(phase)}
            if wanted != asked:
                seen = f"at {phase.share} % one of the stacks was not asked"
                return Claim("same-stack", text, held=None, seen=seen)
        return Claim("same-stack", text, held=True, seen="no answer came from the other stack")

    def _answered(self) -> Claim:
        asked, bad = 0, Counter[str]()
        for phase, _, request in self._all_asked():
            # A log-out has a claim of its own; a fault is there to be seen.
            if request.attempt == 1 and request.status != 401 and not _is_faulty(phase, request):
                asked += 1
                bad[request.outcome or ""] += 1
        text = "Every other request succeeds" if self._logged_out() else "Every request succeeds"
        if self._fault():
            text = f"Before the fault and after the way back, {text[0].lower()}{text[1:]}"
        seen = f"of {asked} requests {bad['failed']} failed and {bad['hung']} hung"
        held: bool | None = not bad["failed"] and not bad["hung"]
        if not bad["failed"] and bad["hung"] and self.late_s > BUSY_S:
            held, seen = None, f"{seen}, while the load itself was {self.late_s:.1f} s late"
        return Claim("answered", text, held, seen)

    def _nobody_out(self) -> Claim:
        out = self._logged_out()
        who = f"{len(set(out))} of {len(self.customers)} customers"
        seen = f"{who} were logged out" + (f", in {len(out)} requests" if out else "")
        return Claim("nobody-logged-out", "Nobody is logged out", not out, seen)

    def _logged_out(self) -> list[str]:
        """Who was told so, each time."""
        return [one.email for _, one, request in self._all_asked() if request.status == 401]

    def _orders(self) -> Claim:
        text = "Each order is there once and whole, the stock adds up"
        writes = [phase.writes for phase in self.phases if phase.writes]
        lost, doubled = sum(one.lost for one in writes), sum(one.doubled for one in writes)
        half, off_by = sum(one.half for one in writes), self.stock_off_by
        seen = f"of {self.acknowledged} orders {lost} lost, {doubled} doubled, {half} by half"
        if off_by:
            seen += f", the stock off by {off_by}"
        if not self.acknowledged:
            return Claim("orders", text, held=None, seen="no order was acknowledged")
        return Claim("orders", text, not (lost or doubled or half or off_by), seen)

    def _way_back(self) -> Claim:
        text = "The new stack is broken, and the way back settles what was open"
        fault = self._fault()
        failed = sum(
            _is_faulty(fault, request) and request.outcome != "ok"
            for _, request in (self.asked_in(fault) if fault else ())
        )
        if not failed:
            return Claim("way-back", text, held=None, seen="the fault made no request fail")
        open_orders = sum(len(sent) - len(told) for sent, told in map(self.orders_of, self.phases))
        seen = f"{open_orders} orders were never answered"
        return Claim("way-back", text, not open_orders, seen)


def held(claims: Sequence[Claim]) -> bool | None:
    """Whether all of them; None where there are none, or one of them could not be told."""
    if any(claim.held is False for claim in claims):
        return False
    return True if claims and all(claim.held for claim in claims) else None


def _is_astray(phase: Phase, customer: Customer, request: Request) -> bool:
    """Whether the other stack has answered. At the edge of a phase, either may."""
    if request.served_by is None or request.end is None or not phase.holds(request.end):
        return False
    return (request.served_by == "quart") != customer.is_at_new_stack(phase.share)


def _is_faulty(phase: Phase | None, request: Request) -> bool:
    """Whether it was under way when something failed on purpose, or after."""
    if phase is None or phase.fault_at is None:
        return False
    return request.end is None or request.end >= phase.fault_at


def _times(requests: Sequence[Request]) -> dict[str, Any]:
    times = [request.latency_s for request in requests if request.latency_s is not None]
    return {
        "answered": len(times),
        "median_ms": quantile_ms(times, 0.5),
        "p99_ms": quantile_ms(times, 0.99),
    }
