"""A setting that is not made has another default in Quart.

## What it does

Finds `request.files` where nothing sets `MAX_CONTENT_LENGTH`, and `send_file`,
`send_from_directory` and an application that renders templates, and so has static files, where
nothing sets `SEND_FILE_MAX_AGE_DEFAULT`.

## Why it matters

Flask has no limit for a request's body; Quart's is 16 MiB, and a larger upload gets 413. Flask
tells browsers to ask again for each file; Quart lets them keep it for 12 hours, over a deployment
too.

## Example

```python
app = Flask(__name__)
```

## Use instead

```python
app = Quart(__name__)
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024 * 1024
app.config["SEND_FILE_MAX_AGE_DEFAULT"] = None
```

## Known problems

A setting that comes from the environment, or from a file that is not Python, is not seen.
"""

import ast
from collections.abc import Iterator

from migration_guide.kit.audit import known
from migration_guide.kit.audit.code import Code, constant
from migration_guide.kit.audit.finding import Confidence, Phase, Severity
from migration_guide.kit.audit.models import keyword
from migration_guide.kit.audit.rules.base import Hit, Rule

RULE = Rule(
    __doc__,
    __name__,
    severity=Severity.ADVICE,
    phase=Phase.FRAMEWORK,
    mechanical=False,
    instead="set it",
)

SENDING = {"send_file", "send_from_directory"}
MAX_AGES = {"max_age", "cache_timeout"}
LIMIT, AGE = "MAX_CONTENT_LENGTH", "SEND_FILE_MAX_AGE_DEFAULT"


@RULE.check(ast.Attribute, names={"files"})
def uploaded(node: ast.Attribute, code: Code) -> Iterator[Hit]:
    if not _is_upload(node, code) or code.project.mentions(LIMIT):
        return
    uploads = [one for one in ast.walk(code.module.tree) if _is_upload(one, code)]
    if node is min(uploads, key=lambda one: (one.lineno, one.col_offset)):  # type: ignore[attr-defined]
        yield Hit(node, f"Uploads over 16 MiB get 413 from Quart: nothing sets `{LIMIT}`.")


def _is_upload(node: ast.AST, code: Code) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "files"
        and code.instance_of(node.value, known.REQUEST) is not None
    )


@RULE.check(ast.Call, names=SENDING)
def sent(node: ast.Call, code: Code) -> Iterator[Hit]:
    is_flasks = code.names(node.func) & {f"flask.{name}" for name in SENDING}
    has_age = bool(MAX_AGES & {one.arg for one in node.keywords})
    if is_flasks and not has_age and not code.project.mentions(AGE):
        yield Hit(node, f"Browsers keep it for 12 hours: nothing sets `{AGE}`.")


@RULE.check(ast.Call, names={"Flask"})
def made(node: ast.Call, code: Code) -> Iterator[Hit]:
    folder = keyword(node, "static_folder")
    has_static = folder is None or constant(folder) is not None
    renders = any(
        name in code.project.calls for name in ("render_template", "render_template_string")
    )
    is_application = known.FLASK in code.names(node.func) and not code.module.is_test
    if is_application and has_static and renders and not code.project.mentions(AGE):
        yield Hit(
            node,
            f"Browsers keep static files for 12 hours: nothing sets `{AGE}`.",
            confidence=Confidence.LIKELY,
        )
