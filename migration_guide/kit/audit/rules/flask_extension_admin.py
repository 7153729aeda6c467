"""Flask-Admin does not run on Quart.

## What it does

Finds imports of Flask-Admin.

## Why it matters

It is a Flask application of its own, with synchronous sessions, and it has no port.

## Example

```python
Admin(app)
```

## Use instead

```python
# the Flask application beside the Quart one, behind hypercorn's AsyncioWSGIMiddleware
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(
    __doc__, __name__, {"flask_admin"}, instead="keep it as a Flask application beside", blocks=True
)
