"""Flask-Session does not run on Quart.

## What it does

Finds imports of Flask-Session.

## Why it matters

It keeps sessions on the server by an interface whose methods are coroutines in Quart.

## Example

```python
Session(app)
```

## Use instead

```python
# the signed cookie of Quart, or quart-session, whose last release is old
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(
    __doc__, __name__, {"flask_session"}, instead="quart's signed cookie, or quart-session"
)
