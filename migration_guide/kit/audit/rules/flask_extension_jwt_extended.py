"""Flask-JWT-Extended does not run on Quart.

## What it does

Finds imports of Flask-JWT-Extended.

## Why it matters

Its decorators call views as plain functions. The port for Quart is no longer kept.

## Example

```python
@jwt_required()
def orders(): ...
```

## Use instead

```python
# PyJWT, in a before_request function of your own
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(
    __doc__, __name__, {"flask_jwt_extended"}, instead="PyJWT in a decorator of your own"
)
