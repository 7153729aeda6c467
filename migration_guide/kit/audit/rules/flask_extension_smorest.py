"""Flask-Smorest does not run on Quart.

## What it does

Finds imports of Flask-Smorest.

## Why it matters

Its views are plain, and it has no port.

## Example

```python
@blueprint.response(200, OrderSchema)
def order(): ...
```

## Use instead

```python
@validate_response(Order)
async def order(): ...
```

## Known problems

Each import is reported, not each use of what it imports.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(
    __doc__, __name__, {"flask_smorest"}, instead="views of Quart, with quart-schema", blocks=True
)
