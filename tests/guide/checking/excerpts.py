"""What cog puts into the guide's pages: pieces of files, and of the diff of the two services."""

import ast
import difflib
import functools
import inspect
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gunicorn.config import KNOWN_SETTINGS
from hypercorn.config import Config

from async_app.resilience.dialect import ResilientDialect
from async_app.resilience.parameters import PARAMETERS
from async_app.resilience.pool import RECYCLE_JITTER
from migration_guide.kit.audit.rules import RULES
from migration_guide.kit.lab.faults import FAULTS
from migration_guide.kit.lab.faults.base import Fault
from migration_guide.kit.path import PACKAGE, write

ROOT = Path(__file__).parents[3]
_OWN_OPTIONS = frozenset(
    {"ping_timeout", "ping_bypass", "command_timeout", "close_timeout", "transaction_pooler"}
)
BEFORE, AFTER = "migration_guide/flask_app", "async_app"
LINES_AROUND = 100
"""A function or class is shown whole."""


def excerpt(file: str, *names: str) -> None:
    """Functions, classes and assignments of a module, by name; ``Class.method`` of a class."""
    text = (ROOT / file).read_text(encoding="utf-8")
    lines = text.splitlines()
    pieces = []
    for name in names:
        first, last = _place(ast.parse(text), name, file)
        pieces.append("\n".join(lines[first - 1 : last]))
    _block("python", "\n\n\n".join(pieces))


def twins(file: str, name: str) -> None:
    """The diff of a function or class from the service before the move to the one after."""
    files = [f"{folder}/{file}" for folder in (BEFORE, AFTER)]
    _changes(files, [(ROOT / one).read_text(encoding="utf-8") for one in files], name)


def step(number: int, file: str, name: str) -> None:
    """The same, from the tree of the path before a step to the one after."""
    files = [f"{number - 1}/{PACKAGE}/{file}", f"{number}/{PACKAGE}/{file}"]
    trees = _tree(number - 1), _tree(number)
    _changes(files, [tree[f"{PACKAGE}/{file}"] for tree in trees], name)


@functools.cache
def _tree(number: int) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        write(number, Path(folder))
        return {
            str(one.relative_to(folder)): one.read_text(encoding="utf-8")
            for one in Path(folder).rglob("*.py")
        }


def _changes(files: Sequence[str], texts: Sequence[str], name: str) -> None:
    pieces = []
    for file, text in zip(files, texts, strict=True):
        first, last = _place(ast.parse(text), name, file)
        pieces.append(text.splitlines()[first - 1 : last])
    changes = difflib.unified_diff(
        pieces[0], pieces[1], files[0], files[1], lineterm="", n=LINES_AROUND
    )
    _block("diff", "\n".join(line for line in changes if not line.startswith("@@")))


def _place(tree: ast.AST, name: str, file: str) -> tuple[int, int]:
    """The first and the last line, decorators included."""
    outer, _, inner = name.partition(".")
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt) and outer in _names(node):
            if inner:
                return _place(node, inner, file)
            first = min(
                [one.lineno for one in getattr(node, "decorator_list", [])] or [node.lineno]
            )
            return first, node.end_lineno or node.lineno
    raise ValueError(f"{file} has no {name}")


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Assign(targets=targets):
            yield from (one.id for one in targets if isinstance(one, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _out(text: str) -> None:
    """To the run of cog that asks: each has a module of its own."""
    sys.modules["cog"].outl(text)


def _block(language: str, text: str) -> None:
    _out(f"```{language}\n{text}\n```")


def rules(phase: str) -> None:
    """The rules of the audit whose findings belong to the chapter."""
    for rule in RULES.values():
        if rule.phase.value == phase:
            _out(f"- [`{rule.name}`](reference/rules/{rule.name}.md): {rule.title}")


def faults(guide: str = "") -> None:
    """What `port-kit compare` injects: what the two settings do, and what helps.

    The links lead to the guide's pages, which are in the folder *guide*.
    """
    _out("| fault | what happens | the two settings alone | hardened Quart |")
    _out("|---|---|---|---|")
    for fault in FAULTS.values():
        told = [list(_told(fault, profile, stacks)) for profile, stacks in _COLUMNS]
        cells = ("; ".join(texts) or "-" for texts in told)
        name = f"[`{fault.name}`]({guide}reference/faults.md#{fault.name})"
        _out(f"| {name} | {fault.summary} | {' | '.join(cells)} |")


_COLUMNS = (("same-settings", ("flask", "quart")), ("hardened", ("quart",)))


def _told(fault: Fault[Any], profile: str, stacks: Sequence[str]) -> Iterator[str]:
    """The claims, with the stack where the two differ."""
    texts = {
        stack: fault.claims[stack, profile].text
        for stack in stacks
        if (stack, profile) in fault.claims
    }
    for text in dict.fromkeys(texts.values()):
        of = [stack for stack, one in texts.items() if one == text]
        yield text if len(of) == len(texts) else f"{' and '.join(of)}: {text}"


def servers(**rows: str) -> None:
    """Gunicorn's settings, each with hypercorn's that takes its place, and both defaults.

    Args:
        rows: by gunicorn's name: hypercorn's, if there is one, a colon, and what is to be known.

    """
    before = {one.name: one.default for one in KNOWN_SETTINGS}
    _out("| gunicorn | default | hypercorn | default | |")
    _out("|---|---|---|---|---|")
    for name, text in rows.items():
        after, _, told = text.partition(": ")
        there = f"`{after}` | {_value(getattr(Config, after))}" if after else "none | "
        _out(f"| `{name}` | {_value(before[name])} | {there} | {told} |")


def _value(default: object) -> str:
    return "" if default is None or callable(default) else f"`{default}`"


def parameters() -> None:
    """libpq's parameters, and what the kit's dialect makes of each."""
    _out("| parameter | environment | what becomes of it | instead |")
    _out("|---|---|---|---|")
    for one in PARAMETERS.values():
        becomes = one.kind.value
        if one.accepted:
            becomes += f": {', '.join(f'`{value}`' for value in one.accepted)}"
        if one.target:
            becomes += f", as `{one.target}`"
        env = f"`{one.env}`" if one.env else ""
        _out(f'| <a id="{one.name}"></a>`{one.name}` | {env} | {becomes} | {one.way_out} |')


def engine_options(**meanings: str) -> None:
    """The dialect's own, with their defaults; the words are the page's."""
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(ResilientDialect).parameters.items()
        if name in _OWN_OPTIONS
    } | {"pool_recycle_jitter": RECYCLE_JITTER}
    if defaults.keys() != meanings.keys():
        raise ValueError(f"tell of {', '.join(defaults)}; told of {', '.join(meanings)}")
    _out("| option | default | |")
    _out("|---|---|---|")
    for name, default in defaults.items():
        shown = "none" if default is None else f"`{default!r}`"
        _out(f'| <a id="{name}"></a>`{name}` | {shown} | {meanings[name]} |')
