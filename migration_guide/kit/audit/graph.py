"""Who calls whom, and who has to become async because of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from migration_guide.kit.audit.finding import Confidence, Place
from migration_guide.kit.audit.roles import STAY_SYNC, Role
from migration_guide.kit.audit.values import weakest


class Use(Enum):
    """What a call is part of, and so what it becomes."""

    CALL = "await"
    LOOP = "async for"
    WITH = "async with"
    PROPERTY = "property"
    SIGNAL = "send_async"


@dataclass(frozen=True, slots=True)
class Node:
    """A function of the tree.

    Attributes:
        name: dotted, with its module.
        place: of its ``def``.
        role: what it is there for.
        is_async: whether it is ``async def`` already.
        is_generator: whether it yields.
        overrides: the methods of the bases of its class that it stands in for.
        cache: where a decorator stands that keeps its results.
        wrappers: the functions that its decorators put in its place.

    """

    name: str
    place: Place
    role: Role
    is_async: bool
    is_generator: bool
    overrides: tuple[str, ...] = ()
    cache: Place | None = None
    wrappers: tuple[str, ...] = ()

    @property
    def simple_name(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Edge:
    """A call, or the use of a property.

    Attributes:
        caller: the function around it; empty at a module's top level.
        callee: what is called.
        place: where.
        text: the call as it may be quoted.
        is_awaited: whether it is awaited already.
        use: what is done with what it gives.
        confidence: that it is this callee.

    """

    caller: str
    callee: str
    place: Place
    text: str
    is_awaited: bool
    use: Use
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Reason:
    """A place in a function at which an ``await`` has to stand.

    Attributes:
        kin: where it stands in a method that this one overrides, or that overrides it, or in what
            a decorator puts in this one's place: which.
        in_requests: whether it counts only if requests run the function.

    """

    function: str
    place: Place
    confidence: Confidence
    kin: str = ""
    in_requests: bool = False


@dataclass
class Graph:
    """All functions of the tree, and the calls among them."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    def add(self, nodes: Iterable[Node], edges: Iterable[Edge], reasons: Iterable[Reason]) -> None:
        self.nodes.update((node.name, node) for node in nodes)
        self.edges.extend(edges)
        self.reasons.extend(reasons)

    @cached_property
    def becoming(self) -> dict[str, Reason]:
        """The functions that have to become async, or are, each with one reason: its nearest."""
        callers: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            callers[edge.callee].append(edge)
        found: dict[str, Reason] = {}
        todo = []
        for reason in self.reasons:
            counts = not reason.in_requests or reason.function in self.in_requests
            if reason.function and counts and self._may_become(reason.function):
                if reason.function not in found:
                    todo.append(reason.function)
                found.setdefault(reason.function, reason)
        while todo:
            name = todo.pop()
            for edge in callers[name]:
                if edge.caller and edge.caller not in found and self._may_become(edge.caller):
                    found[edge.caller] = Reason(
                        edge.caller,
                        edge.place,
                        weakest(found[name].confidence, edge.confidence),
                    )
                    todo.append(edge.caller)
            for kin in (*self._kin[name], *self._wrapped[name]):
                if kin not in found:
                    reason = found[name]
                    origin = reason.kin or name
                    found[kin] = Reason(kin, reason.place, Confidence.LIKELY, origin)
                    todo.append(kin)
        return found

    @cached_property
    def _kin(self) -> dict[str, list[str]]:
        """Of a method those that it overrides or that override it: callers await all or none."""
        found: dict[str, list[str]] = defaultdict(list)
        for node in self.nodes.values():
            for name in node.overrides:
                base = self.nodes[name]
                if base.role is node.role is Role.PLAIN:
                    found[name].append(node.name)
                    found[node.name].append(name)
        return found

    @cached_property
    def _wrapped(self) -> dict[str, list[str]]:
        """Of what a decorator puts in a function's place, the functions: it awaits all or none."""
        found: dict[str, list[str]] = defaultdict(list)
        for node in self.nodes.values():
            for name in node.wrappers:
                if self._may_become(node.name):
                    found[name].append(node.name)
        return found

    def still_plain(self, *roles: Role) -> Iterator[tuple[Node, Reason]]:
        """The functions of these roles that have to become async and are not, with the reason."""
        for name, reason in self.becoming.items():
            node = self.nodes[name]
            if not node.is_async and node.role in roles:
                yield node, reason

    def _may_become(self, name: str) -> bool:
        node = self.nodes.get(name)
        return node is not None and node.role not in STAY_SYNC

    @cached_property
    def in_requests(self) -> frozenset[str]:
        """The functions that requests run: views, hooks, and what they call."""
        callees: dict[str, list[str]] = defaultdict(list)
        for edge in self.edges:
            callees[edge.caller].append(edge.callee)
        todo = [node.name for node in self.nodes.values() if node.role in {Role.VIEW, Role.HOOK}]
        found = set(todo)
        while todo:
            name = todo.pop()
            wrappers = self.nodes[name].wrappers if name in self.nodes else ()
            for callee in (*callees[name], *wrappers):
                if callee not in found:
                    found.add(callee)
                    todo.append(callee)
        return frozenset(found)

    def calls_to_await(self) -> Iterator[Edge]:
        """Calls of functions that become async."""
        for edge in self.edges:
            caller = self.nodes.get(edge.caller)
            stays = caller is not None and caller.role in STAY_SYNC
            callee = self.nodes.get(edge.callee)
            # A coroutine that exists goes to asyncio.run() or a task; a generator that is not used
            # at once is used elsewhere.
            is_kept = callee is not None and callee.is_generator and edge.use is Use.CALL
            is_other = callee is None or callee.is_async or is_kept
            if edge.callee in self.becoming and not (edge.is_awaited or stays or is_other):
                yield edge

    def borders(self, function: str) -> Iterator[Place]:
        """Where requests' coroutine functions, or their views, call a function that stays plain."""
        for edge in self.edges:
            if edge.callee != function or edge.caller not in self.in_requests:
                continue
            if edge.caller in self.becoming or self.nodes[edge.caller].role is Role.VIEW:
                yield edge.place
            else:
                yield from self.borders(edge.caller) if edge.caller != function else ()
