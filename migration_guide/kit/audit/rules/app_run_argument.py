"""`app.run()` is given an argument that Quart's does not take.

## What it does

Finds arguments of `app.run()` other than `host`, `port`, `debug` and `use_reloader`.

## Why it matters

Quart warns and goes on without it. Without `ssl_context` it serves plain HTTP.

## Example

```python
app.run(threaded=True, ssl_context=("cert.pem", "key.pem"))
```

## Use instead

```python
app.run(certfile="cert.pem", keyfile="key.pem")
```

## Known problems

None known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.ADVICE,
    phase=Phase.DEPLOYMENT,
    mechanical=True,
    instead="leave it out",
)

TAKEN = {"host", "port", "debug", "use_reloader"}


@RULE.check(ast.Call, names={"run"})
def given(node: ast.Call, code: Code) -> Iterator[Hit]:
    unknown = [one for one in node.keywords if one.arg is not None and one.arg not in TAKEN]
    if not unknown or not isinstance(node.func, ast.Attribute):
        return
    if code.instance_of(node.func.value, known.FLASK) is None:
        return
    for one in unknown:
        is_tls = one.arg == "ssl_context"
        yield Hit(
            one,
            f"`{one.arg}` is not taken by Quart's run(), which warns and goes on.",
            instead="certfile and keyfile" if is_tls else "",
            severity=Severity.SILENT if is_tls else None,
        )
