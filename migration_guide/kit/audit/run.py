"""Read a tree, put it before the rules, and gather what they found."""

import ast
import gc
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from migration_guide.kit.audit.files import Files, find
from migration_guide.kit.audit.finding import Finding, Place, Unread
from migration_guide.kit.audit.graph import Graph
from migration_guide.kit.audit.infer import Inference
from migration_guide.kit.audit.module import Module
from migration_guide.kit.audit.project import Project
from migration_guide.kit.audit.result import Audit
from migration_guide.kit.audit.roles import Role
from migration_guide.kit.audit.rules import RULES
from migration_guide.kit.audit.rules.base import Rule
from migration_guide.kit.audit.scan import (
    Dispatch,
    Scanned,
    finding,
    is_suppressed,
    scan_module,
    scan_template,
    scan_text,
)
from migration_guide.kit.audit.templates import Templates
from migration_guide.kit.audit.texts import Text

SMALL = 200
"""Files; a smaller tree is read sooner than other processes are started."""

RECURSION = 10_000
"""Python's limit while names are followed: a long chain of calls is a deep tree."""

Progress = Callable[[int, int], None]


@dataclass
class _Work:
    """What the processes share: made before they are, so that they have it without copying."""

    inference: Inference
    dispatch: Dispatch
    modules: list[Module]

    def scan(self, index: int) -> Scanned:
        return scan_module(self.modules[index], self.inference, self.dispatch)


_work: list[_Work] = []


def _scan(index: int) -> Scanned:
    sys.setrecursionlimit(RECURSION)
    return _work[0].scan(index)


@dataclass
class _Tree:
    modules: list[Module] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    templates: list[Text] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def audit(
    root: Path,
    *,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Audit a tree or a single file; nothing of it is imported or run.

    Args:
        root: a folder or a file.
        only: the names of the rules to apply; all, if empty.
        skip: the names of rules to leave out.
        jobs: processes; by default one for each processor.
        progress: called with how many files are done, and how many there are.

    """
    start = time.monotonic()
    sys.setrecursionlimit(max(RECURSION, sys.getrecursionlimit()))
    base = root if root.is_dir() else root.parent
    files = find(root)
    gc.disable()  # nothing that is made here is garbage
    try:
        tree = _read(base, files)
        rules = {
            name: rule
            for name, rule in RULES.items()
            if (not only or name in only) and name not in skip
        }
        scanned = _scan_all(tree, rules, jobs, progress, len(files))
    finally:
        gc.enable()
    return _gathered(root, tree, scanned, len(files), time.monotonic() - start)


def _read(base: Path, files: Files) -> _Tree:
    tree = _Tree()
    for file in files.python:
        place = Place(file.relative_to(base).as_posix(), 1)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a string's escapes
                tree.modules.append(Module.parse(base, file))
        except SyntaxError as error:
            where = Place(place.file, max(error.lineno or 1, 1), max(error.offset or 1, 1))
            version = ".".join(map(str, sys.version_info[:2]))
            tree.unread.append(Unread(where, f"not Python {version}: {error.msg}"))
        except (OSError, ValueError, RecursionError) as error:
            tree.unread.append(Unread(place, str(error) or type(error).__name__))
    for paths, texts in ((files.texts, tree.texts), (files.templates, tree.templates)):
        for file in paths:
            try:
                texts.append(Text.read(base, file))
            except OSError as error:
                name = file.relative_to(base).as_posix()
                tree.unread.append(Unread(Place(name, 1), error.strerror or "not readable"))
    return tree


def _scan_all(
    tree: _Tree,
    rules: Mapping[str, Rule],
    jobs: int | None,
    progress: Progress | None,
    total: int,
) -> list[Scanned]:
    # Who has to become async is known only from all rules, whichever are shown.
    inference = Inference(Project(tree.modules))
    work = _Work(inference, Dispatch(RULES), tree.modules)
    found = []
    for scanned in _scan_modules(work, jobs):
        found.append(scanned)
        if progress is not None:
            progress(len(found), total)
    found.extend(scan_text(text, rules) for text in tree.texts)
    templates = Templates(inference, tree.templates)
    found.extend(scan_template(template, rules) for template in templates.read())
    tree.unread.extend(templates.unread)
    if progress is not None:
        progress(total, total)
    graph = Graph()
    for scanned in found:
        graph.add(scanned.nodes, scanned.edges, scanned.reasons)
    found.append(_scan_graph(graph, rules, tree.modules))
    for scanned in found:
        scanned.findings = [
            moved
            for one in scanned.findings
            if one.rule in rules
            for moved in _in_requests(one, scanned, graph)
        ]
    return found


def _scan_modules(work: _Work, jobs: int | None) -> Iterator[Scanned]:
    wanted = jobs or os.cpu_count() or 1
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if wanted == 1 or len(work.modules) < SMALL or not can_fork:
        for index in range(len(work.modules)):
            yield work.scan(index)
        return
    _work[:] = [work]
    gc.freeze()
    try:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(wanted, context, initializer=_leave_signals) as pool:
            try:
                yield from pool.map(_scan, range(len(work.modules)), chunksize=8)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        _work.clear()
        gc.unfreeze()


def _leave_signals() -> None:
    """To the process that started this one: a Ctrl-C goes to all of a terminal's."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)


def _in_requests(one: Finding, scanned: Scanned, graph: Graph) -> Iterator[Finding]:
    """The finding, if it counts; at the call of its helper, if that is where it is mended."""
    if one not in scanned.in_requests:
        yield one
        return
    function, computes = scanned.in_requests[one]
    if function not in graph.in_requests:
        return
    stays_plain = function not in graph.becoming and graph.nodes[function].role is Role.PLAIN
    if computes and stays_plain:
        for place in graph.borders(function):
            yield replace(one, place=place, related=(one.place,))
    else:
        yield one


def _scan_graph(graph: Graph, rules: Mapping[str, Rule], modules: list[Module]) -> Scanned:
    by_path = {module.path: module for module in modules}
    whole = Scanned("")
    for rule in rules.values():
        for check in rule.graph_checks:
            for place, hit in check(graph):
                one = finding(rule, hit, place)
                module = by_path[place.file]
                if is_suppressed(module.ignored, module.lines, one):
                    whole.suppressed += 1
                else:
                    whole.findings.append(one)
    return whole


def _gathered(root: Path, tree: _Tree, scanned: list[Scanned], files: int, seconds: float) -> Audit:
    findings: list[Finding] = sorted(
        dict.fromkeys(one for part in scanned for one in part.findings), key=lambda one: one.rank
    )
    uses = _uses(tree)
    if not uses & {"flask", "sqlalchemy"}:
        findings = []
    named = {one.place.file for one in findings}
    read: list[Module | Text] = [*tree.modules, *tree.texts, *tree.templates]
    sources = {source.path: source.lines for source in read if source.path in named}
    return Audit(
        root=str(root),
        files=files,
        lines=sum(len(module.lines) for module in tree.modules),
        uses=uses,
        findings=tuple(findings),
        unread=tuple(tree.unread),
        mistaken=tuple(_mistaken(read)),
        suppressed=sum(part.suppressed for part in scanned),
        seconds=seconds,
        sources=sources,
    )


def _mistaken(read: list[Module | Text]) -> Iterator[Unread]:
    for source in read:
        unknown = {
            name: line
            for line, names in sorted(source.ignored.items())
            for name in (names or frozenset()) - RULES.keys()
        }
        for name, line in unknown.items():
            yield Unread(Place(source.path, line), f"there is no rule {name} to ignore")


def _uses(tree: _Tree) -> frozenset[str]:
    """Which packages of the stack, by what is imported."""
    found: set[str] = set()
    for module in tree.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    if any(name.startswith("flask_") for name in found):
        found.add("flask")
    if found & {"flask_sqlalchemy", "flask_sqlalchemy_lite", "sqlmodel"}:
        found.add("sqlalchemy")
    return frozenset(found & {"flask", "sqlalchemy", "flask_sqlalchemy", "psycopg2", "quart"})
