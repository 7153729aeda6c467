"""A view reads or writes a file.

## What it does

Finds `open`, the reading and writing methods of `pathlib.Path`, and functions of `os` and `shutil`
that go through folders or copy, in views, hooks, and what they call.

## Why it matters

In an event loop no other request goes on until the disk has answered. For a small file on a local
disk that is not worth a change; for a large one, or one on a network's disk, it is.

## Example

```python
text = path.read_text()
```

## Use instead

```python
text = await asyncio.to_thread(path.read_text)
```

## Known problems

What other libraries read, such as an image, is not known.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit.code import Code
from migration_guide.kit.audit.finding import Phase, Severity
from migration_guide.kit.audit.project import terminal
from migration_guide.kit.audit.rules.base import Hit, Rule
from migration_guide.kit.audit.values import Kind

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.ADVICE,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="await asyncio.to_thread(function, ...), if the file may be large or far away",
)

FUNCTIONS = frozenset(
    {
        *("open", "io.open", "codecs.open", "gzip.open", "os.walk", "os.listdir", "os.scandir"),
        *("shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copyfileobj"),
        *("shutil.copytree", "shutil.move", "shutil.rmtree", "shutil.make_archive"),
        *("shutil.unpack_archive", "zipfile.ZipFile", "tarfile.open", "glob.glob"),
        *("tempfile.NamedTemporaryFile", "tempfile.TemporaryFile"),
    }
)
METHODS = frozenset({"read_text", "read_bytes", "write_text", "write_bytes", "open"})
PATHS = frozenset({"pathlib.Path", "pathlib.PosixPath"})


@RULE.check(ast.Call, names={*METHODS, *(name.rpartition(".")[2] for name in FUNCTIONS)})
def called(node: ast.Call, code: Code) -> Iterator[Hit]:
    function = node.func
    is_method = isinstance(function, ast.Attribute) and any(
        value.kind is Kind.INSTANCE and value.name in PATHS for value in code.values(function.value)
    )
    is_built_in = isinstance(function, ast.Name) and function.id == "open"
    is_one = (is_method and terminal(function) in METHODS) or (
        code.names(function) & FUNCTIONS or (is_built_in and not code.values(function))
    )
    if is_one and code.function(node) is not None:
        yield Hit(
            node,
            f"`{code.text(node)}` waits for the disk, and no other request goes on meanwhile.",
            in_requests=True,
        )
