"""Who receives what a signal of blinker's sends."""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.project import Function, terminal

CONNECTING = ("connect", "connect_via")
SIGNALS = ("blinker.NamedSignal", "blinker.Signal", "blinker.base.Signal")


def receivers(node: ast.Call, code: Code) -> Iterator[Function]:
    """The functions of the tree that ``signal.send()`` calls: those given to its ``connect``.

    Signals are told apart by their last name, since a module mostly imports one from another.
    """
    if not isinstance(node.func, ast.Attribute) or not code.instance_of(node.func.value, *SIGNALS):
        return
    signal = terminal(node.func.value)
    for name in CONNECTING:
        for function, decorator in code.project.decorated.get(name, ()):
            if _holder(decorator) == signal:
                yield function
        for module, call in code.project.calls.get(name, ()):
            if _holder(call) == signal and call.args:
                for value in code.inference.values(call.args[0], module):
                    yield from code.functions(value)


def _holder(node: ast.expr) -> str:
    """``signal`` of ``signal.connect`` and of ``signal.connect(…)``."""
    called = node.func if isinstance(node, ast.Call) else node
    return terminal(called.value) if isinstance(called, ast.Attribute) else ""
