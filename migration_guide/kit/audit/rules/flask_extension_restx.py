"""Flask-RESTX does not run on Quart.

## What it does

Finds imports of Flask-RESTX.

## Why it matters

Its resources answer in plain methods, and it has no port.

## Example

```python
class Orders(Resource):
    def get(self): ...
```

## Use instead

```python
@blueprint.get("/orders")
async def orders(): ...
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(
    __doc__,
    __name__,
    {"flask_restx", "flask_restplus"},
    instead="views of Quart, with quart-schema",
    blocks=True,
)
