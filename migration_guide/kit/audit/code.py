"""What a rule sees of a file of Python: questions about its nodes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from migration_guide.kit.audit import known
from migration_guide.kit.audit.finding import Confidence, Place
from migration_guide.kit.audit.infer import Inference
from migration_guide.kit.audit.models import Models
from migration_guide.kit.audit.module import (
    FunctionNode,
    Module,
    ancestors,
    body_of,
    enclosing_function,
    parent,
)
from migration_guide.kit.audit.parameters import ONLY_A_SESSION, SESSION_NAMES
from migration_guide.kit.audit.project import Function, Project, terminal
from migration_guide.kit.audit.roles import STAY_SYNC, role
from migration_guide.kit.audit.values import Kind, Value, Values, instance, weakest


@dataclass(frozen=True, eq=False)
class Code:
    """A module, and the tree that it is part of."""

    module: Module
    inference: Inference

    @property
    def project(self) -> Project:
        return self.inference.project

    @property
    def models(self) -> Models:
        return self.inference.models

    # What stands for what

    def values(self, node: ast.AST) -> Values:
        return self.inference.values(node, self.module)

    def names(self, node: ast.AST) -> frozenset[str]:
        """The dotted names, outside the tree, that an expression may be: ``flask.request``."""
        return frozenset(value.name for value in self.values(node) if value.kind is Kind.EXTERNAL)

    def instance_of(self, node: ast.AST, *classes: str) -> Value | None:
        """The object of one of these classes, or of a subclass, that an expression may be."""
        for value in self.values(node):
            name = value.name
            if value.kind is Kind.EXTERNAL:
                name = known.OBJECTS.get(name, "")
            elif value.kind is not Kind.INSTANCE:
                continue
            if name and self.models.is_instance(name, *classes):
                return value
        return None

    def session(self, node: ast.AST) -> Value | None:
        """The database session that an expression may be, of either kind."""
        found = self.instance_of(node, *known.SESSIONS, *known.ASYNC_SESSIONS)
        return found or self._session_by_name(node)

    def _session_by_name(self, node: ast.AST) -> Value | None:
        """One that cannot be followed at all: by its name and what is done with it beside."""
        if terminal(node) not in NAMED_SESSION or any(map(_is_known, self.values(node))):
            return None
        scope = enclosing_function(node) or self.module.tree
        text = ast.unparse(node)
        is_one = any(
            isinstance(one, ast.Call)
            and isinstance(one.func, ast.Attribute)
            and one.func.attr in ONLY_A_SESSION
            and ast.unparse(one.func.value) == text
            for one in body_of(scope)
        )
        return instance(known.SESSION).weaker(Confidence.POSSIBLE) if is_one else None

    def model(self, node: ast.AST) -> Value | None:
        """The object of a mapped class that an expression may be."""
        for value in self.values(node):
            if value.kind is Kind.INSTANCE and self.models.is_model(value.name):
                return value
        return None

    def calls(self, node: ast.Call) -> Iterator[Function]:
        """The functions of the tree that a call may mean."""
        for value in self.values(node.func):
            if value.kind is Kind.FUNCTION:
                yield from self.functions(value)
            elif value.kind is Kind.CLASS:
                for base in self.models.ancestry(value.name):
                    found = self.project.functions.get(f"{base}.__init__")
                    if found:
                        yield found
                        break

    def functions(self, value: Value) -> Iterator[Function]:
        """The function that a value is; of a lambda, what it calls."""
        if value.name in self.project.functions:
            yield self.project.functions[value.name]
        elif value.name in self.inference.lambdas:
            node, module = self.inference.lambdas[value.name]
            if isinstance(node.body, ast.Call):
                yield from Code(module, self.inference).calls(node.body)

    @property
    def is_resilient(self) -> bool:
        """Whether the tree names the kit's dialect, which keeps what psycopg2 has."""
        return self.project.mentions("resilient_asyncpg")

    # Where a node stands

    def function(self, node: ast.AST) -> Function | None:
        """The function around a node."""
        around = enclosing_function(node)
        return self.project.function(around) if around else None

    def runner(self, node: ast.AST) -> Function | None:
        """The function that runs a node: not the one around a lambda, which is called elsewhere."""
        for above in ancestors(node):
            if isinstance(above, FunctionNode):
                break
            if isinstance(above, ast.Lambda) and not _is_called_at_once(above):
                return None
        return self.function(node)

    def is_awaited(self, node: ast.AST) -> bool:
        """Whether ``await`` stands before it, or it is given to something that awaits it."""
        above = parent(node)
        if isinstance(above, ast.Await | ast.AsyncWith):
            return True
        if isinstance(above, ast.withitem):
            return isinstance(parent(above), ast.AsyncWith)
        if isinstance(above, ast.AsyncFor) or (
            isinstance(above, ast.comprehension) and above.is_async
        ):
            return True
        passed_to = above.value if isinstance(above, ast.Starred) else above
        return isinstance(passed_to, ast.Call) and terminal(passed_to.func) in AWAITING

    def is_statement(self, node: ast.AST) -> bool:
        """Whether its result is thrown away."""
        return isinstance(parent(node), ast.Expr)

    def in_run_sync(self, node: ast.AST) -> bool:
        """Whether the function around it is given to `run_sync`, and so has a sync session."""
        around = enclosing_function(node)
        for _, call in self.project.calls.get("run_sync", []):
            given = call.args[0] if call.args else None
            if isinstance(given, ast.Lambda) and given in ancestors(node):
                return True
            if around is not None and given is not None and terminal(given) == around.name:
                return True
        return False

    def stays_sync(self, node: ast.AST) -> bool:
        """Whether it is in a task of a queue, whose workers have no event loop."""
        function = self.function(node)
        return function is not None and role(function, self.inference) in STAY_SYNC

    def place(self, node: ast.AST | int) -> Place:
        """Of an attribute or a method call, where its last name stands."""
        if isinstance(node, int):
            return Place(self.module.path, node)
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                return self.place(node.func)
            node = node.func
        if isinstance(node, ast.Attribute) and node.end_lineno and node.end_col_offset is not None:
            line, column = node.end_lineno, node.end_col_offset - len(node.attr.encode())
            return Place(self.module.path, line, self._characters(line, column))
        line = getattr(node, "lineno", 1)
        return Place(self.module.path, line, self._characters(line, getattr(node, "col_offset", 0)))

    def _characters(self, line: int, octets: int) -> int:
        """The column, from 1, that ast counts in bytes of UTF-8, from 0."""
        lines = self.module.lines
        text = lines[line - 1] if line <= len(lines) else ""
        return len(text.encode()[:octets].decode(errors="ignore")) + 1

    def text(self, node: ast.AST, most: int = 60) -> str:
        """An expression as it may be quoted in a sentence."""
        text = " ".join(ast.unparse(node).split())
        return text if len(text) <= most else f"{text[: most - 1]}…"


NAMED_SESSION = SESSION_NAMES - {"db", "s"}
"""Of these names, those that mean nothing else when it has a session's methods."""

CALLERS = frozenset({"map", "filter", "sorted", "min", "max", "sort"})
"""Functions that call what they are given, and await nothing."""

AWAITING = frozenset({"gather", "wait_for", "create_task", "ensure_future", "shield", "run"})


def _is_known(value: Value) -> bool:
    """Whether anything is known of it: more than the name of what is imported from elsewhere."""
    package = value.name.partition(".")[0]
    return value.kind is not Kind.EXTERNAL or package in known.THIRD_PARTY


def _is_called_at_once(node: ast.Lambda) -> bool:
    """Whether it is given to a built-in function that calls it."""
    above = parent(node)
    call = parent(above) if isinstance(above, ast.keyword) else above
    return isinstance(call, ast.Call) and terminal(call.func) in CALLERS


def weaker_of(*values: Value | None) -> Confidence:
    """The confidence of a finding that rests on these."""
    return weakest(*(value.confidence for value in values if value is not None))


def constant(node: ast.AST | None) -> object:
    """The value of a literal, else None."""
    return node.value if isinstance(node, ast.Constant) else None


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """An argument, given by its place or its name."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if 0 <= position < len(call.args) and not isinstance(call.args[position], ast.Starred):
        return call.args[position]
    return None
