"""Flask-RESTful does not run on Quart.

## What it does

Finds imports of Flask-RESTful.

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

Each import is reported, not each use of what it imports.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(
    __doc__, __name__, {"flask_restful"}, instead="views of Quart, with quart-schema", blocks=True
)
