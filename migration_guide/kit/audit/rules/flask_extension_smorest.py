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

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(
    __doc__, __name__, {"flask_smorest"}, instead="views of Quart, with quart-schema", blocks=True
)
