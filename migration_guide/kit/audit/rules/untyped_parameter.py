"""A parameter of `text()` has no type that the server could tell.

## What it does

Finds `:p IS NULL` in `text()` where that is the first mention of the parameter, and parameters of
`concat`, `format`, `json_build_object` and their relatives.

## Why it matters

asyncpg lets the server prepare the statement before it has the values, and the server takes a
parameter's type from its first use. From these it cannot: "could not determine data type of
parameter". psycopg2 writes the value into the text, where it has a type.

## Example

```python
text("SELECT * FROM orders WHERE :status IS NULL OR status = :status")
```

## Use instead

```python
text("SELECT * FROM orders WHERE CAST(:status AS text) IS NULL OR status = :status")
```

## Known problems

Functions of the team's own that take any type are not known.
"""

import ast
import re
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.strings import SQL_CALLS, sql

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.BREAKING,
    phase=Phase.SQL,
    mechanical=True,
    instead="CAST(:p AS type)",
)

PARAMETER = re.compile(r"(?<![:\w\\]):(?P<name>[a-zA-Z_]\w*)")
IS_NULL = re.compile(r"\s*\)*\s+IS\s+(?:NOT\s+)?NULL\b", re.IGNORECASE)
ANY_TYPE = re.compile(
    r"\b(?:concat|concat_ws|format|jsonb?_build_(?:object|array)|unnest)\s*\((?P<given>[^()]*)$",
    re.IGNORECASE,
)
ENDS = re.compile(r"\s*[,)]")


@RULE.check(ast.Call, names=SQL_CALLS)
def given(node: ast.Call, code: Code) -> Iterator[Hit]:
    for one in sql(node, code):
        seen = set(one.typed)
        for parameter in PARAMETER.finditer(one.text):
            name = parameter["name"]
            if name not in seen and _has_no_type(one.text, parameter):
                yield Hit(one.node, f"The server cannot tell the type of `:{name}`.")
            seen.add(name)


def _has_no_type(text: str, parameter: re.Match[str]) -> bool:
    """Whether its use here says nothing of its type."""
    before, after = text[: parameter.start()], text[parameter.end() :]
    is_tested = IS_NULL.match(after) is not None and not re.search(
        r"\bcast\s*\(\s*$", before, re.IGNORECASE
    )
    opened = ANY_TYPE.search(before)
    stands_alone = opened is not None and opened["given"].rstrip()[-1:] in {"", ","}
    return is_tested or (stands_alone and ENDS.match(after) is not None)
