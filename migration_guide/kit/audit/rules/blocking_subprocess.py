"""A view waits for another process in a call that blocks.

## What it does

Finds `subprocess.run` and its relatives, and `os.system`, in views, hooks, and what they call.

## Why it matters

In an event loop it stops every request of the process until the other one has ended.

## Example

```python
subprocess.run(["convert", name, "thumbnail.png"], check=True)
```

## Use instead

```python
process = await asyncio.create_subprocess_exec("convert", name, "thumbnail.png")
await process.wait()
```

## Known problems

`Popen` without waiting for it does not block, and is not reported.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.SILENT,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="asyncio.create_subprocess_exec, or asyncio.to_thread",
)


BLOCKING = frozenset(
    {
        "os.popen",
        "os.system",
        "subprocess.call",
        "subprocess.check_call",
        "subprocess.check_output",
        "subprocess.getoutput",
        "subprocess.run",
    }
)


@RULE.check(ast.Call, names={name.rpartition(".")[2] for name in BLOCKING})
def blocking_call(node: ast.Call, code: Code) -> Iterator[Hit]:
    if code.names(node.func) & BLOCKING:
        yield Hit(
            node,
            f"`{code.text(node.func)}` waits without letting other requests go on.",
            in_requests=True,
        )
