"""Flask-Limiter does not run on Quart.

## What it does

Finds imports of Flask-Limiter.

## Why it matters

Requests are counted by hooks of Flask. Quart-Rate-Limiter counts on Quart; its limits are written
in another way.

## Example

```python
limiter.limit("5/minute")
```

## Use instead

```python
@rate_limit(5, timedelta(minutes=1))
```

## Known problems

The imports are reported here; what is made of them by `flask-extension-use`.
"""

from migration_guide.kit.audit.extension import extension

RULE = extension(__doc__, __name__, {"flask_limiter"}, instead="quart-rate-limiter")
